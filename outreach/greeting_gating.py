"""The last look before a greeting leaves, beside whoever switches greetings off."""

from __future__ import annotations

from datetime import datetime

from clinic.models import Patient, Provider
from core import rows
from core.channels import Channel
from messaging import gate, optout
from messaging.models import Kind, Message
from offers import permitting, policy, silencing
from outreach import greeting_days, greeting_rules
from outreach.greeting_models import Greeting, GreetingSwitch
from outreach.greeting_rules import Birthday
from outreach.greeting_states import Why


def register() -> None:
    """Let the outbox ask here before it sends a greeting."""
    gate.register(Kind.GREETING, may_leave)


def may_leave(message: Message, now: datetime) -> gate.Verdict:
    """Whether the patient may still be greeted: at `now`, later on the same days, or never."""
    if "greeting" not in message.related:
        # Of no birthday of ours: whoever permits any text decides.
        return gate.Go(message.body)
    greeting = Greeting.objects.get(pk=message.related["greeting"])
    # Whoever switches off waits for the claim or was before it: from then on nothing leaves.
    rows.read(Provider, "id = %s FOR SHARE", [greeting.provider_id])
    found = greeting_rules.birthdays(days=[greeting.birthday_on], patient_id=greeting.patient_id)
    birthday = next(iter(found), None)
    if birthday is None:
        return gate.Skip(Why.BIRTHDAY_CHANGED)
    if barred := _barred(message, greeting, birthday):
        return gate.Skip(str(barred))
    patient = Patient.objects.get(pk=greeting.patient_id)
    consent = permitting.consent_of(patient, message)
    if consent is None:
        return gate.Skip(Why.NO_CONSENT)
    moment = birthday.moment(now)
    if not isinstance(moment, datetime):
        return gate.Skip(moment.value)
    if moment > now:
        return gate.Later(moment)
    receipt = {
        "basis": "consent",
        "consent": consent,
        "switch": GreetingSwitch.objects.get(provider=greeting.provider_id, ended_at=None).pk,
        "hours": _hours(birthday, now),
        "template": message.template,
        "policy": policy.POLICY_VERSION,
    }
    until = greeting_days.over_at(on=birthday.on, late_days=birthday.late_days or 0, clocks=birthday.clocks)
    return gate.Go(message.body, valid_until=until, permission=receipt)


def _barred(message: Message, greeting: Greeting, birthday: Birthday) -> str:
    if birthday.provider_id != greeting.provider_id:
        return Why.DOCTOR_CHANGED
    # What was said of this number comes before what is left when it is gone.
    if optout.is_suppressed(message.to):
        return Why.OPTED_OUT
    is_on_a_phone = message.channel != Channel.EMAIL
    if is_on_a_phone and silencing.is_silenced(patient_id=greeting.patient_id, phone=message.to):
        return Why.WRONG_NUMBER
    return birthday.why


def _hours(birthday: Birthday, now: datetime) -> dict[str, object]:
    clocks = birthday.clocks
    start, end = greeting_days.opening(clocks)
    shown = {zone.key: f"{now.astimezone(zone):%H:%M}" for zone in clocks.zones}
    return {"from": f"{start:%H:%M}", "to": f"{end:%H:%M}", "at": shown}
