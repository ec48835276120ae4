"""/api/v1/fhir: the door that speaks FHIR R4. Its addresses end without a slash, as FHIR's do."""

from django.urls import path

from api.views import fhir, fhir_taking, fhir_tokens

urlpatterns = [
    path("metadata", fhir.MetadataView.as_view(), name="metadata"),
    path(".well-known/smart-configuration", fhir.SmartConfigurationView.as_view(), name="smart"),
    path("Appointment", fhir_taking.AppointmentsView.as_view(), name="Appointments"),
    path("Appointment/<str:name>", fhir.AppointmentView.as_view(), name="Appointment"),
    path("Slot", fhir.SlotsView.as_view(), name="Slots"),
    path("Slot/<str:name>", fhir.SlotView.as_view(), name="Slot"),
    path("Patient", fhir_taking.PatientsView.as_view(), name="Patients"),
    path("Patient/<str:name>", fhir.PatientView.as_view(), name="Patient"),
    path("auth/token", fhir_tokens.TokenDoor.as_view(), name="token"),
    path("<path:rest>", fhir.ElsewhereView.as_view(), name="elsewhere"),
]
