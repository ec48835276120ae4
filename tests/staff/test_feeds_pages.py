"""The pages of the feeds: who sees what of them, what is written down, and what can be done."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from clinic.models import Appointment, Clinic, Patient
from core.models import AuditEvent
from integrations import handling
from integrations.facts import Code, Standing
from integrations.models import FeedCode, FeedMessage, FeedPolicy, Parked
from staff import roles
from tests.factories import (
    AppointmentFactory,
    CancellationFactory,
    ClinicFactory,
    PatientFactory,
    ProviderFactory,
    UserFactory,
)
from tests.factories_of_feeds import FeedMessageFactory, ParkedFactory, SourceFactory, TodoFactory
from tests.integrations.feed import ANA, Feed

pytestmark = pytest.mark.django_db


def as_role(role: str, *clinics: Clinic) -> Client:
    client = Client()
    more = {"clinics": clinics} if clinics else {}
    client.force_login(UserFactory.create(roles=[role], **more))
    return client


@pytest.fixture
def item() -> Parked:
    made: Parked = ParkedFactory.create()
    return made


def page(role: str, name: str, *args: int) -> str:
    response = as_role(role).get(reverse(name, args=args))
    assert response.status_code == 200
    return response.content.decode()


def test_the_front_desk_sees_that_something_waits_and_not_what(item: Parked) -> None:
    desk = as_role(roles.FRONT_DESK)
    shown = desk.get(reverse("feeds")).content.decode()
    assert item.message.source.name in shown
    assert reverse("feeds-parked") not in shown
    assert desk.get(reverse("feeds-parked")).status_code == 403
    assert "1 message of a feed waits for a person." in desk.get(reverse("board")).content.decode()


def test_an_auditor_reads_the_list_and_no_message(item: Parked) -> None:
    auditor = as_role(roles.AUDITOR)
    shown = auditor.get(reverse("feeds-parked")).content.decode()
    assert "DR-WHO" in shown
    assert reverse("feeds-item", args=[item.pk]) not in shown
    assert auditor.get(reverse("feeds-item", args=[item.pk])).status_code == 403
    assert auditor.post(reverse("feeds-act", args=[item.pk, "replay"])).status_code == 403


def test_every_look_at_a_message_is_written_down(item: Parked) -> None:
    manager = as_role(roles.MANAGER)
    for _ in range(2):
        assert "MSH|^~\\&amp;" in manager.get(reverse("feeds-item", args=[item.pk])).content.decode()
    seen = AuditEvent.objects.filter(verb="feed.message_seen", object_id=str(item.message_id))
    assert seen.count() == 2
    assert seen.filter(ip="127.0.0.1").count() == 2


def test_a_message_that_was_emptied_says_so(item: Parked) -> None:
    FeedMessage.objects.update(body=b"", emptied_at=timezone.now())
    assert "was emptied" in page(roles.MANAGER, "feeds-item", item.pk)


def act(item: Parked, action: str, **form: object) -> int:
    response = as_role(roles.MANAGER).post(reverse("feeds-act", args=[item.pk, action]), form)
    return int(response.status_code)


def test_a_manager_maps_a_code_and_the_visit_is_booked() -> None:
    feed = Feed()
    feed.says(feed.visit(provider=Code(value="DR9")))
    provider = ProviderFactory(clinics=[feed.clinic])
    assert act(Parked.objects.get(), "map", record=provider.pk) == 302
    handling.sweep(clock=timezone.now)
    assert Appointment.objects.get().provider == provider


def test_a_manager_says_that_a_code_is_none_of_ours() -> None:
    feed = Feed()
    feed.says(feed.visit(provider=Code(value="DR9")))
    assert act(Parked.objects.get(), "map", ignored="on") == 302
    assert FeedCode.objects.get(value="DR9").ignored


def test_a_code_that_means_two_things_or_nothing_is_refused(item: Parked) -> None:
    provider = ProviderFactory(clinics=list(item.message.source.clinics.all()))
    assert act(item, "map") == 422
    assert act(item, "map", record=provider.pk, ignored="on") == 422
    assert not FeedCode.objects.exists()


def test_a_manager_names_no_provider_of_another_clinic() -> None:
    clinic = ClinicFactory()
    item = ParkedFactory.create(message__source=SourceFactory(clinics=[clinic]))
    other = ProviderFactory(clinics=[ClinicFactory()])
    manager = as_role(roles.MANAGER, clinic)
    answer = manager.post(reverse("feeds-act", args=[item.pk, "map"]), {"record": other.pk})
    assert answer.status_code == 422


@pytest.mark.parametrize(("decision", "patients"), [("same", 1), ("apart", 2)])
def test_a_manager_says_whether_it_is_the_same_person(decision: str, patients: int) -> None:
    known = {"first_name": "Ana", "last_name": "Lopez", "date_of_birth": ANA.date_of_birth}
    feed = Feed()
    PatientFactory(phone=ANA.phone, **known)
    feed.says(feed.visit())
    item = Parked.objects.get()
    assert "Is it the same person?" in page(roles.MANAGER, "feeds-item", item.pk)
    assert act(item, decision) == 302
    handling.sweep(clock=timezone.now)
    assert Appointment.objects.count() == 1
    assert Patient.objects.count() == patients


def test_a_message_is_put_aside_with_a_reason_and_not_without(item: Parked) -> None:
    assert act(item, "dismiss") == 422
    assert act(item, "dismiss", reason="Theirs") == 302
    item.refresh_from_db()
    assert (item.resolution, item.reason) == ("dismissed", "Theirs")


def test_whoever_comes_second_is_told(item: Parked) -> None:
    act(item, "dismiss", reason="Theirs")
    response = as_role(roles.MANAGER).post(reverse("feeds-act", args=[item.pk, "replay"]), follow=True)
    assert "put aside" in response.content.decode()


def test_the_list_has_filters(item: Parked) -> None:
    ParkedFactory.create(why="no_time", code_kind="", code="")
    manager = as_role(roles.MANAGER)
    shown = manager.get(reverse("feeds-parked"), {"why": "no_time"}).context["items"]
    assert [one.why for one in shown] == ["no_time"]
    assert manager.get(reverse("feeds-parked"), {"why": "bad"}).status_code == 422
    shown = manager.get(reverse("feeds-parked"), {"source": item.message.source_id}).context["items"]
    assert list(shown) == [item]
    assert not manager.get(reverse("feeds-parked"), {"state": "dismissed"}).context["items"]


def test_what_is_to_be_settled_is_settled_by_the_front_desk() -> None:
    todo = TodoFactory.create(appointment=AppointmentFactory())
    desk = as_role(roles.FRONT_DESK)
    assert "1 visit of a feed to settle." in desk.get(reverse("board")).content.decode()
    desk.post(reverse("feeds-settled", args=[todo.pk]))
    todo.refresh_from_db()
    assert todo.done_at is not None
    assert "to settle" not in desk.get(reverse("board")).content.decode()


def test_the_drift_names_what_is_told_in_two_ways_and_what_is_ours_alone() -> None:
    feed = Feed()
    feed.says(feed.visit())
    Appointment.objects.update(starts_at=feed.starts_at + timedelta(minutes=5))
    alone = AppointmentFactory(clinic=feed.clinic)
    shown = as_role(roles.MANAGER).get(reverse("feeds-drift", args=[feed.source.pk])).context
    assert [(row.theirs, row.ours) for row in shown["rows"]] == [("Booked", "Booked")]
    assert list(shown["unknown"]) == [alone]


def test_a_feed_and_a_calendar_that_agree_have_no_drift() -> None:
    feed = Feed()
    feed.says(feed.visit())
    feed.says(feed.visit(Standing.CANCELLED, keys=("A2",)))
    shown = as_role(roles.MANAGER).get(reverse("feeds-drift", args=[feed.source.pk])).context
    assert (shown["rows"], list(shown["unknown"])) == ([], [])


def test_a_clinics_rules_are_kept_and_written_down() -> None:
    feed = Feed()
    manager, address = as_role(roles.MANAGER), reverse("clinic-feeds", args=[feed.clinic.pk])
    assert manager.get(address).context["form"]["all"].value() == "automatic"
    assert "Nobody has made rules for this clinic yet" in manager.get(address).content.decode()
    manager.post(address, {"all": "ask", f"kind-{feed.kind.pk}": "never"})
    rules = FeedPolicy.objects.order_by("freed").values_list("visit_type", "freed")
    assert list(rules) == [(None, "ask"), (feed.kind.pk, "never")]
    assert "Nobody has made rules" not in manager.get(address).content.decode()
    manager.post(address, {"all": "ask", f"kind-{feed.kind.pk}": ""})
    assert FeedPolicy.objects.count() == 1
    assert AuditEvent.objects.filter(verb="clinic.feeds_ruled").count() == 2


def test_the_front_desk_reads_the_rules_and_changes_none() -> None:
    clinic = ClinicFactory()
    address = reverse("clinic-feeds", args=[clinic.pk])
    desk = as_role(roles.FRONT_DESK)
    assert desk.get(address).status_code == 200
    assert desk.post(address, {"all": "never"}).status_code == 403
    assert not FeedPolicy.objects.exists()


def test_a_freed_time_that_waits_for_a_word_stands_first_on_the_board() -> None:
    CancellationFactory.create(status="paused", paused_by="system")
    shown = page(roles.FRONT_DESK, "board")
    assert "Freed by a schedule feed: resume to offer it, or withdraw it." in shown
    assert "Paused by system" not in shown


def test_the_page_asks_as_many_queries_for_six_feeds_as_for_two() -> None:
    counts = []
    for _ in range(2):
        for _ in range(3):
            TodoFactory.create(appointment=AppointmentFactory())
            ParkedFactory.create(message=FeedMessageFactory.create(status="parked"))
        manager = as_role(roles.MANAGER)
        with CaptureQueriesContext(connection) as queries:
            manager.get(reverse("feeds"))
        counts.append(len(queries))
    assert counts[0] == counts[1]
