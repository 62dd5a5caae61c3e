"""Large networks: bit-exact weights, quick reading that is never wrong, whole files or none.

The short cuts that make large networks fast are held against the long way: columns printed
together against columns printed one by one, the plain reader against the careful one.
"""

from __future__ import annotations

import io
import json
import sys
import time
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from python_calamine import CalamineWorkbook
from support import raw
from support.lessons import FORMATS, KINDS, LESSONS, lesson, written

from sheetnet import check, read
from sheetnet.cli import main
from sheetnet.errors import FileError
from sheetnet.formulas.printing import DIALECTS, Marks, Printer
from sheetnet.formulas.tree import I, Index, Node, Number, added, cell
from sheetnet.lessons import Lesson, with_values
from sheetnet.progress import progress_of
from sheetnet.reading import plain
from sheetnet.workbooks import metadata, write
from sheetnet.workbooks.build import build
from sheetnet.workbooks.saved import open_saved
from sheetnet.writing import zip as zipped

formats = pytest.mark.parametrize("suffix", FORMATS)
SPECIAL = [5e-324, -5e-324, 1e16, 1e22, 1e-7, 1.5e-5, -0.0, 0.0, 1.0, -1.0, 2.0**53, 0.1, 1e300]


def large() -> Lesson:
    """784-30-10, its first weights the numbers that are hardest to write."""
    made = lesson((784, 30, 10), steps=1)
    weights = [w.copy() for w in made.network.weights]
    weights[0][0, : len(SPECIAL)] = SPECIAL
    return with_values(made, weights=weights)


LARGE = large()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("large")
    return {suffix: written(LARGE, folder, suffix) for suffix in FORMATS}


def same_bits(a: Lesson, b: Lesson) -> int:
    """How many weights and biases have the same bits in both."""
    pairs = zip((*a.network.weights, *a.network.bias), (*b.network.weights, *b.network.bias),
                strict=True)  # fmt: skip
    return sum(int((x.view(np.int64) == y.view(np.int64)).sum()) for x, y in pairs)


@formats
def test_every_weight_comes_back_to_the_bit(suffix: str, files: dict[str, Path]) -> None:
    assert same_bits(read(files[suffix]), LARGE) == 23_860
    assert read(files[suffix]) == LARGE


@formats
def test_others_read_the_same_weights(suffix: str, files: dict[str, Path]) -> None:
    area = open_saved(files[suffix]).names.areas["W_1"]
    sheet = CalamineWorkbook.from_path(files[suffix]).get_sheet_by_name("Step")
    top, left = sheet.start or (0, 0)
    rows = sheet.to_python(skip_empty_area=True)[area.row - top : area.row - top + 30]
    cells = [row[area.column - left : area.column - left + 784] for row in rows]
    found = np.array(cells, dtype=float)
    assert (found == LARGE.network.weights[0]).all()


