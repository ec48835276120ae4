"""Statements by hand are kept by the database where it is allowed, and stay statements like all others."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from core import prepared

pytestmark = pytest.mark.django_db
SQL = "SELECT id FROM clinic_patient WHERE phone = %s AND id > %s"


def run(times: int = 2) -> None:
    for _ in range(times):
        with prepared.cursor() as cursor:
            cursor.execute(SQL, ["+12025550100", 0])
            assert cursor.fetchall() == []


def kept() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%phone = $1 AND%'")
        return int(cursor.fetchone()[0])


def test_the_database_keeps_a_statement_from_its_second_run() -> None:
    run(1)
    assert kept() == 0
    run(1)
    assert kept() == 1


def test_behind_a_pooler_that_keeps_none_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    connection.ensure_connection()
    monkeypatch.setattr(connection.connection, "prepare_threshold", None)
    run(3)
    assert kept() == 0


def test_statements_are_counted_as_those_of_the_orm_are() -> None:
    with CaptureQueriesContext(connection) as captured:
        run(2)
    assert len(captured) == 2


def test_what_the_database_forbids_is_raised_as_everywhere() -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), prepared.cursor() as cursor:
        cursor.execute("INSERT INTO core_auditevent (at) VALUES (NULL)")


@pytest.mark.parametrize("fraction", ["", ".5", ".000001"])
@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu"])
def test_an_instant_is_read_as_it_was_written_whatever_the_session_s_zone(fraction: str, zone: str) -> None:
    written = datetime.fromisoformat(f"2026-11-01T05:59:59{fraction}+00:00")
    with transaction.atomic(), prepared.cursor() as cursor:
        cursor.execute(f"SET LOCAL TIME ZONE '{zone}'")
        cursor.execute("SELECT %s::timestamptz", [written])
        assert cursor.fetchone() == (written,)


def test_after_a_rollback_statements_run_as_before() -> None:
    run()
    savepoint = transaction.savepoint()
    run()
    transaction.savepoint_rollback(savepoint)
    run()
    assert kept() == 1
