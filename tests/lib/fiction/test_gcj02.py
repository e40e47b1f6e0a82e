"""The GCJ-02 shift is what the public formula says, and is undone to the last bit that matters."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from guotu.lib.fiction.gcj02 import shifted, unshifted


def test_the_shift_of_a_known_point() -> None:
    # Tiananmen by WGS-84 and by GCJ-02, as published with the formula.
    true, shown = np.asarray([[116.391349, 39.907375]]), np.asarray([[116.397592, 39.908778]])
    assert np.abs(shifted(true) - shown).max() < 2e-5


@given(st.floats(74, 134), st.floats(19, 53))
def test_undoing_returns_to_the_start(lon: float, lat: float) -> None:
    true = np.asarray([[lon, lat]])
    assert np.abs(unshifted(shifted(true)) - true).max() < 1e-9
    assert np.abs(shifted(true) - true).max() > 1e-5
