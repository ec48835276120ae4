"""Numbers that must not be texted."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, prepared, transitions
from messaging.models import BY_CALL, Suppression
from messaging.signals import number_opted_in, number_opted_out

# As much of a text as is kept with a suppression; the text itself is a message.
WORDS = 160


# The row that silences whom a message is for.
OF_MESSAGE = """SELECT FROM messaging_suppression silent
    WHERE silent.phone = messaging_message."to" AND silent.lifted_at IS NULL"""


def is_suppressed(phone: str) -> bool:
    """Whether this number has opted out."""
    return suppressed_since(phone) is not None


def suppressed_since(phone: str) -> datetime | None:
    """When the text came (UTC) that opted this number out; None: it has not."""
    # Every text that comes or goes is looked up here: the ORM's wording would cost more than the look.
    sql = "SELECT since FROM messaging_suppression WHERE phone = %s AND lifted_at IS NULL"
    with prepared.cursor() as cursor:
        cursor.execute(sql, [phone])
        row = cursor.fetchone()
    return row[0] if row else None


@transaction.atomic
def suppress(*, phone: str, words: str, source: str, now: datetime) -> None:
    """Text this number no more, from this transaction on. Once is enough; a repeat changes nothing.

    Announced as `number_opted_out`: the rooms above keep their own account of it.
    """
    said = {"words": words[:WORDS], "source": source, "since": now}
    row, is_new = Suppression.objects.get_or_create(phone=phone, lifted_at=None, defaults=said)
    if is_new:
        number_opted_out.send(sender=Suppression, suppression_id=row.pk)


@transaction.atomic
def lift_on_word(*, suppression_id: int, words: str, by: str, now: datetime) -> None:
    """Somebody whom a key on a call silenced has told staff, in these words, that the number may be used.

    A landline texts no START. Whoever texted STOP has that way, and only by it does the provider, which
    keeps a list of its own, let texts through again. Nobody agrees by this to anything: consent is written
    down for the one patient who gave it. Raises StaleState where it was lifted, or is not to be lifted so.
    """
    rows = Suppression.objects.filter(pk=suppression_id, source=BY_CALL, lifted_at=None)
    if not rows.update(lifted_at=now, lifted_words=words[:WORDS]):
        raise transitions.StaleState(_("This number is not silenced by a call any more."))
    row = Suppression(pk=suppression_id)
    audit.record(actor=by, verb="number.silence_lifted", obj=row, at=now, reason=words[:WORDS])


@transaction.atomic
def lift(*, phone: str, words: str = "", now: datetime) -> bool:
    """The number's owner wants texts again; False where nothing was suppressed, or only since `now`.

    Announced as `number_opted_in`.
    """
    rows = Suppression.objects.select_for_update(no_key=True)
    # A START that was fetched late does not undo the STOP that came after it.
    row = rows.filter(phone=phone, lifted_at=None, since__lte=now).order_by("pk").first()
    if row is None:
        return False
    row.lifted_at, row.lifted_words = now, words[:WORDS]
    row.save(update_fields=["lifted_at", "lifted_words"])
    number_opted_in.send(sender=Suppression, suppression_id=row.pk)
    return True
