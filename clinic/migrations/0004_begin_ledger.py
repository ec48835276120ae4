from django.db import migrations

from core import phone

# A clinic's word for what it was told before this ledger was kept: it is all that is known.
BEGIN = """
INSERT INTO clinic_consent (patient_id, channel, given, source, words, recorded_by, recorded_at)
SELECT id, 'sms', true, 'before', 'The patient agreed to be texted about earlier appointments.', 'system', now()
FROM clinic_patient WHERE sms_consent
"""
AT_ONCE = 1000


def find_zones(apps, schema_editor):
    """Where each phone may be; one update for each set of zones of a batch."""
    patients = apps.get_model("clinic", "Patient").objects.using(schema_editor.connection.alias)
    batch = []
    for pk, number in patients.exclude(phone="").order_by("pk").values_list("pk", "phone").iterator(AT_ONCE):
        batch.append((pk, " ".join(phone.zones_of(number))))
        if len(batch) == AT_ONCE:
            _write(patients, batch)
            batch = []
    _write(patients, batch)


def _write(patients, batch):
    by_zones = {}
    for pk, zones in batch:
        by_zones.setdefault(zones, []).append(pk)
    for zones, ids in by_zones.items():
        patients.filter(pk__in=ids).update(contact_zones=zones)


class Migration(migrations.Migration):

    dependencies = [
        ("clinic", "0003_consent_and_zones"),
    ]

    operations = [
        migrations.RunSQL(BEGIN, migrations.RunSQL.noop),
        migrations.RunPython(find_zones, migrations.RunPython.noop),
    ]
