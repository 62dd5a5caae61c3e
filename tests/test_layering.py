"""The walls of the house: who may import whom, how large a module may grow, what stays out.

Reads the source of `sheetnet/` with `ast` and runs none of it, but for the last test, which
watches what a bare `import sheetnet` loads. Each rule is a row of a table, and each reader is
given planted mistakes that it has to find.
"""

from __future__ import annotations

import ast
import io
import subprocess
import sys
import tokenize
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.folders import ROOT

PACKAGE = "sheetnet"
ANY = frozenset({"*"})

# room: (rooms of ours that it may import besides itself, libraries that it may import)
WALLS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    room: (frozenset(rooms.split()), frozenset(libraries.split()))
    for room, rooms, libraries in [
        ("errors", "", ""),
        ("progress", "", ""),
        ("version", "", ""),
        ("atomic", "errors", ""),
        ("palette", "", ""),
        ("core", "errors", "numpy"),
        ("formulas", "errors", "numpy"),  # but see ONLY_IN
        ("lessons", "core errors atomic", "numpy"),
        # The one place where both spellings of a quantity stand side by side
        ("quantities", "lessons core formulas errors", "numpy"),
        ("reading", "formulas page errors", "numpy orjson"),
        ("sheets", "quantities lessons formulas palette errors", "numpy"),
        ("documents", "quantities lessons formulas errors sheets", "numpy"),
        ("page", "", ""),
        (
            "writing",
            "sheets formulas palette page version errors atomic",
            "numpy odf xlsxwriter orjson isal",
        ),
        (
            "workbooks",
            "sheets documents quantities reading writing formulas lessons core errors version "
            "atomic",
            "numpy",
        ),
        (
            "engines",
            "reading formulas page version errors",
            "numpy ironcalc python_calamine quickjs uno unohelper com",
        ),
        (
            "checking",
            "engines workbooks reading documents sheets quantities lessons formulas errors",
            "numpy",
        ),
        ("auditing", "reading formulas errors", "numpy"),
        ("gallery", "lessons workbooks errors", ""),
        ("cli", "*", ""),
        ("__main__", "*", ""),
        ("", "*", ""),  # sheetnet/__init__.py
    ]
}

# (room, library): the modules of the room that may import it
_VALUES = [f"sheetnet.formulas.{name}" for name in ("functions", "sized", "wording")]
ONLY_IN = {("formulas", "numpy"): _VALUES}

# (room, other room): all that it may import of it
ONLY_FROM = {("writing", "sheets"): ["sheetnet.sheets.model"]}

# What NumPy works out. A module that imports formulas, too, stands in `quantities`: there alone
# the two spellings of one thing meet.
MATHEMATICS = [
    f"sheetnet.core.{name}" for name in ("functions", "step", "update", "train", "schedules")
]
MEETING = "quantities"

MOST_LINES = 300
LARGER: dict[str, int] = {}  # module: lines of code that it may have, with the reason beside it


# --- imports ---------------------------------------------------------------------------------


