"""Registrations that are due, and what visitors say: the work queue, the lists, the forms and actions."""

from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from conditions.groups import EDITOR
from directory.models import Clinic, Correction, Physiotherapist, SearchPoint
from directory.queue import SHOWN
from places.models import Postcode
from places.postcodes import postcode_key
from tests.conditions.editing import SignedIn, clock_at, said, text_of
from tests.directory.crowd import make_crowd
from tests.directory.forms import filled_in, list_url, opened, save, saved, url_of
from tests.factories import make_clinic, make_physiotherapist
from tests.markup import page_of
from tests.test_admin_policy import assert_strict

pytestmark = pytest.mark.django_db
LISTS = list_url(Physiotherapist)


@pytest.fixture
def ann():
    return SignedIn("Directory editor", name="ann")


def make_person(due_in_days=None, **values):
    """Checked a while ago, so that the next check is due in some days (minus: it was)."""
    if due_in_days is None:
        return make_physiotherapist(checked_on=None, check_due_on=None, **values)
    due_on = timezone.localdate() + timedelta(days=due_in_days)
    return make_physiotherapist(checked_on=due_on - timedelta(days=365), check_due_on=due_on, **values)


def queue(client):
    """Heading, with its number, to the lines below it."""
    section = page_of(client.get("/admin/")).one("section", class_="work-queue")
    return {
        module.one("h2").text: [line.text for line in module.all("li")]
        for module in section.all("div", class_="module")
    }


def names_in(client, **filters):
    page = page_of(client.get(LISTS, filters))
    return {row.one("a").text for row in page.all("th", class_="field-name")}


# --- The queue and the list ---


def test_the_queue_tells_who_is_due_who_lapsed_and_who_was_never_checked(ann):
    for name, days in (
        ("Yesterday", -1),
        ("Today", 0),
        ("In thirty days", 30),
        ("In thirty-one days", 31),
        ("Never", None),
        ("Long ago", -400),
    ):
        make_person(days, name=name)
    make_person(-5, name="Unlisted", listed=False)
    make_person(None, name="Sample", sample=True)
    lists = queue(ann)
    assert list(lists) == [
        "Registration lapsed, not shown any more (2)",
        "Registration due within 30 days (2)",
        "Registration never checked, not shown yet (1)",
    ]
    # The longest overdue first.
    assert [lines[0].split(" PH")[0] for lines in lists.values()] == ["Long ago", "Today", "Never"]
    assert [[line.split(" PH")[0] for line in lines] for lines in lists.values()] == [
        ["Long ago", "Yesterday"],
        ["Today", "In thirty days"],
        ["Never"],
    ]


@pytest.mark.parametrize(
    ("state", "found"),
    [
        ("lapsed", {"Yesterday"}),
        ("due", {"Today", "In thirty days"}),
        ("never", {"Never"}),
        ("in-date", {"Today", "In thirty days", "In thirty-one days"}),
        ("nonsense", {"Yesterday", "Today", "In thirty days", "In thirty-one days", "Never", "Unlisted"}),
    ],
)
def test_the_list_is_filtered_as_the_queue_counts(ann, state, found):
    for name, days in (
        ("Yesterday", -1),
        ("Today", 0),
        ("In thirty days", 30),
        ("In thirty-one days", 31),
        ("Never", None),
    ):
        make_person(days, name=name)
    make_person(-5, name="Unlisted", listed=False)
    assert names_in(ann, registration=state) == found


def test_the_day_is_that_of_london(ann):
    make_physiotherapist(name="Ada", checked_on=date(2030, 7, 1), check_due_on=date(2031, 6, 30))
    with clock_at("2031-06-30 23:59"):
        assert names_in(SignedIn("Directory editor"), registration="due") == {"Ada"}
    with clock_at("2031-07-01 00:01"):
        late = SignedIn("Directory editor")
        assert names_in(late, registration="lapsed") == {"Ada"}
        assert "Lapsed after 30 June 2031" in text_of(late.get(LISTS))


def test_the_list_says_how_each_stands(ann):
    make_person(-1, name="Yesterday")
    make_person(5, name="Soon")
    make_person(None, name="Never")
    make_person(None, name="Invented", sample=True)
    cells = [cell.text for cell in page_of(ann.get(LISTS, {"o": "1"})).all("td", class_="field-registration")]
    assert cells[0] == "Sample" and cells[1] == "Never checked"
    assert cells[2].startswith("Due by ") and cells[3].startswith("Lapsed after ")


