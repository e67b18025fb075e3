"""Asks exported models what this project's own said to the same rows: exports.py CASE...

A case is a folder with model.onnx, model.safetensors, rows.f32, and what is expected: probabilities.f32 and shares.f32.
"""

import json
import pathlib
import sys

import numpy
import onnx
import onnxruntime
import safetensors
import safetensors.numpy

try:
    import torch
except ImportError:
    torch = None

ALLOWED = 1e-5


def floats(path, shape):
    return numpy.fromfile(path, dtype="<f4").reshape(shape)


def check_file(path, bundle):
    """The graph is valid, in standard operators, and described."""
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    assert [(opset.domain, opset.version) for opset in model.opset_import] == [("", 18)], model.opset_import
    assert all(node.domain == "" for node in model.graph.node)
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    assert json.loads(metadata["bundle"]) == bundle
    for name in ("labels", "columns", "abstention"):
        assert json.loads(metadata[name]) == bundle[name], name
    assert json.loads(metadata["calibration"]) == bundle["facts"]["calibration"]
    assert json.loads(metadata.get("spec", "null")) == bundle.get("spec")
    assert metadata["transform"] == bundle["transform"]
    for constant in model.graph.initializer:
        assert numpy.isfinite(onnx.numpy_helper.to_array(constant)).all(), constant.name


def check_onnx(path, rows, probabilities, shares):
    session = onnxruntime.InferenceSession(path)
    got = [session.run(["probabilities", "out_of_range_share"], {"features": part}) for part in parts(rows)]
    got_probabilities, got_shares = (numpy.concatenate(part) for part in zip(*got))
    assert got_probabilities.shape == probabilities.shape and got_shares.shape == shares.shape
    assert (got_shares == shares).all(), abs(got_shares - shares).max()
    # What isn't a number is no label's.
    strange = rows[:1].copy()
    strange[0, -1] = numpy.nan
    assert numpy.isnan(session.run(["probabilities"], {"features": strange})[0]).all()
    return abs(got_probabilities - probabilities).max()


def parts(rows):
    """Rows that fit in memory together, with a ramp for each of 63 pairs of knots."""
    return numpy.array_split(rows, max(1, rows.size * 63 // 2**26))


def check_safetensors(path, bundle, inputs, classes):
    tensors = safetensors.numpy.load_file(path)
    widths = [inputs, 256, 128, 64, classes]
    expected = {f"normalizer.{name}": (inputs,) for name in ("mean", "scale", "low", "high")}
    expected |= {"rank": {"normalizer.knots": (inputs, 64)}, "signed-log": {"normalizer.unit": (inputs,)}}.get(
        bundle["transform"], {}
    )
    for name, fan_in, fan_out in zip(("hidden_1", "hidden_2", "hidden_3", "output"), widths, widths[1:]):
        expected |= {f"{name}.weight": (fan_out, fan_in), f"{name}.bias": (fan_out,)}
    assert {name: tensor.shape for name, tensor in tensors.items()} == expected
    return expected


def check_torch(path, bundle, shapes, rows, probabilities):
    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.normalizer = torch.nn.Module()
            for name, shape in shapes.items():
                owner, part = name.split(".")
                if owner == "normalizer":
                    self.normalizer.register_buffer(part, torch.empty(shape))
                elif part == "weight":
                    setattr(self, owner, torch.nn.Linear(shape[1], shape[0]))

        def straighten(self, x):
            if bundle["transform"] == "signed-log":
                return torch.sign(x) * torch.log1p(abs(x) / self.normalizer.unit)
            if bundle["transform"] == "none":
                return x
            scores = torch.special.ndtri((torch.arange(64, dtype=torch.float64) + 0.5) / 64)
            columns, knots = x.T.contiguous().double(), self.normalizer.knots.double()
            first = torch.searchsorted(knots, columns)
            after = torch.searchsorted(knots, columns, right=True)
            equal = (scores[first.clamp(max=63)] + scores[(after - 1).clamp(min=0)]) / 2
            above, below = first.clamp(1, 63), first.clamp(1, 63) - 1
            low, high = knots.gather(1, below), knots.gather(1, above)
            share = ((columns - low) / (high - low)).clamp(0, 1)
            between = scores[below] + share * (scores[above] - scores[below])
            return torch.where(after > first, equal, between).T.float()

        def forward(self, x):
            x = (self.straighten(x) - self.normalizer.mean) * self.normalizer.scale
            for layer in (self.hidden_1, self.hidden_2, self.hidden_3):
                x = torch.relu(layer(x))
            return torch.softmax(self.output(x), 1)

    network = Network()
    tensors = {name: torch.from_numpy(tensor) for name, tensor in safetensors.numpy.load_file(path).items()}
    network.load_state_dict(tensors, strict=True)
    with torch.no_grad():
        return abs(network(torch.from_numpy(rows)).numpy() - probabilities).max()


def check(case):
    with safetensors.safe_open(case / "model.safetensors", "numpy") as file:
        bundle = json.loads(file.metadata()["bundle"])
    classes = len(bundle["labels"])
    probabilities = floats(case / "probabilities.f32", (-1, classes))
    shares = floats(case / "shares.f32", (-1,))
    rows = floats(case / "rows.f32", (len(probabilities), -1))
    check_file(case / "model.onnx", bundle)
    worst = {"onnxruntime": check_onnx(case / "model.onnx", rows, probabilities, shares)}
    shapes = check_safetensors(case / "model.safetensors", bundle, rows.shape[1], classes)
    if torch is not None:
        worst["torch"] = check_torch(case / "model.safetensors", bundle, shapes, rows, probabilities)
    told = ", ".join(f"{name} {value:.1e}" for name, value in worst.items())
    print(f"{case.name}: worst difference of {len(rows)} rows: {told}")
    return max(worst.values()) <= ALLOWED


if __name__ == "__main__":
    fine = [check(pathlib.Path(case)) for case in sys.argv[1:]]
    if torch is None:
        print("skipped: this Python has no torch")
    sys.exit(not all(fine))