def module_name(path: Path) -> tuple[str, bool]:
    """The dotted name of a file below ROOT, and whether it is a package's `__init__`."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    is_package = parts[-1] == "__init__"
    return ".".join(parts[:-1] if is_package else parts), is_package


def room_of(name: str) -> str:
    """`sheetnet.core.step` lives in `core`; `sheetnet` itself in the room without a name."""
    return [*name.split("."), ""][1]


def imported(tree: ast.Module, name: str, is_package: bool) -> Iterator[tuple[int, str]]:
    """Line and absolute name of everything that a module imports, wherever the import stands.

    `from sheetnet import core` yields `sheetnet.core`; `from sheetnet import load` yields
    `sheetnet`, since what the top offers may come from any room.
    """
    package = name if is_package else name.rpartition(".")[0]

    def absolute(level: int, target: str) -> str:
        if level == 0:
            return target
        parents = package.split(".")
        return ".".join([*parents[: len(parents) - level + 1], *filter(None, [target])])

    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                source = absolute(level, module or "")
                for alias in names:
                    inner = source == PACKAGE and alias.name in WALLS
                    yield node.lineno, f"{source}.{alias.name}" if inner else source
            case ast.Call(
                func=ast.Name(id="import_module" | "__import__")
                | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(text)), *_],
            ):
                target = text.lstrip(".")
                yield node.lineno, absolute(len(text) - len(target), target)


def violations(source: str, name: str, is_package: bool, where: str) -> list[str]:
    """One line, `file:line: what`, for each import that goes through a wall."""
    room = room_of(name)
    if room not in WALLS:
        return [f"{where}:1: {name} lives in no room that WALLS knows; give it a row"]
    rooms, libraries = WALLS[room]
    found = []
    targets = list(imported(ast.parse(source), name, is_package))
    has_formulas = any(room_of(target) == "formulas" for _, target in targets)
    for line, target in targets:
        top = target.partition(".")[0]
        if top == PACKAGE:
            allowed = rooms | {room}
            is_wrong = rooms != ANY and room_of(target) not in allowed
            part = ONLY_FROM.get((room, room_of(target)), [target])
            is_wrong |= target not in part
            is_wrong |= has_formulas and target in MATHEMATICS and room not in (MEETING, "")
        else:
            allowed = libraries
            is_wrong = top not in sys.stdlib_module_names and top not in allowed
            is_wrong |= name not in ONLY_IN.get((room, top), [name])
        if is_wrong:
            may = ", ".join(sorted(allowed)) or "no library"
            found.append(f"{where}:{line}: {room} imports {target}; it may import {may}")
    return found


def sources() -> list[Path]:
    return sorted((ROOT / PACKAGE).rglob("*.py"))


def test_imports_keep_to_the_walls() -> None:
    assert sources(), f"no module found below {ROOT / PACKAGE}"
    found = [
        line
        for path in sources()
        for line in violations(
            path.read_text(encoding="utf-8"), *module_name(path), str(path.relative_to(ROOT))
        )
    ]
    assert not found, "\n" + "\n".join(found)


def test_no_two_rooms_import_each_other() -> None:
    pairs = {(room, other) for room, (rooms, _) in WALLS.items() for other in rooms - ANY}
    assert not {pair for pair in pairs if pair[::-1] in pairs}


# module, whether it is a package, its source, the line to be reported (None: nothing wrong)
PLANTED: list[tuple[str, bool, str, int | None]] = [
    ("sheetnet.core.step", False, "import numpy as np\nfrom sheetnet.errors import E\n", None),
    ("sheetnet.core.step", False, "from sheetnet.core import network\n", None),
    ("sheetnet.core.step", False, "from . import network\nfrom ..errors import E\n", None),
    ("sheetnet.core", True, "from .step import train_step\n", None),
    ("sheetnet.core.step", False, "import math\nfrom sheetnet.writing import xlsx\n", 2),
    ("sheetnet.core.step", False, "import math\nimport sheetnet.writing.xlsx\n", 2),
    ("sheetnet.core.step", False, "import math\nfrom sheetnet import writing\n", 2),
    ("sheetnet.core.step", False, "from sheetnet import load\n", 1),
    ("sheetnet.core.step", False, "import sheetnet\n", 1),
    ("sheetnet.core.step", False, "from .. import lessons\n", 1),
    ("sheetnet.core.step", False, "from ..lessons import load\n", 1),
    ("sheetnet.core", True, "from ..lessons import load\n", 1),
    ("sheetnet.core", True, "from .lesson import load\n", None),
    ("sheetnet.core.deep.er", False, "from ...formulas.tree import Sum\n", 1),
    ("sheetnet.core.step", False, "def f():\n    import sheetnet.formulas\n", 2),
    ("sheetnet.core.step", False, "if TYPE_CHECKING:\n    from ..sheets import Workbook\n", 2),
    ("sheetnet.core.step", False, "importlib.import_module('sheetnet.checking')\n", 1),
    ("sheetnet.core.step", False, "import_module('..checking', __package__)\n", 1),
    ("sheetnet.core.step", False, "import xlsxwriter\n", 1),
    ("sheetnet.lessons", False, "from sheetnet.core import network\n", None),
    ("sheetnet.lessons", False, "from sheetnet.sheets import build\n", 1),
    ("sheetnet.formulas.tree", False, "from sheetnet.errors import E\n", None),
    ("sheetnet.formulas.tree", False, "from sheetnet.core import functions\n", 1),
    ("sheetnet.formulas.tree", False, "import numpy\n", 1),
    ("sheetnet.formulas.functions", False, "import numpy as np\n", None),
    ("sheetnet.sheets.step", False, "from sheetnet.formulas import tree\n", None),
    ("sheetnet.sheets.step", False, "from sheetnet.reading import names\n", 1),
    ("sheetnet.writing.xlsx", False, "import xlsxwriter.utility\nfrom odf import style\n", None),
    ("sheetnet.writing.xlsx", False, "from sheetnet.checking import check\n", 1),
    ("sheetnet.writing.xlsx", False, "import openpyxl\n", 1),
    ("sheetnet.engines", False, "import ironcalc\nimport sheetnet.reading\n", None),
    ("sheetnet.engines", False, "import sheetnet.gallery\n", 1),
    ("sheetnet.gallery", True, "from sheetnet.lessons import load\n", None),
    ("sheetnet.gallery", True, "from sheetnet.checking import check\n", 1),
    ("sheetnet.errors", False, "from sheetnet.core import network\n", 1),
    ("sheetnet.cli", False, "import sheetnet\nfrom sheetnet import check, gallery\n", None),
    ("sheetnet.cli", False, "import rich\n", 1),
    ("sheetnet", True, "import_module('.writing', __name__)\n", None),
    ("sheetnet.attic", False, "", 1),
    ("sheetnet.reading.cells", False, "from sheetnet.sheets import model\n", 1),
    ("sheetnet.auditing.audit", False, "from sheetnet.sheets.model import Block\n", 1),
    ("sheetnet.writing.xlsx", False, "from sheetnet.sheets.model import Sheet\n", None),
    ("sheetnet.writing.xlsx", False, "from sheetnet.sheets.training import build\n", 1),
    ("sheetnet.writing.xlsx", False, "from sheetnet.quantities import table\n", 1),
    ("sheetnet.workbooks.due", False, "from sheetnet.core.step import train_step\n", None),
    (
        "sheetnet.workbooks.due",
        False,
        "from sheetnet.formulas.tree import Sum\nfrom sheetnet.core.step import train_step\n",
        2,
    ),
    (
        "sheetnet.quantities.table",
        False,
        "from sheetnet.formulas.tree import Sum\nfrom sheetnet.core.step import train_step\n",
        None,
    ),
]


@pytest.mark.parametrize(("name", "is_package", "source", "line"), PLANTED)
def test_a_planted_import_is_found(
    name: str, is_package: bool, source: str, line: int | None
) -> None:
    found = violations(source, name, is_package, "planted.py")
    expected = [] if line is None else [f"planted.py:{line}:"]
    assert [text.split(" ")[0] for text in found] == expected


# --- size and docstrings ---------------------------------------------------------------------


def lines_of_code(source: str) -> int:
    """Lines that hold code: not blank, not only a comment, not part of a docstring."""
    silent = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    held: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in silent and token.type != tokenize.ENDMARKER:
            held.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        match node:
            case (
                ast.Module(body=[ast.Expr(value=ast.Constant(value=str())) as text, *_])
                | ast.ClassDef(body=[ast.Expr(value=ast.Constant(value=str())) as text, *_])
                | ast.FunctionDef(body=[ast.Expr(value=ast.Constant(value=str())) as text, *_])
            ):
                held -= set(range(text.lineno, (text.end_lineno or text.lineno) + 1))
    return len(held)


def shape_faults(source: str, where: str) -> list[str]:
    """What is wrong with a module as a thing to read: no docstring, or too long for one sitting."""
    faults = []
    if not ast.get_docstring(ast.parse(source)):
        faults.append(f"{where}:1: no docstring; say what the module knows and what it does not")
    lines, most = lines_of_code(source), LARGER.get(where, MOST_LINES)
    if lines >= most:
        faults.append(f"{where}:1: {lines} lines of code; a module stays under {most}")
    return faults


def test_modules_can_be_read_in_one_sitting() -> None:
    faults = [
        fault
        for path in sources()
        for fault in shape_faults(
            path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix()
        )
    ]
    assert not faults, "\n" + "\n".join(faults)


@pytest.mark.parametrize(
    ("source", "faults"),
    [
        ('"""Knows x."""\n' + "x = 1\n" * (MOST_LINES - 1), 0),
        ('"""Knows x."""\n' + "# why\n\n" * MOST_LINES + "x = 1\n", 0),
        ('"""Knows\n' + "x\n" * MOST_LINES + '"""\n', 0),
        ('"""Knows x."""\n' + "x = 1\n" * MOST_LINES, 1),
        ('"""Knows x."""\nx = """\n' + "y\n" * MOST_LINES + '"""\n', 1),
        ("x = 1\n", 1),
        ("# a comment is not a docstring\nx = 1\n", 1),
        ("", 1),
    ],
)
def test_a_planted_shape_is_judged(source: str, faults: int) -> None:
    assert len(shape_faults(source, "planted.py")) == faults


def test_no_exception_outlives_its_reason() -> None:
    for where in LARGER:
        lines = lines_of_code((ROOT / where).read_text(encoding="utf-8"))
        assert lines >= MOST_LINES, f"{where} is down to {lines} lines: take it off LARGER"


# --- what a bare import loads -----------------------------------------------------------------

HEAVY = ("numpy", "odf", "xlsxwriter", "openpyxl", "ironcalc", "python_calamine")


def heavy_after(statement: str) -> set[str]:
    """Which libraries of HEAVY a fresh interpreter has loaded after one statement."""
    code = f"{statement}\nimport sys\nprint(*(set({HEAVY!r}) & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("statement", "loaded"),
    [
        ("import sheetnet", set()),
        ("import sheetnet.cli", set()),
        ("import numpy", {"numpy"}),
        ("import odf.opendocument, xlsxwriter", {"odf", "xlsxwriter"}),
    ],
)
def test_the_first_import_is_light(statement: str, loaded: set[str]) -> None:
    assert heavy_after(statement) == loaded


# --- nothing of one machine in the repository --------------------------------------------------

# Written in halves, so that this file may be searched too.
FORBIDDEN = tuple(
    "".join(halves)
    for halves in [
        ("/wo", "rk/"),
        ("/tmp", "/v"),
        ("/ro", "ot/"),
        ("/opt/", "wheels"),
        ("/opt/", "pypi"),
        ("../sha", "red"),
        ("py", "pi.org"),
        ("python", "hosted.org"),
    ]
)
GENERATED = {"build", "dist", "__pycache__"}


def repository_files() -> list[Path]:
    """The files that git keeps or would add; without git, all but hidden and generated folders."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        paths = [ROOT / name for name in listed.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        paths = [
            path
            for path in ROOT.rglob("*")
            if not any(
                part in GENERATED or part.endswith(".egg-info") or part.startswith(".")
                for part in path.relative_to(ROOT).parent.parts
            )
        ]
    return [path for path in paths if path.is_file()]


