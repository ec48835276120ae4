"""Clinics, providers, visit types and appointments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.fields import ClockField, InstantField, MinutesField
from api.serializers.base import Strict, StrictModel
from clinic import booking, memberships, scheduling
from clinic.attending import ON_THE_DAY
from clinic.conflicts import Conflict, Severity
from clinic.models import Appointment, Clinic, ClinicFile, Notice, Provider, Resource, VisitType
from clinic.states import ACTIVE, AppointmentStatus
from outreach.models import Reminder


class DurationField(serializers.IntegerField):
    """Whole minutes from `starts_at` to `ends_at`; where it is not sent, the visit type's duration."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=720, required=False, **kwargs)

    def get_attribute(self, instance: Any) -> int:
        minutes: int = (instance.ends_at - instance.starts_at) // timedelta(minutes=1)
        return minutes


class ClinicSerializer(StrictModel):
    contact_hours_start = ClockField(required=False, allow_null=True)
    contact_hours_end = ClockField(required=False, allow_null=True)
    hold_minutes = MinutesField(max_digits=6, decimal_places=3, min_value=0, required=False, allow_null=True)

    class Meta:
        model = Clinic
        fields = [
            "id",
            "name",
            "sms_name",
            "code",
            "phone",
            "timezone",
            "contact_hours_start",
            "contact_hours_end",
            "batch_size",
            "hold_minutes",
            "grace_seconds",
            "lead_minutes",
            "offers_per_day",
            "offers_per_week",
            "cool_down_minutes",
            "reminder_minutes",
            "greeting_late_days",
            "no_show_minutes",
            "travel_minutes",
            "weight_urgent",
            "weight_proximity",
            "weight_no_appointment",
            "weight_seniority",
            "proximity_step_days",
            "seniority_step_days",
            "favour_furthest",
            "is_shadow",
        ]
        read_only_fields = ["is_shadow"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The model's own rules about several fields at once."""
        kept = {} if self.instance is None else {f: getattr(self.instance, f) for f in self.Meta.fields}
        Clinic(**{**kept, **attrs}).clean()
        return attrs


class ProviderSerializer(StrictModel):
    class Meta:
        model = Provider
        fields = ["id", "name", "provider_type", "clinics", "active"]

    def validate_clinics(self, value: list[Clinic]) -> list[Clinic]:
        user = self.context["request"].user
        return memberships.with_unseen(provider=self.instance or Provider(), chosen=value, user=user)


class VisitTypeSerializer(StrictModel):
    class Meta:
        model = VisitType
        fields = ["id", "name", "duration_minutes", "min_interval_days"]


class ResourceSerializer(StrictModel):
    class Meta:
        model = Resource
        fields = ["id", "clinic", "name", "kind", "active"]


class ReminderSerializer(StrictModel):
    class Meta:
        model = Reminder
        fields = ["id", "due_at", "channel", "status", "reason", "error_code", "sent_at"]


class OverrideField(serializers.CharField):
    """Why a visit is booked although a warning speaks against it; kept by the audit."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=200, required=False, allow_blank=True, write_only=True, **kwargs)


class ConflictSerializer(Strict):
    """One thing against a visit: a `block` refuses it, a `warn` does not; the explanation is for staff."""

    code = serializers.CharField()
    severity = serializers.ChoiceField(choices=[each.value for each in Severity])
    explanation = serializers.CharField()


# What whoever books a visit says of it.
WANTED = ["clinic", "provider", "patient", "visit_type", "starts_at", "duration_minutes", "resources"]


class _Visits(serializers.ListSerializer[Any]):
    """Looks at the conflicts of a whole page at once."""

    def to_representation(self, data: Any) -> Any:
        visits = list(data)
        shown: Any = self.child
        shown.conflicts_by_visit = scheduling.found_in([visit for visit in visits if visit.status in ACTIVE])
        return super().to_representation(visits)


class AppointmentSerializer(StrictModel):
    duration_minutes = DurationField()
    status = serializers.ChoiceField(choices=AppointmentStatus.choices, required=False)
    reminders = ReminderSerializer(many=True, read_only=True)
    clinic_file = serializers.CharField(
        read_only=True, allow_null=True, help_text="The number of the patient's file at that clinic."
    )
    override_reason = OverrideField()
    conflicts = serializers.SerializerMethodField(
        help_text="What speaks against the visit where it stands, while it is booked or its patient is there."
    )

    class Meta:
        model = Appointment
        list_serializer_class = _Visits
        fields = [
            "id",
            *WANTED,
            "status",
            "confirmed_at",
            "clinic_file",
            "reminders",
            "conflicts",
            "override_reason",
        ]
        read_only_fields = ["confirmed_at"]
        validators: list[Any] = []

    # Those of a page, by visit; None: nobody has looked yet.
    conflicts_by_visit: Mapping[int, Sequence[Conflict]] | None = None

    @extend_schema_field(ConflictSerializer(many=True))
    def get_conflicts(self, visit: Appointment) -> Any:
        found = self.conflicts_by_visit
        if found is None:
            found = scheduling.found_in([visit] if visit.status in ACTIVE else [])
        return ConflictSerializer(found.get(visit.pk, []), many=True).data

    def validate_status(self, value: str) -> str:
        if value != AppointmentStatus.BOOKED:
            raise serializers.ValidationError("A new appointment is booked.")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs["provider"].clinics.filter(pk=attrs["clinic"].pk).exists():
            raise serializers.ValidationError({"provider": ["This provider does not work at that clinic."]})
        if any(thing.clinic_id != attrs["clinic"].pk for thing in attrs.get("resources", ())):
            raise serializers.ValidationError({"resources": ["This is at another clinic."]})
        return attrs

    def booking(self) -> booking.NewBooking:
        """The valid body in the verb's words."""
        data = self.validated_data
        minutes = data.get("duration_minutes") or data["visit_type"].duration_minutes
        return booking.NewBooking(
            clinic_id=data["clinic"].pk,
            provider_id=data["provider"].pk,
            patient_id=data["patient"].pk,
            visit_type_id=data["visit_type"].pk,
            starts_at=data["starts_at"],
            ends_at=data["starts_at"] + timedelta(minutes=minutes),
            override=data.get("override_reason", ""),
            resource_ids=tuple(sorted(thing.pk for thing in data.get("resources", ()))),
        )


class WantedSerializer(AppointmentSerializer):
    """A visit that nobody has booked yet: what would speak against it is asked, and nothing stored."""

    class Meta(AppointmentSerializer.Meta):
        fields = WANTED


class MovedSerializer(Strict):
    starts_at = InstantField()


class ConflictsSerializer(Strict):
    """`can_be_booked` is false where one of the conflicts is a block."""

    can_be_booked = serializers.BooleanField()
    conflicts = ConflictSerializer(many=True)


class ReasonSerializer(Strict):
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class CancelSerializer(ReasonSerializer):
    offer_slot = serializers.BooleanField(
        required=False, default=True, help_text="Whether the time goes to the waitlist."
    )
    tells_patient = serializers.BooleanField(
        required=False, default=True, help_text="Whether the patient is told that the visit is cancelled."
    )


class RescheduleSerializer(Strict):
    starts_at = InstantField()
    waits_on = serializers.BooleanField(
        required=False, default=True, help_text="Whether the patient goes on waiting for an earlier visit."
    )
    override_reason = OverrideField()


class AppointmentStatusSerializer(Strict):
    status = serializers.ChoiceField(choices=[(status.value, status.label) for status in ON_THE_DAY])


class ClinicFileSerializer(StrictModel):
    class Meta:
        model = ClinicFile
        fields = ["id", "number", "patient", "clinic", "provider", "opened_at"]


class NoticeSerializer(StrictModel):
    """What happened to which visit; whose, when and for what the visit is are as they stand now."""

    title = serializers.CharField(source="get_about_display", read_only=True)
    patient = serializers.IntegerField(source="appointment.patient_id", read_only=True)
    starts_at = InstantField(source="appointment.starts_at", read_only=True)
    visit_type = serializers.IntegerField(source="appointment.visit_type_id", read_only=True)
    link = serializers.SerializerMethodField(help_text="Where the visit is looked at, below this server.")

    class Meta:
        model = Notice
        fields = [
            "id",
            "title",
            "appointment",
            "patient",
            "starts_at",
            "visit_type",
            "link",
            "created_at",
            "read_at",
        ]
        read_only_fields = fields

    def get_link(self, notice: Notice) -> str:
        return reverse("appointment", args=[notice.appointment_id])
