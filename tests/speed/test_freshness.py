"""What changes the content version, and what does not."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from conditions.models import Page, Version
from conditions.versions import publish
from directory.models import Physiotherapist
from freshness import triggers
from freshness.models import Change
from freshness.version import current, kept
from library.models import Term
from tests.conditions.editing import clock_at
from tests.factories import make_clinic, make_draft, make_page, make_physiotherapist
from tests.library.podcasts import make_episode

pytestmark = pytest.mark.django_db


def test_every_table_that_pages_show_is_watched():
    """A new one is, unless it is named in NOT_SHOWN."""
    watched = set(triggers.watched_tables())
    assert {"conditions_version", "conditions_page_areas"} - watched == {"conditions_page_areas"}
    for label in triggers.WATCHED_APPS:
        for model in apps.get_app_config(label).get_models():
            is_left_out = model._meta.label in triggers.NOT_SHOWN or model.__name__.startswith("Historical")
            assert (model._meta.db_table in watched) != is_left_out, model
    assert {apps.get_model(label)._meta.label for label in triggers.NOT_SHOWN} == triggers.NOT_SHOWN


def test_tables_have_their_triggers_and_get_back_those_that_are_lost():
    def there():
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'")
            else:
                cursor.execute(
                    "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"
                )
            return {row for row in cursor.fetchall() if row[0].startswith("freshness")}

    before = there()
    assert {table for _, table in before} == set(triggers.watched_tables())
    name = "freshness_library_term_insert" if connection.vendor == "sqlite" else "freshness"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {name}" + ("" if connection.vendor == "sqlite" else " ON library_term"))
    assert there() != before
    triggers.make_triggers()
    assert there() == before


def change_page():
    Page.objects.filter(slug="sore-elbow").update(how_common=3)


def delete_term():
    Term.objects.all().delete()


def change_listing():
    Physiotherapist.objects.update(updated_at=timezone.now())


def change_clinics():
    Physiotherapist.objects.get().clinics.clear()


def publish_draft():
    publish(make_draft("sore-arm"), by=None, unsigned=True)


@pytest.mark.parametrize("happens", [change_page, delete_term, change_listing, change_clinics, publish_draft])
def test_change_makes_another_version(happens):
    make_page("sore-elbow")
    make_physiotherapist((make_clinic(),))
    Term.objects.create(term="Bursa", meaning="A small sac of fluid.")
    before = current()
    assert current() == before
    happens()
    assert current() != before


def test_what_no_page_shows_leaves_the_version():
    person = make_physiotherapist((make_clinic(),))
    before = current()
    person.corrections.create(about="other", message="Wrong.")
    assert current() == before


def test_versions_never_come_again():
    make_page("sore-elbow")
    seen = set()
    for _ in range(5):
        change_page()
        seen.add(current())
    assert len(seen) == 5


def test_few_rows_are_kept():
    make_page("sore-elbow")
    with connection.cursor() as cursor:
        for _ in range(1500):
            cursor.execute("UPDATE conditions_page SET how_common = 2")
    assert Change.objects.count() <= (1 if connection.vendor == "sqlite" else 1100)


def test_time_of_publishing_makes_another_version():
    with clock_at("2031-05-01 09:00"):
        make_page("sore-elbow")
        publish(make_draft("sore-arm"), by=None, unsigned=True, at=timezone.now() + timedelta(hours=1))
        before = current()
    with clock_at("2031-05-01 09:59"):
        assert current() == before
    with clock_at("2031-05-01 10:00"):
        assert current() != before
        assert Version.objects.live().count() == 2


def test_episode_that_comes_out_makes_another_version():
    with clock_at("2031-05-01 09:00"):
        make_episode(slug="later", publish_at=timezone.now() + timedelta(hours=1))
        before = current()
    with clock_at("2031-05-01 10:01"):
        assert current() != before


def test_midnight_makes_another_version():
    with clock_at("2031-05-01 23:59"):
        before = current()
    with clock_at("2031-05-02 00:00"):
        assert current() != before


def test_what_is_kept_is_made_once_a_version():
    make_page("sore-elbow")
    made = []

    @kept
    def number():
        made.append(1)
        return Page.objects.count()

    assert (number(), number(), len(made)) == (1, 1, 1)
    make_page("sore-arm")
    assert (number(), number(), len(made)) == (2, 2, 2)
