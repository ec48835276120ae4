"""A token for a FHIR server by SMART backend services: client credentials, proved by a key pair.

https://hl7.org/fhir/smart-app-launch/backend-services.html
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT

from integrations.writing_back import http
from integrations.writing_back.orders import Then, Unknown

# The longest that the standard allows an assertion to hold.
ASSERTION_SECONDS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Who asks for a token where. `private_key` is PEM; the server knows its public half."""

    token_url: str
    client_id: str
    private_key: str
    algorithm: str = "RS384"
    scope: str = "system/Appointment.read system/Appointment.write"


def token(client: Client, *, timeout: float) -> str | Unknown:
    """An access token, or what is known where there is none: no order has been sent in that case."""
    expires = {"exp": int(time.time()) + ASSERTION_SECONDS}
    # A new object each time: it keeps the number of its first assertion, and a second use is refused.
    proof = PrivateKeyJWT(client.token_url, claims=expires, alg=client.algorithm)
    with OAuth2Session(client.client_id, client.private_key, token_endpoint_auth_method=proof) as session:
        try:
            found = session.fetch_token(
                client.token_url,
                grant_type="client_credentials",
                scope=client.scope,
                timeout=timeout,
            )
        except requests.HTTPError as error:
            passing = error.response is not None and error.response.status_code >= http.SERVER_ERRORS
            return Unknown("no token", Then.REPEAT if passing else Then.PERSON)
        except requests.RequestException:
            return Unknown("no token", Then.REPEAT)
        except (AuthlibBaseError, ValueError):
            # Refused, or our key cannot be read: neither goes away by itself.
            return Unknown("no token", Then.PERSON)
    return str(found["access_token"]) if found.get("access_token") else Unknown("no token", Then.PERSON)
