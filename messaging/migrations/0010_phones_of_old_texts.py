"""Texts that came to the simulated phones before those were rows: each is on its phone, and was delivered."""

from django.db import migrations

PHONES = """
    INSERT INTO messaging_simulatedphone (number, last_text_id, seen_text)
    SELECT CASE WHEN inbound THEN from_number ELSE "to" END, max(id), max(id)
    FROM messaging_simulatedtext WHERE phone_id IS NULL GROUP BY 1
    ON CONFLICT (number) DO NOTHING
"""
TEXTS = """
    UPDATE messaging_simulatedtext t SET phone_id = p.id, arrives_at = t.created_at
    FROM messaging_simulatedphone p
    WHERE t.phone_id IS NULL AND p.number = CASE WHEN t.inbound THEN t.from_number ELSE t."to" END
"""
CALLBACKS = """
    INSERT INTO messaging_simulatedcallback (text_id, word, error_code, posted_at, attempt)
    SELECT t.id, w.word, '', t.created_at, 1 FROM messaging_simulatedtext t
    CROSS JOIN (VALUES ('sent'), ('delivered')) AS w (word) WHERE NOT t.inbound ORDER BY t.id, w.word DESC
"""


class Migration(migrations.Migration):

    dependencies = [
        ("messaging", "0009_simulated_network"),
    ]

    operations = [
        migrations.RunSQL([PHONES, TEXTS, CALLBACKS], migrations.RunSQL.noop),
    ]
