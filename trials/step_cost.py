"""What a step costs, for case number 1 and for case number 100,000, beside one bare UPDATE."""

import contextlib
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

from trials import _small_office as office
from trials import _stores
from trials.harness import Figure, Scale

TITLE = "what a step costs"
TIMED = True
FAULTS = {
    "history": "completed tasks are kept with the tokens",
    "not_cached": "the process is read anew for each step",
    "futures": "the library draws every possible future into the state",
}
STEPS, TIMERS, _BLOCKS = 30, 5, 8
_CASES, _WALKED, _ROUNDS = 100_000, 10, 1_000
_MOST_SECONDS, _ENGINE_SECONDS, _MOST_BYTES = 0.020, 0.005, 64 * 1024
_MOST_GROWTH, _MOST_STATEMENTS = 1.5, 60


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Yield size of the state, cost of a step, and how it grows, for both stores."""
    told = {
        "cases": 500 if scale.faulty else scale.count(_CASES),
        "walked": 2 if scale.faulty else scale.count(_WALKED, least=4),
        "rounds": 60 if scale.faulty else scale.count(_ROUNDS, least=200),
        "fault": fault,
    }
    for store in ["sqlite"] if scale.faulty else _stores.NAMES:
        name = _stores.NAMES[store]
        if why := _stores.absent(store):
            yield Figure(f"{name}：一步的代价", "≤ 20 ms", why, None)
            continue
        with _stores.place(store) as place:
            got = place.apart("trials.step_cost:work", **told)
        yield from _sizes(got, told) if store == "sqlite" else ()
        yield from _costs(name, got, told)


def _sizes(got: dict[str, Any], told: dict[str, Any]) -> Iterator[Figure]:
    largest = got["largest"]
    yield Figure(
        f"{STEPS} 个用户任务、{TIMERS} 个定时（相继、同时），循环 {told['rounds']} 轮：状态最大",
        "< 64 KB",
        f"{largest / 1024:.1f} KB",
        largest < _MOST_BYTES,
    )
    second, last = got["rounds"]
    yield Figure(
        f"循环第 {told['rounds']} 轮的状态比第 2 轮",
        "≤ 1.1 倍",
        f"{last / second:.2f} 倍（{second} B，{last} B）",
        last <= 1.1 * second,
    )

    one, many = got["blocks"]
    yield Figure(
        f"{_BLOCKS} 个并行块相继的状态比 1 个并行块",
        "≤ 1.5 倍",
        f"{many / one:.2f} 倍（{one} B，{many} B）",
        many <= 1.5 * one,
    )


def _costs(name: str, got: dict[str, Any], told: dict[str, Any]) -> Iterator[Figure]:
    engine = [*got["first"]["engine"], *got["last"]["engine"]]
    yield Figure(
        f"{name}：引擎走一步（解开、办理、打包）的处理器时间，各步相继、各步同时在等，p95",
        f"≤ {_ENGINE_SECONDS * 1000:g} ms",
        f"{_told(engine)}；{_told(got['wide'])}",
        max(_p95(engine), _p95(got["wide"])) <= _ENGINE_SECONDS,
    )
    counts = {"first": 1, "last": told["cases"]}
    for when, count in counts.items():
        times = got[when]
        yield Figure(
            f"{name}：第 {count:,} 件，读出、办理、存回，p95",
            "≤ 20 ms",
            f"{_told(times['kept'])}，处理器 {_told(times['kept_cpu'])}"
            f"（只改一行 {_told(times['bare'])}）",
            _p95(times["kept"]) <= _MOST_SECONDS,
        )
        ratio = statistics.median(times["act"]) / statistics.median(times["kept"])
        yield Figure(
            f"{name}：第 {count:,} 件，整个 cases.complete（另有经手、期限、分派、记录）",
            "供比较",
            f"{_told(times['act'])}，处理器 {_told(times['cpu'])}，为读出办理存回的 {ratio:.1f} 倍",
            None,
        )
    first, last = (max(got[when]["statements"]) for when in counts)
    yield Figure(
        f"{name}：整个 cases.complete 的语句数，第 1 件与第 {told['cases']:,} 件",
        f"相同，≤ {_MOST_STATEMENTS}",
        f"{first}，{last}",
        first == last <= _MOST_STATEMENTS,
    )
    for kind, what in (("kept", "读出、办理、存回"), ("act", "整个 cases.complete")):
        growth = statistics.median(got["last"][kind]) / statistics.median(got["first"][kind])
        bare = statistics.median(got["last"]["bare"]) / statistics.median(got["first"]["bare"])
        yield Figure(
            f"{name}：{what}，第 {told['cases']:,} 件比第 1 件",
            f"≤ {_MOST_GROWTH:g} 倍",
            f"{growth:.2f} 倍（只改一行 {bare:.2f} 倍）",
            growth <= _MOST_GROWTH * max(1.0, bare),
        )


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


def _told(times: list[float]) -> str:
    return f"p95 {_p95(times) * 1000:.1f} ms、中位 {statistics.median(times) * 1000:.1f} ms"


def work(cases: int, walked: int, rounds: int, fault: str | None) -> dict[str, Any]:
    """Measure in a county of one's own: sizes, then times with one case and with many."""
    processes = (office.in_a_row(STEPS, TIMERS), office.at_once(STEPS, TIMERS), office.in_a_loop())
    actor = office.opened(*processes)
    with _planted(fault):
        sizes = _sizes_of(rounds)
        first = _measured(actor, walked)
        _fill(cases)
        last = _measured(actor, walked)
    return {**sizes, "first": first, "last": last}


