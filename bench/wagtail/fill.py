"""Makes the database, with one page of the parts that the file named by the argument holds as JSON."""

import json
import os
import sys
from datetime import date
from pathlib import Path

import django
from django.core.management import call_command

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
django.setup()

from medical import models  # noqa: E402
from wagtail.models import Page, Site  # noqa: E402

KINDS = {
    "red_flags": models.RedFlag,
    "causes": models.Cause,
    "treatments": models.Treatment,
    "sections": models.Section,
    "related": models.Related,
    "sources": models.Source,
}


def fill(parts: dict) -> None:
    children = {name: parts.pop(name) for name in KINDS}
    page = models.ConditionPage(**parts, slug="page", last_updated=date(2026, 1, 1))
    for name, rows in children.items():
        getattr(page, name).add(*(KINDS[name](**row, sort_order=at) for at, row in enumerate(rows)))
    home = Page.objects.get(depth=2)
    home.add_child(instance=page)
    page.save_revision().publish()
    Site.objects.update(hostname="127.0.0.1", root_page=home)


call_command("makemigrations", "medical", verbosity=0)
call_command("migrate", verbosity=0)
fill(json.loads(Path(sys.argv[1]).read_text()))
