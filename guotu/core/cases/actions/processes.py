"""Putting a written process into use: checked, compiled, named by the hash of its drawings."""

import hashlib
import json
from collections.abc import Mapping

from guotu.core.cases import engine, limits
from guotu.core.cases.models import Process
from guotu.core.cases.shipped import shipped
from guotu.core.journal.actions import (
    Act,
    Actor,
    Performed,
    action,
    callable_by_process,
    perform,
)
from guotu.lib import flow
from guotu.lib.flow import Declared, Drawing
from guotu.lib.refusal import Refusal

_LONGEST_KEY, _LONGEST_TITLE = 64, 128


@action("cases.deploy_process", power="cases.deploy")
def deploy_process(act: Act, *, files: Mapping[str, str | bytes]) -> Process:
    """Put a process into use, and return its version; new cases follow it from now on.

    `files` are drawings by name: the process itself and whatever it calls. The version in use
    before is retired; cases under way stay on theirs. The version that is in use already is
    answered as it is. Raises Refusal where a drawing cannot run, with elements and lines.
    """
    texts = {name: _bytes(text) for name, text in files.items()}
    declared = _checked(texts)
    digest = digest_of(texts)
    act.subject = f"process:{declared.id}"
    known = Process.objects.filter(key=declared.id, digest=digest).first()
    there = known is not None and known.retired_sequence is None
    version = known or _made(act, declared, digest, texts)
    if not there:
        current = Process.objects.filter(key=version.key, retired_sequence__isnull=True)
        current.update(retired_sequence=act.sequence)
        version.retired_sequence = None
        version.save(update_fields=["retired_sequence"] if known else None)
    act.outcome = {
        "process": version.pk,
        "key": version.key,
        "digest": digest,
        "already_there": there,
    }
    return version


@action("cases.retire_process", power="cases.deploy")
def retire_process(act: Act, *, process: str) -> Process:
    """Take a process out of use: no new case follows it, and those under way go on as they are."""
    version = Process.objects.filter(key=process, retired_sequence__isnull=True).first()
    if version is None:
        raise Refusal("没有在用的这个流程", where=process, remedy="刷新后再看")
    version.retired_sequence = act.sequence
    version.save(update_fields=["retired_sequence"])
    act.subject = f"process:{version.key}"
    act.outcome = {"process": version.pk, "key": version.key, "digest": version.digest}
    return version


def deploy_shipped(actor: Actor, reason: str = "") -> dict[str, Performed]:
    """Put the processes that come with the program into use; return each one's act by its key."""
    return {
        key: perform("cases.deploy_process", actor, reason=reason, files=files)
        for key, files in shipped().items()
    }


def digest_of(files: Mapping[str, bytes]) -> str:
    """Return the name of a version: the hash of its drawings, whatever their files are called."""
    hashes = sorted(hashlib.sha256(text).hexdigest() for text in files.values())
    return hashlib.sha256(json.dumps(hashes).encode()).hexdigest()


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else bytes(text)


def _checked(files: Mapping[str, bytes]) -> Declared:
    """Return what the process declares. Raises Refusal where the drawings cannot run."""
    drawings = [flow.read(name, text) for name, text in files.items()]
    for drawing in drawings:
        if not drawing.id:
            raise flow.refusal_of(drawing.name, drawing.problems)
    by_id = {drawing.id: drawing for drawing in drawings}
    main = _main(by_id)
    if len(by_id) != len(drawings):
        raise Refusal("两个文件是同一个流程", where="、".join(files), remedy="每个流程只给一个文件")
    actions, known = callable_by_process(), limits.keys()
    if problems := flow.check(main, actions=actions, limits=known, called=by_id):
        raise flow.refusal_of(main.name, problems)
    declared = flow.declared(main, by_id)
    if len(declared.id) > _LONGEST_KEY or len(declared.title) > _LONGEST_TITLE:
        raise Refusal("流程的 id 或名称太长", where=main.name, remedy="改短后再部署")
    return declared


def _main(drawings: Mapping[str, Drawing]) -> Drawing:
    """Return the process itself: the one that no other calls."""
    called = {
        element.part.get("calledElement")
        for drawing in drawings.values()
        for element in drawing.elements.values()
    }
    found = [drawing for key, drawing in drawings.items() if key not in called]
    if len(found) != 1:
        raise Refusal(
            "看不出要部署哪一个流程",
            where="、".join(drawing.name for drawing in found),
            rule="一次部署一个流程，连同它所调用的流程",
            remedy="只给这一个流程和它所调用的流程的文件",
        )
    return found[0]


def _made(act: Act, declared: Declared, digest: str, files: Mapping[str, bytes]) -> Process:
    return Process(
        key=declared.id,
        digest=digest,
        title=declared.title,
        files={name: engine.text_of(text) for name, text in files.items()},
        declared=declared.to_json(),
        program=engine.compile_process(files, declared.id),
        sequence=act.sequence,
    )
