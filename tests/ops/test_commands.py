"""The commands an operator types."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from clinic.models import Appointment, Clinic, Patient, Provider
from messaging import inbox
from messaging.models import Pause, ProviderEvent
from offers.models import Cancellation, Offer
from offers.states import OfferStatus
from ops import invariants
from outreach.models import Greeting, Reminder
from tests import factories
from tests.outreach.greeting_people import GreetingFactory, born
from tests.outreach.reminding import in_state
from tests.settings import SECRET
from waitlist.models import WaitlistEntry

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.django_db


def run(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def order(**changes: str) -> list[str]:
    provider = factories.ProviderFactory.create()
    words = {
        "clinic": str(provider.clinics.get().pk),
        "provider": str(provider.pk),
        "visit-type": str(factories.VisitTypeFactory.create().pk),
        "starts-at": (timezone.now() + timedelta(days=2)).isoformat(),
        **changes,
    }
    return [f"--{name}={value}" for name, value in words.items()]


def test_a_cancellation_is_logged() -> None:
    assert "first texts at" in run("log_cancellation", *order())
    assert Cancellation.objects.get().logged_by == "command line"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"starts-at": "2020-01-01T10:00:00+00:00"}, "starts_at: This slot has begun already."),
        ({"starts-at": "2030-01-01T10:00:00"}, "with the offset"),
        ({"starts-at": "2030-13-01T10:00:00+00:00"}, "with the offset"),
        ({"starts-at": "9999-12-31T23:59:00+00:00"}, "--duration: There is no calendar"),
        ({"duration": "99999999999999"}, "--duration: There is no calendar"),
        ({"clinic": "0"}, "no such clinic"),
    ],
)
def test_a_cancellation_that_makes_no_sense_is_refused(changes: dict[str, str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        run("log_cancellation", *order(**changes))
    assert not Cancellation.objects.exists()


def test_a_sweep_says_what_it_did() -> None:
    assert run("sweep").startswith("0 events read, 0 texts answered")


def test_doctor_finds_nothing_broken_in_healthy_data() -> None:
    factories.CancellationFactory.create()
    assert run("doctor").endswith(f"\n{len(invariants.QUERIES)} invariants checked, 0 broken.\n")


def test_doctor_says_how_texting_is() -> None:
    left = {"call_started_at": timezone.now() - timedelta(hours=1), "permission": {"basis": "answer"}}
    factories.MessageFactory.create(status="unknown", **left)
    lines = run("doctor").splitlines()
    assert "LOOK    Texts that may have left: 1, the oldest for 60 min" in lines
    assert "ok      Texts due: 0" in lines
    assert "LOOK    Last day: ours / provider / webhooks: not asked yet" in lines
    # The page has no table of a tally that was never made.
    assert not [line for line in lines if "table below" in line]


def test_doctor_says_how_texting_is_to_a_machine_too() -> None:
    told = json.loads(run("doctor", "--json"))["status"]
    assert told["Senders"] == {"value": "all 2 running", "look": False}


def test_doctor_names_what_is_broken_and_fails(capsys: Any) -> None:
    offer = factories.OfferFactory.create(status=OfferStatus.TAKEN)
    with pytest.raises(SystemExit, match="1"):
        call_command("doctor", "--json")
    assert json.loads(capsys.readouterr().out)["broken"] == {"whoever lost was told": [offer.pk]}


def test_doctor_sees_two_winners_where_the_index_is_gone() -> None:
    slot = factories.CancellationFactory.create()
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX offer_one_winner")
    for _ in range(2):
        factories.OfferFactory.create(cancellation=slot, status=OfferStatus.ACCEPTED)
    assert dict(invariants.violations(now=timezone.now()))["one winner per slot"] == [slot.pk]


def test_the_demo_is_a_believable_clinic_group_and_healthy(settings: Any) -> None:
    settings.DEMO = True
    run("seed_demo")
    counted = (Clinic, Provider, Patient, WaitlistEntry)
    assert [model._default_manager.count() for model in counted] == [3, 12, 200, 120]
    assert len(set(Clinic.objects.order_by("pk").values_list("timezone", flat=True))) == 2
    assert Appointment.objects.count() > 100
    assert not Offer.objects.exists()
    assert dict(invariants.violations(now=timezone.now())) == {}


def test_a_second_demo_keeps_what_is_there(settings: Any) -> None:
    settings.DEMO = True
    run("seed_demo")
    assert "kept" in run("seed_demo")
    assert get_user_model().objects.count() == 4


def test_the_demo_refuses_to_run_in_production(settings: Any) -> None:
    settings.DEBUG = settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO=true"):
        run("seed_demo")
    assert not get_user_model().objects.exists()


def test_rule_10_texting_is_paused_and_resumed_from_the_shell() -> None:
    clinic = factories.ClinicFactory.create()
    assert run("pause_texting", "on", "--clinic", str(clinic.pk)) == f"Texts of clinic {clinic.pk} wait.\n"
    assert "all clinics wait" in run("pause_texting", "on")
    assert set(Pause.objects.values_list("clinic_id", flat=True)) == {clinic.pk, None}
    run("pause_texting", "off")
    assert list(Pause.objects.filter(ended_at=None).values_list("clinic_id", flat=True)) == [clinic.pk]


@pytest.mark.parametrize(
    ("words", "refusal"), [(["off"], "not paused"), (["on", "--clinic", "0"], "no such clinic")]
)
def test_a_pause_that_makes_no_sense_is_refused(words: list[str], refusal: str) -> None:
    with pytest.raises(CommandError, match=refusal):
        run("pause_texting", *words)


def test_due_reminders_are_sent_by_hand_and_by_the_sweep() -> None:
    in_state("scheduled")
    assert run("send_due_reminders") == "1 reminders handed over, 1 texts out.\n"
    in_state("scheduled")
    assert "1 reminders due, 0 greetings due, 1 texts out" in run("sweep")
    assert set(Reminder.objects.values_list("status", flat=True)) == {"sent"}


def test_visits_from_before_there_were_reminders_get_theirs_once() -> None:
    factories.AppointmentFactory.create(created_at=timezone.now())
    assert run("plan_reminders") == "2 reminders planned.\n"
    assert run("plan_reminders") == "0 reminders planned.\n"


@pytest.mark.parametrize(
    ("invariant", "fields"),
    [
        ("no reminder of a visit that is off is going to be sent", {"appointment__status": "cancelled"}),
        ("no reminder is overdue", {"due_at": factories.in_hours(-2)}),
        ("a sent reminder has its text", {"status": "sent"}),
    ],
)
def test_the_doctor_sees_a_reminder_that_went_wrong(invariant: str, fields: dict[str, Any]) -> None:
    reminder = in_state(**{"status": "scheduled", **fields})
    assert dict(invariants.violations(now=timezone.now()))[invariant] == [reminder.pk]


def test_the_doctor_sees_a_reminder_that_came_too_late() -> None:
    visit = factories.AppointmentFactory.create(starts_at=factories.in_hours(-1))
    text = factories.MessageFactory.create(
        kind="reminder", related={"appointment": visit.pk}, call_started_at=timezone.now()
    )
    found = dict(invariants.violations(now=timezone.now()))
    assert found["no reminder left when its visit had begun"] == [text.pk]


@pytest.mark.parametrize(
    ("invariant", "fields"),
    [
        ("a greeting that is on its way or sent has its text", {}),
        (
            "no greeting counts as sent that did not arrive",
            {"status": "sent", "sent_at": factories.in_hours(0)},
        ),
    ],
)
def test_the_doctor_sees_a_greeting_that_went_wrong(invariant: str, fields: dict[str, Any]) -> None:
    row = GreetingFactory.create(
        **{"status": "scheduled", "reason": "", "handed_at": timezone.now(), **fields}
    )
    assert dict(invariants.violations(now=timezone.now()))[invariant] == [row.pk]


def test_the_doctor_sees_a_greeting_that_left_without_a_switch_or_on_another_day() -> None:
    row = GreetingFactory.create(birthday_on=timezone.now().date() - timedelta(days=30))
    about = {"kind": "greeting", "related": {"greeting": row.pk}}
    text = factories.MessageFactory.create(call_started_at=timezone.now(), **about)
    found = dict(invariants.violations(now=timezone.now()))
    assert found["a greeting left while its provider had it switched on"] == [text.pk]
    assert found["a greeting left on the birthday or in the days after it"] == [text.pk]


def test_greetings_are_dispatched_once_and_a_dry_run_does_nothing(clock: Any) -> None:
    born(3, 2)
    born(3, 2, agrees=False)
    born(3, 2, contact_zones="Pacific/Honolulu")
    told = "2 greetings, 0 wait for their hours, 1 skipped (1 No consent to greetings, or to any channel)."
    assert run("dispatch_greetings", "--dry-run") == f"{told} Nothing was done.\n"
    assert not Greeting.objects.exists()
    assert run("dispatch_greetings").startswith("1 greetings, 1 wait for their hours, 1 skipped")
    assert "0 greetings, 1 wait" in run("dispatch_greetings", "--date", "2026-03-02")
    assert Greeting.objects.filter(status="sent").count() == 1


def test_greetings_of_a_day_to_come_may_be_looked_at_only(clock: Any) -> None:
    born(6, 9)
    assert run("dispatch_greetings", "--date=2026-06-09", "--dry-run").startswith("1 greetings")
    for wrong in ("2026-06-09", "2026-02-30", "tomorrow"):
        with pytest.raises(CommandError, match="--date"):
            run("dispatch_greetings", f"--date={wrong}")
    assert not Greeting.objects.exists()


def an_event() -> ProviderEvent:
    now = timezone.now()
    payload = {"From": "+12125550100", "To": "+15005550006", "Body": "Hello"}
    words = {"sid": "SM1", "kind": "inbound", "phone": "+12125550100", "payload": payload}
    event: ProviderEvent = ProviderEvent.objects.create(**words, received_at=now, next_attempt_at=now)
    return event


def test_an_event_that_was_not_handled_is_replayed_once() -> None:
    event = an_event()
    assert run("replay_event", str(event.pk)) == "1 handled.\n"
    with pytest.raises(CommandError, match="was handled at"):
        run("replay_event", str(event.pk))
    with pytest.raises(CommandError, match="no such event"):
        run("replay_event", "0")


def test_an_event_that_fails_again_says_so_without_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    event = an_event()

    def fail(**kwargs: object) -> int:
        raise ValueError("said by the patient")

    monkeypatch.setattr(inbox, "handle_all", fail)
    with pytest.raises(CommandError, match=r"failed again: ValueError\.$"):
        run("replay_event", str(event.pk))


def test_every_failure_ends_with_one() -> None:
    command = [sys.executable, "manage.py", "replay_event", "many"]
    environment = {**os.environ, "ENV_FILE": "none", "SECRET_KEY": SECRET, "DEMO": "true"}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (ended.returncode, "invalid int value" in ended.stderr) == (1, True)
