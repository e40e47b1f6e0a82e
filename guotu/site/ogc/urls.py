"""Addresses of the data service."""

from django.urls import path

from guotu.site.ogc import views

urlpatterns = [
    path("ogc/tokens/", views.tokens, name="ogc-tokens"),
    path("ogc/tokens/<int:token_id>/revoke/", views.revoke, name="ogc-revoke"),
    path("ogc/", views.landing, name="ogc"),
    path("ogc", views.landing, name="ogc-bare"),
    path("ogc/conformance", views.conformance, name="ogc-conformance"),
    path("ogc/openapi", views.openapi, name="ogc-openapi"),
    path("ogc/collections", views.collections, name="ogc-collections"),
    path("ogc/collections/<str:name>", views.collection, name="ogc-collection"),
    path("ogc/collections/<str:name>/schema", views.schema, name="ogc-schema"),
    path("ogc/collections/<str:name>/queryables", views.queryables, name="ogc-queryables"),
    path("ogc/collections/<str:name>/items", views.items, name="ogc-items"),
    path("ogc/collections/<str:name>/items/<path:feature>", views.item, name="ogc-item"),
]
