"""A visit of ours in the words of the EHR: the order that it is sent."""

from __future__ import annotations

from collections.abc import Sequence

from clinic.models import Appointment
from integrations.facts import Code
from integrations.models import CodeKind, FeedCode, Outlet, PersonKey, Source, VisitKey, Way, WriteBack
from integrations.writing_back import naming
from integrations.writing_back.orders import Order, What, Who


class Unsayable(Exception):
    """The EHR's words for something of the visit are not known here; `code` says for what."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def order(row: WriteBack, *, what: What, key: str) -> Order:
    """The order that tells the EHR of the row's visit. Raises Unsayable.

    To cancel what it knows by a name of its own it needs to be told no more than that.
    """
    visit, source = row.appointment, row.source
    needs_all = what != What.CANCEL or not key
    return Order(
        what=what,
        placer=row.placer,
        control_id=row.control_id,
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        zone=visit.clinic.zone,
        patient=_patient(source, visit, is_needed=needs_all),
        clinic=_code(source, CodeKind.CLINIC, visit.clinic_id, is_needed=needs_all),
        provider=_code(source, CodeKind.PROVIDER, visit.provider_id, is_needed=needs_all),
        visit_type=_code_or_nothing(source, CodeKind.VISIT_TYPE, visit.visit_type_id),
        key=key,
    )


def key_of(row: WriteBack) -> str:
    """What the EHR calls the visit, or the one that it was before it was moved; "" where it never said."""
    chain = chain_of(row.appointment)
    said = WriteBack.objects.filter(appointment__in=chain, source=row.source).exclude(key="")
    known = said.order_by("-pk").values_list("key", flat=True).first()
    if known:
        return known
    keys = VisitKey.objects.filter(link__appointment__in=chain, source=row.source).order_by("pk")
    return naming.told(way=way_of(row.source), keys=keys.values_list("key", flat=True))


def way_of(source: Source) -> str:
    """How the source takes our bookings."""
    return Outlet.objects.filter(source=source).values_list("way", flat=True).first() or Way.BY_HAND.value


def chain_of(visit: Appointment) -> list[int]:
    """The ids of a visit and of those that it was before, the newest first."""
    found = [visit.pk]
    while visit.moved_from is not None and visit.moved_from_id not in found:
        visit = visit.moved_from
        found.append(visit.pk)
    return found


def _patient(source: Source, visit: Appointment, *, is_needed: bool) -> Who:
    keys = PersonKey.objects.filter(source=source, link__patient=visit.patient_id, link__merged_into=None)
    known = keys.order_by("pk").values_list("key", flat=True).first()
    if known is None and is_needed:
        raise Unsayable("patient unknown there")
    patient = visit.patient
    return Who(
        id=known or "",
        first_name=patient.first_name,
        last_name=patient.last_name,
        date_of_birth=patient.date_of_birth,
    )


def _code(source: Source, kind: CodeKind, record_id: int, *, is_needed: bool) -> Code | None:
    said = _code_or_nothing(source, kind, record_id)
    is_alone = kind == CodeKind.CLINIC and _is_alone(source, record_id)
    if said is None and is_needed and not is_alone:
        raise Unsayable(f"no code of the {kind.value}")
    return said


def _code_or_nothing(source: Source, kind: CodeKind, record_id: int) -> Code | None:
    rows = FeedCode.objects.filter(source=source, kind=kind, **{f"{kind.value}_id": record_id})
    found = rows.order_by("pk").first()
    return Code(value=found.value, text=found.text, system=found.system) if found else None


def _is_alone(source: Source, clinic_id: int) -> bool:
    """A source of one clinic need not name it."""
    clinics: Sequence[int] = list(source.clinics.order_by("pk").values_list("pk", flat=True)[:2])
    return clinics == [clinic_id]
