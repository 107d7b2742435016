"""Times that end, go or are taken meanwhile; tokens that were altered; doing it twice."""

import pytest
from django.test import Client
from django.utils import timezone

from bookings.models import Appointment, Diary, State
from directory.models import Physiotherapist
from tests.bookings.factories import add_time_off, local, make_diary, make_place
from tests.bookings.pages import NOW, TYPED, book, buttons, choose, confirm, in_hours, problems, times_of
from tests.conditions.editing import clock_at
from tests.factories import make_physiotherapist
from tests.markup import filled_in, page_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock():
    with clock_at(NOW):
        yield


@pytest.fixture
def diary() -> Diary:
    return make_diary(
        make_physiotherapist((make_place(),), slug="ada", name="Ada Sample", phone="0113 496 0123")
    )


def flipped(steps: str, place: int) -> str:
    """The address with one bit of one character of its token changed."""
    before, token, _ = steps.rsplit("/", 2)
    place %= len(token)
    return f"{before}/{token[:place]}{chr(ord(token[place]) ^ 1)}{token[place + 1 :]}/"


@pytest.mark.parametrize("place", [0, 15, 31, 33, 60])
@pytest.mark.parametrize("step", ["", "details/", "check/", "confirm/", "again/", "done/"])
def test_a_token_with_one_bit_changed_leads_nowhere(client: Client, diary: Diary, step: str, place: int):
    altered = flipped(choose(client, diary), place) + step
    ask = client.post if step in {"confirm/", "again/"} else client.get
    assert ask(altered, TYPED).status_code == 404
    assert not Appointment.objects.made().exists()


def test_a_token_of_one_page_is_none_of_another(client: Client, diary: Diary):
    token = choose(client, diary).rsplit("/", 2)[1]
    assert client.get(f"/appointments/{token}/").status_code == 404
    assert client.get(f"/appointments/day/{token}/").status_code == 404


def test_a_hold_that_has_ended_is_still_good_while_nobody_has_the_time(client: Client, diary: Diary):
    steps = choose(client, diary, 1)
    with clock_at(in_hours(0.5)):
        response = client.post(f"{steps}confirm/", TYPED)
        assert response.headers["Location"] == f"{steps}done/"
    assert Appointment.objects.get().state == State.BOOKED


def test_who_comes_too_late_is_offered_the_nearest_three_and_loses_nothing(client: Client, diary: Diary):
    steps = choose(client, diary, 1)
    typed = TYPED | {"reason": "My <i>neck</i>", "name": "Ann O'Neil"}
    with clock_at(in_hours(0.2)):
        choose(client, diary)
    with clock_at(in_hours(0.3)):
        gone = client.post(f"{steps}confirm/", typed)
    assert gone.status_code == 409
    page = page_of(gone)
    assert str(page.one("title").children[0]).startswith("Error: ")
    assert "Today, Monday 2 June at 13:00 is not free any more." in page.one(class_="error-summary").text
    assert [value[11:16] for value in buttons(page)] == ["14:00", "15:00", "16:00"]
    form = next(form for form in page.all("form") if form["action"] == f"{steps}again/")
    assert filled_in(form) == typed
    with clock_at(in_hours(0.3)):
        on = client.post(form["action"], filled_in(form) | {"slot": buttons(page)[1]})
        assert on.status_code == 307
        checked = page_of(client.post(on.headers["Location"], typed))
        assert "Today, Monday 2 June at 15:00" in checked.one("main").text
        assert "Ann O'Neil" in checked.one("main").text
        last = next(form for form in checked.all("form") if form["action"].endswith("/confirm/"))
    with clock_at(in_hours(0.4)):
        assert client.post(last["action"], filled_in(last)).status_code == 302
    assert Appointment.objects.made().get().reason == "My <i>neck</i>"


@pytest.mark.parametrize(
    "slot", ["", "tomorrow", "2031-06-02T13:00", "1999-01-01T09:00:00+00:00", "9" * 400, "\x00"]
)
def test_nonsense_for_another_time_offers_no_appointment(client: Client, diary: Diary, slot: str):
    steps = choose(client, diary)
    response = client.post(f"{steps}again/", TYPED | {"slot": slot})
    assert response.status_code == 409
    assert not Appointment.objects.made().exists()


@pytest.mark.parametrize(
    ("slot", "status"),
    [
        ("2031-06-02T08:00:00+01:00", 409),  # past
        ("2031-06-02T13:10:00+01:00", 409),  # off the grid
        ("2031-06-02T18:00:00+01:00", 409),  # outside the hours
        ("2031-12-24T09:00:00+00:00", 409),  # beyond the diary's end
        ("2031-06-02T13:00:00", 200),
        ("2031-02-30T13:00:00+00:00", 200),
        ("0001-01-01T00:00:00+00:00", 200),
        ("soon", 200),
        ("", 200),
    ],
)
def test_a_time_that_is_not_offered_is_not_held(client: Client, diary: Diary, slot: str, status: int):
    response = client.post(times_of(diary), {"kind": "first", "slot": slot})
    page = page_of(response)
    assert response.status_code == status
    assert problems(page)[""] in {"Choose a time.", "That time has just gone. Choose another."}
    assert str(page.one("title").children[0]).startswith("Error: ")
    assert len(page.all("form", class_="notice")) == (status == 409)
    assert not Appointment.objects.exists()


