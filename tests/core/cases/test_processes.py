"""Versions of a process, put into use and retired; cases taken over, and back to the byte."""

import json

import pytest
from click.testing import CliRunner
from django.db import DatabaseError, transaction

from guotu.core.cases import engine
from guotu.core.cases.actions.migrating import migrate_all, take_back_all
from guotu.core.cases.models import Case, Clock, Migration, Process, Standing, Step
from guotu.core.cases.queries import migrations
from guotu.core.journal.actions import COUNTY, perform, preview
from guotu.core.journal.models import Entry
from guotu.lib.refusal import Refusal
from guotu.site.cli import process_deploy
from tests.core.cases.engine.drawn import drawing, flows, nodes, timer
from tests.core.cases.handling import SHIPPED, bureau

pytestmark = pytest.mark.django_db
ENDS = nodes("startEvent", "s") + nodes("endEvent", "e")
CASE = '<extensionElements><guotu:case title="小事" kind="small"/></extensionElements>'


def person(name, tag="support"):
    """Return a step that falls to the window."""
    own = f'<guotu:step role="window" tag="{tag}"/>'
    inner = f"<extensionElements>{own}</extensionElements>"
    return f'<userTask id="{name}" name="{name}">{inner}</userTask>'


TIMED = timer("t", on="a", interrupting=False, duration="P3D") + person("late")
ONE = CASE + ENDS + person("a") + person("b") + TIMED
ONE += flows("s > a > b > e", "t > late > e")
TWO = CASE + ENDS + person("a") + person("b") + person("c") + flows("s > a > c > b > e")
THREE = CASE + ENDS + person("b") + flows("s > b > e")


def deployed(body, **told):
    """Put a process into use."""
    files = {"small.bpmn": drawing(body, "small")}
    return perform("cases.deploy_process", COUNTY, files=files, **told)


@pytest.fixture
def county():
    return bureau()


def opened(county, number=1):
    """Open cases of the small process."""
    cases = [county.opened(process="small", title=f"第{one + 1}件") for one in range(number)]
    return cases if number > 1 else cases[0]


def state(case):
    """Return all that stands of a case: version, tokens, data, steps and timers."""
    standing = Standing.objects.get(case=case)
    steps = Step.objects.filter(case=case).values_list("token", "state", "name").order_by("pk")
    clocks = Clock.objects.filter(case=case).order_by("pk")
    return (
        standing.process_id,
        Case.objects.get(pk=case.pk).process_id,
        bytes(standing.tokens),
        standing.data,
        list(steps),
        list(clocks.values_list("token", "state", "started_at", "due_at", "next_at")),
    )


def test_a_process_is_put_into_use_and_the_same_again_is_there_already(county):
    done = deployed(ONE)
    version = done.answer
    assert (version.key, version.title, version.retired_sequence) == ("small", "小事", None)
    assert version.declared["steps"]["a"]["role"] == "window"
    assert Entry.objects.get(pk=done.sequence).subject == "process:small"
    again = deployed(ONE)
    assert (again.answer.pk, again.outcome["already_there"]) == (version.pk, True)
    assert Process.objects.filter(key="small").count() == 1


def test_a_new_version_retires_the_one_before_and_an_old_one_may_come_back(county):
    first = deployed(ONE).answer
    case = opened(county)
    second = deployed(TWO)
    first.refresh_from_db()
    assert first.retired_sequence == second.sequence
    assert Standing.objects.get(case=case).process_id == first.pk
    assert Standing.objects.get(case=opened(county)).process_id == second.answer.pk
    county.walk(case, "a", "b")
    assert Case.objects.get(pk=case.pk).state == "done"
    assert deployed(ONE).answer.pk == first.pk
    assert Process.objects.filter(key="small", retired_sequence__isnull=True).get().pk == first.pk


def test_the_shipped_processes_deploy_with_what_they_call(county):
    Process.objects.filter(key="general")
    done = perform("cases.deploy_process", COUNTY, files=SHIPPED)
    assert done.answer.key == "general"
    assert "ask/sign" in done.answer.declared["steps"]
    assert migrations.problems(done.answer) == []


