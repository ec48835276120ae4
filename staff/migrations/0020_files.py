"""Who hands in files of patients and of visits, and who takes them away as files."""

from typing import Any

from django.db import migrations

from staff.roles import ADMIN, FRONT_DESK, MANAGER, grant

PUT = ("clinic.import_patient", "clinic.import_appointment")
BOTH = (*PUT, "clinic.export_patient", "clinic.export_appointment")
GRANTED = {FRONT_DESK: PUT, MANAGER: BOTH, ADMIN: BOTH}


def give(apps: Any, schema_editor: Any) -> None:
    grant(apps, GRANTED, using=schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("staff", "0019_programs"), ("clinic", "0015_file_permissions")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
