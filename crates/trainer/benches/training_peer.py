#!/usr/bin/env python3
"""Milliseconds of training beside those of scikit-learn, Keras and PyTorch, all in one run on one machine.

    python training_peer.py [--backends flex,ndarray] [--cuda] [--out FILE]

runs `cargo bench -p trainer --bench training` (or the program that $GTZAN_TRAINING_BENCH names, built of it) and whichever of
the three programs this Python has, one after the other and then again, and prints the least time of each with the ratios. The
network is 256-128-64-10 with ReLUs and Adam; rows are random, as no time depends on them. Ours has the shipped recipe, with
dropout and label smoothing; Keras and PyTorch have the same dropout and smoothing, scikit-learn has neither to offer. With
`--cuda`, which goes with `--backends wgpu`, PyTorch computes on the GPU, where all rows lie from the beginning.
"""

import argparse
import json
import os
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# As in training.rs: name, rows, columns, batch, epochs.
WORKS = [
    ("603 x 57, batch 64", 603, 57, 64, 60),
    ("603 x 349, batch 64", 603, 349, 64, 60),
    ("9984 x 57, batch 128", 9984, 57, 128, 12),
    ("128 x 16640, batch 128", 128, 16640, 128, 25),
]
HIDDEN, GENRES, DROPOUT, SMOOTHING, RATE = (256, 128, 64), 10, 0.3, 0.1, 2e-3


def rows_of(rows, columns):
    rng = np.random.default_rng(1)
    return rng.random((rows, columns), dtype=np.float32), np.arange(rows) % GENRES


def differences(ends):
    """Milliseconds between moments, without the first few."""
    return [1e3 * (b - a) for a, b in zip(ends, ends[1:])][3:]


def sklearn_times(rows, columns, batch, epochs):
    from sklearn.neural_network import MLPClassifier

    warnings.simplefilter("ignore")
    x, y = rows_of(rows, columns)
    ends = []
    # What a fit takes beside its epochs is the same in a short one.
    for count in (5, 5 + epochs):
        network = MLPClassifier(
            HIDDEN, batch_size=batch, learning_rate_init=RATE, alpha=0.0, random_state=0, max_iter=count,
            tol=0.0, n_iter_no_change=10**6,
        )
        start = time.perf_counter()
        network.fit(x, y)
        ends.append((time.perf_counter() - start, network.n_iter_))
    (short, few), (long, many) = ends
    return [1e3 * (long - short) / (many - few)]


def keras_times(rows, columns, batch, epochs):
    import keras

    x, y = rows_of(rows, columns)
    layers = [keras.layers.Input((columns,))]
    for width in HIDDEN:
        layers += [keras.layers.Dense(width, "relu"), keras.layers.Dropout(DROPOUT)]
    network = keras.Sequential(layers + [keras.layers.Dense(GENRES, "softmax")])
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=SMOOTHING)
    network.compile(keras.optimizers.AdamW(RATE, weight_decay=1.0), loss, metrics=["accuracy"])
    ends = []

    class Clock(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            ends.append(time.perf_counter())

    targets = np.eye(GENRES, dtype=np.float32)[y]
    network.fit(x, targets, batch_size=batch, epochs=epochs, verbose=0, callbacks=[Clock()])
    return differences(ends)


def torch_times(rows, columns, batch, epochs, device="cpu"):
    import torch

    torch.manual_seed(0)
    x, y = (torch.from_numpy(part).to(device) for part in rows_of(rows, columns))
    layers, width_in = [], columns
    for width in HIDDEN:
        layers += [torch.nn.Linear(width_in, width), torch.nn.ReLU(), torch.nn.Dropout(DROPOUT)]
        width_in = width
    network = torch.nn.Sequential(*layers, torch.nn.Linear(width_in, GENRES)).to(device)
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=1.0)
    loss = torch.nn.CrossEntropyLoss(label_smoothing=SMOOTHING)
    ends = []
    for _ in range(epochs):
        order = torch.randperm(rows, device=device)
        total = torch.zeros((), device=device)
        for first in range(0, rows, batch):
            at = order[first : first + batch]
            optimizer.zero_grad()
            value = loss(network(x[at]), y[at])
            value.backward()
            optimizer.step()
            total += value.detach()
        float(total)
        ends.append(time.perf_counter())
    return differences(ends)


PEERS = {
    "scikit-learn": sklearn_times,
    "Keras": keras_times,
    "PyTorch": torch_times,
    "PyTorch CUDA": lambda *work: torch_times(*work, device="cuda"),
}


def ours(backends):
    given = os.environ.get("GTZAN_TRAINING_BENCH")
    command = [given] if given else ["cargo", "bench", "-q", "-p", "trainer", "--bench", "training", "--"]
    command += backends
    text = subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).parent).stdout
    lines = (line.split("\t") for line in text.splitlines() if line.count("\t") == 3)
    return {(f"gtzan {backend}", name): float(least) for name, backend, least, _ in lines}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backends", default="flex,ndarray")
    parser.add_argument("--cuda", action="store_true", help="compare with PyTorch on the GPU alone")
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    parser.add_argument("--peer", choices=PEERS, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.peer:
        print(json.dumps([min(PEERS[args.peer](*work[1:])) for work in WORKS]))
        return

    least = {}

    def note(who, work, milliseconds):
        least[who, work] = min(milliseconds, least.get((who, work), float("inf")))

    peers = [who for who in PEERS if (who == "PyTorch CUDA") == args.cuda]
    for _ in range(2):
        for (who, work), milliseconds in ours(args.backends.split(",")).items():
            note(who, work, milliseconds)
        for who in list(peers):
            # Each in a process of its own: their libraries don't get along.
            done = subprocess.run([sys.executable, __file__, "--peer", who], capture_output=True, text=True)
            if done.returncode:
                print(f"{who} is left out: {(done.stderr.strip().splitlines() or ['it failed'])[-1]}")
                peers.remove(who)
                continue
            for work, milliseconds in zip(WORKS, json.loads(done.stdout.splitlines()[-1])):
                note(who, work[0], milliseconds)

    ours_by = [f"gtzan {backend}" for backend in args.backends.split(",")]
    print(f"{'least milliseconds an epoch':<28}" + "".join(f"{who:>16}" for who in [*ours_by, *peers]))
    for name, *_ in WORKS:
        cells = [least[who, name] for who in [*ours_by, *peers]]
        print(f"{name:<28}" + "".join(f"{cell:>16.2f}" for cell in cells))
        for who in ours_by:
            ratios = ", ".join(f"{least[peer, name] / least[who, name]:.2f} x {peer}" for peer in peers)
            print(f"  {who}: {ratios}")
    if args.out:
        args.out.write_text(json.dumps([[who, work, cell] for (who, work), cell in least.items()], indent=1))


if __name__ == "__main__":
    main()
