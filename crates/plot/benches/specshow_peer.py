#!/usr/bin/env python3
"""Draws the pictures of `gtzan plot` with librosa and matplotlib too, to be looked at side by side, and times both.

    python crates/plot/benches/specshow_peer.py target/release/gtzan AUDIO OUT

OUT gets a folder of each, `gtzan` and `librosa`, and `beside.png`. Both run on one thread; librosa's time is that of a second
pass in the same process, without imports and compilation, gtzan's is a whole process from its start.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"

import subprocess
import sys
import time

import matplotlib

matplotlib.use("Agg")
import librosa
import librosa.display
import matplotlib.image
import matplotlib.pyplot as plt
import numpy as np

WIDTH, HEIGHT, DPI = 9.0, 3.6, 100


def main():
    gtzan, audio, out = sys.argv[1:4]
    ours, theirs = os.path.join(out, "gtzan"), os.path.join(out, "librosa")
    os.makedirs(theirs, exist_ok=True)
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    start = time.perf_counter()
    subprocess.run([gtzan, "plot", audio, "--out", ours, "--format", "png"], check=True, stdout=subprocess.DEVNULL)
    print("gtzan plot: %.2f s" % (time.perf_counter() - start))
    draw_all(audio, theirs)
    start = time.perf_counter()
    names = draw_all(audio, theirs)
    print("librosa and matplotlib, warm: %.2f s" % (time.perf_counter() - start))
    beside(ours, theirs, names, os.path.join(out, "beside.png"))


def draw_all(audio, out):
    """The same eleven pictures."""
    y, sr = librosa.load(audio)
    stft = np.abs(librosa.stft(y))
    decibels = librosa.amplitude_to_db(stft, ref=np.max)
    times = librosa.times_like(stft, sr=sr)
    mel = librosa.feature.melspectrogram(y=y, sr=sr)
    mfcc = librosa.feature.mfcc(y=y, sr=sr)
    names = []

    def picture(name, draw):
        figure, axes = plt.subplots(figsize=(WIDTH, HEIGHT), dpi=DPI)
        draw(axes)
        figure.savefig(os.path.join(out, name + ".png"))
        plt.close(figure)
        names.append(name)

    def specshow(data, y_axis, **more):
        return lambda axes: plt.colorbar(
            librosa.display.specshow(data, sr=sr, x_axis="time", y_axis=y_axis, ax=axes, **more), ax=axes
        )

    def waveform(axes):
        librosa.display.waveshow(y, sr=sr, ax=axes)
        frames = librosa.util.frame(np.pad(y, 1024), frame_length=2048, hop_length=512)
        axes.plot(times, np.abs(frames).max(axis=0)[: len(times)])

    def crossings(axes):
        middle = min(max(np.abs(y).argmax(), 220), len(y) - 221)
        part = y[middle - 220 : middle + 221]
        axes.plot(part)
        marked = np.nonzero(librosa.zero_crossings(part, pad=False))[0]
        axes.plot(marked, np.zeros(len(marked)), "o")

    def onset(axes):
        axes.plot(times, librosa.onset.onset_strength(y=y, sr=sr, aggregate=np.median))
        for beat in librosa.beat.beat_track(y=y, sr=sr, units="time")[1]:
            axes.axvline(beat)

    def shape(axes):
        specshow(decibels, "log")(axes)
        centroid = librosa.feature.spectral_centroid(S=stft, sr=sr)[0]
        bandwidth = librosa.feature.spectral_bandwidth(S=stft, sr=sr)[0]
        axes.plot(times, centroid)
        axes.fill_between(times, centroid - bandwidth, centroid + bandwidth, alpha=0.3)
        axes.plot(times, librosa.feature.spectral_rolloff(S=stft, sr=sr)[0])

    def hpss(axes):
        for part in librosa.effects.hpss(y):
            librosa.display.waveshow(part, sr=sr, ax=axes)

    limit = np.abs(mfcc[2:]).max()
    picture("waveform", waveform)
    picture("spectrogram", specshow(decibels, "linear"))
    picture("spectrogram-log", specshow(decibels, "log"))
    picture("mel", specshow(librosa.power_to_db(mel, ref=np.max), "mel"))
    picture("chroma", specshow(librosa.feature.chroma_stft(y=y, sr=sr), "chroma"))
    picture("zero-crossing-rate", lambda axes: axes.plot(times, librosa.feature.zero_crossing_rate(y)[0]))
    picture("zero-crossings", crossings)
    picture("onset", onset)
    picture("shape", shape)
    picture("hpss", hpss)
    picture("mfcc", specshow(mfcc, None, vmin=-limit, vmax=limit))
    return names


def beside(ours, theirs, names, out):
    """All pictures in rows, ours on the left."""
    figure, axes = plt.subplots(len(names), 2, figsize=(2 * WIDTH, HEIGHT * len(names)), dpi=DPI / 2)
    for row, name in zip(axes, names):
        for cell, folder in zip(row, (ours, theirs)):
            cell.imshow(matplotlib.image.imread(os.path.join(folder, name + ".png")))
            cell.axis("off")
    figure.tight_layout(pad=0)
    figure.savefig(out)


if __name__ == "__main__":
    main()
