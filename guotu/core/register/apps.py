"""Django's handle on the register."""

from django.apps import AppConfig


class RegisterConfig(AppConfig):
    name = "guotu.core.register"
    label = "register"
    verbose_name = "登记簿"
    default_auto_field = "django.db.models.BigAutoField"
