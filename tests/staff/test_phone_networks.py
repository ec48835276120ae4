"""What becomes of texts to the simulated phones is set on their pages."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import Patient
from messaging.gateways import simulated_network
from messaging.models import SimulatedCallback
from tests.messaging.on_phones import ALICE, BOB, network, texted

pytestmark = pytest.mark.django_db


NETWORK = {"fate": "undelivered", "error_code": "30005", "delay_seconds": "2", "late_seconds": "0"}


def test_a_phone_gets_a_network_and_loses_it_again(desk: Client, alice: Patient) -> None:
    address = reverse("phone-network", args=[alice.pk])
    desk.post(address, NETWORK)
    own = simulated_network.own(ALICE)
    assert own is not None
    assert (own.fate, own.error_code, own.delay_seconds) == ("undelivered", "30005", 2)
    desk.post(address, {**NETWORK, "forget": "1"})
    assert simulated_network.own(ALICE) is None


def test_every_phone_gets_a_network(desk: Client, alice: Patient) -> None:
    network(ALICE, fate="silent")
    assert (
        desk.post(reverse("phones-network"), {**NETWORK, "fate": "late", "late_seconds": "30"}).status_code
        == 302
    )
    found = simulated_network.of(ALICE)
    assert (found.fate, found.error_code, found.late_seconds) == ("late", "", 30)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"error_code": ""}, "error_code"),
        ({"error_code": "99999"}, "error_code"),
        ({"delay_seconds": ""}, "delay_seconds"),
        ({"delay_seconds": "601"}, "delay_seconds"),
        ({"fate": "late"}, "late_seconds"),
        ({"fate": "lost"}, "fate"),
    ],
)
def test_a_network_that_makes_no_sense_is_refused_at_the_field(
    changes: dict[str, str], field: str, desk: Client, alice: Patient
) -> None:
    one = desk.post(reverse("phone-network", args=[alice.pk]), {**NETWORK, **changes})
    every = desk.post(reverse("phones-network"), {**NETWORK, **changes})
    assert (one.status_code, every.status_code) == (422, 422)
    assert list(one.context["network"].errors) == list(every.context["form"].errors) == [field]
    assert simulated_network.of(ALICE).fate == "delivered"


def test_a_text_is_forced_on_its_own_page(desk: Client, alice: Patient) -> None:
    network(ALICE, fate="silent")
    text = texted(ALICE)
    address = reverse("phone-text-force", args=[alice.pk, text.pk])
    assert desk.post(address, {"forced": "undelivered", "error_code": "30005"}).status_code == 302
    assert SimulatedCallback.objects.get().error_code == "30005"
    page = desk.get(reverse("phone-text", args=[alice.pk, text.pk])).content.decode()
    assert "due " in page
    assert "It is on the phone." in page


def test_a_text_of_another_phone_is_not_on_this_one(desk: Client, alice: Patient, bob: Patient) -> None:
    text = texted(BOB)
    assert desk.get(reverse("phone-text", args=[alice.pk, text.pk])).status_code == 404
    address = reverse("phone-text-force", args=[alice.pk, text.pk])
    assert desk.post(address, {"forced": "delivered"}).status_code == 404
    assert SimulatedCallback.objects.filter(text=text).count() == 2


@pytest.mark.parametrize("form", [{"forced": "lost"}, {"forced": "undelivered"}, {}])
def test_what_cannot_be_forced_is_refused(form: dict[str, str], desk: Client, alice: Patient) -> None:
    text = texted(ALICE)
    answer = desk.post(reverse("phone-text-force", args=[alice.pk, text.pk]), form)
    assert answer.status_code == 422
    assert SimulatedCallback.objects.count() == 2
