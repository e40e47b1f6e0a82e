"""A county is saved while it is written to, destroyed, and begun again: everything is as it was."""

import base64
import contextlib
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from trials import _stores
from trials.harness import PROJECT_ROOT, Figure, Scale

TITLE = "backup and restore"
FAULTS = {
    "flipped": "a byte of a kept file is flipped in the backup",
    "missing": "a file is missing in the backup",
    "table_left_out": "the dump leaves a table out",
    "keys_inside": "the keys lie in the backup",
    "keys_kept": "the file of keys is not overwritten after an erasure",
}
_GOAL = "表、行、文件全同，行为记录不断号，触发器齐全"
_ACTS = 300
_WRITERS = 3
_FEW = 20
_SHOWN = 5
_GONE, _NAME = "gone", "欧阳消逝"


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Drill on both stores."""
    for store in ["sqlite"] if scale.faulty else _stores.NAMES:
        what = f"{_stores.NAMES[store]}：写入不停时备份，毁掉，恢复"
        if why := _stores.absent(store):
            yield Figure(what, _GOAL, why, None)
            continue
        acts = scale.count(_ACTS, least=_FEW)
        with _stores.place(store) as county, _stores.place(store) as elsewhere:
            yield from _drilled(what, county, elsewhere, acts, fault)


def _drilled(
    what: str, county: _stores.Place, elsewhere: _stores.Place, acts: int, fault: str | None
) -> Iterator[Figure]:
    county.apart("trials.backup_drill:fill", acts=acts)
    saved, keys = county.folder / "saved", county.folder / "apart" / "keys.json"
    try:
        with _writers(county):
            made = county.apart(
                "trials.backup_drill:save", folder=str(saved), keys=str(keys), fault=fault
            )
        if "refused" in made:
            raise RuntimeError(made["refused"])
        _harm(Path(made["place"]), fault)
        truth = county.apart("trials.backup_drill:truth", head=made["head"])
        erased = county.apart("trials.backup_drill:erase", keys=str(keys), fault=fault)
        # Nothing of the county is left but the set and the file of keys.
        shutil.rmtree(county.environment["GUOTU_HOME"])
        _guotu(elsewhere, "restore", made["place"], "--keys", str(keys))
        again = elsewhere.apart("trials.backup_drill:truth", head=made["head"])
    except (subprocess.CalledProcessError, RuntimeError) as failed:
        said = getattr(failed, "stderr", None) or str(failed)
        yield Figure(what, _GOAL, f"没有做成：{said.strip()[-300:]}", False)
        return
    yield _equal(what, made, truth, again)
    yield _erasure(what, county, elsewhere, erased)


def _equal(what: str, made: dict[str, Any], truth: dict[str, Any], again: dict[str, Any]) -> Figure:
    different = [
        f"{part} {name}"
        for part in ("tables", "files", "state")
        for name in sorted(truth[part].keys() | again[part].keys())
        if truth[part].get(name) != again[part].get(name)
    ]
    rows = sum(int(one.split()[0]) for one in truth["tables"].values())
    got = (
        f"{len(truth['tables'])} 张表 {rows} 行，{len(truth['files'])} 个文件，"
        f"不同 {len(different)}；备份的 {made['seconds']:.1f} 秒里另有 {made['meanwhile']} 件写入"
    )
    if different:
        got += f"：{'、'.join(different[:_SHOWN])}"
    met = not different and made["meanwhile"] > 0 and truth["state"]["sound"] == "是"
    return Figure(what, _GOAL, got, met)


def _erasure(
    what: str, county: _stores.Place, elsewhere: _stores.Place, erased: dict[str, Any]
) -> Figure:
    """Look for what was erased after the backup: in the set, the keys and what was restored."""
    read = elsewhere.apart("trials.backup_drill:unsealed", person=erased["person"])
    wanted = [bytes.fromhex(erased["key"]), erased["name"].encode()]
    wanted += [base64.b64encode(wanted[0]), wanted[0].hex().encode()]
    places = [county.folder / "saved", county.folder / "apart", elsewhere.folder]
    found = sum(
        path.read_bytes().count(one)
        for place in places
        for path in place.rglob("*")
        if path.is_file()
        for one in wanted
    )
    told = "读不出" if read is None else f"读出 {read}"
    got = f"{told}；姓名或密钥在备份、密钥文件和恢复的县里出现 {found} 处"
    goal = "读不出，0 处"
    name = what.split("：")[0]
    return Figure(f"{name}：备份之后抹去的个人信息，从旧备份恢复", goal, got, not (read or found))


@contextlib.contextmanager
def _writers(county: _stores.Place) -> Iterator[None]:
    """Let several processes write until the block ends."""
    job = json.dumps({"work": "trials.backup_drill:write", "arguments": {}})
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    running = [county.start("trials._stores", job, **pipes) for _ in range(_WRITERS)]
    try:
        for one in running:
            assert one.stdout is not None
            one.stdout.readline()
        yield
    finally:
        for one in running:
            one.communicate()


def _guotu(county: _stores.Place, *arguments: str) -> None:
    command = [sys.executable, "-c", "from guotu.site.cli.main import main; main()", *arguments]
    subprocess.run(
        command,
        cwd=PROJECT_ROOT,
        env=county.environment,
        check=True,
        capture_output=True,
        text=True,
    )


def _harm(place: Path, fault: str | None) -> None:
    kept = min(path for path in (place / "files").rglob("*") if path.is_file())
    if fault == "flipped":
        data = bytearray(kept.read_bytes())
        data[len(data) // 2] ^= 1
        kept.write_bytes(data)
    if fault == "missing":
        kept.unlink()


def fill(acts: int) -> None:
    """Begin a county and let acts of chance fill every table and folder there is."""
    from trials import _kernel_acts, _marking

    _marking.begin()
    world = _kernel_acts.World()
    makers = dict(_kernel_acts.covered())
    from guotu.core.journal.actions import COUNTY, perform

    perform("people.open_account", COUNTY, username=_GONE, name=_NAME)
    # So few only while a fault is tried; else every act there is comes once.
    least = acts if acts <= _FEW else len(makers)
    order = [*makers, *world.chance.choices(list(makers), k=acts)]
    for verb in order[: max(acts, least)]:
        with contextlib.suppress(Exception):
            if given := makers[verb](world):
                perform(verb, given.actor, reason=given.reason, **given.arguments())


def write() -> int:
    """Perform acts, one after another, until standard input ends; return how many."""
    import threading

    from guotu.core.journal.actions import COUNTY, perform
    from trials import _marking

    assert _marking
    over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    done = 0
    while not over.is_set():
        perform("trial.mark", COUNTY, text=f"{done}")
        if not done:
            print("writing", flush=True)
        done += 1
    return done


def save(folder: str, keys: str, fault: str | None) -> dict[str, Any]:
    """Back up as the command does; return where to, up to which act, and what went on meanwhile."""
    from guotu.core.journal.models import Entry
    from guotu.lib.refusal import Refusal
    from guotu.site.backup import make

    before, began = Entry.objects.count(), time.perf_counter()
    try:
        with _planted(fault):
            made = make(Path(folder), keys_file=Path(keys))
    except Refusal as refusal:
        return {"refused": str(refusal)}
    meanwhile = made.sequence - before
    seconds = time.perf_counter() - began
    told = {"place": str(made.place), "head": made.head, "meanwhile": meanwhile}
    return {**told, "seconds": seconds}


@contextlib.contextmanager
def _planted(fault: str | None) -> Iterator[None]:
    """Change the product in this process alone, as a careless hand would."""
    from django.conf import settings

    from guotu.core.files.store import hash_of
    from guotu.site.backup import carried, keys, sqlite

    if fault == "table_left_out":
        whole = sqlite._take_off

        def more(found: Any, tables: Any) -> None:
            whole(found, [*tables, "atlas_layer"])

        with mock.patch.object(sqlite, "_take_off", more):
            yield
    elif fault == "keys_inside":
        sound = carried.copy

        def along(home: Path, target: Path, *rest: Any) -> Any:
            listed, linked = sound(home, target, *rest)
            shutil.copy(settings.GUOTU_HOME / "secret.key", target / "note")
            state = {"size": (target / "note").stat().st_size, "changed_ns": 0}
            return listed | {"note": {"sha256": hash_of(target / "note"), **state}}, linked

        with mock.patch.object(carried, "copy", along), mock.patch.object(keys, "left_out", list):
            yield
    else:
        yield


def truth(head: int) -> dict[str, Any]:
    """Return digests of every table up to an act, hashes of files, and whether all is sound."""
    from guotu.core.journal.guarding import missing
    from guotu.core.journal.models import Entry
    from guotu.site.backup import keys
    from trials import _digests

    apart = {*keys.left_out(), "sqlite_sequence"}
    tables = {name: one for name, one in _digests.tables(up_to=head).items() if name not in apart}
    numbers = list(Entry.objects.order_by("sequence").values_list("sequence", flat=True))
    sound = not missing() and numbers == list(range(len(numbers)))
    return {
        "tables": tables,
        "files": _digests.files(),
        "state": {"sound": "是" if sound else "否"},
    }


def erase(keys: str, fault: str | None) -> dict[str, Any]:
    """Erase somebody after the backup, and write the keys anew as the next backup does."""
    from guotu.core.journal.actions import COUNTY, perform
    from guotu.core.journal.models import SubjectKey
    from guotu.core.people.models import Person
    from guotu.site.backup import keys as keys_of

    person = Person.objects.get(username=_GONE)
    key = bytes(SubjectKey.objects.get(subject=person.subject).key or b"").hex()
    perform("people.deactivate", COUNTY, person_id=person.pk)
    perform("people.erase", COUNTY, person_id=person.pk)
    if fault != "keys_kept":
        keys_of.write(Path(keys))
    return {"person": person.pk, "key": key, "name": _NAME}


def unsealed(person: int) -> str | None:
    """Return the name of somebody, as far as it can still be read."""
    from guotu.core.people import personal
    from guotu.core.people.models import Person

    return personal.whole(Person.objects.get(pk=person), "name") or None
