import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from places.locate import locate
from places.models import PartialPostcode
from places.names import name_key
from places.suggest import suggest
from places.towns import TOWNS_FILE, read_towns

pytestmark = pytest.mark.django_db

TOWNS = read_towns(TOWNS_FILE)
LABELS = {town.label: town for town in TOWNS}
KEYS = [(name_key(town.name), town.label) for town in TOWNS]


def ask(client, text: str) -> list[str]:
    response = client.get("/places/", {"q": text})
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    places: list[str] = response.json()["places"]
    assert list(response.json()) == ["places"]
    return places


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("lond", ["London"]),
        ("leeds", ["Leeds"]),
        ("LEEDS", ["Leeds"]),
        ("stoke on t", ["Stoke-on-Trent"]),
        ("Stoke-on-T", ["Stoke-on-Trent"]),
        ("st. alb", ["St Albans"]),
        ("saint alb", ["St Albans"]),
        ("king's l", ["King's Lynn, Norfolk"]),
        ("kings l", ["King's Lynn, Norfolk"]),
        ("Caerdydd", ["Cardiff"]),
        ("LS1", ["LS1", "LS17", "LS12"]),
        ("ls1 ", ["LS1", "LS17"]),
        ("ls 1", ["LS1"]),
        ("LS14", ["LS14"]),
        ("E1", ["E1"]),
        ("ec1a", ["EC1A"]),
        ("LS", ["LS17", "LS12", "LS29"]),
        ("BT1", ["BT1"]),
        ("je2", ["JE2"]),
    ],
)
def test_the_first_suggestions(client, text, places):
    assert ask(client, text)[: len(places)] == places


@pytest.mark.parametrize(
    "text", ["", " ", "\t", "xyzzy", "LS1 4AP", "12", "-", "'", "%", "_", "\\", '"', "LS1' --"]
)
def test_nothing_to_suggest(client, text):
    assert ask(client, text) == []


@pytest.mark.parametrize(
    ("text", "first"), [("Leeds ", "Leeds"), ("Newport ", "Newport, Wales"), ("st ", "St Helens")]
)
def test_a_blank_behind_a_name_keeps_it(client, text, first):
    assert ask(client, text)[0] == first


def test_a_blank_behind_a_word_ends_it(client):
    assert "Ashford, Kent" in ask(client, "ash")
    assert all(place.split(",")[0].split("-")[0].split()[0] == "Ash" for place in ask(client, "ash "))


def test_an_area_s_letter_is_not_the_start_of_another_area(client):
    codes = [place for place in ask(client, "L") + ask(client, "B") if place not in LABELS]
    assert all(code[0] in "LB" and code[1].isdigit() for code in codes)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(TOWNS), st.integers(3, 20))
def test_the_most_populous_towns_with_that_start_come_first(town, length):
    start = town.name[:length].strip(" -")
    key = name_key(start)
    # What could also be an outward code, and a start that "saint" makes another, are tested above.
    assume(len(key) >= 3 and key == name_key(start + "x")[:-1])
    best = [label for name, label in KEYS if name.startswith(key)]
    found = suggest(start)
    sizes = [LABELS[label].population for label in found]
    assert sizes == sorted(sizes, reverse=True)
    assert set(found) >= set(best[:8])
    assert len(found) <= 8


@settings(max_examples=100, deadline=None)
@given(st.from_regex(r"[A-Za-z]{1,2}( ?[0-9][0-9A-Za-z]?)?", fullmatch=True))
@example("LS1")
@example("w1")
@example("sw")
def test_outward_codes_with_most_postcodes_come_first(typed):
    found = suggest(typed)
    assert len(found) <= 8
    assert len(set(found)) == len(found)
    exact = typed.upper().replace(" ", "")
    sizes = dict(PartialPostcode.objects.filter(is_outward=True).values_list("code", "postcodes"))
    if exact in sizes:
        assert found[0] == exact
    codes = [place for place in found if place in sizes and place != exact]
    assert all(code.startswith(exact) for code in codes)
    assert [sizes[code] for code in codes] == sorted((sizes[code] for code in codes), reverse=True)
    towns = [LABELS[place].population for place in found if place in LABELS]
    assert towns == sorted(towns, reverse=True)


def test_a_town_and_an_outward_code_stand_by_size(client):
    places = ask(client, "e")
    assert places[0] == "Edinburgh"
    assert places.index("Exeter") < places.index("E14")


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(
        st.sampled_from(TOWNS).flatmap(lambda town: st.integers(1, 9).map(lambda length: town.name[:length])),
        st.text(max_size=12),
    )
)
def test_every_suggestion_is_understood_as_itself(typed):
    for place in suggest(typed):
        assert locate(place).label.startswith(place)


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("", id="no parameter"),
        pytest.param("q=", id="empty"),
        pytest.param("q=%00", id="NUL"),
        pytest.param("q=LS1%00", id="NUL behind"),
        pytest.param("q=" + "a" * 10_000, id="10,000 characters"),
        pytest.param("q=" + "%20" * 10_000, id="10,000 blanks"),
        pytest.param("q=" + "%EF%B7%BA" * 2_000, id="2,000 ligatures of many letters each"),
        pytest.param("q=%F0%9F%98%80", id="emoji"),
        pytest.param("q=%FF%FE%C3", id="invalid UTF-8"),
        pytest.param("q=%ED%A0%80", id="a lone surrogate"),
        pytest.param("q=%E2%80%AELS1", id="right to left"),
        pytest.param("q=%D7%90%D7%91", id="Hebrew"),
        pytest.param("q=L%D9%A1", id="an Arabic digit"),
        pytest.param("q=%3Cscript%3E", id="a script"),
        pytest.param("q=%27%3B+DROP+TABLE+places_postcode%3B--", id="SQL"),
        pytest.param("q=.*&q=%5B", id="twice, as patterns"),
        pytest.param("q=leeds&q=york&x=1", id="twice, and another"),
    ],
)
def test_bad_input_is_answered_all_the_same(client, query, django_assert_max_num_queries):
    with django_assert_max_num_queries(1):
        response = client.get(f"/places/?{query}")
    assert response.status_code == 200
    places = response.json()["places"]
    assert len(places) <= 8
    assert all(isinstance(place, str) for place in places)


@pytest.mark.parametrize("text", ["l", "ls1", "leeds", "newp", "a", "", "w1"])
def test_an_answer_takes_one_query_at_most(client, django_assert_max_num_queries, text):
    with django_assert_max_num_queries(1):
        ask(client, text)


def test_an_answer_may_be_kept_by_anybody_and_carries_no_cookie(client):
    response = client.get("/places/", {"q": "leeds"})
    assert "public" in response["Cache-Control"]
    assert "max-age=" in response["Cache-Control"]
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")


def test_an_administrator_gets_the_same_answer(admin_client, client):
    response = admin_client.get("/places/", {"q": "leeds"})
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_sent(client, method):
    response = getattr(client, method)("/places/?q=leeds")
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD"


def test_only_the_headers_can_be_asked_for(client):
    response = client.head("/places/", {"q": "leeds"})
    assert response.status_code == 200
    assert response.content == b""
