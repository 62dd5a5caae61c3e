"""Files made to hurt: read right or refused, in little time and room.

Every hostile thing stands in a workbook that is otherwise one of ours, in both formats, and is met
as `sheetnet read` meets it. What the packages and parts of foreign files may do stands in the tests
of `reading`.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support import mutations
from support.folders import ROOT, TESTS
from support.fuzz import two
from support.hostile_workbooks import PLACES, Make, Parts, changed, with_cells, with_names, zipped
from support.lessons import FORMATS, written

import sheetnet
from sheetnet.errors import LessonError
from sheetnet.lessons import to_dict

formats = pytest.mark.parametrize("suffix", FORMATS)
"""(parts of a workbook of ours, its suffix) -> the hostile file."""

ZEROS = b" " * (60 * 2**20)
LAUGHS = (
    b'<!DOCTYPE x [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (c, (b"&%c;" % (c - 1)) * 10) for c in b"bcdefghi")
    + b"]>"
)
EXTERNAL = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'


def declared(place: str, declaration: bytes) -> Make:
    """A part with a document type declaration, and the entity in its first text."""

    def change(data: bytes) -> bytes:
        start = data.index(b"?>") + 2 if data.startswith(b"<?") else 0
        return data[:start] + declaration + data[start:]

    return changed(place, change)


def with_lesson(document: Callable[[], str]) -> Make:
    """Another lesson in the metadata."""
    return lambda parts, _: mutations.with_document(zipped(parts), document())


def altered(version: int = 1, examples: int = 0, **changes: Any) -> str:
    """The lesson's document with keys replaced ("network.sizes") or, by None, left out."""
    lesson: dict[str, Any] = to_dict(two())
    for path, value in changes.items():
        *above, key = path.split("_", 1)
        table = lesson[above[0]] if above else lesson
        if value is None:
            del table[key]
        else:
            table[key] = value
    document = {"sheetnet": version, "lesson": lesson}
    return json.dumps(document | ({"examples": examples} if examples else {}))


BARE = {"network_weights": None, "network_bias": None, "data_inputs": None, "data_targets": None,
        "network_activations": "sigmoid"}  # fmt: skip
MANY = 250_000
FULL_ROW = b'<table:table-cell table:number-columns-repeated="16384" office:value-type="float" ' \
    b'office:value="1"/>'  # fmt: skip
XLSX_CELL = b'<c r="XFD1048576"><v>1</v></c>'