def test_a_long_list_shows_its_number_the_first_few_and_the_way_to_all(ann, django_assert_max_num_queries):
    make_crowd(40, make_clinic(), check_due_on=timezone.localdate() + timedelta(days=3))
    with django_assert_max_num_queries(16):
        lists = queue(ann)
    ((heading, lines),) = lists.items()
    assert heading == "Registration due within 30 days (40)"
    assert len(lines) == SHOWN + 1 and lines[-1] == "All 40"
    links = page_of(ann.get("/admin/")).links
    everybody = next(href for href, text in links.items() if text == "All 40")
    assert "40 physiotherapists" in text_of(ann.get(everybody))


def test_nobody_else_is_shown_the_list():
    make_person(-1)
    assert "Registration" not in text_of(SignedIn(EDITOR).get("/admin/"))
    assert "Nothing waits for you." in text_of(SignedIn(EDITOR).get("/admin/"))


def test_with_nothing_to_do_it_says_so_once(ann):
    make_person(200)
    assert text_of(ann.get("/admin/")).count("Nothing waits for you.") == 1
    make_person(-1)
    assert "Nothing waits for you." not in text_of(ann.get("/admin/"))


# --- Postcodes that were retired ---


def test_listings_at_a_postcode_that_was_retired_are_kept_and_listed(ann):
    here, by_hand = make_clinic("LS1 4AP", name="Here"), make_clinic("LS1 4AP", pin_by_hand=True)
    belfast = make_clinic("BT1 5GS")
    person = make_physiotherapist((here, by_hand, belfast), visits_from="LS2 7UE", name="Ada")
    make_physiotherapist(visits_from="YO1 7HH", name="Eva")
    make_physiotherapist(visits_from="LS2 7UE", name="Unlisted", listed=False)
    assert queue(ann) == {}
    points = SearchPoint.objects.count()
    # As the next import of postcodes leaves it, and ten minutes later.
    Postcode.objects.filter(pk__in=[postcode_key("LS14AP"), postcode_key("LS27UE")]).delete()
    cache.clear()
    assert queue(ann) == {
        "Home visits from a postcode that we do not hold any more (1)": ["Ada LS2 7UE"],
        "Clinics at a postcode that we do not hold any more (1)": ["Here LS1 4AP"],
    }
    assert SearchPoint.objects.count() == points
    assert ann.get(person.get_absolute_url()).status_code == 200
    assert names_in(ann, retired="yes") == {"Ada"}
    clinics = page_of(ann.get(list_url(Clinic), {"retired": "yes"}))
    assert [cell.text for cell in clinics.all("th", class_="field-name")] == ["Here"]


# --- The form ---


def today_as_typed():
    return timezone.localdate().strftime("%d/%m/%Y")


def test_who_saves_a_new_check_is_who_checked(ann):
    person = make_person(-3)
    saved(ann, person, {"checked_on": today_as_typed(), "check_due_on": ""})
    today = timezone.localdate()
    assert (person.checked_on, person.checked_by) == (today, ann.user)
    # Left empty, the next one is due in 12 months.
    assert (person.check_due_on.year, person.check_due_on.month) == (today.year + 1, today.month)


def test_a_check_may_be_due_earlier_but_not_later_than_in_12_months(ann):
    person = make_person(-3)
    soon, late = (timezone.localdate() + timedelta(days=days) for days in (90, 400))
    refused = save(ann, person, {"checked_on": today_as_typed(), "check_due_on": late.strftime("%d/%m/%Y")})
    assert "The next check is due within 12 months of this one." in said(ann, refused)
    saved(ann, person, {"checked_on": today_as_typed(), "check_due_on": soon.strftime("%d/%m/%Y")})
    assert person.check_due_on == soon


def test_another_change_does_not_change_who_checked(ann):
    ben = SignedIn("Directory editor", name="ben")
    person = make_person(100, checked_by=ben.user)
    saved(ann, person, {"phone": "0113 496 0001"})
    assert person.checked_by == ben.user


def test_nobody_can_name_somebody_else_as_who_checked(ann):
    ben = SignedIn("Directory editor", name="ben")
    person = make_person(-3)
    saved(ann, person, {"checked_on": today_as_typed(), "check_due_on": "", "checked_by": ben.user.pk})
    assert person.checked_by == ann.user


