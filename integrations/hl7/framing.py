"""Frames of MLLP in a stream of bytes: VT, a message, FS and CR, cut anywhere. Pure."""

from __future__ import annotations

from collections.abc import Iterator

VT, FS, CR = 0x0B, 0x1C, 0x0D
ENDS = (bytes((FS, CR)), bytes((FS, VT)))
# Of a frame that is too large: enough to see what it was.
HEAD_BYTES = 65_536
# A sender that starts anew in the middle of a frame; a lone VT may be a line break pasted into a note.
RESTARTS = (b"\x0bMSH", b"\x0bFHS", b"\x0bBHS")


class TooLarge(Exception):
    """A frame grew beyond the limit. `head` is how it begins."""

    def __init__(self, head: bytes) -> None:
        super().__init__("frame too large")
        self.head = head


class Frames:
    """Cuts a stream into messages. Keeps at most one unfinished frame of `limit` bytes, and no junk."""

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        self._kept = bytearray()
        self._is_inside = False
        self._looked = 0
        self.junk = 0

    @property
    def is_inside(self) -> bool:
        """Whether a frame has begun and not ended."""
        return self._is_inside

    @property
    def is_ended(self) -> bool:
        """Whether a frame's FS has come, and nothing after it. Some senders leave the CR out."""
        return self._is_inside and self._kept[-1:] == bytes((FS,))

    def finish(self) -> bytes:
        """The message of a frame that `is_ended`, once nothing more is waited for."""
        return self._cut(len(self._kept) - 1)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The messages that these bytes complete. Raises TooLarge."""
        self._kept += data
        while self._begin():
            end = self._end()
            if end is None:
                break
            yield self._cut(end)

    def _cut(self, end: int) -> bytes:
        message = bytes(self._kept[:end])
        del self._kept[: end + 1]  # what follows FS is CR, which is junk, or the next VT
        self._is_inside, self._looked = False, 0
        return self._last_start(message)

    def _begin(self) -> bool:
        """Throw away what stands before a frame; whether one has begun."""
        if not self._is_inside:
            start = self._kept.find(VT)
            before = len(self._kept) if start < 0 else start
            self.junk += before - self._kept[:before].count(CR)
            del self._kept[: before + 1]
            self._is_inside = start >= 0
        return self._is_inside

    def _end(self) -> int | None:
        """Where the frame ends. Nothing is looked at twice, so that bytes coming one by one cost no more."""
        found = [at for at in (self._kept.find(end, self._looked) for end in ENDS) if at >= 0]
        if min(found, default=len(self._kept)) > self._limit:
            raise TooLarge(bytes(self._kept[:HEAD_BYTES]))
        self._looked = max(0, len(self._kept) - 1)
        return min(found, default=None)

    @staticmethod
    def _last_start(message: bytes) -> bytes:
        return message[max(message.rfind(restart) for restart in RESTARTS) + 1 :]
