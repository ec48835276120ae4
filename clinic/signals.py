"""What the calendar tells the rooms above it. Sent inside the verb's transaction, with ids only."""

from django.dispatch import Signal

# appointment_id; fills_slot: the slot that the visit fills, or None; tells_patient: a confirmation is owed
appointment_booked = Signal()
# appointment_ids: they stood in another calendar and do in ours now; nobody is owed a word of it
appointments_carried_over = Signal()
# appointment_id; tells_patient: the word that the visit is off is owed
appointment_cancelled = Signal()
# appointment_id: the visit that was; moved_to: the one that is booked instead
appointment_moved = Signal()
# appointment_id: arrived, completed or a no-show; whatever was to be said before the visit is needless
appointment_attended = Signal()
# patient_id: inactive, without consent or at another address; questions that went there must not stand.
patient_out_of_reach = Signal()
# patient_id: a phone or an address was entered, or consent was given: what could not be sent may go now.
patient_within_reach = Signal()
# patient_id or clinic_id, the other None: from now on other contact hours hold, or on other clocks
contact_hours_changed = Signal()
# kept_id, gone_id: two patients were one person; what was done for the one who goes was done for who stays
patients_merged = Signal()
# clinic_id: its visits are reminded of by another list from now on, those that are booked already as well
reminder_list_changed = Signal()
