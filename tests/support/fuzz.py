"""Workbooks damaged at random, and a reader that shares nothing with sheetnet to judge them by.

Knows: four levels at which a file can be damaged (the bytes of the zip, its parts, their XML, the
lesson's JSON), each a table of mutators; every mutation follows from its number alone. Also what
must hold of any file whatever: `sheetnet.read` gives a lesson whose every number stands in the
yellow cells, or raises a SheetnetError, in little time and memory.

    python tests/support/fuzz.py FOLDER FIRST COUNT [--check]

runs COUNT mutations of the workbooks in FOLDER, which it makes where there are none, and
prints what it found as one line of JSON.
"""

from __future__ import annotations

import contextlib
import datetime
import io
import json
import random
import re
import signal
import sys
import tempfile
import time
import warnings
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
from lxml import etree

import sheetnet
from sheetnet.engines import open_engine

SECONDS = 5.0  # that one file may take; they take milliseconds
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
OFFICE, TABLE, TEXT = (
    f"{{urn:oasis:names:tc:opendocument:xmlns:{name}:1.0}}" for name in ("office", "table", "text")
)
Parts = list[tuple[str, bytes]]
Rng = random.Random

# What a person, a program or an enemy may leave where something else belongs.
ODD = [
    "", " ", "0", "-0", "1", "-1", "2", "0.5", "0,5", "1_0", "0x10", "1e308", "1e309", "-1e999",
    "NaN", "nan", "INF", "Infinity", "TRUE", "true", "abc", "#REF!", "#DIV/0!", "=1+1", "١٢", "½",
    "1" * 400, "1048576", "1048577", "16385", "999999999", "4294967296", "-2147483649", "A1", "a1",
    "A0", "XFD1048576", "XFE1", "ZZZ99999999", "n", "s", "str", "inlineStr", "b", "e", "d", "z",
    "float", "string", "date", "percentage", "boolean", "2020-01-31", "Training!$A$1",
    "Training!$A$1:$B$2", "Training!#REF!", "$Training.$A$1", "[1]Training!$K$7", "Step!$A$1",
    "'file:///etc/passwd'#$Training.$K$7", "sheetnet_lesson", "W_1", "w_1", "learning_rate",
    "sheetnet", "Training", "../../x", "\u202eabc", "🙂" * 20, "'", '"', "&#0;", "x" * 5000,
]  # fmt: skip
HARD: list[Any] = [
    None, True, False, 0, -1, 1, 2, 10**9, 10**400, 1e308, float("nan"), float("inf"), 0.5, "", "x",
    "0.5", [], [[]], {}, [1, 2, 3], {"a": 1}, "\ud800", "\x00", "🙂", [10**9], [[[0.5]]],
]  # fmt: skip


# --- the bytes of the zip ---------------------------------------------------------------------


def _flip(data: bytes, rng: Rng) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 8))):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _span(data: bytes, rng: Rng, most: int = 400) -> tuple[int, int]:
    start = rng.randrange(len(data))
    return start, min(len(data), start + rng.randint(1, most))


def _cut(data: bytes, rng: Rng) -> bytes:
    return data[: rng.randrange(len(data))]


def _behead(data: bytes, rng: Rng) -> bytes:
    return data[rng.randrange(1, 400) :]


def _lose(data: bytes, rng: Rng) -> bytes:
    start, end = _span(data, rng)
    return data[:start] + data[end:]


def _double(data: bytes, rng: Rng) -> bytes:
    start, end = _span(data, rng)
    return data[:end] + data[start:end] + data[end:]


def _overwrite(data: bytes, rng: Rng) -> bytes:
    start, end = _span(data, rng, 40)
    return data[:start] + rng.randbytes(end - start) + data[end:]


def _headers(data: bytes, rng: Rng) -> bytes:
    """A byte of a header or of the list of entries, where damage says something else."""
    marks = [m.start() for m in re.finditer(rb"PK(\x01\x02|\x03\x04|\x05\x06)", data)]
    if not marks:
        return _flip(data, rng)
    at = min(rng.choice(marks) + rng.randrange(4, 60), len(data) - 1)
    return data[:at] + rng.choice((b"\0", b"\xff", rng.randbytes(1))) + data[at + 1 :]