def texts_in(name: str, data: bytes) -> Iterator[tuple[str, str]]:
    """The readable texts of one file, with their names: itself, or a workbook's parts."""
    if data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for part in archive.namelist():
                yield from texts_in(f"{name}!{part}", archive.read(part))
    elif b"\0" not in data:
        yield name, data.decode("utf-8", errors="replace")


def traces_of_a_machine(name: str, data: bytes) -> list[str]:
    return [
        f"{where}:{number}: contains {word}"
        for where, text in texts_in(name, data)
        for number, line in enumerate(text.splitlines(), start=1)
        for word in FORBIDDEN
        if word in line
    ]


def test_no_file_names_a_path_of_one_machine() -> None:
    files = repository_files()
    assert Path(__file__).resolve() in files
    found = [
        trace
        for path in files
        for trace in traces_of_a_machine(path.relative_to(ROOT).as_posix(), path.read_bytes())
    ]
    assert not found, "\n" + "\n".join(found)


def test_a_planted_path_is_found() -> None:
    planted = f"fine\nopen('{FORBIDDEN[0]}x')\n".encode()
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("content.xml", planted)
    assert traces_of_a_machine("a.txt", planted) == [f"a.txt:2: contains {FORBIDDEN[0]}"]
    assert len(traces_of_a_machine("a.ods", zipped.getvalue())) == 1
    assert traces_of_a_machine("a.png", b"\0" + planted) == []
    assert traces_of_a_machine("a.txt", b"fine\n") == []
