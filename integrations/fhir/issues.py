"""What is wrong with a resource and where, in words that repeat nothing of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Issue:
    """One line of an OperationOutcome: `code` is FHIR's kind of issue, `where` a FHIRPath."""

    code: str
    text: str
    where: str = ""


class Unfit(Exception):
    """A body that is no resource of FHIR R4, with every reason that was found."""

    def __init__(self, *issues: Issue) -> None:
        super().__init__(f"{issues[0].code} at {issues[0].where}")
        self.issues = issues


def path(base: str, *steps: str | int) -> str:
    """`base` and the steps below it as a FHIRPath: Appointment.participant[0].actor."""
    return base + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