def _appended(data: bytes, rng: Rng) -> bytes:
    return rng.choice((data + rng.randbytes(100), rng.randbytes(100) + data, data + data))


ZIP = (_flip, _cut, _behead, _lose, _double, _overwrite, _headers, _headers, _appended)


# --- parts ------------------------------------------------------------------------------------


def unzipped(data: bytes) -> Parts:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


def zipped(parts: Parts) -> bytes:
    stream = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        warnings.simplefilter("ignore")  # two parts of one name are meant
        for name, data in parts:
            archive.writestr(zipfile.ZipInfo(name), data)
    return stream.getvalue()


def _some(parts: Parts, rng: Rng) -> int:
    """A part, one that the reader needs more often than another."""
    needed = re.compile(r"content\.xml|.*workbook\.xml.*|.*sheet\d\.xml|.*Strings\.xml|.*\.rels")
    good = [i for i, (name, data) in enumerate(parts) if data and needed.fullmatch(name)]
    return rng.choice(good) if good and rng.random() < 0.8 else rng.randrange(len(parts))


def _drop(parts: Parts, rng: Rng) -> None:
    del parts[_some(parts, rng)]


def _swap(parts: Parts, rng: Rng) -> None:
    i, k = _some(parts, rng), _some(parts, rng)
    parts[i], parts[k] = (parts[i][0], parts[k][1]), (parts[k][0], parts[i][1])


def _twin(parts: Parts, rng: Rng) -> None:
    parts.append(parts[_some(parts, rng)])


def _other_twin(parts: Parts, rng: Rng) -> None:
    parts.append((parts[_some(parts, rng)][0], parts[_some(parts, rng)][1]))


def _rename(parts: Parts, rng: Rng) -> None:
    i = _some(parts, rng)
    name, data = parts[i]
    new = rng.choice((name.upper(), name.replace("/", "\\"), "../" + name, "/" + name, name + "x",
                      "x/" + name, rng.choice(ODD)))  # fmt: skip
    parts[i] = (new.replace("\0", "") or "x", data)


def _shuffle(parts: Parts, rng: Rng) -> None:
    rng.shuffle(parts)


def _damage(parts: Parts, rng: Rng) -> None:
    """Bytes of a part, in a zip that is intact: what no checksum finds."""
    i = _some(parts, rng)
    name, data = parts[i]
    if data:
        change = rng.choice((_flip, _flip, _flip, _cut, _lose, _double, _overwrite))
        parts[i] = (name, change(data, rng))


def _digits(parts: Parts, rng: Rng) -> None:
    """One digit of a part is another."""
    i = _some(parts, rng)
    name, data = parts[i]
    places = [m.start() for m in re.finditer(rb"[0-9]", data)]
    if places:
        at = rng.choice(places)
        parts[i] = (name, data[:at] + rng.choice(b"0123456789.-e ").to_bytes() + data[at + 1 :])


PART = (_drop, _swap, _twin, _other_twin, _rename, _shuffle, *([_damage] * 6), *([_digits] * 4))


# --- XML --------------------------------------------------------------------------------------

Tree = etree._Element
# What the reader goes by; half of all mutations hit one of these.
VITAL = re.compile(
    r"definedName|sheet|sheets|row|c|v|f|t|si|workbookPr|Relationship|named-range|table|table-row|"
    r"named-expressions|spreadsheet|p|xf|numFmt|Override"
)


def _local(element: Tree) -> str:
    return str(element.tag).rpartition("}")[2]


def _typed(root: Tree) -> list[Tree]:
    """Cells that hold a number and no formula: yellow ones, for the most part."""
    xlsx = [each for each in root.iter(f"{MAIN}c") if not each.get("t")]
    return [each for each in xlsx if [_local(part) for part in each] == ["v"]] + [
        each
        for each in root.iter(f"{TABLE}table-cell")
        if each.get(f"{OFFICE}value") and not each.get(f"{TABLE}formula")
    ]


