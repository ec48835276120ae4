"""What messaging tells the rooms above it. Sent inside the verb's transaction, with ids only."""

from django.dispatch import Signal

# message_id: a text of somebody else's has been read in.
message_received = Signal()
# message_id: a text of ours will certainly not arrive. A receiver that sends it by another way answers true.
message_failed = Signal()
# message_id: a text of ours that was doubted, or said to be lost, has arrived after all.
message_arrived = Signal()
# message_id: a call of ours is over that somebody heard.
call_ended = Signal()
# suppression_id: the number has just opted out, or wants texts again.
number_opted_out = Signal()
number_opted_in = Signal()
