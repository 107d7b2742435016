from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from places.models import PartialPostcode, Postcode
from places.postcodes import postcode_key
from tests.places.archives import (
    HEADERS,
    LEEDS,
    LERWICK,
    TRAFFORD,
    WITHOUT_POSITION,
    make_archive,
    row,
)

pytestmark = pytest.mark.django_db


def run(*arguments: object, **options: object) -> str:
    out = StringIO()
    call_command("import_postcodes", *map(str, arguments), stdout=out, **options)
    return out.getvalue()


def table() -> list[tuple]:
    return [
        *Postcode.objects.order_by("key").values_list("key", "latitude_e4", "longitude_e4"),
        *PartialPostcode.objects.order_by("code").values_list(),
    ]


def held() -> list[str]:
    return sorted(map(str, Postcode.objects.all()))


@pytest.fixture
def nothing_held() -> None:
    with connection.cursor() as cursor:
        for model in (Postcode, PartialPostcode):
            # Both are quick, and come back when the test ends.
            verb = "TRUNCATE" if connection.vendor == "postgresql" else "DELETE FROM"
            cursor.execute(f"{verb} {model._meta.db_table}")


@pytest.fixture
def four_held(nothing_held, tmp_path) -> Iterator[list[tuple]]:
    run(make_archive(tmp_path / "four.zip", LEEDS, TRAFFORD))
    before = table()
    assert len(before) > 4
    yield before


def test_an_archive_replaces_every_postcode(four_held, tmp_path):
    out = run(make_archive(tmp_path / "new.zip", LERWICK, LEEDS[:2]))
    assert held() == ["LS1 4AP", "LS1 5AA", "ZE1 0AA"]
    assert "3 postcodes loaded." in out


def test_positions_are_wgs_84(nothing_held, tmp_path):
    run(make_archive(tmp_path / "new.zip", TRAFFORD))
    stretford = Postcode.objects.get()
    assert stretford.key == postcode_key("M320JG")
    # 53.455654, -2.302836 by the Office for National Statistics; a hundred times 10 m is a mile.
    assert abs(stretford.latitude_e4 - 534557) <= 1
    assert abs(stretford.longitude_e4 - -23028) <= 1


def test_postcodes_without_a_position_are_left_out_and_counted(nothing_held, tmp_path):
    out = run(make_archive(tmp_path / "new.zip", LEEDS, WITHOUT_POSITION))
    assert held() == ["LS1 4AP", "LS1 5AA", "LS2 7HY"]
    assert "1 postcodes have no position (quality 90) and are left out." in out
    assert "3 postcodes loaded." in out


def test_sectors_and_outward_codes_are_made_again(four_held, tmp_path):
    assert PartialPostcode.objects.filter(code="M32").exists()
    run(make_archive(tmp_path / "new.zip", [*LEEDS, row("LS1 4AQ", 429463, 433430)]))
    partials = {partial.code: partial for partial in PartialPostcode.objects.all()}
    assert {code: (partial.is_outward, partial.postcodes) for code, partial in partials.items()} == {
        "LS1": (True, 3),
        "LS1 4": (False, 2),
        "LS1 5": (False, 1),
        "LS2": (True, 1),
        "LS2 7": (False, 1),
    }
    two = Postcode.objects.filter(key__in=[postcode_key("LS14AP"), postcode_key("LS14AQ")])
    mean = sum(postcode.latitude_e4 for postcode in two) / 2 / 10_000
    assert partials["LS1 4"].latitude == pytest.approx(mean, abs=1e-5)


def test_a_code_that_stands_far_away_does_not_move_the_middle(nothing_held, tmp_path):
    doncaster = [row(f"DN3 1A{letter}", 460_000, 404_000) for letter in "ABD"]
    kent = [row("DN3 9ZZ", 590_000, 150_000)]
    run(make_archive(tmp_path / "new.zip", doncaster))
    middle = PartialPostcode.objects.get(code="DN3")
    run(make_archive(tmp_path / "more.zip", [*doncaster, *kent]))
    with_outlier = PartialPostcode.objects.get(code="DN3")
    assert (with_outlier.latitude, with_outlier.longitude) == (middle.latitude, middle.longitude)
    assert with_outlier.postcodes == 4
    # The postcode itself stays where its publisher puts it.
    assert PartialPostcode.objects.get(code="DN3 9").latitude == pytest.approx(51.2, abs=0.1)


