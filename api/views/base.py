"""What every resource shares."""

from __future__ import annotations

from typing import Any

from rest_framework import status
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from api.permissions import NamedPermission
from core import scoping


class Resource(GenericViewSet[Any]):
    """A door to one kind of record. Each action names its permission in `action_permissions`."""

    permission_classes = [IsAuthenticated, NamedPermission]
    action_permissions: dict[str, str] = {}
    # What an action is told, where that is not the record itself.
    action_serializers: dict[str, type[BaseSerializer[Any]]] = {}
    ordering = ["pk"]
    lookup_value_regex = "[0-9]+"

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """What is said of patients stays in no cache."""
        final = super().finalize_response(request, response, *args, **kwargs)
        final.headers["Cache-Control"] = "no-store"
        return final

    def get_queryset(self) -> Any:
        return scoping.limit(super().get_queryset(), self.request.user)

    @property
    def actor(self) -> str:
        return str(self.request.user.get_username())

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        return self.action_serializers.get(self.action, super().get_serializer_class())

    def checked(self, instance: Any = None, *, partial: bool = False) -> dict[str, Any]:
        """The request's body as the action's serializer understands it; a 400 where it does not."""
        serializer = self.get_serializer(instance, data=self.request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        data: dict[str, Any] = serializer.validated_data
        return data

    def answer(self, pk: int, status: int = status.HTTP_200_OK) -> Response:
        """The record as it is now, in the resource's own shape."""
        record = self.get_queryset().get(pk=pk)
        shape = super().get_serializer_class()
        return Response(shape(record, context=self.get_serializer_context()).data, status=status)
