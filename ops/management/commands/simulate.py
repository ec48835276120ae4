"""The simulated phones from the shell: answer as a patient, and decide what the network does."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from requests import RequestException

from core import phone
from messaging import fates
from messaging.fates import Conditions, Fate
from messaging.gateways import simulated_callbacks, simulated_network, simulated_phones, simulated_replies
from messaging.gateways.simulated_callbacks import Forced


class Command(BaseCommand):
    help = (
        "Answer as a patient on a simulated phone, set the network of one phone or of all, or let the"
        " provider report the last text to a phone."
        " Examples: manage.py simulate reply --phone +13125550142 --body YES;"
        " manage.py simulate network --fate undelivered --code 30005;"
        " manage.py simulate force --phone +13125550142 --as delivered"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        reply = verbs.add_parser("reply", help="text back, through the signed webhook of the running server")
        reply.add_argument("--phone", required=True, help="whose phone, like +13125550142")
        reply.add_argument("--body", default="", help="the words")
        reply.add_argument("--picture", action="store_true", help="with a picture, or one alone")
        network = verbs.add_parser("network", help="what becomes of the next texts")
        network.add_argument("--phone", help="whose phone; every phone if left out")
        network.add_argument("--fate", choices=[fate.value for fate in Fate], default=Fate.DELIVERED.value)
        network.add_argument("--code", default="", help="error code of what is undelivered or refused")
        network.add_argument("--delay", type=int, default=0, help="seconds that texts and callbacks take")
        network.add_argument("--late", type=int, default=0, help="seconds by which a late callback is late")
        network.add_argument("--as-all", action="store_true", help="give this phone the network of all again")
        force = verbs.add_parser("force", help="let the provider report the last text to a phone now")
        force.add_argument("--phone", required=True, help="whose phone, like +13125550142")
        force.add_argument("--as", dest="forced", choices=[forced.value for forced in Forced], required=True)
        force.add_argument("--code", default="30005", help="error code of what is undelivered")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.USE_MOCK_TWILIO:
            raise CommandError("Texts go to a real provider: there are no simulated phones.")
        number = _number(options["phone"])
        doing = {"reply": _reply, "network": _network, "force": _force}
        self.stdout.write(doing[options["verb"]](number, options))


def _number(written: str | None) -> str:
    if written is None:
        return simulated_network.EVERY_PHONE
    try:
        return phone.normalise(written)
    except ValidationError as error:
        raise CommandError(f"--phone: {error.message}") from None


def _reply(number: str, options: dict[str, Any]) -> str:
    body, pictures = options["body"], int(options["picture"])
    if not body.strip() and not pictures:
        raise CommandError("--body: type an answer, or send a picture with --picture.")
    try:
        simulated_replies.answer(from_number=number, body=body, pictures=pictures, now=timezone.now())
    except RequestException:
        raise CommandError(
            f"The answer did not get through to {settings.PUBLIC_URL}; it is fetched within two minutes of"
            " the server's start."
        ) from None
    return f"{phone.mask(number)} has answered."


def _network(number: str, options: dict[str, Any]) -> str:
    if options["as_all"]:
        if not number:
            raise CommandError("--as-all: name the --phone.")
        simulated_network.forget(number=number)
        return f"{phone.mask(number)} has the network of all phones."
    conditions = Conditions(
        fate=Fate(options["fate"]),
        error_code=options["code"],
        delay_seconds=options["delay"],
        late_seconds=options["late"],
    )
    try:
        if number:
            simulated_network.set_for(number=number, conditions=conditions, now=timezone.now())
        else:
            simulated_network.set_for_all(conditions=conditions, now=timezone.now())
    except fates.BadConditions as bad:
        raise CommandError(bad.message) from None
    return f"{phone.mask(number) if number else 'Every phone'}: {conditions.fate} from the next text on."


def _force(number: str, options: dict[str, Any]) -> str:
    forced = Forced(options["forced"])
    text_id = simulated_phones.last_of_ours(number)
    try:
        simulated_callbacks.force(
            text_id=text_id, forced=forced, error_code=options["code"], now=timezone.now()
        )
    except simulated_callbacks.CannotForce as refusal:
        raise CommandError(str(refusal)) from None
    return f"The last text to {phone.mask(number)}: {forced}, within {settings.SWEEP_SECONDS:g} seconds."
