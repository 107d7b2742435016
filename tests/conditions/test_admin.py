"""What an editor does: make a page, edit it, look at it, publish it."""

import pytest

from conditions import admin, versions
from conditions.models import Condition, ConditionVersion
from conditions.versions import publish, start_draft
from tests.conditions.admin_form import ADD, address_of, edit, opened, part, save
from tests.factories import make_draft, make_page
from tests.markup import page_of

pytestmark = pytest.mark.django_db

INDEX = "/admin/conditions/condition/"
WORDS = {
    "title": "Sore elbow",
    "slug": "sore-elbow",
    "areas": ["elbow", "forearm"],
    "other_names": "Tennis elbow\nGolfer’s elbow",
    "summary": "It is sore.",
    "overview": "<p>The overview.</p>",
    "symptoms": "<p>The symptoms.</p>",
    "self_care": "<p>The self-care.</p>",
    "note": "First version",
}
PARTS = (
    part("red_flags", 0, position="1", urgency="urgent", heading="Get help if:", items="it is hot\nit is red")
    | part("causes", 0, position="1", title="The cause", body="<p>Why.</p>")
    | part("treatments", 0, position="1", name="The treatment", evidence="good", body="<p>How.</p>")
    | part("sections", 0, position="1", heading="In pregnancy", body="<p>Ask.</p>")
    | part("sources", 0, position="1", title="The source", publisher="NHS", url="https://example.org/source")
)
COUNTS = {f"{name}-TOTAL_FORMS": "1" for name in ConditionVersion.CHILDREN}


def errors_in(response):
    assert response.status_code == 200
    return " ".join(found.text for found in page_of(response).all("ul", class_="errorlist"))


def messages_in(response):
    return " ".join(found.text for found in page_of(response).all("ul", class_="messagelist"))


# --- A new page -------------------------------------------------------------------------------


def test_page_with_every_part_is_made_from_nothing_and_published(admin_client):
    response = save(admin_client, ADD, WORDS | COUNTS | PARTS, "_publish")
    assert response.status_code == 302
    version = ConditionVersion.objects.live().get(condition__slug="sore-elbow")
    assert (version.created_by, version.published_by) == (admin_client.user, admin_client.user)
    assert {row.area for row in version.condition.areas.all()} == {"elbow", "forearm"}
    page = page_of(admin_client.get("/conditions/sore-elbow/"))
    words = "Sore elbow|It is sore.|Tennis elbow, Golfer’s elbow|The overview.|The symptoms.|The self-care."
    parts = (
        "Get help if:|it is red|The cause|Why.|The treatment|Good evidence|How.|In pregnancy|Ask.|The source"
    )
    assert [word for word in f"{words}|{parts}".split("|") if word not in page.one("article").text] == []


def test_add_button_of_the_pages_list_leads_to_the_one_form(admin_client):
    assert admin_client.get(f"{INDEX}add/").headers["Location"] == ADD
    response = admin_client.get("/admin/conditions/conditionversion/")
    assert response.headers["Location"] == INDEX


def test_new_page_can_stay_a_draft(admin_client, client):
    assert save(admin_client, ADD, WORDS).status_code == 302
    assert ConditionVersion.objects.get().status == "draft"
    assert client.get("/conditions/sore-elbow/").status_code == 404


