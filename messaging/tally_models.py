"""What the comparison of a day's texts came to."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class Tally(models.Model):
    """The texts handed over from `since` to `until`, counted by us, by the provider and by its callbacks.

    Only written where the provider has answered: an old `asked_at` says since when it has not.
    """

    since = models.DateTimeField()
    until = models.DateTimeField()
    asked_at = models.DateTimeField()
    ours = models.PositiveIntegerField(help_text="Texts of ours that have the provider's id.")
    provider = models.PositiveIntegerField(help_text="Texts that the provider says it had from us.")
    webhooks = models.PositiveIntegerField(help_text="Texts of which a status callback told.")
    provider_lacks = models.PositiveIntegerField(help_text="Ours, and the provider does not know them.")
    we_lack = models.PositiveIntegerField(help_text="The provider's, and we do not know them.")
    untold = models.PositiveIntegerField(help_text="Ours or the provider's, and no callback came.")
    strays = models.PositiveIntegerField(help_text="A callback came, and the text is nobody's.")

    class Meta:
        constraints = [
            # Also what the latest is found by; who compares a window anew replaces its row.
            models.UniqueConstraint(fields=["until", "since"], name="tally_once"),
            models.CheckConstraint(condition=Q(until__gt=F("since")), name="tally_ends_after_start"),
            # The same texts are known to both, from whichever side they are counted.
            models.CheckConstraint(
                condition=Q(ours=F("provider") + F("provider_lacks") - F("we_lack")), name="tally_adds_up"
            ),
            models.CheckConstraint(
                condition=Q(webhooks=F("ours") + F("we_lack") - F("untold") + F("strays")),
                name="tally_of_webhooks_adds_up",
            ),
        ]
        verbose_name_plural = "tallies"

    def __str__(self) -> str:
        return f"tally {self.pk}"

    @property
    def difference(self) -> int:
        """How many texts not all three know."""
        return self.provider_lacks + self.we_lack + self.untold + self.strays
