"""Who lets programs in: admins alone, as a program does whatever its account may."""

from typing import Any

from django.db import migrations

from staff.roles import ADMIN, grant

GRANTED = {ADMIN: tuple(f"oauth2_provider.{verb}_application" for verb in ("view", "add", "change", "delete"))}


def give(apps: Any, schema_editor: Any) -> None:
    grant(apps, GRANTED, using=schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("staff", "0018_ehr"), ("oauth2_provider", "0022_refreshtoken_token_family_index")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
