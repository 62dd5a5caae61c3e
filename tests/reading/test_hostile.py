"""Files made to hurt are refused in time and within memory; large honest ones are read quickly."""

from __future__ import annotations

import io
import json
import re
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.folders import ROOT
from support.foreign import (
    FLOAT,
    STRING,
    Parts,
    Save,
    cell,
    ods_parts,
    read_everything,
    row,
    table,
    xlsx_parts,
    zipped,
)

from sheetnet.errors import FileError
from sheetnet.reading.xml import parse_xml


def patched(data: bytes, name: str, **fields: int) -> bytes:
    """The zip with fields of one entry changed, in both of its headers."""
    place = {"flags": (6, 8, "<H"), "method": (8, 10, "<H"), "crc": (14, 16, "<L"),
             "compressed": (18, 20, "<L"), "size": (22, 24, "<L")}  # fmt: skip
    changed = bytearray(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        local = archive.getinfo(name).header_offset
        at = archive.start_dir
        for other in archive.infolist():
            if other.filename == name:
                break
            at += 46 + len(other.filename.encode()) + len(other.extra) + len(other.comment)
    for field, value in fields.items():
        in_local, in_central, form = place[field]
        struct.pack_into(form, changed, local + in_local, value)
        struct.pack_into(form, changed, at + in_central, value)
    return bytes(changed)


def nested(depth: int) -> bytes:
    return b"<a>" * depth + b"</a>" * depth


LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {name} "{f"&{chr(ord(name) - 1)};" * 10}">' for name in "bcdefghi")
    + "]><x>&i;</x>"
)
EXTERNAL = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><x>&a;</x>'
PLAIN_DTD = '<!DOCTYPE x SYSTEM "http://localhost/x.dtd"><x/>'
ZEROS = b" " * (60 * 2**20)
LONG = ZEROS[: 20 * 2**20]
ONE = '<definedName name="n{}">Data!$A$1</definedName>'
RANGE = '<table:named-range table:name="n{}" table:cell-range-address="$Data.$A$1"/>'
MANY = range(200_000)
FULL = f'table:number-columns-repeated="16384" {FLOAT}'
BIG = zipped(ods_parts(table(row(cell(FLOAT)) * 2000)))
SHARED = "<row r='1'><c r='A1'><f t='shared' si='0' ref='A1:A9'>" + "B1+" * 2700 + "1</f></c></row>"


HOSTILE: dict[str, tuple[Callable[[], Parts | bytes], str]] = {
    "zip bomb": (lambda: ods_parts() | {"content.xml": ZEROS}, "grows .*-fold"),
    "zip bomb, many": (
        lambda: ods_parts() | {f"x{i}": ZEROS[: 49 * 2**20] for i in range(11)}, "after decompr"),
    "bomb whose header lies": (
        lambda: patched(zipped(ods_parts() | {"content.xml": ZEROS}), "content.xml", size=1000),
        "damaged or cut short"),
    "bomb with a forged checksum": (
        lambda: patched(zipped(ods_parts() | {"content.xml": ZEROS}), "content.xml", size=1000,
                        crc=zlib.crc32(ZEROS[:1000])), "ill-formed|damaged"),
    "declares more than it has": (
        lambda: patched(BIG, "content.xml", size=40 * 2**20), "2000 cells"),
    "declares 4 GB": (lambda: patched(BIG, "content.xml", size=2**32 - 2), "grows .*-fold"),
    "declares 4 GB both ways": (
        lambda: patched(BIG, "content.xml", size=2**32 - 2, compressed=2**31), "grows .*-fold"),
    "wrong checksum": (lambda: patched(BIG, "content.xml", crc=1), "damaged.*CRC"),
    "broken deflate": (
        lambda: BIG.replace(BIG[(i := BIG.index(b"content.xml") + 40) : i + 20], b"\xff" * 20),
        "damaged or cut short"),
    "encrypted entry": (lambda: patched(BIG, "content.xml", flags=1), "found an encrypted entry"),
    "lzma entry": (lambda: patched(BIG, "content.xml", method=14), "compression method 14"),
    "20,000 entries": (
        lambda: ods_parts() | {f"x{i}": "" for i in range(20_000)}, "20,002 entries"),
    "100,000 entries": (
        lambda: ods_parts() | {f"{i:064}": "" for i in range(50_000)}, "list of entries of"),
    "billion laughs": (lambda: ods_parts() | {"content.xml": LAUGHS}, "document type declaration"),
    "billion laughs, xlsx": (
        lambda: xlsx_parts(extra={"xl/worksheets/s1.xml": LAUGHS}), "document type declaration"),
    "laughing relations": (
        lambda: xlsx_parts(extra={"_rels/.rels": LAUGHS}), "document type declaration"),
    "laughing strings": (
        lambda: xlsx_parts(extra={"xl/sharedStrings.xml": LAUGHS}), "document type declaration"),
    "laughing styles": (
        lambda: xlsx_parts(extra={"xl/styles.xml": LAUGHS}), "document type declaration"),
    "external entity": (
        lambda: ods_parts() | {"content.xml": EXTERNAL}, "document type declaration"),
    "external DTD": (
        lambda: ods_parts() | {"content.xml": PLAIN_DTD}, "document type declaration"),
    "DTD in UTF-16": (
        lambda: ods_parts() | {"content.xml": LAUGHS.encode("utf-16")}, "document type decl"),
    "nested 100,000 deep": (
        lambda: ods_parts() | {"content.xml": nested(100_000)}, "deeper than 200"),
    "one tag of 20 MB": (
        lambda: ods_parts() | {"content.xml": b'<a b="' + LONG + b'"/>'}, "longer"),
    "one comment of 20 MB": (
        lambda: ods_parts() | {"content.xml": b"<!--" + LONG + b"--><a/>"}, "longer"),
    "one text of 20 MB": (
        lambda: ods_parts(table(row(cell(STRING, f"<text:p>{LONG.decode()}</text:p>")))), "longer"),
    "10^9 spaces": (
        lambda: ods_parts(table(row(cell(STRING, '<text:p><text:s text:c="999999999"/>'
                                         "</text:p>")))), "more spaces"),
    "200,000 names, xlsx": (
        lambda: xlsx_parts(names="".join(map(ONE.format, MANY))), "more than 100,000 defined"),
    "200,000 names, ods": (
        lambda: ods_parts(table(""), "<table:named-expressions>" + "".join(map(RANGE.format, MANY))
                          + "</table:named-expressions>"), "more than 100,000 defined names"),
    "long names": (
        lambda: xlsx_parts(names="".join(ONE.format("x" * 2**20) for _ in range(20))), "more text"),
    "full sheet, ods": (
        lambda: ods_parts(table(row(cell(FULL), 'table:number-rows-repeated="1048576"'))),
        "17,179,869,184 cells"),
    "many full rows, ods": (lambda: ods_parts(table(row(cell(FULL)) * 400)), "expected a workbook"),
    "formulas that grow": (
        lambda: xlsx_parts(SHARED + "".join(
            f"<row r='{i}'><c r='A{i}'><f t='shared' si='0'/></c></row>"
            for i in range(2, 30_000))), "shared formulas of more characters"),
    # and these are lawful, however large they look
    "used range of a whole sheet, xlsx": (
        lambda: xlsx_parts("<row r='1'><c r='A1'><v>1</v></c></row><row r='1048576'>"
                           "<c r='XFD1048576'><v>2</v></c></row>"), "2 cells"),
    "used range of a whole sheet, ods": (
        lambda: ods_parts(table(
            row(cell(FLOAT) + cell('table:number-columns-repeated="16383"'))
            + row(cell('table:number-columns-repeated="16384"'),
                  'table:number-rows-repeated="1048574"')
            + row(cell('table:number-columns-repeated="16383"') + cell(FLOAT)))), "2 cells"),
    "empty rows past the end, ods": (
        lambda: ods_parts(table(row(cell(FLOAT)) + row(
            cell('table:number-columns-repeated="99999999"'),
            'table:number-rows-repeated="99999999"'))), "1 cells"),
}  # fmt: skip