@pytest.mark.parametrize("button", ["_continue", "_preview", "_publish"])
def test_address_of_another_page_is_refused_and_what_was_typed_stays(admin_client, button):
    make_page("sore-elbow", areas=("elbow",))
    response = save(admin_client, ADD, WORDS | COUNTS | PARTS, button)
    assert "Another page has this address." in errors_in(response)
    form = page_of(response)
    assert form.one("input", name="title")["value"] == "Sore elbow"
    assert form.one("textarea", name="overview").text == "<p>The overview.</p>"
    assert form.one("textarea", name="treatments-0-body").text == "<p>How.</p>"
    assert form.one("textarea", name="red_flags-0-items").text == "it is hot it is red"
    checked = [box["value"] for box in form.all("input", name="areas") if "checked" in box.attributes]
    assert checked == ["elbow", "forearm"]
    assert ConditionVersion.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"title": ""}, "This field is required."),
        ({"overview": ""}, "This field is required."),
        ({"overview": "<p></p>"}, "This field"),
        ({"sections-0-body": "<p> <br></p>"}, "This field"),
        ({"areas": []}, "This field is required."),
        ({"areas": ["tail"]}, "tail is not one of the available choices."),
        ({"slug": "Sore Elbow"}, "Use small letters, digits and single hyphens"),
        ({"slug": "areas"}, "not the word areas"),
        ({"slug": "x" * 81}, "at most 80 characters"),
        ({"slug": "sore\x00elbow"}, "Null characters are not allowed."),
        ({"summary": "x" * 201}, "at most 200 characters"),
        ({"reviewed_by": "A. Reviewer"}, "A clinical review needs both"),
        ({"reviewed_on": "2020-01-01"}, "A clinical review needs both"),
        ({"reviewed_by": "A. Reviewer", "reviewed_on": "2999-01-01"}, "cannot have happened in the future"),
        ({"red_flags-0-heading": "Get help when:"}, "End the heading with “if:”"),
        ({"red_flags-0-urgency": ""}, "This field is required."),
        ({"sources-0-url": "example"}, "Enter a valid URL."),
        ({"sources-0-url": "javascript:alert(1)"}, "Enter a valid URL."),
        ({"treatments-0-evidence": "perfect"}, "perfect is not one of the available choices."),
        ({"causes-0-position": "-1"}, "greater than or equal to 0"),
    ],
)
def test_mistake_is_told_and_can_be_put_right(admin_client, client, values, error):
    typed = WORDS | COUNTS | PARTS
    assert error in errors_in(save(admin_client, ADD, typed | values, "_publish"))
    assert ConditionVersion.objects.count() == 0
    assert client.get("/conditions/sore-elbow/").status_code == 404
    assert save(admin_client, ADD, typed, "_publish").status_code == 302
    assert client.get("/conditions/sore-elbow/").status_code == 200


def test_mistake_in_a_part_leaves_address_and_areas_of_the_page_alone(admin_client):
    draft = make_draft("sore-elbow", areas=("elbow",))
    values = {"slug": "sore-knee", "areas": ["knee"], "causes-0-title": ""}
    assert "This field is required." in errors_in(save(admin_client, address_of(draft), values))
    condition = Condition.objects.get()
    assert (condition.slug, [row.area for row in condition.areas.all()]) == ("sore-elbow", ["elbow"])


# --- The order of parts -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("positions", "order"),
    [
        (["1", "2", "3"], "abc"),
        (["3", "1", "2"], "bca"),
        (["30", "10", "20"], "bca"),
        (["", "1", "2"], "bca"),
        (["2", "", "1"], "cab"),
        (["", "", ""], "abc"),
        (["0", "0", "1"], "cab"),
        (["1", "1", "1"], "abc"),
    ],
)
@pytest.mark.parametrize("is_new", [True, False], ids=["new rows", "rows that are there"])
def test_parts_follow_their_numbers_and_those_without_go_to_the_end(admin_client, is_new, positions, order):
    draft = make_draft("sore-elbow")
    draft.causes.all().delete()
    if not is_new:
        for position, title in enumerate("abc", start=1):
            draft.causes.create(title=title, position=position)
    rows = {"causes-TOTAL_FORMS": "3"}
    for number, (title, position) in enumerate(zip("abc", positions, strict=True)):
        rows |= part("causes", number, title=title, position=position)
    assert save(admin_client, address_of(draft), rows, "_publish").status_code == 302
    page = page_of(admin_client.get("/conditions/sore-elbow/"))
    causes = page.one("section", aria_labelledby="causes").all("h3")
    assert "".join(heading.text for heading in causes) == order


def test_number_after_which_no_other_fits_is_no_fault_of_ours(admin_client):
    draft = make_draft()
    rows = {"causes-TOTAL_FORMS": "2"} | part("causes", 0, position="32767")
    rows |= part("causes", 1, title="Last", position="")
    response = save(admin_client, address_of(draft), rows)
    assert response.status_code == 302 or errors_in(response)


def test_row_with_nothing_but_a_number_is_no_part(admin_client):
    draft = make_draft()
    rows = {"causes-TOTAL_FORMS": "2"} | part("causes", 1, title="", body="", position="7")
    assert save(admin_client, address_of(draft), rows).status_code == 302
    assert draft.causes.count() == 1


