"""One pass of everything due; cron can replace beat with it."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from clinic import attending
from integrations import emptying, handling, watching
from messaging import alarms, fetching, inbox, purging, reconciling, redacting, tallying
from messaging import sweeping as outgoing
from messaging.gateways import simulated_callbacks, simulated_push
from offers import calling_off
from offers import sweeping as slots
from outreach import greeting, greeting_settling, settling
from outreach import sending as reminders


class Command(BaseCommand):
    help = "Do everything that is due, once. Example: manage.py sweep"

    def handle(self, *args: Any, **options: Any) -> None:
        fetched = fetching.fetch_all(now=timezone.now())
        read = inbox.sweep(now=timezone.now())
        answered = slots.sweep_answers(now=timezone.now())
        handled = handling.sweep(clock=timezone.now)
        steps = slots.sweep_slots(now=timezone.now())
        calling_off.sweep(now=timezone.now())
        reminded = reminders.sweep(clock=timezone.now)
        greeted = greeting.dispatch(clock=timezone.now)[greeting.HANDED_OVER]
        sent = outgoing.sweep_outbox(clock=timezone.now)
        settled = reconciling.sweep(now=timezone.now())
        settling.sweep(now=timezone.now())
        greeting_settling.sweep(now=timezone.now())
        missed = attending.sweep_missed(now=timezone.now())
        alarms.sweep(now=timezone.now())
        tallying.sweep(now=timezone.now())
        watching.watch(now=timezone.now())
        simulated_callbacks.sweep(clock=timezone.now)
        simulated_push.sweep(now=timezone.now())
        purged = purging.purge_due(clock=timezone.now)
        emptying.empty_due(clock=timezone.now)
        redacted = redacting.sweep(clock=timezone.now)
        self.stdout.write(
            f"{read} events read, {answered} texts answered, {handled} messages of feeds handled,"
            f" {steps} slot steps, {reminded} reminders due,"
            f" {greeted} greetings due, {sent} texts out, {missed} no-shows,"
            f" {settled} unclear texts settled, {purged.emptied} old texts emptied here and"
            f" {redacted} at the provider, {fetched} lost texts fetched."
        )
