"""Faults of e-mail, WhatsApp and the order of channels."""

from tests.faults import Fault

CHANNELS = "tests/offers/test_channels.py::"
WHATSAPP = "tests/offers/test_whatsapp.py::TestWhatsApp::"
ANSWERING = "tests/messaging/test_answering.py::"

FAULTS = (
    Fault(
        "a message that failed goes twice by one channel",
        "offers/falling_back.py",
        "if draft and draft.channel not in tried",
        "if draft and draft.channel != message.channel",
        WHATSAPP + "test_nothing_goes_twice_by_the_channel_that_it_took_first",
    ),
    Fault(
        "to look at an e-mail's page answers it",
        "messaging/answer_pages.py",
        '    if request.method == "POST":\n        answering.stop(',
        "    if request.method:\n        answering.stop(",
        ANSWERING + "test_to_look_never_acts_since_mail_scanners_follow_links",
    ),
    Fault(
        "an e-mail that was lost after DATA is sent again",
        "messaging/gateways/mail.py",
        "return Unclear(type(error).__name__) if begun else NotProcessed(type(error).__name__)",
        "return NotProcessed(type(error).__name__)",
        "tests/messaging/test_mail.py::test_an_e_mail_of_which_nobody_knows_is_never_sent_again",
    ),
    Fault(
        "a rate of texts holds e-mail back",
        "messaging/senders.py",
        "return Q(channel=self.channel) & self.kinds",
        "return Q(channel=Channel.SMS) & self.kinds",
        "tests/messaging/test_mail.py::test_a_rate_of_texts_holds_no_e_mail_and_the_other_way_round",
    ),
    Fault(
        "a seat is free while the next channel is tried",
        "offers/expiring.py",
        "return asked.filter(gone__isnull=False, others=None)",
        "return asked.filter(gone__isnull=False)",
        CHANNELS
        + "TestFallingBack::test_a_text_that_can_never_arrive_goes_by_the_next_channel_and_keeps_its_seat",
    ),
)
