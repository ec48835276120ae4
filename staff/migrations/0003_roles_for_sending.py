"""Who sees senders, pauses and alarms, and who moves them."""

from typing import Any

from django.db import migrations

from staff.roles import ADMIN, AUDITOR, FRONT_DESK, MANAGER, grant

LOOK = (
    "messaging.view_sender",
    "messaging.view_pause",
    "messaging.view_alarm",
    "messaging.view_unusablenumber",
    "messaging.view_oddity",
)
# Whoever sees that wrong texts go out may stop them.
BRAKE = ("messaging.add_pause", "messaging.change_pause")
GRANTED = {
    FRONT_DESK: (*LOOK, *BRAKE, "messaging.change_unusablenumber"),
    MANAGER: (*LOOK, *BRAKE, "messaging.change_unusablenumber", "messaging.change_sender"),
    AUDITOR: LOOK,
    ADMIN: ("messaging.*",),
}


def make(apps: Any, schema_editor: Any) -> None:
    grant(apps, GRANTED, using=schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [
        ("staff", "0002_clinic_texts"),
        ("messaging", "0002_senders_pauses_alarms"),
    ]

    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
