from django.db import migrations, models

# Rounds that are running while this is done keep the places of those they asked.
ASKED = """
    UPDATE offers_round r SET places = (SELECT count(*) FROM offers_offer o WHERE o.round_id = r.id)
"""


class Migration(migrations.Migration):

    dependencies = [
        ('offers', '0006_wrong_numbers'),
    ]

    operations = [
        migrations.AddField(
            model_name='round',
            name='places',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.RunSQL(ASKED, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='round',
            name='places',
            field=models.PositiveSmallIntegerField(),
        ),
    ]
