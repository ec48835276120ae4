"""HL7 in TLS: we speak to whom our authority knows, and show who we are where that is asked."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest

from clinic.booking import NewBooking
from integrations.models import Outlet
from integrations.writing_back import outlets
from integrations.writing_back.orders import Booked, Unknown
from tests.integrations.connecting import Connected
from tests.integrations.ehrs import Hl7Ehr
from tests.integrations.hl7.certificates import Authority
from tests.integrations.test_adapters import ORDER

pytestmark = pytest.mark.django_db


class TlsEhr(Hl7Ehr):
    """Speaks in TLS alone."""

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__()
        self.context = context

    def handle(self, connection: Any) -> None:
        try:
            with self.context.wrap_socket(connection, server_side=True) as secured:
                super().handle(secured)
        except OSError:
            # Whoever may not speak here is hung up on.
            connection.close()


def asked(connected: Connected, ehr: TlsEhr, authority: Authority) -> object:
    """What comes of an order to that EHR, whose certificate this authority signed."""
    pem = Path(authority.certificate).read_text()
    Outlet.objects.update(way="hl7", host="127.0.0.1", port=ehr.port, tls=True, authority=pem)
    adapter = outlets.adapter_of(connected.source)
    assert adapter is not None
    return adapter.write(ORDER)


@pytest.fixture
def theirs(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "theirs")


@pytest.fixture
def context(theirs: Authority) -> ssl.SSLContext:
    files = theirs.issue("ehr")
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(files.certificate, files.key)
    return made


def test_an_order_goes_in_tls(
    wish: NewBooking, connected: Connected, context: ssl.SSLContext, theirs: Authority
) -> None:
    with TlsEhr(context) as ehr:
        assert asked(connected, ehr, theirs) == Booked("E1")


def test_nobody_is_told_whose_certificate_another_authority_signed(
    wish: NewBooking, connected: Connected, context: ssl.SSLContext, tmp_path: Path
) -> None:
    with TlsEhr(context) as ehr:
        assert isinstance(asked(connected, ehr, Authority(tmp_path, "strangers")), Unknown)
        assert ehr.orders == []


@pytest.mark.parametrize("shows", [True, False])
def test_who_we_are_is_shown_where_that_is_asked(
    wish: NewBooking,
    connected: Connected,
    context: ssl.SSLContext,
    theirs: Authority,
    settings: Any,
    shows: bool,
) -> None:
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(theirs.certificate)
    ours = theirs.issue("waitlist")
    settings.WRITE_BACK_TLS_CERT, settings.WRITE_BACK_TLS_KEY = (
        (ours.certificate, ours.key) if shows else ("", "")
    )
    with TlsEhr(context) as ehr:
        assert isinstance(asked(connected, ehr, theirs), Booked if shows else Unknown)
        assert len(ehr.orders) == int(shows)
