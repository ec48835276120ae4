"""Which rows a user may see: a model says where its rows belong, settings.ROW_SCOPE where a user does.

A model's static method `within(places)` gives the Q of the rows that belong to one of the places, which are
ids. Rows of a model without it are shared by everybody.
"""

from __future__ import annotations

from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db.models import Model, QuerySet
from django.shortcuts import get_object_or_404
from django.utils.module_loading import import_string

Row = TypeVar("Row", bound=Model)
User = AbstractUser | AnonymousUser


def of(user: User) -> frozenset[int] | None:
    """The ids of the places the user belongs to, as settings.ROW_SCOPE says; None: to every one."""
    places: frozenset[int] | None = import_string(settings.ROW_SCOPE)(user)
    return places


def limit(rows: QuerySet[Row], user: User) -> QuerySet[Row]:
    """Those of the rows that the user may see."""
    within = getattr(rows.model, "within", None)
    places = of(user)
    return rows if places is None or within is None else rows.filter(within(places))


def find(model: type[Row], *, user: User, **where: Any) -> Row:
    """The one row that the user may see. Raises Http404, for a row of others as for none."""
    return get_object_or_404(limit(model._default_manager.all(), user), **where)
