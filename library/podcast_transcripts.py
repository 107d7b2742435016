"""Transcripts: what editors hand in as WebVTT, read strictly, and nothing of it kept but words and times.

https://www.w3.org/TR/webvtt1/
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape

from django.core.exceptions import ValidationError

# An hour of talk is some 60,000.
MOST_CHARACTERS = 1_000_000
_TIME = r"(?:(\d{2,3}):)?([0-5]\d):([0-5]\d)\.(\d{3})"
_TIMING = re.compile(rf"{_TIME}[ \t]+-->[ \t]+{_TIME}(?:[ \t]+[^<>]*)?", re.ASCII)
_TAG = re.compile(r"<([^<>]*)>")
# What says who speaks, and what only says how letters look, which is left out.
_VOICE = re.compile(r"v(?:\.[^\s<>]*)?[ \t]+([^\n]*\S)\s*")
_LOOK = re.compile(rf"/?(?:[ibuc]|ruby|rt|lang)(?:[.\s][^<>]*)?|/v|{_TIME}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
# A paragraph on the page ends with a sentence after this many letters.
_LONG = 350


@dataclass(frozen=True)
class Cue:
    """Words that are said between two moments, in milliseconds; plain text, to be escaped as any other."""

    start: int
    end: int
    voice: str
    words: str

    @property
    def second(self) -> int:
        return self.start // 1000


def read_transcript(text: str) -> list[Cue]:
    """Raises ValidationError, which names the line, for anything that is no WebVTT with words in it."""
    if len(text) > MOST_CHARACTERS:
        raise ValidationError(f"The transcript is longer than {MOST_CHARACTERS:,} characters.")
    lines = _CONTROL.sub("", text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")).split(
        "\n"
    )
    if not re.fullmatch(r"WEBVTT(?:[ \t].*)?", lines[0].rstrip()):
        raise _wrong(1, "a transcript begins with the word WEBVTT and an empty line")
    cues: list[Cue] = []
    for number, block in _blocks(lines):
        if re.match(r"NOTE(?:\s|$)", block[0]):
            continue
        cues += _cues_of(number, block, cues[-1].start if cues else 0)
    if not cues:
        raise ValidationError("The transcript has no words in it.")
    return cues


def _blocks(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """What stands between empty lines after the first line, each with the number of its own first line."""
    block: list[str] = []
    for number, line in enumerate([*lines[1:], ""], start=2):
        if line.strip():
            block.append(line)
        elif block:
            yield number - len(block), block
            block = []


def _cues_of(number: int, block: list[str], not_before: int) -> Iterator[Cue]:
    if "-->" not in block[0] and len(block) > 1 and "-->" in block[1]:
        # A name or number of the cue's own.
        block, number = block[1:], number + 1
    timing = _TIMING.fullmatch(block[0].strip())
    if not timing:
        raise _wrong(
            number, "here should be two times, such as 00:00:05.000 --> 00:00:09.500, with the words below"
        )
    start, end = _milliseconds(timing.groups()[:4]), _milliseconds(timing.groups()[4:])
    if end <= start:
        raise _wrong(number, "the second time must be later than the first")
    if start < not_before:
        raise _wrong(number, "this begins before what stands above it")
    if len(block) == 1:
        raise _wrong(number, "there are no words below the times")
    yield from _words_of(number + 1, block[1:], start, end)


def _milliseconds(parts: Iterable[str | None]) -> int:
    hours, minutes, seconds, thousandths = (int(part or 0) for part in parts)
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths


def _words_of(number: int, lines: list[str], start: int, end: int) -> Iterator[Cue]:
    """A cue for each voice."""
    voice, words = "", ""
    for at, line in enumerate(lines, start=number):
        if "-->" in line:
            raise _wrong(at, "put an empty line before the next times")
        # Text and tags by turns.
        for place, part in enumerate(_TAG.split(line)):
            if place % 2 == 0:
                if "<" in part or ">" in part:
                    raise _wrong(at, "write &lt; and &gt; for the signs < and >")
                words += unescape(part)
            elif named := _VOICE.fullmatch(part):
                if words.strip():
                    yield Cue(start, end, voice, _in_one_line(words))
                voice, words = _in_one_line(unescape(named[1])), ""
            elif not _LOOK.fullmatch(part):
                raise _wrong(at, f"<{part[:40]}> cannot be in a transcript. Take it out")
        words += " "
    if words.strip():
        yield Cue(start, end, voice, _in_one_line(words))


def _in_one_line(text: str) -> str:
    # Once more: a number such as &#1; stands for a control character.
    return " ".join(_CONTROL.sub("", text).split())


def _wrong(line: int, what: str) -> ValidationError:
    return ValidationError(f"Line {line}: {what}.")


def written(cues: Iterable[Cue]) -> str:
    """As WebVTT that holds nothing but these."""
    return "\n".join(["WEBVTT", "", *(_written_cue(cue) for cue in cues)])


def _written_cue(cue: Cue) -> str:
    voice = f"<v {_escaped(cue.voice)}>" if cue.voice else ""
    return f"{_stamp(cue.start)} --> {_stamp(cue.end)}\n{voice}{_escaped(cue.words)}\n"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _stamp(milliseconds: int) -> str:
    seconds, thousandths = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}.{thousandths:03}"


def paragraphs(cues: Iterable[Cue]) -> list[Cue]:
    """What one voice says together, in pieces that can be read, each with when it begins.

    A cue without a voice goes on with the one before.
    """
    joined: list[Cue] = []
    for cue in cues:
        last = joined[-1] if joined else None
        if last and cue.voice in ("", last.voice) and not _ends(last.words):
            joined[-1] = Cue(last.start, cue.end, last.voice, f"{last.words} {cue.words}")
        elif last and cue.voice == "":
            joined.append(Cue(cue.start, cue.end, last.voice, cue.words))
        else:
            joined.append(cue)
    return joined


def _ends(words: str) -> bool:
    return len(words) >= _LONG and words.endswith((".", "?", "!", "…", "”"))
