"""Days of slots, the texts of a slot, and how many were considered: what analytics counts by."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clinic', '0004_begin_ledger'),
        ('offers', '0007_places_of_a_round'),
        ('messaging', '0006_tally'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='cancellation',
            options={'permissions': [('view_analytics', 'Can view analytics')]},
        ),
        migrations.AddField(
            model_name='round',
            name='considered_count',
            field=models.GeneratedField(db_persist=True, expression=models.Func('entry_ids', function='CARDINALITY'), output_field=models.IntegerField()),
        ),
        migrations.AddIndex(
            model_name='cancellation',
            index=models.Index(fields=['clinic', 'created_at'], name='cancellation_by_day'),
        ),
        # Here and not in that room's models: a message knows nothing of slots.
        migrations.RunSQL(
            """CREATE INDEX message_of_slot ON messaging_message (((related->>'cancellation')::bigint))
                WHERE related ? 'cancellation'""",
            "DROP INDEX message_of_slot",
        ),
    ]
