"""Whoever has a birthday is greeted, or has a row that says why not: once a year, whatever happens."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Min

from clinic.models import Patient
from messaging import outbox
from outreach import greeting_days, greeting_rules, greeting_words
from outreach.greeting_models import Greeting, GreetingSwitch
from outreach.greeting_rules import Birthday
from outreach.greeting_states import GreetingStatus, Why

logger = logging.getLogger(__name__)

# After an outage nobody is forgotten: whoever was due in it and is not any more has a row that says so.
LOOK_BACK = timedelta(days=30)
HANDED_OVER, WAITS, NOT_DUE, DUE, RAISED = "handed over", "waits", "not due", "due", "raised"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is to be done about a birthday: DUE, WAITS until `at` (UTC), or a Why."""

    birthday: Birthday
    what: str
    at: datetime | None = None


def verdicts(*, now: datetime, on: date | None = None) -> list[Verdict]:
    """The birthdays that nothing has been decided about yet, the oldest first; those of one day if given."""
    found = greeting_rules.birthdays(days=days) if (days := _days(now, on)) else []
    return [verdict(birthday, now=now) for birthday in found if birthday.greeting_id is None]


def verdict(birthday: Birthday, *, now: datetime) -> Verdict:
    """What is to be done about a birthday at `now`. Nothing is decided before its moment has come."""
    moment = birthday.moment(now)
    if isinstance(moment, datetime) and moment > now:
        return Verdict(birthday=birthday, what=WAITS, at=moment)
    unfit = "" if isinstance(moment, datetime) else moment.value
    return Verdict(birthday=birthday, what=birthday.why or unfit or DUE)


def forecast(*, now: datetime, on: date | None = None) -> Counter[str]:
    """What dispatch would do with these birthdays when their moments come: how many DUE, and for which Why.

    Of a day that is still to come as well. Nothing is written.
    """
    if on is None:
        found = verdicts(now=now)
    else:
        undecided = (each for each in greeting_rules.birthdays(days=[on]) if each.greeting_id is None)
        found = [verdict(each, now=now) for each in undecided]
    return Counter(each.birthday.why or (DUE if each.what == WAITS else each.what) for each in found)


def dispatch(
    *, clock: Callable[[], datetime], on: date | None = None, for_at_most: timedelta | None = None
) -> Counter[str]:
    """Decide about every birthday whose moment has come, the oldest first, until `for_at_most` is over.

    Returns how many were HANDED_OVER, WAIT, or are skipped for which Why. Nothing at all happens before
    somebody has switched greetings on.
    """
    started, done = clock(), Counter[str]()
    for each in verdicts(now=started, on=on):
        if for_at_most is not None and clock() - started >= for_at_most:
            break
        done[WAITS if each.what == WAITS else _step(each.birthday, clock())] += 1
    return done


def _step(birthday: Birthday, now: datetime) -> str:
    try:
        return greet(patient_id=birthday.patient_id, on=birthday.on, now=now)
    except Exception:
        # The others are greeted; this one is found again by the next run.
        logger.exception("greeting failed", extra={"patient_id": birthday.patient_id})
        return RAISED


@transaction.atomic
def greet(*, patient_id: int, on: date, now: datetime) -> str:
    """Owe a patient the greeting of a birthday, or write down why not: HANDED_OVER, NOT_DUE or a Why.

    Whatever changes until the text leaves, its gate sees.
    """
    # Two birthdays of one patient, the date of birth being corrected in between, are decided one after the
    # other: the second one sees that the first was greeted.
    patient = Patient.objects.select_for_update(of=("self",), no_key=True).filter(pk=patient_id).first()
    birthday = next(iter(greeting_rules.birthdays(days=[on], patient_id=patient_id)), None)
    decided = verdict(birthday, now=now) if birthday else None
    if patient is None or birthday is None or decided is None or decided.what == WAITS:
        return NOT_DUE
    why, channel = Why.NONE if decided.what == DUE else Why(decided.what), None
    if not why:
        channel = greeting_words.channel_of(patient)
        # What may be sent and what has words for it are asked one after the other.
        why = why if channel else Why.NO_CONSENT
    greeting = _stored(birthday, why, now)
    if greeting is None:
        return NOT_DUE
    if channel is None:
        return greeting.reason
    draft = greeting_words.draft(greeting, channel=channel)
    outbox.queue(drafts=[draft], now=now)
    greeting.channel = draft.channel
    greeting.save(update_fields=["channel"])
    return HANDED_OVER


def _stored(birthday: Birthday, why: Why, now: datetime) -> Greeting | None:
    """The row of this year, unless there is one: of two who try, one waits for the other and gets none."""
    status = GreetingStatus.SKIPPED if why else GreetingStatus.SCHEDULED
    row, is_new = Greeting.objects.get_or_create(
        patient_id=birthday.patient_id,
        year=birthday.on.year,
        defaults={
            "birthday_on": birthday.on,
            "provider_id": birthday.provider_id,
            "clinic_id": birthday.clinic_id,
            "status": status,
            "reason": why,
            "created_at": now,
            "changed_at": now,
            "handed_at": None if why else now,
        },
    )
    return row if is_new else None


def _days(now: datetime, on: date | None) -> list[date]:
    """Whose birthdays are to be looked at: none from before greetings were switched on anywhere."""
    switched_on_at = GreetingSwitch.objects.aggregate(first=Min("accepted_at"))["first"]
    if switched_on_at is None:
        return []
    earliest, latest = greeting_days.today_anywhere(now)
    first = greeting_days.today_anywhere(switched_on_at)[0]
    if on is not None:
        return [on] if first <= on <= latest else []
    since = max(first, earliest - LOOK_BACK)
    return [since + timedelta(days=ahead) for ahead in range((latest - since).days + 1)]
