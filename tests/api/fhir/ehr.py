"""A program that speaks FHIR for a source: its clinic, its doctor and its kind of visit have codes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from clinic.models import Clinic, Provider, VisitType
from integrations.models import Source
from staff.roles import FRONT_DESK
from tests.factories import ClinicFactory, ProviderFactory, UserFactory, VisitTypeFactory
from tests.factories_of_feeds import FeedCodeFactory, SourceFactory
from tests.integrations.fhir.examples import EHR, Json

BASE = "/api/v1/fhir"
MEDIA = "application/fhir+json"


@dataclass(kw_only=True)
class Ehr:
    """Sends as the account that its source names."""

    clinic: Clinic = field(default_factory=ClinicFactory)
    kind: VisitType = field(default_factory=VisitTypeFactory)
    provider: Provider = field(init=False)
    source: Source = field(init=False)
    client: APIClient = field(default_factory=APIClient)

    def __post_init__(self) -> None:
        self.provider = ProviderFactory(clinics=[self.clinic])
        user = UserFactory(roles=[FRONT_DESK], clinics=(self.clinic,))
        self.source = SourceFactory(kind="fhir", clinics=[self.clinic], user=user)
        for kind, value, system, ours in (
            ("provider", "Practitioner/dr-4", "", {"provider": self.provider}),
            ("clinic", "Location/lake", "", {"clinic": self.clinic}),
            ("visit_type", "EX30", f"{EHR}/services", {"visit_type": self.kind}),
        ):
            FeedCodeFactory(source=self.source, kind=kind, value=value, system=system, **ours)
        token = Token.objects.create(user=user)
        self.client.credentials(HTTP_AUTHORIZATION=f"Token {token.key}")

    def post(self, resource: Json | bytes, path: str | None = None, *, media: str = MEDIA) -> Any:
        if isinstance(resource, bytes):
            body, kind = resource, "Appointment"
        else:
            body, kind = json.dumps(resource).encode(), str(resource.get("resourceType"))
        path = path if path is not None else ("" if kind == "Bundle" else f"/{kind}")
        sent: Any = body
        return self.client.generic("POST", f"{BASE}{path}", sent, content_type=media)
