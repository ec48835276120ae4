"""What every resource shares."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from rest_framework import status
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from api.permissions import NamedPermission
from clinic import seeing
from core import looking, scoping


class Resource(GenericViewSet[Any]):
    """A door to one kind of record. Each action names its permission in `action_permissions`."""

    permission_classes = [IsAuthenticated, NamedPermission]
    action_permissions: dict[str, str] = {}
    # What an action is told, where that is not the record itself.
    action_serializers: dict[str, type[BaseSerializer[Any]]] = {}
    ordering = ["pk"]
    # Whoever reads these leaves a line in the audit trail.
    holds_patients = False
    lookup_value_regex = "[0-9]+"

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """What is said of patients stays in no cache."""
        final = super().finalize_response(request, response, *args, **kwargs)
        final.headers["Cache-Control"] = "no-store"
        if self.holds_patients and final.status_code == status.HTTP_200_OK:
            self._write_down_look(final)
        return final

    def get_object(self) -> Any:
        self._opened = super().get_object()
        return self._opened

    def _write_down_look(self, response: Response) -> None:
        now = timezone.now()
        if self.action == "list":
            rows: Any = response.data
            model, count = self.get_queryset().model, len(rows["results"])
            looking.rows(model, count=count, request=self.request, now=now)
        elif self.action in ("retrieve", "consents"):
            seeing.row(self._opened, request=self.request, now=now)

    def get_queryset(self) -> Any:
        return scoping.limit(super().get_queryset(), self.request.user)

    @property
    def actor(self) -> str:
        return str(self.request.user.get_username())

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        return self.action_serializers.get(self.action, super().get_serializer_class())

    def checked(self, instance: Any = None, *, partial: bool = False) -> dict[str, Any]:
        """The request's body as the action's serializer understands it; a 400 where it does not."""
        data: dict[str, Any] = self.serialized(self.request.data, instance, partial=partial).validated_data
        return data

    def serialized(self, data: Any, instance: Any = None, *, partial: bool = False) -> Any:
        """The action's serializer with what it has understood of `data`; a 400 where it does not."""
        serializer = self.get_serializer(instance, data=data, partial=partial)
        serializer.is_valid(raise_exception=True)
        return serializer

    def answer(self, pk: int, status: int = status.HTTP_200_OK) -> Response:
        """The record as it is now, in the resource's own shape."""
        record = self.get_queryset().get(pk=pk)
        shape = super().get_serializer_class()
        return Response(shape(record, context=self.get_serializer_context()).data, status=status)
