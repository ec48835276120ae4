from django.db import migrations

COLUMNS = ("entry_ids", "reasons", "parts")


def _set_storage(how: str) -> str:
    return "ALTER TABLE offers_round " + ", ".join(f"ALTER {name} SET STORAGE {how}" for name in COLUMNS)


class Migration(migrations.Migration):
    """Keep the arrays of a decision uncompressed: packing 100,000 verdicts took longer than making them."""

    dependencies = [("offers", "0001_initial")]
    operations = [migrations.RunSQL(_set_storage("EXTERNAL"), _set_storage("EXTENDED"))]
