"""A source that speaks in facts: its messages are facts as they are, so that these tests need no language."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from clinic.models import Appointment, Clinic, Provider, VisitType
from integrations import handling, reading, receiving
from integrations.facts import Code, Fact, Park, Person, Standing, VisitFact
from integrations.models import FeedMessage, Source
from integrations.reader import ReaderSettings
from tests.factories import ClinicFactory, ProviderFactory, VisitTypeFactory, in_hours
from tests.factories_of_feeds import FeedCodeFactory, SourceFactory

KIND = "facts"
ANA = Person(
    ids=("MRN-1",),
    first_name="Ana",
    last_name="Lopez",
    date_of_birth=date(1980, 5, 17),
    phone="+13125550142",
)


def read(body: bytes, *, zone: ZoneInfo, received_at: datetime, settings: ReaderSettings) -> Sequence[Fact]:
    """The facts that were pickled, or the reason why there are none."""
    said = pickle.loads(body)  # noqa: S301 - made by the test itself
    if isinstance(said, dict):
        raise Park(**said)
    return list(said)


def register() -> None:
    """Let this process read the tests' language."""
    reading.READERS[KIND] = read


@dataclass(kw_only=True)
class Feed:
    """A source with one clinic, one provider (DR1) and one kind of visit (CHECK), and a visit in two days."""

    clinic: Clinic = field(default_factory=lambda: ClinicFactory(batch_size=2, cool_down_minutes=0))
    kind: VisitType = field(default_factory=VisitTypeFactory)
    provider: Provider = field(init=False)
    source: Source = field(init=False)
    starts_at: datetime = field(default_factory=lambda: in_hours(48))
    sent: int = 0

    def __post_init__(self) -> None:
        register()
        self.provider = ProviderFactory(clinics=[self.clinic])
        self.source = SourceFactory(clinics=[self.clinic])
        FeedCodeFactory(source=self.source, kind="provider", value="DR1", provider=self.provider)
        FeedCodeFactory(source=self.source, kind="visit_type", value="CHECK", visit_type=self.kind)

    def visit(self, standing: Standing = Standing.BOOKED, **fields: Any) -> VisitFact:
        """The visit as it stands now; who cancels says nothing but that."""
        place: dict[str, Any] = {
            "starts_at": self.starts_at,
            "ends_at": self.starts_at + timedelta(minutes=30),
            "provider": Code(value="DR1"),
            "visit_type": Code(value="CHECK"),
            "person": ANA,
        }
        if standing in (Standing.CANCELLED, Standing.NO_SHOW):
            place = {}
        usual = {"keys": ("A1",), "said_at": timezone.now(), "standing": standing}
        return VisitFact(**{**usual, **place, **fields})

    def sends(self, *facts: Fact | Park, control_id: str = "") -> FeedMessage:
        """A message of these facts comes in; it is still to be handled."""
        self.sent += 1
        said = facts[0]
        body = pickle.dumps({"why": said.why, "where": said.where} if isinstance(said, Park) else facts)
        arrived = receiving.receive(
            source_id=self.source.pk,
            kind=KIND,
            control_id=control_id or f"M{self.sent}",
            body=body,
            now=timezone.now(),
        )
        return FeedMessage.objects.get(pk=arrived.row_id)

    def says(self, *facts: Fact | Park) -> FeedMessage:
        """A message comes in and is handled at once."""
        message = self.sends(*facts)
        handling.handle(message_id=message.pk, now=timezone.now())
        message.refresh_from_db()
        return message

    def visits(self) -> list[Appointment]:
        """Every row that the feed has made, the oldest first."""
        return list(Appointment.objects.order_by("pk"))

    def shown(self) -> list[tuple[str, datetime, int]]:
        """How the visits that are not off stand, and where."""
        rows = Appointment.objects.exclude(status__in=("cancelled", "rescheduled", "no_show"))
        return list(rows.order_by("starts_at", "pk").values_list("status", "starts_at", "provider_id"))
