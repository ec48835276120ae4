"""Senders, alarms and unusable numbers in the admin: looked at here, moved by buttons."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from core.buttons import Button, LooksOnly, WithButtons
from messaging import numbers, stopping
from messaging.models import Alarm, Oddity, Sender, SenderStatus, UnusableNumber


@admin.register(Sender)
class SenderAdmin(WithButtons, LooksOnly):
    intro = _("Our own numbers and addresses, and whether the provider lets them send.")
    list_display = ["name", "status", "code", "stopped_at"]
    fields = ["name", "status", "code", "stopped_at", "free_at"]
    list_filter = ["status"]
    search_fields = ["name"]
    search_help_text = _("Our number or address.")
    ordering = ["name", "pk"]
    buttons = (
        Button(
            label=_("The cause is cured: send again"),
            verb=stopping.restart,
            id_name="sender_id",
            permission="messaging.change_sender",
            states={SenderStatus.STOPPED},
            done=_("Texts leave again."),
        ),
    )


@admin.register(Alarm)
class AlarmAdmin(LooksOnly):
    intro = _("What somebody had to look at, when it was raised and who cleared it.")
    list_display = ["raised_at", "kind", "subject", "code", "cleared_at", "cleared_by"]
    list_filter = ["kind", ("cleared_at", admin.EmptyFieldListFilter)]
    search_fields = ["subject", "=code"]
    search_help_text = _("What it was about, or the provider's code.")
    ordering = ["-raised_at", "-pk"]


@admin.register(UnusableNumber)
class UnusableNumberAdmin(WithButtons, LooksOnly):
    intro = _("Numbers and addresses that the network says it cannot reach: nothing goes there.")
    list_display = ["since", "channel", "phone", "code", "lifted_at"]
    fields = ["channel", "phone", "code", "since", "lifted_at"]
    list_filter = ["channel", ("lifted_at", admin.EmptyFieldListFilter)]
    search_fields = ["phone"]
    search_help_text = _("The number or address, or a part of it.")
    ordering = ["-since", "-pk"]
    buttons = (
        Button(
            label=_("This address can be reached"),
            verb=numbers.use_again,
            id_name="number_id",
            permission="messaging.change_unusablenumber",
            states={"unusable"},
            done=_("It is used again."),
        ),
    )


@admin.register(Oddity)
class OddityAdmin(LooksOnly):
    intro = _("What the provider said that we do not know, and how often.")
    list_display = ["what", "word", "times", "last_seen_at"]
    list_filter = ["what"]
    search_fields = ["word"]
    search_help_text = _("The word that we do not know.")
    ordering = ["-last_seen_at", "-pk"]
