"""Outline: the border of a county that never was."""

import numpy as np
import shapely

from guotu.lib.fiction.mesh import rounded


def fictional(
    area_m2: float, centre: tuple[float, float], rng: np.random.Generator, points: int = 700
) -> shapely.Polygon:
    """Return a winding outline of about `area_m2` round `centre` (county frame, metres)."""
    turn = np.linspace(0, 2 * np.pi, points, endpoint=False)
    reach = np.ones(points)
    for wave in range(2, 90):
        size = 0.34 * wave**-1.5 * rng.uniform(0.5, 1.3)
        reach += size * np.cos(wave * turn + rng.uniform(0, 2 * np.pi))
    reach = np.clip(reach, 0.55, 1.6)
    shape = np.column_stack([reach * np.cos(turn) * 1.12, reach * np.sin(turn)])
    x, y = shape.T
    area = abs(float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum())) / 2
    return shapely.Polygon(rounded(shape * np.sqrt(area_m2 / area) + np.asarray(centre)))
