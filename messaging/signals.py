"""What messaging tells the rooms above it. Sent inside the verb's transaction, with ids only."""

from django.dispatch import Signal

# message_id: a text of somebody else's has been read in.
message_received = Signal()
# message_id: a text of ours will certainly not arrive.
message_failed = Signal()
# suppression_id: the number has just opted out, or wants texts again.
number_opted_out = Signal()
number_opted_in = Signal()
