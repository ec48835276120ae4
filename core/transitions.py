"""Moving a row from one state to the next by compare-and-swap."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from core import rows


class IllegalMove(Exception):
    """There is no such arrow: a bug in the caller."""


class StaleState(Exception):
    """The row is no longer in the state the caller saw: an answer, worded for staff."""


def move(
    instance: models.Model,
    *,
    to: str,
    arrows: Mapping[str, frozenset[str]],
    given: Mapping[str, Any] = MappingProxyType({}),
    unless: str = "",
    **fields: Any,
) -> None:
    """Take the arrow from `instance.status` to `to`, write `fields` with it, and update the instance.

    `given` are further columns that must still be as the caller saw them, for example a lease; `unless` is
    that of rows.update. Raises IllegalMove where `arrows` has no such arrow, and StaleState where the row has
    moved meanwhile; in both cases row and instance stay as they were. The values of `fields` are plain, not
    expressions.
    """
    was: str = instance.status  # type: ignore[attr-defined]
    if to not in arrows.get(was, frozenset()):
        raise IllegalMove(f"{instance._meta.label} {instance.pk}: no arrow from {was} to {to}")
    written = {"status": to, **fields}
    # The old state among what is expected lets only one of two movers through.
    if not rows.update(instance, written, given={"status": was, **given}, unless=unless):
        raise StaleState(
            _("This %(thing)s has changed in the meantime.") % {"thing": instance._meta.verbose_name}
        )
    for name, value in written.items():
        setattr(instance, name, value)
