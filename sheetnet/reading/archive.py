"""A foreign workbook file, opened with care: hostile until read.

Knows: the zip container, which of the two formats is inside, its relations. Does not know: how the
XML of a part is parsed (see `part`), sheets, cells, names, or anything that is computed from them.
"""

from __future__ import annotations

import io
import posixpath
import stat
import zipfile
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final, Literal
from xml.etree import ElementTree

from sheetnet.errors import FileError
from sheetnet.reading.xml import MAX_PART, MAX_TAGS, MAX_TOTAL, Reader, parse_xml, too_large

MAX_ENTRIES: Final = 10_000
MAX_RATIO: Final = 200  # decompressed to compressed …
RATIO_FROM: Final = 50 * 2**20  # … of entries larger than this
MAX_DIRECTORY: Final = 2 * 2**20  # bytes of the zip's list of entries

_ODS: Final = "application/vnd.oasis.opendocument.spreadsheet"
ODS_TYPES: Final = (_ODS, f"{_ODS}-template")

# What a file that is no zip may be instead: first bytes, what it is, what to do.
_SIGNATURES: Final = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old .xls or an encrypted .xlsx",
     "Open it in a spreadsheet program and save as .xlsx without a password."),
    (b"\x1f\x8b", "a gzip file, perhaps .gnumeric",
     "Open it in Gnumeric and save as .xlsx or .ods."),
    (b"%PDF", "a PDF", "Use the workbook from which it was printed."),
    (b"<?xml", "an XML file, perhaps a flat .fods",
     "Open it in a spreadsheet program and save as .xlsx or .ods."),
    (b"<", "an HTML or XML file; a download page is often saved by mistake",
     "Download the workbook itself, or save as .xlsx or .ods."),
)
_OFFICE_DOCUMENT: Final = "/officeDocument"  # how the relation's type ends, transitional or strict


class _Archive(io.FileIO):
    """The file under the zip. zipfile reads the list of entries in one piece of the length that
    the file declares; that length is checked here, before any entry is built from it."""

    limit = MAX_DIRECTORY

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > self.limit:
            raise too_large(str(self.name), f"a list of entries of {size:,} bytes", self.limit)
        return super().read(-1 if size is None else size) or b""


