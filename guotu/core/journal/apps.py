"""Django's handle on the journal."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules


class JournalConfig(AppConfig):
    name = "guotu.core.journal"
    label = "journal"
    verbose_name = "行为记录"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let every installed folder register its actions and guards, whoever asks first."""
        autodiscover_modules("actions", "upkeep", "guards")
        post_migrate.connect(_put_guards_back, sender=self)


def _put_guards_back(**_: Any) -> None:
    # A migration that rebuilds a table drops its triggers without a word.
    from guotu.core.journal import guarding

    guarding.ensure()
