"""What is looked for in the admin stands in no address, and no list counts a whole table."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib import admin as django_admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.models import Patient
from core.buttons import Limited
from core.models import AuditEvent
from core.searching import CappedPaginator
from messaging.models import Pause
from staff.roles import MANAGER
from tests import factories

pytestmark = pytest.mark.django_db

PATIENTS = "admin:clinic_patient_changelist"


def found(page: Any) -> list[int]:
    return sorted(row.pk for row in page.context["cl"].result_list)


def test_a_search_finds_by_phone_and_name_and_the_address_names_nobody(desk: Client) -> None:
    alice = factories.PatientFactory(first_name="Alice", last_name="Miller", phone="+13125550177")
    factories.PatientFactory(phone="+13125550188")
    for words in ("50177", "Mill"):
        page = desk.post(reverse(PATIENTS), {"search": words}, follow=True)
        address = page.redirect_chain[-1][0]
        assert found(page) == [alice.pk]
        assert words not in address
        assert f'value="{words}"' in page.content.decode()
        # The token goes on through filters and pages, of this session only
        assert found(desk.get(f"{address}&status=active")) == [alice.pk]


def test_what_is_typed_into_the_address_is_not_looked_for(desk: Client) -> None:
    page = desk.get(reverse(PATIENTS), {"q": "50177", "status": "active"}, follow=True)
    assert page.redirect_chain == [(f"{reverse(PATIENTS)}?status=active", 302)]
    assert "Search with the box" in page.content.decode()


def test_a_search_is_for_those_who_may_see_the_list(browser_of: Any) -> None:
    assert browser_of().post(reverse(PATIENTS), {"search": "x"}).status_code == 403


def test_a_field_completes_names_by_post_alone(desk: Client) -> None:
    alice = factories.PatientFactory(last_name="Miller")
    asked = {"app_label": "waitlist", "model_name": "waitlistentry", "field_name": "patient", "term": "Mill"}
    address = reverse("admin:autocomplete")
    assert desk.get(address, asked).status_code == 405
    answer = json.loads(desk.post(address, asked).content)
    assert [row["id"] for row in answer["results"]] == [str(alice.pk)]
    form = desk.get(reverse("admin:waitlist_waitlistentry_add")).content.decode()
    assert 'data-ajax--type="POST"' in form
    assert 'data-ajax--type="GET"' not in form
    assert "admin_posting" in form


def test_no_list_counts_more_than_it_pages_through(desk: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(CappedPaginator, "MOST_COUNTED", 3)
    factories.PatientFactory.create_batch(5)
    with CaptureQueriesContext(connection) as queries:
        page = desk.get(reverse(PATIENTS))
    counts = [
        query["sql"] for query in queries if "COUNT" in query["sql"] and "clinic_patient" in query["sql"]
    ]
    assert page.context["cl"].result_count == 3
    assert counts
    assert all("LIMIT 3" in sql for sql in counts)


def test_every_list_of_ours_says_what_it_is_and_shows_no_bare_id_of_another_record() -> None:
    ours = [each for each in django_admin.site._registry.values() if isinstance(each, Limited)]
    assert [type(each).__name__ for each in ours if not each.intro] == []
    assert [type(each).__name__ for each in ours if each.raw_id_fields] == []
    bare = {field.attname for each in ours for field in each.model._meta.concrete_fields if field.is_relation}
    assert not {str(column) for each in ours for column in each.list_display} & bare


def test_a_filter_names_no_clinic_of_others() -> None:
    own, other = factories.ClinicFactory(name="Own place"), factories.ClinicFactory(name="Other place")
    for clinic in (own, other):
        factories.CancellationFactory(clinic=clinic)
    browser = Client()
    browser.force_login(
        factories.UserFactory(roles=[MANAGER], is_staff=True, clinics=(own, factories.ClinicFactory()))
    )
    page = browser.get(reverse("admin:offers_cancellation_changelist")).content.decode()
    assert "Own place" in page
    assert "Other place" not in page


def test_a_slots_page_tells_what_happened_and_a_pauses_page_whose_it_is(admin: Client) -> None:
    slot = factories.CancellationFactory(clinic=factories.ClinicFactory(is_shadow=True))
    factories.MessageFactory(related={"clinic": slot.clinic_id, "cancellation": 0})
    line = {"verb": "slot.opened", "object_type": "offers.cancellation", "object_id": slot.pk}
    AuditEvent.objects.create(at=slot.created_at, actor="fay", **line)
    page = admin.get(reverse("admin:offers_cancellation_change", args=[slot.pk])).content.decode()
    assert "slot.opened fay" in page
    Pause.objects.create(clinic_id=slot.clinic_id, by="fay", since=slot.created_at)
    assert slot.clinic.name in admin.get(reverse("admin:messaging_pause_changelist")).content.decode()
    audit = admin.get(reverse("admin:core_auditevent_changelist")).content.decode()
    assert reverse("admin:offers_cancellation_change", args=[slot.pk]) in audit


@pytest.mark.parametrize("name", ["messaging_tally", "messaging_redaction"])
def test_what_is_kept_of_old_texts_is_looked_at_only(admin: Client, name: str) -> None:
    assert admin.get(reverse(f"admin:{name}_changelist")).status_code == 200
    assert admin.get(reverse(f"admin:{name}_add")).status_code == 403
    assert not Patient.objects.exists()
