"""Which way leads into a source's EHR, and the secret that opens it."""

from __future__ import annotations

import ssl
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from core import audit
from integrations import sealing
from integrations.drchrono import accounts
from integrations.models import Outlet, Source, Way
from integrations.writing_back import fhir, hl7, mllp, siu, smart
from integrations.writing_back.drchrono import Drchrono
from integrations.writing_back.orders import Adapter


class NoWay(Exception):
    """The outlet is set up in a way that leads nowhere; the text is a code."""


@transaction.atomic
def keep_secret(*, outlet_id: int, secret: str, by: str, now: datetime) -> None:
    """Seal the key or token of an outlet. Raises sealing.NoKeys. The audit trail says that, and not what."""
    outlet = Outlet.objects.select_for_update(of=("self",), no_key=True).get(pk=outlet_id)
    outlet.secret = sealing.seal(secret.encode())
    outlet.save(update_fields=["secret"])
    audit.record(actor=by, verb="outlet.secret_kept", obj=outlet, at=now)


def adapter_of(source: Source) -> Adapter | None:
    """The way in; None where staff are the way. Raises NoWay."""
    outlet = Outlet.objects.filter(source=source).first()
    if outlet is None or outlet.way == Way.BY_HAND:
        return None
    return _BUILT[Way(outlet.way)](outlet)


def _hl7(outlet: Outlet) -> Adapter:
    line = mllp.Line(host=outlet.host, port=outlet.port or 0, tls=_context(outlet) if outlet.tls else None)
    parties = siu.Parties(
        sending_application=outlet.sending_application,
        sending_facility=outlet.sending_facility,
        receiving_application=outlet.receiving_application,
        receiving_facility=outlet.receiving_facility,
    )
    return hl7.Hl7(line=line, parties=parties, clock=timezone.now, dedupes=outlet.dedupes)


def _context(outlet: Outlet) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cadata=outlet.authority or None)
        if settings.WRITE_BACK_TLS_CERT:
            context.load_cert_chain(settings.WRITE_BACK_TLS_CERT, settings.WRITE_BACK_TLS_KEY or None)
    except (OSError, ValueError):
        raise NoWay("certificate") from None
    return context


def _fhir(outlet: Outlet) -> Adapter:
    secret = _secret(outlet)
    if not outlet.token_url:
        return fhir.Fhir(base_url=outlet.base_url, clock=timezone.now, token=secret)
    client = smart.Client(
        token_url=outlet.token_url,
        client_id=outlet.client_id,
        private_key=secret,
        algorithm=outlet.algorithm,
    )
    return fhir.Fhir(base_url=outlet.base_url, clock=timezone.now, client=client)


def _secret(outlet: Outlet) -> str:
    if not outlet.secret:
        return ""
    try:
        return sealing.unseal(bytes(outlet.secret)).decode()
    except (sealing.NoKeys, sealing.Unreadable, UnicodeDecodeError):
        raise NoWay("secret") from None


def _drchrono(outlet: Outlet) -> Adapter:
    client = accounts.client(source_id=outlet.source_id)
    return Drchrono(client=client, clock=timezone.now, exam_room=outlet.exam_room)


_BUILT = {Way.HL7: _hl7, Way.FHIR: _fhir, Way.DRCHRONO: _drchrono}
