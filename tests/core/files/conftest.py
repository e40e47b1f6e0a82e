"""A store of the test's own, and the simplest good files of each kind."""

import io
import zipfile

import docx
import openpyxl
import pikepdf
import pytest
from PIL import Image


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    """Give a GUOTU_HOME of the test's own."""
    settings.GUOTU_HOME = tmp_path / "home"
    settings.GUOTU_HOME.mkdir()
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    return settings.GUOTU_HOME


def saved(thing, *options, **named):
    """Return what `thing.save` writes."""
    out = io.BytesIO()
    thing.save(out, *options, **named)
    return out.getvalue()


def good_docx():
    """Return a document."""
    paper = docx.Document()
    paper.add_paragraph("关于用地的申请")
    return saved(paper)


def good_xlsx():
    """Return a workbook with a formula."""
    book = openpyxl.Workbook()
    book.active["A1"] = "=SUM(B1:B9)"
    return saved(book)


def good_pdf(pages=1):
    """Return a PDF of blank pages."""
    paper = pikepdf.new()
    for _ in range(pages):
        paper.add_blank_page()
    return saved(paper)


def good_image(form="PNG", size=(60, 40), **options):
    """Return a picture."""
    return saved(Image.new("RGB", size, (9, 99, 200)), form, **options)


def zipped(parts, **options):
    """Return a ZIP of name -> bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content, **options)
    return out.getvalue()


def repacked(content, change=None, add=None):
    """Return a ZIP with some parts changed by name, and others added."""
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        parts = {entry.filename: old.read(entry) for entry in old.infolist()}
    for name, turn in (change or {}).items():
        parts[name] = turn(parts[name])
    return zipped(parts | (add or {}))
