"""The logical keys under which one message may exist once each: by whichever channel, and once more.

"confirmation:7" went first, "confirmation:7#2" once more, "confirmation:7#email" by the next channel.
"""

from __future__ import annotations

from core.channels import Channel

# No key begins so: what stands behind it says which try it is.
BY = "#"
# No key of another text ends so: "taken:2" is the second offer's first text.
SECOND_TIME = f"{BY}2"


def over(key: str, channel: str) -> str:
    """The key of the same message over another channel."""
    return f"{key.partition(BY)[0]}{BY}{channel}"


def everywhere(key: str) -> list[str]:
    """Every key that the same message may have, by whichever channel."""
    first = key.partition(BY)[0]
    return [first, *(over(first, channel) for channel in Channel)]


def tries(key: str) -> list[str]:
    """Every key that the same message may have, its second times with them."""
    return [found + time for found in everywhere(key) for time in ("", SECOND_TIME)]
