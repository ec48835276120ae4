"""Who enters the words that WhatsApp has approved: whoever answers for the texts."""

from typing import Any

from django.db import migrations

from staff.roles import ADMIN, AUDITOR, MANAGER, grant

LOOK = ("offers.view_whatsapptemplate",)
CHANGE = (
    *LOOK,
    "offers.add_whatsapptemplate",
    "offers.change_whatsapptemplate",
    "offers.delete_whatsapptemplate",
)
GRANTED = {MANAGER: LOOK, AUDITOR: LOOK, ADMIN: CHANGE}


def give(apps: Any, schema_editor: Any) -> None:
    grant(apps, GRANTED, using=schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("staff", "0007_analytics"), ("offers", "0009_channels")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
