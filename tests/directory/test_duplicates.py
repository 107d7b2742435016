"""Listings that may be one person or one clinic twice."""

import time

import pytest
from django.db import connection

from directory.duplicates import bare_name, bare_number, pairs_of_clinics, pairs_of_people
from directory.models import Apart, Clinic, Physiotherapist
from tests.conditions.editing import SignedIn, said, text_of
from tests.directory.crowd import make_crowd
from tests.directory.forms import list_url, url_of
from tests.factories import make_clinic, make_physiotherapist
from tests.markup import page_of
from tests.test_admin_policy import assert_strict

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann():
    return SignedIn("Directory editor", name="ann")


def found(pairs):
    return [(pair.lower, pair.higher) for pair in pairs]


@pytest.mark.parametrize("other", ["PH012345", "PH 12345", "ph12345", "ph 12345"])
def test_one_number_in_two_ways_is_found_wherever_they_work(other):
    one = make_physiotherapist((make_clinic("LS1 4AP"),), name="Ada Example", hcpc_number="PH12345")
    two = make_physiotherapist((make_clinic("ZE1 0EN"),), name="Zoe Other", hcpc_number="PH54321")
    make_physiotherapist(hcpc_number="PH123456")
    with connection.cursor() as cursor:
        # The field would tidy it; however it came into the database.
        cursor.execute("UPDATE directory_physiotherapist SET hcpc_number = %s WHERE id = %s", [other, two.pk])
    (pair,) = pairs_of_people()
    assert (pair.lower, pair.higher) == (one.pk, two.pk)
    assert pair.why == "Their HCPC numbers are one number, written in two ways"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann Smith", "Ann Smith"),
        ("Ann Smith", "ann  SMITH"),
        ("Ann Smith", "Dr Ann Smith"),
        ("Ann Smith", "Smith, Ann"),
        ("Ann Smith", "Anne Smith"),
        ("Ann Smith", "Ann Jane Smith"),
        ("Siân Llŷr", "Sian Llyr"),
        ("Mary O'Neill", "Mary O’Neill"),
        ("Mary O'Neill", "Mary ONeill"),
    ],
)
def test_a_similar_name_in_one_outward_code_is_found(one, other):
    first = make_physiotherapist((make_clinic("LS1 4AP"),), name=one)
    second = make_physiotherapist((make_clinic("LS1 4DY"),), name=other)
    (pair,) = pairs_of_people()
    assert (pair.lower, pair.higher) == (first.pk, second.pk)
    assert pair.why.endswith("name, both in LS1")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann Smith", "Ian Smith"),
        ("Ann Smith", "Ann Jones"),
        ("Ann Smith", "Ann"),
        ("Ann Smith", "Smith"),
        ("Ann Smith", "Bob Green"),
        ("李", "王"),
        ("Dr", "Mr"),
    ],
)
def test_other_names_are_not(one, other):
    clinic = make_clinic("LS1 4AP")
    make_physiotherapist((clinic,), name=one)
    make_physiotherapist((clinic,), name=other)
    assert pairs_of_people() == []


def test_the_same_name_far_apart_is_not():
    make_physiotherapist((make_clinic("LS1 4AP"),), name="Ann Smith")
    make_physiotherapist((make_clinic("LS11 5AE"),), name="Ann Smith")
    make_physiotherapist(name="Ann Smith")
    assert pairs_of_people() == []


def test_a_base_for_visits_counts_as_a_place():
    one = make_physiotherapist((make_clinic("LS1 4AP"),), name="Ann Smith")
    two = make_physiotherapist(visits_from="LS1 4DY", name="Ann Smith")
    assert found(pairs_of_people()) == [(one.pk, two.pk)]


def test_a_pair_that_is_found_in_two_ways_is_told_once_the_number_first():
    clinic, other = make_clinic("LS1 4AP"), make_clinic("YO1 7HH")
    for number in ("PH12345", "PH012345"):
        make_physiotherapist((clinic, other), name="Ann Smith", hcpc_number=number)
    like = make_physiotherapist((clinic,), name="Anne Smith")
    pairs = pairs_of_people()
    assert len(pairs) == 3 and "HCPC" in pairs[0].why
    assert all(like.pk in (pair.lower, pair.higher) for pair in pairs[1:])


