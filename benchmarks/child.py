"""One piece of work in a process of its own: python -m benchmarks.child WORK NET FILE.

Prints one line of JSON: CPU seconds of the work alone (what it needs is imported and prepared
before), its wall time, the process's peak memory in MB, and what the work says of itself.
"""

from __future__ import annotations

import json
import re
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

Work = Callable[[], object]


def write_ours(net: str, file: str) -> Work:
    from benchmarks.nets import lesson_of
    from sheetnet.workbooks import write
    from sheetnet.writing import ods, xlsx

    assert ods and xlsx, "imported before the clock starts, as the other libraries are"
    lesson = lesson_of(net)
    return lambda: write.write(lesson, file, force=True)


def write_with(library: str) -> Callable[[str, str], Work]:
    def prepared(net: str, file: str) -> Work:
        from benchmarks.nets import cells_of, lesson_of
        from benchmarks.rivals import WRITERS
        from sheetnet.formulas.printing import DIALECTS
        from sheetnet.writing import ods, xlsx

        assert ods and xlsx, "imports XlsxWriter and odfpy"
        _, cells = cells_of(lesson_of(net), DIALECTS[Path(file).suffix[1:]])
        return lambda: WRITERS[library](cells, file)

    return prepared


def read_ours(net: str, file: str) -> Work:
    import numpy as np

    from benchmarks.nets import lesson_of
    from sheetnet.workbooks.saved import read

    right = lesson_of(net).network.weights

    def work() -> str:
        found = read(file).network.weights
        return "" if all(map(np.array_equal, found, right)) else "other weights"

    return work


def read_calamine(net: str, file: str) -> Work:
    from python_calamine import CalamineWorkbook

    return lambda: len(CalamineWorkbook.from_path(file).get_sheet_by_name("Step").to_python())


def bare(net: str, file: str) -> Work:
    import numpy as np

    return lambda: int(np.zeros(1).size)


WORKS: dict[str, Callable[[str, str], Work]] = {
    "write": write_ours,
    "XlsxWriter": write_with("XlsxWriter"),
    "odfpy": write_with("odfpy"),
    "read": read_ours,
    "calamine": read_calamine,
    "NumPy": bare,
}


def peak_mb() -> float:
    """Peak memory of this process so far."""
    status = Path("/proc/self/status")
    if status.exists():  # Linux counts the parent's memory in ru_maxrss, from before the exec
        found = re.search(r"VmHWM:\s*(\d+) kB", status.read_text())
        if found:
            return int(found[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def main(name: str, net: str, file: str) -> None:
    work = WORKS[name](net, file)
    wall, cpu = time.perf_counter(), time.process_time()
    said = work()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(json.dumps({"cpu": cpu, "wall": wall, "peak": peak_mb(), "said": said}))


if __name__ == "__main__":
    main(*sys.argv[1:])
