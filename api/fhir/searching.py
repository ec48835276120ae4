"""FHIR's search by parameters: what an address asks for, as rows, and what of it was not understood.

R4, search: a parameter that nobody here knows is ignored, and refused where `Prefer: handling=strict` stands.
One that is known must be right, and a modifier (name:modifier) that is not known is always refused. The link
`self` of the answer says what was understood.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import QueryDict

from api.fhir.dates import span
from api.fhir.outcomes import Refused, outcome
from integrations.fhir.issues import Issue

Filter = Callable[[str], Q]
NOTHING = Q(pk__in=[])
USUAL, MOST = 50, 200
_FORMATS = ("json", "application/json", "application/fhir+json", "application/fhir json")


def base() -> str:
    """The address under which FHIR is served."""
    return f"{settings.PUBLIC_URL}/api/v1/fhir"


class BadValue(Exception):
    """A value that the parameter cannot have."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A search parameter: FHIR's type of it, what it says, and the rows that one value of it means."""

    name: str
    type: str
    text: str
    rows: Filter


@dataclass(frozen=True, slots=True)
class Search:
    """What was asked for. `after` is the id behind which this page begins, `page` how long it is."""

    where: Q
    kept: Sequence[tuple[str, str]]
    ignored: Sequence[str]
    page: int
    after: int

    def link(self, address: str, *, after: int | None = None) -> str:
        """The address of this search, of its page behind that id."""
        asked = [*self.kept, *([("_after", str(after))] if after else [])]
        return f"{address}?{urlencode(asked)}" if asked else address

    def found(self, rows: QuerySet[Any]) -> tuple[list[Any], int, int | None]:
        """The rows of this page, how many there are in all, and behind which the next page begins."""
        chosen = rows.filter(self.where)
        total = chosen.count()
        page = list(chosen.filter(pk__gt=self.after).order_by("pk")[: self.page + 1]) if self.page else []
        more = page[self.page - 1].pk if len(page) > self.page else None
        return page[: self.page], total, more


def asked(query: QueryDict, known: Mapping[str, Parameter], *, prefer: str) -> Search:
    """What a query asks for. Raises Refused with every fault."""
    is_strict = "handling=strict" in prefer.replace(" ", "").lower()
    where, kept, ignored, wrong = Q(), [], [], []
    control = {"_count": str(USUAL), "_after": "0", "_summary": "", "_format": "json"}
    for name, value in ((name, value) for name, values in query.lists() for value in values):
        if name in control:
            control[name] = value
            kept += [(name, value)] if name != "_after" else []
        elif name in known:
            try:
                where &= _any_of(known[name], value)
                kept.append((name, value))
            except BadValue:
                wrong.append(Issue("value", f"The parameter {name} cannot have this value.", name))
        elif name.partition(":")[0] in known:
            wrong.append(Issue("not-supported", "No modifier is understood here.", name.partition(":")[0]))
        else:
            ignored.append(name)
    if ignored and is_strict:
        wrong.append(Issue("not-supported", f"Known parameters: {', '.join([*known, *control])}."))
    wrong += _faults(control)
    if wrong:
        raise Refused(400, *wrong)
    is_count = control["_summary"] == "count"
    page = 0 if is_count else min(int(control["_count"]), MOST)
    return Search(where, kept, ignored, page, int(control["_after"]))


def _faults(control: Mapping[str, str]) -> list[Issue]:
    wrong = [
        Issue("value", f"{name} is a whole number.", name)
        for name in ("_count", "_after")
        if not re.fullmatch("[0-9]{1,18}", control[name])
    ]
    if control["_summary"] not in ("", "false", "count"):
        wrong.append(Issue("not-supported", "Of _summary, count alone is understood here.", "_summary"))
    if control["_format"] not in _FORMATS:
        raise Refused(406, Issue("not-supported", "Answers are JSON.", "_format"))
    return wrong


def _any_of(parameter: Parameter, value: str) -> Q:
    """FHIR: values with a comma between are alternatives, and a parameter that comes twice holds twice."""
    chosen = Q()
    for one in value.split(","):
        chosen |= parameter.rows(one.strip())
    return chosen


def by_token(field: str, meaning: Mapping[Any, str], allowed: Sequence[str]) -> Filter:
    """By a code, which may have its system before a bar: of the words that R4 allows."""

    def rows(value: str) -> Q:
        code = value.rpartition("|")[2]
        if code not in allowed:
            raise BadValue
        return Q(**{f"{field}__in": [ours for ours, theirs in meaning.items() if theirs == code]})

    return rows


def by_date(field: str) -> Filter:
    """By an instant, with FHIR's prefixes; a date stands for all of its day."""

    def rows(value: str) -> Q:
        try:
            return span(value).rows(field)
        except ValueError:
            raise BadValue from None

    return rows


def by_reference(**fields: str) -> Filter:
    """By whom it refers to: Type/id, an id alone, or the whole address under which we serve it."""

    def rows(value: str) -> Q:
        kind, bar, name = value.removeprefix(f"{base()}/").rpartition("/")
        if not name or (bar and kind not in fields):
            raise BadValue
        if not re.fullmatch("[0-9]{1,18}", name):
            return NOTHING
        chosen = Q()
        for field in [fields[kind]] if bar else fields.values():
            chosen |= Q(**{field: int(name)})
        return chosen

    return rows


def by_id(value: str) -> Q:
    return Q(pk=int(value)) if re.fullmatch("[0-9]{1,18}", value) else NOTHING


def bundle(
    search: Search, *, address: str, resources: Sequence[dict[str, Any]], total: int, more: int | None
) -> dict[str, Any]:
    """A page of answers as a searchset, and a word about what was not understood."""
    links = [{"relation": "self", "url": search.link(address, after=search.after)}]
    if more is not None:
        links.append({"relation": "next", "url": search.link(address, after=more)})
    entries = [
        {"fullUrl": f"{address}/{own['id']}", "resource": own, "search": {"mode": "match"}}
        for own in resources
    ]
    if search.ignored:
        text = "Some parameters are not known here; the link self has those that are."
        unheard = Issue("not-supported", text)
        said = outcome([unheard], severity="warning")
        entries.append({"resource": said, "search": {"mode": "outcome"}})
    found: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset", "total": total, "link": links}
    return {**found, "entry": entries} if entries else found
