"""What a file was handed in for."""

from django.db import migrations, models


def _free(apps, schema_editor):
    """Let the column go: SQLite drops none that a guard names; guards come back by themselves."""
    if schema_editor.connection.vendor != "sqlite":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'files_file'"
        )
        names = [row[0] for row in cursor.fetchall()]
    for name in names:
        schema_editor.execute(f'DROP TRIGGER "{name}"')


class Migration(migrations.Migration):
    dependencies = [("files", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="file",
            name="purpose",
            field=models.CharField(blank=True, default="", max_length=200, verbose_name="用途"),
        ),
        migrations.RunPython(migrations.RunPython.noop, _free),
    ]