def _sizes_of(rounds: int) -> dict[str, Any]:
    """Return the largest state of each process on its way, and of two rounds of the loop."""
    from guotu.core.cases import engine
    from guotu.core.cases.models import Process

    sizes: list[int] = []
    seconds: dict[str, list[float]] = defaultdict(list)
    for process in Process.objects.exclude(key="loop"):
        program = bytes(process.program)
        moved = engine.begin(program, {"again": False})
        while not moved.ended:
            sizes.append(len(moved.tokens))
            step = next(one for one in moved.waiting if one.kind == "user")
            began = time.process_time()
            moved = engine.complete(program, moved.tokens, step.token, {})
            seconds[process.key].append(time.process_time() - began)
    program = bytes(Process.objects.get(key="loop").program)
    moved = engine.begin(program, {"again": True})
    turns = []
    for _ in range(rounds):
        for name in ("u0", "u1"):
            step = next(one for one in moved.waiting if one.element == name)
            moved = engine.complete(program, moved.tokens, step.token, {"again": True})
        turns.append(len(moved.tokens))
    begun = [
        engine.begin(engine.compile_process(_files(office.blocks(number)), "blocks"), {})
        for number in (1, _BLOCKS)
    ]
    sized = {
        "blocks": [len(one.tokens) for one in begun],
        "largest": max([*sizes, *turns]),
        "rounds": (turns[1], turns[-1]),
    }
    return {**sized, "wide": seconds["wide"]}


def _files(told: dict[str, str]) -> dict[str, bytes]:
    return {name: text.encode() for name, text in told.items()}


