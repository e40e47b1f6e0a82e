"""Django's handle on land approvals."""

from django.apps import AppConfig


class ApprovalConfig(AppConfig):
    name = "guotu.apps.approval"
    label = "approval"
    verbose_name = "用地审批"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the verbs."""
        from guotu.apps.approval import actions  # noqa: F401
