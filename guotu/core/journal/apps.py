"""Django's handle on the journal."""

from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "guotu.core.journal"
    label = "journal"
    verbose_name = "行为记录"
    default_auto_field = "django.db.models.BigAutoField"
