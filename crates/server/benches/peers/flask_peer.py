"""A server as notebooks on GTZAN grow it, with Flask: gunicorn --workers 2 flask_peer:app

`POST /predict` takes a form with a `file`. gunicorn's own processes, one a core, do more in a second than waitress' threads of
one process (1.28 and 0.97 files on two cores), because much of librosa holds the interpreter.

    pip install flask==3.1.3 gunicorn==27.0.1 librosa==0.11.0 onnxruntime==1.32.0
"""

from flask import Flask, jsonify, request

from hearing import probabilities

app = Flask(__name__)


@app.get("/healthz")
def health():
    return "ok"


@app.post("/predict")
def predict():
    said = probabilities(request.files["file"].stream)
    genre = max(said, key=said.get)
    return jsonify(genre=genre, probability=said[genre], probabilities=said)
