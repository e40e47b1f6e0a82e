"""Django's handle on the register."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class RegisterConfig(AppConfig):
    name = "guotu.core.register"
    label = "register"
    verbose_name = "登记簿"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let the spatial indexes be put back as the guards are."""
        post_migrate.connect(_put_indexes_back, sender=self)


def _put_indexes_back(**_: Any) -> None:
    from guotu.core.register import spatial

    spatial.ensure()
