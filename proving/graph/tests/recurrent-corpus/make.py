"""Recurrences as ONNX Runtime computes them: rows of a batch that end early, coupled gates, activations with parameters.

    pip install -r ../float-corpus/requirements.txt && python3 make.py [seed]

Writes corpus.bin, the same bytes for the same seed and packages, in the form that `../float-corpus/make.py` describes.
A model's answer is all of its node's outputs, one after the other. ONNX Runtime does not have layout 1: there its
answer is that of layout 0 with the axes of inputs and outputs in the other order.
"""
import struct
import sys
from pathlib import Path

import numpy as np
import onnxruntime as ort
from onnx import TensorProto as T
from onnx import helper, numpy_helper

F = np.float32
GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
INPUTS = ["x", "w", "r", "b", "lengths", "h", "c", "p"]
OUTPUTS = ["y", "y_h", "y_c"]
INPUT, HIDDEN, ANSWERS = 2, 3, 2
HERE = Path(__file__).parent
# Of each activation the numbers that it takes: of `activation_alpha` and of `activation_beta`.
ACTIVATIONS = {
    "Affine": (1, 1), "Elu": (1, 0), "HardSigmoid": (1, 1), "LeakyRelu": (1, 0), "Relu": (0, 0), "ScaledTanh": (1, 1),
    "Sigmoid": (0, 0), "Softplus": (0, 0), "Softsign": (0, 0), "Tanh": (0, 0), "ThresholdedRelu": (1, 0),
}


