"""Sets Django up for a command that needs the county, and brings its tables up to date."""

import os

import django


def ready(*, guarded: bool = True) -> None:
    """Load the settings and apply waiting migrations; safe to call twice.

    Raises `Refusal` when a guard, or a place in the spatial index, is missing though no migration
    waited: then somebody took it off.
    Not `guarded`, it is not asked: for the one command that puts guards back.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guotu.site.settings")
    django.setup()
    from django.core.management import call_command

    if _migrations_wait():
        call_command("migrate", verbosity=0, interactive=False)
    from guotu.core.journal.guarding import check_guards
    from guotu.core.register.spatial import check_index

    if guarded:
        check_guards()
        check_index()


def _migrations_wait() -> bool:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
