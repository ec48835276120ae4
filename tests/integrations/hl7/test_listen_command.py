"""The listener as operators run it: a process, real sockets, the real database."""

from __future__ import annotations

import signal
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector

from clinic.models import Appointment
from integrations import handling
from integrations.hl7 import serving
from integrations.models import FeedMessage, Source
from tests.integrations.hl7 import goldens
from tests.integrations.hl7.certificates import Authority
from tests.integrations.hl7.locking import locked
from tests.integrations.hl7.processes import PATIENCE_SECONDS, listening

BODY = goldens.load("s12_book").body
OTHER = goldens.load("s15_cancel").body


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_what_the_listener_answers_is_stored(source: Source) -> None:
    with listening() as process:
        answers = process.send(BODY, OTHER, goldens.load("not_hl7").body)
    assert [answer.split(b"\rMSA|")[1][:2] for answer in answers] == [b"AA", b"AA", b"AR"]
    assert FeedMessage.objects.filter(source=source).count() == 3


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_listener_killed_after_the_commit_and_before_the_answer_has_no_second_effect(
    source: Source, tmp_path: Path
) -> None:
    program = ("-m", "tests.integrations.hl7.killed", str(tmp_path / "flag"))
    with listening(program=program) as process:
        assert process.send(BODY) == [b""]
        assert process.running.wait(PATIENCE_SECONDS) == -signal.SIGKILL
    assert FeedMessage.objects.count() == 1
    with listening(program=program) as process:
        [answer] = process.send(BODY)
    assert b"\rMSA|AA|N0001\r" in answer
    for message_id in FeedMessage.objects.values_list("pk", flat=True):
        handling.handle(message_id=message_id, now=goldens.RECEIVED_AT + timedelta(seconds=5))
    assert (FeedMessage.objects.count(), Appointment.objects.count()) == (1, 1)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_database_that_hung_up_on_the_listener_costs_no_message(source: Source) -> None:
    with listening() as process:
        process.send(BODY)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            assert cursor.fetchone()[0] >= 1
        [answer] = process.send(OTHER)
    assert b"\rMSA|AA|" in answer
    assert FeedMessage.objects.count() == 2


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_table_that_stays_locked_is_answered_ae_and_nothing_is_lost(source: Source) -> None:
    with listening() as process:
        process.send(BODY)
        with locked("integrations_feedmessage"):
            [answer] = process.send(OTHER)
        assert b"\rMSA|AE|" in answer
        [answer] = process.send(OTHER)
    assert b"\rMSA|AA|" in answer
    assert FeedMessage.objects.count() == 2


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_statement_of_the_listener_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    options = connection.settings_dict["OPTIONS"]
    with monkeypatch.context() as patch:
        patch.setitem(options, "options", options["options"])
        serving.bound_waits()
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            assert cursor.fetchone() == ("5s",)
    connection.close()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_whoever_shares_its_folder_tells_how_long_the_listener_took(source: Source, tmp_path: Path) -> None:
    with listening(PROMETHEUS_MULTIPROC_DIR=str(tmp_path)) as process:
        process.send(BODY, OTHER)
        found = CollectorRegistry()
        MultiProcessCollector(found, path=str(tmp_path))  # type: ignore[no-untyped-call]
        labels = {"door": "mllp", "answer": "AA"}
        assert found.get_sample_value("clinic_waitlist_feed_answer_seconds_count", labels) == 2


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_listener_that_is_told_to_stop_ends_well(source: Source) -> None:
    with listening() as process:
        process.send(BODY)
        process.running.send_signal(signal.SIGTERM)
        assert process.running.wait(PATIENCE_SECONDS) == 0


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_source_that_is_switched_off_is_refused_by_a_running_listener(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    Source.objects.update(active=False)
    with listening() as process:
        [answer] = process.send(BODY)
    assert b"\rMSA|AR|N0001|This source is switched off\r" in answer
    assert not FeedMessage.objects.exists()


def refused(*words: str) -> str:
    with pytest.raises(CommandError) as error:
        call_command("hl7_listen", *words)
    return str(error.value)


@pytest.mark.django_db
def test_a_source_that_is_not_there_is_named() -> None:
    assert refused("--source", "Nobody") == "No source is called Nobody; set it up in the admin."


@pytest.mark.django_db
def test_a_source_of_another_kind_is_refused(source: Source) -> None:
    Source.objects.update(kind="fhir")
    assert refused("--source", "North") == "North is no source of HL7 messages."


@pytest.mark.django_db
def test_a_folder_for_its_counts_that_is_not_there_is_refused(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "/no/such/folder")
    assert refused("--source", "North") == "PROMETHEUS_MULTIPROC_DIR names no folder."


@pytest.mark.django_db
def test_a_key_without_a_certificate_is_refused(source: Source) -> None:
    assert refused("--source", "North", "--tls-ca", "x.pem") == "--tls-key and --tls-ca need --tls-cert."


@pytest.mark.django_db
def test_tls_files_that_are_not_there_are_refused(source: Source) -> None:
    said = refused("--source", "North", "--tls-cert", "/no/such/file.pem")
    assert said == "The TLS files cannot be used: No such file or directory."


@pytest.mark.django_db
def test_a_certificate_without_its_key_is_refused(source: Source, tmp_path: Path) -> None:
    authority = Authority(tmp_path, "listeners")
    files, other = authority.issue("one"), authority.issue("two")
    said = refused("--source", "North", "--tls-cert", files.certificate, "--tls-key", other.key)
    assert said.startswith("The TLS files cannot be used: ")


@pytest.mark.django_db
def test_a_port_that_is_taken_is_refused(source: Source) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = refused("--source", "North", "--port", str(taken.getsockname()[1]))
    assert said.startswith("Cannot listen there: ")


def test_the_help_has_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        call_command("hl7_listen", "--help")
    assert 'manage.py hl7_listen --source "North hospital" --port 2575' in capsys.readouterr().out
