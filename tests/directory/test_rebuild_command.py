"""manage.py rebuild_search_table: for rows that a release before this one wrote."""

from io import StringIO

import pytest
from django.core.management import call_command

from directory.models import SearchPoint, price_bit
from tests.directory.table import assert_in_step
from tests.factories import make_clinic, make_physiotherapist

pytestmark = pytest.mark.django_db


def test_it_gives_old_rows_what_they_lack():
    for _ in range(3):
        make_physiotherapist((make_clinic(),), visits_from="LS2 7UE", fee_first=40)
    SearchPoint.objects.update(flags=0)
    out = StringIO()
    call_command("rebuild_search_table", stdout=out)
    assert_in_step()
    assert all(row.flags & price_bit(60) for row in SearchPoint.objects.exclude(clinic=None))
    assert out.getvalue() == "6 rows for 3 physiotherapists.\n"


def test_it_can_be_silent_and_may_find_nobody():
    out = StringIO()
    call_command("rebuild_search_table", stdout=out, verbosity=0)
    assert out.getvalue() == ""
