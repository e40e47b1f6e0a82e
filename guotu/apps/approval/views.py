"""Pages of site review: the list, a new one, the verdict beside the map, what one takes away."""

import csv
import datetime
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from guotu.apps.approval import exports, queries, showing
from guotu.apps.approval.exports import words
from guotu.apps.approval.models import SiteReview
from guotu.core.atlas import queries as atlas
from guotu.core.atlas.models import FICTION
from guotu.core.atlas.reader import reader_of
from guotu.core.journal.actions import perform
from guotu.core.people.doors import has_power, needs_power, wants_json
from guotu.core.people.queries import actor_of_request
from guotu.lib.geo.crs import parse_frame
from guotu.lib.geo.guard import Limits
from guotu.lib.refusal import Refusal
from guotu.lib.spreadsheet import plain_cell

_PAGE = 50
_MOST_EXPORTED = 20_000
_REMEDY_KINDS = {".geojson": "application/geo+json", ".txt": "text/plain; charset=utf-8"}
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class HttpResponseSeeOther(HttpResponseRedirect):
    """303: the act is done, look at what came of it."""

    status_code = 303


def _day(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text) if text else None
    except ValueError:
        raise Refusal(
            _("日期写得不对"), where=text[:20], remedy=_("写成 2026-01-05 的样子")
        ) from None


def _filtered(request: HttpRequest) -> Any:
    asked = request.GET
    return queries.listed(
        reader_of(request),
        verdict=asked.get("verdict", ""),
        text=asked.get("q", "").strip(),
        since=_day(asked.get("since", "")),
        until=_day(asked.get("until", "")),
    )


@require_GET
@needs_power("approval.read")
def list_page(request: HttpRequest) -> HttpResponse:
    """Reviews, the latest first, with filters and exports."""
    page = Paginator(_filtered(request).defer("pieces", "site"), _PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "page": page,
        "verdicts": showing.VERDICTS,
        "asked": request.GET,
        "filters": showing.without_page(request.GET),
        "may_review": has_power(request, "approval.review"),
        "rows": [{"review": r, "verdict": queries.current_verdict(r)} for r in page],
    }
    return render(request, "approval/list.html", context)


@require_GET
@needs_power("approval.read")
def list_export(request: HttpRequest, kind: str) -> HttpResponse:
    """The filtered list as xlsx, csv or GeoJSON of the sites."""
    reviews = list(_filtered(request).defer("pieces", "result")[:_MOST_EXPORTED])
    fictional = atlas.county().fictional
    if kind == "xlsx":
        return _attached(exports.list_workbook(reviews, fictional), "reviews.xlsx", _XLSX)
    if kind == "csv":
        return _list_csv(reviews, fictional)
    if kind == "geojson":
        body = showing.sites_geojson(reviews, fictional).encode()
        return _attached(body, "reviews.geojson", "application/geo+json")
    raise Refusal(_("没有这种导出格式"), where=kind[:20], remedy=_("用 xlsx、csv 或 geojson"))


def _list_csv(reviews: list[SiteReview], fictional: bool) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="reviews.csv"'
    response.write("\ufeff")  # Excel reads UTF-8 only with the mark
    writer = csv.writer(response)
    if fictional:
        writer.writerow([_(FICTION)])
    writer.writerow([_("编号"), _("项目"), _("结论"), _("面积（平方米）"), _("审查时间")])
    for review in reviews:
        name = plain_cell(review.name)
        when = f"{timezone.localtime(review.reviewed_at):%Y-%m-%d %H:%M}"
        said = words.VERDICT_WORDS[review.verdict]
        writer.writerow([review.pk, name, said, f"{review.area_m2:.2f}", when])
    total = sum(review.area_dm2 for review in reviews) / 100
    writer.writerow([_("合计"), "", len(reviews), f"{total:.2f}", ""])
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@needs_power("approval.review")
def new(request: HttpRequest) -> HttpResponse:
    """The form, or a boundary handed in: read apart, reviewed, kept, and on to the verdict."""
    if request.method != "POST":
        context = {"frame": atlas.county_frame(), "projects": showing.PROJECTS}
        return render(request, "approval/new.html", context)
    actor = actor_of_request(request)
    key = request.POST.get("key", "").strip()[:64] or None
    earlier = queries.by_key(key, actor) if key else None
    if earlier is not None:
        return _reviewed(request, earlier)
    name, data = _handed_in(request)
    reviewed = _review(request, name, data)
    done = perform(
        "approval.review_site",
        actor,
        key=key,
        reviewed=reviewed,
        name=request.POST.get("name", "").strip()[:255] or name,
        data=data,
    )
    return _reviewed(request, int(done.outcome["review"]))


