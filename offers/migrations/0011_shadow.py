"""Shadow: a slot is as its clinic was, nobody is asked for one in shadow, and no text of such a clinic leaves.

Triggers, as each rule looks at a row of another table. What they find is one row by its primary key.
"""

import django.db.models.deletion
from django.db import migrations, models

MAKE = """
CREATE FUNCTION offers_slot_as_its_clinic() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.is_shadow <> OLD.is_shadow THEN
        RAISE EXCEPTION 'slot_shadow_is_for_ever: slot %', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'INSERT' AND NOT NEW.is_shadow
        AND EXISTS (SELECT FROM clinic_clinic WHERE id = NEW.clinic_id AND is_shadow) THEN
        RAISE EXCEPTION 'slot_in_shadow: clinic %', NEW.clinic_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER slot_as_its_clinic BEFORE INSERT OR UPDATE OF is_shadow ON offers_cancellation
    FOR EACH ROW EXECUTE FUNCTION offers_slot_as_its_clinic();

CREATE FUNCTION offers_nobody_asked_in_shadow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM offers_cancellation WHERE id = NEW.cancellation_id AND is_shadow) THEN
        RAISE EXCEPTION 'offer_in_shadow: slot %', NEW.cancellation_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER offer_none_in_shadow BEFORE INSERT OR UPDATE OF cancellation_id ON offers_offer
    FOR EACH ROW EXECUTE FUNCTION offers_nobody_asked_in_shadow();

CREATE FUNCTION offers_no_text_of_shadow_slot() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM offers_cancellation
        WHERE id = (NEW.related ->> 'cancellation')::bigint AND is_shadow) THEN
        RAISE EXCEPTION 'text_in_shadow: slot %', NEW.related ->> 'cancellation'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER text_none_of_shadow_slot BEFORE INSERT ON messaging_message
    FOR EACH ROW WHEN (NEW.direction = 'outbound' AND NEW.related ? 'cancellation')
    EXECUTE FUNCTION offers_no_text_of_shadow_slot();

CREATE FUNCTION offers_no_text_leaves_shadow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM clinic_clinic WHERE id = (NEW.related ->> 'clinic')::bigint AND is_shadow) THEN
        RAISE EXCEPTION 'text_leaves_shadow: text %', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER text_none_leaves_shadow BEFORE INSERT OR UPDATE OF status ON messaging_message
    FOR EACH ROW WHEN (NEW.direction = 'outbound' AND NEW.status = 'sending' AND NEW.kind <> 'test'
        AND NEW.related ? 'clinic')
    EXECUTE FUNCTION offers_no_text_leaves_shadow();
"""
UNMAKE = """
DROP TRIGGER text_none_leaves_shadow ON messaging_message;
DROP TRIGGER text_none_of_shadow_slot ON messaging_message;
DROP TRIGGER offer_none_in_shadow ON offers_offer;
DROP TRIGGER slot_as_its_clinic ON offers_cancellation;
DROP FUNCTION offers_no_text_leaves_shadow();
DROP FUNCTION offers_no_text_of_shadow_slot();
DROP FUNCTION offers_nobody_asked_in_shadow();
DROP FUNCTION offers_slot_as_its_clinic();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('clinic', '0013_shadow'),
        ('messaging', '0013_tests'),
        ("offers", "0010_staff_calls"),
        ('waitlist', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ShadowOffer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('phone', models.CharField(blank=True, max_length=16)),
                ('rank', models.PositiveIntegerField()),
                ('score', models.SmallIntegerField()),
                ('hold_expires_at', models.DateTimeField()),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'question in shadow',
                'verbose_name_plural': 'questions in shadow',
                'default_permissions': ('view',),
            },
        ),
        migrations.AddField(
            model_name='cancellation',
            name='is_shadow',
            field=models.BooleanField(db_default=False, default=False, editable=False, verbose_name='in shadow'),
        ),
        migrations.AlterField(
            model_name='cancellation',
            name='unfilled_reason',
            field=models.CharField(blank=True, choices=[('', '–'), ('nobody_left', 'Nobody left to ask'), ('too_late', 'Too late to ask anybody'), ('call', 'Nobody may be texted in time: call them'), ('shadow', 'Shadow: nobody was texted')], default='', max_length=12),
        ),
        migrations.AddConstraint(
            model_name='cancellation',
            constraint=models.CheckConstraint(condition=models.Q(('is_shadow', False), models.Q(('status', 'offering'), _negated=True), _connector='OR'), name='cancellation_shadow_asks_nobody'),
        ),
        migrations.AddField(
            model_name='shadowoffer',
            name='cancellation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='shadow_offers', to='offers.cancellation'),
        ),
        migrations.AddField(
            model_name='shadowoffer',
            name='entry',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='waitlist.waitlistentry'),
        ),
        migrations.AddField(
            model_name='shadowoffer',
            name='patient',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='clinic.patient'),
        ),
        migrations.AddField(
            model_name='shadowoffer',
            name='round',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='shadow_offers', to='offers.round'),
        ),
        migrations.AddIndex(
            model_name='shadowoffer',
            index=models.Index(fields=['created_at'], name='shadow_offer_lately_made'),
        ),
        migrations.AddConstraint(
            model_name='shadowoffer',
            constraint=models.UniqueConstraint(fields=('cancellation', 'entry'), name='shadow_offer_once_per_entry'),
        ),
        migrations.RunSQL(MAKE, UNMAKE),
    ]
