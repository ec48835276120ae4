"""Who may speak to the listener, and that nobody else can listen."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from integrations.hl7.listening import tls_context
from tests.integrations.hl7.certificates import Authority, Files
from tests.integrations.hl7.listeners import Sender, echo, framed, play, running

MESSAGE = b"MSH|^~\\&|one\r"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "senders")


@pytest.fixture
def own(tmp_path: Path) -> Files:
    return Authority(tmp_path, "listeners").issue("listener")


def client(authority_file: str, files: Files | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=authority_file)
    if files is not None:
        context.load_cert_chain(files.certificate, files.key)
    return context


async def exchanged(sender: Sender) -> bytes:
    try:
        await sender.send(framed(MESSAGE))
    except (ConnectionError, ssl.SSLError):
        return b""
    return await sender.answer()


def listeners_authority(own: Files) -> str:
    return str(Path(own.certificate).with_name("listeners.pem"))


def test_tls_carries_messages(own: Files) -> None:
    async def scene() -> None:
        tls = tls_context(certificate=own.certificate, key=own.key)
        async with running(tls=tls) as listener:
            sender = await listener.sender(tls=client(listeners_authority(own)))
            assert await exchanged(sender) == echo(MESSAGE)

    play(scene)


def test_a_known_sender_is_let_in(own: Files, authority: Authority) -> None:
    async def scene() -> None:
        tls = tls_context(certificate=own.certificate, key=own.key, authority=authority.certificate)
        async with running(tls=tls) as listener:
            known = client(listeners_authority(own), authority.issue("hospital"))
            assert await exchanged(await listener.sender(tls=known)) == echo(MESSAGE)

    play(scene)


@pytest.mark.parametrize("has_certificate", [False, True], ids=["no certificate", "somebody else's"])
def test_an_unknown_sender_is_not(
    own: Files, authority: Authority, tmp_path: Path, has_certificate: bool
) -> None:
    async def scene() -> None:
        tls = tls_context(certificate=own.certificate, key=own.key, authority=authority.certificate)
        files = Authority(tmp_path, "strangers").issue("stranger") if has_certificate else None
        async with running(tls=tls) as listener:
            stranger = client(listeners_authority(own), files)
            try:
                answer = await exchanged(await listener.sender(tls=stranger))
            except (ssl.SSLError, ConnectionError):
                answer = b""
            assert answer == b""

    play(scene)


def test_a_sender_without_tls_hears_nothing(own: Files) -> None:
    async def scene() -> None:
        async with running(tls=tls_context(certificate=own.certificate, key=own.key)) as listener:
            assert b"answer" not in await exchanged(await listener.sender())

    play(scene)


def test_old_versions_of_tls_are_refused(own: Files) -> None:
    context = tls_context(certificate=own.certificate, key=own.key)
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
