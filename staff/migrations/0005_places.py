"""Who sees every clinic; and whoever worked before clinics had members goes on where they were."""

from typing import Any

from django.db import migrations

from staff.roles import ADMIN, AUDITOR, FRONT_DESK, MANAGER, grant

EVERYWHERE = ("clinic.view_every_clinic",)
GRANTED = {AUDITOR: EVERYWHERE, ADMIN: EVERYWHERE}


def give(apps: Any, schema_editor: Any) -> None:
    using = schema_editor.connection.alias
    grant(apps, GRANTED, using=using)
    users = apps.get_model("auth", "User").objects.using(using)
    clinics = list(apps.get_model("clinic", "Clinic").objects.using(using).all())
    Membership = apps.get_model("clinic", "Membership")
    for user in users.filter(groups__name__in=[FRONT_DESK, MANAGER]).distinct():
        rows = [Membership(user=user, clinic=clinic) for clinic in clinics]
        Membership.objects.using(using).bulk_create(rows, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("staff", "0004_status_page"), ("clinic", "0009_memberships")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
