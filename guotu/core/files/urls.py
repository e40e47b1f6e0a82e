"""Addresses of official documents and of kept files."""

from django.urls import path, re_path

from guotu.core.files import handing_in, views

urlpatterns = [
    path("documents/", views.documents_page, name="documents"),
    re_path(
        r"^documents/list\.(?P<kind>csv|xlsx)$", views.documents_export, name="documents-export"
    ),
    path("documents/<int:document_id>/", views.document_page, name="document-page"),
    path("documents/files/", handing_in.files_page, name="files"),
    path("documents/files/new/", handing_in.file_new, name="file-new"),
    path("documents/files/<int:file_id>/", handing_in.file_page, name="file-page"),
    path("documents/files/<int:file_id>/attach/", handing_in.file_attach, name="file-attach"),
    path("files/<int:file_id>/download", views.file_download, name="file-download"),
]