# what it is: (how it is made, what the refusal says; None: it is harmless, and read)
HOSTILE: dict[str, tuple[Make, str | None]] = {
    "a zip bomb": (lambda parts, _: zipped(parts, {"x.bin": ZEROS}), "-fold when decompressed"),
    "a zip bomb for a sheet": (changed("cells", lambda data: data + ZEROS), "-fold"),
    **{f"an entity bomb in the {place}": (declared(place, LAUGHS), "document type declaration")
       for place in PLACES},
    **{f"an external entity in the {place}": (declared(place, EXTERNAL), "document type declarat")
       for place in PLACES},
    **{f"an entry called {name}": (
        lambda parts, _, name=name: zipped(parts, {name: b"x"}), "an entry named")
       for name in ("/etc/x", "../x", "xl/../../x", "..\\x", "C:/x", "\\\\host\\x")},
    "a million names": (with_names(1_000_000), "more than 100,000 defined names"),
    "99,000 names": (with_names(99_000), None),
    "a used range of the whole sheet": (
        with_cells(b'<row r="1048576">' + XLSX_CELL + b"</row>",
                   b'<table:table-row table:number-rows-repeated="1048000"><table:table-cell '
                   b'table:number-columns-repeated="16384"/></table:table-row>'), None),
    "a sheet full of cells": (
        with_cells(b"".join(b'<row r="%d">' % r + b"<c><v>1</v></c>" * 16384 + b"</row>"
                            for r in range(100, 200)),
                   b'<table:table-row table:number-rows-repeated="1048000">' + FULL_ROW
                   + b"</table:table-row>"), None),
    "deeply nested JSON": (
        with_lesson(lambda: '{"sheetnet":1,"lesson":' + "[" * 100_000 + "]" * 100_000 + "}"),
        "is damaged"),
    "deeply nested tables in JSON": (
        with_lesson(lambda: '{"sheetnet":1,"lesson":' + '{"a":' * 900 + "1" + "}" * 901),
        "'a' is not a key|a is not a key"),
    "five million empty lists": (
        with_lesson(lambda: '{"sheetnet":1,"lesson":{"x":[' + "[]," * 1_200_000 + "1]}}"),
        "x is not a key"),
    "JSON of 40 MB": (
        with_lesson(lambda: '{"sheetnet":1,"lesson":{"x":[' + "[]," * 13_000_000 + "1]}}"),
        "longer|characters"),
    "a number of 4,000 digits": (with_lesson(lambda: altered(training_steps=10**4000)),
                                 "would need .* rows"),
    "a number of 5,000 digits": (
        with_lesson(lambda: '{"sheetnet":1' + "0" * 5000 + "}"), "is damaged|newer"),
    "sizes = [10**9]": (with_lesson(lambda: altered(network_sizes=[10**9])), "network.sizes"),
    "sizes = [10**9, 10**9]": (
        with_lesson(lambda: altered(network_sizes=[10**9] * 2)), "network.sizes"),
    "sizes of 10**9, drawn by a seed": (
        with_lesson(lambda: altered(**BARE | {"network_sizes": [2, 10**9], "network_seed": 1})),
        "network.sizes"),
    "ten million weights by a seed": (
        with_lesson(lambda: altered(network_weights=None, network_bias=None, network_seed=1,
                                    network_sizes=[2, 3_300_000, 1])),
        "expected at most|would need"),
    "nine million weights left out": (
        with_lesson(lambda: altered(2, 1, **BARE | {"network_sizes": [3000, 3000]})),
        "network.weights|would need"),
    "five million weights left out": (
        with_lesson(lambda: altered(2, 1, **BARE | {"network_sizes": [2200, 2200]})), "would need"),
    "five million examples left out": (
        with_lesson(lambda: altered(2, 5_000_000, **BARE | {"network_sizes": [1, 1]})),
        "would need|expected at most"),
    "10**9 examples left out": (with_lesson(lambda: altered(2, 10**9, **BARE)), "data.inputs"),
    "a million layers": (
        with_lesson(lambda: altered(**BARE | {"network_sizes": [1] * 10**6, "network_seed": 1})),
        "has 1000000 layers; expected at most 1,000"),
    "a thousand layers": (
        with_lesson(lambda: altered(2, 1, **BARE | {"network_sizes": [1] * 1000})), "."),
    "10**9 steps": (with_lesson(lambda: altered(training_steps=10**9)), "would need"),
    "100,000 steps": (with_lesson(lambda: altered(training_steps=100_000)), None),
    "unknown keys": (
        with_lesson(lambda: altered(**{f"k{i}": 1 for i in range(MANY)})), "more problems"),
    "many activations": (
        with_lesson(lambda: altered(network_activations=["sigmoi"] * MANY)), "more problems"),
    "many errata": (with_lesson(lambda: altered(errata=[{}] * MANY)), "more problems"),
    "many wrong numbers": (
        with_lesson(lambda: altered(data_inputs=[["x"] * MANY])), "more problems"),
    "many wrong rows": (with_lesson(lambda: altered(data_inputs=["x"] * MANY)), "more problems"),
    "many layers of weights": (
        with_lesson(lambda: altered(network_weights=[0] * MANY)), "expected at most 1,000"),
    "a notation of a million letters": (with_lesson(lambda: altered(notation="x" * 10**6)),
                                        "notation is 'xxx"),
}  # fmt: skip


def with_tags(place: str) -> Make:
    """Ten million empty elements at the end of a part: 40 MB, and some 50 KB in the zip."""
    tags = b"<a/>" * 10_000_000
    return changed(place, lambda data: re.sub(rb"(</[^>]*>\s*)$", tags + rb"\1", data))