def test_parts_can_be_taken_out(admin_client):
    draft = make_draft()
    out = {f"{name}-0-DELETE": "on" for name in ConditionVersion.CHILDREN}
    assert save(admin_client, address_of(draft), out).status_code == 302
    assert [getattr(draft, name).count() for name in ConditionVersion.CHILDREN] == [0] * 5


# --- A page that is there -----------------------------------------------------------------------


def test_edit_shows_on_the_page_as_soon_as_it_is_published(admin_client, client):
    page = make_page("sore-elbow", overview="<p>Old words.</p>")
    address = edit(admin_client, page.condition)
    save(admin_client, address, {"overview": "<p>New words.</p>", "note": "Better words"})
    assert "Old words." in client.get("/conditions/sore-elbow/").content.decode()
    response = save(admin_client, address, {}, "_publish")
    shown = client.get("/conditions/sore-elbow/").content.decode()
    assert "New words." in shown
    assert "Old words." not in shown
    after = admin_client.get(response.headers["Location"])
    assert "is published and live." in messages_in(after)
    assert "Better words" in page_of(after).one("div", id="content").text


def test_edit_button_needs_a_post(admin_client):
    condition = make_page().condition
    assert admin_client.get(f"{INDEX}{condition.pk}/edit-text/").status_code == 405
    assert condition.versions.count() == 1


def test_edit_button_opens_the_draft_that_is_there(admin_client):
    condition = make_page().condition
    assert edit(admin_client, condition) == edit(admin_client, condition)
    assert condition.versions.get(status="draft").created_by == admin_client.user
    assert admin_client.post(f"{INDEX}999999/edit-text/").status_code == 404


def test_address_stays_once_the_page_is_published(admin_client, client):
    page = make_page("sore-elbow")
    address = edit(admin_client, page.condition)
    assert "slug" not in opened(admin_client, address)
    save(admin_client, address, {"slug": "other"}, "_publish")
    assert client.get("/conditions/sore-elbow/").status_code == 200
    draft = make_draft("first-address")
    save(admin_client, address_of(draft), {"slug": "second-address"}, "_publish")
    assert client.get("/conditions/second-address/").status_code == 200


# --- Preview ------------------------------------------------------------------------------------


def test_preview_shows_unpublished_words_just_as_readers_will_see_them(admin_client, client):
    page = make_page("sore-elbow", overview="<p>Old words.</p>")
    address = edit(admin_client, page.condition)
    response = save(admin_client, address, {"overview": "<p>New words.</p>"}, "_preview")
    preview = admin_client.get(response.headers["Location"])
    assert preview.status_code == 200
    assert "no-store" in preview.headers["Cache-Control"]
    shown = page_of(preview)
    assert "noindex" in shown.one("meta", name="robots")["content"]
    banner = shown.one(class_="preview-banner")
    assert "Readers cannot see this draft version" in banner.text
    assert banner.links == {address: "Back to the form"}
    assert "Old words." in client.get("/conditions/sore-elbow/").content.decode()
    save(admin_client, address, {}, "_publish")
    live = page_of(client.get("/conditions/sore-elbow/"))
    assert live.all(class_="preview-banner") == live.all("meta", name="robots") == []
    # But for the day of publishing, each word is the same.
    date = live.one(class_="dates").text.split()
    assert live.one("article").text.split() == [*shown.one("article").text.split(), *date]


def test_preview_of_the_live_version_does_not_say_that_readers_cannot_see_it(admin_client):
    page = make_page("sore-elbow")
    preview = admin_client.get(f"/admin/conditions/conditionversion/{page.pk}/preview/")
    assert "Readers cannot see" not in page_of(preview).text


def test_visitor_is_asked_to_sign_in_before_a_preview(client):
    draft = make_draft("sore-elbow", overview="<p>Secret words.</p>")
    response = client.get(f"/admin/conditions/conditionversion/{draft.pk}/preview/")
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/admin/login/")
    assert (
        client.post(f"{INDEX}{draft.condition_id}/edit-text/").headers["Location"].startswith("/admin/login/")
    )


# --- What is published stays ----------------------------------------------------------------------


