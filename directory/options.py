"""How many each filter of a search would leave, given everything else that is chosen."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, NamedTuple

from django.db.models import Count

from directory.choices import PRICES, Insurer, Language
from directory.forms import CHOICES, FLAGS, Search
from directory.models import Physiotherapist, insurer_bit, language_bit, price_bit
from directory.models.clinic import WHEELCHAIR_DOOR_CM
from directory.nearest import COUNTED, Offered

_MORE_TICKS = {
    "Access": {
        "wheelchair": f"Wheelchair access: no steps, doors at least {WHEELCHAIR_DOOR_CM} cm wide",
        "hoist": "Hoist, to lift you from a wheelchair",
    },
    "Appointments": {
        "online": "Online appointments",
        "evenings": "Evenings, after 6 pm",
        "weekends": "Weekends",
    },
}
_NOTHING_CHOSEN: dict[str, Any] = {"condition": None, "language": "", "insurer": "", "price": None}


class Tally(NamedTuple):
    """The people there are, and how many have each bit of ``SearchPoint``; unless ``is_exact``, or more."""

    people: set[int]
    flags: Counter[int]
    languages: Counter[int]
    is_exact: bool

    def with_flag(self, bit: int) -> str:
        return told(self.flags[bit], self.is_exact)

    def with_language(self, bit: int) -> str:
        return told(self.languages[bit], self.is_exact)


UNKNOWN = Tally(set(), Counter(), Counter(), is_exact=False)


def tally(offered: Offered) -> Tally:
    """Everybody counts once for a bit, however many of their places have it."""
    flags: dict[int, int] = {}
    languages: dict[int, int] = {}
    for offer in offered.offers:
        person = offer.physiotherapist_id
        flags[person] = flags.get(person, 0) | offer.flags
        languages[person] = languages.get(person, 0) | offer.languages
    return Tally(set(flags), _each_bit(flags.values()), _each_bit(languages.values()), offered.is_exact)


def _each_bit(numbers: Iterable[int]) -> Counter[int]:
    found: Counter[int] = Counter()
    for number, times in Counter(numbers).items():
        while number:
            lowest = number & -number
            found[lowest] += times
            number ^= lowest
    return found


def told(number: int, is_exact: bool) -> str:
    """``12``, ``12 or more``, ``over 200``; nothing where what is known says nothing."""
    if is_exact:
        return str(number)
    if number > COUNTED:
        return f"over {COUNTED}"
    return f"{number} or more" if number else ""


def searches_beside(search: Search) -> dict[str, Search]:
    """What must be asked besides the search itself, by the parameter that it tells about: of a choice that is
    made, the search without it, and who visits homes, who are found by other places than clinics."""
    beside = {
        name: replace(search, **{name: _NOTHING_CHOSEN[name]}) for name in CHOICES if getattr(search, name)
    }
    if not search.home_visits:
        beside["home_visits"] = replace(search, home_visits=True)
    return beside


class Option(NamedTuple):
    """``leaves`` tells how many; empty where it is not known."""

    value: str
    words: str
    leaves: str
    is_chosen: bool


class Choice(NamedTuple):
    """A list of which one option is chosen, or ``any_words``."""

    name: str
    label: str
    any_words: str
    options: list[Option]


class Tick(NamedTuple):
    name: str
    words: str
    leaves: str
    is_on: bool


class Options(NamedTuple):
    """``leaves`` tells of every tick, by its parameter; ``ticks`` are those of "More filters", by heading."""

    leaves: dict[str, str]
    ticks: dict[str, list[Tick]]
    choices: list[Choice]


def options_of(search: Search, own: Tally = UNKNOWN, beside: dict[str, Tally] | None = None) -> Options:
    """By the tallies of the search and of what ``searches_beside`` it, once there is a place. One query."""
    tallies = dict.fromkeys(CHOICES, own) | (beside or {})
    leaves = {name: own.with_flag(bit) for name, bit in FLAGS.items()}
    if visits := tallies.get("home_visits"):
        leaves["home_visits"] = told(len(visits.people), visits.is_exact)
    return Options(
        leaves=leaves,
        ticks={
            heading: [Tick(name, words, leaves[name], getattr(search, name)) for name, words in ticks.items()]
            for heading, ticks in _MORE_TICKS.items()
        },
        choices=[
            Choice("condition", "Condition treated", "Any", _conditions(search, tallies["condition"])),
            Choice("language", "Language", "Any", _languages(search, tallies["language"])),
            Choice("insurer", "Health insurer", "Any, or none", _insurers(search, tallies["insurer"])),
            Choice("price", "Price of a first appointment", "Any", _prices(search, tallies["price"])),
        ],
    )


def _conditions(search: Search, here: Tally) -> list[Option]:
    treated = _treated(here.people)
    return [
        Option(
            version.page.slug,
            version.title,
            told(treated.get(version.page_id, 0), here.is_exact),
            version == search.condition,
        )
        for version in search.conditions
    ]


def _languages(search: Search, here: Tally) -> list[Option]:
    return [
        Option(value, label, here.with_language(language_bit(value)), value == search.language)
        for value, label in Language.choices
        # Nearly everybody speaks English, and not everybody says so.
        if value != Language.ENGLISH or value == search.language
    ]


def _insurers(search: Search, here: Tally) -> list[Option]:
    return [
        Option(value, label, here.with_flag(insurer_bit(value)), value == search.insurer)
        for value, label in Insurer.choices
    ]


def _prices(search: Search, here: Tally) -> list[Option]:
    return [
        Option(str(pounds), f"Up to £{pounds}", here.with_flag(price_bit(pounds)), pounds == search.price)
        for pounds in PRICES
    ]


def _treated(people: set[int]) -> dict[int, int]:
    """How many of these people treat each condition, by its page."""
    treated = Physiotherapist.conditions_treated.through.objects.filter(physiotherapist__in=people)
    return dict(treated.values_list("page_id").annotate(Count("pk")))
