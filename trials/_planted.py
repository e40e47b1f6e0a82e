"""Plants a fault: a function of the product runs from a source that differs in one place."""

import contextlib
import importlib
import inspect
import textwrap
from collections.abc import Iterator
from unittest import mock


@contextlib.contextmanager
def changed(module: str, function: str, old: str, new: str) -> Iterator[None]:
    """Run with `old` read as `new`, once, in the source of a function of a module."""
    there = importlib.import_module(module)
    source = textwrap.dedent(inspect.getsource(getattr(there, function)))
    if source.count(old) != 1:
        raise AssertionError(f"{module}.{function} no longer holds {old!r} once")
    space = dict(vars(there))
    exec(compile(source.replace(old, new), there.__file__ or module, "exec"), space)
    planted = space[function]
    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.object(there, function, planted))
        yield