def test_a_check_that_is_taken_back_was_made_by_nobody(ann):
    person = make_person(100, checked_by=ann.user)
    saved(ann, person, {"checked_on": "", "check_due_on": ""})
    assert (person.checked_on, person.check_due_on, person.checked_by) == (None, None, None)
    assert not SearchPoint.objects.exists()


def test_a_new_number_needs_a_new_check(ann):
    person = make_person(100, hcpc_number="PH111", checked_by=ann.user)
    response = save(ann, person, {"hcpc_number": "PH222"})
    assert "That check was of the number PH111." in said(ann, response)
    assert filled_in(response)["hcpc_number"] == "PH222"
    saved(ann, person, {"hcpc_number": "PH222", "checked_on": today_as_typed(), "check_due_on": ""})
    # A slip that is put right on the day of the check is no new number to look up.
    saved(ann, person, {"hcpc_number": "PH223"})
    assert person.hcpc_number == "PH223"


# --- The action for many ---


def act(client, model, action, rows, **more):
    selected = {"_selected_action": [row.pk for row in rows]}
    return client.post(list_url(model), {"action": action, **selected, **more})


def test_many_are_checked_today_with_one_action(ann):
    clinic = make_clinic("LS1 4AP")
    lapsed, due, other = (make_person(days, clinics=(clinic,)) for days in (-10, 5, 7))
    assert SearchPoint.objects.count() == 3 and Physiotherapist.objects.listed().count() == 2
    before = other.check_due_on
    with clock_at("2032-02-29 12:00"):
        client = SignedIn("Directory editor")
        told = said(client, act(client, Physiotherapist, "registration_checked_today", [lapsed, due]))
    assert "Registration checked today: 2 people. Next due by 28 February 2033." in told
    for person in (lapsed, due, other):
        person.refresh_from_db()
    for person in (lapsed, due):
        assert (person.checked_on, person.check_due_on, person.checked_by) == (
            date(2032, 2, 29),
            date(2033, 2, 28),
            client.user,
        )
        # The search and the history follow.
        assert person.search_points.get().shown_until == date(2033, 2, 28).toordinal()
        assert person.history.first().history_user == client.user
        assert person.history.first().clinics.count() == 1
    assert other.check_due_on == before


def test_sample_listings_have_no_registration_to_check(ann, settings):
    real, sample = make_person(-3), make_person(None, sample=True)
    # As in a database that was copied from a test machine.
    settings.SAMPLE_DATA_ALLOWED = False
    told = said(ann, act(ann, Physiotherapist, "registration_checked_today", [real, sample]))
    assert "1 person" in told and "1 left out" in told
    sample.refresh_from_db()
    assert sample.checked_on is None


def test_who_may_only_look_cannot_use_the_action():
    from django.contrib.auth.models import Permission

    reader = SignedIn()
    reader.user.user_permissions.add(Permission.objects.get(codename="view_physiotherapist"))
    person = make_person(-3)
    act(reader, Physiotherapist, "registration_checked_today", [person])
    person.refresh_from_db()
    assert person.checked_on < timezone.localdate()


# --- What visitors say ---


def make_correction(message="The fee is wrong.", **values):
    person = values.pop("physiotherapist", None) or make_physiotherapist(name="Ada")
    return Correction.objects.create(physiotherapist=person, about="fees", message=message, **values)


def rows_of(client, **filters):
    return [
        cell.text
        for cell in page_of(client.get(list_url(Correction), filters)).all("td", class_="field-says")
    ]


def test_open_ones_are_in_the_queue_and_first_in_the_list(ann):
    person = make_physiotherapist(name="Ada")
    with clock_at("2031-01-03 12:00"):
        for number in range(4):
            make_correction(f"Note {number}", physiotherapist=person)
    first, _, third, _ = Correction.objects.order_by("pk")
    with clock_at("2031-01-04 12:00"):
        act(SignedIn("Directory editor"), Correction, "dealt_with", [first])
    with clock_at("2031-01-05 12:00"):
        client = SignedIn("Directory editor")
        act(client, Correction, "dealt_with", [third])
        assert rows_of(client) == ["Note 1", "Note 3", "Note 2", "Note 0"]
        assert rows_of(client, state="open") == ["Note 1", "Note 3"]
        assert rows_of(client, state="done") == ["Note 2", "Note 0"]
        assert (
            queue(client)["Visitors say that it is wrong (2)"]
            == ["Ada: A fee is wrong since 3 January 2031"] * 2
        )


