"""What each figure of analytics is called and counts: the one definition, which page and API show. Pure."""

from core.marking import Sentence
from core.marking import marked as _
from offers.figures import ENOUGH_PEOPLE

TITLES = {
    "logged": _("Slots logged"),
    "withdrawn_in_grace": _("Withdrawn within the grace"),
    "withdrawn_later": _("Withdrawn later"),
    "undecided": _("Too young to judge"),
    "counted": _("Slots counted"),
    "in_time": _("Filled within 2 hours"),
    "settled": _("Slots settled"),
    "filled": _("Filled"),
    "by_text": _("Filled by text"),
    "by_phone": _("Filled by staff"),
    "to_call": _("Unfilled, staff told to call"),
    "unfilled": _("Unfilled for another reason"),
    "by_hand": _("Filled by hand, or to be"),
    "handed_over": _("Texts handed over"),
    "delivered": _("Texts delivered"),
    "not_delivered": _("Texts not delivered"),
    "unreported": _("Texts without a report"),
    "taken": _("“Taken” texts"),
    "for_a_person": _("Answers for a person"),
    "considered": _("Considered"),
    "asked": _("Asked"),
    "answered": _("Answered"),
    "won": _("Won"),
    "depth": _("People who fitted a slot, median"),
    "thin": Sentence(_("Slots that fewer than %(people)s people fitted"), people=ENOUGH_PEOPLE),
    "rounds": _("Slots for which the list was looked at"),
    "fill_time": _("Minutes to fill"),
    "reply_time": _("Minutes to answer"),
    "offers_per_fill": _("Questions for each slot filled"),
    "taken_per_fill": _("“Taken” texts for each slot filled"),
    "moved": _("Winners who gave up a later visit"),
    "days_gained": _("Days gained"),
}
MEANINGS = {
    "logged": _("Slots logged on these days, each on the day that the clinic’s own clock showed."),
    "withdrawn_in_grace": _("Withdrawn before the first text could go: a slip. In no percentage."),
    "withdrawn_later": _("Withdrawn by staff after that, or given away in the calendar. In no percentage."),
    "undecided": _("Logged less than two hours ago and still being offered: not judged yet."),
    "counted": _("The slots that could be filled in time: logged, less withdrawn and undecided ones."),
    "in_time": _(
        "Of the slots counted, those filled at most two hours after they were logged, the grace"
        " included. One that was filled twice counts with its last booking."
    ),
    "settled": _("Slots that have come to an end: filled or unfilled."),
    "filled": _("Slots that somebody has now, by text or by hand."),
    "by_text": _("Filled by somebody’s answer to a question of ours, standbys among them."),
    "by_phone": _("Filled by staff, who booked somebody they spoke to."),
    "to_call": _("Unfilled, because nobody who fitted might be texted in time: staff were told to call."),
    "unfilled": _("Nobody who fitted was left, or it had become too late to ask."),
    "by_hand": _("Of the slots settled, those filled by staff and those that staff were told to call about."),
    "handed_over": _(
        "Texts about these slots that we tried to hand to the provider, of every kind; those still"
        " in the queue, and those dropped because they were of no more use, are not among them."
    ),
    "delivered": _(
        "Of the texts handed over, those that the carrier reports as delivered. Without a report a"
        " text counts as not delivered."
    ),
    "not_delivered": _("Texts that the provider refused or the carrier could not deliver."),
    "unreported": _("Texts handed over of which no report has come."),
    "taken": _("Of the texts handed over, those that told somebody that the time is taken."),
    "for_a_person": _("Answers about these slots that a person had to read."),
    "considered": _("Everybody on the list who was looked at for a slot, in the fullest of its rounds."),
    "asked": _("Those to whom a text with the question was handed over."),
    "answered": _("Of those asked, those who answered anything, in time or late, by text or by phone."),
    "won": _("Of those asked, those who have the visit now."),
    "depth": _("How many people fitted a slot, and might be asked, in its first round."),
    "thin": Sentence(
        _(
            "Slots for which fewer than %(people)s people fitted; about so many are needed to fill 8 of"
            " 10, where one in nine takes an offer."
        ),
        people=ENOUGH_PEOPLE,
    ),
    "rounds": _("Slots with at least one round; one that was withdrawn first, or filled by staff, has none."),
    "fill_time": _(
        "From the logging of a slot to the booking that stands; half of the slots took no longer"
        " than the median."
    ),
    "reply_time": _("From the handing over of a question to its first answer by text."),
    "offers_per_fill": _("Questions handed over for these slots, for each slot filled."),
    "taken_per_fill": _("How many people were disappointed for each slot filled."),
    "days_gained": _(
        "By how many days the visits of those who won came forward, on the clinic’s calendar. Only"
        " those who gave up a later visit count."
    ),
    "moved": _("Winners who gave up a later visit."),
}
