"""Pages where a clerk hands in a file, finds what was kept, and ties it to a matter."""

from pathlib import Path
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from guotu.core.files import queries
from guotu.core.files.checking import taken_in
from guotu.core.files.checking.limits import kinds, megabytes
from guotu.core.files.models import File
from guotu.core.files.rules import READ, READ_SECRET, SECRECY
from guotu.core.journal.actions import perform
from guotu.core.journal.models import Entry
from guotu.core.journal.paging import Pages
from guotu.core.people.doors import has_power, needs_power, wants_json
from guotu.core.people.queries import actor_of_request
from guotu.lib.refusal import Refusal

KEEP, ATTACH = "files.keep", "files.attach"
_PER_PAGE = 50


@require_GET
@needs_power(READ)
def files_page(request: HttpRequest) -> HttpResponse:
    """What was handed in and one may read, the latest first."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    found = queries.kept(actor_of_request(request), text)
    page = Pages(found, _PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [_told(one) for one in page.object_list],
        "q": text,
        "may_keep": has_power(request, KEEP),
    }
    return render(request, "files/files.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs_power(KEEP)
def file_new(request: HttpRequest) -> HttpResponse:
    """The form, or a file handed in: judged, kept, and on to its page."""
    if request.method == "POST":
        return _kept(request)
    actor = actor_of_request(request)
    classes = [one for one in SECRECY.items() if one[0] != "secret" or READ_SECRET in actor.powers]
    taken = kinds().values()
    context = {
        "classes": classes,
        "places": queries.places_to_keep(actor).items(),
        "whole": actor.areas is None,
        "kinds": [(one.title, megabytes(one.max_bytes)) for one in taken],
        "accept": ",".join(sorted({f".{end}" for one in taken for end in one.extensions})),
        "most_bytes": max(one.max_bytes for one in taken),
    }
    return render(request, "files/new.html", context)


@require_GET
@needs_power(READ)
def file_page(request: HttpRequest, file_id: int) -> HttpResponse:
    """One kept file: what it is, what it was handed in for, what it is attached to."""
    file = queries.file(file_id, actor_of_request(request))
    if file is None:
        raise Http404
    attached = queries.attached(file)
    context = {
        **_told(file),
        "attached": attached,
        "may_attach": has_power(request, ATTACH),
        "papers": queries.kinds_of_paper(),
        "classes": SECRECY.items(),
        "days": 0 if file.pk in queries.referred_to() else queries.grace_days(),
    }
    return render(request, "files/file.html", context)


@require_POST
@needs_power(ATTACH)
def file_attach(request: HttpRequest, file_id: int) -> HttpResponse:
    """Tie a kept file to a matter."""
    posted = request.POST
    perform(
        "files.attach",
        actor_of_request(request),
        key=_key(request),
        subject=posted.get("subject", "").strip(),
        file_id=file_id,
        title=posted.get("title", ""),
        paper=posted.get("paper", ""),
        secrecy=posted.get("secrecy", "internal"),
    )
    messages.success(request, _("已挂接。"))
    return HttpResponseRedirect(reverse("file-page", args=[file_id]))


def _kept(request: HttpRequest) -> HttpResponse:
    actor, key = actor_of_request(request), _key(request)
    done = Entry.objects.filter(idempotency_key=key).first() if key else None
    if done is None:
        purpose = request.POST.get("purpose", "").strip()
        upload = _handed_in(request)
        name = named(request.POST.get("name", ""), upload)
        if not purpose:
            raise Refusal(
                _("没有写明用途"),
                where=name,
                rule=_("收存材料须说明为哪件事、作什么用"),
                remedy=_("写明用途后再交"),
            )
        with taken_in(name, **_bytes_of(upload)) as checked:
            outcome = perform(
                "files.keep",
                actor,
                key=key,
                upload=checked,
                secrecy=request.POST.get("secrecy", "internal"),
                division_code=request.POST.get("division", "").strip()[:12],
                purpose=purpose,
            ).outcome
    else:
        outcome = done.outcome if done.actor_id == actor.person_id else {}
    return _answer(request, queries.file_by_hash(outcome.get("sha256", "")))


def _answer(request: HttpRequest, file: File | None) -> HttpResponse:
    """Go on to the page of the file, or back to the form where one may not read it."""
    if file is None:
        raise Http404
    seen = queries.file(file.pk, actor_of_request(request))
    readable = seen is not None and has_power(request, READ)
    address = reverse("file-page", args=[file.pk]) if readable else reverse("file-new")
    name = file.name if readable else request.POST.get("name", "").strip()[:100]
    messages.success(request, _("已收存：%(name)s") % {"name": name})
    if wants_json(request):
        return JsonResponse({"url": address, "sha256": file.sha256}, status=201)
    return HttpResponseRedirect(address)


def _handed_in(request: HttpRequest) -> UploadedFile:
    upload = request.FILES.get("file")
    if not isinstance(upload, UploadedFile):
        raise Refusal(_("没有选择文件"), remedy=_("选一个文件再交"))
    return upload


def named(wanted: str, upload: UploadedFile) -> str:
    """Return what a file is to be called: as asked, with the ending that it came with."""
    own = Path(upload.name or "").name
    wanted, ending = wanted.strip(), Path(own).suffix
    if not wanted:
        return own
    return wanted if wanted.lower().endswith(ending.lower()) else f"{wanted}{ending}"


def _bytes_of(upload: UploadedFile) -> dict[str, Any]:
    if isinstance(upload, TemporaryUploadedFile):
        return {"path": Path(upload.temporary_file_path())}
    return {"data": upload.read()}


def _told(file: File) -> dict[str, Any]:
    kind = kinds().get(file.kind)
    return {
        "file": file,
        "secrecy": SECRECY[file.secrecy],
        "kind": kind.title if kind else file.kind,
        "size": megabytes(file.size),
    }


def _key(request: HttpRequest) -> str | None:
    return request.POST.get("key", "").strip()[:64] or None
