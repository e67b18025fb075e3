"""The label of each row of a CSV of flattened spectrograms, without a header: python example.py rows.csv"""
import json, pathlib, sys
import numpy, onnxruntime

here = pathlib.Path(__file__).parent
config = json.loads((here / "config.json").read_text("utf-8"))
rows = numpy.loadtxt(sys.argv[1], dtype=numpy.float32, delimiter=",", ndmin=2)
session = onnxruntime.InferenceSession(here / "model.onnx")
probabilities, shares = session.run(None, {"features": rows})
limits = config["abstention"]
for row, share in zip(probabilities, shares):
    unsure = row.max() < limits["least_confidence"] or share > limits["most_out_of_range"]
    print("unsure" if unsure else config["labels"][row.argmax()], f"{row.max():.3f}")
