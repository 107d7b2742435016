"""What answers say of how long, and by whom, they may be kept."""

import pytest

from physiosite.public_pages import KEPT_BY_NOBODY, RULES, SAID, TIMES, WORDS
from tests.public_pages import ADDRESSES, ELSEWHERE, FORMER, LOST, MACHINES, PAGES, SIGNED, WITHDRAWN

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("public_content")]
# They say it themselves: nobody is to keep them, or only the browser.
OWN_WORDS = {"healthz", "readyz", "media"}
FIVE_MINUTES = "public, max-age=300"


def test_every_page_has_a_rule_or_is_for_one_person():
    of_one_person = {name for name in PAGES if name.startswith("bookings:")}
    assert RULES.keys() == (PAGES.keys() | MACHINES.keys()) - of_one_person - OWN_WORDS - ELSEWHERE


@pytest.mark.parametrize("name", [name for name in RULES if name in PAGES])
def test_public_pages_may_be_kept_by_everybody(get, name):
    for address in PAGES[name]:
        response = get(address)
        assert response.headers["Cache-Control"] == SAID[RULES[name].fresh], address
        # Of what is packed, and of nothing that tells visitors apart.
        assert response.headers.get("Vary", "Accept-Encoding") == "Accept-Encoding"


def test_words_may_be_kept_longer_than_times():
    assert RULES["conditions:detail"].fresh == WORDS
    assert RULES["directory:search"].fresh == RULES["directory:profile"].fresh == TIMES
    for said in SAID.values():
        assert {"public", "s-maxage", "stale-while-revalidate", "stale-if-error"} <= {
            part.split("=")[0] for part in said.split(", ")
        }


@pytest.mark.parametrize("address", [address for address in ADDRESSES if address.startswith(SIGNED)])
def test_pages_of_one_person_are_kept_by_no_cache(get, address):
    said = get(address).headers["Cache-Control"]
    assert "private" in said
    assert "no-store" in said or "no-cache" in said


def test_others_are_asked_for_anew(get, client):
    assert get(LOST).headers["Cache-Control"] == "no-cache"
    assert get(FORMER).headers["Cache-Control"] == "no-cache"
    assert get(WITHDRAWN).headers["Cache-Control"] == SAID[WORDS]
    assert client.post("/").headers["Cache-Control"] == KEPT_BY_NOBODY
    assert "no-store" in client.get("/admin/login/").headers["Cache-Control"]


def test_position_is_kept_by_browsers_alone(client):
    said = client.get("/physiotherapists/?lat=53.8&lng=-1.55").headers["Cache-Control"]
    assert said == "private, no-cache"
