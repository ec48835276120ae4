"""The way to a record in the admin from where only its kind and its number are kept."""

from __future__ import annotations

from django.apps import apps
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html


def link(label: str, number: object) -> str:
    """The record by its name, as a link where it has a page in the admin: label is "app.model"."""
    app, _, model = label.rpartition(".")
    try:
        name = str(apps.get_model(app, model)._meta.verbose_name)
    except LookupError:
        name = model
    try:
        address = reverse(f"admin:{app}_{model}_change", args=[number])
    except NoReverseMatch:
        return f"{name} {number}"
    return format_html('<a href="{}">{} {}</a>', address, name, number)
