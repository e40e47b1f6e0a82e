"""What all that leaves a fictional county says stands once, and a real county says nothing."""

from pathlib import Path

from django.utils import translation

from guotu.core.atlas.models import FICTION, County
from guotu.core.atlas.wording import mark_said

SOURCE = Path(__file__).parents[3] / "guotu"


def test_the_sentence_stands_once() -> None:
    kept = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if FICTION in path.read_text("utf-8")
    }
    assert kept == {"core/atlas/models.py"}


def test_it_is_said_in_the_reader_s_language_and_kept_in_chinese() -> None:
    county = County(code="430999", name="云溪县", epsg=4547, fictional=True)
    assert county.mark == FICTION
    with translation.override("zh-hans"):
        assert mark_said(county) == FICTION
    with translation.override("en"):
        assert mark_said(county).isascii()


def test_a_real_county_says_nothing() -> None:
    county = County(code="430626", name="平江县", epsg=4547)
    assert (county.mark, mark_said(county)) == ("", "")
