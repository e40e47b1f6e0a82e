"""Django's handle on cases."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "guotu.core.cases"
    label = "cases"
    verbose_name = "办件"
    default_auto_field = "django.db.models.BigAutoField"
