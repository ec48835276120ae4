"""Rows as a file in which no spreadsheet calculates, and that can be read in again."""

from __future__ import annotations

from typing import Any

import tablib
from import_export import fields, resources
from import_export.formats import base_formats

from core import spreadsheets

FORMATS = {"csv": base_formats.CSV, "xlsx": base_formats.XLSX}


class PlainResource(resources.Resource):
    """Rows whose cells are never a formula, wherever their words come from."""

    class Meta:
        chunk_size = 2000

    def export_field(self, field: Any, instance: Any, **kwargs: Any) -> str:
        value = super().export_field(field, instance, **kwargs)
        return spreadsheets.plain("" if value is None else str(value))


def field(column: str, attribute: str | None = None) -> fields.Field:
    return fields.Field(column_name=column, attribute=attribute)


def flag(value: bool) -> str:
    return "yes" if value else "no"


def as_file(rows: tablib.Dataset, kind: str) -> tuple[bytes, str]:
    """The rows as a file of that kind, csv or xlsx, and its type. The mark in front of a CSV is for Excel."""
    written = FORMATS[kind]()
    data = written.export_data(rows)
    raw = data.encode("utf-8-sig") if isinstance(data, str) else bytes(data)
    return raw, written.get_content_type()
