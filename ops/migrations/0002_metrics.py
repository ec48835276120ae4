
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('ops', '0001_heartbeat'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='heartbeat',
            options={'permissions': [('view_metrics', 'Can read the metrics')]},
        ),
    ]