def with_numbers(names: str, rows: int) -> Make:
    """Names of ours that stand for this many numbers, below each other on a sheet of their own."""
    xlsx = b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (r, r) for r in range(9, rows))
    ods = b'<table:table-row><table:table-cell office:value-type="float" office:value="1"/>' \
        b"</table:table-row>"  # fmt: skip

    def make(parts: Parts, suffix: str) -> bytes:
        part, data = PLACES["names"][suffix], parts[PLACES["names"][suffix]].decode()
        sheet, start = "xl/worksheets/sheet1.xml", f'(name="(?:{names})"[^>]*?'
        if suffix == ".xlsx":
            cells = re.sub(rb"<row .*(?=</sheetData>)", xlsx, parts[sheet], flags=re.DOTALL)
            new = re.sub(start + ">)[^<]*", rf"\1About!$A$9:$A${rows - 1}", data)
            return zipped(parts | {part: new.encode(), sheet: cells})
        start += 'table:cell-range-address=")[^"]*'
        new = re.sub(start, rf"\1$About.$A$9:.$A${rows - 1}", data)
        about, end, rest = new.encode().partition(b"</table:table>")
        return zipped(parts | {part: about + ods * rows + end + rest})

    return make


def with_millions_of_cells(sheet: int, has_formula: bool = False) -> Make:
    """Three million cells at the end of a sheet; with a formula in a yellow cell, so that no short
    cut leads to the numbers."""
    cell = b'<table:table-cell office:value-type="float" office:value="1"/>'

    def make(parts: Parts, suffix: str) -> bytes:
        if suffix == ".xlsx":
            name, rate = f"xl/worksheets/sheet{sheet}.xml", b"<v>0.5</v>"
            many = (b"<row>" + b"<c><v>1</v></c>" * 16_000 + b"</row>") * 190
            new = parts[name].replace(b"</sheetData>", many + b"</sheetData>")
            typed = b"<f>1/2</f>" + rate
        else:
            name, rate = "content.xml", b' office:value-type="float" office:value="0.5"/>'
            many = (b"<table:table-row>" + cell * 8_000 + b"</table:table-row>") * 100
            tables = parts[name].split(b"</table:table>")
            tables[sheet - 1] += many
            new, typed = b"</table:table>".join(tables), b' table:formula="of:=1/2"' + rate
        assert rate in new or not has_formula
        return zipped(parts | {name: new.replace(rate, typed, 1) if has_formula else new})

    return make


HOSTILE |= {
    f"ten million elements in the {place}": (with_tags(place), "more than .* tags")
    for place in ("names", "texts", "styles")
} | {
    "millions of cells below the lesson": (with_millions_of_cells(4), "more than .* tags|cells"),
    "millions of cells beside a formula": (
        with_millions_of_cells(2, has_formula=True), "more than .* tags|cells"),
    "half a million numbers, five times": (
        with_numbers("W_1|W_2|inputs|targets|learning_rate", 500_000), "has 499991 rows"),
}


NAMED = {  # names of ours that stand for what would take for ever to walk through
    "sheetnet_lesson": ("sheetnet!$A$1:$A$1048576", "$sheetnet.$A$1:.$A$1048576"),
    "W_1": ("Training!$A$1:$XFD$1048576", "$Training.$A$1:.$XFD$1048576"),
}


def renamed(name: str) -> Make:
    def make(parts: Parts, suffix: str) -> bytes:
        part, data = PLACES["names"][suffix], parts[PLACES["names"][suffix]].decode()
        xlsx, ods = NAMED[name]
        if suffix == ".xlsx":
            new = re.sub(rf'(name="{name}">)[^<]*', lambda m: m[1] + xlsx, data)
        else:
            new = re.sub(rf'(table:name="{name}"[^>]*table:cell-range-address=")[^"]*',
                         lambda m: m[1] + ods, data)  # fmt: skip
        assert new != data
        return zipped(parts | {part: new.encode()})

    return make


HOSTILE["the lesson in a whole column"] = renamed("sheetnet_lesson"), None  # found by its sheet
HOSTILE["weights in a whole sheet"] = renamed("W_1"), "has 1048576 rows and 16384 columns"


