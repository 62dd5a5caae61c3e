"""The page beside ironcalc's wasm and HyperFormula: python -m benchmarks.page

Knows: which nets, and that Node.js runs all three on the same cells (see `page_rivals/bench.mjs`;
their packages are installed into that folder by `npm install`, and nothing of them is shipped).
Without Node.js it prints the sizes alone.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from benchmarks.nets import lesson_of
from sheetnet.workbooks.write import write

FOLDER = Path(__file__).parent / "page_rivals"
NETS = {"demo": ("page", "hyperformula", "ironcalc"), "784-30-10": ("page", "hyperformula")}
_RUNS = {"page": 81, "hyperformula": 21, "ironcalc": 5}
_PATIENCE = 300  # seconds


def measured(path: Path, engine: str) -> str:
    """Load and edit, in CPU time, or why there is none."""
    command = ["node", str(FOLDER / "bench.mjs"), str(path), engine, str(_RUNS[engine])]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        return f"more than {_PATIENCE} s | "
    if done.returncode:
        return "not installed | " if engine != "page" else f"failed: {done.stderr[:200]} | "
    found = json.loads(done.stdout)
    return f"{found['load']:.0f} ms | {found['edit']:.1f} ms"


def main() -> None:
    """Print the table of benchmarks/README.md."""
    print("| net | page | engine | load | edit |\n| --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as name:
        for net, engines in NETS.items():
            path = Path(name) / f"{net}.html"
            formulas = write(lesson_of(net), path)
            size = f"{path.stat().st_size / 1000:.0f} kB, {formulas:,} formulas"
            for engine in engines if shutil.which("node") else ():
                print(f"| {net} | {size} | {engine} | {measured(path, engine)} |", flush=True)


if __name__ == "__main__":
    main()
