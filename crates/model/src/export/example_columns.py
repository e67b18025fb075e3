"""The label of each row of a table of features: python example.py features.csv"""
import csv, json, pathlib, sys
import numpy, onnxruntime

here = pathlib.Path(__file__).parent
config = json.loads((here / "config.json").read_text("utf-8"))
with open(sys.argv[1], newline="", encoding="utf-8") as table:
    rows = [[float(row[name]) for name in config["columns"]] for row in csv.DictReader(table)]
session = onnxruntime.InferenceSession(here / "model.onnx")
probabilities, shares = session.run(None, {"features": numpy.array(rows, dtype=numpy.float32)})
limits = config["abstention"]
for row, share in zip(probabilities, shares):
    unsure = row.max() < limits["least_confidence"] or share > limits["most_out_of_range"]
    print("unsure" if unsure else config["labels"][row.argmax()], f"{row.max():.3f}")
