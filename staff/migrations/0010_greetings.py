"""Who sees greetings: whoever sees patients. Who switches them on and off: managers."""

from typing import Any

from django.db import migrations

from staff.roles import ADMIN, AUDITOR, FRONT_DESK, MANAGER, grant

LOOK = ("outreach.view_greeting", "outreach.view_greetingswitch")
GRANTED = {
    FRONT_DESK: LOOK,
    MANAGER: (*LOOK, "outreach.change_greetingswitch"),
    AUDITOR: LOOK,
    ADMIN: ("outreach.*",),
}


def give(apps: Any, schema_editor: Any) -> None:
    grant(apps, GRANTED, using=schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("staff", "0009_reminders"), ("outreach", "0002_greetings")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
