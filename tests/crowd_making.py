"""How a crowd's rows are made: by their number, and with fields that hold rows of another kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db.models import Model
from django.utils import timezone

from tests import factories

if TYPE_CHECKING:
    from tests.crowd import Crowd


def of(**kinds: str) -> Callable[[Crowd, int], dict[str, Any]]:
    """Fields that hold another kind's row: that of the same number, or with "first " in front the first."""

    def fields(crowd: Crowd, i: int) -> dict[str, Any]:
        found = {}
        for name, kind in kinds.items():
            row = crowd.first(kind[6:]) if kind.startswith("first ") else crowd.rows[kind][i]
            found[name] = row
        return found

    return fields


NOTHING = of()


def plain(model: Any, *, about: Any = NOTHING, **fields: Any) -> Callable[[Crowd, int], Model]:
    """A row of the model, or of what the factory builds; a field that can be called is told the number."""

    def make(crowd: Crowd, i: int) -> Model:
        said = {name: value(i) if callable(value) else value for name, value in fields.items()}
        build = getattr(model, "build", model)
        made: Model = build(**{**about(crowd, i), **said})
        return made

    return make


def now(i: int) -> Any:
    return timezone.now()


def soon(i: int) -> Any:
    return factories.in_hours(1)


def named(i: int) -> str:
    return f"K{i}"
