"""Generated clips, sound ones and such as no reader should have to meet."""

import io
import struct
import wave

import numpy as np

RATE = 22050

# Clips of ten minutes make a small file into much memory; a worker has little of it here, and little time.
OPTIONS = {"clip_seconds": 600.0, "limits": {"time": 3, "memory": 256}}


def wav(samples, rate=RATE):
    """A mono WAV: 8 bits from bytes, 16 from anything else."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(samples.itemsize)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return out.getvalue()


def clip(seed):
    """A second or two of chords and noise, unlike any other's."""
    random = np.random.default_rng(seed)
    time = np.arange(int(RATE * random.uniform(1.0, 2.0))) / RATE
    sound = random.normal(0, 0.02, len(time))
    for pitch in random.uniform(80, 2000, 5):
        sound += 0.15 * np.sin(2 * np.pi * pitch * time) * np.exp(-random.uniform(0, 3) * time)
    return wav((np.clip(sound, -1, 1) * 32767).astype("<i2"))


def bomb(seed):
    """600 kB that take more than 256 MiB of whoever decodes them as one clip: the worker is killed."""
    return wav(((np.arange(600_000) * 37 + seed) % 211).astype("u1"), rate=1000)


def not_finite(seed):
    """A WAV of floats, one of them a NaN."""
    samples = np.sin(np.arange(RATE) / (20 + seed)).astype("<f4")
    samples[1000] = np.nan
    body = samples.tobytes()
    form = struct.pack("<HHIIHH", 3, 1, RATE, 4 * RATE, 4, 32)
    chunks = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(chunks)) + chunks


def garbage(seed):
    return np.random.default_rng(seed).bytes(20_000)


# What is wrong with a file, how to make one, and what it should be called; None is for the native reader alone to say.
WRONG = {
    "bomb": (bomb, "crashed"),
    "empty": (lambda _: b"", None),
    "garbage": (garbage, None),
    "header": (lambda seed: clip(seed)[:30], None),
    "nan": (not_finite, "not_finite"),
    "short": (lambda seed: wav(np.full(200 + seed % 100, 99, "<i2")), "too_short"),
    "text": (lambda seed: f"no music {seed}\n".encode() * 99, "unsupported"),
    "truncated": (lambda seed: clip(seed)[: len(clip(seed)) // 2], None),
}


def files(count):
    """`count` files as (name, bytes, kind): every fiftieth is broken, each in its way."""
    wrong = sorted(WRONG)
    for seed in range(count):
        if seed % 50 == 7:
            what = wrong[seed // 50 % len(wrong)]
            make, kind = WRONG[what]
            yield f"{what} #{seed:05}.wav", make(seed), kind or "any"
        else:
            yield f"clip #{seed:05}.wav", clip(seed), None
