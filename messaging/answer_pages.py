"""The page behind the link in an e-mail. To look at it does nothing; only its buttons do."""

from __future__ import annotations

import functools
import secrets
from collections.abc import Callable

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from core import gone
from messaging import answer_words, answering
from messaging.models import Message

MOST_IN_A_MINUTE = 30
MINUTE = 60


def _of_mail(view: Callable[[HttpRequest, Message, str], HttpResponse]) -> Callable[..., HttpResponse]:
    """Only what is about an e-mail of ours, and not more often than anybody needs."""

    # No cookie guards these: the signed link does, and nobody else knows it. A mail program has no cookie
    # (RFC 8058, section 3.1).
    @csrf_exempt
    @never_cache
    @require_http_methods(["GET", "HEAD", "POST"])
    @functools.wraps(view)
    def found(request: HttpRequest, token: str) -> HttpResponse:
        message = answering.message_of(token)
        if message is None:
            return gone.page(request)
        return HttpResponse(status=429) if _asks_too_often(message) else view(request, message, token)

    return found


@_of_mail
def answer(request: HttpRequest, message: Message, token: str) -> HttpResponse:
    """The message with its buttons, and what came of the last answer."""
    if request.method != "POST":
        return _page(request, message, token)
    word, form = request.POST.get("word", ""), request.POST.get("form", "")[:64]
    try:
        answering.answer(message=message, word=word, form=form, now=timezone.now())
    except answering.NoSuchWord:
        return _page(request, message, token, status=422)
    return HttpResponseRedirect(reverse("answer", args=[token]))


@_of_mail
def stop(request: HttpRequest, message: Message, token: str) -> HttpResponse:
    """One click, or one POST of a mail program, and no more e-mail goes to this address."""
    if request.method == "POST":
        answering.stop(message=message, now=timezone.now())
    return _page(request, message, token)


def _page(request: HttpRequest, message: Message, token: str, *, status: int = 200) -> HttpResponse:
    page, words = answering.page_of(message), answer_words.of(message.language)
    values = {"page": page, "words": words, "buttons": words.buttons(page.asks), "token": token}
    values["form"] = secrets.token_urlsafe(12)
    response = render(request, "answer/page.html", values, status=status)
    response["X-Robots-Tag"] = "noindex"
    return response


def _asks_too_often(message: Message) -> bool:
    """Whether this process was asked for this page more than anybody needs to within a minute."""
    key = f"answer:{message.uuid}"
    cache.add(key, 0, MINUTE)
    try:
        return cache.incr(key) > MOST_IN_A_MINUTE
    except ValueError:
        # It ended between the two.
        return False