def _element(root: Tree, rng: Rng) -> Tree:
    every = [each for each in root.iter() if isinstance(each.tag, str) and each is not root]
    if not every:
        return root
    aim = rng.random()
    if aim < 0.35 and (typed := _typed(root)):
        return rng.choice([part for cell in [rng.choice(typed)] for part in cell.iter()])
    if aim < 0.7:
        kinds: dict[str, list[Tree]] = {}
        for each in every:
            if VITAL.fullmatch(_local(each)):
                kinds.setdefault(_local(each), []).append(each)
        if kinds:
            return rng.choice(kinds[rng.choice(sorted(kinds))])
    return rng.choice(every)


def _parent(element: Tree) -> Tree:
    parent = element.getparent()
    return element if parent is None else parent


def _copy(element: Tree) -> Tree:
    return etree.fromstring(etree.tostring(element, with_tail=False))


def _delete(root: Tree, rng: Rng) -> None:
    element = _element(root, rng)
    if element is not root:
        _parent(element).remove(element)


def _duplicate(root: Tree, rng: Rng) -> None:
    element = _element(root, rng)
    if element is not root:
        element.addnext(_copy(element))


def _move(root: Tree, rng: Rng) -> None:
    element, target = _element(root, rng), _element(root, rng)
    if element is not root and element not in target.iterancestors() and element is not target:
        target.insert(rng.randint(0, len(target)), element)


def _exchange(root: Tree, rng: Rng) -> None:
    element = _element(root, rng)
    alike = list(_parent(element))
    if len(alike) > 1 and element is not root:
        other = rng.choice(alike)
        if other is not element:
            one, two = _copy(element), _copy(other)
            _parent(element).replace(element, two)
            _parent(other).replace(other, one)


def _attribute(root: Tree, rng: Rng) -> None:
    """An attribute gets an odd value, or that of another element, or goes, or is new."""
    element = _element(root, rng)
    names = list(element.attrib)
    if not names or rng.random() < 0.1:
        others = sorted({name for each in root.iter(element.tag) for name in each.attrib})
        element.set(rng.choice([*others, "t", "r", f"{TABLE}number-columns-repeated"]),
                    _clean(rng.choice(ODD)))  # fmt: skip
        return
    name = rng.choice(names)
    if rng.random() < 0.2:
        del element.attrib[name]
    elif rng.random() < 0.5:
        element.set(name, _clean(rng.choice(ODD)))
    else:
        same = [each.get(name) for each in root.iter(element.tag) if each.get(name) is not None]
        element.set(name, rng.choice(same))


def _text(root: Tree, rng: Rng) -> None:
    element = _element(root, rng)
    kind = rng.random()
    if kind < 0.5:
        element.text = _clean(rng.choice(ODD))
    elif kind < 0.7:
        same = [each.text for each in root.iter(element.tag) if each.text]
        element.text = rng.choice(same) if same else None
    elif element.text and kind < 0.85:  # a comment or an element in the midst of it
        at = rng.randint(0, len(element.text))
        inner = rng.choice((etree.Comment(" x "), etree.Element("x"), _copy(element)))
        inner.tail, element.text = element.text[at:], element.text[:at]
        element.insert(0, inner)
    elif element.text:
        number = re.search(r"\d+", element.text)
        if number:
            element.text = element.text.replace(number[0], rng.choice(ODD[2:8]), 1)


def _retag(root: Tree, rng: Rng) -> None:
    element = _element(root, rng)
    tags = sorted({each.tag for each in root.iter() if isinstance(each.tag, str)})
    element.tag = rng.choice([*tags, "x", f"{{urn:other}}{_local(element)}"])


def _wrap(root: Tree, rng: Rng) -> None:
    element = _element(root, rng)
    if element is not root:
        shell = etree.Element(rng.choice(("x", element.tag, f"{TABLE}table-row-group")))
        _parent(element).replace(element, shell)
        shell.append(element)


def _clean(text: str) -> str:
    return "".join(c for c in text if c >= " " or c in "\t\n")


