from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from tests.factories import MessageFactory

pytestmark = pytest.mark.django_db


def test_a_message_is_shown_as_the_contract_says(desk: APIClient) -> None:
    message = MessageFactory(related={"cancellation": 3, "offer": 5}, from_number="+12025550100")
    shown = desk.get(f"/api/v1/messages/{message.pk}/").json()
    assert shown.pop("created_at").endswith("Z")
    assert shown == {
        "id": message.pk,
        "direction": "outbound",
        "kind": "offer",
        "channel": "sms",
        "to": message.to,
        "from": "+12025550100",
        "body": message.body,
        "status": "queued",
        "twilio_sid": None,
        "error_code": "",
        "related": {"cancellation": 3, "offer": 5, "patient": None},
        "template": "",
        "permission": None,
        "sent_at": None,
        "delivered_at": None,
    }


@pytest.mark.parametrize(
    "query", ["cancellation=3", "patient=9", "kind=taken", "status=handled", "direction=inbound", "offer=5"]
)
def test_messages_are_filtered(desk: APIClient, query: str) -> None:
    MessageFactory(related={"cancellation": 30, "patient": 90})
    wanted = MessageFactory(
        related={"cancellation": 3, "patient": 9, "offer": 5},
        kind="taken",
        status="handled",
        direction="inbound",
    )
    rows = desk.get(f"/api/v1/messages/?{query}").json()["results"]
    assert [row["id"] for row in rows] == [wanted.pk]
