"""The one look at what holds texts back: pauses, senders and their rates, unusable numbers, barred words.

What is held stays in the queue as a row. A claim looks once, after its gate, in one statement (`take`); the
sweep leaves out beforehand what a claim would refuse (`due`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from core import prepared
from messaging import gate, numbers, senders
from messaging.errors import CARRIER_FILTERED
from messaging.models import Message, Pause, Sender, SenderStatus
from messaging.senders import Route
from messaging.states import MessageStatus

# Twilio fails whatever goes beyond this between two numbers.
MOST_TO_A_PHONE = 30
TO_A_PHONE_WITHIN = timedelta(seconds=30)


class Held(Exception):
    """The text must not leave now. Raised within the claim, so that what its gate did is undone.

    `verdict` None: the row stays as it is, and leaves when whoever holds it lets go.
    """

    def __init__(self, verdict: gate.Later | gate.Skip | None) -> None:
        super().__init__()
        self.verdict = verdict


def take(message: Message, *, route: Route, now: datetime) -> None:
    """Let the claimed text leave by `route`, with one of its tokens where it has a rate. Raises Held.

    The caller has written the claim, so that the sender's row, the last in the order of locks, is held for
    no longer than the commit takes.
    """
    params: dict[str, Any] = {
        "now": now,
        "clinic": message.related.get("clinic"),
        "sender": route.name,
        "channel": message.channel,
        "to": message.to,
        "body": message.body,
        "lately": now - TO_A_PHONE_WITHIN,
        "most": MOST_TO_A_PHONE,
    }
    sql = _LOOK
    if route.per_second:
        sql = _LOOK_AND_TAKE
        params |= {"gap": route.gap, "slack": route.slack, "priority": message.priority}
        params["carries_all"] = route.carries_all
    with prepared.cursor() as cursor:
        cursor.execute(sql, params)
        names = [column.name for column in cursor.description]
        seen = dict(zip(names, cursor.fetchone(), strict=True))
    _judge(seen, route, now)


def _judge(seen: Mapping[str, Any], route: Route, now: datetime) -> None:
    if seen["unusable"]:
        raise Held(gate.Skip("unusable_number"))
    if seen["barred"]:
        raise Held(gate.Skip("barred_words"))
    if seen["paused"] or seen["status"] == SenderStatus.STOPPED:
        raise Held(None)
    if seen["lately"] > MOST_TO_A_PHONE:
        raise Held(gate.Later(seen["first_lately"] + TO_A_PHONE_WITHIN))
    if route.per_second and not seen["taken"]:
        free_at = seen["free_at"] or now
        raise Held(gate.Later(max(free_at - route.slack, now + route.gap)))


def due(*, now: datetime, at_once: int) -> list[int]:
    """The ids of the texts that may leave at `now`, the most urgent first: none that is held."""
    queued = Message.objects.filter(status=MessageStatus.QUEUED, next_attempt_at__lte=now)
    if not queued.exists():
        return []
    found: list[tuple[int, datetime, int]] = []
    stored = {sender.name: sender for sender in Sender.objects.all()}
    # What a channel left behind that is off now is found as well: its claim says so.
    lots = [(Q(channel__in=senders.off()), at_once)]
    for route in senders.routes():
        lots.append((route.carries, _room(route, stored.get(route.name), at_once, now)))
    for carried, room in lots:
        rows = not_paused(queued.filter(carried)).order_by("priority", "next_attempt_at", "pk")
        found += rows.values_list("priority", "next_attempt_at", "pk")[:room]  # type: ignore[arg-type]
    return [pk for _, _, pk in sorted(found)[:at_once]]


def not_paused(messages: QuerySet[Message]) -> QuerySet[Message]:
    """Those of the texts that no pause holds back."""
    paused = set(Pause.objects.filter(ended_at=None).values_list("clinic_id", flat=True))
    if None in paused:
        return messages.none()
    # Without the key the comparison is null, and what is null is neither in nor out.
    held = Q(related__has_key="clinic", related__clinic__in=sorted(filter(None, paused)))
    return messages.exclude(held) if paused else messages


def _room(route: Route, sender: Sender | None, at_once: int, now: datetime) -> int:
    """For how many texts, `at_once` at most, the sender has tokens at `now`."""
    if sender is not None and sender.status == SenderStatus.STOPPED:
        return 0
    if not route.per_second:
        return at_once
    ahead = max(sender.free_at - now, timedelta(0)) if sender else timedelta(0)
    return min(at_once, max(0, math.floor((route.slack - ahead) / route.gap) + 1))


_LOOK = f"""
    SELECT
        EXISTS (SELECT FROM messaging_pause p
            WHERE p.ended_at IS NULL AND (p.clinic_id IS NULL OR p.clinic_id = %(clinic)s)) AS paused,
        EXISTS (SELECT FROM messaging_message m WHERE m."to" = %(to)s
            AND m.error_code = '{CARRIER_FILTERED}' AND (m.body = %(body)s OR m.words_sha256 =
                encode(sha256(convert_to(%(body)s, 'UTF8')), 'hex'))) AS barred,
        {numbers.IS_UNUSABLE.format(phone="%(to)s", channel="%(channel)s")} AS unusable,
        (SELECT s.status FROM messaging_sender s WHERE s.name = %(sender)s) AS status,
        (SELECT s.free_at FROM messaging_sender s WHERE s.name = %(sender)s) AS free_at,
        pair.lately, pair.first_lately
    FROM (SELECT count(*) AS lately, min(last.call_started_at) AS first_lately
        FROM (SELECT m.call_started_at FROM messaging_message m WHERE m."to" = %(to)s
            ORDER BY m.id DESC LIMIT 2 * %(most)s) last
        WHERE last.call_started_at > %(lately)s) pair
"""  # noqa: S608 - constants of ours

# A text takes no token while a more urgent one of the same sender is due: offers go first. One that a pause
# holds does not count, or it would hold back the others for as long as the pause lasts.
_LOOK_AND_TAKE = f"""
    WITH look AS ({_LOOK}), urgent AS (
        SELECT EXISTS (SELECT FROM messaging_message m
            WHERE m.status = 'queued' AND m.channel = %(channel)s
                AND m.priority < %(priority)s AND m.next_attempt_at <= %(now)s
                AND (%(carries_all)s OR m.kind <> 'offer')
                AND NOT EXISTS (SELECT FROM messaging_pause p WHERE p.ended_at IS NULL
                    AND p.clinic_id = (m.related ->> 'clinic')::bigint)) AS waits
    ), taken AS (
        INSERT INTO messaging_sender AS s (name, status, code, free_at)
        SELECT %(sender)s, 'running', '', %(now)s + %(gap)s FROM look, urgent
        WHERE NOT (look.paused OR look.barred OR look.unusable OR urgent.waits) AND look.lately <= %(most)s
        ON CONFLICT (name) DO UPDATE SET free_at = greatest(s.free_at, %(now)s) + %(gap)s
            WHERE s.status = 'running' AND s.free_at <= %(now)s + %(slack)s
        RETURNING 1
    )
    SELECT look.*, EXISTS (SELECT FROM taken) AS taken FROM look
"""  # noqa: S608 - constants of ours
