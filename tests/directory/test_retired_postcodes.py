"""A postcode that an import has left out: its listings stay, can be changed and merged, and are listed."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from directory.models import Clinic, Physiotherapist, SearchPoint
from directory.retired import clinics_at_retired_postcodes, people_with_retired_bases
from places.models import Postcode
from places.postcodes import postcode_key
from tests.conditions.editing import SignedIn, said
from tests.directory.crowd import make_crowd
from tests.directory.forms import save, saved, url_of
from tests.factories import make_clinic, make_physiotherapist
from tests.markup import filled_in, page_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann():
    return SignedIn("Directory editor", name="ann")


def retire(*postcodes: str) -> None:
    keys = [postcode_key(postcode.replace(" ", "")) for postcode in postcodes]
    assert Postcode.objects.filter(pk__in=keys).delete()[0] == len(keys)


def test_a_person_with_a_retired_base_can_be_changed_and_stays_where_they_were(ann):
    person = make_physiotherapist(visits_from="LS2 7UE")
    point = person.visit_latitude, person.visit_longitude
    rows = list(SearchPoint.objects.values_list("latitude", "longitude"))
    retire("LS2 7UE")
    saved(ann, person, {"phone": "0113 496 0001"})
    saved(ann, person, {"visit_postcode": "ls27ue", "visit_miles": "12"})
    assert (person.phone, person.visit_postcode, person.visit_miles) == ("0113 496 0001", "LS2 7UE", 12)
    assert (person.visit_latitude, person.visit_longitude) == point
    assert list(SearchPoint.objects.values_list("latitude", "longitude")) == rows


def test_a_clinic_at_a_retired_postcode_can_be_changed_and_stays_where_it_was(ann):
    clinic = make_clinic("LS1 4AP")
    point = clinic.latitude, clinic.longitude
    retire("LS1 4AP")
    saved(ann, clinic, {"phone": "0113 496 0001", "latitude": "50", "longitude": "0"})
    assert (clinic.phone, clinic.postcode) == ("0113 496 0001", "LS1 4AP")
    assert (clinic.latitude, clinic.longitude) == point


def test_a_retired_postcode_is_still_refused_where_it_is_new(ann):
    clinic = make_clinic("LS2 7UE")
    person = make_physiotherapist(visits_from="YO1 7HH")
    other = make_physiotherapist()
    by_hand = make_clinic("LS1 4AP", pin_by_hand=True, latitude=55, longitude=-1)
    retire("LS1 4AP")
    message = "We do not hold the postcode LS1 4AP"
    assert message in said(ann, save(ann, clinic, {"postcode": "LS1 4AP"}))
    assert message in said(ann, save(ann, person, {"visit_postcode": "LS1 4AP"}))
    visits = {"home_visits": "on", "visit_postcode": "LS1 4AP", "visit_miles": "5"}
    assert message in said(ann, save(ann, other, visits))
    # The point that it has is an editor's, not the postcode's.
    assert message in said(ann, save(ann, by_hand, {"pin_by_hand": None}))


def merge_in_the_admin(client, kept, gone, **choices):
    address = url_of(kept, "merge", gone.pk)
    shown = client.get(address)
    (form,) = [form for form in page_of(shown).all("form") if "seen_kept" in filled_in(form)]
    return client.post(address, filled_in(form) | choices | {"_merge": "1"})


@pytest.mark.parametrize("side", ["kept", "gone"])
def test_retired_postcodes_stop_no_merger(ann, side):
    kept, gone = make_clinic("LS1 4AP", name="Aire Rooms"), make_clinic("LS2 7UE", name="Aire Rooms")
    chosen = kept if side == "kept" else gone
    ada, eva = make_physiotherapist(visits_from="LS1 4AP"), make_physiotherapist(visits_from="LS2 7UE")
    base = ada if side == "kept" else eva
    retire("LS1 4AP", "LS2 7UE")
    assert "Merged" in said(ann, merge_in_the_admin(ann, kept, gone, address=side))
    left = Clinic.objects.get()
    assert (left.postcode, left.latitude) == (chosen.postcode, chosen.latitude)
    assert "Merged" in said(ann, merge_in_the_admin(ann, ada, eva, home_visits=side, visit_postcode=side))
    person = Physiotherapist.objects.get()
    assert (person.visit_postcode, person.visit_latitude) == (base.visit_postcode, base.visit_latitude)


# --- The lists for editors ---


def test_looking_for_retired_postcodes_reads_all_listings_once_in_ten_minutes():
    clinic = make_clinic("LS1 4AP")
    make_crowd(20, clinic, check_due_on="2030-01-01")
    people = [make_physiotherapist(visits_from=base) for base in ("LS2 7UE", "YO1 7HH")]
    retire("LS1 4AP", "LS2 7UE")
    assert (clinics_at_retired_postcodes(), people_with_retired_bases()) == ([clinic.pk], [people[0].pk])
    make_clinic("M1 1AE")
    retire("M1 1AE")
    with CaptureQueriesContext(connection) as queries:
        assert clinics_at_retired_postcodes() == [clinic.pk]
    assert all("IN (" in query["sql"] for query in queries), [query["sql"][:90] for query in queries]
    cache.clear()
    assert len(clinics_at_retired_postcodes()) == 2


def test_what_an_editor_mends_leaves_the_list_at_once(ann):
    clinic, person = make_clinic("LS1 4AP"), make_physiotherapist(visits_from="LS2 7UE")
    retire("LS1 4AP", "LS2 7UE")
    assert (clinics_at_retired_postcodes(), people_with_retired_bases()) == ([clinic.pk], [person.pk])
    saved(ann, clinic, {"postcode": "M1 1AE"})
    saved(ann, person, {"home_visits": None})
    assert (clinics_at_retired_postcodes(), people_with_retired_bases()) == ([], [])
