"""The roles of a clinic. A role is a group; what it may do is written by migrations through `grant`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.management import create_permissions

FRONT_DESK = "front desk"
MANAGER = "manager"
AUDITOR = "auditor"
ADMIN = "admin"
ROLES = (FRONT_DESK, MANAGER, AUDITOR, ADMIN)


def grant(apps: Any, granted: Mapping[str, Iterable[str]], *, using: str) -> None:
    """Give each role its permissions, "app.codename"; "app.*" is all of an app.

    `apps` is a migration's registry. Django makes permissions after the last migration only, so those of
    the apps named are made here first. Raises LookupError for a permission that does not exist.
    """
    for label in sorted({name.split(".")[0] for names in granted.values() for name in names}):
        config = apps.get_app_config(label)
        # A migration's registry holds models without their modules, and Django then makes nothing.
        if not hasattr(config, "models_module"):
            config.models_module = True
        create_permissions(config, apps=apps, verbosity=0, using=using)
    for role, names in granted.items():
        group, _ = apps.get_model("auth", "Group").objects.using(using).get_or_create(name=role)
        for name in names:
            group.permissions.add(*_permissions(apps, name, using))


def _permissions(apps: Any, name: str, using: str) -> list[Any]:
    label, codename = name.split(".")
    found = apps.get_model("auth", "Permission").objects.using(using).filter(content_type__app_label=label)
    if codename != "*":
        found = found.filter(codename=codename)
    permissions = list(found)
    if not permissions:
        raise LookupError(f"there is no permission {name}")
    return permissions