def _handed_in(request: HttpRequest) -> tuple[str, bytes]:
    """Return the name and bytes of the boundary, a file or one drawn on the map."""
    drawn = request.POST.get("geojson", "").strip()
    upload = request.FILES.get("file")
    if isinstance(upload, UploadedFile):
        most = Limits.site().max_bytes
        name = Path(upload.name or "boundary").name
        if (upload.size or 0) > most:
            raise Refusal(
                _("文件太大，没有读取"),
                where=f"{name}，{(upload.size or 0) / 1e6:.1f} MB",
                rule=f"项目边界文件不超过 {most / 1e6:.0f} MB",
                remedy=_("只留项目范围，去掉其他图层后再提交"),
            )
        return name, upload.read()
    if drawn:
        return "图上绘制.geojson", drawn.encode()
    raise Refusal(
        _("没有选择文件，也没有在图上画"), remedy=_("选一个项目边界文件，或在图上画出范围")
    )


def _review(request: HttpRequest, name: str, data: bytes) -> queries.Reviewed:
    day = getattr(request, "day", None)
    occasion = queries.occasion_on(
        day,
        project=request.POST.get("project", ""),
        industry=request.POST.get("industry", "")[:100],
        papers=frozenset(request.POST.getlist("paper")),
    )
    crs = request.POST.get("crs", "").strip()
    frame = parse_frame(crs) if crs else None
    with tempfile.TemporaryDirectory() as folder:
        # The name of a stranger's file never becomes a path; only its ending is kept.
        path = Path(folder) / f"boundary{Path(name).suffix.lower()[:10]}"
        path.write_bytes(data)
        return queries.review_file(
            path, occasion, crs=frame, filename=name, on=day, reader=reader_of(request)
        )


def _reviewed(request: HttpRequest, review_id: int) -> HttpResponse:
    address = reverse("review-page", args=[review_id])
    if not wants_json(request):
        return HttpResponseSeeOther(address)
    review = showing.review_of(request, review_id)
    return JsonResponse({"id": review_id, "url": address, **review.data}, status=201)


@require_GET
@needs_power("approval.read")
def page(request: HttpRequest, review_id: int) -> HttpResponse:
    """The verdict: what stands against the site, what would make it pass, the table, the papers."""
    review = showing.review_of(request, review_id)
    verdict = queries.current_verdict(review)
    context = {
        "review": review,
        "shown": showing.shown(review, queries.resolutions(review), verdict),
        "verdict": verdict,
        "may_review": has_power(request, "approval.review"),
        "fictional": atlas.county().fictional,
    }
    return render(request, "approval/review.html", context)


@require_POST
@needs_power("approval.review")
def resolve(request: HttpRequest, review_id: int) -> HttpResponse:
    """Lift a block with a paper, its number and a reason."""
    showing.review_of(request, review_id)
    perform(
        "approval.resolve_block",
        actor_of_request(request),
        reason=request.POST.get("reason", ""),
        key=request.POST.get("key", "").strip()[:64] or None,
        review_id=review_id,
        rule=request.POST.get("rule", ""),
        paper=request.POST.get("paper", ""),
        number=request.POST.get("number", ""),
    )
    return HttpResponseSeeOther(reverse("review-page", args=[review_id]))


@require_GET
@needs_power("approval.read")
def docx(request: HttpRequest, review_id: int) -> HttpResponse:
    """The review as a Word document."""
    review, county = showing.review_of(request, review_id), atlas.county()
    body = exports.document(review, queries.resolutions(review), county.name, county.fictional)
    return _attached(body, f"用地审查-{review_id}.docx", _DOCX)


@require_GET
@needs_power("approval.read")
def xlsx(request: HttpRequest, review_id: int) -> HttpResponse:
    """The review as a workbook."""
    review = showing.review_of(request, review_id)
    body = exports.workbook(review, queries.resolutions(review), atlas.county().fictional)
    return _attached(body, f"用地审查-{review_id}.xlsx", _XLSX)


@require_GET
@needs_power("approval.read")
def remedy(request: HttpRequest, review_id: int, suffix: str) -> HttpResponse:
    """The trimmed boundary of a remedy (`?remedy=trim`), as GeoJSON or boundary points."""
    if suffix not in _REMEDY_KINDS:
        raise Refusal(_("没有这种边界格式"), where=suffix[:20], remedy=_("用 .geojson 或 .txt"))
    name = request.GET.get("remedy", "trim")
    fictional = atlas.county().fictional
    body = exports.boundary_file(showing.review_of(request, review_id), name, suffix, fictional)
    return _attached(body, f"调整后边界-{review_id}{suffix}", _REMEDY_KINDS[suffix])


def _attached(body: bytes, name: str, kind: str) -> HttpResponse:
    response = HttpResponse(body, content_type=kind)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response
