"""What scikit-learn gets with GTZAN's 57 features, on the splits that `gtzan` itself drew.

    pip install scikit-learn pandas
    gtzan train --features features_30_sec.csv --set split.protocol=random --set seed=0 --out runs/random-0   # …
    python sklearn_peer.py features_30_sec.csv runs/random-0 runs/random-1 … [--seeds N]

Every argument after the CSV is a run's folder, whose split.csv says where each track is. Scikit-learn learns from the
training and validation tracks together, and from the training tracks alone where --train-only is given; of a run with
folds it tests each in turn. Runs of one protocol are averaged.
"""

import argparse
import json
import pathlib
from collections import defaultdict

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer, StandardScaler
from sklearn.svm import SVC


def rank(rows):
    """Columns as normal scores of their ranks."""
    return QuantileTransformer(n_quantiles=min(rows, 200), output_distribution="normal")


# Everything that isn't named is scikit-learn's default.
PEERS = {
    "MLP 256-128-64": lambda rows, seed: make_pipeline(
        StandardScaler(), MLPClassifier((256, 128, 64), max_iter=300, random_state=seed)
    ),
    "SVM (RBF)": lambda rows, seed: make_pipeline(StandardScaler(), SVC()),
    "SVM on ranks": lambda rows, seed: make_pipeline(rank(rows), StandardScaler(), SVC()),
    "random forest": lambda rows, seed: RandomForestClassifier(300, random_state=seed),
    "logistic regression": lambda rows, seed: make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
}


def rounds(run, train_only):
    """(training tracks, test tracks) of each fold of a run."""
    split = pd.read_csv(run / "split.csv")
    if "fold" in split:
        for fold in sorted(split.fold.unique()):
            yield split.track[split.fold != fold], split.track[split.fold == fold]
    else:
        learnt = split.part == "train" if train_only else split.part != "test"
        yield split.track[learnt], split.track[split.part == "test"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("features", type=pathlib.Path)
    parser.add_argument("runs", type=pathlib.Path, nargs="+")
    parser.add_argument("--seeds", type=int, default=1, help="repetitions of each split")
    parser.add_argument("--train-only", action="store_true")
    args = parser.parse_args()

    table = pd.read_csv(args.features)
    table.index = table.filename.str.replace(r"\.wav$", "", regex=True)
    values, labels = table.drop(columns=["filename", "length", "label"]), table.label
    scores = defaultdict(lambda: defaultdict(list))
    for run in args.runs:
        protocol = json.loads((run / "metrics.json").read_text())["protocol"]
        for name, make in PEERS.items():
            for seed in range(args.seeds):
                right = tested = 0
                for learn, test in rounds(run, args.train_only):
                    model = make(len(learn), seed).fit(values.loc[learn], labels[learn])
                    right += (model.predict(values.loc[test]) == labels[test]).sum()
                    tested += len(test)
                scores[protocol][name].append(right / tested)

    for protocol, by_name in scores.items():
        for name, accuracies in by_name.items():
            mean, count = 100 * np.mean(accuracies), len(accuracies)
            print(f"{protocol:15} {name:20} {mean:5.1f} % (mean of {count}, {100 * min(accuracies):.1f} to {100 * max(accuracies):.1f})")


if __name__ == "__main__":
    main()