XML = (_delete, _duplicate, _move, _exchange, *([_attribute] * 5), *([_text] * 3), _retag, _wrap)


def _in_xml(data: bytes, rng: Rng) -> tuple[str, bytes]:
    parts = unzipped(data)
    names = [i for i, (name, text) in enumerate(parts) if text.lstrip()[:1] == b"<"]
    i = _some(parts, rng)
    i = i if i in names else rng.choice(names)
    root = etree.fromstring(parts[i][1])
    done = []
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        change = rng.choice(XML)
        change(root, rng)
        done.append(change.__name__[1:])
    encoding = rng.choice(("UTF-8", "UTF-8", "UTF-8", "UTF-8", "UTF-16", "ISO-8859-1"))
    changed = etree.tostring(root, xml_declaration=True, encoding=encoding)
    parts[i] = (parts[i][0], changed)
    return f"{parts[i][0]}: {', '.join(done)}", zipped(parts)


# --- the lesson's JSON ------------------------------------------------------------------------


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield (*path, key)
            yield from _places(value[key], (*path, key))


def with_document(data: bytes, document: str) -> bytes:
    """The workbook with this text in the place of its lesson."""
    parts = unzipped(data)
    for i, (name, text) in enumerate(parts):
        if b'{"sheetnet' in text or b"{&quot;sheetnet" in text:
            root = etree.fromstring(text)
            homes = [e for e in root.iter() if (e.text or "").startswith('{"sheetnet')]
            homes[0].text = document
            parts[i] = (name, etree.tostring(root, xml_declaration=True, encoding="UTF-8"))
            return zipped(parts)
    raise ValueError("no lesson in it")


def _in_json(data: bytes, rng: Rng) -> tuple[str, bytes]:
    """Something in the lesson is another thing, lost, new, or doubled."""
    parts = unzipped(data)
    for i, (name, text) in enumerate(parts):
        if b'{"sheetnet' not in text and b"{&quot;sheetnet" not in text:
            continue
        root = etree.fromstring(text)
        (home,) = [e for e in root.iter() if (e.text or "").startswith('{"sheetnet')][:1]
        if rng.random() < 0.2:
            broken = rng.choice((_flip, _cut, _lose, _double))(home.text.encode(), rng)
            home.text = _clean(broken.decode("utf-8", "replace"))
            done = "the text"
        else:
            document = json.loads(home.text)
            places = list(_places(document))
            shallow = [place for place in places if len(place) < 4]
            for _ in range(rng.choice((1, 1, 2))):
                place = rng.choice(rng.choice((places, shallow)))
                _change(document, place, rng)
            done = "".join(f"[{key}]" for key in place)
            home.text = json.dumps(document).replace("\\u0000", "")
        parts[i] = (name, etree.tostring(root, xml_declaration=True, encoding="UTF-8"))
        return done, zipped(parts)
    return "nothing", data


def _change(document: Any, place: tuple[Any, ...], rng: Rng) -> None:
    for key in place[:-1]:
        try:
            document = document[key]
        except (LookupError, TypeError):  # an earlier change took it away
            return
    if not isinstance(document, dict | list) or not document:
        return
    key, kind = place[-1], rng.randrange(5)
    if isinstance(document, list) and not (isinstance(key, int) and key < len(document)):
        return
    if isinstance(document, dict) and key not in document:
        return
    if kind == 0:
        del document[key]
    elif kind == 1 and isinstance(document, list):
        document.insert(key, document[key])
    elif kind == 1:
        document[rng.choice(ODD)] = document[key]
    elif kind == 2 and isinstance(document[key], int | float):
        document[key] = document[key] * rng.choice((-1, 2, 10**6, 0, 0.5))
    else:
        document[key] = rng.choice(HARD)


# --- one mutation, by its number --------------------------------------------------------------


