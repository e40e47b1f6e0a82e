"""Which division a site lies in, told by its code, so that what was decided there stays there."""

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from guotu.core.atlas.queries import current_release, read_near
from guotu.core.atlas.within import TOWNS, VILLAGES, land
from guotu.core.people.rules.codes import LENGTHS, stem


def division_code(plots: NDArray[Any]) -> str:
    """Return the code of the smallest division that holds all of a site (county frame).

    Village, then township, then county (a site in two townships of one county); a touch of a
    neighbour does not count (see `within`). Empty where part of the site lies in no division on
    the map: then it is the county's alone.
    """
    site = shapely.union_all(plots)
    for layer, field in (VILLAGES, TOWNS):
        codes = _touched(site, layer, field)
        if len(codes) == 1:
            return codes[0]
    return _common(codes)


def _touched(site: shapely.Geometry, layer: str, field: str) -> list[str]:
    """Return the codes of a layer that share land with a site; none unless they hold all of it."""
    release = current_release(layer)
    if release is None:
        return []
    rows = read_near(release, tuple(shapely.bounds(site).tolist()), columns=[field])
    if field not in rows.fields.column_names or not len(rows):
        return []
    shared = land(np.atleast_1d(shapely.intersection(rows.geometry, site)))
    mine = np.flatnonzero(~shapely.is_empty(shared))
    whole = shapely.union_all(rows.geometry[mine])
    outside = land(np.array([shapely.difference(site, whole)], object))
    if not shapely.is_empty(outside).all():
        return []
    codes = rows.fields.column(field).to_pylist()
    return sorted({stem(str(codes[row])) for row in mine if codes[row]})


def _common(codes: list[str]) -> str:
    for length in sorted(LENGTHS.values(), reverse=True):
        heads = {code[:length] for code in codes}
        if len(heads) == 1 and all(len(code) >= length for code in codes):
            return heads.pop()
    return ""
