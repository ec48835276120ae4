"""The page behind the link in an e-mail. To look at it does nothing; only its buttons do."""

from __future__ import annotations

import secrets

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from messaging import answering, mails
from messaging.models import Message

MOST_IN_A_MINUTE = 30
MINUTE = 60


# No cookie guards these: the signed link does, and nobody else knows it. A mail program has no cookie
# (RFC 8058, section 3.1).
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """The message with its buttons, and what came of the last answer."""
    message = answering.message_of(token)
    if message is None:
        return _nothing()
    if _asks_too_often(message):
        return HttpResponse(status=429)
    if request.method != "POST":
        return _page(request, message, token)
    word, form = request.POST.get("word", ""), request.POST.get("form", "")[:64]
    try:
        answering.answer(message=message, word=word, form=form, now=timezone.now())
    except answering.NoSuchWord:
        return _page(request, message, token, status=422)
    return HttpResponseRedirect(reverse("answer", args=[token]))


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """One click, or one POST of a mail program, and no more e-mail goes to this address."""
    message = answering.message_of(token)
    if message is None:
        return _nothing()
    if _asks_too_often(message):
        return HttpResponse(status=429)
    if request.method == "POST":
        answering.stop(message=message, now=timezone.now())
    return _page(request, message, token)


def _page(request: HttpRequest, message: Message, token: str, *, status: int = 200) -> HttpResponse:
    language = message.language if message.language in mails.LANGUAGES else mails.LANGUAGES[0]
    values = {"page": answering.page_of(message), "token": token, "form": secrets.token_urlsafe(12)}
    response = render(request, f"answer/{language}.html", values, status=status)
    response["X-Robots-Tag"] = "noindex"
    return response


def _nothing() -> HttpResponse:
    return HttpResponse(status=404)


def _asks_too_often(message: Message) -> bool:
    """Whether this process was asked for this page more than anybody needs to within a minute."""
    key = f"answer:{message.uuid}"
    cache.add(key, 0, MINUTE)
    try:
        return cache.incr(key) > MOST_IN_A_MINUTE
    except ValueError:
        # It ended between the two.
        return False
