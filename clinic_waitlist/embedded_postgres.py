"""The PostgreSQL that comes with the project, for when `DATABASE_URL` is unset; its last user stops it.

It calls the programs of the wheel itself, because the wheel's own start, as root, opens the mode of every
directory above its data and adds an account. Whoever uses the server holds a shared lock on `users.lock`; the
kernel drops it however the process ends, so the last one out is known even after SIGKILL.
"""

import atexit
import fcntl
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from clinic_waitlist.embedded_place import (
    NAME,
    Account,
    EmbeddedError,
    Place,
    own_directory,
    programs,
    reachable,
)

START_SECONDS = 60
OPTIONS = (
    "max_connections=200",
    "unix_socket_permissions=0700",
    "timezone=UTC",
    "log_timezone=UTC",
    # A row that breaks a constraint would stand in the log with its values, as would the statement.
    "log_error_verbosity=terse",
    "log_min_error_statement=panic",
)


class Server:
    """One server, shared by every process of one checkout."""

    def __init__(self, place: Place, account: Account) -> None:
        self.place = place
        self.account = account
        self.programs = reachable(programs(), account)
        self._users: int | None = None
        self._owner = os.getpid()

    def join(self) -> str:
        """Start or adopt the server, hold it until this process ends, and return its URL."""
        own_directory(self.place.home, self.account)
        own_directory(self.place.sockets, self.account)
        with self._alone():
            if not self._answers():
                self._start()
            self._users = _locked(self.place.home / "users.lock", fcntl.LOCK_SH)
            self._make_database()
        atexit.register(self.leave)
        return f"postgres://postgres@{quote(str(self.place.sockets), safe='')}/{NAME}"

    def leave(self) -> None:
        """Let go; the last one stops the server. A forked child leaves this to its parent."""
        if self._users is None or os.getpid() != self._owner:
            return
        with self._alone():
            # Closing, not unlocking: a forked child that shares the handle keeps its hold.
            os.close(self._users)
            self._users = None
            self._stop_if_unused()

    def delete(self) -> bool:
        """Stop the server and remove its data; False where some process still uses it."""
        own_directory(self.place.home, self.account)
        with self._alone():
            unused = self._stop_if_unused()
            if unused:
                shutil.rmtree(self.place.data, ignore_errors=True)
        return unused

    def _stop_if_unused(self) -> bool:
        try:
            handle = _locked(self.place.home / "users.lock", fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        os.close(handle)
        if self._answers():
            self._run("pg_ctl", "stop", "-D", str(self.place.data), "-m", "fast", "-w", "-t", "30")
        return True

    @contextmanager
    def _alone(self) -> Iterator[None]:
        handle = _locked(self.place.home / "start.lock", fcntl.LOCK_EX)
        try:
            yield
        finally:
            os.close(handle)

    def _answers(self) -> bool:
        with closing(socket.socket(socket.AF_UNIX)) as probe:
            try:
                probe.connect(str(self.place.sockets / ".s.PGSQL.5432"))
            except OSError:
                return False
        return True

    def _start(self) -> None:
        if not (self.place.data / "PG_VERSION").exists():
            self._create_data()
        self._forget_stranger()
        options = " ".join(f"-c {option}" for option in OPTIONS)
        command = (
            "start",
            "-D",
            str(self.place.data),
            "-l",
            str(self.place.log),
            "-w",
            "-t",
            str(START_SECONDS),
        )
        done = self._run("pg_ctl", *command, "-o", f"{options} -h '' -k '{self.place.sockets}'")
        if done.returncode:
            raise EmbeddedError(f"it does not start, see {self.place.log}")

    def _create_data(self) -> None:
        # Built aside and moved: a start that is killed half-way leaves no half a cluster behind.
        unfinished = self.place.home / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        locale = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        done = self._run("initdb", "-D", str(unfinished), "-U", "postgres", "--auth=trust", *locale)
        if done.returncode:
            raise EmbeddedError((done.stderr.strip() or "initdb failed").splitlines()[-1])
        unfinished.rename(self.place.data)

    def _forget_stranger(self) -> None:
        # After a crash of the machine the number in postmaster.pid may belong to another program, and
        # PostgreSQL would not start. Only then is the file removed: it also guards live backends.
        path = self.place.data / "postmaster.pid"
        with suppress(FileNotFoundError, ValueError, IndexError, psutil.NoSuchProcess):
            words = psutil.Process(int(path.read_text().splitlines()[0])).cmdline()
            if str(self.place.data) not in words:
                path.unlink()

    def _make_database(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                with self._connected() as connection, suppress(psycopg.errors.DuplicateDatabase):
                    connection.execute(f"CREATE DATABASE {NAME}")
                return
            except psycopg.OperationalError as error:  # an adopted server may still be recovering
                if time.monotonic() > deadline:
                    raise EmbeddedError("it does not answer") from error
                time.sleep(0.1)

    def _connected(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(host=str(self.place.sockets), user="postgres", autocommit=True)

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        identity = {"user": self.account.uid, "group": self.account.gid, "extra_groups": []}
        with tempfile.TemporaryFile("w+") as errors:  # a pipe would stay open as long as the server runs
            done = subprocess.run(  # noqa: S603 - our own programs, no shell
                [str(self.programs / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                cwd=self.place.home,
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
                check=False,
                **(identity if self.account.is_other() else {}),  # type: ignore[call-overload]
            )
            errors.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, "", errors.read())


_joined: dict[int, str] = {}


def url() -> str:
    """The address of the running embedded server; the same one however often a process asks."""
    if os.getpid() not in _joined:
        try:
            _joined[os.getpid()] = Server(Place.of_checkout(), Account.current()).join()
        except OSError as error:
            raise EmbeddedError(f"{error.strerror}: {error.filename}") from error
    return _joined[os.getpid()]


def _locked(path: Path, mode: int) -> int:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, mode)
    except BlockingIOError:
        os.close(handle)
        raise
    return handle


def main(arguments: list[str]) -> None:
    if arguments != ["--delete"]:
        sys.exit("usage: python -m clinic_waitlist.embedded_postgres --delete")
    place = Place.of_checkout()
    if not Server(place, Account.current()).delete():
        sys.exit("The data is in use: stop the running server first.")
    sys.stdout.write(f"The data in {place.home} is gone.\n")


if __name__ == "__main__":
    main(sys.argv[1:])
