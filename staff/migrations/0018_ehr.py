"""Who sees to the bookings that an EHR has to learn of, and who connects one."""

from typing import Any

from django.db import migrations

from staff.roles import ADMIN, AUDITOR, FRONT_DESK, MANAGER, grant

DESK = ("integrations.view_writeback", "integrations.change_writeback")
GRANTED = {
    FRONT_DESK: DESK,
    MANAGER: DESK,
    AUDITOR: ("integrations.view_writeback",),
    ADMIN: (
        *DESK,
        *(
            f"integrations.{act}_{name}"
            for act in ("view", "add", "change", "delete")
            for name in ("outlet",)
        ),
        *(f"integrations.{act}_drchronoaccount" for act in ("view", "change")),
        "integrations.view_drchronocursor",
        "integrations.view_drchronorecord",
    ),
}


def give(apps: Any, schema_editor: Any) -> None:
    grant(apps, GRANTED, using=schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("staff", "0017_feeds"), ("integrations", "0002_writing_back")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
