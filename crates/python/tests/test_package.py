"""The package itself: its types, and what it needs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import gtzan


def run(*arguments, **variables):
    environment = {**os.environ, **variables}
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, env=environment)


def test_numpy_is_all_that_it_needs():
    code = (
        "import sys, gtzan; ours = {name.split('.')[0] for name in sys.modules}; "
        "third = {name for name in ours if name not in sys.stdlib_module_names and not name.startswith('_')}; print(third)"
    )
    out = run("-c", code)
    assert out.stdout.strip() in ("{'numpy', 'gtzan'}", "{'gtzan', 'numpy'}"), out.stdout + out.stderr


def checked(tmp_path, *arguments):
    """What mypy says with the package's own settings."""
    pytest.importorskip("mypy")
    package = Path(gtzan.__file__).parent
    settings = Path(__file__).parent.parent / "pyproject.toml"
    arguments = [str(settings) if argument == "SETTINGS" else argument for argument in arguments]
    return run("-m", *arguments, MYPYPATH=str(package.parent), MYPY_CACHE_DIR=str(tmp_path))


def test_the_stubs_say_what_the_module_has(tmp_path):
    # What needs other packages can't be imported everywhere, a cached function has another signature, and PyO3 adds `__all__`.
    (tmp_path / "allowed").write_text("gtzan\\.(ray|batches|sklearn|_songs\\._boxed|_gtzan\\.__all__)\n")
    options = ["--allowlist", str(tmp_path / "allowed"), "--ignore-unused-allowlist", "--mypy-config-file", "SETTINGS"]
    out = checked(tmp_path, "mypy.stubtest", "gtzan", *options)
    assert out.returncode == 0, out.stdout + out.stderr


def test_the_sources_are_typed(tmp_path):
    out = checked(tmp_path, "mypy", "--config-file", "SETTINGS", str(Path(gtzan.__file__).parent))
    assert out.returncode == 0, out.stdout + out.stderr


def test_everything_that_is_named_is_there_and_told():
    for name in gtzan.__all__:
        assert hasattr(gtzan, name)
        if callable(getattr(gtzan, name)):
            assert getattr(gtzan, name).__doc__, name
