"""Reviews for programs and for the map: the result as JSON, the shapes as GeoJSON."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from guotu.apps.approval import showing
from guotu.core.people.doors import needs_power


@require_GET
@needs_power("approval.read")
def result(request: HttpRequest, review_id: int) -> HttpResponse:
    """The result as it was kept, byte for byte."""
    review = showing.review_of(request, review_id)
    return HttpResponse(review.result, content_type="application/json; charset=utf-8")


@require_GET
@needs_power("approval.read")
def shapes(request: HttpRequest, review_id: int) -> HttpResponse:
    """The shapes in lon/lat; `part=map` leaves out the survey pieces, which the map has itself."""
    review = showing.review_of(request, review_id)
    if request.GET.get("part") != "map":
        response = HttpResponse(review.pieces, content_type="application/geo+json; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="review-{review_id}.geojson"'
        return response
    return JsonResponse({"type": "FeatureCollection", "features": showing.drawn(review)})
