"""Addresses of official documents and of kept files."""

from django.urls import path, re_path

from guotu.core.files import views

urlpatterns = [
    path("documents/", views.documents_page, name="documents"),
    re_path(
        r"^documents/list\.(?P<kind>csv|xlsx)$", views.documents_export, name="documents-export"
    ),
    path("documents/<int:document_id>/", views.document_page, name="document-page"),
    path("files/<int:file_id>/download", views.file_download, name="file-download"),
]
