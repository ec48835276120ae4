"""E-mail addresses in small letters; for each channel the column of the ledger's last word."""

from django.db import migrations

LAST_WORDS = """
    UPDATE clinic_patient p SET
        whatsapp_consent = coalesce(said.whatsapp, false),
        email_consent = coalesce(said.email, false),
        voice_consent = coalesce(said.voice, false)
    FROM (
        SELECT patient_id, bool_or(given) FILTER (WHERE channel = 'whatsapp') AS whatsapp,
            bool_or(given) FILTER (WHERE channel = 'email') AS email,
            bool_or(given) FILTER (WHERE channel = 'voice') AS voice
        FROM (SELECT DISTINCT ON (patient_id, channel) patient_id, channel, given FROM clinic_consent
            WHERE channel IN ('whatsapp', 'email', 'voice') ORDER BY patient_id, channel, id DESC) last
        GROUP BY patient_id
    ) said WHERE said.patient_id = p.id
"""
SMALL_LETTERS = "UPDATE clinic_patient SET email = lower(btrim(email)) WHERE email <> lower(btrim(email))"


class Migration(migrations.Migration):

    dependencies = [
        ('clinic', '0006_channel_consents'),
    ]

    operations = [
        migrations.RunSQL(LAST_WORDS, migrations.RunSQL.noop),
        migrations.RunSQL(SMALL_LETTERS, migrations.RunSQL.noop),
    ]