def mutation(bases: list[bytes], number: int) -> tuple[int, str, bytes]:
    """(which base, what was done, the damaged file) of mutation `number`."""
    rng = random.Random(number)
    base = rng.randrange(len(bases))
    data = bases[base]
    level = rng.choices(("zip", "part", "xml", "json"), (1, 3, 5, 1))[0]
    if level == "xml":
        done, data = _in_xml(data, rng)
    elif level == "json":
        done, data = _in_json(data, rng)
    elif level == "part":
        parts, names = unzipped(data), []
        for _ in range(rng.choice((1, 1, 2))):
            change = rng.choice(PART)
            change(parts, rng)
            names.append(change.__name__[1:])
        done, data = ", ".join(names), zipped(parts)
    else:
        byte_change: Callable[[bytes, Rng], bytes] = rng.choice(ZIP)
        done, data = byte_change.__name__[1:], byte_change(data, rng)
    return base, f"{level}: {done}", data


# --- an independent reader --------------------------------------------------------------------

Grid = dict[tuple[int, int], list[Any]]
"""Place -> everything that stands there: more than one thing is more than anyone can tell."""


UNTOLD = "a formula without a value, which only an engine can tell"


@dataclass
class Found:
    """Names of workbook scope and cells of every sheet, as the XML has them."""

    names: dict[str, list[str]] = field(default_factory=dict)
    sheets: dict[str, list[Grid]] = field(default_factory=dict)
    broken: bytes = b""  # an ill-formed part, of which nobody can tell what stands where