def test_postcodes_far_from_one_another_still_have_a_middle(nothing_held, tmp_path):
    # One of them is the farther north, the other the farther east.
    run(
        make_archive(
            tmp_path / "new.zip", [row("XY1 1AA", 530_000, 180_000), row("XY1 1AB", 394_000, 806_000)]
        )
    )
    middle = PartialPostcode.objects.get(code="XY1")
    assert 51 < middle.latitude < 58
    assert middle.postcodes == 2


def cut_short(path: Path, part: float) -> None:
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * part)])


def without_headers(path: Path) -> None:
    make_archive(path, LEEDS, headers=b"")


def damaged(path: Path) -> None:
    """Whole by its size and directory, but the bytes of its first file are not what was packed."""
    make_archive(path, LEEDS * 50)
    content = bytearray(path.read_bytes())
    start = content.index(b"Data/CSV/a.csv") + len(b"Data/CSV/a.csv")
    content[start + 20 : start + 60] = bytes(40)
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        pytest.param(lambda path: cut_short(path, 0.5), "not a whole zip archive", id="cut in half"),
        pytest.param(lambda path: cut_short(path, 0.98), "not a whole zip archive", id="its end cut off"),
        pytest.param(lambda path: path.write_bytes(b""), "not a whole zip archive", id="empty"),
        pytest.param(lambda path: path.write_text("LS1 4AP"), "not a whole zip archive", id="no zip"),
        pytest.param(damaged, "not a whole zip archive", id="damaged inside"),
        pytest.param(lambda path: path.unlink(), "cannot be read: No such file", id="missing"),
        pytest.param(make_archive, "no file Data/CSV", id="no postcodes"),
        pytest.param(without_headers, "lacks a file", id="no column headers"),
    ],
)
def test_a_broken_archive_is_refused_and_nothing_changes(four_held, tmp_path, break_it, message):
    path = make_archive(tmp_path / "codepo_gb.zip", LEEDS, LERWICK)
    break_it(path)
    with pytest.raises(CommandError, match=message):
        run(path)
    assert table() == four_held


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(HEADERS.replace(b"Eastings,Northings", b"Northings,Eastings"), id="another order"),
        pytest.param(HEADERS.replace(b",Admin_ward_code", b""), id="one fewer"),
        pytest.param(HEADERS.replace(b"Admin_ward_code", b"Admin_ward_code,Extra"), id="one more"),
        pytest.param(HEADERS.splitlines(keepends=True)[1], id="one line"),
        pytest.param(b"\r\n", id="empty"),
        pytest.param(b"PC\r\n\xff\xfe\r\n", id="not text"),
    ],
)
def test_other_columns_are_refused_and_nothing_changes(four_held, tmp_path, headers):
    path = make_archive(tmp_path / "other.zip", LEEDS, headers=headers)
    with pytest.raises(CommandError, match=r"columns are not those|not plain ASCII"):
        run(path)
    assert table() == four_held


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        pytest.param(row("LS1 4AQ", "far"), "line 4: .*far", id="a word for eastings"),
        pytest.param(row("LS1 4AQ", ""), "line 4", id="no eastings"),
        pytest.param(row("LS1 4AQ", northings="4333.3.0"), "line 4", id="two points"),
        pytest.param(row("LS1 4AQ", "nan"), "a.csv|outside Great Britain", id="not a number"),
        pytest.param(row("LS1 4AQ", "inf"), "a.csv|outside Great Britain", id="infinity"),
        pytest.param(row("LS1 4AQ", 10**20), "a.csv|outside Great Britain", id="off the Earth"),
        pytest.param(row("LS1 4AQ", 900_000), "outside Great Britain", id="off the map"),
        pytest.param(row("LS1 4A?"), "line 4", id="no postcode"),
        pytest.param(row("LS"), "a.csv, line 4", id="too short for a postcode"),
        pytest.param(row("LS1_4AQ"), "a.csv, line 4", id="a postcode with a bar"),
        pytest.param(row("LS1 4AP LS1 4AQ"), "a.csv, line 4", id="two postcodes"),
        pytest.param('"LS1 4AQ",10,429363', "line 4: 3 columns, not 10", id="cut short"),
        pytest.param(
            row("LS1 4AQ").removesuffix(',"E05011399"'), "line 4: 9 columns, not 10", id="a column fewer"
        ),
        pytest.param(row("LS1 4AQ") + ',"x"', "line 4: 11 columns, not 10", id="a column more"),
        pytest.param("", "columns, not 10", id="an empty line"),
        pytest.param(row("LS1 4AQ").replace("E92", "É92"), "ASCII", id="accent"),
        pytest.param('"' + "x" * 200_000, "(?i)csv", id="a field without end"),
        pytest.param(row("LS1 4AP"), "1 postcodes are in the archive twice", id="the same again"),
        pytest.param(
            row("LS1 4AQ", 1_141_280, 447_759), "Are eastings and northings", id="Shetland's swapped"
        ),
    ],
)
def test_a_row_that_cannot_be_right_is_refused_and_nothing_changes(four_held, tmp_path, bad, message):
    path = make_archive(tmp_path / "bad.zip", [*LEEDS, bad, *LERWICK])
    with pytest.raises(CommandError, match=message):
        run(path)
    assert table() == four_held


