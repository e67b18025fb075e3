"""The README's tables of protocols: ours by `gtzan benchmark`, scikit-learn's on the very splits that `gtzan` draws.

    pip install scikit-learn pandas
    python crates/trainer/benches/protocol_table.py target/release/gtzan features_30_sec.csv artist_folds.csv \
           --seeds 10 --write README.md

prints the table of a set of descriptors, and writes it between the README's marks of that set, `<!-- protocols: extended -->`
or `<!-- protocols: classic -->`, where that is asked for. `--benchmark FILE`
takes the output of an earlier `gtzan benchmark --json` instead of training anew. Scikit-learn (defaults, but for what is named
below) learns from training and validation tracks together, as our networks do in the end; of a protocol with folds it tests
each in turn, of one with a random split three seeds.
"""

import argparse
import json
import pathlib
import subprocess
import tempfile

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer, StandardScaler
from sklearn.svm import SVC

# Protocols that scikit-learn is asked under, and how many seeds the split has.
ASKED = {"random": 3, "artist-folds": 1, "fault-filtered": 1}


def rank(rows):
    """Columns as normal scores of their ranks."""
    return QuantileTransformer(n_quantiles=min(rows, 200), output_distribution="normal")


# Everything that isn't named is scikit-learn's default.
PEERS = {
    "MLP": lambda rows, seed: make_pipeline(
        StandardScaler(), MLPClassifier((256, 128, 64), max_iter=300, random_state=seed)
    ),
    "SVM": lambda rows, seed: make_pipeline(StandardScaler(), SVC()),
    "SVM on ranks": lambda rows, seed: make_pipeline(rank(rows), StandardScaler(), SVC()),
    "logistic regression": lambda rows, seed: make_pipeline(
        rank(rows), StandardScaler(), LogisticRegression(max_iter=1000, random_state=seed)
    ),
    "forest": lambda rows, seed: RandomForestClassifier(300, random_state=seed),
}


def split_of(args, protocol, seed, folder):
    """The split that a run of this protocol draws; one epoch is enough to see it."""
    out = pathlib.Path(folder) / f"{protocol}-{seed}"
    settings = [f"split.protocol={protocol}", f"seed={seed}", "training.epochs=1", "training.warmup=0"]
    if protocol == "artist-folds":
        settings.append(f"split.file={args.folds}")
    command = [args.gtzan, "train", "--features", args.features, "--out", out]
    for setting in settings:
        command += ["--set", setting]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return pd.read_csv(out / "split.csv")


def rounds(split):
    """(tracks to learn from, tracks to test) of each fold."""
    if "fold" in split:
        for fold in sorted(split.fold.unique()):
            yield split.track[split.fold != fold], split.track[split.fold == fold]
    else:
        yield split.track[split.part != "test"], split.track[split.part == "test"]


def peers(args, protocol):
    """Mean accuracy in % of each of the peers."""
    table = pd.read_csv(args.features)
    table.index = table.filename.str.replace(r"\.wav$", "", regex=True)
    values, labels = table.drop(columns=["filename", "length", "label"]), table.label
    scores = {name: [] for name in PEERS}
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(ASKED[protocol]):
            split = split_of(args, protocol, seed, folder)
            for name, make in PEERS.items():
                right = tested = 0
                for learn, test in rounds(split):
                    model = make(len(learn), seed).fit(values.loc[learn], labels[learn])
                    right += (model.predict(values.loc[test]) == labels[test]).sum()
                    tested += len(test)
                scores[name].append(100 * right / tested)
    return {name: np.mean(accuracies) for name, accuracies in scores.items()}


def table(args, lines):
    head = ["protocol", "tracks", "accuracy", "95 % interval", "macro F1", "log-loss", "calibration error"]
    head.append("scikit-learn, same splits: " + " / ".join(PEERS))
    yield f"| {' | '.join(head)} |"
    yield "|---" * len(head) + "|"
    for line in lines:
        theirs = "–"
        if line["protocol"] in ASKED and not args.without_peers:
            theirs = " / ".join(f"{accuracy:.1f}" for accuracy in peers(args, line["protocol"]).values())
        cells = [
            line["protocol"],
            str(line["tracks"]),
            f"{100 * line['accuracy']:.1f} %",
            f"{100 * line['low']:.1f} to {100 * line['high']:.1f} %",
            f"{line['macro_f1']:.3f}",
            f"{line['log_loss']:.3f}",
            f"{line['ece']:.3f}",
            theirs,
        ]
        yield f"| {' | '.join(cells)} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gtzan", type=pathlib.Path)
    parser.add_argument("features", type=pathlib.Path)
    parser.add_argument("folds", type=pathlib.Path)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--benchmark", type=pathlib.Path)
    parser.add_argument("--without-peers", action="store_true")
    parser.add_argument("--write", type=pathlib.Path, metavar="README")
    args = parser.parse_args()
    args.gtzan, args.features, args.folds = args.gtzan.resolve(), args.features.resolve(), args.folds.resolve()

    if args.benchmark:
        lines = json.loads(args.benchmark.read_text())
    else:
        command = [args.gtzan, "benchmark", "--features", args.features, "--folds", args.folds]
        done = subprocess.run([*command, "--seeds", str(args.seeds), "--json"], check=True, stdout=subprocess.PIPE)
        lines = json.loads(done.stdout)
    text = "\n".join(table(args, lines)) + "\n"
    print(text, end="")
    if args.write:
        columns = args.features.read_text().split("\n", 1)[0]
        mark = f"<!-- protocols: {'extended' if 'bark1_mean' in columns else 'classic'} -->\n"
        before, rest = args.write.read_text().split(mark, 1)
        _, after = rest.split("<!-- end of protocols -->", 1)
        args.write.write_text(f"{before}{mark}{text}<!-- end of protocols -->{after}")


if __name__ == "__main__":
    main()
