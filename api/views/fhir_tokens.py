"""The endpoint where programs get their access tokens (OAuth 2, client credentials)."""

from __future__ import annotations

from typing import Any

from django.db import DataError
from django.http import HttpResponse, JsonResponse
from drf_spectacular.utils import extend_schema
from oauth2_provider.views import TokenView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from api.fhir.access import TokenThrottle


class TokenDoor(APIView):
    """Few tries for each address; what is asked is read by django-oauth-toolkit."""

    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = [TokenThrottle]
    metadata_class = None

    @extend_schema(exclude=True)
    def post(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            answer: HttpResponse = TokenView.as_view()(request._request)
        except (ValueError, DataError):
            # A character that no text column takes.
            answer = JsonResponse({"error": "invalid_request"}, status=400)
        answer.headers["Cache-Control"] = "no-store"
        return answer