def _measured(actor: Any, walked: int) -> dict[str, list[float]]:
    """Walk cases to their ends; return the seconds of each step, by what was done."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from guotu.core.cases.models import Standing, Step
    from guotu.core.journal.actions import perform

    kinds = ("act", "cpu", "kept", "kept_cpu", "engine", "bare", "statements")
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    told = {"process": "row", "title": "试验"}
    for _ in range(walked):
        case = perform("cases.open", actor, **told).answer.pk
        token = Step.objects.get(case=case, state="waiting").token
        for _ in range(STEPS):
            # One after the other within a step's time: what else the machine does weighs alike.
            _time(times["bare"], Standing.objects.get(case=case), run=_bare_update)
            began = time.process_time()
            token = _time(times["kept"], case, token, times["engine"], run=_one_step)
            times["kept_cpu"].append(time.process_time() - began)
    for number in range(walked):
        case = perform("cases.open", actor, **told).answer.pk
        for _ in range(STEPS):
            step = Step.objects.get(case=case, state="waiting").pk
            began = time.process_time()
            if number:
                _time(times["act"], "cases.complete", actor, step=step, run=perform)
                times["cpu"].append(time.process_time() - began)
                continue
            with CaptureQueriesContext(connection) as caught:
                perform("cases.complete", actor, step=step)
            times["statements"].append(len(caught))
    return times


def _time(times: list[float], *told: Any, run: Callable[..., Any], **named: Any) -> Any:
    began = time.perf_counter()
    answer = run(*told, **named)
    times.append(time.perf_counter() - began)
    return answer


def _one_step(case: int, token: str, seconds: list[float]) -> str:
    """Load a case, complete its step, save it; return the token of the next step."""
    from guotu.core.cases import engine
    from guotu.core.cases.models import Standing
    from guotu.core.journal.lock import one_writer

    with one_writer():
        found = Standing.objects.filter(case_id=case)
        tokens, revision, program = found.values_list("tokens", "revision", "process__program")[0]
        began = time.process_time()
        moved = engine.complete(bytes(program), bytes(tokens), token, {})
        seconds.append(time.process_time() - began)
        saved = {"tokens": moved.tokens, "data": moved.data, "revision": revision + 1}
        found.filter(revision=revision).update(**saved)
    return next((one.token for one in moved.waiting if one.kind == "user"), "")


def _bare_update(row: Any) -> None:
    from guotu.core.cases.models import Standing
    from guotu.core.journal.lock import one_writer

    with one_writer():
        Standing.objects.filter(pk=row.pk).update(tokens=bytes(row.tokens), data=row.data)


def _fill(cases: int) -> None:
    """Put cases into the store, copies of one, until there are so many; one in ten under way."""
    from django.db import connection

    from guotu.core.cases.models import Case, Clock, Hand, Standing, Step

    base = 10 * Case.objects.count() + 1_000
    one = Case.objects.order_by("pk").first()
    assert one is not None
    live = "CASE WHEN n.i / 10 * 10 = n.i THEN {} ELSE {} END"
    state = live.format("'waiting'", "'done'")
    new = f"{base} + n.i"
    nobody = {"person_id": "NULL", "post_id": "NULL"}
    open_or_done = {"number": "'f' || n.i", "state": live.format("'open'", "'done'")}
    tables: list[tuple[Any, dict[str, str]]] = [
        (Case, {"id": new, **open_or_done}),
        (Standing, {"case_id": new}),
        (Step, {"id": new, "case_id": new, "state": state, **nobody}),
        (Clock, {"case_id": new, "step_id": new, "state": live.format("'running'", "'met'")}),
        (Hand, {"case_id": new, "matter_id": new, "step_id": new}),
    ]
    with connection.cursor() as cursor:
        for model, changes in tables:
            told = {"case_id": one.pk} if model is not Case else {"pk": one.pk}
            source = model.objects.filter(**told).order_by("pk").values_list("pk", flat=True)[0]
            _copy(cursor, model, source, cases, changes)
        if connection.vendor == "postgresql":
            for model, _changes in tables:
                table = model._meta.db_table
                newest = f"(SELECT max(id) FROM {table})"
                cursor.execute(f"SELECT setval('{table}_id_seq', {newest})")
        cursor.execute("ANALYZE")


def _copy(cursor: Any, model: Any, source: int, number: int, changes: dict[str, str]) -> None:
    columns = [
        field.column for field in model._meta.concrete_fields
        if field.column != "id" or "id" in changes
    ]  # fmt: skip
    table = model._meta.db_table
    names = ", ".join(f'"{column}"' for column in columns)
    values = ", ".join(changes.get(column, f't."{column}"') for column in columns)
    counted = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %s) "
    taken = f"SELECT {values} FROM {table} t CROSS JOIN n WHERE t.id = %s"
    cursor.execute(f"{counted} INSERT INTO {table} ({names}) {taken}", [number, source])


@contextlib.contextmanager
def _planted(fault: str | None) -> Iterator[None]:
    from guotu.core.cases.engine import compiling, keeping, moving

    with contextlib.ExitStack() as stack:
        if fault == "history":
            all_of_it = mock.patch.object(
                keeping, "_kept_record", lambda task, above: keeping._record_of(task)
            )
            stack.enter_context(all_of_it)
        if fault == "not_cached":
            anew = compiling.loaded.__wrapped__
            stack.enter_context(mock.patch.object(moving, "loaded", anew))
        if fault == "futures":
            stack.enter_context(_all_futures(compiling))
        yield


@contextlib.contextmanager
def _all_futures(compiling: Any) -> Iterator[None]:
    """Let the library predict as it does by itself, and keep what it predicts."""
    from SpiffWorkflow.task import TaskState

    from guotu.core.cases.engine import keeping

    real = compiling._make_ours

    def without(spec: Any) -> None:
        real(spec)
        for one in spec.task_specs.values():
            del one.__dict__["_predict"]

    compiling.loaded.cache_clear()
    any_state = TaskState.NOT_FINISHED_MASK
    with (
        mock.patch.object(compiling, "_make_ours", without),
        mock.patch.object(keeping, "_HELD", any_state),
    ):
        yield
    compiling.loaded.cache_clear()
