from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.request import Request
from rest_framework.response import Response

from api import reads
from api.filters import WaitlistEntryFilter
from api.serializers.waitlist import WaitlistEntrySerializer, changes, wish
from api.views.base import Resource
from waitlist import joining
from waitlist.states import EntryStatus

SET_STATUS: dict[str, Callable[..., Any]] = {
    EntryStatus.WAITING: joining.resume,
    EntryStatus.PAUSED: joining.pause,
    EntryStatus.REMOVED: joining.remove,
}


@extend_schema(tags=["waitlist"])
class WaitlistEntryViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, Resource):
    """Who wants an earlier time, with the score as of now."""

    holds_patients = True
    queryset = reads.waitlist_entries()
    serializer_class = WaitlistEntrySerializer
    filterset_class = WaitlistEntryFilter
    ordering_fields = ["joined_at", "manual_boost", "urgent"]
    action_permissions = {
        "list": "waitlist.view_waitlistentry",
        "retrieve": "waitlist.view_waitlistentry",
        "create": "waitlist.add_waitlistentry",
        "partial_update": "waitlist.change_waitlistentry",
    }

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "now": timezone.now()}

    def create(self, request: Request) -> Response:
        """Put a patient on the list."""
        joined = joining.join(wish=wish(self.checked()), by=self.actor, now=timezone.now())
        return self.answer(joined.pk, status.HTTP_201_CREATED)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a wish; or, in a request of its own, set `status` to waiting, paused or removed."""
        entry = self.get_object()
        data = self.checked(entry, partial=True)
        who_when: dict[str, Any] = {"by": self.actor, "now": timezone.now()}
        if "status" in data:
            SET_STATUS[data["status"]](entry_id=entry.pk, **who_when)
        else:
            joining.edit(entry_id=entry.pk, changes=changes(data), **who_when)
        return self.answer(entry.pk)
