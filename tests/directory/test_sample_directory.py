"""The command that fills the directory with invented people, and keeps them out of production."""

from collections import Counter
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from conditions.models import Page
from directory.models import Clinic, Physiotherapist, SearchPoint
from directory.nearest import Wish, nearest
from places.models import PartialPostcode
from tests.conditions.editing import clock_at
from tests.directory.table import assert_in_step
from tests.factories import make_clinic, make_page, make_physiotherapist

pytestmark = pytest.mark.django_db
KEYS_AND_TIMES = {"id", "created_at", "updated_at"}


def load(*arguments: str, number: int = 30, **options: Any) -> str:
    """What the command writes."""
    written = StringIO()
    call_command(
        "load_sample_directory",
        *arguments,
        f"--number={number}",
        stdout=written,
        stderr=StringIO(),
        **options,
    )
    return written.getvalue().strip()


def facts_of(listing: Physiotherapist | Clinic) -> dict[str, Any]:
    return {
        name: value
        for name, value in vars(listing).items()
        if name not in KEYS_AND_TIMES and not name.startswith("_")
    }


def people() -> list[dict[str, Any]]:
    """Everything about the sample listings but their keys and times."""
    made = Physiotherapist.objects.filter(sample=True).order_by("slug").prefetch_related("clinics")
    return [
        facts_of(person)
        | {"clinics": sorted(str(facts_of(clinic)) for clinic in person.clinics.all())}
        | {"treats": sorted(person.conditions_treated.values_list("slug", flat=True))}
        for person in made
    ]


def test_it_says_how_many_it_made_and_the_search_knows_them():
    assert load(number=30) == (
        f"30 sample physiotherapists at 20 clinics, {SearchPoint.objects.count()} places to search."
    )
    assert Physiotherapist.objects.filter(sample=True, listed=True).count() == 30
    assert Clinic.objects.filter(sample=True).count() == 20
    assert_in_step()


def test_it_is_silent_when_told_to_be():
    assert load(verbosity=0) == ""
    assert len(people()) == 30


def test_the_same_seed_makes_the_same_people():
    make_page("neck-pain"), make_page("low-back-pain")
    load("--seed=7")
    first = people()
    load("--seed=7")
    assert people() == first
    assert any(person["treats"] for person in first)
    load("--seed=8")
    assert people() != first


def test_the_same_seed_makes_the_same_people_on_any_day():
    load("--seed=7")
    first = people()
    with clock_at("2041-05-05 12:00"):
        load("--seed=7")
    assert people() == first


NEURO = {"stroke-recovery", "parkinsons", "multiple-sclerosis", "vertigo"}


def test_they_treat_what_fits_and_nobody_treats_everything():
    others = {f"of-joints-{number}" for number in range(33)}
    for slug in NEURO | others:
        Page.objects.create(slug=slug)
    Page.objects.create(slug="exercise", kind=Page.Kind.TREATMENT)
    load(number=200)

    made = people()
    for person in made:
        treats, works_in = set(person["treats"]), set(person["specialisms"])
        if "musculoskeletal" in works_in:
            assert 6 <= len(treats & others) <= 14
        else:
            assert not treats & others
        if "neuro" in works_in:
            assert 1 <= len(treats & NEURO) <= 4
        else:
            assert treats & NEURO <= {"vertigo"}
        assert ("vertigo" in treats) >= ("vestibular" in works_in)
        assert treats <= NEURO | others
        assert len(treats) <= 18
    # Each kind is there to be told apart.
    assert {len(set(person["treats"]) & others) for person in made} >= {0, *range(6, 15)}
    assert {len(set(person["treats"]) & NEURO) for person in made} >= {0, 1, 2, 3}
    treated = Counter(slug for person in made for slug in person["treats"])
    assert set(treated) == NEURO | others
    assert max(treated.values()) < 100


@pytest.mark.parametrize("slugs", [[], ["vertigo"], ["neck-pain"], ["parkinsons", "neck-pain"]])
def test_they_treat_what_there_are_pages_for(slugs: list[str]):
    for slug in slugs:
        Page.objects.create(slug=slug)
    load(number=60)
    assert {slug for person in people() for slug in person["treats"]} == set(slugs)


def test_one_person_can_be_made():
    load(number=1)
    assert len(people()) == 1


def test_loading_again_replaces_them():
    load(number=30)
    assert load(number=12).startswith("12 sample physiotherapists")
    assert len(people()) == 12
    assert Clinic.objects.count() == 8
    assert_in_step()


def test_if_empty_leaves_those_that_are_there():
    load("--if-empty", number=12)
    before = set(Physiotherapist.objects.values_list("pk", "slug"))
    assert load("--if-empty", number=30) == ""
    assert set(Physiotherapist.objects.values_list("pk", "slug")) == before


