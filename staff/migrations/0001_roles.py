"""What each role of the clinic may do."""

from typing import Any

from django.db import migrations

from staff.roles import ADMIN, AUDITOR, FRONT_DESK, MANAGER, grant

LOOK = (
    "clinic.view_clinic",
    "clinic.view_provider",
    "clinic.view_visittype",
    "clinic.view_patient",
    "clinic.view_appointment",
    "waitlist.view_waitlistentry",
    "waitlist.view_availability",
    "offers.view_cancellation",
    "offers.view_round",
    "offers.view_offer",
    "messaging.view_message",
    "messaging.view_suppression",
)
DAILY = (
    *LOOK,
    "clinic.add_patient",
    "clinic.change_patient",
    "clinic.add_appointment",
    "clinic.change_appointment",
    "waitlist.add_waitlistentry",
    "waitlist.change_waitlistentry",
    "waitlist.add_availability",
    "waitlist.change_availability",
    "waitlist.delete_availability",
    "offers.add_cancellation",
    "offers.change_cancellation",
    "messaging.change_message",
)
GRANTED = {
    FRONT_DESK: DAILY,
    MANAGER: (
        *DAILY,
        "clinic.add_clinic",
        "clinic.change_clinic",
        "clinic.add_provider",
        "clinic.change_provider",
        "clinic.add_visittype",
        "clinic.change_visittype",
        "core.view_auditevent",
    ),
    AUDITOR: (*LOOK, "messaging.view_providerevent", "core.view_auditevent"),
    ADMIN: (
        "clinic.*",
        "waitlist.*",
        "offers.*",
        "messaging.*",
        "core.*",
        "auth.*",
        "admin.*",
        "authtoken.*",
        "axes.*",
        "django_celery_beat.*",
    ),
}


def make(apps: Any, schema_editor: Any) -> None:
    grant(apps, GRANTED, using=schema_editor.connection.alias)


def unmake(apps: Any, schema_editor: Any) -> None:
    apps.get_model("auth", "Group").objects.filter(name__in=list(GRANTED)).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("core", "__first__"),
        ("clinic", "__first__"),
        ("waitlist", "__first__"),
        ("messaging", "__first__"),
        ("offers", "__first__"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("authtoken", "0003_tokenproxy"),
        ("axes", "0010_accessattemptexpiration"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]

    operations = [migrations.RunPython(make, unmake)]
