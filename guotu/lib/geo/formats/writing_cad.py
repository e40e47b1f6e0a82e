"""Write DXF R2010: every ring a closed polyline, lines open polylines, points points."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import shapely
from numpy.typing import NDArray

from guotu.lib.geo.crs import Frame
from guotu.lib.geo.guard.features import Note

Geometry = NDArray[Any]
_METRES, _DEGREES = 6, 0


def write_dxf(path: Path, geometry: Geometry, fields: pa.Table, frame: Frame) -> list[Note]:
    """Write model space in the frame's own coordinates; holes are polylines of their own and
    attributes are left out, both noted."""
    import ezdxf  # it takes most of a second, and most files are not DXF

    drawing = ezdxf.new("R2010")
    drawing.units = _METRES if frame.kind == "zone" else _DEGREES
    space = drawing.modelspace()
    holes = 0
    for shape in geometry:
        for part in shapely.get_parts(shape) if shape is not None else ():
            holes += _draw(space, part)
    drawing.saveas(path)
    notes = [Note(None, "DXF 放不下属性", len(fields.column_names))] if fields.column_names else []
    return notes + ([Note(None, "孔洞另成闭合多段线", holes)] if holes else [])


def _draw(space: Any, part: Any) -> int:
    if part.geom_type == "Point":
        space.add_point((part.x, part.y))
        return 0
    if part.geom_type == "LineString":
        space.add_lwpolyline(shapely.get_coordinates(part).tolist())
        return 0
    for ring in (part.exterior, *part.interiors):
        space.add_lwpolyline(shapely.get_coordinates(ring).tolist()[:-1], close=True)
    return len(part.interiors)
