"""The strict environment of every test: no network, no undefined variable, no lucky order, no hidden skip."""

import datetime
import os
import shutil
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import time_machine
from django.core.management.commands import flush
from django.db import OperationalError, connection, transaction
from django.db.backends.postgresql.operations import DatabaseOperations
from django.db.models.expressions import OrderBy
from django.db.models.functions import Random
from django.db.models.sql.compiler import SQLCompiler
from django.template import Engine

from tests.templates_strict import UndefinedVariable

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)
ROOT = Path(__file__).resolve().parent.parent
IS_CI = os.environ.get("CI", "").lower() in ("true", "1")
LONGEST_REQUEST_SECONDS = 5
# A property that a test records under this name is printed after the run.
SHOWN = "shown"
# A Monday, mid-morning in every zone of the demo, far from a change of the clocks.
MONDAY_MORNING = datetime.datetime(2026, 3, 2, 16, 0, tzinfo=datetime.UTC)


# A busy machine makes no example wrong.
hypothesis.settings.register_profile("house", deadline=None, max_examples=60)
hypothesis.settings.load_profile("house")


def pytest_configure(config: pytest.Config) -> None:
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # the browser driver runs an event loop


def _empties_the_tables(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    fixtures = getattr(item, "fixturenames", ())
    asked = marker is not None and bool(marker.kwargs.get("transaction"))
    return asked or "transactional_db" in fixtures or "live_server" in fixtures


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # What migrations wrote is gone after the first of them; the browser's fixtures make pytest mix them in.
    items.sort(key=_empties_the_tables)
    for item in items:
        if "page" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
            if not CHROMIUM:
                item.add_marker(pytest.mark.skip(reason="Chromium is not installed"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """In CI a test that does not run has failed."""
    report = yield
    if IS_CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {report.longrepr}"
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for report in terminalreporter.stats.get("passed", []):
        for name, text in report.user_properties:
            if name == SHOWN:
                terminalreporter.write_line(str(text))
    if not CHROMIUM:
        terminalreporter.write_line("Browser tests did not run: Chromium is not installed.", yellow=True)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    flags = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": flags}


@pytest.fixture(scope="session", autouse=True)
def undefined_variables_fail() -> Iterator[None]:
    """A template of ours that names a variable nobody passed is an error, not an empty string."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Engine.get_default(), "string_if_invalid", UndefinedVariable(ROOT))
        yield


@pytest.fixture(scope="session", autouse=True)
def unordered_queries_are_shuffled() -> Iterator[None]:
    """A test that relies on an order nobody asked for fails sooner or later; here it fails soon."""
    name = "_order_by_pairs"
    original = getattr(SQLCompiler, name)

    def pairs(self: Any) -> Iterator[tuple[Any, bool]]:
        found = list(original(self))
        query = self.query
        if not (found or query.distinct or query.group_by or query.combinator or query.subquery):
            found = [(OrderBy(Random()), False)]
        yield from found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SQLCompiler, name, pairs)
        yield


# What is written after a migration, and would have to be written again after every test.
KEPT_TABLES = ("django_content_type", "auth_permission", "django_celery_beat_")


def _delete_rows(operations: Any, statements: Sequence[str]) -> None:
    """How transactional tests clean up: TRUNCATE of every table costs half a second, and few are ever filled.

    Audit and ledger refuse it; as a replica, which takes a superuser, the database asks no trigger.
    """
    tables = operations.connection.introspection.django_table_names(only_existing=True, include_views=False)
    left = [operations.quote_name(table) for table in tables if not table.startswith(KEPT_TABLES)]
    looks = (f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in left)  # noqa: S608 - our tables
    with transaction.atomic(), operations.connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(looks))
        filled = [table for (table,) in cursor.fetchall()]
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table in filled:
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - names of our tables


@pytest.fixture(scope="session", autouse=True)
def tables_are_emptied_by_row() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", _delete_rows)
        # The timetable, the permissions and the like are still there, and cost more than most tests.
        patch.setattr(flush, "emit_post_migrate_signal", lambda *args: None)
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    # A stream that listens connects anew whenever it is cut off: it goes with the database.
    creation: Any = connection.creation
    creation._destroy_test_db = _drop
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        _do_not_wait_for_the_disk(cursor)
    yield
    # Whatever hangs up on us now, no test is left that could be wrong because of it.
    with django_db_blocker.unblock(), suppress(OperationalError), connection.cursor() as cursor:
        _wait_for_last_requests(cursor)


def _do_not_wait_for_the_disk(cursor: Any) -> None:
    """No test takes the power from the server; programs that tests start do as the tests do."""
    name = connection.ops.quote_name(connection.settings_dict["NAME"])
    cursor.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    cursor.execute("SET synchronous_commit = off")


def _drop(test_database_name: str, verbosity: int) -> None:
    """As Django does, with whoever is still connected."""
    creation: Any = connection.creation
    with creation._nodb_cursor() as cursor:
        name = connection.ops.quote_name(test_database_name)
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _wait_for_last_requests(cursor: Any) -> None:
    """A browser's last poll may still be in the live server: it is to end without an error."""
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    deadline = time.monotonic() + LONGEST_REQUEST_SECONDS
    while time.monotonic() < deadline:
        cursor.execute(f"SELECT count(*) {others}")
        if cursor.fetchone() == (0,):
            return
        time.sleep(0.05)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """A clock that stands at a Monday morning until the test moves it (`clock.shift`, `clock.move_to`)."""
    with time_machine.travel(MONDAY_MORNING, tick=False) as traveller:
        yield traveller


@pytest.fixture
def now(clock: time_machine.Traveller) -> datetime.datetime:
    """The moment at which `clock` stands."""
    return MONDAY_MORNING


@pytest.fixture(autouse=True)
def empty_cache() -> Callable[[], None]:
    from django.core.cache import cache

    cache.clear()
    return cache.clear


@pytest.fixture(autouse=True)
def nobody_gathers() -> Iterator[None]:
    """A door that a test has opened gathers wake-ups in this process, and would go on doing so."""
    from core import wakeups

    yield
    wakeups._gatherers.clear()
