"""A text that a person must look at is a task until somebody has seen to it."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.models import AuditEvent
from core.transitions import StaleState
from messaging import attending
from messaging.models import Attention, Direction, Kind, Message
from messaging.states import MessageStatus
from staff import presenters
from staff.roles import AUDITOR, FRONT_DESK
from tests.factories import MessageFactory, UserFactory

pytestmark = pytest.mark.django_db


def unanswered() -> int:
    return presenters.unanswered(user=UserFactory())


def task(attention: str = Attention.MAY_CANCEL) -> Message:
    fields = {"direction": Direction.INBOUND, "kind": Kind.REPLY, "status": MessageStatus.HANDLED}
    text: Message = MessageFactory(body="CANCEL", attention=attention, logical_key=None, **fields)
    return text


def finish(message: Message) -> None:
    attending.finish(message_id=message.pk, by="frontdesk", now=timezone.now())


def test_a_task_that_was_seen_to_is_off_the_board_and_in_the_audit() -> None:
    message = task()
    assert unanswered() == 1
    finish(message)
    assert unanswered() == 0
    assert AuditEvent.objects.get().data == {"attention": "may_cancel"}


def test_a_task_is_seen_to_once() -> None:
    message = task()
    finish(message)
    with pytest.raises(StaleState):
        finish(message)
    assert AuditEvent.objects.count() == 1


def test_a_text_that_asks_for_nobody_is_no_task() -> None:
    with pytest.raises(StaleState):
        finish(task(Attention.NONE))


@pytest.mark.parametrize(("role", "status", "left"), [(FRONT_DESK, 302, 0), (AUDITOR, 403, 1)])
def test_the_front_desk_presses_a_button(client: Client, role: str, status: int, left: int) -> None:
    message = task()
    client.force_login(UserFactory(roles=[role], is_staff=True))
    page = client.get(reverse("admin:messaging_message_change", args=[message.pk]))
    assert ("Seen to" in page.content.decode()) == (role == FRONT_DESK)
    press = reverse("admin:messaging_message_press", args=[message.pk, "finish"])
    assert client.post(press).status_code == status
    assert unanswered() == left


def test_the_admin_lists_what_is_still_to_be_seen_to(client: Client) -> None:
    task()
    client.force_login(UserFactory(roles=[FRONT_DESK], is_staff=True))
    address = reverse("admin:messaging_message_changelist")
    answer = client.get(f"{address}?attention__exact=may_cancel&attention_done_at__isempty=1")
    assert answer.status_code == 200
    assert "May want to cancel an appointment" in answer.content.decode()
