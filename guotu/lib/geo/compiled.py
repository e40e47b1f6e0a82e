"""Compiles a kernel once and keeps it on disk, or each time where no disk will have it."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

_Kernel = TypeVar("_Kernel", bound=Callable[..., Any])
_OPTIONS: dict[str, Any] = {"nogil": True, "forceinline": True, "error_model": "numpy"}


def compiled(kernel: _Kernel) -> _Kernel:
    """Return `kernel` compiled by Numba to run without the interpreter's lock.

    Numba keeps the machine code beside the source, else in the user's cache folder, else nowhere
    (a read-only installation run by an account without a home): then each process compiles again,
    a few seconds, and all else is the same. Kernels are inlined into one another and division by
    zero gives infinity, without which no loop becomes vector code. `fastmath` stays off: figures
    must not move by machine. The kept code is renewed when the kernel's own file changes, not when
    a constant does that it imports.
    """
    try:
        return cast(_Kernel, numba.njit(kernel, cache=True, **_OPTIONS))
    except RuntimeError:
        return cast(_Kernel, numba.njit(kernel, **_OPTIONS))
