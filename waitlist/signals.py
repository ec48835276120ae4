"""What the waitlist tells the rooms above it. Sent inside the verb's transaction, with ids only."""

from django.dispatch import Signal

# entry_id: the entry has just come to wait, or can come at other times than before.
entry_waiting = Signal()
# entry_id: the entry must not be asked any more.
entry_left = Signal()
