"""How long each page takes and how it ends: what django-prometheus measures, less what nobody asks for.

Two of its two dozen metrics, under its names: the others cost every webhook time, and its own middleware
costs a hop between threads under ASGI. Labels are the name of the view, the method and the status, never an
address.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import sync_and_async_middleware
from django_prometheus.conf import PROMETHEUS_LATENCY_BUCKETS
from django_prometheus.middleware import Metrics
from prometheus_client import Counter, Histogram

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# The webhook answers in a few milliseconds: the usual first step of 10 ms would tell nothing of it.
BUCKETS = (0.0025, 0.005, *PROMETHEUS_LATENCY_BUCKETS)


class Timings(Metrics):
    """The two metrics, once in a process."""

    _instance = None

    def register(self) -> None:
        self.latency = self.register_metric(
            Histogram,
            "django_http_requests_latency_seconds_by_view_method",
            "Seconds from the first middleware to the answer, by view.",
            ["view", "method"],
            buckets=BUCKETS,
        )
        self.responses = self.register_metric(
            Counter,
            "django_http_responses_total_by_status_view_method",
            "Answers by status and view.",
            ["status", "view", "method"],
        )

    def observe(self, request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
        """Count one answer. An address that leads nowhere has no view and no name."""
        match = request.resolver_match
        view = (match.view_name if match else "") or "<unnamed view>"
        method = request.method if request.method in METHODS else "<invalid method>"
        self.latency.labels(view=view, method=method).observe(seconds)
        self.responses.labels(status=str(response.status_code), view=view, method=method).inc()


Answer = Callable[[HttpRequest], Any]


@sync_and_async_middleware
def timed(get_response: Answer) -> Answer:
    """The outermost middleware: what it measures is what the other side waits for, the network aside."""
    timings = Timings.get_instance()
    if iscoroutinefunction(get_response):

        async def answer_async(request: HttpRequest) -> HttpResponseBase:
            began = time.perf_counter()
            awaited: Awaitable[HttpResponseBase] = get_response(request)
            response = await awaited
            timings.observe(request, response, time.perf_counter() - began)
            return response

        return answer_async

    def answer(request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        response: HttpResponseBase = get_response(request)
        timings.observe(request, response, time.perf_counter() - began)
        return response

    return answer
