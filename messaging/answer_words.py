"""The words of the page behind the link in an e-mail: in the language of that e-mail, whoever opens it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

FALLBACK = "en"
# How a button looks: what is wanted, what is as good, and what ends something.
_LOOKS = {"yes": "primary", "confirm": "primary", "keep": "primary", "cancel": "outline-danger"}
_LOOK = "outline-primary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """`word` is what is posted: see messaging.answering.WORDS."""

    word: str
    label: str
    look: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the page says in one language."""

    language: str
    title: str
    waiting: str
    look_again: str
    has_stopped: str
    stop: str
    labels: Mapping[str, str]

    def buttons(self, asks: Iterable[str]) -> list[Button]:
        """A button for each of these words, in their order."""
        return [Button(word=word, label=self.labels[word], look=_LOOKS.get(word, _LOOK)) for word in asks]


_ALL = {
    "en": Words(
        language="en",
        title="Your answer",
        waiting="Thank you, we are reading your answer.",
        look_again="See what came of it",
        has_stopped="We send no more e-mail to this address.",
        stop="Stop all e-mail",
        labels={
            "yes": "Yes",
            "no": "No",
            "confirm": "I confirm",
            "cannot": "I cannot come",
            "cancel": "Cancel my visit",
            "keep": "Keep my visit",
            "start": "Send me e-mail again",
        },
    ),
    "es": Words(
        language="es",
        title="Su respuesta",
        waiting="Gracias, estamos leyendo su respuesta.",
        look_again="Ver qué resultó",
        has_stopped="Ya no mandamos correos a esta dirección.",
        stop="No recibir más correos",
        labels={
            "yes": "Sí",
            "no": "No",
            "confirm": "Confirmo",
            "cannot": "No puedo ir",
            "cancel": "Cancelar mi cita",
            "keep": "Conservar mi cita",
            "start": "Mándenme correos otra vez",
        },
    ),
}


def of(language: str) -> Words:
    """The words in this language, else in English."""
    return _ALL.get(language, _ALL[FALLBACK])
