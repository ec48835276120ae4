"""Who opens the status page: whoever answers for the texts."""

from typing import Any

from django.db import migrations

from staff.roles import ADMIN, AUDITOR, MANAGER, grant

LOOK = ("messaging.view_tally",)
GRANTED = {MANAGER: LOOK, AUDITOR: LOOK, ADMIN: LOOK}


def give(apps: Any, schema_editor: Any) -> None:
    grant(apps, GRANTED, using=schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("staff", "0003_roles_for_sending"), ("messaging", "0006_tally")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
