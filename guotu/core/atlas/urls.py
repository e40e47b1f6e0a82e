"""Addresses of the map, its layers and its tiles."""

from django.urls import path

from guotu.core.atlas import api, conflict_views, tiles, views

urlpatterns = [
    path("", views.map_page, name="map"),
    path("print/", views.print_page, name="print"),
    path("layers/", views.layers_page, name="layers"),
    path("conflicts/", conflict_views.conflicts_page, name="conflicts"),
    path("conflicts.csv", conflict_views.conflicts_csv, name="conflicts-csv"),
    path("conflicts.geojson", conflict_views.conflicts_geojson, name="conflicts-geojson"),
    path("layers.csv", views.layers_csv, name="layers-csv"),
    path("layers/<slug:name>/", views.layer_page, name="layer"),
    path("layers/<slug:name>/findings.csv", views.layer_findings_csv, name="layer-findings-csv"),
    path("tiles/<int:release_id>.pmtiles", tiles.tiles, name="tiles"),
    path("api/atlas/layers", api.layers, name="atlas-layers"),
    path("api/atlas/labels/<int:release_id>", api.labels, name="atlas-labels"),
    path("api/atlas/at", api.at, name="atlas-at"),
    path("api/atlas/search", api.search, name="atlas-search"),
    path("api/atlas/frame", api.frame, name="atlas-frame"),
    path("api/atlas/measure", api.measure, name="atlas-measure"),
]
