"""The processes that come with the program: each drawing with those it calls."""

from importlib import resources

from guotu.lib import flow

FOLDER = "processes"


def shipped() -> dict[str, dict[str, bytes]]:
    """Return, by key, the files of each process that no other shipped one calls.

    A process that is only called (`opinion`) comes with its caller and stands for none of its own.
    """
    folder = resources.files("guotu.core.cases") / FOLDER
    files = {one.name: one.read_bytes() for one in folder.iterdir() if one.name.endswith(".bpmn")}
    calls = {name: _called(name, text) for name, text in sorted(files.items())}
    names = {flow.read(name, text).id: name for name, text in files.items()}
    inner = {key for called in calls.values() for key in called}
    return {
        key: {one: files[one] for one in _with_called(name, calls, names)}
        for key, name in names.items()
        if key not in inner
    }


def _called(name: str, text: bytes) -> set[str]:
    elements = flow.read(name, text).elements.values()
    return {key for one in elements if (key := one.part.get("calledElement"))}


def _with_called(name: str, calls: dict[str, set[str]], names: dict[str, str]) -> set[str]:
    found, fresh = {name}, {name}
    while fresh:
        fresh = {names[key] for one in fresh for key in calls[one]} - found
        found |= fresh
    return found
