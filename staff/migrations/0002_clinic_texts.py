"""Who may read a clinic's own words, and who may write them."""

from typing import Any

from django.db import migrations

from staff.roles import ADMIN, AUDITOR, FRONT_DESK, MANAGER, grant

LOOK = ("offers.view_clinictext",)
WRITE = (*LOOK, "offers.add_clinictext", "offers.change_clinictext")
GRANTED = {FRONT_DESK: LOOK, AUDITOR: LOOK, MANAGER: WRITE, ADMIN: (*WRITE, "offers.delete_clinictext")}


def give(apps: Any, schema_editor: Any) -> None:
    grant(apps, GRANTED, using=schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("staff", "0001_roles"), ("offers", "0003_clinic_texts")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
