"""What a transcript may be, and what of it comes out again."""

import pytest
from django.core.exceptions import ValidationError

from library.podcast_moments import clock, in_words, read_moment
from library.podcast_transcripts import Cue, paragraphs, read_transcript, written

HEAD = "WEBVTT\n\n"
TIMES = "00:01.000 --> 00:02.000\n"


def refusal(text: str) -> str:
    with pytest.raises(ValidationError) as error:
        read_transcript(text)
    return " ".join(error.value.messages)


def test_everything_that_webvtt_says_of_words_is_understood():
    cues = read_transcript(
        "\ufeffWEBVTT - some title\r\n\r\nNOTE written\r\nby Ann\r\n\r\nfirst\r\n"
        "00:00:01.500 --> 00:00:04.000 align:start position:0%\r\n<v.loud Ann Example>Hello <i>there</i>,\r\n"
        "<00:00:02.000>you &amp; I.\r\n\r\n01:02.003 --> 100:00:00.000\r\n<v Ben>One.</v> <v Ann>Two &lt;3.\n"
    )
    assert cues == [
        Cue(1500, 4000, "Ann Example", "Hello there, you & I."),
        Cue(62_003, 360_000_000, "Ben", "One."),
        Cue(62_003, 360_000_000, "Ann", "Two <3."),
    ]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 1, "begins with the word WEBVTT"),
        ("Hello", 1, "begins with the word WEBVTT"),
        ("WEBVTTS\n\n" + TIMES + "Hello", 1, "begins with the word WEBVTT"),
        ("1\n00:00:01,000 --> 00:00:02,000\nSRT\n", 1, "begins with the word WEBVTT"),
        (HEAD + "Hello", 3, "two times"),
        (HEAD + "00:00:01,000 --> 00:00:02,000\nHello", 3, "two times"),
        (HEAD + "00:61.000 --> 01:02.000\nHello", 3, "two times"),
        (HEAD + "a name\n00:61.000 --> 01:02.000\nHello", 4, "two times"),
        (HEAD + "00:02.000 --> 00:02.000\nHello", 3, "later than the first"),
        (HEAD + "00:05.000 --> 00:06.000\nA\n\n00:04.000 --> 00:09.000\nB", 6, "before what stands above"),
        (HEAD + TIMES, 3, "no words"),
        (HEAD + TIMES + "Hello\n" + TIMES + "there", 5, "empty line"),
        (HEAD + TIMES + "one\n3 < 4", 5, "&lt;"),
        (HEAD + TIMES + "3 > 2", 4, "&lt;"),
        (HEAD + "STYLE\n::cue { color: red }\n\n" + TIMES + "Hello", 3, "two times"),
        (HEAD + "REGION\nid:fred\n\n" + TIMES + "Hello", 3, "two times"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text, line, says):
    told = refusal(text)
    assert told.startswith(f"Line {line}: ")
    assert says in told


@pytest.mark.parametrize(
    "tag",
    [
        "<script>alert(1)</script>",
        "<SCRIPT src=//evil.example>",
        "<img src=x onerror=alert(1)>",
        "<a href='javascript:alert(1)'>x</a>",
        "<!-- x -->",
        "<iframe>",
        "<bold>",
        "<video>",
    ],
)
def test_tags_that_are_none_of_webvtt_are_refused(tag):
    told = refusal(HEAD + TIMES + f"<v Ann>Well,\n{tag}")
    assert told.startswith("Line 5: ")
    # A comment that ends in an arrow looks like times.
    assert "cannot be in a transcript" in told or "empty line" in told


def test_no_words_and_far_too_many_are_refused():
    assert refusal(HEAD + "NOTE nothing yet") == "The transcript has no words in it."
    assert "longer than 1,000,000" in refusal(HEAD + TIMES + "a" * 1_000_001)


def test_what_is_written_reads_the_same_and_holds_no_tag_but_voices():
    cues = [Cue(1500, 4000, "Ann <b>", 'I said "<script>" & --> left.'), Cue(4000, 3_605_007, "", "Yes.")]
    text = written(cues)
    assert read_transcript(text) == cues
    assert text.splitlines()[2:4] == [
        "00:00:01.500 --> 00:00:04.000",
        '<v Ann &lt;b&gt;>I said "&lt;script&gt;" &amp; --&gt; left.',
    ]
    assert "00:00:04.000 --> 01:00:05.007" in text


def test_control_characters_are_left_out():
    assert read_transcript(HEAD + TIMES + "<v A\x07nn>He\x00l\x0blo&#8;.")[0] == Cue(
        1000, 2000, "Ann", "Hello."
    )


def test_what_one_voice_says_is_one_paragraph_until_it_is_long():
    cues = [
        Cue(0, 1, "Ann", "One."),
        Cue(1, 2, "Ann", "Two."),
        Cue(2, 3, "", "Three."),
        Cue(3, 4, "Ben", "x" * 400 + "."),
        Cue(4, 5, "", "Four."),
        Cue(5, 6, "Ann", "Five."),
    ]
    assert [(part.start, part.voice, part.words[:14]) for part in paragraphs(cues)] == [
        (0, "Ann", "One. Two. Thre"),
        (3, "Ben", "x" * 14),
        (4, "Ben", "Four."),
        (5, "Ann", "Five."),
    ]


@pytest.mark.parametrize(
    ("text", "seconds"), [("0", 0), ("83", 83), ("1:23", 83), ("01:02:03", 3723), (" 90:00 ", 5400)]
)
def test_moments_are_read(text, seconds):
    assert read_moment(text) == seconds


@pytest.mark.parametrize("text", ["", "-1", "1:60", "1:2:3:4", "1.5", "one", "1:60:00", "²", "123456"])
def test_what_is_no_moment(text):
    with pytest.raises(ValueError, match="minutes and seconds"):
        read_moment(text)


def test_moments_are_shown_as_on_a_clock_and_lengths_in_words():
    assert [clock(seconds) for seconds in (7, 83, 3723)] == ["0:07", "1:23", "1:02:03"]
    assert [in_words(seconds) for seconds in (1, 27, 60, 150, 3600, 3930, 7260)] == [
        "1 second",
        "27 seconds",
        "1 minute",
        "2 minutes",
        "1 hour",
        "1 hour 6 minutes",
        "2 hours 1 minute",
    ]
