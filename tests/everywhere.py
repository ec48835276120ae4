"""Every address of the project that only looks, about the first of everything in a crowd."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from django.contrib import admin
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from staff import urls
from tests.crowd import Crowd
from tests.factories import UserFactory, in_hours
from tests.messaging import mailing
from tests.staff.addresses import address
from tests.staff.test_pages_shape import POSTED
from waitlist import links

Ask = Callable[[Client], Any]
SEARCHED = {"patients": "typed", "waitlist-find": "name", "appointment-find": "name", "slot-fill": "name"}
# What is posted so that no address holds it, and changes nothing.
LOOKS = (
    "appointment-conflicts",
    "appointment-move-conflicts",
    "clinic-text-preview",
    "messages-count",
    "slot-preview",
)
# A stream that never ends, and a choice.
NO_PAGE = ("live", "language")
OF_API = {
    "clinic": "clinic",
    "provider": "provider",
    "visit-type": "visit type",
    "resource": "resource",
    "patient": "patient",
    "waitlist-entry": "entry",
    "appointment": "visit",
    "clinic-file": "file",
    "notice": "notice",
    "cancellation": "slot",
    "greeting": "greeting",
    "feed": "source",
    "message": "answer",
    "Appointment": "visit",
    "Patient": "patient",
    "Slot": "slot",
}
# Every other address below FHIR's, where there is nothing.
NOTHING = {"elsewhere"}


def got(url: str, **query: Any) -> Ask:
    return lambda browser: browser.get(url, query)


def posted(url: str, **data: Any) -> Ask:
    return lambda browser: browser.post(url, data)


def of_staff() -> list[URLPattern]:
    """Every page and part of a page that is read."""
    return [pattern for pattern in urls.urlpatterns if pattern.name not in (*POSTED, *NO_PAGE)]


def pages(crowd: Crowd) -> dict[str, Ask]:
    """Every page of staff about the first patient, wish, visit, slot and clinic, and every search."""
    asked = {str(pattern.name): got(address(pattern, crowd.first("entry"))) for pattern in of_staff()}
    clinic, day = crowd.first("clinic").pk, f"{crowd.first('visit').starts_at:%Y-%m-%d}"
    asked |= {
        f"{name} of a day": got(reverse(name), clinic=clinic, on=day)
        for name in ("appointments", "appointments-csv")
    }
    asked |= {f"messages {tab}": got(reverse("messages"), tab=tab) for tab in ("failed", "all")}
    asked |= {
        f"{name} found": posted(
            reverse(name, args=[crowd.first("slot").pk] if name.startswith("slot") else []),
            **{field: "First"},
            find="1",
        )
        for name, field in SEARCHED.items()
    }
    said = crowd.first("answer").pk
    asked |= {name: got(reverse(name, args=[said])) for name in ("messages-talk", "messages-talk-rows")}
    for kind in ("slot", "unfilled slot", "shadow slot"):
        asked[kind] = got(reverse("slot", args=[crowd.first(kind).pk]))
    return asked | looks(crowd)


def looks(crowd: Crowd) -> dict[str, Ask]:
    """What pages ask for while somebody types."""
    typed = _booking(crowd) | {"starts_at": f"{in_hours(900):%Y-%m-%dT%H:%M}", "body": "Hello"}
    of = {pattern.name: pattern for pattern in urls.urlpatterns}
    return {name: posted(address(of[name], crowd.first("entry")), **typed) for name in LOOKS}


def _booking(crowd: Crowd) -> dict[str, Any]:
    who = {"clinic": "clinic", "provider": "provider", "visit_type": "visit type", "patient": "patient"}
    return {name: crowd.first(kind).pk for name, kind in who.items()}


def of_patients(crowd: Crowd) -> dict[str, str]:
    """The pages behind the links that patients are sent, and the one that asks staff who they are."""
    message = mailing.page_of(mailing.sent())
    return {
        "own-page": f"/my/{links.token_of(crowd.first('invitation').key)}/",
        "answer": message,
        "answer-stop": f"{message}stop/",
        "login": "/login/",
    }


def walked(resolver: Any, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every pattern below, with all that its address begins with."""
    for part in resolver.url_patterns:
        if isinstance(part, URLPattern):
            yield f"{before}{part.pattern}", part
        else:
            yield from walked(part, f"{before}{part.pattern}")


def of_api(crowd: Crowd) -> dict[str, Ask]:
    """Everything that the API lets be read: the router says which, and so do views."""
    at = {"starts_at": f"{in_hours(900):%Y-%m-%dT%H:%M:%SZ}"}
    needed = {
        "appointment-conflicts": _booking(crowd) | at,
        "appointment-move-conflicts": at,
        "metrics-summary": {"from": "2026-01-01", "to": "2026-01-31"},
        "Appointments": {"_count": 100},
        "Slots": {"_count": 100},
    }
    asked = {}
    for _, pattern in walked(get_resolver("api.urls")):
        name = str(pattern.name)
        view: Any = pattern.callback
        is_read = "get" in (getattr(view, "actions", None) or dir(view.cls))
        if is_read and name not in NOTHING:
            query = needed.get(name, {"page_size": 200} if name.endswith("-list") else {})
            asked[name] = got(_in_api(pattern, crowd), **query)
    return asked


def _in_api(pattern: URLPattern, crowd: Crowd) -> str:
    name, held = str(pattern.name), re.findall(r"<(?:str:)?(pk|name)>", str(pattern.pattern))
    # A clinic's file begins as a clinic does.
    about = max((start for start in OF_API if name.startswith(start)), key=len, default="")
    return reverse(f"api:{name}", kwargs={key: crowd.first(OF_API[about]).pk for key in held})


def of_admin(crowd: Crowd) -> dict[str, str]:
    """The admin's lists, and the page and the history of the first row of each kind."""
    found = {"index": reverse("admin:index")}
    for model in admin.site._registry:
        found[model._meta.label] = _in_admin(model, "changelist")
    for kind, rows in crowd.rows.items():
        if type(rows[0]) in admin.site._registry:
            for page in ("change", "history"):
                found[f"{page} of {kind}"] = _in_admin(type(rows[0]), page, rows[0].pk)
    return found


def of_admin_to_see(crowd: Crowd) -> list[str]:
    """Its pages as they look: of each model the list, a record where there is one, and an empty form."""
    browser = Client()
    browser.force_login(UserFactory.create(is_superuser=True, is_staff=True))
    forms = [_in_admin(model, "add") for model in admin.site._registry]
    firsts = {type(rows[0]): rows[0] for rows in reversed(crowd.rows.values())}
    records = [
        _in_admin(model, "change", row.pk) for model, row in firsts.items() if model in admin.site._registry
    ]
    lists = [_in_admin(model, "changelist") for model in admin.site._registry]
    own = [reverse(f"admin:{name}") for name in ("index", "password_change")]
    can_be_filled_in = [path for path in forms if browser.get(path).status_code == 200]
    return [*own, *lists, *records, *can_be_filled_in]


def _in_admin(model: Any, page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)