@formats
def test_the_zip_is_sound(suffix: str, files: dict[str, Path]) -> None:
    with zipfile.ZipFile(files[suffix]) as archive:
        assert archive.testzip() is None
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@formats
def test_without_isal_the_file_says_the_same(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = written(LARGE, tmp_path, suffix)
    monkeypatch.setattr(zipped, "deflate", zlib)
    write.write(LARGE, tmp_path / f"other{suffix}")
    assert raw.parts(tmp_path / f"other{suffix}") == raw.parts(ours)


def test_every_formula_is_right(files: dict[str, Path]) -> None:
    report = check(files[".xlsx"], engine="ironcalc")
    assert report.ok and report.formulas > 48_000


# --- columns printed together ----------------------------------------------------------------


def one_by_one(formula: Callable[[Index, Index], Node], printer: Printer, columns: int) -> str:
    return "|".join(printer.text(formula(I, Index(j, "j"))) for j in range(columns))


def together(formula: Callable[[Index, Index], Node], printer: Printer, columns: int) -> str:
    runs = printer.runs(formula, columns)
    return "".join(run.spread(text + "|") for run, text in runs).removesuffix("|")


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("kind", LESSONS)
def test_columns_printed_together_read_as_one_by_one(kind: str, dialect: str) -> None:
    workbook = build(LESSONS[kind])
    names = workbook.names()
    for block in workbook.blocks():
        if block.formula is not None:
            printer = Printer(DIALECTS[dialect], names, block.area, Marks())
            expected = one_by_one(block.formula, printer, block.area.columns)
            assert together(block.formula, printer, block.area.columns) == expected, block.name


def _terms(i: Index, j: Index) -> Node:
    return added([cell("W_1", i, k) for k in range(j.value + 1)])


def _at(where: Callable[[int], bool]) -> Callable[[Index, Index], Node]:
    return lambda i, j: cell("W_1", i, j) if where(j.value) else Number(7.0)


# formula, and whether more columns than one share a text
DECEPTIVE: list[tuple[Callable[[Index, Index], Node], bool]] = [
    (_at(lambda n: n == 3), True),
    (_at(lambda n: n != 3), True),
    (_at(lambda n: n < 3), True),
    (_at(lambda n: n <= 3), True),
    (_at(lambda n: n > 3), True),
    (_at(lambda n: n >= 3), True),
    (_at(lambda n: 3 < n < 6), True),
    (_at(lambda n: n - 2 == 3), True),
    (_at(lambda n: n + 2 == 3), True),
    (_at(lambda n: n == 0), True),
    (_at(lambda n: n in (2, 5)), True),
    (_at(lambda n: bool(n)), False),
    (_at(lambda n: n % 2 == 0), False),
    (_at(lambda n: str(n) == "3"), False),
    (_at(lambda n: {3: True}.get(n, False)), False),
    (_at(lambda n: n == 2.5), False),
    (lambda i, j: Number(float(j.value)), False),
    (lambda i, j: cell("W_1", *j.split(3)), False),
    (lambda i, j: cell("W_1", i, j * 2), False),
    (lambda i, j: cell("W_1", j, i), True),
    (lambda i, j: cell("W_1", Index(j.value), Index(j.value + 4)), True),
    (lambda i, j: cell("W_1", i, i * 3 + j.value), False),
    (_terms, False),
]


@pytest.mark.parametrize("number", range(len(DECEPTIVE)))
def test_a_formula_that_looks_at_its_column_is_not_taken_in(number: int) -> None:
    formula, shares = DECEPTIVE[number]
    names = build(LESSONS["wide"]).names()
    printer = Printer(DIALECTS["xlsx"], names, names["W_1"], Marks())
    assert together(formula, printer, 9) == one_by_one(formula, printer, 9)
    runs = [run for run, _ in printer.runs(formula, 9)]
    assert [run.first for run in runs[1:]] == [run.stop for run in runs[:-1]]
    assert (len(runs) < 9) is shares


# --- the plain reader ------------------------------------------------------------------------


@formats
@pytest.mark.parametrize("kind", KINDS)
def test_the_plain_reader_reads_what_the_careful_one_does(
    kind: str, suffix: str, tmp_path: Path
) -> None:
    saved = open_saved(written(KINDS[kind], tmp_path, suffix))
    assert {"inputs", "W_1"} <= saved.plain.keys()
    assert saved.lesson() == replace(saved, plain={}).lesson() == KINDS[kind]


def _in(suffix: str) -> str:
    return "content.xml" if suffix == ".ods" else "xl/worksheets/sheet2.xml"


# What another program may write: the lesson is the same, however it has to be read.
OTHERWISE: dict[str, tuple[str, bytes, bytes]] = {
    "a comment": (".xlsx", b"<sheetData>", b"<!-- <sheetData> --><sheetData>"),
    "an instruction": (".xlsx", b"<sheetData>", b'<?x <row r="7">?><sheetData>'),
    "other quotes": (".xlsx", b'<row r="7">', b"<row r='7'>"),
    "spaces": (".xlsx", b"<v>", b"<v >"),
    "attributes of a row turned": (".xlsx", b'<row r="', b'<row spans="1:2" r="'),
    "ods, a comment": (".ods", b"<table:table ", b"<!-- <table:table > --><table:table "),
    "ods, an instruction": (".ods", b"<table:table ", b"<?x <table:table-row>?><table:table "),
    "ods, other quotes": (".ods", b'office:value-type="float"', b"office:value-type='float'"),
    "ods, attributes turned": (
        ".ods",
        b"<table:table-cell table:style-name=",
        b'<table:table-cell table:protected="false" table:style-name=',
    ),
    "ods, a prefix again": (
        ".ods",
        b'<table:table-row table:style-name="row">',
        b'<table:table-row table:style-name="row" '
        b'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0">',
    ),
    "ods, spaces": (".ods", b"<table:table-row ", b"<table:table-row  "),
}


@pytest.mark.parametrize("name", OTHERWISE)
@pytest.mark.parametrize("kind", ["demo", "wide"])
def test_a_file_laid_out_otherwise_reads_the_same(name: str, kind: str, tmp_path: Path) -> None:
    suffix, old, new = OTHERWISE[name]
    path = written(KINDS[kind], tmp_path, suffix)
    before = raw.parts(path)[_in(suffix)]
    raw.rewrite(path, {_in(suffix): lambda data: data.replace(old, new)})
    if old != b'<row r="7">':
        assert raw.parts(path)[_in(suffix)] != before
    assert read(path) == KINDS[kind]


@formats
@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        ("text", "abc", "Step!.*'abc'"),
        ("number", "1e999", "finite"),
        ("empty", "", "empty"),
    ],
)
def test_a_wrong_weight_among_thousands_is_named(
    kind: str, value: str, message: str, suffix: str, files: dict[str, Path], tmp_path: Path
) -> None:
    area = open_saved(files[suffix]).names.areas["W_1"]
    right = repr(float(LARGE.network.weights[0][3, 5])).encode()
    old, new = {
        ".xlsx": (b"<v>%b</v>" % right, {
            "text": b'<f>"abc"</f><v>abc</v>', "number": b"<v>1e999</v>", "empty": b""}[kind]),
        ".ods": (b' office:value-type="float" office:value="%b"' % right, {
            "text": b' office:value-type="string" office:string-value="abc"',
            "number": b' office:value-type="float" office:value="1e999"', "empty": b""}[kind]),
    }[suffix]  # fmt: skip

    def change(data: bytes) -> bytes:
        start = data.index(old)
        if suffix == ".xlsx" and kind == "text":
            tag = data.rindex(b"<c ", 0, start)
            return (
                data[:tag]
                + data[tag:start].replace(b">", b' t="str">')
                + new
                + data[start + len(old) :]
            )
        return data[:start] + new + data[start + len(old) :]

    out = tmp_path / f"wrong{suffix}"
    raw.rewrite(files[suffix], {_in(suffix): change}, out)
    with pytest.raises(FileError, match=message) as caught:
        read(out)
    assert f"Step!{raw.letters(area.column + 5)}{area.row + 4}" in str(caught.value)


