"""Progress of long work: tqdm's bar where it is installed, nothing elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any


@contextmanager
def bar(total: int | None, what: str, wanted: bool) -> Iterator[Any]:
    """A bar with ``update(n)`` and ``set_postfix``, or ``None``."""
    if not wanted or find_spec("tqdm") is None:
        yield None
        return
    from tqdm.auto import tqdm

    with tqdm(total=total, unit=what) as shown:
        yield shown


@contextmanager
def counted(total: int, what: str, wanted: bool) -> Iterator[Callable[[], Any] | None]:
    """A callable that moves a bar by one, or ``None``."""
    with bar(total, what, wanted) as shown:
        yield None if shown is None else lambda: shown.update(1)
