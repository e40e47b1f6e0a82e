"""Puts the triggers in place by which the database refuses to change or delete a release."""

from django.db import migrations


def put_in_place(apps, schema_editor):
    from guotu.core.atlas import guards

    guards.install()


class Migration(migrations.Migration):
    dependencies = [("atlas", "0001_initial")]

    operations = [migrations.RunPython(put_in_place, migrations.RunPython.noop)]
