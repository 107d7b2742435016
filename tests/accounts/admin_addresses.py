"""Every address of the admin, as its resolver knows them, with something behind each."""

import csv
import re
from collections.abc import Iterator
from copy import copy
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.db import transaction
from django.test import Client
from django.urls import URLResolver, get_resolver
from django.utils import timezone
from PIL import Image

from bookings.groups import BOOKING_EDITOR
from conditions.groups import EDITOR, PUBLISHER, REVIEWER
from conditions.models import Author, Picture
from conditions.versions import send_to_review, start_draft
from directory.groups import DIRECTORY_EDITOR
from directory.models import Correction
from library.models import Organisation, Show, Synonym, Term, Topic, UrgentPhrases
from tests.bookings.factories import make_appointment, make_diary
from tests.factories import make_clinic, make_page, make_physiotherapist
from tests.library.podcasts import make_episode

TABLE = Path(__file__).with_name("admin_addresses.csv")
# By their letter in the table. Who is asked for a code and has not given one is V like any visitor.
ROLES = {
    "V": "visitor",
    "N": "staff in no group",
    "E": EDITOR,
    "R": REVIEWER,
    "P": PUBLISHER,
    "D": DIRECTORY_EDITOR,
    "B": BOOKING_EDITOR,
    "A": "administrator",
}


def addresses() -> list[str]:
    """As patterns, below the admin's own path."""
    admin = next(
        each
        for each in get_resolver().url_patterns
        if isinstance(each, URLResolver) and each.namespace == "admin"
    )
    return list(dict.fromkeys(_below(admin.url_patterns)))


def _below(patterns: Any, prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        here = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from _below(pattern.url_patterns, here)
        else:
            yield here


def table() -> dict[str, tuple[str, str]]:
    """For each address the letters of those who may look, and of those who may do."""
    with TABLE.open(newline="") as file:
        return {row["address"]: (row["look"], row["do"]) for row in csv.DictReader(file)}


def make_rows() -> dict[str, Any]:
    """The values of each address' parts, by the model that it is about."""
    draft = start_draft(make_page("sore-elbow").page, None)
    send_to_review(draft, None)
    clinic = make_clinic()
    person = make_physiotherapist((clinic,))
    make_physiotherapist((make_clinic(),))
    drawn = BytesIO()
    Image.new("RGB", (8, 8)).save(drawn, "PNG")
    diary = make_diary(person)
    note = Correction.objects.create(physiotherapist=person, about="fees", message="Wrong.")
    return {
        "auth/group": Group.objects.get(name=EDITOR),
        "auth/user": User.objects.create(username="somebody"),
        "conditions/page": draft.page,
        "conditions/version": draft,
        "conditions/redflagcard": draft.red_flags.get().card,
        "conditions/source": draft.citations.all()[0].source,
        "conditions/author": Author.objects.create(name="Ann Author"),
        "conditions/picture": Picture.objects.create(
            file=ContentFile(drawn.getvalue(), "a.png"), alternative="A knee.", width=8, height=8
        ),
        "directory/clinic": clinic,
        "directory/physiotherapist": person,
        "directory/correction": note,
        "bookings/diary": diary,
        "bookings/appointment": make_appointment(person, timezone.now() + timedelta(days=7)),
        "library/episode": make_episode(),
        "library/show": Show.objects.get_or_create(pk=1)[0],
        "library/term": Term.objects.create(term="Bursa", meaning="A sac."),
        "library/organisation": Organisation.objects.create(
            name="Helpers", url="https://example.org", what="They help.", topic=Topic.URGENT
        ),
        "library/synonym": Synonym.objects.create(),
        "library/urgentphrases": UrgentPhrases.objects.create(card=draft.red_flags.get().card),
    }


def filled(address: str, rows: dict[str, Any]) -> str:
    """The pattern with the numbers of something that is there."""
    person, draft = rows["directory/physiotherapist"], rows["conditions/version"]
    older = draft.page.versions.order_by("pk")[0]
    row: Any = rows.get("/".join(address.split("/")[:2]), person)
    values = {
        "content_type_id": lambda: ContentType.objects.get_for_model(person).pk,
        "history_id": lambda: row.history.last().history_id,
        "gone_pk": lambda: type(row).objects.exclude(pk=row.pk)[0].pk,
    }
    asked = {
        "autocomplete/": "?app_label=bookings&model_name=diary&field_name=physiotherapist&term=x",
        "conditions/page/<int:pk>/compare/": f"?older={older.pk}&newer={draft.pk}",
    }
    path = {"^": "auth/", "(": "no-such-page/"}.get(address[:1], address)
    path = re.sub(r"<(?:\w+:)?(\w+)>", lambda part: str(values.get(part[1], lambda: row.pk)()), path)
    return f"/admin/{path}{asked.get(address, '')}"


def client_of(letter: str) -> Client:
    client = Client()
    if letter != "V":
        user = User.objects.create(username=letter, is_staff=True, is_superuser=letter == "A")
        user.groups.set(Group.objects.filter(name=ROLES[letter]))
        client.force_login(user)
    return client


def may(client: Client, method: str, address: str) -> bool:
    """Whether more than a refusal comes. Nothing that it does remains."""
    cookies = copy(client.cookies)
    with transaction.atomic():
        response = getattr(client, method)(address)
        transaction.set_rollback(True)
    client.cookies = cookies
    assert response.status_code < 500, address
    to_sign_in = response.headers.get("Location", "").startswith("/admin/login/?next=")
    return not to_sign_in and response.status_code not in {400, 403, 404, 405}
