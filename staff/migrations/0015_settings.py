"""Who sees whom a clinic in shadow would have asked, and what is kept of old texts."""

from typing import Any

from django.db import migrations

from staff.roles import ADMIN, AUDITOR, FRONT_DESK, MANAGER, grant

LOOK = ("offers.view_shadowoffer",)
GRANTED = {
    FRONT_DESK: LOOK,
    MANAGER: LOOK,
    AUDITOR: (*LOOK, "messaging.view_redaction"),
    ADMIN: ("offers.view_shadowoffer",),
}


def give(apps: Any, schema_editor: Any) -> None:
    grant(apps, GRANTED, using=schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("staff", "0014_calendar"), ("offers", "0011_shadow"), ("messaging", "0013_tests")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
