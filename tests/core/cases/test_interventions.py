"""The register of who asked for a favour: sealed, answered, kept, read by nothing that decides."""

import ast
from pathlib import Path

import pytest
from django.db import DatabaseError, transaction

from guotu.core import cases
from guotu.core.cases.models import Intervention, Notice, Reply
from guotu.lib.refusal import Refusal
from tests.core.cases.handling import bureau

FOLDER = Path(cases.__file__).parent
DECIDES = [
    *sorted((FOLDER / "rules").glob("*.py")),
    *sorted((FOLDER / "engine").glob("*.py")),
    *(
        FOLDER / "actions" / f"{name}.py"
        for name in ("steps", "opening", "assigning", "moving", "passing", "holding", "closing")
    ),
    *(FOLDER / "queries" / f"{name}.py" for name in ("assigning", "hands", "drawn", "cases")),
]


@pytest.fixture
def county(db):
    return bureau()


def recorded(county, case, **more):
    told = {"asker": "某镇书记李某", "said": "能不能快一点批", "manner": "电话", **more}
    return county.act("chen", "cases.record_intervention", case=case.pk, **told)


def looked_at(county, case):
    supervises = ["cases.read", "cases.handle", "cases.supervise", "cases.read_interventions"]
    county.do("people.change_post", post_id=county.posts["supervisor"], powers=supervises)
    return county.act("jian", "cases.look_at_interventions", "例行核查", case=case.pk)


def test_it_is_sealed_and_read_only_by_an_act_on_record(county):
    case = county.opened()
    made = recorded(county, case)
    assert "李某".encode() not in bytes(made.sealed_asker)
    with pytest.raises(Refusal, match="没有办理此事的权限"):
        county.act("jian", "cases.look_at_interventions", case=case.pk)
    row = looked_at(county, case)[0]
    assert (row["asker"], row["said"]) == ("某镇书记李某", "能不能快一点批")


def test_it_is_not_removed_and_not_changed(county):
    made = recorded(county, county.opened())
    for change in (made.delete, lambda: Intervention.objects.update(manner="改")):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert Intervention.objects.get().manner == "电话"


def test_whom_it_names_may_reply_and_others_may_not(county):
    case = county.opened()
    made = recorded(county, case, person=county.persons["lin"])
    assert Notice.objects.get(person_id=county.persons["lin"]).case_id is None
    with pytest.raises(Refusal, match="没有涉及您"):
        county.act("wei", "cases.reply_intervention", intervention=made.pk, text="不是我")
    county.act("lin", "cases.reply_intervention", intervention=made.pk, text="只是问进度")
    assert looked_at(county, case)[0]["replies"][0]["text"] == "只是问进度"
    reply = Reply.objects.get()
    with pytest.raises(DatabaseError), transaction.atomic():
        reply.delete()


def test_a_case_that_one_may_not_see_is_not_written_about(county):
    post = county.do(
        "people.open_post", code="far", name="远镇所", powers=["cases.handle"], areas=["430626105"]
    )
    county.open_person("yuan")
    county.do("people.appoint", person_id=county.persons["yuan"], post_id=post.pk)
    case = county.opened(division="430626101")
    told = {"asker": "某", "said": "某事", "manner": "面谈"}
    with pytest.raises(Refusal, match="没有这个办件"):
        county.act("yuan", "cases.record_intervention", case=case.pk, **told)


@pytest.mark.parametrize("path", DECIDES, ids=lambda path: path.name)
def test_nothing_that_decides_reads_the_register(path):
    names = {
        name
        for node in ast.walk(ast.parse(path.read_text()))
        for name in (
            getattr(node, "id", ""),
            getattr(node, "attr", ""),
            getattr(node, "module", "") or "",
            *(one.name for one in getattr(node, "names", ()) if isinstance(one, ast.alias)),
        )
    }
    assert not {one for one in names if "ntervention" in one or one == "Reply"}
    assert "interventions" not in path.read_text()
