"""What readers see is the newest approved version whose time has come, and approved words never change."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from hypothesis import given, settings
from hypothesis import strategies as st

from conditions.models import Page, PageArea, Version
from conditions.versions import copy_version, publish, start_draft
from tests.factories import add_other_parts, make_draft, make_page, make_signature, make_user

pytestmark = pytest.mark.django_db

# Far off, so that a test that publishes at a time does not depend on today.
START = datetime(2100, 1, 1, tzinfo=UTC)
DRAFT, IN_REVIEW, APPROVED, WITHDRAWN = Version.Status.values


def hour(number: float) -> datetime:
    return START + timedelta(hours=number)


@pytest.fixture
def clock(monkeypatch):
    """``clock(hour(3))`` sets the time of the whole site."""
    return lambda now: monkeypatch.setattr("django.utils.timezone.now", lambda: now)


# Few hours, so that versions often share one; an open version with a time is one that was never approved.
versions = st.one_of(
    st.tuples(st.just(APPROVED), st.integers(0, 5)),
    st.tuples(st.just(WITHDRAWN), st.none() | st.integers(0, 5)),
)
open_versions = st.tuples(st.sampled_from([DRAFT, IN_REVIEW]), st.none() | st.integers(0, 5))
histories = st.builds(
    lambda closed, opened, seed: random.Random(seed).sample([*closed, *opened], len(closed) + len(opened)),
    st.lists(versions, max_size=6),
    st.lists(open_versions, max_size=1),
    st.integers(0, 1000),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(histories, min_size=1, max_size=3), st.integers(-1, 6))
def test_live_is_the_newest_approved_version_whose_time_has_come(pages, now):
    with transaction.atomic():
        held = Page.objects.bulk_create(Page(slug=f"page-{n}") for n in range(len(pages)))
        made = Version.objects.bulk_create(
            Version(
                page=page,
                title=f"{page}, version {number}",
                status=status,
                withdrawn_at=START if status == WITHDRAWN else None,
                publish_at=None if at is None else hour(at),
            )
            for page, history in zip(held, pages, strict=True)
            for number, (status, at) in enumerate(history)
        )
        expected = set()
        for page in held:
            shown = [
                (version.publish_at, version.pk, version.title)
                for version in made
                if version.page == page
                and version.status == APPROVED
                and version.publish_at
                and version.publish_at <= hour(now)
            ]
            if shown:
                expected.add(max(shown)[2])
        live = list(Version.objects.live(at=hour(now)))
        assert {version.title for version in live} == expected
        assert len(live) == len(expected)
        transaction.set_rollback(True)


def put(version, status, at):
    """The version's row as it is after somebody published or withdrew it."""
    taken_at = at if status == WITHDRAWN else None
    Version.objects.filter(pk=version.pk).update(status=status, publish_at=at, withdrawn_at=taken_at)


def titles_on(client, *addresses):
    return {address: client.get(address).content.decode().count("Sore elbow") for address in addresses}


ADDRESSES = ("/", "/conditions/", "/conditions/areas/elbow/", "/conditions/sore-elbow/")


@pytest.mark.parametrize("status", [DRAFT, IN_REVIEW, WITHDRAWN])
def test_only_an_approved_version_is_ever_shown(client, status):
    version = make_draft("sore-elbow", areas=("elbow",), title="Sore elbow")
    put(version, status, hour(-1_000_000))
    assert set(titles_on(client, *ADDRESSES).values()) == {0}
    assert client.get("/conditions/sore-elbow/").status_code == 404
    put(version, APPROVED, hour(-1_000_000))
    assert 0 not in titles_on(client, *ADDRESSES).values()


def test_scheduled_page_is_not_there_until_its_time(client, clock):
    clock(hour(0))
    publish(
        make_draft("sore-elbow", areas=("elbow",), title="Sore elbow"), by=None, at=hour(2), unsigned=True
    )
    clock(hour(1.99))
    assert client.get("/conditions/sore-elbow/").status_code == 404
    assert set(titles_on(client, *ADDRESSES).values()) == {0}
    clock(hour(2))
    assert client.get("/conditions/sore-elbow/").status_code == 200
    assert 0 not in titles_on(client, *ADDRESSES).values()


def test_scheduled_change_takes_over_at_its_time(client, clock):
    clock(hour(0))
    page = make_page("sore-elbow", summary="The old words.")
    draft = start_draft(page.page, None)
    draft.summary = "The new words."
    draft.save()
    publish(draft, by=None, at=hour(2), unsigned=True)
    for now, shown in ((1, "The old words."), (3, "The new words.")):
        clock(hour(now))
        assert shown in client.get("/conditions/sore-elbow/").content.decode()


