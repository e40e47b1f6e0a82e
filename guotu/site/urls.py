"""Every address of the platform; each duty brings its own."""

import importlib.util

from django.contrib.auth.decorators import login_not_required
from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from guotu.site import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("guotu.core.people.urls")),
    path("", include("guotu.core.files.urls")),
    path("", include("guotu.core.atlas.urls")),
    path("", include("guotu.core.register.urls")),
    path("", include("guotu.core.ledger.urls")),
    path("", include("guotu.core.cases.urls")),
    path("", include("guotu.site.journal.urls")),
    path("", include("guotu.site.ogc.urls")),
    path("day/", views.set_day, name="day"),
    path("search/", views.search, name="search"),
    path("language/", login_not_required(set_language), name="language"),
]
if importlib.util.find_spec("guotu.apps.approval.urls"):
    urlpatterns.append(path("", include("guotu.apps.approval.urls")))

handler400 = "guotu.site.views.bad_request"
handler403 = "guotu.site.views.forbidden"
handler404 = "guotu.site.views.not_found"
handler500 = "guotu.site.views.server_error"
