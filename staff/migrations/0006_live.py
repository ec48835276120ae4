"""What open boards are told about: slots, questions, and texts that need a person.

Not every step of every text: a commit that notifies waits for every other that does, and a delivery mark that
is seen some seconds later harms nobody.
"""

from django.db import migrations

MAKE = """
CREATE FUNCTION staff_board_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('board', '');
    RETURN NULL;
END $$;
CREATE TRIGGER board_slot AFTER INSERT OR DELETE OR UPDATE OF status, next_step_at, waiting_for
    ON offers_cancellation FOR EACH ROW EXECUTE FUNCTION staff_board_changed();
CREATE TRIGGER board_offer AFTER UPDATE OF status, hold_expires_at
    ON offers_offer FOR EACH ROW EXECUTE FUNCTION staff_board_changed();
CREATE TRIGGER board_attention AFTER UPDATE OF attention, attention_done_at ON messaging_message
    FOR EACH ROW WHEN (OLD.attention <> NEW.attention OR OLD.attention_done_at IS DISTINCT FROM NEW.attention_done_at)
    EXECUTE FUNCTION staff_board_changed();
"""
UNMAKE = """
DROP TRIGGER board_slot ON offers_cancellation;
DROP TRIGGER board_offer ON offers_offer;
DROP TRIGGER board_attention ON messaging_message;
DROP FUNCTION staff_board_changed();
"""


class Migration(migrations.Migration):
    dependencies = [("staff", "0005_places"), ("offers", "0006_wrong_numbers"), ("messaging", "0006_tally")]

    operations = [migrations.RunSQL(MAKE, UNMAKE)]
