"""Sheets that train nothing, though their cells are old − something, row after row.

An audit must neither accuse them nor call them right. Each is a table: columns with a heading, a
first value and a formula in which {r} is the row and {p} the one above.
"""

from __future__ import annotations

from collections.abc import Sequence

from tests.support.class_sheets.book import Book, Cell

# heading, value or formula of the first row, formula of the rows below (None: none)
Column = tuple[str, float | str, str | None]


def table(
    columns: Sequence[Column], given: Sequence[tuple[str, float]] = (), rows: int = 14
) -> Book:
    """The given numbers stand in B1, B2, …; the table begins below them."""
    book = Book()
    for i, (label, number) in enumerate(given, 1):
        book.cells[Cell("Sheet1", i, 1)] = label
        book.cells[Cell("Sheet1", i, 2)] = number
    top = len(given) + 2
    for j, (heading, first, below) in enumerate(columns, 1):
        book.cells[Cell("Sheet1", top, j)] = heading
        for r in range(top + 1, top + 1 + rows):
            text = first if r == top + 1 else (below if below is not None else first)
            if isinstance(text, str):
                text = text.format(r=r, p=r - 1)
            book.cells[Cell("Sheet1", r, j)] = text
    return book


def _series(book: Book, column: int, top: int, numbers: Sequence[float]) -> Book:
    """Typed numbers down a column."""
    for i, number in enumerate(numbers):
        book.cells[Cell("Sheet1", top + i, column)] = float(number)
    return book


SPENT = [12.5, 30, 7.25, 44, 19, 3.5, 60, 21, 15, 9, 33, 28, 5, 17]

