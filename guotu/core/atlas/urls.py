"""Addresses of the map, its layers and its tiles."""

from django.urls import path

from guotu.core.atlas import api, conflict_views, export_views, tiles, views
from guotu.core.atlas.life import views as life

urlpatterns = [
    path("", views.map_page, name="map"),
    path("print/", views.print_page, name="print"),
    path("layers/", views.layers_page, name="layers"),
    path("life/", life.life_page, name="life"),
    path("life/panel/", life.life_panel, name="life-panel"),
    path("life/print/", life.life_print, name="life-print"),
    path("life/place.geojson", life.life_geojson, name="life-geojson"),
    path("life.csv", life.life_csv, name="life-csv"),
    path("api/atlas/life", life.life_json, name="atlas-life"),
    path("conflicts/", conflict_views.conflicts_page, name="conflicts"),
    path("conflicts.csv", conflict_views.conflicts_csv, name="conflicts-csv"),
    path("conflicts.geojson", conflict_views.conflicts_geojson, name="conflicts-geojson"),
    path("layers.csv", views.layers_csv, name="layers-csv"),
    path("layers/<slug:name>/", views.layer_page, name="layer"),
    path("layers/<slug:name>/findings.csv", views.layer_findings_csv, name="layer-findings-csv"),
    path("layers/<slug:name>/export.<str:kind>", export_views.layer_export, name="layer-export"),
    path("tiles/<int:release_id>.pmtiles", tiles.tiles, name="tiles"),
    path("api/atlas/layers", api.layers, name="atlas-layers"),
    path("api/atlas/labels/<int:release_id>", api.labels, name="atlas-labels"),
    path("api/atlas/at", api.at, name="atlas-at"),
    path("api/atlas/search", api.search, name="atlas-search"),
    path("api/atlas/frame", api.frame, name="atlas-frame"),
    path("api/atlas/measure", api.measure, name="atlas-measure"),
]
