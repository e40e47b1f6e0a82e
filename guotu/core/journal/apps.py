"""Django's handle on the journal."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class JournalConfig(AppConfig):
    name = "guotu.core.journal"
    label = "journal"
    verbose_name = "行为记录"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let every installed folder register its actions, whoever asks first."""
        autodiscover_modules("actions")
