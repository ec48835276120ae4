"""What will it do, and when? Settings, the brake and the texts of a clinic, by role and by two at once."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models import Clinic
from core.models import AuditEvent
from messaging.models import Pause
from offers.models import ClinicText
from staff import roles
from tests import factories

pytestmark = pytest.mark.django_db

OFFER = "{clinic}: {day} {time}? YES or NO by {deadline}. STOP to opt out"


@pytest.fixture
def clinic() -> Clinic:
    made: Clinic = factories.ClinicFactory.create(batch_size=3, hold_minutes=7, grace_seconds=30)
    return made


def as_role(role: str, username: str = "") -> Client:
    client, named = Client(), {"username": username} if username else {}
    client.force_login(factories.UserFactory.create(roles=[role], **named))
    return client


def filled_in(client: Client, clinic: Clinic, **changes: Any) -> dict[str, Any]:
    """The form as the page shows it, with these changes."""
    form = client.get(reverse("clinic-settings", args=[clinic.pk])).context["form"]
    shown = {name: form[name].value() for name in form.fields}
    shown["reminder_minutes"] = ",".join(str(minutes) for minutes in clinic.reminder_minutes)
    return {
        name: value
        for name, value in {**shown, **changes}.items()
        if value is not None and value is not False
    }


def keep(client: Client, clinic: Clinic, **changes: Any) -> Any:
    return client.post(
        reverse("clinic-settings", args=[clinic.pk]), filled_in(client, clinic, **changes), follow=True
    )


def test_a_manager_changes_a_setting_and_the_audit_has_old_and_new(clinic: Clinic) -> None:
    page = keep(as_role(roles.MANAGER, "mia"), clinic, batch_size=5, reminder_minutes="60")
    clinic.refresh_from_db()
    assert (clinic.batch_size, clinic.reminder_minutes) == (5, [60])
    line = AuditEvent.objects.get(verb="clinic.arranged")
    assert (line.actor, line.place) == ("mia", clinic.pk)
    assert line.data["changes"]["batch_size"] == [3, 5]
    assert line.data["changes"]["reminder_minutes"] == [[1440, 120], [60]]
    assert "Last changed by mia" in page.content.decode()


def test_the_page_says_in_a_sentence_what_the_settings_mean(clinic: Clinic) -> None:
    page = as_role(roles.AUDITOR).get(reverse("clinic-settings", args=[clinic.pk])).content.decode()
    assert "logged at 09:04:30. At 09:05 3 people are asked; at 09:12, if nobody answers, the next" in page
    assert "Patients are reminded of a visit 1 day and 2 hours before it." in page


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("batch_size", 0),
        ("hold_minutes", -1),
        ("timezone", "Mars/Olympus"),
        ("contact_hours_end", "00:00"),
        ("reminder_minutes", "60,60"),
        ("offers_per_day", "many"),
        ("sms_name", ""),
    ],
)
def test_a_bad_value_is_refused_at_its_field_and_kept(clinic: Clinic, field: str, value: Any) -> None:
    page = keep(as_role(roles.MANAGER), clinic, **{field: value, "lead_minutes": 45})
    assert page.status_code == 422
    assert page.context["form"].errors[field]
    assert page.context["form"]["lead_minutes"].value() == "45"
    assert Clinic.objects.get(pk=clinic.pk).lead_minutes == 60


def test_whoever_comes_second_is_told_by_whom_and_overwrites_nothing(clinic: Clinic) -> None:
    first, second = as_role(roles.MANAGER, "mia"), as_role(roles.ADMIN, "otto")
    old = filled_in(second, clinic, hold_minutes=9)
    keep(first, clinic, batch_size=5)
    address = reverse("clinic-settings", args=[clinic.pk])
    refused = second.post(address, old)
    assert refused.status_code == 422
    said = " ".join(refused.content.decode().split())
    assert "mia changed these settings in the meantime" in said
    assert "Asked at once: 3 → 5" in said
    stored = Clinic.objects.get(pk=clinic.pk)
    assert stored.batch_size == 5
    assert stored.hold_minutes == 7
    # When it is sent once more, by somebody who has read that
    seen = refused.context["form"]["seen"].value()
    assert second.post(address, {**old, "seen": seen}).status_code == 302
    assert Clinic.objects.get(pk=clinic.pk).hold_minutes == 9


@pytest.mark.parametrize("role", [roles.FRONT_DESK, roles.AUDITOR])
def test_others_look_and_change_nothing(clinic: Clinic, role: str) -> None:
    client = as_role(role)
    page = client.get(reverse("clinic-settings", args=[clinic.pk]))
    assert page.status_code == 200
    assert "Keep these settings" not in page.content.decode()
    assert client.post(reverse("clinic-settings", args=[clinic.pk]), {"batch_size": 9}).status_code == 403
    assert client.post(reverse("shadow-live", args=[clinic.pk]), {"sure": "yes"}).status_code == 403
    text = reverse("clinic-text", args=[clinic.pk, "offer", "en"])
    assert client.get(text).status_code == 200
    assert client.post(text, {"body": OFFER}).status_code == 403


def test_texts_are_paused_with_a_reason_and_whoever_comes_second_is_told_by_whom(clinic: Clinic) -> None:
    desk, manager = as_role(roles.FRONT_DESK, "fay"), as_role(roles.MANAGER)
    address = reverse("clinic-pause", args=[clinic.pk])
    assert desk.post(address, {"reason": ""}).status_code == 422
    desk.post(address, {"reason": "Wrong texts go out"})
    second = manager.post(address, {"reason": "Me too"}, follow=True).content.decode()
    assert "paused already. By fay: Wrong texts go out" in second
    pause = Pause.objects.get()
    again = {"pause": pause.pk}
    resume = reverse("clinic-resume", args=[clinic.pk])
    assert "leave again." in manager.post(resume, again, follow=True).content.decode()
    assert "over already" in desk.post(resume, again, follow=True).content.decode()
    assert Pause.objects.get().ended_by


def test_a_pause_of_all_clinics_is_shown_and_not_ended_here(clinic: Clinic) -> None:
    everywhere = timezone.now()
    pause = Pause.objects.create(clinic_id=None, reason="Outage", by="admin", since=everywhere)
    manager = as_role(roles.MANAGER)
    assert (
        "holds for all clinics" in manager.get(reverse("clinic-settings", args=[clinic.pk])).content.decode()
    )
    manager.post(reverse("clinic-resume", args=[clinic.pk]), {"pause": pause.pk})
    assert Pause.objects.get().ended_at is None


def test_own_words_are_kept_and_bad_ones_refused_with_their_reasons(clinic: Clinic) -> None:
    manager, address = as_role(roles.MANAGER), reverse("clinic-text", args=[clinic.pk, "offer", "en"])
    refused = manager.post(address, {"body": "{clinic}: sí {doctor}"})
    assert refused.status_code == 422
    said = refused.content.decode()
    assert "{doctor} stands for nothing here" in said
    assert "{deadline} is missing" in said
    assert manager.post(address, {"body": OFFER, "preview": "1"}).status_code == 200
    assert not ClinicText.objects.exists()
    assert manager.post(address, {"body": OFFER}).status_code == 302
    assert ClinicText.objects.get().body == OFFER


def test_of_two_who_word_a_text_the_second_reads_the_first_ones_words(clinic: Clinic) -> None:
    manager, address = as_role(roles.MANAGER), reverse("clinic-text", args=[clinic.pk, "offer", "en"])
    made = factories.ClinicTextFactory(clinic=clinic, name="offer", body=OFFER, changed_by="mia")
    ours = OFFER.replace("opt out", "stop")
    refused = manager.post(address, {"body": ours, "replaces": ""})
    assert refused.status_code == 422
    assert "By mia" in refused.content.decode()
    assert refused.context["form"]["replaces"].value() == made.pk
    # When it is sent once more, by somebody who has read that
    assert manager.post(address, {"body": ours, "replaces": made.pk}).status_code == 302
    assert ClinicText.objects.get(ended_at=None).body == ours


def test_the_standard_words_come_back(clinic: Clinic) -> None:
    made = factories.ClinicTextFactory(clinic=clinic)
    address = reverse("clinic-text-restore", args=[clinic.pk, "declined", "en"])
    manager = as_role(roles.MANAGER)
    manager.post(address, {"replaces": made.pk + 1})
    assert ClinicText.objects.filter(ended_at=None).exists()
    manager.post(address, {"replaces": made.pk})
    assert not ClinicText.objects.filter(ended_at=None).exists()


def test_the_preview_counts_and_stores_nothing(clinic: Clinic) -> None:
    address = reverse("clinic-text-preview", args=[clinic.pk, "offer", "en"])
    shown = as_role(roles.AUDITOR).post(address, {"body": OFFER}).content.decode()
    assert "93 of 160 places" in shown
    assert as_role(roles.AUDITOR).post(address.replace("offer", "nothing"), {"body": ""}).status_code == 404


def test_a_clinic_in_shadow_goes_live_once_it_is_said_for_sure() -> None:
    shadow = factories.ClinicFactory(is_shadow=True)
    manager, address = as_role(roles.MANAGER), reverse("shadow-live", args=[shadow.pk])
    slot = factories.CancellationFactory(clinic=shadow)
    assert "nobody is texted" in manager.get(reverse("slot", args=[slot.pk])).content.decode()
    assert str(slot.visit_type) in manager.get(reverse("shadow", args=[shadow.pk])).content.decode()
    assert manager.post(address).status_code == 422
    assert Clinic.objects.get(pk=shadow.pk).is_shadow
    assert "Live. 1 time" in manager.post(address, {"sure": "yes"}, follow=True).content.decode()
    assert "live already" in manager.post(address, {"sure": "yes"}, follow=True).content.decode()
    begin = manager.post(reverse("shadow-begin", args=[shadow.pk]), follow=True).content.decode()
    assert "at work already" in begin
