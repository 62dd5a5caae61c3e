"""A lesson as plain tables, and as the text of a TOML or JSON file.

Knows the keys of a lesson file; the inverse of `load`. Does not open files (see `save`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Set
from dataclasses import asdict

from sheetnet.core.tables import DATA
from sheetnet.lessons.lesson import Lesson
from sheetnet.lessons.remarks import REMARKS, Erratum, Note
from sheetnet.lessons.variants import KEY as VARIANTS


def to_dict(
    lesson: Lesson, parameters: bool = True, data: Set[str] = frozenset(DATA)
) -> dict[str, object]:
    """The lesson as plain dicts, lists, texts and numbers, as `load` reads it; floats exact.

    Weights and bias are left out without `parameters`, and of the data what `data` does not name.
    """
    n = lesson.network
    network: dict[str, object] = {
        "sizes": list(n.sizes),
        "activations": list(n.activations),
        "loss": n.loss,
        "reduction": n.reduction,
        "biases": n.biases,
    }
    if parameters:
        network["weights"] = [w.tolist() for w in n.weights]
    if parameters and n.biases != "none":
        network["bias"] = [b.tolist() for b in n.bias]
    arrays = lesson.arrays()
    settings = {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in lesson.training.settings().items()
    }
    held = {key: [x.tolist() for x in layers] for key, layers in lesson.state.arrays.items()}
    state = {} if lesson.state.is_start() else {"state": {"count": lesson.state.count, **held}}
    return {
        "title": lesson.title,
        "notation": lesson.notation,
        "formulas": lesson.formulas,
        "sheets": list(lesson.sheets),
        "network": network,
        "training": settings,
        "data": {key: array.tolist() for key, array in arrays.items() if key in data},
        **state,
        **({VARIANTS: [v.to_dict(n.biases) for v in lesson.compare]} if lesson.compare else {}),
        **{key: entries for key in REMARKS if (entries := _entries(getattr(lesson, key)))},
    }


def _entries(remarks: Iterable[Erratum | Note]) -> list[dict[str, object]]:
    """Remarks as tables, without the keys that an entry leaves empty."""
    tables = (asdict(remark) for remark in remarks)
    return [{k: list(v) if isinstance(v, tuple) else v for k, v in t.items() if v} for t in tables]


def _laid_out(value: object, indent: int) -> str:
    """Text that is both JSON and TOML: lists on one line while short, then one item a line."""
    text = json.dumps(value, ensure_ascii=False)  # floats print as repr does: exact
    if not (isinstance(value, list) and isinstance(value[0], list)) or len(text) <= 80:
        return text
    pad = " " * (indent + 2)
    items = ",\n".join(pad + _laid_out(item, indent + 2) for item in value)
    return f"[\n{items}\n{' ' * indent}]"


def dumps_toml(lesson: Lesson) -> str:
    """The lesson as a TOML file; `load` reads it back bit for bit."""
    lines: list[str] = []
    for key, value in to_dict(lesson).items():
        if key in (*REMARKS, VARIANTS) and isinstance(value, list):
            for entry in value:
                lines += ["", f"[[{key}]]", *(f"{k} = {_laid_out(v, 0)}" for k, v in entry.items())]
        elif isinstance(value, dict):
            lines += ["", f"[{key}]", *(f"{k} = {_laid_out(v, 0)}" for k, v in value.items())]
        else:
            lines.append(f"{key} = {_laid_out(value, 0)}")
    return "\n".join(lines) + "\n"


def dumps_json(lesson: Lesson) -> str:
    """The lesson as a JSON file; `load` reads it back bit for bit."""
    parts: list[str] = []
    for key, value in to_dict(lesson).items():
        if isinstance(value, dict):
            inner = ",\n".join(f'    "{k}": {_laid_out(v, 4)}' for k, v in value.items())
            parts.append(f'  "{key}": {{\n{inner}\n  }}')
        else:
            parts.append(f'  "{key}": {_laid_out(value, 2)}')
    return "{\n" + ",\n".join(parts) + "\n}\n"
