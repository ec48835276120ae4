"""The simulated phones' pages: whose phone, what is on it, and what may become of a text."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models import Patient
from messaging.models import Message, SimulatedCallback, SimulatedPhone, SimulatedText
from tests import factories
from tests.messaging.on_phones import ALICE, BOB, NOBODY, network, texted
from tests.messaging.posting import CLINIC_NUMBER

pytestmark = pytest.mark.django_db


def listed(desk: Client) -> list[str]:
    page = desk.get(reverse("phones")).content.decode()
    return re.findall(r'id="phone-\d+" href="[^"]*">([^<]+)</a>', page)


def test_the_phones_are_listed_the_latest_first_by_initials_and_digits(
    desk: Client, alice: Patient, bob: Patient
) -> None:
    texted(ALICE)
    texted(BOB)
    assert listed(desk) == ["B. O. …0143", "A. M. …0142"]


def test_a_phone_that_two_share_is_one(desk: Client, alice: Patient) -> None:
    factories.PatientFactory.create(first_name="Charlie", last_name="Miller", phone=ALICE)
    texted(ALICE)
    assert listed(desk) == ["A. M. and C. M. …0142"]


@pytest.mark.parametrize("words", ["ortiz", "Bob Ort", "0143", "bob 0143"])
def test_a_phone_is_found_by_name_and_by_digits(
    words: str, desk: Client, alice: Patient, bob: Patient
) -> None:
    texted(ALICE)
    found = desk.post(reverse("phones"), {"search": words})
    assert found["Location"] == reverse("phones")
    assert listed(desk) == ["B. O. …0143"]
    desk.post(reverse("phones"), {"search": ""})
    assert listed(desk) == ["A. M. …0142"]


def test_no_full_name_stands_on_a_page_or_in_an_address(desk: Client, alice: Patient) -> None:
    text = texted(ALICE)
    pages = [reverse("phones"), reverse("phone", args=[alice.pk])]
    pages += [reverse("phone-text", args=[alice.pk, text.pk]), reverse("phone-thread", args=[alice.pk])]
    for page in pages:
        body = desk.get(page).content.decode()
        assert not re.search(r"Alice|Miller", body + page)
        assert ALICE not in body


def test_a_text_is_new_until_somebody_looks(desk: Client, alice: Patient) -> None:
    texted(ALICE)
    assert "> new</span>" in desk.get(reverse("phones")).content.decode()
    desk.get(reverse("phone", args=[alice.pk]))
    assert "> new</span>" not in desk.get(reverse("phones")).content.decode()


def test_a_text_that_is_still_under_way_is_not_new(desk: Client, alice: Patient) -> None:
    network(ALICE, delay_seconds=60)
    texted(ALICE)
    page = desk.get(reverse("phones")).content.decode()
    assert "… on its way, here at" in page
    assert "> new</span>" not in page


@pytest.mark.parametrize(("name", "token"), [("phones-rows", "shelf"), ("phone-thread", "")])
def test_what_has_not_changed_answers_with_nothing(
    name: str, token: str, desk: Client, alice: Patient, clock: Any
) -> None:
    network(ALICE, delay_seconds=60)
    texted(ALICE)
    address = reverse(name, args=[] if token else [alice.pk])

    def version() -> str:
        context = desk.get(address).context
        return str(context["shelf"].version if token else context["version"])

    before = version()
    assert desk.get(address, {"v": before}).status_code == 204
    clock.shift(timedelta(seconds=60))
    assert desk.get(address, {"v": before}).status_code == 200
    texted(ALICE)
    assert version() != before


def put_on_phones(numbers: range) -> None:
    """A patient for each number, whose phone has a text."""
    now = timezone.now()
    named = [(number, factories.fictional_phone(number)) for number in numbers]
    Patient.objects.bulk_create(Patient(first_name="A", last_name=f"{n}", phone=at) for n, at in named)
    phones = SimulatedPhone.objects.bulk_create(SimulatedPhone(number=at) for _, at in named)
    said = {"from_number": CLINIC_NUMBER, "body": "An earlier time", "created_at": now, "arrives_at": now}
    for phone, text in zip(
        phones,
        SimulatedText.objects.bulk_create(
            SimulatedText(sid=f"SM{at}", phone=phone, to=at, **said)
            for (_, at), phone in zip(named, phones, strict=True)
        ),
        strict=True,
    ):
        phone.last_text = text
    SimulatedPhone.objects.bulk_update(phones, ["last_text"])


def on_the_clock_of(zone: str, *, template: str = "offer/es@1") -> SimulatedText:
    clinic = factories.ClinicFactory.create(timezone=zone)
    message: Message = factories.MessageFactory.create(
        to=ALICE, related={"clinic": clinic.pk}, template=template
    )
    text = texted(ALICE)
    SimulatedText.objects.filter(pk=text.pk).update(message_uuid=message.uuid)
    return text


def test_a_thread_is_on_the_clinic_s_clock_and_names_the_language(
    desk: Client, alice: Patient, now: Any
) -> None:
    on_the_clock_of("America/Denver")
    page = desk.get(reverse("phone", args=[alice.pk])).content.decode()
    assert "Mon 09:00:00 MST" in page
    assert 'class="body" lang="es"' in page


def test_a_refused_text_shows_the_words_that_we_hold(desk: Client, alice: Patient) -> None:
    network(ALICE, fate="refused", error_code="21211")
    on_the_clock_of("America/Denver")
    page = desk.get(reverse("phone", args=[alice.pk])).content.decode()
    assert "An earlier time is free. Reply YES or NO." in page


def test_an_e_mail_is_on_the_phone_of_its_patient(desk: Client, alice: Patient) -> None:
    Patient.objects.filter(pk=alice.pk).update(email="a.m@example.org")
    texted("a.m@example.org", body="An earlier time")
    SimulatedText.objects.update(channel="email")
    assert "clinic, e-mail," in desk.get(reverse("phone", args=[alice.pk])).content.decode()


@pytest.mark.parametrize(
    ("fate", "mark"),
    [
        ({"fate": "silent"}, "no callback yet"),
        ({"fate": "refused", "error_code": "21211"}, "✗ refused at once (21211)"),
        ({"fate": "late", "late_seconds": 60}, "no callback yet"),
    ],
)
def test_a_text_says_what_became_of_it(fate: Any, mark: str, desk: Client, alice: Patient) -> None:
    network(ALICE, **fate)
    texted(ALICE)
    assert mark in desk.get(reverse("phone", args=[alice.pk])).content.decode()


@pytest.mark.parametrize(
    ("words", "mark"),
    [
        (["sent"], "✓ sent"),
        (["delivered", "sent"], "✓✓ delivered"),
        (["sent", "sent", "delivered", "delivered"], "✓✓ delivered, told 2 times"),
        (["sent", "undelivered"], "✗ not delivered (30005)"),
    ],
)
def test_a_text_bears_the_mark_of_its_callbacks(
    words: list[str], mark: str, desk: Client, alice: Patient
) -> None:
    network(ALICE, fate="silent")
    text = texted(ALICE)
    for word in words:
        code = "30005" if word == "undelivered" else ""
        SimulatedCallback.objects.create(text=text, word=word, error_code=code, posted_at=timezone.now())
    page = desk.get(reverse("phone", args=[alice.pk])).content.decode()
    assert f"</span> {mark}</a>" in page


@pytest.mark.parametrize("form", [{}, {"body": "  "}, {"body": "x" * 1601}])
def test_an_answer_with_nothing_in_it_is_refused(form: dict[str, str], desk: Client, alice: Patient) -> None:
    answer = desk.post(reverse("phone-answer", args=[alice.pk]), form)
    assert answer.status_code == 422
    assert not SimulatedText.objects.exists()


def test_an_answer_that_does_not_get_through_says_so(desk: Client, alice: Patient, settings: Any) -> None:
    settings.PUBLIC_URL = NOBODY
    page = desk.post(reverse("phone-answer", args=[alice.pk]), {"body": "YES"}, follow=True)
    assert "The answer did not get through" in page.content.decode()
    assert SimulatedText.objects.get().body == "YES"


def test_a_push_leads_to_the_phone_of_its_text(desk: Client, alice: Patient) -> None:
    text = texted(ALICE)
    found = desk.get(reverse("phone-of-text", args=[text.pk]))
    assert found["Location"] == reverse("phone", args=[alice.pk])
    assert desk.get(reverse("phone-of-text", args=[text.pk + 1])).status_code == 404


@pytest.mark.parametrize(
    "name",
    ["phones", "phones-rows", "phones-network", "phone", "phone-thread", "phone-answer", "phone-network"],
)
def test_with_a_real_provider_there_are_no_phones(
    name: str, desk: Client, alice: Patient, settings: Any
) -> None:
    settings.USE_MOCK_TWILIO = False
    address = reverse(name, args=[alice.pk] if name.startswith("phone-") or name == "phone" else [])
    assert desk.get(address).status_code in (404, 405)
    assert desk.post(address).status_code in (404, 405)


def test_a_patient_without_a_phone_has_no_page(desk: Client) -> None:
    nobody = factories.PatientFactory.create(phone="")
    assert desk.get(reverse("phone", args=[nobody.pk])).status_code == 404
