"""The dated bounds of the data service, and the count of requests that holds one reader to them."""

import threading
import time
import tomllib
from collections import OrderedDict
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from guotu.core.journal import clock
from guotu.lib.rules.dated import RuleBook

_MINUTE = 60.0
_MOST_READERS = 10_000
_lock = threading.Lock()
_counts: OrderedDict[tuple[int, int], int] = OrderedDict()


def bounds() -> Mapping[str, Any]:
    """Return the bounds in force today."""
    return _book().rule("ogc.bounds", clock.today()).values


def is_within_rate(person_id: int) -> bool:
    """Count one request; say whether the person keeps to the requests of a minute here.

    Each process counts by itself, so that the bound of the county is that times its processes.
    """
    key = (person_id, int(time.monotonic() // _MINUTE))
    with _lock:
        count = _counts.pop(key, 0) + 1
        _counts[key] = count
        while len(_counts) > _MOST_READERS:
            _counts.popitem(last=False)
    return count <= int(bounds()["requests_a_minute"])


@lru_cache(maxsize=1)
def _book() -> RuleBook:
    text = files("guotu.site.ogc").joinpath("ogc.toml").read_text("utf-8")
    return RuleBook.from_dicts(tomllib.loads(text)["rule"])
