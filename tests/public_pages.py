"""Every public address of the site, and what must be there for each to answer."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from bookings.models import Appointment, State
from bookings.tokens import appointment_token, booking_token, day_token
from conditions.models import Author, Page, Version
from conditions.versions import change_address, publish, start_draft, unpublish
from library.models import Organisation, Term
from tests.bookings.factories import make_appointment, make_diary
from tests.factories import make_clinic, make_draft, make_page, make_physiotherapist
from tests.library.podcasts import make_episode

# Signed addresses are known before what they lead to is made.
ADA, BOOKED, SOON = 7_000_001, 7_000_002, timezone.localdate() + timedelta(days=7)
HELD_KEY, BOOKED_KEY, CANCELLED_KEY = (UUID(int=number) for number in (1, 2, 3))
BOOK = "/physiotherapists/ada-sample/book/"
HELD = f"{BOOK}{booking_token(Appointment(key=HELD_KEY))}/"
MADE = f"{BOOK}{booking_token(Appointment(key=BOOKED_KEY))}/"
MANAGE = f"/appointments/{appointment_token(Appointment(key=BOOKED_KEY))}/"
CANCELLED = f"/appointments/{appointment_token(Appointment(key=CANCELLED_KEY))}/"
DAY = f"/appointments/day/{day_token(ADA, SOON)}/"

# By the name of their pattern; several where a page has several faces.
PAGES = {
    "home": ["/"],
    "about": ["/about/"],
    "privacy": ["/privacy/"],
    "accessibility": ["/accessibility/"],
    "sources": ["/sources/"],
    "conditions:index": ["/conditions/"],
    "conditions:area": ["/conditions/areas/elbow/", "/conditions/areas/knee/"],
    "conditions:detail": ["/conditions/sore-elbow/", "/conditions/sore-elbow/?near=LS1"],
    "conditions:changes": ["/conditions/sore-elbow/changes/"],
    "treatments:index": ["/treatments/"],
    "treatments:detail": ["/treatments/heat/"],
    "treatments:changes": ["/treatments/heat/changes/"],
    "posts:index": ["/blog/"],
    "posts:archive": [f"/blog/{timezone.localdate().year}/"],
    "posts:detail": ["/blog/a-post/"],
    "posts:changes": ["/blog/a-post/changes/"],
    "podcast:index": ["/podcast/"],
    "podcast:detail": ["/podcast/an-episode/", "/podcast/an-episode/?t=1"],
    "sheets:index": ["/resources/"],
    "sheets:glossary": ["/resources/glossary/"],
    "sheets:organisations": ["/resources/organisations/"],
    "sheets:detail": ["/resources/a-sheet/"],
    "sheets:changes": ["/resources/a-sheet/changes/"],
    "search": ["/search/", "/search/?q=sore+elbow", "/search/?q=zzzz"],
    "directory:search": [
        "/physiotherapists/",
        "/physiotherapists/?location=",
        "/physiotherapists/?location=LS1+4AP",
        "/physiotherapists/?location=LS1+4AP&neuro=on&home_visits=on&female=on",
        "/physiotherapists/?location=nowhere+at+all",
    ],
    "directory:profile": ["/physiotherapists/ada-sample/", "/physiotherapists/ada-sample/?near=LS1"],
    "directory:compare": [
        "/physiotherapists/compare/",
        "/physiotherapists/compare/?p=ada-sample&near=LS1",
        "/physiotherapists/compare/?p=nobody",
    ],
    "directory:correction": ["/physiotherapists/ada-sample/correction/"],
    "directory:correction-sent": ["/physiotherapists/ada-sample/correction/sent/"],
    "directory:town": ["/physiotherapists/in/leeds/", "/physiotherapists/in/bangor/"],
    "bookings:times": [BOOK, f"{BOOK}?kind=follow-up&condition=sore-elbow"],
    "bookings:safety": [HELD, f"{HELD}?condition=sore-elbow"],
    "bookings:details": [f"{HELD}details/"],
    "bookings:done": [f"{MADE}done/"],
    "bookings:appointment": [MANAGE, CANCELLED],
    "bookings:cancel": [f"{MANAGE}cancel/"],
    "bookings:move": [f"{MANAGE}move/"],
    "bookings:day": [DAY],
    "bookings:day-cancel": [f"{DAY}{BOOKED}/cancel/"],
}
# Pages whose address lets whoever has it see or do something.
SIGNED = (HELD, MADE, MANAGE, CANCELLED, DAY)
TAKES_FORMS = {
    *PAGES["directory:correction"],
    *(
        address
        for name in ("times", "details", "cancel", "move", "day-cancel")
        for address in PAGES[f"bookings:{name}"]
    ),
}
# What is asked by POST alone, or is there while developing alone; tests/bookings has them.
ELSEWHERE = {
    "preview",
    # Files that editors have uploaded: tests/library.
    "media",
    "podcast:preview",
    *(f"bookings:{name}" for name in ("check", "confirm", "again", "day-no-show", "outbox")),
}
MACHINES = {
    "places:suggestions": ["/places/?q=lee"],
    "healthz": ["/healthz/"],
    "readyz": ["/readyz/"],
    "sitemap": ["/sitemap.xml"],
    "sitemap-section": ["/sitemap-pages.xml"],
    "robots": ["/robots.txt"],
    "security-txt": ["/.well-known/security.txt"],
    "search-suggestions": ["/search/suggestions/?q=sor"],
    "posts:feed": ["/blog/feed/"],
    "podcast:feed": ["/podcast/feed/"],
    "podcast:transcript": ["/podcast/an-episode/transcript/"],
    "podcast:transcript-vtt": ["/podcast/an-episode/transcript.vtt"],
    "podcast:chapters": ["/podcast/an-episode/chapters.json"],
}
# Players that run in other sites' pages fetch these.
FOR_APPS = {
    *MACHINES["podcast:feed"],
    *MACHINES["podcast:transcript"],
    *MACHINES["podcast:transcript-vtt"],
    *MACHINES["podcast:chapters"],
}
LOST, WITHDRAWN, FORMER, FORGED = (
    "/no-such-page/",
    "/conditions/bad-elbow/",
    "/conditions/old/",
    "/preview/x:y:z/",
)
ADDRESSES = [address for faces in PAGES.values() for address in faces]
# What is no page of its own but looks like one, and what it answers.
STATUS = {LOST: 404, WITHDRAWN: 410, FORGED: 404}
EVERYTHING = [*ADDRESSES, *STATUS, FORMER, *(address for faces in MACHINES.values() for address in faces)]


def make_content() -> None:
    heat = make_page("heat", kind=Page.Kind.TREATMENT, areas=(), title="Heat")
    draft = make_draft("sore-elbow", areas=("elbow",), title="Sore elbow")
    draft.treatments.update(page=heat.page)
    draft.related_pages.create(position=1, page=heat.page, difference="It is warm.")
    elbow = publish(draft, by=None, unsigned=True)
    draft = start_draft(elbow.page, None)
    Version.objects.filter(pk=draft.pk).update(overview="<p>Other words.</p>")
    publish(draft, by=None, unsigned=True)
    publish(start_draft(heat.page, None), by=None, unsigned=True)
    for slug in ("about", "privacy", "accessibility"):
        make_page(slug, kind=Page.Kind.SIMPLE, areas=())
    make_page("a-post", kind=Page.Kind.POST, areas=(), author=Author.objects.create(name="Ann Author"))
    make_page("a-sheet", kind=Page.Kind.SHEET, areas=())
    make_episode(
        slug="an-episode",
        title="An episode",
        publish_at=timezone.now() - timedelta(days=1),
        chapters=((0, "The beginning"),),
    )
    Term.objects.create(term="Bursa", meaning="A small sac of fluid.")
    Organisation.objects.create(name="Helpers", url="https://example.org", what="They help.", topic="pain")
    unpublish(make_page("bad-elbow").page, reason="It was wrong.", instead=elbow.page)
    change_address(make_page("old", areas=("knee",)).page, "new")
    make_page("sore-forearm", areas=("elbow", "forearm"), title="Sore forearm")
    ada = make_physiotherapist(
        (make_clinic("LS1 4AP"),), name="Ada Sample", slug="ada-sample", sample=True, pk=ADA
    )
    make_diary(ada)
    for hour, values in (
        (10, {"key": HELD_KEY, "state": State.HELD, "held_until": timezone.now() + timedelta(minutes=10)}),
        (11, {"key": BOOKED_KEY, "pk": BOOKED, "name": "Ann Patient", "phone": "07700 900123"}),
        (12, {"key": CANCELLED_KEY, "state": State.CANCELLED}),
    ):
        starts = timezone.make_aware(datetime.combine(SOON, time(hour)))
        booked: dict[str, Any] = {"booked_at": timezone.now(), "change_until": starts - timedelta(hours=24)}
        make_appointment(ada, starts, **booked | values)
    make_physiotherapist((make_clinic("LS1 4AP"),), gender="female")
    make_physiotherapist((make_clinic("LS1 4AP"),))
    # Two towns of one name, so that the bare name is a choice.
    for postcode in ("LL57 2DG", "BT20 3AA"):
        for _ in range(3):
            make_physiotherapist((make_clinic(postcode),))
