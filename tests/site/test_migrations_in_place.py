"""Migrations run with data in place: every row is still there, and every guard is back."""

import datetime
import re
import shutil
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import shapely
from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, connection, models, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.models import CharField

from guotu.core.journal import guarding
from guotu.core.journal.actions import COUNTY, perform
from guotu.lib.geo.crs import frame_of
from tests.site.conftest import EAST, EPSG, NORTH, published

pytestmark = pytest.mark.django_db(transaction=True)
_TRIGGERS = {
    "sqlite": "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal",
}


@pytest.fixture
def filled(county, landuse_file):
    """Give a store with acts, a release, a kept file, a review and a lifted block."""
    published(landuse_file)
    perform("files.keep", COUNTY, name="note.txt", data=b"a note\n")
    from guotu.apps.approval import queries
    from guotu.apps.approval.rules import site_of
    from guotu.apps.approval.rules.reviewing import touch_of

    occasion = queries.occasion_on(datetime.date(2026, 1, 2))
    plot = np.array([shapely.box(EAST, NORTH, EAST + 30, NORTH + 30)], object)
    site = site_of(plot, ["1"], frame_of(EPSG), touch_of(queries.book(), occasion))
    held = queries.review_site(site, occasion)
    perform("approval.review_site", COUNTY, reviewed=held, name="试验")


def rows():
    """Return every row of every table, column by name: a rebuild may put columns in new order."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            names = [column[0] for column in cursor.description]
            read = [zip(names, map(_plain, row), strict=True) for row in cursor.fetchall()]
            found[table] = sorted(repr(sorted(row)) for row in read)
    del found["django_migrations"]
    return found


def _plain(value):
    return bytes(value) if isinstance(value, memoryview) else value


def triggers():
    """Return every trigger there is, and its table; marks follow the order of columns."""
    with connection.cursor() as cursor:
        cursor.execute(_TRIGGERS[connection.vendor])
        return sorted((re.sub(r"_[0-9a-f]{8}$", "", name), on) for name, on in cursor.fetchall())


def steps():
    """Return (app, migration before, migration) of every migration of ours that has one before."""
    graph = MigrationLoader(None).graph
    return [
        (app, before, name)
        for app, name in sorted(graph.nodes)
        if apps.get_app_config(app).name.startswith("guotu.")
        for parent_app, before in sorted(parent.key for parent in graph.node_map[app, name].parents)
        if parent_app == app
    ]


def guarded():
    """Return the model of every guarded table, with a field whose change rebuilds the table."""
    wanted = guarding.protected()
    found = [model for model in apps.get_models() if model._meta.db_table in wanted]
    assert {model._meta.db_table for model in found} == set(wanted)
    return [model for model in found if _text_field(model) is not None]


def _text_field(model: type[models.Model]) -> str | None:
    fields = [field for field in model._meta.local_concrete_fields if type(field) is CharField]
    return fields[0].name if fields else None


_REBUILD = """
from django.apps import apps
from django.db import migrations
field = apps.get_model({app!r}, {model!r})._meta.get_field({field!r}).clone()
field.max_length += 1
class Migration(migrations.Migration):
    dependencies = [({app!r}, {last!r})]
    operations = [migrations.AlterField({model!r}, {field!r}, field)]
"""


@pytest.fixture
def with_rebuild(tmp_path, settings, monkeypatch):
    """Give what adds to a model's app a migration that rebuilds its table."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def add(model: type[models.Model]) -> None:
        app = model._meta.app_label
        real = Path(str(import_module(f"{apps.get_app_config(app).name}.migrations").__file__))
        package = f"rebuilt_{app}_{model._meta.model_name}"
        shutil.copytree(real.parent, tmp_path / package)
        (last,) = MigrationLoader(None).graph.leaf_nodes(app)
        facts = {"app": app, "model": model._meta.model_name, "field": _text_field(model)}
        text = _REBUILD.format(**facts, last=last[1])
        (tmp_path / package / "9999_rebuild.py").write_text(text)
        settings.MIGRATION_MODULES = {app: package}

    return add


@pytest.mark.parametrize("step", steps(), ids=lambda step: f"{step[0]}-{step[2]}")
def test_each_migration_finds_the_rows_and_leaves_them(filled, step):
    app, before, name = step
    held, guards = rows(), triggers()
    call_command("migrate", app, before, verbosity=0, interactive=False)
    call_command("migrate", app, name, verbosity=0, interactive=False)
    call_command("migrate", verbosity=0, interactive=False)
    assert rows() == held
    assert triggers() == guards
    guarding.check_guards()


@pytest.mark.parametrize("model", guarded(), ids=lambda model: model._meta.db_table)
def test_a_rebuilt_table_keeps_its_rows_and_its_guards(filled, with_rebuild, model):
    held, guards = rows(), triggers()
    with_rebuild(model)
    call_command("migrate", model._meta.app_label, verbosity=0, interactive=False)
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, model._meta.db_table)
    column = model._meta.get_field(_text_field(model))
    wide = {one.name: one.display_size for one in described}[column.column]
    assert int(wide) == column.max_length + 1
    assert rows() == held
    assert triggers() == guards
    guarding.check_guards()


def test_after_a_rebuild_the_journal_is_still_unchangeable(filled, with_rebuild):
    with_rebuild(apps.get_model("journal", "Entry"))
    call_command("migrate", "journal", verbosity=0, interactive=False)
    for statement in (
        "UPDATE journal_entry SET verb = 'x' WHERE sequence = 0",
        "DELETE FROM journal_entry WHERE sequence = 0",
    ):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_no_model_waits_for_a_migration():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
