"""The embedded PostgreSQL: started, shared, adopted, and gone with its last user."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.house.commands import ROOT, environment, settings_in

HOLD = "from clinic_waitlist import embedded_postgres as e; print(e.url(), flush=True); input()"
SLOW = pytest.mark.slow


@pytest.fixture
def home() -> Iterator[Path]:
    """A directory of its own, outside pytest's private one, which the account of the server may not enter."""
    with tempfile.TemporaryDirectory(prefix="waitlist-") as name:
        Path(name).chmod(0o755)
        yield Path(name) / "postgres"


def user_of(home: Path) -> subprocess.Popen[str]:
    """A process that uses the server until it reads a line."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD],
        cwd=ROOT,
        env=environment(EMBEDDED_POSTGRES_DIR=str(home)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("postgres://")
    return process


def leaves(process: subprocess.Popen[str]) -> None:
    process.communicate("\n", timeout=30)


def server_of(home: Path) -> psutil.Process | None:
    try:
        process = psutil.Process(int((home / "data" / "postmaster.pid").read_text().splitlines()[0]))
    except (FileNotFoundError, psutil.NoSuchProcess):
        return None
    return process if str(home / "data") in process.cmdline() else None


@SLOW
def test_the_last_user_stops_the_server_and_nobody_before(home: Path) -> None:
    alice, bob = user_of(home), user_of(home)
    leaves(alice)
    assert server_of(home) is not None
    leaves(bob)
    assert server_of(home) is None


@SLOW
def test_a_server_whose_user_was_killed_is_adopted(home: Path) -> None:
    alice = user_of(home)
    before = server_of(home)
    alice.kill()
    alice.communicate()
    bob = user_of(home)
    assert server_of(home) == before
    leaves(bob)
    assert server_of(home) is None


@SLOW
def test_the_data_of_a_crashed_server_is_started_again(home: Path) -> None:
    alice = user_of(home)
    server = server_of(home)
    assert server is not None
    family = [server, *server.children()]
    server.kill()
    psutil.wait_procs(family, timeout=10)
    alice.kill()
    alice.communicate()
    bob = user_of(home)
    assert server_of(home) not in (None, server)
    leaves(bob)


@SLOW
def test_a_number_that_another_program_got_does_not_stop_the_start(home: Path) -> None:
    leaves(user_of(home))
    (home / "data" / "postmaster.pid").write_text(
        f"{os.getpid()}\n{home / 'data'}\n1\n5432\n{home}\n\n1 1\nready\n"
    )
    bob = user_of(home)
    assert server_of(home) is not None
    leaves(bob)


@SLOW
def test_a_long_path_has_its_socket_elsewhere(home: Path) -> None:
    far = home.parent / ("long" * 20) / "postgres"
    leaves(user_of(far))


@SLOW
def test_an_interrupt_stops_the_server_too(home: Path) -> None:
    alice = user_of(home)
    alice.send_signal(signal.SIGINT)
    alice.communicate(timeout=30)
    assert server_of(home) is None


@SLOW
def test_writes_are_durable(home: Path) -> None:
    alice = user_of(home)
    import psycopg

    with psycopg.connect(host=str(home), user="postgres") as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
    leaves(alice)


@SLOW
def test_the_log_of_the_server_holds_no_value(home: Path) -> None:
    alice = user_of(home)
    import psycopg

    with psycopg.connect(host=str(home), user="postgres") as connection:
        connection.execute("CREATE TEMPORARY TABLE people (name text UNIQUE)")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO people VALUES ('Marker'), ('Marker')")
    leaves(alice)
    log = "".join(path.read_text() for path in home.rglob("*log*") if path.is_file())
    assert "unique constraint" in log
    assert "Marker" not in log


def test_where_it_cannot_run_one_line_asks_for_an_address(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = settings_in("DEBUG", DEBUG="true", EMBEDDED_POSTGRES_DIR=str(tmp_path / "file" / "postgres"))
    assert done.stderr.startswith("Setting DATABASE_URL: is missing")
    assert len(done.stderr.splitlines()) == 1
