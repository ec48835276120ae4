"""A mail server on a loopback port that speaks real SMTP, and fails as it is told to.

`fault` is STEP:WHAT, where STEP is mail, rcpt or data, and WHAT a reply of the server ("550 5.1.1 nobody"),
"hang" (it never answers again) or "reset". In the step data the e-mail has been taken by then.
"""

from __future__ import annotations

import asyncio
import socket
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

LONG = 30


class MailServer:
    """What came in, and the port it came in on."""

    def __init__(self) -> None:
        self.fault = ""
        self.taken: list[EmailMessage] = []
        # The controller connects to its own port when it starts, so it has to know it.
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._controller.stop()

    async def handle_MAIL(  # noqa: N802 - the name that aiosmtpd asks for
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return await self._reply("mail", server)

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd asks for
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return await self._reply("rcpt", server)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - likewise
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        if not self.fault.startswith(("data:4", "data:5")):
            self.taken.append(message_from_bytes(content, policy=policy.default))
        return await self._reply("data", server)

    async def _reply(self, step: str, server: SMTP) -> str:
        at, _, what = self.fault.partition(":")
        if at != step:
            return "250 OK"
        if what == "hang":
            await asyncio.sleep(LONG)
        if what == "reset" and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        return what if what[:1].isdigit() else "250 OK"
