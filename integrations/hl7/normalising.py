"""From the bytes of a feed to messages that can be read: framing, line ends, batches, charset. Pure.

What vendors send differs from the standard in just these: files edited on Windows, a byte order mark, a batch
around one message, a charset that MSH-18 does not name or names wrongly.
"""

from __future__ import annotations

import codecs
import re

from integrations.facts import Park, Why

START, END = b"\x0b", b"\x1c"
_AROUND = b"\r\n\t " + START + END
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# Before each message of a body; the byte after its name is its field separator, whatever that is.
_MESSAGES = re.compile(rb"(?:\A|(?<=[\r\n]))(?=MSH[^\r\nA-Za-z0-9])")
# Around messages, never within one.
_WRAPPERS = re.compile(rb"(?:\A|(?<=[\r\n]))(?:FHS|BHS|BTS|FTS)(?![A-Za-z0-9])[^\r\n]*[\r\n]*")
_LINE_END = re.compile(r"\r\n|\n")
_ISO = re.compile(r"(?:ISO[ -]?)?8859[-/](\d+)")
_CHARSETS = {
    "ASCII": "utf-8",  # what calls itself ASCII and is not is nearly always UTF-8
    "UNICODE": "utf-8",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
    "UNICODE UTF-16": "utf-8",  # `unwrapped` has turned it into that
    "8859/1": "cp1252",  # its superset, which those who say Latin-1 really write
    **{f"8859/{part}": f"iso8859_{part}" for part in (*range(2, 12), 13, 14, 15)},
}


def unwrapped(body: bytes) -> bytes:
    """The body without the bytes of MLLP and a byte order mark, in an encoding that includes ASCII."""
    body = body.strip(_AROUND)
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            body = body[len(mark) :]
            if encoding != "utf-8":
                body = body.decode(encoding, "replace").encode()
            return body.strip(_AROUND)
    return body


def split(body: bytes) -> list[bytes]:
    """Each message of a body by itself, as it came but for its framing. What holds none is one piece."""
    body = unwrapped(body)
    is_alone = body.startswith(b"MSH") and body.count(b"MSH") == 1 and not _WRAPPERS.search(body)
    if is_alone or not body.startswith((b"MSH", b"BHS", b"FHS")):
        return [body]
    starts = [match.start() for match in _MESSAGES.finditer(body)]
    if not starts or (body.startswith(b"MSH") and starts[0] > 0):
        return [body]
    pieces = (body[start:end] for start, end in zip(starts, [*starts[1:], len(body)], strict=True))
    return [_WRAPPERS.sub(b"", piece).strip(_AROUND) for piece in pieces]


def is_batch(body: bytes) -> bool:
    """Whether the body is wrapped as a batch or a file of batches."""
    return unwrapped(body)[:3] in (b"BHS", b"FHS")


def decoded(message: bytes, charset: str) -> str:
    """The text of one message, its lines ended by CR alone. `charset` is MSH-18 as it stands there.

    Raises Park where MSH-18 names a charset that we do not know and the message is not plain ASCII.
    """
    text = message.decode("ascii") if message.isascii() else _decoded(message, charset)
    return _LINE_END.sub("\r", text) if "\n" in text else text


def _decoded(message: bytes, charset: str) -> str:
    named = _ISO.sub(r"8859/\1", charset.strip().upper())
    encoding = _CHARSETS.get(named, "" if named else "utf-8")
    if not encoding:
        raise Park(Why.UNREADABLE, "MSH-18")
    for attempt in (encoding, "cp1252"):
        try:
            return message.decode(attempt)
        except UnicodeDecodeError:
            continue
    return message.decode("latin-1")
