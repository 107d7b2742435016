"""What a query asks for: things, each in the words that mean it, and whether help is needed at once."""

from typing import NamedTuple

from conditions.models import RedFlag, RedFlagCard, Urgency, Version
from freshness.version import kept
from library.models import Synonym, UrgentPhrases
from physiosite.search.language import SMALL_WORDS, stem, stems_of, telling, words_of
from physiosite.search.spelling import Vocabulary, by_sound, meant

# Of other words for the same, and of words that may have been meant.
SAME, GUESSED = 0.75, 0.85
CANNOT = stem("cannot")
Stems = tuple[str, ...]


class Thing(NamedTuple):
    """One thing that is asked for: its ways to be said, as stems, with what each is worth."""

    ways: dict[Stems, float]


class Asked(NamedTuple):
    """``words`` are those typed, with what was meant in place of what no page has; ``corrected`` whether that
    is something else; ``stems`` those of the telling words."""

    words: list[str]
    corrected: bool
    stems: Stems
    things: list[Thing]


class Lexicon(NamedTuple):
    """What editors say of words: each phrase's stems, with the phrases that mean the same, the urgent phrases
    with their cards, and all the words of these by their sound."""

    same: dict[Stems, list[Stems]]
    urgent: list[tuple[frozenset[str], int]]
    words: dict[str, list[str]]


@kept
def lexicon() -> Lexicon:
    """As editors have it now."""
    same: dict[Stems, list[Stems]] = {}
    words: set[str] = set()
    for synonym in Synonym.objects.all():
        phrases = list(dict.fromkeys(stems_of(phrase) for phrase in synonym.word_list))
        for phrase in phrases:
            same.setdefault(phrase, []).extend(other for other in phrases if other != phrase)
        words.update(word for typed in synonym.word_list for word in words_of(typed))
    urgent = []
    for row in UrgentPhrases.objects.all():
        for typed in row.phrase_list:
            urgent.append((frozenset(stems_of(typed)), row.card_id))
            words.update(words_of(typed))
    return Lexicon(same, urgent, by_sound(words - SMALL_WORDS))


def understand(text: str, known: Vocabulary, words_known: Lexicon, exactly: bool = False) -> Asked:
    """``exactly``: as it is spelt, without a guess."""
    typed = words_of(text)
    words: list[str] = []
    guesses: dict[str, list[str]] = {}
    for word in typed:
        likely = [] if exactly else meant(word, known, words_known.words)
        if likely:
            first = likely[0].split()
            words += first
            guesses[first[0]] = [stem(other) for other in likely[1:] if " " not in other]
        else:
            words.append(word)
    stems = tuple(stem(word) for word in telling(words))
    other_guesses = {stem(word): others for word, others in guesses.items()}
    return Asked(words, words != typed, stems, list(_things(stems, words_known, other_guesses)))


def _things(stems: Stems, words_known: Lexicon, guesses: dict[str, list[str]]) -> list[Thing]:
    """The longest phrase that is known first; what is asked for twice, in whatever words, counts once."""
    things: dict[frozenset[Stems], Thing] = {}
    longest = max((len(phrase) for phrase in words_known.same), default=1)
    if len(stems) > 1:
        # That something cannot be done, every page says of something.
        stems = tuple(found for found in stems if found != CANNOT) or stems
    at = 0
    while at < len(stems):
        for length in range(min(longest, len(stems) - at), 0, -1):
            phrase = stems[at : at + length]
            if length == 1 or phrase in words_known.same:
                break
        ways = {phrase: 1.0} | dict.fromkeys(words_known.same.get(phrase, ()), SAME)
        if length == 1:
            ways |= {(guess,): GUESSED for guess in guesses.get(phrase[0], ())}
        things.setdefault(frozenset(ways), Thing(ways))
        at += length
    return list(things.values())


def urgent_cards(asked: Asked, words_known: Lexicon) -> list[RedFlagCard | RedFlag]:
    """For what needs help at once, the most urgent first; in words that were published, if any were."""
    said = set(asked.stems)
    called = {card for phrase, card in words_known.urgent if phrase <= said}
    if not called:
        return []
    cards: dict[int, RedFlagCard | RedFlag] = {
        card.pk: card for card in RedFlagCard.objects.filter(pk__in=called)
    }
    published = RedFlag.objects.filter(card__in=called, version__in=Version.objects.live())
    cards |= {flag.card_id: flag for flag in published.order_by("version__publish_at", "pk")}
    order = list(Urgency)
    return sorted(cards.values(), key=lambda card: order.index(Urgency(card.urgency)))
