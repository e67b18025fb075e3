"""Music genre classification, and librosa's descriptors in a fraction of its time.

``load`` any audio file to samples; ``feature``, ``effects``, ``onset`` and ``beat`` have librosa's functions;
``features`` and ``extract`` give the rows that a genre classifier takes, of one clip or of whole libraries;
``predict`` names the genre of a song, ``Model`` of rows, and ``train`` makes new models.
"""

from . import beat, effects, feature, onset, plot
from ._gtzan import (
    AudioError,
    Extractor,
    Model,
    ModelError,
    Prediction,
    Predictor,
    Song,
    Table,
    TrainingError,
    __version__,
    demo,
    feature_names,
    find,
    load,
)
from ._core import stft, zero_crossings
from ._songs import extract, features, predict, predict_many
from ._train import Report, Run, resume, train

FEATURE_NAMES: list[str] = feature_names("classic")
"""Names of the 57 classic descriptors, in their order: the columns of GTZAN's ``features_30_sec.csv``."""

EXTENDED_NAMES: list[str] = feature_names("extended")
"""Names of the 349 extended descriptors, in their order. The classic ones come first."""

__all__ = [
    "EXTENDED_NAMES",
    "FEATURE_NAMES",
    "AudioError",
    "Extractor",
    "Model",
    "ModelError",
    "Prediction",
    "Predictor",
    "Report",
    "Run",
    "Song",
    "Table",
    "TrainingError",
    "__version__",
    "beat",
    "demo",
    "effects",
    "extract",
    "feature",
    "feature_names",
    "features",
    "find",
    "load",
    "onset",
    "plot",
    "predict",
    "predict_many",
    "resume",
    "stft",
    "train",
    "zero_crossings",
]
