"""Sets Django up for a command that needs the county, and brings its tables up to date."""

import os

import django


def ready() -> None:
    """Load the settings and apply waiting migrations; safe to call twice.

    Raises `Refusal` when a guard is missing though no migration waited: then somebody took it off.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guotu.site.settings")
    django.setup()
    from django.core.management import call_command

    if _migrations_wait():
        call_command("migrate", verbosity=0, interactive=False)
    from guotu.core.journal.guarding import check_guards

    check_guards()


def _migrations_wait() -> bool:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
