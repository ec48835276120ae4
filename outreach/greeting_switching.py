"""Switching greetings on in a provider's name, by somebody who has read what that does; and off again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.models import Clinic, Patient, Provider
from core import audit, transitions
from core.channels import Channel
from offers import texts
from outreach import greeting, greeting_rules
from outreach.greeting_models import GreetingSwitch

# What the page says about whom and when; a change of the meaning is another version.
TERMS = "1"
AHEAD = 30


class NotAccepted(Exception):
    """What is to be accepted was not read as it is now, or not accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The greeting as patients of a clinic get it."""

    clinic: Clinic
    language: str
    body: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What switching on does: the words, and how many are due in the days AHEAD. `version` is theirs."""

    provider: Provider
    wordings: list[Wording]
    due_count: int
    version: str

    @property
    def accepted(self) -> dict[str, object]:
        """What is kept of it."""
        return _accepted(self.wordings)


def standing(*, provider: Provider) -> GreetingSwitch | None:
    """The switch that is on; None: none is."""
    return GreetingSwitch.objects.filter(provider=provider, ended_at=None).first()


def accepted(provider: Provider) -> dict[str, object]:
    """What somebody who switches on now would accept. With its clinics at hand it asks no database."""
    return _accepted(_wordings(provider))


def statement(*, provider: Provider, now: datetime) -> Statement:
    """What somebody who switches on at `now` has to read."""
    wordings = _wordings(provider)
    read = [TERMS, *(f"{wording.clinic.pk} {wording.version} {wording.body}" for wording in wordings)]
    return Statement(
        provider=provider,
        wordings=wordings,
        due_count=_due_count(provider, now),
        version=hashlib.sha256("\n".join(read).encode()).hexdigest()[:12],
    )


@transaction.atomic
def switch_on(*, provider_id: int, accepted: str, by: str, now: datetime) -> GreetingSwitch:
    """Greet in the provider's name from now on. `accepted` is the version of the statement that was read.

    Where it is on, the new words are accepted in place of the old ones. Raises NotAccepted where the words
    have changed since they were read, and StaleState where it is on with these words, or nobody can be
    greeted in this name.
    """
    provider = _locked(provider_id)
    read = statement(provider=provider, now=now)
    if not provider.active or not read.wordings:
        raise transitions.StaleState(_("This provider is not active, or works at no clinic."))
    if accepted != read.version:
        raise NotAccepted(_("The words have changed since this page was opened. Read them again."))
    before = standing(provider=provider)
    if before is not None and before.accepted == read.accepted:
        raise transitions.StaleState(
            _("%(name)s has switched this on already.") % {"name": before.accepted_by}
        )
    GreetingSwitch.objects.filter(provider=provider, ended_at=None).update(ended_by=by, ended_at=now)
    switch = GreetingSwitch.objects.create(
        provider=provider,
        accepted_by=by,
        accepted_at=now,
        accepted=read.accepted,
        due_count=read.due_count,
    )
    audit.record(actor=by, verb="greetings.switched_on", obj=provider, at=now, due=read.due_count)
    return switch


@transaction.atomic
def switch_off(*, provider_id: int, by: str, now: datetime) -> None:
    """Greet nobody in the provider's name any more; what waits in the outbox does not leave.

    Raises StaleState where it is off.
    """
    # Whoever is just handing a greeting over finishes, or finds it switched off: outreach.greeting_gating.
    _locked(provider_id)
    on = GreetingSwitch.objects.filter(provider_id=provider_id, ended_at=None)
    if not on.update(ended_by=by, ended_at=now):
        raise transitions.StaleState(_("This is switched off already."))
    audit.record(actor=by, verb="greetings.switched_off", obj=Provider(pk=provider_id), at=now)


def days_ahead(now: datetime, *, clinic: Clinic | None = None) -> list[date]:
    """Today, as the clinic's calendar shows it, or UTC's, and the days AHEAD."""
    today = now.astimezone(clinic.zone).date() if clinic else now.date()
    return [today + timedelta(days=ahead) for ahead in range(AHEAD + 1)]


def _locked(provider_id: int) -> Provider:
    """Two who switch at once: the second one hears of the first."""
    return Provider.objects.select_for_update(of=("self",), no_key=True).get(pk=provider_id)


def _wordings(provider: Provider) -> list[Wording]:
    clinics = sorted(provider.clinics.all(), key=lambda clinic: clinic.pk)
    return [
        _wording(provider, clinic, language) for clinic in clinics for language in Patient.Language.values
    ]


def _accepted(wordings: list[Wording]) -> dict[str, object]:
    return {"terms": TERMS, "texts": sorted({wording.version for wording in wordings})}


def _wording(provider: Provider, clinic: Clinic, language: str) -> Wording:
    text = texts.of_provider(
        greeting_rules.NAME, language=language, clinic=clinic, provider=provider, channel=Channel.SMS
    )
    return Wording(clinic=clinic, language=language, body=text.body, version=text.version)


def _due_count(provider: Provider, now: datetime) -> int:
    days = days_ahead(now, clinic=provider.clinics.order_by("pk").first())
    found = greeting_rules.birthdays(days=days, provider_id=provider.pk, is_on=True)
    outcomes = (
        greeting.verdict(each, now=now).what for each in found if not each.why and not each.greeting_id
    )
    return sum(what in (greeting.DUE, greeting.WAITS) for what in outcomes)
