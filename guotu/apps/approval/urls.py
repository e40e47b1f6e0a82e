"""Addresses of site review."""

from django.urls import path

from guotu.apps.approval import api, views

urlpatterns = [
    path("review/", views.list_page, name="review"),
    path("review/new/", views.new, name="review-new"),
    path("review/list.<str:kind>", views.list_export, name="review-list-export"),
    path("review/<int:review_id>/", views.page, name="review-page"),
    path("review/<int:review_id>/resolve/", views.resolve, name="review-resolve"),
    path("review/<int:review_id>/remedy<str:suffix>", views.remedy, name="review-remedy"),
    path("review/<int:review_id>.json", api.result, name="review-json"),
    path("review/<int:review_id>.geojson", api.shapes, name="review-geojson"),
    path("review/<int:review_id>.docx", views.docx, name="review-docx"),
    path("review/<int:review_id>.xlsx", views.xlsx, name="review-xlsx"),
]
