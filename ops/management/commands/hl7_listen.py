"""Listens for the HL7 messages of one source (MLLP), until it is stopped."""

from __future__ import annotations

import asyncio
import os
import ssl
from argparse import RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from integrations.hl7 import serving
from integrations.hl7.listening import Listener, tls_context
from integrations.models import Source

EXAMPLE = """
Examples:
  manage.py hl7_listen --source "North hospital" --port 2575
  manage.py hl7_listen --source "North hospital" --host 0.0.0.0 --port 2575 \\
      --tls-cert listener.pem --tls-key listener.key --tls-ca senders.pem
"""
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Command(BaseCommand):
    help = "Listen for the HL7 v2 messages of one source (MLLP), store each and acknowledge it."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        kwargs |= {"epilog": EXAMPLE, "formatter_class": RawDescriptionHelpFormatter}
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--source", required=True, metavar="NAME", help="whose messages these are")
        parser.add_argument("--host", default="127.0.0.1", help="where to listen (127.0.0.1)")
        parser.add_argument("--port", type=int, default=2575, help="the port (2575)")
        parser.add_argument("--tls-cert", default="", help="the listener's certificate, PEM")
        parser.add_argument("--tls-key", default="", help="its key, PEM")
        parser.add_argument(
            "--tls-ca", default="", help="admit senders whose certificate it signed, and no others"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        source = Source.objects.filter(name=options["source"]).first()
        if source is None:
            raise CommandError(f"No source is called {options['source']}; set it up in the admin.")
        if source.kind != "hl7":
            raise CommandError(f"{source} is no source of HL7 messages.")
        if options["host"] not in LOOPBACK and not options["tls_cert"]:
            self.stderr.write("Without --tls-cert whoever can listen on this network reads every message.")
        tls = _tls(options)
        counts = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
        if counts and not os.path.isdir(counts):
            raise CommandError("PROMETHEUS_MULTIPROC_DIR names no folder.")
        serving.gather_wakeups()
        serving.bound_waits()
        try:
            asyncio.run(self._listen(source, options["host"], options["port"], tls))
        except OSError as error:
            raise CommandError(f"Cannot listen there: {error.strerror}.") from None
        self.stdout.write("Stopped; every message that came whole is stored and answered.")

    async def _listen(self, source: Source, host: str, port: int, tls: ssl.SSLContext | None) -> None:
        listener = Listener(doors=serving.Feed(source).doors, limits=serving.LIMITS)
        found = await listener.start(host=host, port=port, tls=tls)
        how = "TLS, known senders only" if tls and tls.verify_mode else "TLS" if tls else "no TLS"
        self.stdout.write(f"Listening for {source} at {host}:{found} ({how}).")
        self.stdout.flush()
        await listener.serve()


def _tls(options: dict[str, Any]) -> ssl.SSLContext | None:
    if not options["tls_cert"]:
        if options["tls_key"] or options["tls_ca"]:
            raise CommandError("--tls-key and --tls-ca need --tls-cert.")
        return None
    try:
        return tls_context(
            certificate=options["tls_cert"], key=options["tls_key"], authority=options["tls_ca"]
        )
    except (OSError, ssl.SSLError) as error:
        raise CommandError(
            f"The TLS files cannot be used: {error.strerror or type(error).__name__}."
        ) from None