def test_dealing_with_one_notes_who_and_when(ann):
    correction = make_correction()
    with clock_at("2031-06-01 00:10") as moment:
        client = SignedIn("Directory editor")
        page = client.get(url_of(correction))
        assert_strict(page)
        form = next(f for f in page_of(page).all("form") if f.get("id") == "correction_form")
        assert [button.get("value") for button in form.all("input", type="submit")] == ["Dealt with"]
        told = said(client, client.post(url_of(correction), {"_save": "Dealt with"}))
        correction.refresh_from_db()
        assert (correction.dealt_with_at, correction.dealt_with_by) == (moment, client.user)
    assert "Dealt with: Ada: A fee is wrong." in told


def test_the_second_who_deals_with_one_is_told(ann):
    ben = SignedIn("Directory editor", name="ben")
    correction = make_correction()
    ann.post(url_of(correction), {"_save": "Dealt with"})
    assert "Somebody had dealt with it already" in said(ben, ben.post(url_of(correction), {"_save": "1"}))
    correction.refresh_from_db()
    assert correction.dealt_with_by == ann.user


def test_one_that_was_marked_by_mistake_is_opened_again(ann):
    correction = make_correction()
    act(ann, Correction, "dealt_with", [correction])
    act(ann, Correction, "not_dealt_with", [correction])
    correction.refresh_from_db()
    assert (correction.dealt_with_at, correction.dealt_with_by) == (None, None)


def test_what_a_visitor_wrote_is_read_as_it_is_and_not_rewritten(ann):
    correction = make_correction("<script>alert(1)</script> & more")
    page = ann.get(url_of(correction))
    assert "<script>alert(1)</script> & more" in text_of(page)
    assert b"<script>alert" not in page.content
    ann.post(url_of(correction), {"message": "Rewritten", "about": "other"})
    correction.refresh_from_db()
    assert (correction.message, correction.about) == ("<script>alert(1)</script> & more", "fees")


def test_it_leads_to_the_listing_and_the_listing_to_it(ann):
    correction = make_correction()
    person = correction.physiotherapist
    assert url_of(person) in page_of(ann.get(url_of(correction))).links
    form = page_of(ann.get(url_of(person)))
    assert url_of(correction) in form.links and "The fee is wrong." in form.text
    act(ann, Correction, "dealt_with", [correction])
    assert url_of(correction) not in page_of(ann.get(url_of(person))).links


@pytest.mark.parametrize("write", ["a visitor's note", "dealing with another"])
def test_twelve_months_after_it_was_dealt_with_the_next_write_deletes_it(write):
    person = make_physiotherapist()
    with clock_at("2031-02-28 12:00"):
        old, still_open, other = (make_correction(f"Note {n}", physiotherapist=person) for n in range(3))
        act(SignedIn("Directory editor"), Correction, "dealt_with", [old])

    def make_a_write():
        if write == "a visitor's note":
            make_correction("New", physiotherapist=person)
        else:
            act(SignedIn("Directory editor"), Correction, "dealt_with", [other])

    with clock_at("2032-02-28 11:59"):
        make_a_write()
        assert Correction.objects.filter(pk=old.pk).exists()
    with clock_at("2032-02-28 12:01"):
        # Nobody sees it any more, also while nothing has been written since.
        client = SignedIn("Directory editor")
        assert "Note 0" not in text_of(client.get(list_url(Correction)))
        assert client.get(url_of(old)).status_code == 302
        Correction.objects.filter(pk=other.pk).update(dealt_with_at=None)
        make_a_write()
    assert not Correction.objects.filter(pk=old.pk).exists()
    assert Correction.objects.filter(pk=still_open.pk).exists()


def test_a_leap_day_is_a_day_to_delete_on():
    with clock_at("2032-02-29 12:00"):
        make_correction("Note")
        assert "Note" in rows_of(SignedIn("Directory editor"))


def test_the_forms_of_the_directory_keep_the_policy(ann):
    person = make_person(-1, name="Ada")
    make_correction(physiotherapist=person)
    for address in ("/admin/", LISTS, list_url(Correction)):
        assert_strict(ann.get(address))
    assert opened(ann, person)["name"] == "Ada"
