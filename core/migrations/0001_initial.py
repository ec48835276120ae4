from django.db import migrations, models

# One function, two triggers: rows are refused one by one, and TRUNCATE, which fires no row trigger, as a whole.
REFUSE = """
CREATE FUNCTION core_auditevent_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER auditevent_append_only BEFORE UPDATE OR DELETE ON core_auditevent
    FOR EACH ROW EXECUTE FUNCTION core_auditevent_refuse();
CREATE TRIGGER auditevent_no_truncate BEFORE TRUNCATE ON core_auditevent
    FOR EACH STATEMENT EXECUTE FUNCTION core_auditevent_refuse();
"""
ALLOW = """
DROP TRIGGER auditevent_no_truncate ON core_auditevent;
DROP TRIGGER auditevent_append_only ON core_auditevent;
DROP FUNCTION core_auditevent_refuse();
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="AuditEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("actor", models.CharField(help_text="A username, or “system”.", max_length=150)),
                ("verb", models.CharField(max_length=60)),
                ("object_type", models.CharField(max_length=60)),
                ("object_id", models.CharField(max_length=64)),
                ("reason", models.TextField(blank=True)),
                ("data", models.JSONField(blank=True, default=dict)),
                ("ip", models.GenericIPAddressField(blank=True, null=True)),
            ],
            options={
                "default_permissions": ("view",),
                "indexes": [
                    models.Index(fields=["object_type", "object_id", "id"], name="auditevent_of_object"),
                    models.Index(fields=["at"], name="auditevent_by_time"),
                ],
            },
        ),
        migrations.RunSQL(REFUSE, ALLOW),
    ]
