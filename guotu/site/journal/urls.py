"""Addresses of the journal's pages."""

from django.urls import path

from guotu.site.journal import views

urlpatterns = [
    path("journal/", views.journal_page, name="journal"),
    path("journal.csv", views.journal_csv, name="journal-csv"),
    path("journal/<int:sequence>/", views.entry_page, name="journal-entry"),
    path("journal/<int:sequence>.json", views.entry_json, name="journal-entry-json"),
]
