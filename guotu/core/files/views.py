"""Pages of official documents, and the way out of kept files."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_safe

from guotu.core.files import exports, numbering, queries, serving
from guotu.core.files.checking.limits import kinds
from guotu.core.files.models import Document, File
from guotu.core.files.rules import READ, SECRECY
from guotu.core.journal.paging import Pages, counted
from guotu.core.people.doors import needs_power
from guotu.core.people.queries import actor_of_request
from guotu.lib.gongwen import KINDS
from guotu.lib.refusal import Refusal

_PER_PAGE = 50
_MOST_EXPORTED = 10_000
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FILTERS = ("series", "year", "kind", "q")


@require_GET
@needs_power(READ)
def documents_page(request: HttpRequest) -> HttpResponse:
    """Official documents, the latest first, with filters and exports."""
    asked = _asked(request)
    page = Pages(_found(request, asked), _PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [{"one": one, "secrecy": SECRECY[one.secrecy]} for one in page.object_list],
        "asked": asked,
        "filters": urlencode({name: value for name, value in asked.items() if value}),
        "series": [(one.code, one.title) for one in numbering.all_series().values()],
        "years": [str(year) for year in queries.years()],
        "kinds": KINDS,
    }
    return render(request, "files/documents.html", context)


@require_GET
@needs_power(READ)
def documents_export(request: HttpRequest, kind: str) -> HttpResponse:
    """The same list, filtered the same way, as a table to take along."""
    found = _found(request, _asked(request))
    if counted(found, _MOST_EXPORTED) > _MOST_EXPORTED:
        rule = _("一次最多导出 %(number)s 件") % {"number": f"{_MOST_EXPORTED:,}"}
        raise Refusal(_("公文太多，不能一次导出"), rule=rule, remedy=_("用年份或字号筛选后再导出"))
    rows = exports.rows_of(found)
    if kind == "csv":
        response = HttpResponse(exports.as_csv(rows), content_type="text/csv; charset=utf-8")
    else:
        response = HttpResponse(exports.as_workbook(rows, _("公文")), content_type=_XLSX)
    response["Content-Disposition"] = f'attachment; filename="documents.{kind}"'
    return response


@require_GET
@needs_power(READ)
def document_page(request: HttpRequest, document_id: int) -> HttpResponse:
    """One document: what it says, its file, and the papers of what it decides on."""
    actor = actor_of_request(request)
    document = queries.document(document_id, actor)
    if document is None:
        raise Http404
    kind = kinds().get(document.file.kind)
    context: dict[str, Any] = {
        "document": document,
        "series": numbering.all_series().get(document.number.series),
        "secrecy": SECRECY[document.file.secrecy],
        "file_kind": kind.title if kind else document.file.kind,
        "papers": queries.papers_of(document.subject, actor) if document.subject else [],
    }
    return render(request, "files/document.html", context)


@require_safe
@needs_power(READ)
def file_download(request: HttpRequest, file_id: int) -> HttpResponseBase:
    """A kept file, to save; 404 for what one may not read, as for what is not there."""
    file = File.objects.filter(pk=file_id, swept_sequence=None).first()
    if file is None or not queries.may_read(actor_of_request(request), file):
        raise Http404
    return serving.send(request, file)


def _asked(request: HttpRequest) -> dict[str, str]:
    # PostgreSQL knows no NUL in a text.
    return {name: request.GET.get(name, "").replace("\x00", "").strip()[:100] for name in _FILTERS}


def _found(request: HttpRequest, asked: dict[str, str]) -> QuerySet[Document]:
    year = asked["year"]
    return queries.documents(
        actor_of_request(request),
        series=asked["series"],
        year=int(year) if year.isascii() and year.isdigit() and len(year) == 4 else None,
        kind=asked["kind"],
        text=asked["q"],
    )
