"""Workbooks damaged at random, at four levels, each a table of mutators.

The bytes of the zip, its parts, their XML, the lesson's JSON. Every mutation follows from its
number alone, so a table's order and length are part of what a number means.
"""

from __future__ import annotations

import io
import json
import random
import re
import warnings
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

from lxml import etree

from support.raw import MAIN, OFFICE, TABLE

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


# --- the bytes of the zip ------------------------------------------------------------------------


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


# --- parts ---------------------------------------------------------------------------------------


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


# --- XML -----------------------------------------------------------------------------------------

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


# --- the lesson's JSON ---------------------------------------------------------------------------


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


# --- one mutation, by its number -----------------------------------------------------------------


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
