"""Who may call what: every action names its permission, and what is not named is refused."""

from __future__ import annotations

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView


class NamedPermission(BasePermission):
    """Lets those in who have the Django permission that the view set's `action_permissions` names."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not request.user.is_authenticated:
            return False
        named: dict[str, str] = getattr(view, "action_permissions", {})
        action = getattr(view, "action", None)
        if action is None:
            # A method this path does not have: DRF answers 405, which tells nobody anything.
            return True
        permission = named.get(action)
        return permission is not None and request.user.has_perm(permission)
