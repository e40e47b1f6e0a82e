"""What a kept process declares: read once a version, for steps, variables and separate hands."""

from functools import lru_cache

from guotu.core.cases.models import Case, Process
from guotu.core.cases.rules.hands import Apart
from guotu.lib.flow.declared import Declared, StepDeclared
from guotu.lib.refusal import Refusal

_VERSIONS = 64


class Drawn:
    """A version of a process as the acts of cases use it."""

    def __init__(self, declared: Declared) -> None:
        self.declared = declared
        self.key = declared.id
        self.aparts = tuple(Apart(one.name, one.steps, one.article) for one in declared.aparts)

    def step(self, place: str) -> StepDeclared:
        """Return a step by its place. Raises Refusal where the process has none there."""
        found = self.declared.steps.get(place)
        if found is None:
            raise Refusal("流程里没有这一步", where=place, remedy="请流程管理员核对流程版本和迁移")
        return found


def drawn(process: Process) -> Drawn:
    """Return what a version of a process declares."""
    return _drawn(process.pk, process.digest)


@lru_cache(maxsize=_VERSIONS)
def _drawn(pk: int, _digest: str) -> Drawn:
    # The digest keeps versions of different stores (in tests) apart.
    return Drawn(Declared.from_json(Process.objects.values_list("declared", flat=True).get(pk=pk)))


def drawn_of(case: Case) -> Drawn:
    """Return what the version declares that a case stands on now."""
    return drawn(case.standing.process)


def place_of(element: str, path: str) -> str:
    """Return what a drawing calls a step: `approve`, or `call/approve` in a called process."""
    return f"{path}/{element}" if path else element


def current(key: str) -> Process:
    """Return the version that new cases of a process follow. Raises Refusal where there is none."""
    found = Process.objects.filter(key=key, retired_sequence__isnull=True).first()
    if found is None:
        raise Refusal("没有这个流程", where=key, remedy="请流程管理员部署后再受理")
    return found
