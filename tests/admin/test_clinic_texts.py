"""A clinic's own words in the admin: previewed, refused with the reason, stored by the verb."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from offers import rewording, words
from offers.models import ClinicText
from staff.roles import MANAGER
from tests.admin.conftest import BrowserOf
from tests.factories import ClinicFactory, UserFactory

pytestmark = pytest.mark.django_db

LIST = "admin:offers_clinictext_changelist"
ADD = "admin:offers_clinictext_add"
PREVIEW = "admin:offers_clinictext_preview"
BODY = "{clinic}: thanks, maybe next time!"
COUNTED = "<strong>46 of 160 places</strong> in GSM-7"


@pytest.fixture
def manager(browser_of: BrowserOf) -> Client:
    return browser_of(MANAGER)


def page(text: ClinicText) -> str:
    return reverse("admin:offers_clinictext_change", args=[text.pk])


def entered(**changed: Any) -> dict[str, Any]:
    return {"clinic": ClinicFactory().pk, "name": "declined", "language": "en", "body": BODY, **changed}


def own(body: str = BODY) -> ClinicText:
    new = rewording.NewWords(clinic_id=ClinicFactory().pk, name="declined", language="en", body=body)
    return rewording.reword(new=new, by="alice", now=timezone.now())


def said(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_manager_gives_a_text_the_clinics_own_words(manager: Client) -> None:
    assert manager.post(reverse(ADD), entered()).status_code == 302
    text = ClinicText.objects.get()
    assert (text.body, text.status) == (BODY, "in_use")
    assert text.changed_by.startswith("user")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"body": "thanks"}, "{clinic} is missing: this text must name it."),
        ({"name": "help", "body": "{clinic} {phone}"}, "The STOP line is missing: write “STOP to opt out”."),
        ({"body": "{clinic} {clinic.phone}"}, "{clinic.phone} stands for nothing here."),
        ({"body": "{clinic}: sí"}, "Not in the alphabet of plain texts: í."),
        ({"body": "{clinic}" + "a" * 150}, "Too long: on the longest names it is 2 segments"),
    ],
)
def test_words_that_may_not_be_sent_are_refused_with_the_reason_and_the_preview(
    manager: Client, changed: dict[str, str], reason: str
) -> None:
    answer = manager.post(reverse(ADD), entered(**changed))
    assert answer.status_code == 200
    assert reason in " ".join(answer.context["adminform"].form.errors["body"])
    assert reason in answer.context["preview"].reasons[0]
    assert "On the longest names" in said(answer)
    assert not ClinicText.objects.exists()


def test_the_preview_is_shown_without_a_script_and_stores_nothing(manager: Client) -> None:
    answer = manager.post(reverse(ADD), entered(_preview="Show the preview"))
    assert "Nothing is stored yet" in said(answer)
    assert "Riverside &amp; Lakeside: thanks, maybe next time!" in said(answer)
    assert COUNTED in said(answer)
    assert not ClinicText.objects.exists()


def test_the_live_preview_is_the_same_as_that_of_the_form(manager: Client) -> None:
    in_form = said(manager.post(reverse(ADD), entered(_preview="Show the preview")))
    live = said(manager.post(reverse(PREVIEW), entered()))
    assert COUNTED in live
    assert live.strip() in in_form
    assert "{phone}" in live
    assert "thank you for telling us" in live


def test_what_is_typed_is_shown_as_text(manager: Client) -> None:
    live = said(manager.post(reverse(PREVIEW), entered(body="{clinic}<script>alert(1)</script>{% debug %}")))
    assert "<script>" not in live
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{% debug %}" in live


def test_the_live_preview_answers_bad_questions_calmly(manager: Client) -> None:
    for bad in ({"name": "nonsense"}, {"language": "fr"}, {"name": ""}):
        assert manager.post(reverse(PREVIEW), entered(**bad)).status_code == 400
    assert manager.post(reverse(PREVIEW), {}).status_code == 400
    assert manager.get(reverse(PREVIEW)).status_code == 405
    assert manager.post(reverse(PREVIEW), entered(body="\x00{" * 5000)).status_code == 200


def test_the_live_preview_is_for_those_who_may_look(browser_of: BrowserOf) -> None:
    assert browser_of().post(reverse(PREVIEW), entered()).status_code == 403
    assert Client().post(reverse(PREVIEW), entered()).status_code == 302
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(UserFactory(roles=[MANAGER], is_staff=True))
    assert strict.post(reverse(PREVIEW), entered()).status_code == 403


def test_a_change_makes_a_new_record_and_keeps_the_old_one_to_be_looked_at(manager: Client) -> None:
    first = own()
    assert "declined/en@" in said(manager.get(page(first)))
    assert manager.post(page(first), {"body": "{clinic}: bye"}).status_code == 302
    second = ClinicText.objects.get(ended_at=None)
    assert (second.body, second.clinic_id, second.name) == ("{clinic}: bye", first.clinic_id, "declined")
    shown = said(manager.get(page(first)))
    assert BODY in shown
    assert 'name="_save"' not in shown


def test_who_saves_words_that_a_colleague_has_changed_is_told_so(manager: Client) -> None:
    first = own()
    manager.post(page(first), {"body": "{clinic}: bye"})
    answer = manager.post(page(first), {"body": "{clinic}: again"}, follow=True)
    assert "Somebody has changed this text in the meantime." in said(answer)
    assert ClinicText.objects.get(ended_at=None).body == "{clinic}: bye"


def test_a_form_saved_as_it_was_changes_nothing(manager: Client) -> None:
    text = own()
    assert manager.post(page(text), {"body": BODY}).status_code == 302
    assert ClinicText.objects.get().status == "in_use"


def test_a_text_that_has_own_words_already_is_refused_at_the_form(manager: Client) -> None:
    text = own()
    answer = manager.post(reverse(ADD), entered(clinic=text.clinic_id))
    assert "The clinic has its own words for this text already." in said(answer)
    assert ClinicText.objects.count() == 1


def test_the_standard_words_come_back_at_a_button(manager: Client) -> None:
    text = own()
    press = reverse("admin:offers_clinictext_press", args=[text.pk, "restore"])
    assert "The standard words are used from now on." in said(manager.post(press, follow=True))
    assert not ClinicText.objects.filter(ended_at=None).exists()
    assert press not in said(manager.get(page(text)))
    assert "in the meantime" in said(manager.post(press, follow=True))


def test_the_front_desk_and_the_auditor_only_look(desk: Client, auditor: Client) -> None:
    text = own()
    for browser in (desk, auditor):
        assert BODY in said(browser.get(page(text)))
        assert browser.get(reverse(ADD)).status_code == 403
        assert browser.post(page(text), {"body": "{clinic}: bye"}).status_code == 403
        press = reverse("admin:offers_clinictext_press", args=[text.pk, "restore"])
        assert browser.post(press).status_code == 403
    assert ClinicText.objects.get().status == "in_use"


def test_nobody_deletes_words_that_may_have_been_sent(admin: Client) -> None:
    text = own()
    assert admin.post(reverse("admin:offers_clinictext_delete", args=[text.pk])).status_code == 403


def test_every_text_can_be_chosen(manager: Client) -> None:
    form = manager.get(reverse(ADD)).context["adminform"].form
    names = {name for name, label in form.fields["name"].choices if name}
    assert names == {name for name, language in words.standard()}
