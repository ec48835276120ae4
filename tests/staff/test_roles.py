from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib.auth.models import Group

from staff.roles import ADMIN, AUDITOR, FRONT_DESK, MANAGER, ROLES, grant
from tests.factories import role

pytestmark = pytest.mark.django_db


def may(name: str) -> set[str]:
    permissions = role(name).permissions.select_related("content_type")
    return {f"{permission.content_type.app_label}.{permission.codename}" for permission in permissions}


def test_the_migrations_make_every_role() -> None:
    role(ADMIN)
    assert set(Group.objects.values_list("name", flat=True)) == set(ROLES)


def test_an_auditor_looks_and_does_nothing_else() -> None:
    assert {name.split(".")[1].split("_")[0] for name in may(AUDITOR)} == {"view"}
    assert "core.view_auditevent" in may(AUDITOR)


def test_the_front_desk_does_the_days_work_and_arranges_nothing() -> None:
    desk = may(FRONT_DESK)
    assert {"offers.change_cancellation", "clinic.add_appointment", "waitlist.add_waitlistentry"} <= desk
    assert not desk & {"clinic.change_clinic", "clinic.change_provider", "core.view_auditevent"}
    assert not any(name.startswith("auth.") for name in desk)


def test_a_manager_may_all_that_the_front_desk_may_and_arranges_the_clinic() -> None:
    assert may(FRONT_DESK) < may(MANAGER)
    assert {"clinic.change_clinic", "clinic.add_provider", "core.view_auditevent"} <= may(MANAGER)


def test_an_admin_may_all_that_the_others_may_and_keeps_the_users() -> None:
    assert may(FRONT_DESK) | may(MANAGER) | may(AUDITOR) < may(ADMIN)
    assert {"auth.add_user", "auth.change_group", "authtoken.add_token"} <= may(ADMIN)


def test_a_permission_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(LookupError, match=r"clinic\.fly"):
        grant(apps, {FRONT_DESK: ["clinic.fly"]}, using="default")


def test_roles_that_a_test_has_emptied_come_back_as_they_were() -> None:
    before = may(FRONT_DESK)
    Group.objects.all().delete()
    assert may(FRONT_DESK) == before
