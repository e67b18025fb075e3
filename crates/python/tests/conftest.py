"""Sound that the tests are made of, and where the real one is."""

import os
import wave
from pathlib import Path

import numpy as np
import pytest

# scikit-learn's checks of estimators skip one without it.
os.environ.setdefault("SCIPY_ARRAY_API", "1")

RATE = 22050


def write_wav(path: Path, samples: np.ndarray, rate: int = RATE) -> Path:
    """Writes samples, ``[n]`` or ``[channels, n]``, as 16-bit PCM."""
    channels = np.atleast_2d(samples)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((channels.T * 32767).round().astype("<i2").tobytes())
    return path


def music(seconds: float = 4.0, seed: int = 0, rate: int = RATE) -> np.ndarray:
    """Chords, drums and noise, float32."""
    random = np.random.default_rng(seed)
    t = np.arange(int(seconds * rate)) / rate
    tones = sum(np.sin(2 * np.pi * f * t) for f in 110 * 2 ** (random.integers(0, 36, 4) / 12))
    beat = (t % 0.5 < 0.05) * random.standard_normal(t.size)
    return (0.1 * tones + 0.2 * beat + 0.01 * random.standard_normal(t.size)).clip(-1, 1).astype(np.float32)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever lands in the current folder lands beside no sources."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def song(tmp_path: Path) -> Path:
    """A song of 4 s."""
    return write_wav(tmp_path / "song.wav", music())


@pytest.fixture(scope="session")
def gtzan_data() -> Path:
    """The real dataset, where it is."""
    if "GTZAN_DATA" not in os.environ:
        pytest.skip("GTZAN_DATA names no folder with the real dataset")
    return Path(os.environ["GTZAN_DATA"])


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where all that the tests ask for is said to be installed, one that skips has failed."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("GTZAN_REQUIRE_PYTHON") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
