"""Who looks at calls by staff in the admin: whoever sees the slots that they are about."""

from typing import Any

from django.db import migrations

from staff.roles import ADMIN, AUDITOR, FRONT_DESK, MANAGER, grant

LOOK = ("offers.view_staffcall",)
GRANTED = {role: LOOK for role in (FRONT_DESK, MANAGER, AUDITOR, ADMIN)}


def give(apps: Any, schema_editor: Any) -> None:
    grant(apps, GRANTED, using=schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("staff", "0015_settings"), ("offers", "0010_staff_calls")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