@pytest.mark.parametrize(
    ("one", "other", "postcode", "is_found"),
    [
        ("Aire Physiotherapy", "Aire Physiotherapy Clinic", "LS1 4AP", True),
        ("The Aire Physio Centre Ltd.", "Aire Physiotherapy", "LS1 4AP", True),
        ("Aire Rooms", "Aire Room", "LS1 4AP", True),
        ("Aire Rooms", "Calder House", "LS1 4AP", False),
        ("Leeds Physiotherapy", "York Physiotherapy", "LS1 4AP", False),
        ("Physiotherapy Clinic", "Calder Clinic", "LS1 4AP", False),
        ("Aire Rooms", "Aire Rooms", "LS1 4DY", True),
        ("Aire Rooms", "Aire Room", "LS1 4DY", False),
        ("Aire Rooms", "Aire Rooms", "YO1 7HH", False),
    ],
)
def test_clinics_of_a_similar_name_at_one_postcode_are_found(one, other, postcode, is_found):
    first, second = make_clinic("LS1 4AP", name=one), make_clinic(postcode, name=other)
    assert found(pairs_of_clinics()) == ([(first.pk, second.pk)] if is_found else [])


def test_pairs_that_were_said_to_be_two_are_not_offered_again(ann):
    clinic = make_clinic("LS1 4AP")
    one, two, three = (make_physiotherapist((clinic,), name="Ann Smith") for _ in range(3))
    address = list_url(Physiotherapist, "duplicates")
    page = page_of(ann.get(address))
    assert "3 pairs" in page.text
    assert url_of(one, "merge", two.pk) in page.links
    told = said(ann, ann.post(address, {"apart": f"{one.pk}-{two.pk}"}))
    assert "are two, and are not offered again" in told
    assert found(pairs_of_people()) == [(one.pk, three.pk), (two.pk, three.pk)]
    apart = Apart.objects.get()
    assert (apart.kind, apart.said_by) == ("physiotherapist", ann.user)
    # Said twice, or the other way round, it is the same.
    ann.post(address, {"apart": f"{two.pk}-{one.pk}"})
    assert Apart.objects.count() == 1


@pytest.mark.parametrize(
    "apart", ["", "-", "abc", "1-2-3", "0-0", "9999-99999", f"{'9' * 40}-1", "1--2", "²-³"]
)
def test_a_pair_that_is_none_is_refused(ann, apart):
    make_clinic()
    answer = ann.post(list_url(Clinic, "duplicates"), {"apart": apart})
    assert "deleted or merged in the meantime" in said(ann, answer)
    assert not Apart.objects.exists()


def test_the_pages_show_both_and_keep_the_strict_policy(ann):
    clinic = make_clinic("LS1 4AP", name="Aire <b>Rooms</b>")
    make_clinic("LS1 4AP", name="Aire <b>Rooms</b> Clinic")
    make_physiotherapist((clinic,), name="Ann Smith", hcpc_number="PH111")
    make_physiotherapist((), visits_from="LS1 4DY", name="Ann Smith", hcpc_number="PH222", listed=False)
    people, clinics = (ann.get(list_url(model, "duplicates")) for model in (Physiotherapist, Clinic))
    for page in (people, clinics):
        assert_strict(page)
        assert "1 pair, the likeliest first." in text_of(page)
    for words in ("PH111", "PH222", "Home visits from LS1 4DY", "Not listed", "Aire <b>Rooms</b>, LS1 4AP"):
        assert words in text_of(people)
    assert list_url(Clinic, "duplicates") in page_of(ann.get(list_url(Clinic))).links


def test_with_none_it_says_so(ann):
    assert "None was found." in text_of(ann.get(list_url(Clinic, "duplicates")))


def test_a_great_many_are_shown_in_part(ann, django_assert_max_num_queries):
    make_crowd(30, make_clinic("LS1 4AP"), name="Ann Smith")
    with django_assert_max_num_queries(16):
        page = ann.get(list_url(Physiotherapist, "duplicates"))
    assert "The 200 likeliest; when these are dealt with, there are more." in text_of(page)
    assert len(page_of(page).one("ol", class_="pairs").all("form")) == 200


def test_outward_codes_with_many_people_take_no_time():
    """A hundred times as crowded as the whole register would make them."""
    for postcode in ("LS1 4AP", "YO1 7HH", "M1 1AE", "B1 1AY", "EC1A 1BB"):
        clinic = make_clinic(postcode)
        people = make_crowd(400, clinic)
        for number, person in enumerate(people):
            person.name = f"{_name(number)} {_name(number * 7 + 3)}"
        Physiotherapist.objects.bulk_update(people, ["name"])
    start = time.process_time()
    pairs_of_people()
    assert time.process_time() - start < 3


def _name(number):
    return "".join("abcdefghijklmnopqrstuvwxyz"[(number * step + 5) % 26] for step in (3, 11, 17, 23, 5, 9))


def test_bare_names_and_numbers():
    assert bare_number("PH 00120") == "120" and bare_number("PH") == "PH"
    assert bare_name("  Dr. Siân  O’Neill-Jones ", {"dr"}) == "sian oneill jones"
    assert bare_name("Dr", {"dr"}) == "dr"
