from clinic.models.appointment import Appointment
from clinic.models.clinic import Clinic, Provider, VisitType
from clinic.models.patient import Patient

__all__ = ["Appointment", "Clinic", "Patient", "Provider", "VisitType"]