def test_what_cannot_run_is_refused_and_nothing_is_left(county):
    bad = CASE + ENDS + nodes("scriptTask", "a") + flows("s > a > e")
    with pytest.raises(Refusal, match="脚本任务"):
        deployed(bad)
    calls = CASE + ENDS + '<callActivity id="k" calledElement="q"/>' + flows("s > k > e")
    with pytest.raises(Refusal, match="找不到"):
        deployed(calls)
    for files in ({}, {"x": b"no"}, {"a": drawing(ONE, "a"), "b": drawing(ONE, "b")}):
        with pytest.raises(Refusal):
            perform("cases.deploy_process", COUNTY, files=files)
    files = {"a": drawing(ONE, "a"), "b": drawing(TWO, "a")}
    with pytest.raises(Refusal, match="同一个流程"):
        perform("cases.deploy_process", COUNTY, files=files)
    assert not Process.objects.exclude(key="general").exists()


def test_a_file_in_another_encoding_is_kept_as_text(county):
    text = drawing(ONE, "small").decode().replace("UTF-8", "gb18030").encode("gb18030")
    version = perform("cases.deploy_process", COUNTY, files={"a.bpmn": text}).answer
    assert version.title == "小事"
    assert "gb18030" not in version.files["a.bpmn"]
    assert migrations.problems(version) == []


def test_a_retired_process_takes_no_new_case_and_lets_the_old_go_on(county):
    deployed(ONE)
    case = opened(county)
    perform("cases.retire_process", COUNTY, process="small")
    with pytest.raises(Refusal, match="没有这个流程"):
        opened(county)
    county.walk(case, "a", "b")
    with pytest.raises(Refusal, match="没有在用"):
        perform("cases.retire_process", COUNTY, process="small")


def test_a_case_is_taken_over_and_goes_the_new_way(county):
    deployed(ONE)
    case = opened(county)
    step = county.step(case, "a").pk
    deployed(TWO)
    done = perform("cases.migrate", COUNTY, case=case.pk)
    assert done.outcome["gone"] == ["t"]
    assert (done.outcome["came"], done.outcome["waits"]) == ([], ["a"])
    assert county.step(case, "a").pk == step
    county.walk(case, "a", "c", "b")
    assert Case.objects.get(pk=case.pk).state == "done"
    with pytest.raises(Refusal, match="已经办结"):
        perform("cases.migrate", COUNTY, case=case.pk)


def test_a_case_is_taken_back_to_the_byte_and_its_timer_runs_on(county):
    deployed(ONE)
    case = opened(county)
    before = state(case)
    deployed(TWO)
    perform("cases.migrate", COUNTY, case=case.pk)
    assert state(case) != before
    perform("cases.take_back_migration", COUNTY, case=case.pk)
    assert state(case) == before
    with pytest.raises(Refusal, match="没有可取回"):
        perform("cases.take_back_migration", COUNTY, case=case.pk)
    perform("cases.migrate", COUNTY, case=case.pk)
    perform("cases.take_back_migration", COUNTY, case=case.pk)
    assert state(case) == before
    county.walk(case, "a", "b")


def test_a_timer_of_the_new_version_begins_and_is_taken_back(county):
    deployed(TWO)
    case = opened(county)
    before = state(case)[:5]
    deployed(ONE)
    assert perform("cases.migrate", COUNTY, case=case.pk).outcome["came"] == ["t"]
    assert Clock.objects.get(case=case, kind="timer").state == "running"
    assert perform("cases.take_back_migration", COUNTY, case=case.pk).outcome["gone"] == ["t"]
    assert state(case)[:5] == before
    assert Clock.objects.get(case=case, kind="timer").state != "running"


def test_a_case_taken_over_twice_is_taken_back_twice(county):
    deployed(ONE)
    case = opened(county)
    first = state(case)
    deployed(TWO)
    perform("cases.migrate", COUNTY, case=case.pk)
    second = state(case)
    deployed(CASE + ENDS + person("a") + TIMED + flows("s > a > e", "t > late > e"))
    assert perform("cases.migrate", COUNTY, case=case.pk).outcome["came"] == ["t"]
    perform("cases.take_back_migration", COUNTY, case=case.pk)
    assert state(case)[:5] == second[:5]
    perform("cases.take_back_migration", COUNTY, case=case.pk)
    assert state(case)[:5] == first[:5]
    county.walk(case, "a", "b")


def test_a_case_that_went_on_is_not_taken_back(county):
    deployed(ONE)
    case = opened(county)
    deployed(TWO)
    perform("cases.migrate", COUNTY, case=case.pk)
    county.walk(case, "a")
    with pytest.raises(Refusal, match="又办过"):
        perform("cases.take_back_migration", COUNTY, case=case.pk)


