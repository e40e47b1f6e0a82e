"""Django's handle on people."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "guotu.core.people"
    label = "people"
    verbose_name = "人员与岗位"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Hand the journal the permission check."""
        from guotu.core.journal.actions import use_permission_check
        from guotu.core.people.permission import permits

        use_permission_check(permits)