@pytest.mark.parametrize("button", ["_continue", "_preview", "_publish"])
def test_published_version_can_be_read_but_not_posted_to(admin_client, button):
    draft = make_draft("sore-elbow")
    values = opened(admin_client, address_of(draft)) | {"overview": "<p>Late words.</p>", button: "1"}
    publish(draft, by=None)
    assert admin_client.post(address_of(draft), values).status_code == 403
    assert "Late words." not in admin_client.get("/conditions/sore-elbow/").content.decode()
    form = page_of(admin_client.get(address_of(draft)))
    assert "An overview." in form.text
    assert form.all("textarea", name="overview") == form.all("input", name="_publish") == []


def test_publishing_what_somebody_else_just_published_tells_so_and_loses_nothing(admin_client, monkeypatch):
    draft = make_draft("sore-elbow")

    def second(version, by):
        versions.publish(ConditionVersion.objects.get(pk=version.pk), None)
        return versions.publish(version, by)

    monkeypatch.setattr(admin, "publish", second)
    response = save(admin_client, address_of(draft), {"overview": "<p>My words.</p>"}, "_publish")
    told = admin_client.get(response.headers["Location"])
    assert told.status_code == 200
    assert "published or withdrawn in the meantime" in messages_in(told)
    assert "is published and live" not in messages_in(told)
    draft.refresh_from_db()
    assert (draft.status, draft.published_by, draft.overview) == ("approved", None, "<p>My words.</p>")


def test_deleting_a_page_is_not_offered(admin_client):
    condition = make_page("sore-elbow").condition
    actions = {"action": "delete_selected", "_selected_action": str(condition.pk), "post": "yes"}
    admin_client.post(INDEX, actions)
    assert admin_client.post(f"{INDEX}{condition.pk}/delete/", {"post": "yes"}).status_code == 403
    assert admin_client.get("/conditions/sore-elbow/").status_code == 200
    for address in (INDEX, f"{INDEX}{condition.pk}/", address_of(condition.versions.get())):
        page = page_of(admin_client.get(address, follow=True))
        assert "delete" not in page.one("div", id="content").text.lower()


def test_draft_can_be_deleted_and_leaves_the_live_page(admin_client):
    page = make_page("sore-elbow")
    address = edit(admin_client, page.condition)
    delete = next(href for href in page_of(admin_client.get(address)).links if href.endswith("/delete/"))
    assert admin_client.post(delete, {"post": "yes"}).status_code == 302
    assert page.condition.versions.get() == page
    delete = address_of(page).replace("change", "delete")
    assert admin_client.post(delete, {"post": "yes"}).status_code == 403
    assert admin_client.get("/conditions/sore-elbow/").status_code == 200


def test_page_whose_only_draft_was_deleted_can_be_made_again(admin_client):
    draft = make_draft("sore-elbow")
    delete = address_of(draft).replace("change", "delete")
    assert admin_client.post(delete, {"post": "yes"}).status_code == 302
    for condition in Condition.objects.all():
        # A page without words either offers no edit or leads to a form.
        address = f"{INDEX}{condition.pk}/edit-text/"
        assert admin_client.post(address, follow=True).status_code == 200
    assert save(admin_client, ADD, WORDS, "_publish").status_code == 302
    assert admin_client.get("/conditions/sore-elbow/").status_code == 200


# --- The list -----------------------------------------------------------------------------------


def test_list_tells_what_is_live_and_who_has_a_draft_open(admin_client):
    page = make_page("sore-elbow", title="Sore elbow")
    make_draft("sore-knee", title="Sore knee")
    start_draft(page.condition, admin_client.user)
    rows = [row.text for row in page_of(admin_client.get(INDEX)).one("tbody").all("tr")]
    assert len(rows) == 2
    assert rows[0].startswith("Sore elbow sore-elbow")
    assert "Draft, by editor" in rows[0]
    assert "Not published" in rows[1]
    found = page_of(admin_client.get(INDEX, {"q": "knee"})).one("tbody").all("tr")
    assert [row.text[:9] for row in found] == ["Sore knee"]


def test_page_links_to_the_site_only_when_readers_can_see_it(admin_client):
    page, draft = make_page("sore-elbow"), make_draft("sore-knee")
    shown = page_of(admin_client.get(f"{INDEX}{page.condition_id}/change/"))
    assert "View on site" in shown.text
    assert "/conditions/sore-elbow/" in shown.links
    for address in (f"{INDEX}{draft.condition_id}/change/", address_of(draft)):
        assert "View on site" not in page_of(admin_client.get(address)).text
