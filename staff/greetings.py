"""Birthday greetings as a page: who is due, who is not and why, and what became of those before."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, cast

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from clinic.models import Clinic, Patient, Provider
from core import scoping, spreadsheets
from core.scoping import User
from outreach import greeting, greeting_days, greeting_rules, greeting_switching
from outreach.greeting_models import Greeting, GreetingSwitch
from outreach.greeting_rules import Birthday
from outreach.greeting_states import GreetingStatus, Why

PAGE_SIZE = 50
# A list of more rows than this helps nobody; its count is of all.
MOST_ROWS = 200
SEEN_FOR = timedelta(days=30)
SWITCH = "outreach.change_greetingswitch"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One birthday; `at` is when its greeting is due, on the clinic's clock."""

    on: date
    patient: Patient
    provider: Provider | None
    at: datetime | None
    said: str
    state: str


@dataclass(kw_only=True)
class Shown:
    """The first rows of a list, and how many there are."""

    rows: list[Row] = field(default_factory=list)
    total: int = 0

    @property
    def left_out(self) -> int:
        return self.total - len(self.rows)


@dataclass(frozen=True, kw_only=True)
class Preview:
    """Today with those that are late, the days ahead, and who is not greeted then, by reason."""

    today: Shown
    coming: Shown
    skipped: list[tuple[str, Shown]]
    unborn: int


@dataclass(frozen=True, kw_only=True)
class SwitchRow:
    """A provider, and since when greetings go out in that name. `is_current`: in the words that were read."""

    provider: Provider
    switch: GreetingSwitch | None
    is_current: bool
    due_count: int


def may_switch(user: User, provider: Provider) -> bool:
    """Whether a user may switch greetings in this name: managers may, and providers in their own name."""
    return user.has_perm(SWITCH) or getattr(user, "provider", None) == provider


def overview(*, user: User, now: datetime) -> tuple[Preview, list[SwitchRow]]:
    """The page's two parts, of what the user may see."""
    found = _visible(_birthdays(now), user)
    due = Counter(each.provider_id for each in found if not each.why and not each.greeting_id)
    return _preview(found, user, now), _switches(user, due)


def _birthdays(now: datetime) -> list[Birthday]:
    """From those that may still be late until the last of the days ahead."""
    earliest, latest = greeting_days.today_anywhere(now)
    since = earliest - timedelta(days=greeting_days.LATEST_DAYS)
    until = latest + timedelta(days=greeting_switching.AHEAD)
    days = [since + timedelta(days=ahead) for ahead in range((until - since).days + 1)]
    return greeting_rules.birthdays(days=days)


def _visible(found: list[Birthday], user: User) -> list[Birthday]:
    places = scoping.of(user)
    if places is None:
        return found
    near = [each for each in found if each.clinic_id is None or each.clinic_id in places]
    patients = Patient.objects.filter(pk__in={each.patient_id for each in near})
    seen = set(scoping.limit(patients, user).values_list("pk", flat=True))
    return [each for each in near if each.patient_id in seen]


