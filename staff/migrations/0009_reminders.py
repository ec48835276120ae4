"""Who sees reminders: whoever sees the visits."""

from typing import Any

from django.db import migrations

from staff.roles import ADMIN, AUDITOR, FRONT_DESK, MANAGER, grant

LOOK = ("outreach.view_reminder", "outreach.view_cancelquestion")
GRANTED = {FRONT_DESK: LOOK, MANAGER: LOOK, AUDITOR: LOOK, ADMIN: ("outreach.*",)}


def give(apps: Any, schema_editor: Any) -> None:
    grant(apps, GRANTED, using=schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("staff", "0008_whatsapp_templates"), ("outreach", "0001_initial")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