@pytest.mark.parametrize("change", ["hours", "time off", "unlisted", "closed"])
def test_what_changes_between_the_first_step_and_the_last_is_seen(client: Client, diary: Diary, change: str):
    steps = choose(client, diary, 1)
    match change:
        case "hours":
            diary.hours.all().delete()
        case "time off":
            add_time_off(diary, timezone.now(), local("2031-06-03 00:00"))
        case "unlisted":
            Physiotherapist.objects.update(listed=False)
        case "closed":
            diary.is_open = False
            diary.save()
    response = confirm(client, steps)
    assert response.status_code == 409
    assert [value[:10] for value in buttons(page_of(response))] == (
        ["2031-06-03"] * 3 if change == "time off" else []
    )
    assert not Appointment.objects.made().exists()


def test_two_tabs_are_two_holds_of_which_each_can_be_booked(client: Client, diary: Diary):
    first, second = choose(client, diary), choose(client, diary)
    assert confirm(client, second).headers["Location"] == f"{second}done/"
    assert confirm(client, first).headers["Location"] == f"{first}done/"
    starts = Appointment.objects.made().values_list("starts", flat=True)
    assert len(set(starts)) == 2


def test_confirming_twice_and_going_back_make_one_appointment(client: Client, diary: Diary):
    steps = choose(client, diary)
    assert confirm(client, steps).headers["Location"] == f"{steps}done/"
    again = client.post(f"{steps}confirm/", TYPED | {"name": "Somebody else"})
    assert again.headers["Location"] == f"{steps}done/"
    for step in ("", "details/", "check/"):
        assert client.get(f"{steps}{step}").headers["Location"] == f"{steps}done/"
    for step in ("details/", "check/", "again/"):
        assert client.post(f"{steps}{step}", TYPED).headers["Location"] == f"{steps}done/"
    assert Appointment.objects.made().get().name == "Ann Patient"


def test_before_it_is_booked_the_last_page_leads_back(client: Client, diary: Diary):
    steps = choose(client, diary)
    assert client.get(f"{steps}done/").headers["Location"] == f"{steps}details/"
    for step in ("confirm/", "again/"):
        assert client.get(f"{steps}{step}").status_code == 405


# --- People who cannot be booked ------------------------------------------------------------------------


def test_without_a_diary_the_page_says_how_to_get_in_touch(client: Client):
    make_physiotherapist(slug="bob", name="Bob Sample", phone="07700 900123", email="bob@example.com")
    response = client.get("/physiotherapists/bob/book/")
    assert response.status_code == 404
    main = page_of(response).one("main")
    assert main.one("h1").text == "Bob Sample takes no bookings on this site"
    assert {"tel:07700900123", "mailto:bob@example.com"} <= main.links.keys()
    assert not main.all("form", "button")
    post = client.post("/physiotherapists/bob/book/", {"slot": "2031-06-02T13:00:00+01:00"})
    assert (post.status_code, Appointment.objects.count()) == (409, 0)


def test_somebody_unlisted_has_no_page_of_times(client: Client, diary: Diary):
    Physiotherapist.objects.update(listed=False)
    assert client.get(times_of(diary)).status_code == 404
    assert client.post(times_of(diary), {"slot": "2031-06-02T13:00:00+01:00"}).status_code == 404


def test_a_former_address_leads_to_the_new_one_for_good(client: Client, diary: Diary):
    diary.physiotherapist.former_profiles.create(slug="ada-before")
    response = client.get("/physiotherapists/ada-before/book/")
    assert (response.status_code, response.headers["Location"]) == (301, "/physiotherapists/ada/book/")


@pytest.mark.parametrize(
    "query",
    [
        *("from=2999-01-01", "from=1066-10-14", "from=x", "kind=surgery", "where=moon"),
        "condition=%00&from=%00",
        "from=" + "9" * 500,
    ],
)
def test_nonsense_in_the_address_of_the_times_is_left_out(client: Client, diary: Diary, query: str):
    response = client.get(f"{times_of(diary)}?{query}")
    assert response.status_code == 200
    assert page_of(response).one("h2", id="times")
    assert b"surgery" not in response.content
    assert b"moon" not in response.content


def test_times_go_on_page_by_page_as_far_as_the_diary_is_open(client: Client, diary: Diary):
    add_time_off(diary, local("2031-06-10 00:00"), local("2031-07-10 00:00"))
    page = page_of(client.get(times_of(diary)))
    ways = page.one("nav", class_="other-days").links
    assert ways == {"?kind=first&from=2031-07-10": "Later times"}
    later = page_of(client.get(times_of(diary) + "?kind=first&from=2031-07-10"))
    assert buttons(later)[0] == "2031-07-10T09:00:00+01:00"
    assert "Earlier times" in later.one("nav", class_="other-days").text
    last = page_of(client.get(times_of(diary) + "?from=2031-08-01"))
    assert buttons(last)[-1] == "2031-08-01T16:00:00+01:00"
    assert book(client, diary, number=3).starts == local("2031-06-02 15:00")