def look(data: bytes) -> Found:
    """What a file holds. Raises anything for a file that this simple reader cannot take apart."""
    parts: dict[str, bytes] = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            with contextlib.suppress(zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
                parts[name.lower()] = archive.read(name)  # xlsx takes part names without case
    return _look_ods(parts) if "mimetype" in parts else _look_xlsx(parts)


def _relations(parts: dict[str, bytes], name: str, folder: str) -> dict[str, tuple[str, str]]:
    root = etree.fromstring(parts[name])
    return {
        e.get("Id"): (e.get("Type"), (e.get("Target")[1:] if e.get("Target")[0] == "/" else
                                      folder + e.get("Target")).lower())
        for e in root if e.get("Type") and e.get("Target")
    }  # fmt: skip


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _look_xlsx(parts: dict[str, bytes]) -> Found:
    found = Found()
    (book,) = [part for kind, part in _relations(parts, "_rels/.rels", "").values()
               if kind.endswith("/officeDocument")]  # fmt: skip
    folder, _, name = book.rpartition("/")
    relations = _relations(parts, f"{folder}/_rels/{name}.rels", folder + "/")
    root = etree.fromstring(parts[book])
    for each in root.findall(f"{MAIN}definedNames/{MAIN}definedName"):
        if each.get("localSheetId") is None:
            found.names.setdefault(each.get("name", "").casefold(), []).append(_whole(each))
    strings: list[str] = []
    for kind, part in relations.values():
        if kind.endswith("/sharedStrings"):
            items = etree.fromstring(parts[part]).findall(f"{MAIN}si")
            strings = ["".join(_whole(t) for t in item.iter(f"{MAIN}t")) for item in items]
    for each in root.findall(f"{MAIN}sheets/{MAIN}sheet"):
        relation = "".join(v for k, v in each.items() if k.endswith("}id"))
        grid: Grid = {}
        part = parts.get(relations.get(relation, ("", ""))[1], b"<empty/>")
        found.sheets.setdefault(each.get("name"), []).append(grid)
        try:
            lines = etree.fromstring(part).iter(f"{MAIN}row")
        except etree.XMLSyntaxError:  # nothing but what is spelled out in full
            for letters, number, text in _SPELLED.findall(part.decode("utf-8", "replace")):
                grid.setdefault((int(number) - 1, _column(letters)), []).append(_float(text))
            continue
        row = -1
        for line in lines:
            given = line.get("r", str(row + 2))
            row = int(given) - 1 if given.isdecimal() else -1
            column = -1
            for cell in line.iter(f"{MAIN}c"):
                place = re.fullmatch(r"([A-Z]+)(\d+)|", cell.get("r", ""))
                if place is None:
                    continue
                column = column + 1 if not place[1] else _column(place[1])
                row = int(place[2] or row + 1) - 1
                value = cell.find(f"{MAIN}v")
                text = None if value is None else _whole(value)
                kind = cell.get("t", "n")
                if not text and cell.find(f"{MAIN}f") is not None:
                    grid.setdefault((row, column), []).append(UNTOLD)
                elif kind == "n" and text:
                    grid.setdefault((row, column), []).append(_float(text))
                elif kind == "s" and text and text.isdecimal() and int(text) < len(strings):
                    grid.setdefault((row, column), []).append(strings[int(text)])
                elif text or kind == "inlineStr":
                    grid.setdefault((row, column), []).append(_whole(cell))
    return found


_SPELLED = re.compile(r'<c r="([A-Z]{1,3})(\d{1,7})"[^<>]*><v>([^<>]*)</v>')


def _tree(data: bytes) -> Tree:
    """The tree, of ill-formed XML as much as can be made out."""
    return etree.fromstring(data, etree.XMLParser(recover=True, huge_tree=True))


def _is_broken(data: bytes) -> bool:
    try:
        etree.fromstring(data)
    except etree.XMLSyntaxError:
        return True
    return False


def _spelled_out(data: bytes) -> list[float | str]:
    """Every number in an ill-formed part."""
    return [_float(text.decode()) for text in re.findall(rb'office:value="([-+.\de]+)"', data)]


def _float(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _whole(element: Tree) -> str:
    return str(element.xpath("string()"))


def _look_ods(parts: dict[str, bytes]) -> Found:
    found = Found()
    root = _tree(parts["content.xml"])
    if _is_broken(parts["content.xml"]):
        found.broken = parts["content.xml"]
    books = root.iter(f"{OFFICE}spreadsheet")
    book = next(each for each in books if each.find(f"{TABLE}table") is not None)
    for each in book.iterfind(f"{TABLE}named-expressions/{TABLE}named-range"):
        text = each.get(f"{TABLE}cell-range-address", "")
        found.names.setdefault(each.get(f"{TABLE}name", "").casefold(), []).append(text)
    for table in book.findall(f"{TABLE}table"):
        grid: Grid = {}
        row = 0
        for line in _own(table, f"{TABLE}table-row"):
            column = 0
            down = _count(line, "rows")
            for cell in _own(line, f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
                across = _count(cell, "columns")
                kind = cell.get(f"{OFFICE}value-type")
                value: Any = None
                if kind in ("float", "percentage", "currency"):
                    value = _float(cell.get(f"{OFFICE}value", ""))
                elif kind == "string" and cell.get(f"{OFFICE}string-value") is None:
                    value = "\n".join("".join(p.itertext()) for p in cell.iter(f"{TEXT}p"))
                elif kind is not None:
                    value = (kind,)
                elif cell.get(f"{TABLE}formula") is not None:
                    value = UNTOLD
                if value is not None and down * across < 100_000:
                    for place in np.ndindex(down, across):
                        at = (row + place[0], column + place[1])
                        grid.setdefault(at, []).append(value)
                column += across
            row += down
        found.sheets.setdefault(table.get(f"{TABLE}name"), []).append(grid)
    return found


def _own(element: Tree, *tags: str) -> Iterator[Tree]:
    """Elements within, but not those of tables in cells."""
    table = f"{TABLE}table"
    home = element if element.tag == table else next(element.iterancestors(table))
    return (each for each in element.iter(*tags) if next(each.iterancestors(table)) is home)


def _count(element: Tree, what: str) -> int:
    given = element.get(f"{TABLE}number-{what}-repeated", "1")
    return int(given) if given.isdecimal() else 1


_NAMED = re.compile(
    r"((?:'(?:[^']|'')+'|[^'!.]+)[!.])\$([A-Z]+)\$(\d+)(?::(?:\.|\$?\1)?\$([A-Z]+)\$(\d+))?"
)


def named_cells(found: Found, name: str) -> list[Any] | None:
    """What stands in the cells of a name, row by row; None where this reader cannot tell."""
    texts = found.names.get(name.casefold(), [])
    match = _NAMED.fullmatch(texts[0].strip().lstrip("$")) if len(set(texts)) == 1 else None
    if match is None:
        return None
    sheet, left, top, right, bottom = match.groups()
    sheet = sheet[1:-2].replace("''", "'") if sheet[0] == "'" else sheet[:-1]
    grids = found.sheets.get(sheet, [])
    if len(grids) != 1:
        return None
    rows = sorted((int(top) - 1, int(bottom or top) - 1))
    columns = sorted((_column(left), _column(right or left)))
    if (rows[1] - rows[0] + 1) * (columns[1] - columns[0] + 1) > 10_000:
        return None
    several = [
        grids[0].get((row, column), [None])
        for row in range(rows[0], rows[1] + 1)
        for column in range(columns[0], columns[1] + 1)
    ]
    return [values[0] if len({*map(repr, values)}) == 1 else values for values in several]


# --- what must hold ---------------------------------------------------------------------------


def flat(lesson: sheetnet.Lesson) -> list[float]:
    """Everything that a person may edit, in one row."""
    network = lesson.network
    arrays = [*network.weights, *network.bias, lesson.inputs, lesson.targets]
    numbers = np.concatenate([array.ravel() for array in arrays]).tolist()
    return [lesson.training.learning_rate, *numbers]


def layout(lesson: sheetnet.Lesson) -> tuple[object, ...]:
    """What decides where the yellow cells stand."""
    n = lesson.network
    return (n.sizes, n.biases, lesson.inputs.shape, lesson.training.batch, lesson.notation,
            lesson.formulas, lesson.sheets)  # fmt: skip


class Base:
    """An intact workbook: which yellow cell holds which number of its lesson."""

    def __init__(self, path: Path) -> None:
        self.name, self.data = path.name, path.read_bytes()
        self.lesson = sheetnet.read(path)
        numbers = flat(self.lesson)
        assert len(set(numbers)) == len(numbers), "each number tells where it came from"
        found = look(self.data)
        self.cells: dict[tuple[str, int], int] = {}  # (name, cell) -> place in `flat`
        for name in found.names:
            cells = named_cells(found, name)
            if not re.fullmatch(r"w_\d+|inputs|targets|learning_rate", name):
                continue
            assert cells is not None
            for k, value in enumerate(cells):
                self.cells[name, k] = numbers.index(value)
        assert sorted(self.cells.values()) == list(range(len(numbers))), "every number is found"

    def wrong(self, data: bytes, lesson: sheetnet.Lesson) -> tuple[bool, str]:
        """(whether it could be judged, what is wrong with what was read from a damaged file)."""
        if layout(lesson) != layout(self.lesson):
            return False, ""
        got, wrong = flat(lesson), []
        try:
            found = look(data)
        except Exception:  # more than this reader understands
            return False, "" if got == flat(self.lesson) else "nothing can tell, and values differ"
        judged = True
        held: dict[str, list[Any] | None] = {}
        for (name, k), place in self.cells.items():
            if name not in held:
                held[name] = named_cells(found, name)
            cells = held[name]
            there = None if cells is None else cells[k : k + 1]
            if there is None or found.broken:
                judged = False
                known = [flat(self.lesson)[place], *_spelled_out(found.broken)]
                if got[place] not in known:
                    wrong.append(f"{name}[{k}] is {got[place]!r}, and nothing can tell")
            elif there == [UNTOLD]:
                judged = False
            elif there != [got[place]]:
                wrong.append(f"{name}[{k}]: read {got[place]!r}, file {there}")
        wrong += self._settings(found, lesson)
        return judged, "; ".join(wrong[:3])

    def _settings(self, found: Found, lesson: sheetnet.Lesson) -> Iterator[str]:
        texts = named_cells(found, "sheetnet_lesson")
        try:
            says = json.loads("".join(texts or []))["lesson"]
            told = (says["title"], says["network"]["loss"], says["training"]["steps"])
        except (ValueError, TypeError, LookupError):
            return
        got = (lesson.title, lesson.network.loss, lesson.training.steps)
        if told != got:
            yield f"settings: read {got}, file {told}"


def two() -> sheetnet.Lesson:
    """2-2-1 with two examples: every number of it another."""
    table = {
        "network": {"sizes": [2, 2, 1], "seed": 3},
        "training": {"learning_rate": 0.5, "steps": 2},
        "data": {"inputs": [[0.11, 0.92], [0.33, -1.5]], "targets": [[0.25], [0.75]]},
    }
    return sheetnet.load(table)


def one() -> sheetnet.Lesson:
    """2-2 with one example, and numbers that are long or small."""
    weights = [[[0.1 + 0.2, -0.2], [1 / 3, 1e-300]]]
    rules = {"activations": "softmax", "loss": "categorical_cross_entropy"}
    table = {
        "network": {"sizes": [2, 2], "weights": weights, "bias": [[0.7, -12.25]], **rules},
        "training": {"steps": 2},
        "data": {"inputs": [[0.1, 0.9]], "targets": [[0.35, 0.4]]},
    }
    return sheetnet.load(table)


def bases(folder: Path) -> list[Path]:
    """Small workbooks of both formats; one as openpyxl saves it, with texts in their cells, a date
    elsewhere, and no cached values."""
    for name, lesson in (("two", two()), ("one", one())):
        for suffix in (".xlsx", ".ods"):
            sheetnet.write(lesson, folder / f"{name}{suffix}")
    book = openpyxl.load_workbook(folder / "two.xlsx")
    book["About"]["F20"] = datetime.datetime(2020, 3, 4, 12)
    book.save(folder / "saved.xlsx")
    return sorted(folder.iterdir())


class TooLongError(BaseException):
    """One file took more than SECONDS; no handler of the reader's may swallow it."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Ends what takes too long, where the system has timers."""

    def stop(*_: object) -> None:
        raise TooLongError

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def verdict(use: Callable[[Path], Any], path: Path) -> tuple[Any, str]:
    """(the result or None, "" or what went wrong) of using one file."""
    try:
        with limited(SECONDS):
            return use(path), ""
    except sheetnet.SheetnetError as error:
        text = str(error)
        if len(text) < 20 or len(text) > 5000 or str(path) not in text:
            return None, f"a message that does not say enough, or too much: {text[:300]!r}"
        return None, ""
    except TooLongError:
        return None, f"took more than {SECONDS} s"
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return None, f"{type(error).__name__}: {str(error)[:300]}"


def run(folder: Path, first: int, count: int, checked: bool = False) -> dict[str, Any]:
    """Numbers first … first + count - 1 of the mutations of the workbooks in `folder`."""
    originals = [Base(path) for path in sorted(folder.iterdir()) or bases(folder)]
    tally: Counter[str] = Counter()
    faults: list[list[Any]] = []
    slowest = 0.0
    engine = open_engine("ironcalc") if checked else None
    with tempfile.TemporaryDirectory() as place:
        for number in range(first, first + count):
            chosen, done, data = mutation([base.data for base in originals], number)
            base = originals[chosen]
            path = Path(place, f"mutated{Path(base.name).suffix}")
            path.write_bytes(data)
            started = time.perf_counter()
            lesson, fault = verdict(sheetnet.read, path)
            slowest = max(slowest, time.perf_counter() - started)
            if not fault and lesson is not None:
                judged, fault = base.wrong(data, lesson)
                tally["read" if judged else "read, not judged"] += 1
                tally["read, changed"] += flat(lesson) != flat(base.lesson)
            elif not fault:
                tally["refused"] += 1
            if engine is not None and not fault:
                report, fault = verdict(lambda p: sheetnet.check(p, engine), path)
                tally["checked"] += report is not None
            if fault:
                faults.append([number, base.name, done, fault])
    return {"count": count, **tally, "slowest": round(slowest, 3), "memory": peak(),
            "faults": faults}  # fmt: skip


def peak() -> int:
    """The most memory that this process has held, in MB; 0 where the system does not say."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return 0
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


if __name__ == "__main__":
    place, first, count, *more = sys.argv[1:]
    sys.stdout.write(json.dumps(run(Path(place), int(first), int(count), "--check" in more)))
