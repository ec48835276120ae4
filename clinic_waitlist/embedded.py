"""The whole system in one process: pages, worker and beat. For a try-out, or a clinic without Redis.

`python -m clinic_waitlist.embedded [--prepare] [--demo]`
"""

import argparse
import io
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn

import django
import uvicorn
from celery import Celery
from celery.beat import EmbeddedService
from celery.worker import WorkController
from celery.worker import state as worker_state
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection

from clinic_waitlist.celery import QUEUES, app

WORKER_THREADS = 8
STOP_SECONDS = 5
PREPARING = 7_316_001  # the advisory lock of whoever migrates; any number nobody else uses


class Background:
    """The worker and the beat of this process, as threads beside its server."""

    def __init__(self, celery_app: Celery) -> None:
        self.worker = WorkController(
            app=celery_app,
            hostname=f"embedded-{os.getpid()}@localhost",
            pool_cls="threads",
            concurrency=WORKER_THREADS,
            queues=list(QUEUES),
            without_gossip=True,
            without_heartbeat=True,
            without_mingle=True,
        )
        self.worker_thread = threading.Thread(target=self._work, name="worker", daemon=True)
        # EmbeddedService does not read the configured scheduler.
        self.beat: Any = EmbeddedService(
            celery_app, thread=True, scheduler_cls=settings.CELERY_BEAT_SCHEDULER
        )

    def start(self) -> None:
        self.worker_thread.start()
        self.beat.start()

    def stop(self) -> None:
        """Let running tasks end, for a few seconds; what is left is found by the next start's sweeps."""
        worker_state.should_stop = 0  # type: ignore[assignment]
        self.beat.service.stop()
        deadline = time.monotonic() + STOP_SECONDS
        for thread in (self.worker_thread, self.beat):
            thread.join(max(0.1, deadline - time.monotonic()))

    def _work(self) -> None:
        with suppress(SystemExit):  # how a worker says that it has stopped
            self.worker.start()


@contextmanager
def running_background(celery_app: Celery) -> Iterator[None]:
    background = Background(celery_app)
    background.start()
    try:
        yield
    finally:
        background.stop()


def prepare(*, demo: bool) -> None:
    """Migrate, collect static files and fill the demo; a second process waits, then finds it done."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = 0")
        cursor.execute("SELECT pg_advisory_lock(%s)", [PREPARING])
        try:
            call_command("migrate", interactive=False, verbosity=0)
            call_command("collectstatic", interactive=False, verbosity=0)
            if demo:
                call_command("seed_demo")
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [PREPARING])
    connection.close()


def check() -> None:
    """End the process where something is wrong that servers would find at the first text only."""
    try:
        call_command("check", databases=["default"], stdout=io.StringIO())
    except SystemCheckError as error:
        sys.exit(str(error))
    finally:
        connection.close()


def bound_server() -> tuple[uvicorn.Server, socket.socket]:
    """The server and its open port; a port in use ends the process."""
    config = uvicorn.Config(
        "clinic_waitlist.asgi:application",
        host=settings.HOST,
        port=settings.PORT,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,  # streams that are still open are cut
    )
    family = socket.AF_INET6 if ":" in settings.HOST else socket.AF_INET
    try:
        return uvicorn.Server(config), socket.create_server((settings.HOST, settings.PORT), family=family)
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        sys.exit(f"Setting PORT: {settings.HOST}:{settings.PORT} cannot be served ({reason}).")


def become_processes() -> NoReturn:
    """Hand over to the process manager, which runs the Procfile until it is stopped."""
    programs = os.path.dirname(sys.executable)
    os.environ.update(
        PATH=f"{programs}{os.pathsep}{os.environ.get('PATH', '')}",
        PUBLIC_URL=settings.PUBLIC_URL,
        HOST=settings.HOST,
        WEB_PORT=str(settings.PORT),  # the manager gives each process another PORT
    )
    sys.stdout.flush()
    os.execv(f"{programs}/honcho", ["honcho", "start", "--no-prefix", "-c", "web=1,worker=2,beat=1"])  # noqa: S606


def parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m clinic_waitlist.embedded", description="Serve pages, worker and beat in one process."
    )
    parser.add_argument("--prepare", action="store_true", help="migrate and collect static files first")
    parser.add_argument("--demo", action="store_true", help="prepare, and fill in the demo clinic group")
    return parser.parse_args(arguments)


def run(asked: argparse.Namespace) -> None:
    django.setup()
    separate = bool(settings.REDIS_URL) and not asked.demo
    server, listening = (None, None) if separate else bound_server()
    if asked.prepare or asked.demo:
        prepare(demo=asked.demo)
    check()
    print(f"Serving at {settings.PUBLIC_URL}/ - Ctrl-C stops it.", flush=True)  # noqa: T201 - for the person
    if server is None or listening is None:
        become_processes()
    with running_background(app):
        server.run(sockets=[listening])


def main(arguments: list[str]) -> None:
    asked = parsed(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic_waitlist.settings")
    # Until the server takes over, a stop must still run the exit handlers, which stop the database.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    with suppress(KeyboardInterrupt):
        run(asked)


if __name__ == "__main__":
    main(sys.argv[1:])
