"""What a program may be let do here, and nothing beyond what its account may. No Django: settings read it."""

SCOPES = {
    "system/Appointment.read": "Read visits",
    "system/Appointment.write": "Say how visits stand",
    "system/Patient.read": "Read patients",
    "system/Patient.write": "Say what is known of patients",
    "system/Slot.read": "Read the times that came free",
}