RUN = """
import json, sys, time
from pathlib import Path
def peak():  # getrusage would count what this process was before exec
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return 0
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024
from sheetnet.errors import FileError
from sheetnet.reading.cells import cells
from sheetnet.reading.defined_names import defined_names, sheet_names
from sheetnet.reading.archive import open_package
for path in sys.argv[1:]:
    if peak():
        Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
    before, started = peak(), time.process_time()
    try:
        if path == "gauge":
            bytearray(300 * 2**20).count(1)
            raise FileError("300 MB taken and given back")
        with open_package(path) as package:
            defined_names(package), sheet_names(package)
            said = f"{sum(map(len, cells(package).values()))} cells"
    except FileError as error:
        said = str(error)
    print(json.dumps([said, time.process_time() - started, peak() - before]))
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Name to what was said, CPU seconds, and growth of the peak memory in MB; a process apart."""
    folder = tmp_path_factory.mktemp("hostile")
    paths = []
    for i, (make, _) in enumerate(HOSTILE.values()):
        content = make()
        paths.append(folder / f"{i}.bin")
        paths[-1].write_bytes(content if isinstance(content, bytes) else zipped(content))
    done = subprocess.run(
        [sys.executable, "-c", RUN, *map(str, paths), "gauge"],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = map(json.loads, done.stdout.splitlines())
    return dict(zip([*HOSTILE, "gauge"], lines, strict=True))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_time(name: str, outcomes: dict[str, Any]) -> None:
    said, seconds, megabytes = outcomes[name]
    assert re.search(HOSTILE[name][1], said), said
    assert seconds < 2, f"{seconds:.1f} s"
    assert megabytes < 150, f"{megabytes} MB"


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="no gauge of memory")
def test_the_gauge_of_memory_sees_what_is_taken(outcomes: dict[str, Any]) -> None:
    assert 250 < outcomes["gauge"][2] < 350


def test_small_parts_become_trees_with_full_names() -> None:
    tree = parse_xml(b'<a xmlns="urn:x" b="1">t<c>u</c>v<d xmlns=""/></a>', "here")
    assert (tree.tag, tree.attrib, tree.text) == ("{urn:x}a", {"b": "1"}, "t")
    assert [(e.tag, e.text, e.tail) for e in tree] == [("{urn:x}c", "u", "v"), ("d", None, None)]
    with pytest.raises(FileError, match=r"here.*ill-formed"):
        parse_xml(b"<a>", "here")
    with pytest.raises(FileError, match=r"here.*4,194,304"):
        parse_xml(b"<a>" + b" " * 2**22 + b"</a>", "here")


def test_72_000_cells_are_read_in_well_under_two_seconds(save: Save) -> None:
    xlsx = "".join(
        f"<row r='{i}'>" + "".join(
            f"<c r='{letter}{i}'><f>{letter}{i + 8}-rate*$C${i}</f><v>0.123456789</v></c>"
            for letter in "ABCDEFGHIJ"
        ) + "</row>"
        for i in range(1, 7201)
    )  # fmt: skip
    formula = cell(f'{FLOAT} table:formula="of:=[.A1]-rate*[.$C$1]"', "<text:p>0.5</text:p>")
    for parts in (xlsx_parts(xlsx), ods_parts(table(row(formula * 10) * 7200))):
        path = save(parts)
        started = time.process_time()
        assert read_everything(path) == 72_000
        assert time.process_time() - started < 2
