"""Who sees clinic files and notices and who keeps hours; open pages are told of a new notice."""

from typing import Any

from django.db import migrations

from staff.roles import ADMIN, AUDITOR, FRONT_DESK, MANAGER, grant

KEPT = ("providerhours", "closure", "resource")
LOOK = ("clinic.view_clinicfile", "clinic.view_notice", *(f"clinic.view_{name}" for name in KEPT))
KEEP = tuple(f"clinic.{verb}_{name}" for verb in ("add", "change", "delete") for name in KEPT)
GRANTED = {FRONT_DESK: LOOK, MANAGER: (*LOOK, *KEEP), AUDITOR: LOOK, ADMIN: ("clinic.*",)}

MAKE = """
CREATE TRIGGER board_notice AFTER INSERT OR UPDATE OF read_at ON clinic_notice
    FOR EACH STATEMENT EXECUTE FUNCTION staff_board_changed();
"""
UNMAKE = "DROP TRIGGER board_notice ON clinic_notice;"


def give(apps: Any, schema_editor: Any) -> None:
    grant(apps, GRANTED, using=schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("staff", "0013_records"), ("clinic", "0012_files_notices_hours")]

    operations = [
        migrations.RunPython(give, migrations.RunPython.noop),
        migrations.RunSQL(MAKE, UNMAKE),
    ]