class Recurrence:
    """A node, and its model in one of the two layouts."""

    def __init__(self, rng, op, steps=4, lengths=None, rows=3, direction="forward", optional="bhc", layout=0,
                 wanted=None, **attributes):
        self.op, self.layout, self.size = op, layout, (steps, rows, INPUT)
        self.wanted = wanted or OUTPUTS[: 3 if op == "LSTM" else 2]
        self.attributes = dict(attributes, direction=direction, hidden_size=HIDDEN)
        directions, gates = 1 + (direction == "bidirectional"), GATES[op]
        drawn = lambda *shape: rng.uniform(-0.8, 0.8, shape).astype(F)
        self.constants = {
            "w": drawn(directions, gates * HIDDEN, INPUT),
            "r": drawn(directions, gates * HIDDEN, HIDDEN),
            "b": drawn(directions, 2 * gates * HIDDEN),
            "h": drawn(directions, rows, HIDDEN),
            "c": drawn(directions, rows, HIDDEN),
            "p": drawn(directions, 3 * HIDDEN),
        }
        keep = "wr" + optional if op == "LSTM" else ("wr" + optional).replace("c", "").replace("p", "")
        self.constants = {name: value for name, value in self.constants.items() if name in keep}
        if lengths:
            self.constants["lengths"] = np.asarray(lengths, np.int32)

    def node(self, **attributes):
        names = [name if name in self.constants or name == "x" else "" for name in INPUTS]
        while not names[-1]:
            names.pop()
        outputs = [name if name in self.wanted else "" for name in OUTPUTS]
        while not outputs[-1]:
            outputs.pop()
        return helper.make_node(self.op, names, outputs, name="node", **attributes, **self.attributes)

    def model(self, nodes, outputs, shape, constants):
        graph = helper.make_graph(
            nodes, "test", [helper.make_tensor_value_info("x", T.FLOAT, shape)],
            [helper.make_tensor_value_info(name, T.FLOAT, None) for name in outputs],
            [numpy_helper.from_array(value, name) for name, value in constants.items()],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
        return model.SerializeToString()

    def file(self):
        """The model that is tested: the outputs it has, in one."""
        steps, rows, width = self.size
        constants, attributes = dict(self.constants), {}
        if self.layout:
            attributes["layout"] = 1
            for name in {"h", "c"} & constants.keys():
                constants[name] = np.ascontiguousarray(constants[name].transpose(1, 0, 2))
        constants["flat"] = np.asarray([-1], np.int64)
        nodes = [self.node(**attributes)]
        nodes += [helper.make_node("Reshape", [name, "flat"], [name + "_flat"], name=name) for name in self.wanted]
        nodes.append(helper.make_node("Concat", [name + "_flat" for name in self.wanted], ["all"], name="all", axis=0))
        shape = (rows, steps, width) if self.layout else self.size
        return self.model(nodes, ["all"], shape, constants)

    def answers(self, rng):
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        model = self.model([self.node()], self.wanted, self.size, self.constants)
        runs = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        for _ in range(ANSWERS):
            x = rng.uniform(-1, 1, self.size).astype(F)
            results = runs.run(self.wanted, {"x": x})
            if self.layout:
                x = x.transpose(1, 0, 2)
                results = [y.transpose((2, 0, 1, 3) if y.ndim == 4 else (1, 0, 2)) for y in results]
            flat = np.concatenate([y.ravel() for y in results])
            assert np.isfinite(flat).all()
            yield x.ravel(), flat


def lengths(rng):
    """Rows that end early, from either end and in both layouts."""
    number = 0
    for op in GATES:
        for direction in ["forward", "reverse", "bidirectional"]:
            for given in [[4, 2, 1], [1, 3, 4], [3, 1, 3], [2, 2, 2]]:
                yield f"{op} {direction} {given}", Recurrence(
                    rng, op, lengths=given, direction=direction, layout=number % 2,
                    optional=["bhcp", "", "bc", "h"][number // 2 % 4], **before(op, number),
                )
                number += 1
    for wanted in [["y_h"], ["y_c"], ["y"]]:
        yield f"only {wanted[0]}", Recurrence(rng, "LSTM", lengths=[2, 4, 1], direction="bidirectional", wanted=wanted)
    yield "one row", Recurrence(rng, "GRU", rows=1, lengths=[2], direction="reverse", layout=1)
    yield "whole rows", Recurrence(rng, "LSTM", lengths=[4, 4, 4], direction="bidirectional")


def before(op, number):
    return dict(linear_before_reset=number % 2) if op == "GRU" else {}


def coupled(rng):
    """A forget gate that is 1 less the input gate."""
    for optional in ["", "b", "bhc", "bhcp", "c"]:
        for direction in ["forward", "bidirectional"]:
            yield f"{optional} {direction}", Recurrence(
                rng, "LSTM", direction=direction, optional=optional, input_forget=1
            )
    yield "ends early", Recurrence(rng, "LSTM", lengths=[3, 1, 4], direction="reverse", layout=1, input_forget=1)
    yield "clipped", Recurrence(rng, "LSTM", optional="bhcp", input_forget=1, clip=0.3)
    yield "others", Recurrence(
        rng, "LSTM", input_forget=1, activations=["HardSigmoid", "Softsign", "LeakyRelu"],
    )


def parameters(rng, names):
    """Numbers for activations, in their order."""
    alphas = sum(ACTIVATIONS[name][0] for name in names)
    betas = sum(ACTIVATIONS[name][1] for name in names)
    given = dict(activations=names)
    if alphas:
        given["activation_alpha"] = rng.uniform(0.1, 1.2, alphas).round(3).tolist()
    if betas:
        given["activation_beta"] = rng.uniform(-0.8, 0.8, betas).round(3).tolist()
    return given


def activations(rng):
    """Every activation in every place, with parameters and without where there are defaults."""
    usual = {"RNN": ["Tanh"], "GRU": ["Sigmoid", "Tanh"], "LSTM": ["Sigmoid", "Tanh", "Tanh"]}
    for op, own in usual.items():
        for place in range(len(own)):
            for name in ACTIVATIONS:
                names = own[:place] + [name] + own[place + 1 :]
                yield f"{op} {' '.join(names)}", Recurrence(
                    rng, op, steps=3, rows=1, optional="bh", **parameters(rng, names), **before(op, len(name))
                )
        for name in ["LeakyRelu", "HardSigmoid", "Elu"]:
            names = own[:-1] + [name]
            yield f"{op} {name} by default", Recurrence(rng, op, steps=3, rows=1, activations=names)
        names = own[:-1] + ["Affine"]
        yield f"{op} Affine without beta", Recurrence(
            rng, op, steps=3, rows=1, activations=names, activation_alpha=[0.75]
        )
    every = list(ACTIVATIONS)
    for number in range(8):
        op = list(GATES)[number % 3]
        names = [every[i] for i in rng.integers(0, len(every), 2 * len(usual[op]))]
        yield f"{number} {op} {' '.join(names)}", Recurrence(
            rng, op, lengths=[4, 1, 3], direction="bidirectional", **parameters(rng, names), **before(op, number)
        )
    # Fewer numbers than are taken: the rest are the defaults.
    yield "the rest by default", Recurrence(
        rng, "LSTM", activations=["HardSigmoid", "LeakyRelu", "Elu"], activation_alpha=[0.3], activation_beta=[0.4]
    )
    # A number for each activation, whether it takes one or not, which is where that activation is.
    yield "one for each", Recurrence(
        rng, "LSTM", activations=["HardSigmoid", "Tanh", "Tanh"],
        activation_alpha=[0.3, 0.0, 0.0], activation_beta=[0.4, 0.0, 0.0],
    )
    yield "in capitals", Recurrence(
        rng, "GRU", activations=["HARDSIGMOID", "scaledtanh"], activation_alpha=[0.3, 1.5], activation_beta=[0.4, 0.6]
    )
    yield "clipped", Recurrence(
        rng, "GRU", clip=0.25, activations=["Sigmoid", "ScaledTanh"], activation_alpha=[1.5], activation_beta=[2.0]
    )


def record(family, name, model, answers):
    text = lambda data: struct.pack("<I", len(data)) + data
    floats = lambda a: struct.pack("<I", a.size) + a.astype("<f4").tobytes()
    out = text(family.encode()) + text(name.encode()) + text(model) + struct.pack("<I", len(answers))
    return out + b"".join(floats(x) + floats(y) for x, y in answers)


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    out = bytearray()
    for number, family in enumerate([lengths, coupled, activations]):
        rng, count = np.random.default_rng([seed, number]), 0
        for name, made in family(rng):
            out += record(family.__name__, name, made.file(), list(made.answers(rng)))
            count += 1
        print(family.__name__, count)
    (HERE / "corpus.bin").write_bytes(out)
    print(len(out), "bytes")


main()
