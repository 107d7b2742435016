from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from physiosite.search.results import search
from physiosite.search.suggestions import suggest


@require_safe
def search_page(request: HttpRequest) -> HttpResponse:
    """All of the site for what is in ``q``; with ``exactly``, as it is spelt."""
    text = request.GET.get("q", "")
    if not text.strip():
        return render(request, "search.html", {"results": None})
    results = search(text, exactly=bool(request.GET.get("exactly")))
    return render(request, "search.html", {"results": results})


@require_safe
def suggestions(request: HttpRequest) -> JsonResponse:
    """``{"pages": ["Neck pain", …]}``: names of pages that begin as ``q`` does."""
    response = JsonResponse({"pages": suggest(request.GET.get("q", ""))})
    response["Cache-Control"] = "public, max-age=300"
    return response
