"""Files that are no workbooks, and paths that are no files, are refused."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from support.foreign import (
    FLOAT,
    ODF,
    ODS_TYPE,
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
from sheetnet.reading.archive import open_package

NO_WORKBOOK: list[tuple[Parts | bytes, str]] = [
    (b"", "is empty"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), r"old .xls or an encrypted .xlsx.*password"),
    (b"a,b\n1,2\n", "plain text, perhaps .csv"),
    (b"\xef\xbb\xbf<?xml version='1.0'?><office/>", "flat .fods"),
    (b"<!doctype html><p>404", "HTML"),
    (b"%PDF-1.7\n", "PDF"),
    (b"\x1f\x8b\x08" + bytes(50), "gzip"),
    (b"\x89PNG\0\0", "no zip"),
    (zipped(xlsx_parts())[:-30], "cut short or damaged"),
    (zipped(xlsx_parts())[:200], "cut short or damaged"),
    (zipped({}), "empty zip"),
    ({"readme.txt": "x"}, "zip of other things"),
    ({"mimetype": ODS_TYPE.replace("spreadsheet", "text"), "content.xml": ""}, "type '.*text'"),
    ({"mimetype": ODS_TYPE}, "no content.xml"),
    (ods_parts() | {"META-INF/manifest.xml": f'<manifest xmlns="{ODF}:manifest:1.0"><file-entry>'
     "<encryption-data/></file-entry></manifest>"}, "encrypted .ods.*password"),
    ({name: str(text).replace("spreadsheetml.sheet", "wordprocessingml.document")
      for name, text in xlsx_parts().items()}, "wordprocessingml"),
    ({name: str(text).replace("sheet.main+xml", "sheet.binary.main")
      for name, text in xlsx_parts().items()}, "binary"),
    ({k: v for k, v in xlsx_parts().items() if k != "xl/workbook.xml"}, "no workbook part"),
    (xlsx_parts() | {"../evil": "x"}, "an entry named '../evil'"),
    (xlsx_parts() | {"xl/../../evil": "x"}, "an entry named"),
    (xlsx_parts() | {"/etc/evil": "x"}, "an entry named"),
    (xlsx_parts() | {"..\\evil": "x"}, "an entry named"),
    (xlsx_parts() | {"C:/evil": "x"}, "an entry named"),
    (xlsx_parts() | {"XL/WORKBOOK.XML": "x"}, "two entries of one name"),
    (xlsx_parts(data=""), "two sheets of one name"),
    ({k: str(v).replace("s2.xml", "s1.xml") for k, v in xlsx_parts(Zed="").items()
      if "s2" not in k}, "one and the same part"),
    ({k: v for k, v in xlsx_parts().items() if "s1" not in k}, "no part 'xl/worksheets/s1.xml'"),
    (ods_parts(table("") + table("", "DATA")), "two sheets of one name"),
    (ods_parts("<table:table"), "ill-formed"),
    ({**ods_parts(), "content.xml": b"<?xml version='1.0' encoding='klingon'?><a/>"}, "ill-formed"),
    (ods_parts(table(row(cell('table:number-columns-repeated="9e9"')))), "repetitions"),
    (ods_parts(table(row(cell('table:number-columns-repeated="-1"')))), "repetitions"),
    (ods_parts(table(row(cell('table:number-columns-repeated="١"')))), "repetitions"),
    (ods_parts(table(row(cell("", row(cell()))))), "a table-row in the wrong place"),
    (ods_parts(table(row(row(cell())))), "a table-row in the wrong place"),
    (ods_parts(table(row(f"<text:p>{cell()}</text:p>"))), "a p in the wrong place"),
    (ods_parts(table(cell())), "a table-cell in the wrong place"),
    (ods_parts(table(f"<text:p>{row(cell())}</text:p>")), "a table-row in the wrong place"),
    (ods_parts(table(row(cell('office:value-type="magic"')))), "type 'magic'"),
    (ods_parts(table(row(cell('table:number-columns-repeated="16384"') + cell(FLOAT)))), "XFD"),
    (ods_parts(table(row(cell(), 'table:number-rows-repeated="1048576"') + row(cell(FLOAT)))),
     "rows go to 1,048,576"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "message"), NO_WORKBOOK, ids=[m for _, m in NO_WORKBOOK])
def test_what_is_no_workbook_is_refused(
    content: Parts | bytes, message: str, save: Save
) -> None:
    path = save(content)
    with pytest.raises(FileError, match=message) as caught:
        read_everything(path)
    assert str(path) in str(caught.value)


def test_plain_parts_are_accepted(save: Save) -> None:
    """The tables above would pass if everything were refused."""
    assert read_everything(save(xlsx_parts("<row><c><v>1</v></c></row>"))) == 1
    assert read_everything(save(ods_parts(table(row(cell(FLOAT)))))) == 1


def test_the_type_of_a_part_may_follow_from_its_extension(save: Save) -> None:
    """As .NET's packaging writes it, and what is built upon it."""
    parts = xlsx_parts("<row><c><v>1</v></c></row>")
    types = str(parts["[Content_Types].xml"]).replace("Override ", "Default ")
    parts["[Content_Types].xml"] = types.replace('PartName="/xl/workbook.xml"', 'Extension="XML"')
    assert read_everything(save(parts)) == 1
    parts["[Content_Types].xml"] = types.replace('PartName="/xl/workbook.xml"', 'Extension="bin"')
    with pytest.raises(FileError, match="a document of type ''"):
        read_everything(save(parts))


def test_a_path_that_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path, message in [
        (tmp_path, "a directory"),
        (tmp_path / "none.xlsx", "no such file"),
        (tmp_path / "a\0b", "cannot be opened"),
    ]:
        with pytest.raises(FileError, match=message):
            open_package(path)
    closed = tmp_path / "closed.xlsx"
    closed.write_bytes(b"PK")

    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("sheetnet.reading.archive._Archive", denied)
    with pytest.raises(FileError, match=r"Permission denied.*may read it"):
        open_package(closed)


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileError, match="no ordinary file"):
        open_package(tmp_path / "pipe")