def test_each_case_of_a_batch_stands_for_itself(county):
    deployed(ONE)
    cases = opened(county, 4)
    county.walk(cases[2], "a")
    deployed(THREE)
    before = [state(case) for case in cases]
    entries = Entry.objects.count()
    told = migrate_all(COUNTY, "small", dry_run=True)
    assert [row["moves"] for row in told] == [False, False, True, False]
    assert (told[0]["refusal"]["where"], told[0]["number"]) == ("a", cases[0].number)
    assert ([state(case) for case in cases], Entry.objects.count()) == (before, entries)
    assert [row["moves"] for row in migrate_all(COUNTY, "small")] == [row["moves"] for row in told]
    assert [state(case) == was for case, was in zip(cases, before, strict=True)] == [
        True,
        True,
        False,
        True,
    ]
    assert Entry.objects.count() == entries + 1
    assert [row["moves"] for row in take_back_all(COUNTY, "small")] == [True]
    assert [state(case) for case in cases] == before


def test_a_migration_is_not_rewritten(county):
    deployed(ONE)
    case = opened(county)
    deployed(TWO)
    perform("cases.migrate", COUNTY, case=case.pk)
    for change in ({"tokens_before": b"x"}, {"data_before": {"x": 1}}, {"tokens_after": "x"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Migration.objects.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        Migration.objects.all().delete()


def test_a_step_taken_before_a_migration_is_not_recalled(county):
    deployed(ONE)
    case = opened(county)
    county.walk(case, "a")
    done = Step.objects.get(case=case, element="a")
    deployed(TWO)
    perform("cases.migrate", COUNTY, case=case.pk)
    who = county.name(done.person_id)
    with pytest.raises(Refusal):
        county.act(who, "cases.recall", step=done.pk)


def test_the_list_counts_cases_on_each_version(county, django_assert_num_queries):
    deployed(ONE)
    opened(county, 2)
    deployed(TWO)
    opened(county)
    with django_assert_num_queries(2):
        rows = [row for row in migrations.listing() if row["key"] == "small"]
    assert [(row["in_use"], row["cases"]) for row in rows] == [(True, 1), (False, 2)]


def test_powers_are_asked_for(county):
    files = {"small.bpmn": drawing(ONE, "small")}
    for verb, told in (
        ("cases.deploy_process", {"files": files}),
        ("cases.retire_process", {"process": "general"}),
        ("cases.migrate", {"case": 1}),
        ("cases.take_back_migration", {"case": 1}),
    ):
        with pytest.raises(Refusal, match="没有办理此事的权限"):
            perform(verb, county.actor("wang"), **told)
    with pytest.raises(Refusal, match="没有这个办件"):
        preview("cases.migrate", COUNTY, case=999)


def _run(command, *arguments):
    done = CliRunner().invoke(command, [*map(str, arguments)], standalone_mode=False)
    if done.exception:
        raise done.exception
    return done.return_value, done.output


def test_the_commands(county, tmp_path, monkeypatch):
    monkeypatch.setattr(process_deploy, "ready", lambda: None)
    file = tmp_path / "small.bpmn"
    file.write_bytes(drawing(ONE, "small"))
    assert "已部署" in _run(process_deploy.deploy, file)[1]
    assert "已在用" in _run(process_deploy.deploy, file)[1]
    assert json.loads(_run(process_deploy.deploy, file, "--json")[1])["already_there"] is True
    case = opened(county)
    deployed(TWO)
    assert "small" in _run(process_deploy.listing)[1]
    rows = json.loads(_run(process_deploy.listing, "--json")[1])
    assert [row["cases"] for row in rows if row["key"] == "small"] == [0, 1]
    status, said = _run(process_deploy.migrate, "small", "--dry-run")
    assert (status, "可转到现行版本 1 件" in said, "不再等 t" in said) == (0, True, True)
    assert Standing.objects.get(case=case).process.retired_sequence is not None
    told = json.loads(_run(process_deploy.migrate, "small", "--json")[1])
    assert [row["moves"] for row in told] == [True]
    assert "已取回 1 件" in _run(process_deploy.migrate, "small", "--take-back")[1]
    deployed(THREE)
    status, said = _run(process_deploy.migrate, "small")
    assert (status, "留在原版本" in said) == (1, True)


def test_what_is_kept_of_a_case_is_what_the_engine_gave(county):
    version = deployed(ONE).answer
    standing = Standing.objects.get(case=opened(county))
    stood = engine.standing(bytes(version.program), bytes(standing.tokens))
    assert stood.tokens == bytes(standing.tokens)
    assert {one.element for one in stood.waiting} == {"a", "t"}