STRANGERS: dict[str, Book] = {
    "budget": _series(
        table(
            [
                ("Month", 1.0, "=A{p}+1"),
                ("Income", 900.0, None),
                ("Rent", 400.0, None),
                ("Food", 210.0, "=D{p}*1.01"),
                ("Left", "=B{r}-C{r}-D{r}", "=E{p}+B{r}-C{r}-D{r}"),
                ("Mean", "=AVERAGE(D{r},C{r})", None),
            ]
        ),
        3,
        3,
        SPENT,
    ),
    "amortisation": table(
        [
            ("No", 1.0, "=A{p}+1"),
            ("Balance", 20000.0, "=B{p}-E{p}"),
            ("Interest", "=B{r}*$B$1/12", None),
            ("Payment", 450.0, None),
            ("Principal", "=D{r}-C{r}", None),
        ],
        [("rate", 0.05), ("term", 60)],
    ),
    "two loans": table(
        [
            ("A", 8000.0, "=A{p}-(250-A{p}*$B$1)"),
            ("B", 5000.0, "=B{p}-(180-B{p}*$B$1)"),
            ("C", 3000.0, "=C{p}-(90-C{p}*$B$1)"),
            ("owed", "=A{r}+B{r}+C{r}", None),
        ],
        [("rate", 0.004)],
    ),
    "running total": _series(
        table([("Paid", 1.0, None), ("Left", 500.0, "=B{p}-A{p}"), ("Spent", 0.0, "=C{p}+A{p}")]),
        1,
        3,
        SPENT,
    ),
    "checkbook": _series(
        table([("Debit", 1.0, None), ("Credit", 4.0, None), ("Balance", 100.0, "=C{p}-A{r}+B{r}")]),
        1,
        3,
        SPENT,
    ),
    "inventory": table(
        [
            ("A", 120.0, "=A{p}-E{p}*0.5"),
            ("B", 80.0, "=B{p}-E{p}*0.3"),
            ("C", 200.0, "=C{p}-E{p}*0.9"),
            ("D", 60.0, "=D{p}-E{p}*0.1"),
            ("Orders", 3.0, "=E{p}+1"),
            ("Value", "=A{r}*2.5+B{r}*4+C{r}*1.2+D{r}*9", None),
        ]
    ),
    "straight depreciation": table(
        [
            ("Car", 20000.0, "=A{p}-$B$1"),
            ("Van", 30000.0, "=B{p}-$B$2"),
            ("Press", 9000.0, "=C{p}-$B$3"),
            ("Book value", "=A{r}+B{r}+C{r}", None),
        ],
        [("car", 1500), ("van", 2200), ("press", 600)],
    ),
    "equal depreciation": table(
        [
            ("Car", 20000.0, "=A{p}-$B$1"),
            ("Van", 30000.0, "=B{p}-$B$1"),
            ("Press", 9000.0, "=C{p}-$B$2"),
            ("Book value", "=A{r}+B{r}+C{r}", None),
        ],
        [("cars", 1500), ("press", 600)],
    ),
    "declining depreciation": table(
        [
            ("Car", 20000.0, "=A{p}-$B$1*A{p}"),
            ("Van", 30000.0, "=B{p}-$B$1*B{p}"),
            ("Press", 9000.0, "=C{p}-$B$1*C{p}"),
            ("Book value", "=SUM(A{r}:C{r})", None),
        ],
        [("rate", 0.2)],
    ),
    "Newton": table(
        [("x", 1.5, "=A{p}-B{p}/C{p}"), ("f", "=A{r}^2-2", None), ("f'", "=2*A{r}", None)]
    ),
    "Newton, three roots": table(
        [
            ("x", 1.5, "=A{p}-E{p}/(2*A{p})"),
            ("y", 2.5, "=B{p}-F{p}/(2*B{p})"),
            ("z", 3.5, "=C{p}-G{p}/(2*C{p})"),
            ("error", "=E{r}^2+F{r}^2+G{r}^2", None),
            ("f", "=A{r}^2-2", None),
            ("g", "=B{r}^2-5", None),
            ("h", "=C{r}^2-11", None),
        ],
        rows=5,
    ),
    "stocks at cost": table(
        [
            ("A", 100.0, "=A{p}-2*$B$1"),
            ("B", 90.0, "=B{p}-3*$B$1"),
            ("C", 70.0, "=C{p}-5*$B$1"),
            ("D", 60.0, "=D{p}-4*$B$1"),
            ("value", "=2*A{r}+3*B{r}+5*C{r}+7*D{r}", None),
        ],
        [("a day", 0.5)],
    ),
    "oscillator": table(
        [
            ("x", 1.0, "=A{p}+$B$1*B{p}"),
            ("v", 0.0, "=B{p}-$B$1*A{p}"),
            ("energy", "=0.5*(A{r}^2+B{r}^2)", None),
        ],
        [("dt", 0.1)],
    ),
    "predators": table(
        [
            ("hares", 40.0, "=A{p}+$B$1*(0.6*A{p}-0.02*A{p}*B{p})"),
            ("lynxes", 9.0, "=B{p}-$B$1*(0.5*B{p}-0.01*A{p}*B{p})"),
            ("both", "=A{r}+B{r}", None),
        ],
        [("dt", 0.1)],
    ),
    "three bodies cooling": table(
        [
            ("a", 90.0, "=A{p}-$B$1*(A{p}-20)"),
            ("b", 70.0, "=B{p}-$B$1*(B{p}-20)"),
            ("c", 50.0, "=C{p}-$B$2*(C{p}-20)"),
            ("mean", "=AVERAGE(A{r}:C{r})", None),
        ],
        [("k", 0.07), ("k of c", 0.12)],
    ),
    "epidemic": table(
        [
            ("S", 990.0, "=A{p}-$B$1*A{p}*B{p}/1000"),
            ("I", 10.0, "=B{p}+$B$1*A{p}*B{p}/1000-$B$2*B{p}"),
            ("R", 0.0, "=C{p}+$B$2*B{p}"),
            ("N", "=A{r}+B{r}+C{r}", None),
        ],
        [("beta", 0.4), ("gamma", 0.1)],
    ),
    "savings": table(
        [
            ("Year", 2020.0, "=A{p}+1"),
            ("Anna", 100.0, "=B{p}+B{p}*$B$1"),
            ("Ben", 250.0, "=C{p}+C{p}*$B$1"),
            ("Cem", 80.0, "=D{p}+D{p}*$B$1"),
            ("together", "=SUM(B{r}:D{r})", None),
        ],
        [("interest", 0.03)],
    ),
    "smoothing": _series(
        table(
            [
                ("sales", 1.0, None),
                ("level", 20.0, "=B{p}+$B$1*(A{p}-B{p})"),
                ("trend", 1.0, "=C{p}+$B$2*(B{r}-B{p}-C{p})"),
                ("forecast", "=B{r}+C{r}", None),
            ],
            [("alpha", 0.3), ("beta", 0.1)],
        ),
        1,
        5,
        SPENT,
    ),
    "Jacobi": table(
        [
            ("x", 0.0, "=A{p}+(7-4*A{p}+B{p}-C{p})/4"),
            ("y", 0.0, "=B{p}+(-21-4*A{p}+8*B{p}-C{p})/-8"),
            ("z", 0.0, "=C{p}+(15+2*A{p}-B{p}-5*C{p})/5"),
            ("residual", "=(7-4*A{r}+B{r}-C{r})^2+(-21-4*A{r}+8*B{r}-C{r})^2", None),
        ]
    ),
    "heat": table(
        [
            ("left", 100.0, None),
            *[
                (f"u{j}", 20.0, f"={c}{{p}}+$B$1*({b}{{p}}-2*{c}{{p}}+{d}{{p}})")
                for j, (b, c, d) in enumerate(["ABC", "BCD", "CDE"], 1)
            ],
            ("right", 0.0, None),
            ("mean", "=AVERAGE(A{r}:E{r})", None),
        ],
        [("k", 0.2)],
    ),
    "differences": _series(
        table(
            [("reading", 1.0, None), ("change", 0.0, "=A{r}-A{p}"), ("twice", 0.0, "=B{r}-B{p}")]
        ),
        1,
        3,
        SPENT,
    ),
    "marks": _series(
        table(
            [
                ("test", 1.0, None),
                ("oral", 12.0, None),
                ("mark", "=0.6*A{r}+0.4*B{r}", None),
                ("to go", 100.0, "=D{p}-C{r}"),
            ]
        ),
        1,
        3,
        SPENT,
    ),
    "controller": table(
        [
            ("temperature", 15.0, "=A{p}+0.1*(D{p}-0.2*(A{p}-5))"),
            ("error", "=$B$1-A{r}", None),
            ("sum", 0.0, "=C{p}+B{p}*0.1"),
            ("heating", "=2*B{r}+0.4*C{r}", None),
            ("cost", "=D{r}^2+B{r}^2", None),
        ],
        [("wanted", 21.0)],
    ),
    "a net that does not learn": table(
        [
            ("x", 0.1, "=A{p}+0.05"),
            ("w1", 0.4, None),
            ("w2", -0.3, None),
            ("h", "=1/(1+EXP(-(B{r}*A{r}+C{r})))", None),
            ("error", "=0.5*(D{r}-0.7)^2", None),
        ]
    ),
    "numbers only": _series(table([("a", 1.0, None), ("b", 2.0, None)]), 1, 3, SPENT),
}
