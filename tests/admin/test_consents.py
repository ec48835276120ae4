"""Rules 19 and 25 in the admin: the ledger is read and added to, the receipt is read."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import Consent, Patient
from staff.roles import ADMIN
from tests.admin.conftest import BrowserOf
from tests.factories import ConsentFactory, MessageFactory, PatientFactory

pytestmark = pytest.mark.django_db
ADD = reverse("admin:clinic_consent_add")


def page_of(patient: Patient) -> str:
    return reverse("admin:clinic_patient_change", args=[patient.pk])


def known(patient: Patient, **changed: Any) -> dict[str, Any]:
    names = ("first_name", "last_name", "phone", "language", "status", "preferred_channel", "timezone")
    form = {name: getattr(patient, name) for name in names}
    return {**form, "sms_consent": "on", "email": "", "consent_words": "", **changed}


def test_rule_19_the_ledger_is_read_on_the_patient_s_page(auditor: Client) -> None:
    alice = PatientFactory()
    ConsentFactory(patient=alice, words="Do greet <me>!")
    page = auditor.get(page_of(alice)).content.decode()
    assert page.index("Do greet &lt;me&gt;!") < page.index("Text me.")
    assert "greeting given" in page


def test_rule_19_what_a_patient_said_is_entered_with_the_patient(desk: Client) -> None:
    alice = PatientFactory()
    words = {"consent_words": "Signed the form of 2 March.", "timezone": "Europe/Berlin"}
    assert desk.post(page_of(alice), known(alice, **words)).status_code == 302
    alice.refresh_from_db()
    assert alice.contact_zones == "Europe/Berlin"
    last = Consent.objects.on(patient_id=alice.pk, channel="sms").get(words__startswith="Signed")
    assert (last.given, last.source, last.words) == (True, "staff", words["consent_words"])


def test_rule_19_a_box_that_is_cleared_is_a_row_in_the_ledger(desk: Client) -> None:
    alice = PatientFactory()
    form = known(alice)
    del form["sms_consent"]
    assert desk.post(page_of(alice), form).status_code == 302
    alice.refresh_from_db()
    assert not alice.sms_consent
    assert Consent.objects.filter(patient=alice, given=False).count() == 1


def test_rule_20_a_zone_that_nobody_knows_is_refused_at_the_form(desk: Client) -> None:
    alice = PatientFactory()
    response = desk.post(page_of(alice), known(alice, timezone="Chicago"))
    assert "timezone" in response.context["adminform"].form.errors


def test_rule_23_consent_to_greetings_is_added_to_the_ledger(desk: Client) -> None:
    alice = PatientFactory()
    form = {
        "patient": alice.pk,
        "channel": "greeting",
        "given": "on",
        "source": "staff",
        "words": "Please do.",
    }
    assert desk.post(ADD, form).status_code == 302
    assert Consent.objects.filter(patient=alice, channel="greeting").values_list("words", flat=True).get()


def test_rule_19_what_the_ledger_holds_is_not_edited(browser_of: BrowserOf) -> None:
    row = ConsentFactory()
    address = reverse("admin:clinic_consent_change", args=[row.pk])
    assert browser_of(ADMIN).post(address, {"given": ""}).status_code == 403
    row.refresh_from_db()
    assert row.given


def test_rule_25_the_receipt_is_read_at_the_message(auditor: Client) -> None:
    receipt = {"basis": "consent", "consent": {"sms": 17}, "policy": "rules-2"}
    for permission, words in ((receipt, "consent: {&quot;sms&quot;: 17}"), (None, "It has not left.")):
        message = MessageFactory(permission=permission)
        page = auditor.get(reverse("admin:messaging_message_change", args=[message.pk])).content.decode()
        assert words in page
