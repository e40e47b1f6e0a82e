"""The look inside is taken by a confined child; whatever it does, this process lives on."""

import dataclasses
import io

import pikepdf
import pytest

from guotu.core.files.checking import child, taken_in, upload
from guotu.core.files.checking.limits import child_limits
from guotu.lib.geo.guard import Limits
from guotu.lib.refusal import Refusal
from tests.core.files.conftest import good_docx, good_image, good_pdf, zipped


@pytest.mark.parametrize(
    ("name", "content", "facts"),
    [
        ("a.pdf", good_pdf(2), {"pages": 2}),
        ("a.png", good_image(), {"pixels": 2400}),
        ("a.docx", good_docx(), {}),
        ("a.zip", zipped({"a.pdf": good_pdf()}), {"entries": 1}),
    ],
)
def test_a_child_finds_the_same(name, content, facts):
    with taken_in(name, data=content) as passed:
        assert facts.items() <= passed.facts.items()


def test_a_refusal_comes_home_whole():
    paper = pikepdf.open(io.BytesIO(good_pdf()))
    paper.Root.Names = pikepdf.Dictionary(JavaScript=pikepdf.Dictionary())
    out = io.BytesIO()
    paper.save(out)
    with pytest.raises(Refusal) as refused, taken_in("a.pdf", data=out.getvalue()):
        pass
    assert refused.value.what == "PDF 带有JavaScript 脚本"
    assert refused.value.where == "a.pdf"
    assert "不收" in refused.value.rule
    assert "打印为 PDF" in refused.value.remedy


@pytest.mark.parametrize(
    ("limits", "what"),
    [
        ({"memory_bytes": 30_000_000}, "内存过多|程序中断|打不开|损坏"),
        ({"wall_seconds": 0.0}, "用时过长"),
    ],
)
def test_a_child_that_takes_too_much_is_stopped(monkeypatch, limits, what):
    less = dataclasses.replace(child_limits(), **limits)
    monkeypatch.setattr(upload, "child_limits", lambda: less)
    large = good_image(size=(9000, 9000))
    with pytest.raises(Refusal, match=what) as refused, taken_in("a.png", data=large):
        pass
    assert "GIS" not in refused.value.remedy


def test_a_job_answers_with_facts_alone(tmp_path):
    path = tmp_path / "a.pdf"
    path.write_bytes(good_pdf())
    job = {"kind": "pdf", "filename": "a.pdf"}
    found = child.look_job(path, Limits.site(), tmp_path, job)
    assert ([note.change for note in found.notes], found.read) == (["pages", "objects"], 0)
    with pytest.raises(Refusal, match="打不开"):
        child.look_job(tmp_path / "gone", Limits.site(), tmp_path, job)
    path.write_bytes(b"x")
    with pytest.raises(Refusal, match="文件头"):
        child.look_job(path, Limits.site(), tmp_path, job)
