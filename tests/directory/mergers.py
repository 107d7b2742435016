"""Merging two listings, as somebody does who has just looked at both."""

from typing import Any

from django.contrib.auth.models import User

from directory.history import newest_record_id
from directory.merge import Report, merge
from tests.factories import make_user


def merged(kept: Any, gone: Any, by: User | None = None, **choices: str) -> Report:
    model = type(kept)
    seen = newest_record_id(model, kept.pk), newest_record_id(model, gone.pk)
    report = merge(model, kept.pk, gone.pk, choices, by or make_user("somebody"), seen)
    kept.refresh_from_db()
    return report
