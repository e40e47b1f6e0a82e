"""Django's handle on the OGC API."""

from django.apps import AppConfig


class OgcConfig(AppConfig):
    name = "guotu.site.ogc"
    label = "ogc"
    verbose_name = "数据服务"
    default_auto_field = "django.db.models.BigAutoField"
