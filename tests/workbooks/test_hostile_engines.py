"""Hostile formulas reach no engine, and no link of a file is followed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support import mutations, raw
from support.folders import ROOT
from support.fuzz import one, two
from support.hostile_workbooks import with_cells, with_names, zipped
from support.lessons import FORMATS, written

import sheetnet
from sheetnet.engines.ironcalc import IronCalc
from sheetnet.errors import FileError

formats = pytest.mark.parametrize("suffix", FORMATS)


# --- engines -------------------------------------------------------------------------------------


@formats
def test_a_formula_nested_too_deeply_reaches_no_engine(
    suffix: str, ironcalc: IronCalc, tmp_path: Path
) -> None:
    """3,000 open parentheses end ironcalc's process, and with it ours."""
    for depth, is_refused in ((200, False), (3000, True)):
        formula = b"(" * depth + b"1" + b")" * depth
        quoted = b"IF(1,2,&quot;" + b"(" * 4000 + b"&quot;)"
        make = with_cells(
            b'<row r="60"><c r="A60"><f>%b</f></c><c r="B60"><f>%b</f></c></row>'
            % (formula, quoted),
            b'<table:table-row table:number-rows-repeated="40"/><table:table-row>'
            b'<table:table-cell table:formula="of:=%b"/><table:table-cell table:formula="of:=%b"/>'
            b"</table:table-row>" % (formula, quoted.replace(b",", b";")),
        )
        path = written(two(), tmp_path, suffix)
        path.write_bytes(make(dict(mutations.unzipped(path.read_bytes())), suffix))
        assert sheetnet.read(path) == two()
        if is_refused:
            with pytest.raises(FileError, match=r"Training!A\d+ holds a formula with more than"):
                sheetnet.check(path, ironcalc)
        else:
            assert sheetnet.check(path, ironcalc).ok


@formats
def test_names_that_no_formula_uses_do_not_hold_up_a_check(
    suffix: str, ironcalc: IronCalc, tmp_path: Path
) -> None:
    """Told of them all, ironcalc would take seven minutes."""
    path = written(two(), tmp_path, suffix)
    path.write_bytes(with_names(99_000)(dict(mutations.unzipped(path.read_bytes())), suffix))
    assert sheetnet.check(path, ironcalc).ok


def test_nothing_but_the_message_is_printed(tmp_path: Path) -> None:
    """ironcalc prints what it does not know, and panics with a trace."""
    path = written(two(), tmp_path, ".xlsx")
    parts = dict(mutations.unzipped(path.read_bytes()))
    styles = parts["xl/styles.xml"]
    assert b"<cellStyleXfs" in styles
    broken = styles.replace(b"<b/>", b'<vertAlign val="baseline"/><b/>')
    broken = broken[: broken.index(b"<cellXfs")] + broken[broken.index(b"</cellXfs>") + 10 :]
    path.write_bytes(zipped(parts | {"xl/styles.xml": broken}))
    done = subprocess.run(
        [sys.executable, "-m", "sheetnet", "check", str(path), "--engine", "ironcalc", "--json"],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip
    assert json.loads(done.stdout)["mismatches"] == [] and not done.stderr
    assert done.returncode == 0


# --- nothing outside the file --------------------------------------------------------------------

WATCHED = """
import json, sys
from pathlib import Path
import sheetnet
sheetnet.read(sys.argv[1]), sheetnet.read(sys.argv[2])  # all is imported
seen = []
outside = {"open", "socket", "subprocess", "os", "urllib"}
sys.addaudithook(lambda event, given: event.split(".")[0] in outside
                 and seen.append([event, str(given[0])]))
for path in sys.argv[3:]:
    sheetnet.read(path)
print(json.dumps(seen))
"""


def test_no_link_of_a_file_is_followed(tmp_path: Path) -> None:
    """External relations, linked pictures and sheets, formulas that refer to other files."""
    secret = tmp_path / "secret.xlsx"
    sheetnet.write(one(), secret)
    url = secret.as_uri().encode()
    paths = []
    for suffix in FORMATS:
        path = written(two(), tmp_path, suffix)
        fresh = path.rename(tmp_path / f"fresh{suffix}")
        parts = dict(mutations.unzipped(fresh.read_bytes()))
        if suffix == ".xlsx":
            rels, kind = "xl/_rels/workbook.xml.rels", raw.MAIN[1:-1].encode()
            more = b'<Relationship Id="rX" Type="%b" Target="%b" TargetMode="External"/>'
            parts[rels] = parts[rels].replace(
                b"</Relationships>", more % (kind, url) + b"</Relationships>"
            )
            formula = b"<row r='70'><c r='A70'><f>'%b'!A1+WEBSERVICE(\"%b\")</f></c></row>" % (
                b"[secret.xlsx]Training", url)  # fmt: skip
            parts["xl/worksheets/sheet2.xml"] = parts["xl/worksheets/sheet2.xml"].replace(
                b"</sheetData>", formula + b"</sheetData>"
            )
        else:
            data = parts["content.xml"]
            table = (b"<table:table table:name=\"'%b'#Training\"><table:table-source "
                     b'xlink:href="%b" xmlns:xlink="http://www.w3.org/1999/xlink"/>'
                     b"<table:table-row><table:table-cell/></table:table-row></table:table>")
            at = data.index(b"<table:named-expressions>")
            parts["content.xml"] = data[:at] + table % (url, url) + data[at:]
        linked = tmp_path / f"linked{suffix}"
        linked.write_bytes(zipped(parts))
        assert sheetnet.read(linked) == two()
        paths += [fresh, linked]
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, *map(str, [*paths[::2], *paths[1::2]])],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    opened = [name for event, name in json.loads(done.stdout) if event == "open"]
    others = [each for each in json.loads(done.stdout) if each[0] != "open"]
    assert {Path(name) for name in opened} == set(paths[1::2])
    assert {event for event, _ in others} <= {"os.listdir", "os.scandir"}
