"""From an empty system to the first filled time: how far a clinic has come, read from what is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Max
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from clinic.models import Clinic, Provider, VisitType
from core.channels import Channel
from messaging import senders
from messaging.models import Kind, Message, Sender, SenderStatus
from messaging.states import MessageStatus
from offers import testing
from offers.models import Cancellation
from offers.states import CancellationStatus
from staff.guide_forms import FORMS, StepForm
from waitlist.models import WaitlistEntry
from waitlist.states import EntryStatus

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

TITLES: dict[str, _StrPromise] = {
    "clinic": gettext_lazy("The clinic"),
    "hours": gettext_lazy("When patients may be texted"),
    "provider": gettext_lazy("Somebody whom patients come to see"),
    "visit": gettext_lazy("A kind of visit"),
    "people": gettext_lazy("Patients who wait"),
    "sender": gettext_lazy("The number that texts leave by"),
    "test": gettext_lazy("A test to your own phone"),
    "live": gettext_lazy("Going live"),
    "slot": gettext_lazy("The first filled time"),
}


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step: whether it is done, and what is there of it."""

    name: str
    is_done: bool
    said: str
    form: StepForm | None = None

    @property
    def title(self) -> _StrPromise:
        return TITLES[self.name]


def steps(*, clinic: Clinic, entered: StepForm | None = None) -> list[Step]:
    """Every step in its order; `entered` is a form that was refused, and stands in the place of its own."""
    found = [
        ("clinic", True, f"{clinic.name}, {clinic.timezone}"),
        ("hours", *_hours(clinic)),
        ("provider", *_providers(clinic)),
        ("visit", *_visits()),
        ("people", *_people(clinic)),
        ("sender", *_sender()),
        ("test", *_test(clinic)),
        ("live", *_live(clinic)),
        ("slot", *_slot(clinic)),
    ]
    return [
        Step(name=name, is_done=done, said=said, form=_form(name, clinic, entered))
        for name, done, said in found
    ]


def _form(name: str, clinic: Clinic, entered: StepForm | None) -> StepForm | None:
    if name not in FORMS:
        return None
    return entered if type(entered) is FORMS[name] else FORMS[name](clinic=clinic)


def _hours(clinic: Clinic) -> tuple[bool, str]:
    start, end = (formats.time_format(each, "H:i") for each in clinic.contact_hours)
    said = _("%(start)s to %(end)s, on the patient's clock") % {"start": start, "end": end}
    return clinic.contact_hours_start is not None, said


def _providers(clinic: Clinic) -> tuple[bool, str]:
    rows = Provider.objects.filter(clinics=clinic, active=True).order_by("name", "pk")
    names = list(rows.values_list("name", flat=True)[:5])
    return bool(names), ", ".join(names)


def _visits() -> tuple[bool, str]:
    rows = VisitType.objects.order_by("name").values_list("name", "duration_minutes")[:5]
    kinds = [
        _("%(name)s, %(minutes)s minutes") % {"name": name, "minutes": minutes} for name, minutes in rows
    ]
    return bool(kinds), "; ".join(kinds)


def _people(clinic: Clinic) -> tuple[bool, str]:
    entries = WaitlistEntry.objects.filter(clinic=clinic)
    number = entries.filter(status=EntryStatus.WAITING).count()
    said = ngettext("%(number)d patient waits.", "%(number)d patients wait.", number) % {"number": number}
    # Who has waited and was matched counts too.
    return number > 0 or entries.exists(), said


def _sender() -> tuple[bool, str]:
    if settings.USE_MOCK_TWILIO:
        return True, _(
            "Simulated phones: no text leaves the house. Set the Twilio settings to send real ones."
        )
    route = senders.route_of(kind=Kind.OFFER, channel=Channel.SMS)
    if route is None:
        return False, _("There is none: set TWILIO_PHONE_NUMBER and the other Twilio settings.")
    if Sender.objects.filter(name=route.name, status=SenderStatus.STOPPED).exists():
        return False, _("The provider refuses %(name)s: see the status page.") % {"name": route.name}
    webhook = f"{settings.PUBLIC_URL}/webhooks/twilio/inbound/"
    said = _("Texts leave by %(name)s. At Twilio its inbound webhook must be %(webhook)s.")
    return True, said % {"name": route.name, "webhook": webhook}


def _test(clinic: Clinic) -> tuple[bool, str]:
    last = testing.tests_of(clinic.pk).order_by("-pk").first()
    if last is None:
        return False, ""
    done = last.status in (MessageStatus.SENT, MessageStatus.DELIVERED)
    told = {"state": MessageStatus(last.status).label, "digits": last.to[-4:], "why": _why(last)}
    return done, _("The last test, to …%(digits)s: %(state)s%(why)s.") % told


def _why(test: Message) -> str:
    code = test.error_code or test.skip_reason
    return f" ({code})" if code else ""


def _live(clinic: Clinic) -> tuple[bool, str]:
    if clinic.is_shadow:
        return False, _("In shadow: cancelled times are decided, and nobody is texted.")
    return True, _("Live: patients are texted.")


def _slot(clinic: Clinic) -> tuple[bool, str]:
    slots = Cancellation.objects.filter(clinic=clinic, is_shadow=False)
    filled = slots.filter(status=CancellationStatus.FILLED).aggregate(at=Max("closed_at"))["at"]
    if filled is None:
        return False, ""
    local = filled.astimezone(clinic.zone)
    return True, _("Filled %(at)s.") % {"at": formats.date_format(local, "j M Y H:i T")}
