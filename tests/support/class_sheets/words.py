"""What people write above their columns, in a few languages or not at all."""

from __future__ import annotations

WORDS: dict[str, dict[str, str]] = {
    "en": {"W": "w", "b": "b", "x": "x", "t": "target ", "z": "net ", "a": "out ", "d": "delta ",
           "g": "dE/d", "err": "E", "loss": "E_total", "eta": "learning rate", "n": "examples",
           "step": "step"},
    "de": {"W": "Gewicht ", "b": "Schwelle ", "x": "Eingabe ", "t": "Soll ", "z": "Netz ",
           "a": "Ausgabe ", "d": "Delta ", "g": "Ableitung ", "err": "Fehler ", "loss": "Fehler",
           "eta": "Lernrate", "n": "Beispiele", "step": "Schritt"},
    "no": {"W": "vekt ", "b": "skjevhet ", "x": "inn ", "t": "fasit ", "z": "sum ", "a": "ut ",
           "d": "delta ", "g": "gradient ", "err": "tap ", "loss": "tap", "eta": "læringsrate",
           "n": "antall", "step": "steg"},
    "ja": {"W": "重み", "b": "バイアス", "x": "入力", "t": "教師", "z": "総和", "a": "出力",
           "d": "デルタ", "g": "勾配", "err": "誤差", "loss": "誤差", "eta": "学習率", "n": "個数",
           "step": "回"},
    "none": {},
}  # fmt: skip


def heading(name: str, words: str) -> str:
    """What stands above a column, in one of the languages or nothing."""
    table = WORDS[words]
    if name.startswith(("diff ", "fd ", "try ", "v ", "m ", "s ")):
        first, _, rest = name.partition(" ")
        return f"{first} {heading(rest, words)}" if table else ""
    if name in table:
        return table[name]
    for key in ("err", "gW", "gb", "W", "b", "x", "t", "z", "a", "d", "step"):
        if name.startswith(key):
            word = table.get(key[0], "") if key[0] == "g" else table.get(key, "")
            rest = name.removeprefix("g" if key[0] == "g" else key).removesuffix(".0")
            return f"{word}{rest}" if table else ""
    return name if table else ""
