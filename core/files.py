"""A file of rows, CSV or XLSX, as words. It holds data of patients: nothing is kept of it.

A spreadsheet is a ZIP of XML: what it would unpack to is looked at before anything is read, and entities are
refused (defusedxml, which openpyxl uses where it is installed).
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
import tablib
from django.utils.translation import gettext as _
from openpyxl.utils.exceptions import InvalidFileException

from core import spreadsheets

LARGEST_BYTES = 5 * 1024 * 1024
MOST_ROWS = 5000
# Ten times what a file of so many rows takes.
LARGEST_UNPACKED, MOST_PARTS = 50 * 1024 * 1024, 1000
MOST_COLUMNS, MOST_LINES = 40, 4 * MOST_ROWS
# Reading an empty cell takes 20 µs and a style 60: of the smallest ones 50 MB hold a thread for minutes.
MOST_TAGS = 5 * MOST_COLUMNS * MOST_ROWS
MOST_TAGS_ASIDE = MOST_TAGS // 10
LONGEST_CELL = 2000
# In which line of the file a row stood.
LINE = "line"
_OF_CELLS = ("xl/worksheets/", "xl/sharedStrings")
# In which "<" need not be the byte that is counted. Spreadsheets write UTF-8.
_OTHER_ENCODING = re.compile(rb"[^>]{0,200}encoding\s*=\s*[\"'](?!utf-8[\"'])", re.IGNORECASE)
_ZIP, _OLD_EXCEL, _UTF_16 = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", (b"\xff\xfe", b"\xfe\xff")
_UNREADABLE = (
    InvalidFileException,
    zipfile.BadZipFile,
    zlib.error,
    ParseError,
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
Numbered = tuple[int, list[str]]


class BadFile(Exception):
    """A file that cannot be read at all; the text says why, in words for staff."""


def read(raw: bytes, *, columns: Sequence[str], needed: Sequence[str]) -> tablib.Dataset:
    """The rows of a file, with the line of each; empty ones are left out. Raises BadFile."""
    if len(raw) > LARGEST_BYTES:
        raise BadFile(_("The file is larger than 5 MB."))
    if raw.startswith(_OLD_EXCEL):
        raise BadFile(_("This is an old Excel file. Save it as .xlsx or as CSV UTF-8."))
    lines = _of_spreadsheet(raw) if raw.startswith(_ZIP) else _of_csv(_decoded(raw))
    filled = ((number, cells) for number, cells in lines if any(cells))
    head = next(filled, (0, list[str]()))[1]
    names = _names(head, columns, needed)
    dataset = tablib.Dataset(headers=[*names, LINE])
    for number, cells in filled:
        if len(dataset) >= MOST_ROWS:
            raise BadFile(_("The file has more than %(most)s rows.") % {"most": MOST_ROWS})
        if any(cells[len(names) :]):
            raise BadFile(_("Line %(line)s has more cells than the first line.") % {"line": number})
        dataset.append([*(cells + [""] * len(names))[: len(names)], str(number)])
    if not len(dataset):
        raise BadFile(_("The file has no row below the names of the columns."))
    return dataset


def _names(head: list[str], columns: Sequence[str], needed: Sequence[str]) -> list[str]:
    names = [cell.casefold().replace(" ", "_") for cell in head]
    while names and not names[-1]:
        names.pop()
    unknown = [name for name in names if name not in columns]
    if unknown:
        told = {"name": unknown[0][:40], "names": ", ".join(columns)}
        raise BadFile(_("There is no column “%(name)s”. The first line may name: %(names)s.") % told)
    if len(set(names)) < len(names):
        raise BadFile(_("The first line names a column twice."))
    missing = [name for name in needed if name not in names]
    if missing:
        raise BadFile(_("The first line must also name: %(names)s.") % {"names": ", ".join(missing)})
    return names


def _decoded(raw: bytes) -> str:
    if raw.startswith(_UTF_16):
        raise BadFile(_("The file is in UTF-16. Save it as “CSV UTF-8”."))
    try:
        words = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        told = {"line": line}
        raise BadFile(
            _("Line %(line)s is not in UTF-8, so names would be spelt wrongly. Save it as “CSV UTF-8”.")
            % told
        ) from None
    if "\0" in words:
        raise BadFile(_("This is no text: it has characters that no spreadsheet writes."))
    return words


def _of_csv(words: str) -> Iterator[Numbered]:
    first = words.partition("\n")[0]
    # Where a comma stands in numbers, spreadsheets write a semicolon between cells.
    rows = csv.reader(io.StringIO(words), delimiter=";" if first.count(";") > first.count(",") else ",")
    try:
        for cells in rows:
            yield rows.line_num, [_tidy(cell) for cell in cells]
    except csv.Error:
        raise BadFile(_("Line %(line)s cannot be read.") % {"line": rows.line_num}) from None


def _of_spreadsheet(raw: bytes) -> Iterator[Numbered]:
    try:
        if _is_bomb(raw):
            raise BadFile(_("The file unpacks to more than a list of patients takes."))
        book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        rows = sheet.iter_rows(max_row=MOST_LINES, max_col=MOST_COLUMNS, values_only=True)
        # Read here, where what goes wrong is caught.
        found = [
            (number, [_tidy(_words(value)) for value in row]) for number, row in enumerate(rows, start=1)
        ]
    except _UNREADABLE:
        raise BadFile(
            _("This is no spreadsheet that can be read. Save it as .xlsx or as CSV UTF-8.")
        ) from None
    return iter(_cut(found))


def _is_bomb(raw: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(raw)) as packed:
        parts = packed.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
            return True
        tags = {True: 0, False: 0}
        for part in parts:
            # Others unpack a block at once, however much that is; and no spreadsheet uses them.
            if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise zipfile.BadZipFile(part.compress_type)
            unpacked = packed.read(part)
            if _OTHER_ENCODING.match(unpacked):
                raise ValueError(part.filename)
            tags[part.filename.startswith(_OF_CELLS)] += unpacked.count(b"<")
    return tags[True] > MOST_TAGS or tags[False] > MOST_TAGS_ASIDE


def _cut(rows: Iterable[Numbered]) -> list[Numbered]:
    """Without the empty cells at the end, which a spreadsheet hands out as far as it was asked for."""
    cut = []
    for number, cells in rows:
        while cells and not cells[-1]:
            cells.pop()
        cut.append((number, cells))
    return cut


def _words(value: Any) -> str:
    """A cell as it would be typed: a phone number is no fraction, and a day has no midnight."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _tidy(cell: str) -> str:
    return spreadsheets.typed(cell.strip())[:LONGEST_CELL].strip()