@formats
def test_one_weight_typed_anew_is_read(suffix: str, files: dict[str, Path], tmp_path: Path) -> None:
    right = repr(float(LARGE.network.weights[0][3, 5])).encode()
    out = tmp_path / f"edited{suffix}"
    raw.rewrite(files[suffix], {_in(suffix): lambda data: data.replace(right, b"0.125", 1)}, out)
    found = read(out)
    assert found.network.weights[0][3, 5] == 0.125
    assert same_bits(found, LARGE) == 23_859


def test_a_lesson_in_parts_held_too_long_is_read_with_care(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plain, "MAX_BYTES", 1000)
    for suffix in FORMATS:
        saved = open_saved(written(KINDS["wide"], tmp_path, suffix))
        assert not saved.plain and saved.lesson() == KINDS["wide"]


# --- numbers that are not kept twice -----------------------------------------------------------


@formats
def test_a_large_lesson_keeps_its_numbers_in_its_cells_only(
    suffix: str, files: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    saved = open_saved(files[suffix])
    assert not saved.has_numbers
    texts = "".join(c.text or "" for c in raw.cells(files[suffix])["sheetnet"].values())
    document = json.loads(texts[texts.index("{") :])
    assert document["sheetnet"] == metadata.WITHOUT_NUMBERS
    assert not {"weights", "bias"} & document["lesson"]["network"].keys()
    assert document["lesson"]["data"] == {}
    assert main(["read", str(files[suffix])]) == 0
    assert "edits cannot be listed" in capsys.readouterr().out


@formats
def test_a_small_lesson_keeps_them(suffix: str, tmp_path: Path) -> None:
    saved = open_saved(written(lesson((60, 100, 30)), tmp_path, suffix))
    assert saved.has_numbers and saved.original == saved.lesson()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"examples": 10**9}, "data.inputs"),
        ({"examples": "1"}, "data.inputs"),
        ({"lesson": {"network": {"sizes": [10**9, 10**9]}, "data": {}}}, "network.sizes"),
        ({"lesson": {"network": [], "data": {}}}, "network"),
    ],
)
def test_a_lesson_without_numbers_promises_no_memory(
    change: dict[str, object], message: str
) -> None:
    sheet = metadata.build(LARGE, build(LARGE).blocks())
    document = json.loads("".join(text.text for text in sheet.texts[2:])) | change
    start = time.perf_counter()
    with pytest.raises(Exception, match=message):
        metadata.parse([json.dumps(document)], "net.xlsx")
    assert time.perf_counter() - start < 2


