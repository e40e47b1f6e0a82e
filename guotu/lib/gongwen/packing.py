"""The package of a .docx: fonts with their stand-ins, no picture of a page, fixed times."""

import zipfile
from io import BytesIO
from typing import Any
from xml.sax.saxutils import quoteattr

from guotu.lib.gongwen.kinds import layout

_TIME = (1980, 1, 1, 0, 0, 0)
_THUMBNAIL = "/metadata/thumbnail"


def declare_fonts(made: Any) -> None:
    """Name what stands in for each font of the standard where it is not installed."""
    for part in made.part.package.iter_parts():
        if str(part.partname) != "/word/fontTable.xml":
            continue
        entries = "".join(
            f"<w:font w:name={quoteattr(name)}><w:altName w:val={quoteattr(instead)}/></w:font>"
            for name, instead in layout()["font"].values()
        )
        part._blob = part.blob.replace(b"</w:fonts>", f"{entries}</w:fonts>".encode())


def drop_thumbnail(made: Any) -> None:
    """Leave out the picture of an empty page that comes with the template."""
    rels = made.part.package.rels
    for key in [key for key, rel in rels.items() if rel.reltype.endswith(_THUMBNAIL)]:
        del rels[key]


def repacked(content: bytes) -> bytes:
    """Return the same package with fixed times and order: the same input, the same bytes."""
    out = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(content)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as new,
    ):
        for entry in old.infolist():
            fresh = zipfile.ZipInfo(entry.filename, _TIME)
            fresh.compress_type, fresh.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            fresh.create_system = 3
            new.writestr(fresh, old.read(entry))
    return out.getvalue()
