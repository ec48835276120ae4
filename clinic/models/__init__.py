from clinic.models.appointment import LONGEST_VISIT, Appointment
from clinic.models.clinic import Clinic, Provider, VisitType
from clinic.models.patient import Patient

__all__ = ["LONGEST_VISIT", "Appointment", "Clinic", "Patient", "Provider", "VisitType"]