class Package(AbstractContextManager["Package"]):
    """An opened workbook; use `open_package`, in a `with` statement.

    `path`; `format`, "xlsx" or "ods"; `main`, the part that lists the sheets; `names`, all parts.
    """

    format: Literal["xlsx", "ods"]
    main: str

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self.path = path
        self._zip = archive
        entries = archive.infolist()
        self._check(entries)
        # xlsx takes part names that differ in case only for one name (ECMA-376 part 2, 6.2.2).
        self._entries = {entry.orig_filename.lower(): entry for entry in entries}
        self.names = [entry.orig_filename for entry in entries]
        if len(self._entries) < len(entries):
            raise self._refusal("two entries of one name", "every entry once")
        self.format, self.main = self._detect()

    def _refusal(self, found: str, expected: str, todo: str = "Save the workbook anew from a "
                 "spreadsheet program.") -> FileError:
        return FileError(f"{self.path}: found {found}; expected {expected}. {todo}")

    def _check(self, entries: list[zipfile.ZipInfo]) -> None:
        if len(entries) > MAX_ENTRIES:
            raise too_large(str(self.path), f"{len(entries):,} entries in the zip", MAX_ENTRIES)
        if not entries:
            raise self._refusal("an empty zip", "an .xlsx or .ods workbook")
        total, length = 0, self.path.stat().st_size
        for entry in entries:
            name = entry.orig_filename
            steps = name.replace("\\", "/").split("/")
            if steps[0] == "" or ".." in steps or ":" in steps[0] or "\0" in name:
                raise self._refusal(f"an entry named {name[:100]!r}", "names inside the zip")
            if entry.flag_bits & 1:
                raise self._refusal("an encrypted entry", "an open workbook",
                                    "Save as .xlsx or .ods without a password.")
            if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise self._refusal(f"compression method {entry.compress_type} in {name[:100]!r}",
                                    "stored or deflated entries")
            total += entry.file_size
            ratio = entry.file_size / max(min(entry.compress_size, length), 1)
            if entry.file_size > RATIO_FROM and ratio > MAX_RATIO:
                raise too_large(f"{self.path}, {name[:100]}", "data that grows "
                                f"{ratio:,.0f}-fold when decompressed", MAX_RATIO)
        if total > MAX_TOTAL:
            raise too_large(str(self.path), f"{total:,} bytes after decompression", MAX_TOTAL)

    def _detect(self) -> tuple[Literal["xlsx", "ods"], str]:
        if "mimetype" in self:
            with self.open("mimetype") as stream:
                kind = stream.read(200).decode("ascii", "replace").strip()
            if kind not in ODS_TYPES:
                raise self._refusal(f"a document of type {kind!r}", "a spreadsheet",
                                    "Choose the .ods or .xlsx workbook.")
            if "META-INF/manifest.xml" in self:
                marks = self._part("META-INF/manifest.xml").iter()
                if any(mark.tag.endswith("}encryption-data") for mark in marks):
                    raise self._refusal("an encrypted .ods", "an open workbook",
                                        "Save as .ods without a password.")
            if "content.xml" not in self:
                raise self._refusal("no content.xml", "the sheets of an .ods")
            return "ods", "content.xml"
        if "[Content_Types].xml" not in self or "_rels/.rels" not in self:
            raise self._refusal(f"a zip of other things ({self.names[0][:60]!r}, …)",
                                "an .xlsx or .ods workbook", "Choose the workbook itself.")
        for kind, target in self.relations("").values():
            if kind.endswith(_OFFICE_DOCUMENT):
                # A part's type, or else that of its extension
                types = {item.get("PartName", item.get("Extension", "")).lower():
                         item.get("ContentType", "") for item in self._part("[Content_Types].xml")}
                part = target.lower()
                content = types.get("/" + part, types.get(part.rpartition(".")[2], ""))
                if "binary" in content or "sheet" not in content:
                    raise self._refusal(f"a document of type {content!r}", "an .xlsx workbook",
                                        "Open it in its program and save as .xlsx.")
                if target not in self:
                    break
                return "xlsx", target
        raise self._refusal("no workbook part", "xl/workbook.xml, named in _rels/.rels")

    def _part(self, name: str) -> ElementTree.Element:
        with self.open(name) as stream:
            return parse_xml(stream.read(MAX_PART + 1), stream.where)

    def relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Relation id to (type, target part) of an xlsx part; `part` "" is the whole package."""
        folder, name = posixpath.split(part)
        rels = posixpath.join(folder, "_rels", f"{name}.rels")
        if rels not in self:
            return {}
        return {
            item.get("Id", ""): (
                item.get("Type", ""),
                posixpath.normpath(posixpath.join("/", folder, item.get("Target", "")))[1:],
            )
            for item in self._part(rels)
            if item.get("TargetMode") != "External"
        }

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._entries

    def open(self, name: str, tags: int = MAX_TAGS) -> Reader:
        """A part as a stream of bytes. Raises FileError if it is missing or damaged, and while it
        is parsed for more tags than that."""
        entry = self._entries.get(name.lower())
        if entry is None:
            raise self._refusal(f"no part {name[:100]!r}", f"it in an .{self.format}")
        where = f"{self.path}, {name}"
        try:
            stream = self._zip.open(entry)
        except (zipfile.BadZipFile, OSError, RuntimeError, ValueError) as error:
            raise FileError(
                f"{where}: cannot be opened ({str(error)[:200]}); expected an intact entry. "
                "Copy or download the file again."
            ) from error
        return Reader(stream, where, min(entry.file_size, MAX_TOTAL), tags)

    def read(self, name: str) -> bytes:
        """A whole part. Raises FileError if it is missing or damaged."""
        with self.open(name) as stream:
            return stream.read()

    def close(self) -> None:
        archive = self._zip.fp
        self._zip.close()
        if archive is not None:
            archive.close()

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self.close()


def open_package(path: str | Path) -> Package:
    """Open a workbook file of either format; the format is told from the content.

    Raises FileError for a file that is missing, unreadable, no workbook, damaged or hostile.
    """
    path = Path(path)
    expected = "expected an .xlsx or .ods workbook"
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):  # a pipe would wait for ever, a device never end
            what = "a directory" if stat.S_ISDIR(mode) else "no ordinary file"
            raise FileError(f"{path}: this is {what}; {expected}. Name a file.")
        archive = _Archive(path)
    except FileNotFoundError:
        raise FileError(
            f"{path}: no such file; {expected}. Check the spelling and the folder."
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise FileError(
            f"{path}: cannot be opened ({reason}); {expected}. Check that you may read it."
        ) from None
    try:
        return Package(path, _zip(path, archive, expected))
    except OSError as error:
        archive.close()
        raise FileError(
            f"{path}: cannot be read ({error.strerror or error}); {expected}. "
            "Copy it to another place."
        ) from None
    except BaseException:
        archive.close()
        raise


def _zip(path: Path, archive: _Archive, expected: str) -> zipfile.ZipFile:
    head = archive.read(2048)
    archive.seek(0)
    if not head:
        raise FileError(f"{path}: the file is empty; {expected}. Copy or download it again.")
    if not head.startswith(b"PK"):
        for start, what, todo in _SIGNATURES:
            if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(start):
                raise FileError(f"{path}: this is {what}; {expected}. {todo}")
        if b"\0" in head:
            raise FileError(f"{path}: this is no zip, so no workbook; {expected}. Choose another.")
        raise FileError(f"{path}: this is plain text, perhaps .csv; {expected}. "
                        "Open it in a spreadsheet program and save as .xlsx or .ods.")
    try:
        result = zipfile.ZipFile(archive)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise FileError(
            f"{path}: the zip is cut short or damaged ({error}); {expected}. "
            "Copy or download the file again."
        ) from error
    archive.limit = MAX_TOTAL
    return result