def _preview(found: list[Birthday], user: User, now: datetime) -> Preview:
    """Sorted into lists; names are read for those alone that are shown."""
    today: list[tuple[Birthday, greeting.Verdict]] = []
    coming: list[tuple[Birthday, greeting.Verdict]] = []
    skipped: dict[str, list[tuple[Birthday, greeting.Verdict]]] = {}
    for each in found:
        made = greeting.verdict(each, now=now)
        why = each.why or ("" if made.what in (greeting.DUE, greeting.WAITS) else made.what)
        day = now.astimezone(_clock(each)).date()
        if each.on > day and why:
            skipped.setdefault(why, []).append((each, made))
        elif each.on > day:
            coming.append((each, made))
        elif each.on == day or (not why and not each.greeting_id):
            today.append((each, made))
    names = _Names([today, coming, *skipped.values()])
    most_first = sorted(skipped.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return Preview(
        today=names.shown(today),
        coming=names.shown(coming),
        skipped=[(str(Why(why).label), names.shown(rows)) for why, rows in most_first],
        unborn=_without_birth(user),
    )


_Judged = list[tuple[Birthday, greeting.Verdict]]


class _Names:
    """What the shown rows need besides, read with one query each."""

    def __init__(self, lists: Iterable[_Judged]) -> None:
        rows = [each for judged in lists for each, _made in judged[:MOST_ROWS]]
        self.patients = Patient.objects.in_bulk({each.patient_id for each in rows})
        self.providers = Provider.objects.in_bulk({each.provider_id for each in rows if each.provider_id})
        self.greetings = Greeting.objects.in_bulk({each.greeting_id for each in rows if each.greeting_id})

    def shown(self, judged: _Judged) -> Shown:
        """The first of a list, as rows."""
        return Shown(rows=[self._row(*one) for one in judged[:MOST_ROWS]], total=len(judged))

    def _row(self, each: Birthday, made: greeting.Verdict) -> Row:
        stored = self.greetings.get(each.greeting_id or 0)
        at = made.at.astimezone(_clock(each)) if made.at and stored is None else None
        return Row(
            on=each.on,
            patient=self.patients[each.patient_id],
            provider=self.providers.get(each.provider_id or 0),
            at=at,
            said=said(stored) if stored else _to_come(each, made),
            state=stored.status if stored else "due",
        )


def _to_come(each: Birthday, made: greeting.Verdict) -> str:
    why = each.why or ("" if made.what in (greeting.DUE, greeting.WAITS) else made.what)
    if why:
        return str(Why(why).label)
    return _("Due now") if made.what == greeting.DUE else _("Due")


def said(stored: Greeting) -> str:
    """The state of a greeting, with its reason."""
    state, reason = str(stored.get_status_display()), str(stored.get_reason_display())
    code = f" ({stored.error_code})" if stored.error_code else ""
    return f"{state}: {reason}{code}" if stored.reason else state


def _clock(each: Birthday) -> Any:
    return Clinic(timezone=each.timezone or settings.TIME_ZONE).zone


def _without_birth(user: User) -> int:
    """How many patients are not greeted as nobody knows their birthday."""
    rows = Patient.objects.filter(
        date_of_birth=None, status=Patient.Status.ACTIVE, primary_provider__isnull=False
    )
    return scoping.limit(rows, user).count()


def _switches(user: User, due: Counter[int | None]) -> list[SwitchRow]:
    on = GreetingSwitch.objects.filter(ended_at=None)
    providers = scoping.limit(Provider.objects.filter(active=True), user).order_by("name", "pk")
    both = (
        Prefetch("greeting_switches", on, to_attr="on"),
        Prefetch("clinics", Clinic.objects.order_by("pk")),
    )
    return [_switch_row(provider, due[provider.pk]) for provider in providers.prefetch_related(*both)]


def _switch_row(provider: Provider, due_count: int) -> SwitchRow:
    switch = next(iter(cast("Any", provider).on), None)
    is_current = switch is not None and switch.accepted == greeting_switching.accepted(provider)
    return SwitchRow(provider=provider, switch=switch, is_current=is_current, due_count=due_count)


def not_delivered(*, user: User, now: datetime) -> int:
    """How many greetings of the last thirty days did not arrive."""
    failed = Greeting.objects.filter(status=GreetingStatus.FAILED, changed_at__gt=now - SEEN_FOR)
    return scoping.limit(failed, user).count()


def history(*, user: User, status: str = "") -> QuerySet[Greeting]:
    """What became of every birthday, the last one first; of one status where it is given."""
    rows = scoping.limit(Greeting.objects.select_related("patient", "provider", "clinic"), user)
    return (rows.filter(status=status) if status else rows).order_by("-birthday_on", "-pk")


def page(rows: QuerySet[Greeting], *, number: str) -> Page[Greeting]:
    """A page of the history; the last one where there are fewer, the first for what is no number."""
    return Paginator(rows, PAGE_SIZE).get_page(number)


def as_csv(rows: QuerySet[Greeting]) -> Iterator[str]:
    """The history line by line for a spreadsheet; the mark in front is for Excel."""
    head = [
        "birthday",
        "first_name",
        "last_name",
        "provider",
        "clinic",
        "channel",
        "status",
        "reason",
        "sent_at",
    ]
    yield "\ufeff" + _line(head)
    for row in rows.iterator(chunk_size=500):
        sent = row.sent_at.astimezone(row.clinic.zone).isoformat() if row.sent_at and row.clinic else ""
        about = [row.patient.first_name, row.patient.last_name, row.provider, row.clinic]
        cells = [row.birthday_on, *about, row.channel, row.status, row.reason, sent]
        yield _line([spreadsheets.plain(str(cell or "")) for cell in cells])


def _line(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()
