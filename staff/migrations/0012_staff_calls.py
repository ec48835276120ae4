"""Open boards are told of calls by staff, too; and whoever administers may all with them."""

from typing import Any

from django.db import migrations

from staff.roles import ADMIN, grant

MAKE = """
CREATE TRIGGER board_call AFTER INSERT OR UPDATE
    ON offers_staffcall FOR EACH ROW EXECUTE FUNCTION staff_board_changed();
"""
UNMAKE = "DROP TRIGGER board_call ON offers_staffcall;"


def give(apps: Any, schema_editor: Any) -> None:
    grant(apps, {ADMIN: ("offers.*",)}, using=schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("staff", "0011_language"), ("offers", "0010_staff_calls")]

    operations = [
        migrations.RunSQL(MAKE, UNMAKE),
        migrations.RunPython(give, migrations.RunPython.noop),
    ]
