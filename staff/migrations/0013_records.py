"""Who hands in a file of patients, and who takes the list away as one."""

from typing import Any

from django.db import migrations

from staff.roles import ADMIN, AUDITOR, FRONT_DESK, MANAGER, grant

LOOK = ("waitlist.view_invitation",)
PUT = (*LOOK, "waitlist.import_waitlist")
GRANTED = {FRONT_DESK: PUT, MANAGER: (*PUT, "waitlist.export_waitlist"), AUDITOR: LOOK, ADMIN: ("waitlist.*",)}


def give(apps: Any, schema_editor: Any) -> None:
    grant(apps, GRANTED, using=schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("staff", "0012_staff_calls"), ("waitlist", "0002_invitations")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
