"""The lesson: what one workbook holds, read from a file, written to one, trained.

Knows nothing of workbooks, formulas or engines. The names below are what other rooms use.
"""

from sheetnet.core.settings import Training
from sheetnet.lessons.dump import dumps_json, dumps_toml, to_dict
from sheetnet.lessons.lesson import Lesson, with_values
from sheetnet.lessons.load import load
from sheetnet.lessons.remarks import Erratum, Note
from sheetnet.lessons.training import quick_losses, train, train_step, trained
from sheetnet.lessons.variants import Variant

__all__ = [
    "Erratum",
    "Lesson",
    "Note",
    "Training",
    "Variant",
    "dumps_json",
    "dumps_toml",
    "load",
    "quick_losses",
    "to_dict",
    "train",
    "train_step",
    "trained",
    "with_values",
]
