"""Who sees how the waitlist does: whoever answers for it. Figures by provider are not for every desk."""

from typing import Any

from django.db import migrations

from staff.roles import ADMIN, AUDITOR, MANAGER, grant

LOOK = ("offers.view_analytics",)
GRANTED = {MANAGER: LOOK, AUDITOR: LOOK, ADMIN: (*LOOK, "ops.view_metrics")}


def give(apps: Any, schema_editor: Any) -> None:
    grant(apps, GRANTED, using=schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("staff", "0006_live"), ("offers", "0008_figures"), ("ops", "0002_metrics")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
