"""A list a page at a time, whose count costs no more however long the list has grown."""

from functools import cached_property
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet

MOST = 10_000


def counted(found: QuerySet[Any], most: int) -> int:
    """Return how many rows there are, or `most` + 1 where there are more: never more are read."""
    return found.order_by()[: most + 1].count()


class Pages(Paginator):  # type: ignore[type-arg]
    """Pages over the first `MOST` rows; `more` says that there are others, to be filtered for."""

    @cached_property
    def _counted(self) -> int:
        found: Any = self.object_list
        return counted(found, MOST)

    @cached_property
    def count(self) -> int:
        """Return how many rows the pages hold."""
        return min(self._counted, MOST)

    @property
    def more(self) -> bool:
        """Say whether rows are left out."""
        return self._counted > MOST