def test_eastings_and_northings_swapped_throughout_are_refused(four_held, tmp_path):
    swapped = [row("LS1 4AP", 433330, 429363), row("ZE1 0AA", 1141280, 447759), row("TR1 1AA", 45000, 182000)]
    with pytest.raises(CommandError, match="Are eastings and northings in their columns"):
        run(make_archive(tmp_path / "swapped.zip", swapped))
    assert table() == four_held


def test_fewer_than_half_the_postcodes_held_are_refused(four_held, tmp_path):
    with pytest.raises(CommandError, match=r"1 postcodes in the file, fewer than half of the 4 held"):
        run(make_archive(tmp_path / "one.zip", LEEDS[:1]))
    assert table() == four_held


def test_half_the_postcodes_held_are_taken(four_held, tmp_path):
    run(make_archive(tmp_path / "two.zip", LEEDS[:2]))
    assert held() == ["LS1 4AP", "LS1 5AA"]


def test_one_fewer_than_half_is_too_few(nothing_held, tmp_path):
    run(make_archive(tmp_path / "five.zip", LEEDS, TRAFFORD, LERWICK))
    with pytest.raises(CommandError, match="fewer than half of the 5 held"):
        run(make_archive(tmp_path / "two.zip", LEEDS[:2]))
    assert len(held()) == 5


def test_a_small_archive_does_not_replace_the_whole_of_britain(tmp_path):
    with pytest.raises(CommandError, match=r"fewer than half of the 1,742,638 held"):
        run(make_archive(tmp_path / "small.zip", LEEDS))
    assert Postcode.objects.count() == 1_742_638


def test_a_dry_run_counts_and_changes_nothing(four_held, tmp_path):
    out = run(make_archive(tmp_path / "new.zip", LERWICK, LEEDS, WITHOUT_POSITION), dry_run=True)
    assert "4 postcodes would be loaded." in out
    assert "1 postcodes have no position" in out
    assert table() == four_held


def test_a_dry_run_refuses_what_the_import_would_refuse(four_held, tmp_path):
    with pytest.raises(CommandError, match="fewer than half"):
        run(make_archive(tmp_path / "one.zip", LEEDS[:1]), dry_run=True)


def test_if_empty_leaves_what_is_held(four_held, tmp_path):
    assert run(make_archive(tmp_path / "new.zip", LERWICK), if_empty=True) == ""
    assert table() == four_held


def test_if_empty_fills_an_empty_table(nothing_held, tmp_path):
    run(make_archive(tmp_path / "new.zip", LERWICK), if_empty=True)
    assert held() == ["ZE1 0AA"]


def test_without_an_archive_the_pack_is_loaded(nothing_held):
    assert "1,742,638 postcodes loaded." in run()
    assert Postcode.objects.count() == 1_742_638
    assert PartialPostcode.objects.filter(is_outward=True).count() > 2_800


def test_a_pack_that_cannot_be_read_is_refused(four_held, tmp_path, monkeypatch):
    monkeypatch.setattr("places.management.commands.import_postcodes.PACK", tmp_path / "missing.xz")
    with pytest.raises(CommandError, match=r"missing\.xz cannot be read"):
        run()
    assert table() == four_held


def test_verbosity_0_says_nothing(nothing_held, tmp_path):
    path = make_archive(tmp_path / "new.zip", LEEDS, WITHOUT_POSITION)
    assert run(path, verbosity=0) == ""
    assert len(held()) == 3
