"""Earlier: the land use of a year before, when some of what is built today was paddy still."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from guotu.lib.fiction.county import Layer
from guotu.lib.fiction.landuse import CLASS_NAMES, code_text

YEAR = 2020
# What a village and a town grow by: shops, works, flats, homesteads, schools and clinics.
_BUILT = (501, 601, 701, 702, 802)
_STILL_PADDY = 0.25
_PADDY = 101


def landuse(layer: Layer, seed: int) -> Layer:
    """Return the landuse layer of a county as of the end of `YEAR`: the same parcels and numbers.

    A quarter of the built parcels was flat paddy (no field banks are deducted below two degrees);
    state land among them was its village's, for paddy is expropriated before it is built on.
    """
    geometry, fields = layer
    chance = np.random.default_rng([seed, YEAR])
    codes = pa.array(code_text(np.array(_BUILT)), pa.string())
    built = pc.is_in(fields.column("DLBM"), value_set=codes).to_numpy()
    paddy = pa.array(built & (chance.random(len(built)) < _STILL_PADDY))
    was: dict[str, Any] = {
        "DLBM": code_text(np.array([_PADDY]))[0],
        "DLMC": CLASS_NAMES[_PADDY],
        "GDPDJB": "1",
        "GDDB": 5,
        "ZZSXDM": "LS",
        "ZZSXMC": "粮食作物",
        "CZCSXM": None,
    }
    taken = pc.and_(paddy, pc.equal(fields.column("QSXZ"), "20"))
    owned = {"QSXZ": "30", "QSDWDM": fields.column("ZLDWDM"), "QSDWMC": fields.column("ZLDWMC")}
    for names, where in ((was, paddy), (owned, taken)):
        for name, value in names.items():
            fields = _put(fields, name, where, value)
    return geometry, _put(fields, "SJNF", pa.array(np.ones(len(built), bool)), YEAR)


def _put(fields: pa.Table, name: str, where: Any, value: Any) -> pa.Table:
    """Return the fields with a value, or a column's, put where it is said."""
    place = fields.schema.get_field_index(name)
    kind = fields.schema.field(place).type
    given = value if isinstance(value, pa.ChunkedArray) else pa.scalar(value, kind)
    return fields.set_column(place, fields.field(place), pc.if_else(where, given, fields[name]))
