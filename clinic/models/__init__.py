from clinic.models.appointment import LONGEST_VISIT, Appointment
from clinic.models.clinic import Clinic, Provider, VisitType
from clinic.models.consent import Consent, ConsentChannel, ConsentSource
from clinic.models.filing import ClinicFile, FileCount
from clinic.models.hours import BlockedTime, Closure, ProviderHours, Resource
from clinic.models.membership import Membership
from clinic.models.notice import Notice
from clinic.models.patient import Patient

__all__ = [
    "LONGEST_VISIT",
    "Appointment",
    "BlockedTime",
    "Clinic",
    "ClinicFile",
    "Closure",
    "Consent",
    "ConsentChannel",
    "ConsentSource",
    "FileCount",
    "Membership",
    "Notice",
    "Patient",
    "Provider",
    "ProviderHours",
    "Resource",
    "VisitType",
]
