"""A list's pages: all of a short one, the first of a long one, and never more rows counted."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from guotu.core.journal import paging
from guotu.core.journal.models import Entry
from guotu.core.journal.paging import Pages, counted


def test_a_short_list_has_all_its_pages(noted):
    noted(5)
    pages = Pages(Entry.objects.order_by("sequence"), 2)
    assert (pages.count, pages.num_pages, pages.more) == (5, 3, False)
    assert [one.sequence for one in pages.get_page(3)] == [4]


def test_a_long_list_has_its_first_pages_and_says_so(noted, monkeypatch):
    noted(5)
    monkeypatch.setattr(paging, "MOST", 3)
    pages = Pages(Entry.objects.order_by("-sequence"), 2)
    assert (pages.count, pages.num_pages, pages.more) == (3, 2, True)
    assert [one.sequence for one in pages.get_page(99)] == [2]


def test_no_more_rows_are_counted_than_asked_for(noted):
    noted(5)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert counted(Entry.objects.order_by("sequence"), 2) == 3
    (query,) = asked.captured_queries
    assert "LIMIT 3" in query["sql"]
    assert "ORDER BY" not in query["sql"]
