"""Sheets to print, the glossary, and who else helps."""

from itertools import groupby

from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from conditions.models import Exercise, Version
from library.models import Organisation, Term, Topic


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    exercises = Exercise.objects.filter(version=OuterRef("pk"))
    sheets = list(Version.objects.live().sheets().annotate(has_exercises=Exists(exercises)))
    context = {
        "exercise_sheets": [sheet for sheet in sheets if sheet.has_exercises],
        "advice_sheets": [sheet for sheet in sheets if not sheet.has_exercises],
        "terms": Term.objects.count(),
        "organisations": Organisation.objects.count(),
    }
    return render(request, "library/resources.html", context)


@require_safe
def glossary(request: HttpRequest) -> HttpResponse:
    terms = sorted(Term.objects.all(), key=lambda term: term.term.casefold())
    letters = [
        (letter, list(those)) for letter, those in groupby(terms, key=lambda term: term.term[:1].upper())
    ]
    return render(request, "library/glossary.html", {"letters": letters})


@require_safe
def organisations(request: HttpRequest) -> HttpResponse:
    everybody = list(Organisation.objects.all())
    topics = [
        (topic, those)
        for topic in Topic
        if (those := [one for one in everybody if topic in {one.topic, one.other_topic}])
    ]
    return render(request, "library/organisations.html", {"topics": topics})
