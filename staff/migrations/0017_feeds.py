"""Who sees that the feeds work, who reads a message as it came, and who settles what waits."""

from typing import Any

from django.db import migrations

from staff.roles import ADMIN, AUDITOR, FRONT_DESK, MANAGER, grant

DESK = ("integrations.view_source", "integrations.view_todo", "integrations.change_todo")
READ = (
    "integrations.view_source",
    "integrations.view_todo",
    "integrations.view_parked",
    "integrations.view_feedcode",
    "integrations.view_feedpolicy",
    "integrations.view_feedmessage",
    "integrations.view_visitlink",
    "clinic.view_blockedtime",
)
FIX = (
    "integrations.change_parked",
    "integrations.view_raw_message",
    "integrations.add_feedcode",
    "integrations.change_feedcode",
    "integrations.delete_feedcode",
)
GRANTED = {
    FRONT_DESK: (*DESK, "clinic.view_blockedtime"),
    MANAGER: (*DESK, *READ, *FIX),
    AUDITOR: READ,
    ADMIN: ("integrations.*", "clinic.view_blockedtime"),
}


def give(apps: Any, schema_editor: Any) -> None:
    grant(apps, GRANTED, using=schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("staff", "0016_calls_in_the_admin"), ("integrations", "0001_initial"), ("clinic", "0014_feeds")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
