"""The database itself refuses to change or delete a review, a resolution, or loaded rules."""

from django.db import migrations

TABLES = ("approval_sitereview", "approval_blockresolution", "approval_countyrules")


def _install(apps, schema_editor):
    for table in TABLES:
        if schema_editor.connection.vendor == "postgresql":
            _postgresql(schema_editor, table)
        else:
            _sqlite(schema_editor, table)


def _sqlite(schema_editor, table):
    for verb in ("UPDATE", "DELETE"):
        schema_editor.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, 'a review is never changed'); END"
        )


def _postgresql(schema_editor, table):
    schema_editor.execute(
        "CREATE OR REPLACE FUNCTION approval_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'a review is never changed'; END $$"
    )
    schema_editor.execute(
        f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION approval_refuse()"
    )


def _remove(apps, schema_editor):
    for table in TABLES:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_kept ON {table}")
        else:
            for verb in ("update", "delete"):
                schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb}")


class Migration(migrations.Migration):
    dependencies = [("approval", "0001_initial")]
    operations = [migrations.RunPython(_install, _remove)]
