"""The page as a file: what stands in it, what it allows itself, and how it is read back.

No browser here; pages are foreign files when they are read, so most of them are hostile.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.javascript import Module, inside, table_of, with_inside, with_table
from support.lessons import LESSONS, any_lesson, demo, lesson, titles, written, xor

import sheetnet
from sheetnet.cli import main
from sheetnet.errors import FileError, LessonError
from sheetnet.lessons import Lesson, load, to_dict
from sheetnet.page import packing, scripts
from sheetnet.sheets.notation import NOTATIONS, Labels
from sheetnet.sheets.symbols import symbols
from sheetnet.workbooks.write import write
from sheetnet.writing import html

PAGE = Path(sheetnet.__file__).parent / "page"
SOURCES = sorted(PAGE.rglob("*.js"))
EVIL = "</script><img src=x onerror=alert(1)>{{table}} <!-- \u2028 & \"'"


# --- the file ------------------------------------------------------------------------------------


class _Elements(HTMLParser):
    """Every tag, and the text of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] in ("script", "style", "title") and data.strip():
            self.texts.append(data)


@pytest.mark.parametrize("title", ["XOR", EVIL])
def test_the_file_allows_itself_its_own_scripts_and_nothing_else(
    title: str, tmp_path: Path
) -> None:
    path = tmp_path / "net.html"
    write(replace(xor(), title=title), path)
    found = _Elements(path.read_text(encoding="utf-8"))
    assert [tag for tag, _ in found.tags] == [
        "html", "head", "meta", "meta", "meta", "meta", "meta", "link", "title", "body", "p",
        "script", "script",
    ]  # fmt: skip
    policy = found.tags[3][1]["content"] or ""
    shown, packed, opener = found.texts
    assert shown == title.replace("\u2028", "\u2028")
    assert not re.search("[<\"']", packed)
    engine, app, style, _ = inside(path)
    hashes = [
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for text in (opener, engine, app, style)
    ]
    allowed = " ".join(f"'sha256-{one}'" for one in hashes[:3])
    assert policy == (
        f"default-src 'none'; script-src {allowed}; "
        f"style-src 'sha256-{hashes[3]}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    addresses = ("src", "href")
    sources = [value for _, tag in found.tags for key, value in tag.items() if key in addresses]
    assert sources == ["data:,"]
    assert sheetnet.read(path).title == title


def test_no_module_reaches_out_or_evaluates_texts() -> None:
    whole = "".join([*scripts.scripts(), scripts.opener(), scripts.sheet_of_styles()])
    forbidden = r"\beval\b|new Function|innerHTML|outerHTML =|insertAdjacent|document\.write|"
    forbidden += r"fetch\(|XMLHttp|WebSocket|import\(|sendBeacon|@import|url\("
    assert not re.findall(forbidden, whole)
    assert set(re.findall(r"https?://[^\s\"']+", whole)) == {"http://www.w3.org/2000/svg"}
    assert "</script" not in whole and "<!--" not in whole


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_modules_can_be_read_in_one_sitting(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("/* "), "says what it knows"
    assert len(text.splitlines()) < 300
    # Indentation is taken off, so no text may go over lines
    assert [line for line in text.splitlines() if line.count("`") % 2] == []


def test_every_module_is_in_the_page_under_a_name_of_its_own() -> None:
    assert len({path.stem for path in SOURCES}) == len(SOURCES)
    whole = "".join([*scripts.scripts(), scripts.opener()])
    assert [p.stem for p in SOURCES if f"const ${p.stem}=(()=>{{" not in whole] == []


def test_the_same_lesson_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(xor(), tmp_path / f"{name}.html")
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()


def test_sizes(tmp_path: Path) -> None:
    """What is sent by mail; formulas are laid down once a block, so steps cost nothing."""
    sizes = {}
    for name, made in {
        "without Network": replace(demo(), sheets=("training", "step")),
        "demo": demo(),
        "more steps": replace(demo(), training=replace(demo().training, steps=5000)),
        "784-30-10": lesson((784, 30, 10), "sigmoid"),
    }.items():
        write(made, tmp_path / "net.html", force=True)
        sizes[name] = (tmp_path / "net.html").stat().st_size
    assert sizes["without Network"] < 62_000
    assert sizes["demo"] < 67_000
    assert abs(sizes["more steps"] - sizes["demo"]) < 1000
    assert sizes["784-30-10"] < 300_000


def test_what_would_be_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html, "MOST_BYTES", 50_000)
    target = tmp_path / "net.html"
    with pytest.raises(LessonError, match=r"would take 0\.\d MB; expected at most .*smaller net"):
        write(xor(), target)
    assert not target.exists()


def test_writing_a_workbook_needs_nothing_of_the_page(tmp_path: Path) -> None:
    script = (
        "import sys; from sheetnet.lessons import load; from sheetnet.workbooks.write import write;"
        f"write(load({to_dict(xor())!r}), {str(tmp_path / 'net.xlsx')!r});"
        "print([m for m in sys.modules if 'quickjs' in m or m.startswith('sheetnet.page')"
        "or m in ('sheetnet.writing.html', 'sheetnet.reading.page')])"
    )
    shown = subprocess.check_output([sys.executable, "-c", script], text=True)
    assert shown.strip() == "[]"


# --- read back -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["demo", "xor", "online", "wide, fixed bias", "no bias"])
def test_a_page_gives_the_lesson_back_bit_for_bit(name: str, tmp_path: Path) -> None:
    made = LESSONS[name]
    assert to_dict(sheetnet.read(written(made, tmp_path, ".html"))) == to_dict(made)


@settings(max_examples=25, deadline=None)
@given(made=any_lesson(st.floats(-9, 9)))
def test_any_lesson_comes_back(made: Lesson, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("any") / "net.html"
    try:
        write(made, path)
    except LessonError:  # its training diverges
        return
    assert repr(to_dict(sheetnet.read(path))) == repr(to_dict(made))


def test_the_commands_take_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["gallery", "mazur", "-o", "one.html"]) == 0
    assert main(["step", "one.html", "-o", "two.html", "-n", "3"]) == 0
    assert main(["step", "one.html", "-o", "three.xlsx", "-n", "3"]) == 0
    assert main(["check", "two.html"]) == 0
    capsys.readouterr()
    assert main(["diff", "one.html", "two.html"]) == 1
    assert "w₁" in capsys.readouterr().out
    assert main(["diff", "two.html", "three.xlsx"]) == 0
    assert main(["read", "two.html", "-o", "two.toml"]) == 0
    assert main(["gallery", "mazur", "-o", "one.html"]) == 0  # ours may be replaced
    Path("other.html").write_text("<!doctype html><p>mine", encoding="utf-8")
    assert main(["gallery", "mazur", "-o", "other.html"]) == 2
    assert "not written by sheetnet" in capsys.readouterr().err


EDITS = "step=7&W_1=3:-0.25,0:1e-3&learning_rate=0:2"


def test_a_link_is_read_as_the_page_with_its_numbers(tmp_path: Path) -> None:
    path = tmp_path / "net.html"
    write(xor(), path)
    for name in (f"{path}#{EDITS}", f"{path.as_uri()}#{EDITS}"):
        found = sheetnet.read(name)
        assert found.training.learning_rate == 2
        assert found.network.weights[0][1, 0] == -0.25 and found.network.weights[0][0, 0] == 1e-3
        changed = np.asarray(found.network.weights[0] != xor().network.weights[0])
        assert changed.sum() == 2
        assert sheetnet.check(name).ok


@pytest.mark.parametrize(
    "edits",
    ["W_9=0:1", "W_1=99:1", "W_1=0:1e999", "W_1=0:nan", "W_1=-1:1", "W_1=0:0x1", "W_1", "W_1=0:",
     "step=x", "=0:1", "%00=0:1", "Training_W_1=0:1", "W_1=" + "9" * 5000 + ":1"],
)  # fmt: skip
def test_a_link_that_somebody_changed_is_refused(edits: str, tmp_path: Path) -> None:
    path = tmp_path / "net.html"
    write(xor(), path)
    saved = tmp_path / "saved.html"
    part = f'<script type="text/plain" id="sheetnet-edits">#{edits}</script>'
    saved.write_text(path.read_text(encoding="utf-8").replace("</body>", part + "</body>"))
    for name in (f"{path}#{edits}"[:200], saved):
        with pytest.raises(FileError, match=r"typed into|typed numbers") as problem:
            sheetnet.read(name)
        assert len(str(problem.value)) < 500


def _edited(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    def edit(path: Path) -> None:
        table = table_of(path)
        change(table)
        with_table(path, table)

    return edit


def _block(table: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(b for b in table["blocks"] if b["name"] == name)
    return found


SECOND = b'<script id="sheetnet-packed">{}</script>'


def _with(name: str, /, **changes: object) -> Callable[[Path], None]:
    """A block of that name, changed."""
    return _edited(lambda table: _block(table, name).update(changes))


def _texted(text: str) -> Callable[[Path], None]:
    return lambda path: with_table(path, text)


def _packed(letters: str) -> Callable[[Path], object]:
    def change(path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r'(data-bytes="\d+">)[^<]*', lambda m: m[1] + letters, text))

    return change


RATE = "learning_rate"
INFINITE = "AAAAAAAA8H8="
HOSTILE: dict[str, tuple[Callable[[Path], object], str]] = {
    "no JSON": (_texted("{"), "no JSON"),
    "deep": (_texted("[" * 200_000), "no JSON"),
    "a list": (_texted("[]"), "another kind"),
    "NaN": (_texted('{"page": NaN}'), "no JSON"),
    "newer": (_edited(lambda t: t.update(page=99)), "format 99"),
    "no sheets": (_edited(lambda t: t.pop("sheets")), "sheets"),
    "no blocks": (_edited(lambda t: t.update(blocks=[1])), "blocks"),
    "a sheet twice": (_edited(lambda t: t["sheets"].append(t["sheets"][0])), "of their own"),
    "a block twice": (_edited(lambda t: t["blocks"].append(t["blocks"][0])), "one name"),
    "far away": (_with(RATE, at=[0, 2**39, 0, 1, 1]), "for a place"),
    "negative": (_with(RATE, at=[0, -1, 0, 1, 1]), "for a place"),
    "huge": (_with("Training_loss", at=[1, 0, 0, 1048576, 1000]), "columns|cells"),
    "text for numbers": (_with(RATE, numbers=["a"]), "numbers"),
    "bad base64": (_with(RATE, numbers="!!"), "cannot be read"),
    "infinite": (_with(RATE, numbers=INFINITE), "finite"),
    "too few": (_with(RATE, numbers=[]), "0 numbers"),
    "no text": (_edited(lambda t: t["sheets"][0].update(texts=[[0, 0, "title", 5]])), "text"),
    "two packed": (lambda p: p.write_bytes(p.read_bytes() + SECOND), "scripts called"),
    "no letters": (_packed("\\"), "cannot be unpacked"),
    "other letters": (_packed("0" * 500), "cannot be unpacked"),
    "cut off": (lambda p: p.write_text(p.read_text()[:20_000] + "</script>"), "cannot be unpacked"),
    "one text": (lambda p: with_inside(p, ["engine"]), "cannot be unpacked"),
    "too long": (lambda p: with_inside(p, ["", "", "", " " * 50_000_000]), "come to an end"),
    "no UTF-8": (lambda p: p.write_bytes(p.read_bytes() + b"\xff"), "UTF-8"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_is_refused_with_one_message(name: str, tmp_path: Path) -> None:
    path = tmp_path / "net.html"
    write(xor(), path)
    change, message = HOSTILE[name]
    change(path)
    with pytest.raises(FileError, match=message) as problem:
        sheetnet.read(path)
    assert str(path) in str(problem.value) and len(str(problem.value)) < 700


FORMULAS: list[Any] = [
    None, True, {}, [], [99999, 0, 0], [0, 0], [0, "a", 0], [0, [1, 2, 3, 4], 0], [0, [0.5], 0],
    ["", 1], ["a b", 1], ["<script>", 1], [[1]], ["EXP", [0, -5, 0]],
]  # fmt: skip


@pytest.mark.parametrize("tree", FORMULAS, ids=repr)
def test_a_hostile_formula_is_refused_or_named(tree: Any, tmp_path: Path) -> None:
    path = tmp_path / "net.html"
    write(xor(), path)
    table = table_of(path)
    _block(table, "first_loss")["formulas"] = [[1, tree]]
    with_table(path, table)
    try:
        report = sheetnet.check(path)
    except FileError as problem:
        assert "first_loss" in str(problem)
    else:
        assert any(wrong.why == "formula changed" for wrong in report.mismatches)


def test_other_pages_are_no_workbooks(tmp_path: Path) -> None:
    path = tmp_path / "login.html"
    path.write_text("<!doctype html><title>Sign in</title>", encoding="utf-8")
    with pytest.raises(FileError, match="HTML or XML"):
        sheetnet.read(path)


# --- the lesson and its names in JavaScript ------------------------------------------------------


def _toml(path: Path) -> str:
    module = Module(
        "app/toml.js",
        scripts.bundle("app/lesson.js").replace('"use strict";', "")
        + scripts.bundle("engine/book.js").replace('"use strict";', ""),
    )
    text = module.run(
        f"$toml.toml($lesson.lessonNow(new $book.Book({json.dumps(table_of(path))})))"
    )
    return str(text)


@pytest.mark.parametrize("name", ["demo", "xor", "online", "no bias", "wide, no bias, 2 examples"])
def test_a_lesson_saved_by_the_page_is_the_same_lesson(name: str, tmp_path: Path) -> None:
    made = LESSONS[name]
    saved = tmp_path / "net.toml"
    saved.write_text(_toml(written(made, tmp_path, ".html")), encoding="utf-8")
    assert repr(to_dict(load(saved))) == repr(to_dict(made))


@settings(max_examples=15, deadline=None)
@given(title=titles)
def test_any_title_is_saved_by_the_page(
    title: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("title")
    made = replace(lesson(steps=0), title=title)
    (folder / "net.toml").write_text(_toml(written(made, folder, ".html")), encoding="utf-8")
    assert load(folder / "net.toml").title == title


@pytest.mark.parametrize("notation", NOTATIONS)
def test_the_page_names_elements_as_the_notation_does(notation: str) -> None:
    made = replace(lesson((12, 11, 3), "sigmoid"), notation=notation)
    labels, table = Labels(made), symbols(made)
    module = Module("app/symbols.js")

    def named(quantity: str, first: int, second: int) -> str:
        book = {"data": {"symbols": table}}
        block = {"quantity": quantity, "layout": "matrix", "shape": [20, 20], "rows": 20,
                 "columns": 20}  # fmt: skip
        cell = f"{json.dumps(book)}, {json.dumps(block)}, {first}, {second}"
        return str(module.run(f"$symbols.described({cell}, {{examplesOf: () => 1}}).symbol"))

    for layer in (1, 2):
        for d, s in ((0, 0), (1, 2), (2, 10)):
            assert named(f"W_{layer}", d, s) == labels.weight(layer, d, s)
        below = made.network.sizes[layer - 1]
        assert named(f"W_{layer}", 1, below) == labels.weight(layer, 1, below)
        for quantity, kind in (("a", "activation"), ("z", "weighted_input"), ("delta", "delta")):
            assert named(f"{quantity}_{layer}", 0, 2) == labels.of_neuron(kind, layer, 2)
    assert named("inputs", 0, 1) == labels.of_neuron("activation", 0, 1)
    assert named("targets", 0, 1) == labels.of_neuron("target", 2, 1)


def test_what_is_packed_in_python_is_unpacked_in_the_page() -> None:
    """LZMA and base 85 of the standard library, undone by the page's own scripts."""
    rng = np.random.default_rng(5)
    module = Module(
        "unpack/lzma.js", scripts.bundle("unpack/base85.js").replace('"use strict";', "")
    )
    texts = ["", "a", "ab" * 5000, "\u2028 δ⁽¹⁾ ünïcödé 😀 </script>", scripts.scripts()[1] * 3]
    texts += [rng.bytes(n).decode("latin-1").replace("\0", "") for n in (3, 300, 30_000)]
    texts += ["".join(rng.choice(list("xyz \n"), 5000)) for _ in range(5)]
    far = rng.bytes(70_000).decode("latin-1").replace("\0", "")
    for text in [*texts, far + "-" * 300 + far[::-1] + far]:
        size, letters = packing.packed([text])
        code = f"$lzma.unpacked($base85.fromBase85({json.dumps(letters)}), {size})"
        assert bytes(module.run(f"Array.from({code})")).decode() == text
        assert packing.unpacked(letters, size) == [text]


def test_base64_of_doubles_goes_both_ways() -> None:
    rng = np.random.default_rng(3)
    module = Module("engine/base64.js")
    for count in (0, 1, 2, 3, 50):
        numbers = rng.normal(size=count)
        packed = base64.b64encode(numbers.astype("<f8").tobytes()).decode()
        assert module.call("toBase64", numbers.tolist()) == packed
        found = module.run(f"Array.from($base64.fromBase64({json.dumps(packed)}))")
        assert found == numbers.tolist()


NUMBERS = {
    "0.5": 0.5, "0,5": 0.5, "-1": -1, "−2,25": -2.25, "+3": 3, ".5": 0.5, "5.": 5, "1e-3": 0.001,
    " 7 ": 7, "1.5E2": 150, "": None, "abc": None, "1,2,3": None, "--1": None, "1e": None,
    "0x10": None, "Infinity": None, "NaN": None, "=1": None,
}  # fmt: skip


def test_numbers_are_typed_with_a_point_or_a_comma() -> None:
    module = Module("app/format.js")
    assert {text: module.call("typedNumber", text) for text in NUMBERS} == NUMBERS
