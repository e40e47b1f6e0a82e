"""Django's handle on atlas."""

from django.apps import AppConfig


class AtlasConfig(AppConfig):
    name = "guotu.core.atlas"
    label = "atlas"
    verbose_name = "图层与版本"
    default_auto_field = "django.db.models.BigAutoField"
