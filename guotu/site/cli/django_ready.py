"""Sets Django up for a command that needs the county, and brings its tables up to date."""

import os

import django


def ready() -> None:
    """Load the settings and apply waiting migrations; safe to call twice."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guotu.site.settings")
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    from guotu.core.atlas import guards

    # A migration that rebuilds a table drops its triggers without a word.
    guards.ensure()
