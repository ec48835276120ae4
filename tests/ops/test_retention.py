"""What an operator types to empty old texts, and what the doctor says of words that were forgotten."""

import datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from messaging.models import Message, Redaction, SimulatedText
from messaging.states import MessageStatus
from ops import invariants
from tests import factories

pytestmark = pytest.mark.django_db
TOO_OLD = "no text keeps its words beyond the retention age"


def run(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def text(*, days: float, status: str = MessageStatus.FAILED, sid: str | None = None) -> Message:
    """A text so many days old, on a simulated phone where it has a SID."""
    at = timezone.now() - datetime.timedelta(days=days)
    row: Message = factories.MessageFactory.create(
        status=status, twilio_sid=sid, created_at=at, permission={"basis": "reply"}
    )
    if sid:
        SimulatedText.objects.create(sid=sid, to=row.to, from_number="", body=row.body, created_at=at)
    return row


def broken() -> dict[str, list[int]]:
    return dict(invariants.violations(now=timezone.now()))


@pytest.fixture
def texts() -> list[Message]:
    """Two old ones, of which the provider has one; one that is still asked about; one of yesterday."""
    old = [text(days=200, status=MessageStatus.SENT, sid="SM1"), text(days=190)]
    return [*old, text(days=185, status=MessageStatus.UNKNOWN), text(days=1)]


def test_rule_24_a_dry_run_says_what_would_be_done_and_does_nothing(texts: list[Message]) -> None:
    assert run("purge_messages", "--dry-run") == (
        "2 texts would be emptied here and 1 at the provider;"
        " 1 would be kept, being still at work; 0 wait for the provider.\n"
    )
    assert not Message.objects.filter(body="").exists()
    assert not Redaction.objects.exists()


def test_rule_24_texts_are_emptied_here_and_at_the_provider_from_the_shell(texts: list[Message]) -> None:
    assert run("purge_messages") == (
        "2 texts emptied here and 1 at the provider; 1 kept, being still at work; 0 wait for the provider.\n"
    )
    emptied = Message.objects.filter(body="").exclude(purged_at=None).order_by("pk")
    assert list(emptied) == texts[:2]
    assert SimulatedText.objects.get().body == ""


def test_a_purge_prints_neither_phones_nor_words(texts: list[Message]) -> None:
    said = run("purge_messages", "--dry-run") + run("purge_messages")
    assert not [each for each in texts if each.to in said or each.body in said]


def test_another_age_counts_for_this_run(texts: list[Message]) -> None:
    assert run("purge_messages", "--dry-run", "--older-than", "195").startswith("1 texts would be emptied")


def test_with_retention_off_an_age_has_to_be_given(texts: list[Message], settings: Any) -> None:
    settings.MESSAGE_RETENTION = None
    with pytest.raises(CommandError, match="--older-than DAYS"):
        run("purge_messages")
    assert run("purge_messages", "--older-than", "195").startswith("1 texts emptied here")


@pytest.mark.parametrize("days", ["0", "-1", "36501"])
def test_an_age_that_makes_no_sense_is_refused(days: str) -> None:
    with pytest.raises(CommandError, match="--older-than"):
        run("purge_messages", f"--older-than={days}")


def test_a_sweep_by_hand_empties_old_texts_too(texts: list[Message]) -> None:
    assert "2 old texts emptied here and 1 at the provider" in run("sweep")


def test_doctor_names_words_that_are_too_old(settings: Any) -> None:
    old, _ = text(days=94), text(days=92)
    assert broken() == {TOO_OLD: [old.pk]}
    settings.MESSAGE_RETENTION = None
    assert broken() == {}


def test_doctor_says_nothing_of_what_is_rightly_kept() -> None:
    slot = factories.CancellationFactory.create()
    Message.objects.filter(pk=text(days=200).pk).update(related={"cancellation": slot.pk})
    assert TOO_OLD not in broken()


def test_doctor_is_silent_after_a_purge(texts: list[Message]) -> None:
    assert TOO_OLD in broken()
    run("purge_messages")
    assert set(broken()) == {"no text is overdue"}  # the one that is still asked about


def test_doctor_names_an_emptied_text_that_the_provider_was_never_asked_about() -> None:
    row = text(days=200, status=MessageStatus.SENT, sid="SM1")
    run("purge_messages")
    Redaction.objects.all().delete()
    assert broken() == {"an emptied text is owed to the provider": [row.pk]}


def test_doctor_names_words_in_an_emptied_text_where_the_constraint_is_gone() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE messaging_message DROP CONSTRAINT message_purged_has_no_body")
    row = text(days=200)
    Message.objects.update(body="back again", purged_at=timezone.now())
    assert broken() == {"an emptied text has no words left": [row.pk]}


def test_doctor_names_a_redaction_that_never_succeeds() -> None:
    row = text(days=200, status=MessageStatus.SENT, sid="SM1")
    long_ago = timezone.now() - datetime.timedelta(days=15)
    Message.objects.update(body="", purged_at=long_ago)
    Redaction.objects.create(message=row, created_at=long_ago, due_at=timezone.now())
    assert broken() == {"no redaction is overdue": [row.pk]}