RUN = """
import json, os, signal, sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import sheetnet
from support import fuzz
from sheetnet.cli import main
from sheetnet.checking import check
for path in fuzz.bases(Path(sys.argv[2])):
    sheetnet.read(path)  # all is imported
quiet = os.dup(1)
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
for path in sys.argv[3:]:
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        signal.alarm(20)
        os.dup2(writing, 2)
        if fuzz.peak():
            Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
        started = time.process_time()
        if path == "gauge":
            bytearray(300 * 2**20).count(1)
        status = -1 if path == "gauge" else main(["read", path])
        sys.stdout.flush()
        spent = time.process_time() - started
        os.write(2, json.dumps(["", status, spent, fuzz.peak()]).encode())
        os._exit(0)
    os.close(writing)
    with open(reading) as pipe:
        said, bracket, rest = pipe.read().rpartition('["", ')
    if os.waitpid(child, 0)[1]:
        said, rest = "died", "-2, 20, 0]"
    os.write(quiet, (json.dumps([said, *json.loads("[" + rest)]) + "\\n").encode())
"""


def outcomes(suffix: str, folder: Path) -> dict[str, Any]:
    """What `sheetnet read` said, its status, CPU seconds and peak memory in MB, each in a process
    of its own; and a gauge that takes 300 MB."""
    small, paths = folder / "small", []
    small.mkdir()
    parts = dict(mutations.unzipped(written(two(), folder, suffix).read_bytes()))
    for make, _ in HOSTILE.values():
        paths.append(folder / f"{len(paths)}{suffix}")
        paths[-1].write_bytes(make(parts, suffix))
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(TESTS), str(small), *map(str, paths), "gauge"],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return dict(zip([*HOSTILE, "gauge"], map(json.loads, done.stdout.splitlines()), strict=True))


def complaints(name: str, said: str, status: int, seconds: float, megabytes: int) -> Iterator[str]:
    """What is wrong with how a hostile file was met."""
    message = HOSTILE[name][1]
    if message is None and status != 0:
        yield f"{name} is harmless: {said[:200]}"
    one = len(re.findall("^sheetnet: ", said, re.MULTILINE)) == 1 and len(said) < 6000
    if message is not None and not (status == 2 and one and re.search(message, said)):
        yield f"{name} has status {status}: {said[:200]}"
    if seconds > 2 or megabytes > 300:
        yield f"{name} took {seconds:.1f} s and {megabytes} MB"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
@formats
def test_hostile_files_are_refused_in_time(suffix: str, tmp_path: Path) -> None:
    found = outcomes(suffix, tmp_path)
    gauge = found.pop("gauge")
    assert [fault for name, met in found.items() for fault in complaints(name, *met)] == []
    if Path("/proc/self/clear_refs").exists():
        assert 300 < gauge[3] < 420, "the gauge of memory sees what is taken"


def test_the_complaints_find_what_is_wrong() -> None:
    good = "sheetnet: x.ods: the name 'a zip bomb' grows 500-fold when decompressed"
    assert not [*complaints("a zip bomb", good, 2, 0.1, 50)]
    assert not [*complaints("99,000 names", "", 0, 0.1, 50)]
    flood = good + "x" * 6000
    for met in ((good, 0, 0.1, 50), ("sheetnet: no", 2, 0.1, 50), (f"{good}\n{good}", 2, 0.1, 50),
                (flood, 2, 0.1, 50), (good, 2, 2.1, 50), (good, 2, 0.1, 301)):  # fmt: skip
        assert len([*complaints("a zip bomb", *met)]) == 1
    assert [*complaints("99,000 names", "too many", 2, 0.1, 50)]


LESSON_FILES = {
    "deep.json": lambda: "[" * 10**6,
    "deeper.json": lambda: '{"network":' * 10**5,
    "deep.toml": lambda: "title = " + "[" * 10**5,
    "sizes.json": lambda: json.dumps({"network": {"sizes": [10**9], "seed": 1}}),
    "sizes.toml": lambda: "[network]\nsizes = [1000000000, 1000000000]\nseed = 1",
    "layers.json": lambda: json.dumps({"network": {"sizes": [1] * 10**6, "seed": 1}}),
    "keys.json": lambda: json.dumps({f"k{i}": 1 for i in range(MANY)}),
    "digits.toml": lambda: "[training]\nsteps = 1" + "0" * 10**5,
}


@pytest.mark.parametrize("name", LESSON_FILES)
def test_hostile_lesson_files_are_refused_in_time(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(LESSON_FILES[name]())
    started = time.process_time()
    with pytest.raises(LessonError) as caught:
        sheetnet.load(path)
    assert time.process_time() - started < 2
    assert len(str(caught.value)) < 20_000
