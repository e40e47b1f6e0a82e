"""Do once, in the nursery, what every child would else do first: compile, open PROJ's database."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyogrio

from guotu.lib.geo import crs
from guotu.lib.geo.guard.limits import Limits
from guotu.lib.geo.guard.scan import scan_wkb
from guotu.lib.geo.guard.text import measure_json

# An arena of its own would count against a child's memory before it has read a byte.
pa.set_memory_pool(pa.system_memory_pool())
pyogrio.set_gdal_config_options({"OGR_SQLITE_PRAGMA": "trusted_schema=OFF"})
scan_wkb([bytes.fromhex("0101000000") + bytes(16)], Limits.site())
measure_json(np.frombuffer(b"{}", np.uint8), 1)
crs.frame_of(4490)
pc.filter(pa.array([1]), pa.array([True]))
