"""Publishing: from a file that comes in to an immutable release on the map."""

from guotu.core.atlas.publishing.importing import import_layer, report_of
from guotu.core.atlas.publishing.mending import publish_repairs
from guotu.core.atlas.publishing.redrawing import draw_tiles
from guotu.core.atlas.publishing.staging import sweep

__all__ = ["draw_tiles", "import_layer", "publish_repairs", "report_of", "sweep"]