def everything_of(version):
    """Its words and its parts', without what belongs to the row."""
    own = {"id", "status", "publish_at", "withdrawn_at", "created_at", "updated_at", "note", "revision"}
    own |= {"published_by", "created_by", "edited_by", "signature"}
    values = {f.name: getattr(version, f.name) for f in version._meta.concrete_fields if f.name not in own}
    for name in version.PARTS:
        values[name] = [
            {f.name: getattr(child, f.name) for f in child._meta.concrete_fields} | {"id": 0, "version": 0}
            for child in getattr(version, name).all()
        ]
    return values


def test_draft_is_a_copy_of_every_word_and_part():
    original = make_draft("sore-elbow", other_names="Tennis elbow\nGolfer’s elbow")
    add_other_parts(original)
    for name in Version.PARTS:
        children = getattr(original, name)
        first = children.first()
        for position in (5, 3, 4):
            first.pk, first._state.adding, first.position = None, True, position
            first.save()
    publish(original, by=None, unsigned=True)
    before = everything_of(original)
    draft = start_draft(original.page, None)
    assert draft.pk != original.pk
    assert draft.status == DRAFT
    assert draft.publish_at is None
    assert everything_of(draft) == before
    assert everything_of(Version.objects.get(pk=original.pk)) == before
    counts = Counter(len(getattr(draft, name).all()) for name in Version.PARTS)
    # Two sources were there before.
    assert counts == {4: 8, 5: 1}


def test_every_kind_of_part_is_named_among_those_that_are_copied():
    parts = {
        relation.get_accessor_name()
        for relation in Version._meta.related_objects
        if relation.related_model._meta.app_label == "conditions"
    }
    # A signature holds for the words that were signed, and is not copied with them.
    assert parts == {*Version.PARTS, "signatures"}


def test_change_to_the_draft_leaves_the_live_page_alone(client):
    page = make_page("sore-elbow")
    before = everything_of(page)
    draft = start_draft(page.page, None)
    draft.summary = "Quite other words."
    draft.save()
    for name in Version.PARTS:
        for part in getattr(draft, name).all():
            part.delete()
    assert everything_of(Version.objects.get(pk=page.pk)) == before
    assert "Quite other words" not in client.get("/conditions/sore-elbow/").content.decode()


def test_draft_starts_from_what_readers_see_and_not_from_a_scheduled_or_withdrawn_version():
    live = make_page("sore-elbow", summary="What readers see.")
    scheduled = copy_version(live, None)
    Version.objects.filter(pk=scheduled.pk).update(summary="Not yet.")
    publish(scheduled, by=None, at=hour(1_000_000), unsigned=True)
    withdrawn = copy_version(live, None)
    Version.objects.filter(pk=withdrawn.pk).update(summary="Never.")
    put(withdrawn, WITHDRAWN, hour(-1_000_000))
    assert start_draft(live.page, None).summary == "What readers see."


def test_review_is_not_copied_for_it_holds_for_the_words_that_were_reviewed():
    page = make_draft(note="New", status=IN_REVIEW)
    signature = make_signature(page, make_user("reviewer"))
    page = publish(page, by=None)
    assert page.signature == signature
    draft = start_draft(page.page, None)
    assert (draft.signature, draft.signatures.count(), draft.note) == (None, 0, "")


def test_page_without_any_version_has_nothing_to_copy():
    with pytest.raises(ValidationError, match="no version to copy"):
        start_draft(Page.objects.create(slug="empty"), None)


def test_second_editor_gets_the_first_ones_draft(django_user_model):
    first, second = (django_user_model.objects.create(username=name) for name in ("first", "second"))
    page = make_page()
    draft = start_draft(page.page, first)
    again = start_draft(page.page, second)
    assert again.pk == draft.pk
    assert again.created_by == first
    Version.objects.filter(pk=draft.pk).update(status=IN_REVIEW)
    assert start_draft(page.page, second).pk == draft.pk


@pytest.mark.parametrize("second", [DRAFT, IN_REVIEW])
@pytest.mark.parametrize("first", [DRAFT, IN_REVIEW])
def test_database_refuses_a_second_open_draft(first, second):
    draft = make_draft()
    Version.objects.filter(pk=draft.pk).update(status=first)
    with pytest.raises(IntegrityError), transaction.atomic():
        Version.objects.create(page=draft.page, title="Second", status=second)


