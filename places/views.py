from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from places.suggest import suggest


@require_safe
def suggestions(request: HttpRequest) -> JsonResponse:
    """``{"places": ["Leeds", …]}`` for the text in ``q``."""
    response = JsonResponse({"places": suggest(request.GET.get("q", ""))})
    response["Cache-Control"] = "public, max-age=3600"
    return response
