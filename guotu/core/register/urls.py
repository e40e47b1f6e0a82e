"""Addresses of the register."""

from django.urls import path, re_path

from guotu.core.register import views

urlpatterns = [
    path("register/", views.register_page, name="register"),
    path("register/<slug:kind>/", views.kind_page, name="register-kind"),
    path("register/<slug:kind>/take/", views.kind_take, name="register-take"),
    re_path(
        r"^register/(?P<kind>[a-z_]+)/list\.(?P<form>csv|geojson|gpkg)$",
        views.kind_export,
        name="register-export",
    ),
    path("register/<slug:kind>/<slug:code>/", views.thing_page, name="register-thing"),
    path("register/<slug:kind>/<slug:code>.geojson", views.thing_geojson, name="register-geojson"),
]
