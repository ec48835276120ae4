"""What the lists can be filtered by. Ids that nobody has give an empty list; a malformed value is a 400."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import django_filters as filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime
from django_filters.rest_framework import FilterSet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework.filters import OrderingFilter
from rest_framework.request import Request
from rest_framework.views import APIView

from api.fields import as_instant
from clinic.models import Appointment, ClinicFile, Notice, Patient, Provider, Resource
from clinic.states import AppointmentStatus
from core.channels import Channel
from messaging.models import Direction, Kind, Message
from messaging.states import MessageStatus
from offers.models import Cancellation
from offers.states import CancellationStatus
from outreach.greeting_states import GreetingStatus
from outreach.models import Greeting
from waitlist.models import WaitlistEntry
from waitlist.states import EntryStatus


class StableOrdering(OrderingFilter):
    """`?ordering=` over the view set's `ordering_fields`; ties are broken by id."""

    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: APIView) -> Sequence[str]:
        ordering = super().get_ordering(request, queryset, view) or ()
        return [*ordering, "pk"]


class InstantFormField(forms.CharField):
    def clean(self, value: Any) -> datetime | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            parsed = parse_datetime(text)
            if parsed is None:
                raise ValueError("Give an ISO 8601 time.")
            return as_instant(parsed)
        except ValueError as error:
            raise ValidationError(str(error)) from None


@extend_schema_field(OpenApiTypes.DATETIME)
class InstantFilter(filters.Filter):
    field_class = InstantFormField


@extend_schema_field(OpenApiTypes.INT)
class IdFilter(filters.Filter):
    field_class = forms.IntegerField


@extend_schema_field(OpenApiTypes.INT)
class RelatedIdFilter(IdFilter):
    """A message about the upper rooms' record with this id; uses the index on `related`."""

    def filter(self, qs: QuerySet[Message], value: int | None) -> QuerySet[Message]:
        return qs if value is None else qs.filter(related__contains={self.field_name: value})


class ResourceFilter(FilterSet):
    clinic = IdFilter(field_name="clinic")
    active = filters.BooleanFilter()

    class Meta:
        model = Resource
        fields: tuple[str, ...] = ()


class ProviderFilter(FilterSet):
    clinic = IdFilter(field_name="clinics")
    provider_type = filters.CharFilter()
    active = filters.BooleanFilter()

    class Meta:
        model = Provider
        fields: tuple[str, ...] = ()


class PatientFilter(FilterSet):
    """No names and no phones here: they would stand in URLs and access logs."""

    status = filters.ChoiceFilter(choices=Patient.Status.choices)
    language = filters.ChoiceFilter(choices=Patient.Language.choices)
    sms_consent = filters.BooleanFilter()

    class Meta:
        model = Patient
        fields: tuple[str, ...] = ()


class WaitlistEntryFilter(FilterSet):
    clinic = IdFilter(field_name="clinic_id")
    provider = IdFilter(field_name="provider_id")
    visit_type = IdFilter(field_name="visit_type_id")
    patient = IdFilter(field_name="patient_id")
    status = filters.ChoiceFilter(choices=EntryStatus.choices)
    urgent = filters.BooleanFilter()

    class Meta:
        model = WaitlistEntry
        fields: tuple[str, ...] = ()


class SlotFilter(FilterSet):
    """What everything with a provider and a time can be filtered by."""

    clinic = IdFilter(field_name="clinic_id")
    provider = IdFilter(field_name="provider_id")
    visit_type = IdFilter(field_name="visit_type_id")
    starts_from = InstantFilter(field_name="starts_at", lookup_expr="gte")
    starts_before = InstantFilter(field_name="starts_at", lookup_expr="lt")


class AppointmentFilter(SlotFilter):
    patient = IdFilter(field_name="patient_id")
    status = filters.ChoiceFilter(choices=AppointmentStatus.choices)

    class Meta:
        model = Appointment
        fields: tuple[str, ...] = ()


class ClinicFileFilter(FilterSet):
    clinic = IdFilter(field_name="clinic_id")
    patient = IdFilter(field_name="patient_id")
    number = filters.CharFilter()

    class Meta:
        model = ClinicFile
        fields: tuple[str, ...] = ()


class NoticeFilter(FilterSet):
    unread = filters.BooleanFilter(field_name="read_at", lookup_expr="isnull")

    class Meta:
        model = Notice
        fields: tuple[str, ...] = ()


class CancellationFilter(SlotFilter):
    status = filters.ChoiceFilter(choices=CancellationStatus.choices)

    class Meta:
        model = Cancellation
        fields: tuple[str, ...] = ()


class MessageFilter(FilterSet):
    cancellation = RelatedIdFilter(field_name="cancellation")
    offer = RelatedIdFilter(field_name="offer")
    patient = RelatedIdFilter(field_name="patient")
    kind = filters.ChoiceFilter(choices=Kind.choices)
    channel = filters.ChoiceFilter(choices=Channel.choices)
    status = filters.ChoiceFilter(choices=MessageStatus.choices)
    direction = filters.ChoiceFilter(choices=Direction.choices)

    class Meta:
        model = Message
        fields: tuple[str, ...] = ()


class GreetingFilter(FilterSet):
    clinic = IdFilter(field_name="clinic_id")
    provider = IdFilter(field_name="provider_id")
    patient = IdFilter(field_name="patient_id")
    year = IdFilter(field_name="year")
    status = filters.ChoiceFilter(choices=GreetingStatus.choices)

    class Meta:
        model = Greeting
        fields: tuple[str, ...] = ()