def test_publishing_says_who_and_when(django_user_model):
    editor = django_user_model.objects.create(username="editor")
    version = publish(make_draft(), by=editor, at=hour(0), unsigned=True)
    assert (version.status, version.published_by, version.publish_at) == (APPROVED, editor, hour(0))


def test_version_outlives_the_account_of_its_editor(client, django_user_model):
    editor = django_user_model.objects.create(username="editor")
    publish(make_draft("sore-elbow"), by=editor, unsigned=True)
    editor.delete()
    assert client.get("/conditions/sore-elbow/").status_code == 200


@pytest.mark.parametrize("status", [APPROVED, WITHDRAWN])
def test_publishing_twice_is_refused_and_changes_nothing(status):
    version = make_draft()
    seen_by_another = Version.objects.get(pk=version.pk)
    put(version, status, hour(0))
    with pytest.raises(ValidationError, match="published or withdrawn in the meantime"):
        publish(seen_by_another, by=None, at=hour(5), unsigned=True)
    version.refresh_from_db()
    assert (version.status, version.publish_at) == (status, hour(0))


REFUSED = "published and stays as it is"


@pytest.fixture(params=[APPROVED, WITHDRAWN])
def closed(request):
    version = make_draft("sore-elbow")
    add_other_parts(version)
    put(version, request.param, hour(0))
    version.refresh_from_db()
    return version


def test_closed_version_refuses_change_and_deletion(closed):
    before = everything_of(closed)
    closed.overview = "<p>Changed.</p>"
    with pytest.raises(ValidationError, match=REFUSED):
        closed.save()
    with pytest.raises(ValidationError, match=REFUSED):
        closed.delete()
    assert everything_of(Version.objects.get(pk=closed.pk)) == before


def test_form_that_was_opened_before_publishing_cannot_save_over_it():
    draft = make_draft("sore-elbow")
    opened_before = Version.objects.get(pk=draft.pk)
    publish(draft, by=None, at=hour(0), unsigned=True)
    opened_before.summary = "Changed."
    with pytest.raises(ValidationError, match=REFUSED):
        opened_before.save()
    draft.refresh_from_db()
    assert (draft.status, draft.summary) == (APPROVED, "A summary of sore-elbow.")


@pytest.mark.parametrize("name", Version.PARTS)
def test_parts_of_a_closed_version_refuse_change_deletion_and_company(closed, name):
    before = everything_of(closed)
    child = getattr(closed, name).first()
    child.position = 9
    with pytest.raises(ValidationError, match=REFUSED):
        child.save()
    with pytest.raises(ValidationError, match=REFUSED):
        child.delete()
    child.pk, child._state.adding = None, True
    with pytest.raises(ValidationError, match=REFUSED):
        child.save()
    assert everything_of(Version.objects.get(pk=closed.pk)) == before


def test_part_of_a_closed_version_cannot_be_moved_to_a_draft(closed):
    cause = closed.causes.get()
    cause.version = make_draft()
    with pytest.raises(ValidationError, match=REFUSED):
        cause.save()
    assert closed.causes.count() == 1


def test_page_with_versions_cannot_be_deleted(closed):
    with pytest.raises(ProtectedError):
        closed.page.delete()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"status": APPROVED, "publish_at": None}, "A published version needs the time it was published."),
        ({"status": WITHDRAWN}, "A withdrawn version needs the time it was withdrawn."),
        ({"withdrawn_at": START}, "A withdrawn version needs the time it was withdrawn."),
    ],
)
def test_wrong_values_are_told_in_words_and_refused_by_the_database(values, message):
    version = make_draft()
    for name, value in values.items():
        setattr(version, name, value)
    with pytest.raises(ValidationError, match=message):
        version.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        Version.objects.filter(pk=version.pk).update(**values)


def test_second_draft_and_second_mention_of_an_area_are_told_in_words():
    draft = make_draft(areas=("elbow",))
    with pytest.raises(ValidationError, match=r"already has a draft. Open that one\."):
        Version(page=draft.page, title="Second", overview="<p>x</p>").full_clean()
    again = PageArea(page=draft.page, area="elbow")
    with pytest.raises(ValidationError, match="already chosen"):
        again.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        again.save()


@pytest.mark.parametrize(
    "slug", ["areas", "Neck-Pain", "neck_pain", "-neck", "neck-", "neck--pain", "nëck", ""]
)
def test_address_of_a_page_is_plain(slug):
    with pytest.raises(ValidationError):
        Page(slug=slug).full_clean()
