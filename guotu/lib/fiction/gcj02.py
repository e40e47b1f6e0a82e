"""GCJ-02: the shift that Chinese web maps put on coordinates, and how to undo it.

The forward formula is public knowledge (ellipsoid of Krassovsky 1940); it has no closed inverse, so
the inverse is found by iteration until it moves by less than a tenth of a millimetre.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_A_M = 6378245.0
_E2 = 0.00669342162296594323
_ENOUGH_DEG = 1e-11
_MOST_ROUNDS = 60


def shifted(lonlat: Floats) -> Floats:
    """Return GCJ-02 for true longitude and latitude (n x 2, degrees), within China."""
    x, y = lonlat[:, 0] - 105.0, lonlat[:, 1] - 35.0
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x))
    east += _waves(x, ((6, 20), (2, 20))) + _waves(x, ((1, 20), (1 / 3, 40)))
    east += _waves(x, ((1 / 12, 150), (1 / 30, 300)))
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x))
    north += _waves(x, ((6, 20), (2, 20))) + _waves(y, ((1, 20), (1 / 3, 40)))
    north += _waves(y, ((1 / 12, 160), (1 / 30, 320)))
    latitude = np.radians(lonlat[:, 1])
    w2 = 1 - _E2 * np.sin(latitude) ** 2
    d_lat = np.degrees(north * w2 * np.sqrt(w2) / (_A_M * (1 - _E2)))
    d_lon = np.degrees(east * np.sqrt(w2) / (_A_M * np.cos(latitude)))
    return np.asarray(lonlat + np.column_stack([d_lon, d_lat]), np.float64)


def _waves(value: Floats, terms: tuple[tuple[float, float], ...]) -> Floats:
    total = sum(size * np.sin(rate * np.pi * value) for rate, size in terms)
    return np.asarray(total * 2 / 3, np.float64)


def unshifted(lonlat: Floats) -> Floats:
    """Return true longitude and latitude for GCJ-02 (n x 2, degrees), to 0.1 mm and better."""
    guess = lonlat.copy()
    for _ in range(_MOST_ROUNDS):
        step = lonlat - shifted(guess)
        guess = guess + step
        if float(np.abs(step).max(initial=0.0)) < _ENOUGH_DEG:
            return guess
    raise ArithmeticError("the GCJ-02 shift did not converge: not in China?")