# --- while it lasts ------------------------------------------------------------------------------


@formats
def test_progress_rises_to_the_end(suffix: str, tmp_path: Path) -> None:
    shares: list[float] = []
    write.write(KINDS["wide"], tmp_path / f"net{suffix}", progress=shares.append)
    assert shares == sorted(shares) and 0 < shares[0] < 0.1 and shares[-1] == 1.0


@formats
def test_stopped_half_way_it_leaves_nothing(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"net{suffix}"

    def stop(share: float) -> None:
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write.write(LARGE, path, progress=stop)
    assert list(tmp_path.iterdir()) == []
    written(KINDS["demo"], tmp_path, suffix)
    before = path.read_bytes()
    with pytest.raises(KeyboardInterrupt):
        write.write(LARGE, path, progress=stop)
    assert list(tmp_path.iterdir()) == [path] and path.read_bytes() == before


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("terminal", "seconds", "says"),
    [(_Terminal(), 0.2, True), (_Terminal(), 0.0, False), (io.StringIO(), 0.2, False)],
)
def test_only_what_takes_long_says_so(
    terminal: io.StringIO, seconds: float, says: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sheetnet.progress._PATIENCE", 0.05)
    monkeypatch.setattr("sheetnet.progress._BEAT", 0.02)
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress_of("writing net.xlsx") as progress:
        progress(0.5)
        time.sleep(seconds)
    said = terminal.getvalue()
    assert ("writing net.xlsx 50%" in said) is says
    assert said.endswith("\r") is says and (says or not said)


# --- the benchmarks ------------------------------------------------------------------------------


@formats
def test_other_libraries_are_given_the_cells_that_we_write(suffix: str, tmp_path: Path) -> None:
    from benchmarks.nets import cells_of

    _, given = cells_of(KINDS["demo"], DIALECTS[suffix[1:]])
    found = raw.cells(written(KINDS["demo"], tmp_path, suffix))
    for sheet, cells in given.items():
        ours = {at: (cell.formula, float(cell.digits)) if cell.digits else cell.text
                for at, cell in found[sheet].items()}  # fmt: skip
        theirs = {(cell.row, cell.column): cell.text if cell.value is None
                  else (cell.formula, cell.value) for cell in cells}  # fmt: skip
        assert ours == {at: content for at, content in theirs.items() if content}