def test_remove_takes_every_sample_listing_away():
    load(number=12)
    assert load("--remove") == "12 sample listings removed."
    assert not Physiotherapist.objects.exists()
    assert not Clinic.objects.exists()
    assert not SearchPoint.objects.exists()


def test_removed_samples_leave_no_history_and_real_people_keep_theirs():
    clinic = make_clinic("LS1 4AP")
    make_physiotherapist((clinic,))
    before = records()
    assert any(before.values())
    load(number=12)
    # As an editor does who tries the site.
    sample, of_sample = Physiotherapist.objects.filter(sample=True)[0], Clinic.objects.filter(sample=True)[0]
    sample.save()
    of_sample.save()
    sample.clinics.set([of_sample])
    load(number=12)
    assert records() == before
    load("--remove")
    assert records() == before


def records() -> dict[str, int]:
    """How many rows each table of the history holds."""
    models = apps.get_app_config("directory").get_models()
    return {
        model.__name__: model._default_manager.count() for model in models if "Historical" in model.__name__
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "12 sample listings would be removed and 30 made."),
        (["--if-empty"], "0 sample listings would be removed and 0 made."),
        (["--remove"], "12 sample listings would be removed and 0 made."),
    ],
)
def test_a_dry_run_says_what_would_be_done_and_changes_nothing(arguments: list[str], said: str):
    load(number=12)
    before = set(Physiotherapist.objects.values_list("pk", "slug"))
    assert load("--dry-run", *arguments, number=30) == said
    assert set(Physiotherapist.objects.values_list("pk", "slug")) == before


def test_a_dry_run_where_there_is_nobody():
    assert load("--dry-run", number=30) == "0 sample listings would be removed and 30 made."
    assert load("--dry-run", "--if-empty", number=30) == "0 sample listings would be removed and 30 made."
    assert not Physiotherapist.objects.exists()


@pytest.mark.parametrize("number", [0, -1, 100_001])
def test_the_number_has_bounds(number: int):
    load(number=3)
    with pytest.raises(CommandError, match="from 1 to 100,000"):
        load(number=number)
    assert len(people()) == 3


@pytest.mark.parametrize("arguments", [[], ["--if-empty"]])
def test_it_is_refused_where_samples_are_not_allowed(settings, arguments: list[str]):
    settings.SAMPLE_DATA_ALLOWED = False
    with pytest.raises(CommandError, match="must not reach a production database"):
        load(*arguments)
    assert not Physiotherapist.objects.exists()
    assert not Clinic.objects.exists()


def test_they_can_be_removed_where_they_are_not_allowed(settings):
    load(number=3)
    settings.SAMPLE_DATA_ALLOWED = False
    assert load("--remove") == "3 sample listings removed."
    assert not Physiotherapist.objects.exists()


def test_without_postcodes_nothing_is_made_and_nothing_is_lost():
    load(number=3)
    before = people()
    PartialPostcode.objects.all().delete()
    with pytest.raises(CommandError, match="There are no postcodes yet"):
        load(number=3)
    assert people() == before


@pytest.mark.parametrize("arguments", [[], ["--remove"]])
def test_real_listings_are_not_touched(arguments: list[str]):
    load(number=12)
    clinic, sample_clinic = make_clinic("LS1 4AP"), Clinic.objects.filter(sample=True).first()
    assert sample_clinic
    real = make_physiotherapist((clinic, sample_clinic), visits_from="LS1 4AP", specialisms=["neuro"])
    before = Physiotherapist.objects.filter(sample=False).values().get()

    load(*arguments, number=12)

    assert Physiotherapist.objects.filter(sample=False).values().get() == before
    assert list(real.clinics.all()) == [clinic]
    place = Wish(clinic.latitude or 0, clinic.longitude or 0, radius_miles=1)
    assert real.pk in {match.physiotherapist_id for match in nearest(place).matches}
    assert_in_step()


def test_a_sample_listing_cannot_be_saved_where_it_is_not_allowed(settings):
    clinic = make_clinic(sample=True, name="Before")
    person = make_physiotherapist((clinic,), sample=True, name="Before")
    settings.SAMPLE_DATA_ALLOWED = False

    for listing in (person, clinic):
        listing.name = "After"
        with pytest.raises(ValidationError, match="Sample listings are not allowed here"):
            listing.save()
        listing.refresh_from_db()
        assert listing.name == "Before"
    with pytest.raises(ValidationError):
        make_clinic(sample=True)
    with pytest.raises(ValidationError):
        make_physiotherapist(sample=True)
    make_physiotherapist((make_clinic(),))
