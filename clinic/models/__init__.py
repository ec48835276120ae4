from clinic.models.appointment import LONGEST_VISIT, Appointment
from clinic.models.clinic import Clinic, Provider, VisitType
from clinic.models.consent import Consent, ConsentChannel, ConsentSource
from clinic.models.membership import Membership
from clinic.models.patient import Patient

__all__ = [
    "LONGEST_VISIT",
    "Appointment",
    "Clinic",
    "Consent",
    "ConsentChannel",
    "ConsentSource",
    "Membership",
    "Patient",
    "Provider",
    "VisitType",
]
