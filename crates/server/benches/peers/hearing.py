"""What a notebook on GTZAN does with a file: librosa's 57 numbers of the dataset's table, and a network's opinion of them.

The network is the very one that gtzan asks, exported with `gtzan export --format onnx`; the environment variable `GTZAN_ONNX`
says where it lies. The numbers are those of the well-known notebooks with librosa's defaults of today, which pad frames with
zeros where the librosa that made the dataset's table reflected them.

    pip install librosa==0.11.0 onnxruntime==1.32.0
"""

import json
import os

import librosa
import numpy as np
import onnxruntime

# As many as wait for another would only get in each other's way: servers have a worker a core.
OPTIONS = onnxruntime.SessionOptions()
OPTIONS.intra_op_num_threads = 1
NETWORK = onnxruntime.InferenceSession(os.environ["GTZAN_ONNX"], OPTIONS, providers=["CPUExecutionProvider"])
GENRES = json.loads(NETWORK.get_modelmeta().custom_metadata_map["labels"])


def features(file):
    """The 57 columns of features_30_sec.csv, in their order, of an audio file or its path."""
    y, sr = librosa.load(file, sr=22050)
    harmony, percussive = librosa.effects.hpss(y)
    parts = [
        librosa.feature.chroma_stft(y=y, sr=sr),
        librosa.feature.rms(y=y),
        librosa.feature.spectral_centroid(y=y, sr=sr),
        librosa.feature.spectral_bandwidth(y=y, sr=sr),
        librosa.feature.spectral_rolloff(y=y, sr=sr),
        librosa.feature.zero_crossing_rate(y),
        harmony,
        percussive,
    ]
    numbers = [number for part in parts for number in (part.mean(), part.var())]
    tempo, _ = librosa.beat.beat_track(y=y, sr=sr)
    numbers.append(np.squeeze(tempo))
    for coefficient in librosa.feature.mfcc(y=y, sr=sr, n_mfcc=20):
        numbers += [coefficient.mean(), coefficient.var()]
    return np.array(numbers, dtype=np.float32)


def probabilities(file):
    """Each genre's probability."""
    (rows,) = NETWORK.run(["probabilities"], {"features": features(file)[None]})
    return dict(zip(GENRES, rows[0].tolist()))
