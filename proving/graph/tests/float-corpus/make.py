"""Models of a few operators, most of them random, and ONNX Runtime's answers to random inputs.

    pip install -r requirements.txt && python3 make.py [seed [count]]

Writes corpus.bin, the same bytes for the same seed, count and packages. `common/corpus.rs` reads it: every
model is imported, and what is imported is held to the answers.

Records until the end of the file, little-endian: family and name (u32 length, bytes each), model (the same),
number of inputs (u32), and for each input its values and the answer (u32 count, f32 each). A model without
inputs must be refused: its answer has no element, here or by ONNX's own reference (a slice backwards from before the
first element is that element to ONNX Runtime).
"""
import struct
import sys
from pathlib import Path

import numpy as np
import onnxruntime as ort
from onnx import TensorProto as T
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

F, I = np.float32, np.int64
INPUTS = 3
HERE = Path(__file__).parent
FAMILIES = []


class Model:
    """A chain of nodes: each takes the one before it and the constants named."""

    def __init__(self, *shape, opset=13, kind=T.FLOAT):
        self.shape, self.opset, self.kind = shape, opset, kind
        self.nodes, self.constants, self.last = [], [], "x"
        # Another spelling of the same model, where ONNX Runtime does not read this one.
        self.twin = None

    def constant(self, name, values, dtype=F):
        self.constants.append(numpy_helper.from_array(np.asarray(values, dtype), name))
        return self

    def step(self, op, inputs, outputs, domain="", **attributes):
        """A node of any inputs and outputs; the first output is what comes next in the chain."""
        name = f"{op.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, outputs, name=name, domain=domain, **attributes))
        self.last = outputs[0]
        return self

    def node(self, op, *constants, **attributes):
        output = f"{op.lower()}{len(self.nodes)}_out"
        return self.step(op, [self.last, *constants], [output], **attributes)

    def proto(self):
        shape = ["batch" if d < 0 else d for d in self.shape]
        graph = helper.make_graph(
            self.nodes,
            "test",
            [helper.make_tensor_value_info("x", T.FLOAT, shape)],
            [helper.make_tensor_value_info(self.last, self.kind, None)],
            self.constants,
        )
        imports = [helper.make_opsetid("", self.opset), helper.make_opsetid("ai.onnx.ml", 3)]
        return helper.make_model(graph, opset_imports=imports, ir_version=8)

    def input_shape(self):
        return [abs(d) for d in self.shape]


def family(make):
    """A function that gives models under their names: of random ones, `count` of them."""
    FAMILIES.append(make)
    return make


def random(make):
    """A family of random models, each drawn by `make(rng)`, which gives none for a draw that is senseless."""

    def family(rng, count):
        made = 0
        while made < count:
            model = make(rng)
            if model is not None:
                yield str(made), model
                made += 1

    family.__name__ = make.__name__
    FAMILIES.append(family)
    return make


def drawn(rng, *shape):
    return rng.uniform(-1, 1, shape).astype(F)


def whole(rng, low, high, size=None):
    """Integers from `low` to `high`, both among them."""
    return rng.integers(low, high + 1, size).tolist()


def coin(rng):
    return bool(rng.integers(0, 2))


@random
def convolutions(rng):
    groups, per, out = whole(rng, 1, 3), whole(rng, 1, 2), whole(rng, 1, 2)
    size, kernel = whole(rng, 4, 8, 2), whole(rng, 1, 3, 2)
    strides, dilations, pads = whole(rng, 1, 2, 2), whole(rng, 1, 2, 2), whole(rng, 0, 2, 4)
    if any((k - 1) * d >= s for k, d, s in zip(kernel, dilations, size)):
        return None
    auto = ["SAME_UPPER", "SAME_LOWER", "VALID", None][whole(rng, 0, 3)]
    w, b = drawn(rng, groups * out, per, *kernel), drawn(rng, groups * out)
    given = ["w", "b"] if coin(rng) else ["w"]

    def model(**padding):
        made = Model(-1, groups * per, *size).constant("w", w).constant("b", b)
        attributes = dict(group=groups, strides=strides, dilations=dilations, kernel_shape=kernel)
        return made.node("Conv", *given, **attributes, **padding).node("Relu")

    if auto is None:
        return model(pads=pads)
    made = model(auto_pad=auto)
    if auto.startswith("SAME"):
        # ONNX Runtime takes no dilations with it. What ONNX says of it: one result for each step.
        rows = zip(size, strides, kernel, dilations)
        pads = [max((-(-n // s) - 1) * s + (k - 1) * d + 1 - n, 0) for n, s, k, d in rows]
        less, more = [p // 2 for p in pads], [p - p // 2 for p in pads]
        made.twin = model(pads=less + more if auto == "SAME_UPPER" else more + less)
    return made


@random
def pools(rng):
    channels, size = whole(rng, 1, 3), whole(rng, 4, 8, 2)
    attributes = dict(
        kernel_shape=whole(rng, 2, 3, 2),
        strides=whole(rng, 1, 3, 2),
        pads=whole(rng, 0, 1, 4),
        ceil_mode=int(coin(rng)),
    )
    kind = whole(rng, 0, 2)
    if kind > 0:
        attributes |= dict(count_include_pad=kind - 1)
    return Model(1, channels, *size).node("MaxPool" if kind == 0 else "AveragePool", **attributes)


@random
def products_of_matrices(rng):
    batch, rows, inner, columns = whole(rng, 1, 2), whole(rng, 1, 3), whole(rng, 1, 5), whole(rng, 1, 4)
    x = Model(1, batch, rows, inner)
    which = whole(rng, 0, 5)
    if which == 5:
        return x.step("Transpose", ["x"], ["t"], perm=[0, 1, 3, 2]).step("MatMul", ["x", "t"], ["y"])
    after = [[inner, columns], [batch, inner, columns], None, [inner], None][which]
    if after:
        return x.constant("w", drawn(rng, *after)).node("MatMul", "w")
    before = [columns, rows] if which == 2 else [batch, columns, rows]
    return x.constant("w", drawn(rng, *before)).step("MatMul", ["w", "x"], ["y"])


@random
def gemm(rng):
    inner, columns = whole(rng, 1, 5), whole(rng, 1, 4)
    turn = coin(rng)
    bias = [[], [columns], [1, columns], [1]][whole(rng, 0, 3)]
    model = Model(1, inner).constant("w", drawn(rng, *([columns, inner] if turn else [inner, columns])))
    alpha, beta = rng.uniform(-2, 2, 2)
    return model.constant("b", drawn(rng, *bias)).node("Gemm", "w", "b", alpha=alpha, beta=beta, transB=int(turn))


@random
def arithmetic_with_constants_of_any_shape(rng):
    op = rng.choice(["Add", "Sub", "Mul", "Div"])
    shape = [1, 3, 2, 4]
    rank = whole(rng, 0, 4)
    dims = [1 if coin(rng) else d for d in shape[4 - rank :]]
    model = Model(*shape).constant("c", drawn(rng, *dims) + F(3))
    if coin(rng):
        model.constant("w", drawn(rng, 3, 3, 1, 1)).node("Conv", "w")
    # A quotient by a variable is no operation of its own.
    if coin(rng) and op != "Div":
        return model.step(op, ["c", model.last], ["y"])
    return model.node(op, "c")


@random
def arithmetic_of_variables(rng):
    op = rng.choice(["Add", "Sub", "Mul", "Max", "Min", "Sum"])
    model = Model(1, 3, 2, 4).step("ReduceMean", ["x"], ["m"], axes=[whole(rng, 0, 3)])
    return model.step(op, ["x", "m"], ["y"]).step(op, ["m", "y"], ["z"])


@random
def reductions(rng):
    op = rng.choice(["ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin"])
    axes = sorted(rng.choice([-4, -3, -2, -1], whole(rng, 1, 3), replace=False).tolist())
    keep = int(coin(rng))
    if op == "ReduceSum" and coin(rng):
        return Model(1, 3, 4, 2).constant("axes", axes, I).node(op, "axes", keepdims=keep)
    return Model(1, 3, 4, 2, opset=11).node(op, axes=axes, keepdims=keep)


@random
def slices(rng):
    model = Model(1, 5, 6).constant("s", whole(rng, -6, 5, 2), I).constant("e", whole(rng, -7, 6, 2), I)
    model.constant("a", [1, -1], I).constant("t", rng.choice([-2, -1, 1, 2], 2), I)
    return model.node("Slice", "s", "e", "a", "t").node("Relu")


@random
def transpositions(rng):
    model = Model(1, 2, 3, 4).node("Transpose", perm=rng.permutation(4).tolist())
    return model.node("LeakyRelu").node("Transpose")


@random
def pads(rng):
    ends = whole(rng, 0, 2, 4)
    ends = [0, 0, *ends[:2], 0, 0, *ends[2:]]
    mode, value = str(rng.choice(["constant", "edge", "reflect"])), rng.uniform(-1, 1)
    if coin(rng):
        return Model(1, 1, 3, 4, opset=10).node("Pad", mode=mode, pads=ends, value=value).node("Relu")
    model = Model(1, 1, 3, 4).constant("p", ends, I).constant("v", value)
    return model.node("Pad", "p", "v", mode=mode).node("Relu")


@random
def normalisation_after_a_layer_alone_or_with_others_that_see_it(rng):
    model = Model(1, 3, 4, 4).constant("w", drawn(rng, 3, 3, 2, 2)).constant("s", drawn(rng, 3) + F(1.5))
    model.constant("b", drawn(rng, 3)).constant("m", drawn(rng, 3)).constant("v", drawn(rng, 3) + F(1.5))
    before = whole(rng, 0, 2)
    if before:
        model.node(*(["Conv", "w"] if before == 1 else ["Relu"]))
    last = model.last
    model.node("BatchNormalization", "s", "b", "m", "v").node("Relu")
    if coin(rng):
        model.step("Add", [model.last, last], ["y"])
    return model.constant("w2", drawn(rng, 2, 3, 3, 3)).node("Conv", "w2")


@family
def functions_of_one_number(rng, _):
    for op, attributes in [
        ("Sigmoid", {}), ("Tanh", {}), ("Erf", {}), ("Exp", {}), ("Softplus", {}), ("Softsign", {}), ("HardSwish", {}),
        ("Mish", {}), ("Elu", dict(alpha=1.5)), ("Selu", {}), ("LeakyRelu", dict(alpha=0.1)),
        ("HardSigmoid", dict(alpha=0.3, beta=0.4)), ("Relu", {}), ("Neg", {}), ("Abs", {}), ("Atan", {}), ("Sin", {}),
        ("Cos", {}), ("Identity", {}), ("Dropout", {}), ("Cast", dict(to=T.FLOAT)),
    ]:  # fmt: skip
        yield op, Model(1, 7, opset=18).node(op, **attributes)


@family
def moves_of_elements(rng, _):
    x = lambda: Model(1, 4, 6)
    yield "flatten", x().node("Flatten").node("Relu")
    yield "reshape", x().constant("s", [0, 2, -1, 3], I).node("Reshape", "s").node("Transpose")
    yield "gather", x().constant("i", [2, -1, 0], I).node("Gather", "i", axis=2)
    yield "gather one", x().constant("i", [1], I).node("Gather", "i", axis=1).node("Relu")
    yield "squeeze", x().constant("a", [0], I).node("Squeeze", "a").node("Relu")
    yield "unsqueeze", x().constant("a", [0, -1], I).node("Unsqueeze", "a").node("Relu")
    yield "tile", x().constant("r", [1, 2, 3], I).node("Tile", "r")
    wide = x().constant("a", [-1], I).node("Unsqueeze", "a").constant("s", [1, 4, 6, 3], I)
    yield "expand", wide.node("Expand", "s")
    parts = x().constant("n", [1, 3], I).step("Split", ["x", "n"], ["a", "b"], axis=1)
    parts.step("Relu", ["a"], ["r"]).constant("c", drawn(rng, 1, 1, 6))
    yield "split and concat", parts.step("Concat", ["b", "c", "r"], ["y"], axis=1)
    image = lambda: Model(1, 8, 4, 6)
    yield "depth to space", image().node("DepthToSpace", blocksize=2)
    yield "space to depth", image().node("SpaceToDepth", blocksize=2)
    yield "global average", image().node("GlobalAveragePool").node("Flatten")
    yield "global maximum", image().node("GlobalMaxPool")
    line = Model(1, 3, 8).constant("w", drawn(rng, 4, 3, 3)).node("Conv", "w", pads=[1, 1], strides=[2])
    yield "one dimension", line.node("MaxPool", kernel_shape=[2])


@family
def shapes_computed_in_the_graph(rng, _):
    # As torch exports x.view(x.size(0), -1).
    view = Model(-1, 2, 3, 4).step("Shape", ["x"], ["shape"]).step("Constant", [], ["zero"], value_int=0)
    view.step("Gather", ["shape", "zero"], ["batch"]).constant("front", [0], I)
    view.step("Unsqueeze", ["batch", "front"], ["first"]).constant("rest", [-1], I)
    view.step("Concat", ["first", "rest"], ["target"], axis=0).step("Reshape", ["x", "target"], ["flat"])
    yield "view", view.constant("w", drawn(rng, 24, 3)).node("MatMul", "w")
    part = Model(1, 2, 6).step("Shape", ["x"], ["shape"]).constant("two", [2], I).constant("one", [1], I)
    part.step("Div", ["shape", "two"], ["half"]).step("Mul", ["half", "two"], ["even"])
    part.step("Cast", ["even"], ["cast"], to=T.INT64).step("Max", ["cast", "one"], ["size"])
    yield "slice of half", part.step("Slice", ["x", "half", "size"], ["y"])


@family
def bounds_and_slopes(rng, _):
    x = lambda: Model(1, 3, 4)
    six = lambda: x().constant("min", 0).constant("max", 0.6)
    yield "clip", six().node("Clip", "min", "max")
    yield "clip above", six().step("Clip", ["x", "", "max"], ["y"])
    yield "clip by attributes", Model(1, 5, opset=10).node("Clip", min=-0.2, max=0.5)
    yield "slopes", x().constant("s", [[0.1], [0.2], [-0.3]]).node("PRelu", "s")
    yield "slope", x().constant("s", [0.1]).node("PRelu", "s")
    yield "maximum and minimum", six().node("Max", "min").node("Min", "max")


@family
def functions_written_as_several_nodes(rng, _):
    x = lambda: Model(1, 9).constant("half", 0.5).constant("one", 1)
    gelu = x().constant("root", np.sqrt(F(2))).step("Div", ["x", "root"], ["a"]).step("Erf", ["a"], ["b"])
    gelu.step("Add", ["b", "one"], ["c"]).step("Mul", ["x", "c"], ["d"])
    yield "gelu", gelu.step("Mul", ["d", "half"], ["y"])
    tanh = x().constant("three", 3).constant("small", 0.044715).constant("factor", 0.7978846)
    tanh.step("Pow", ["x", "three"], ["a"]).step("Mul", ["a", "small"], ["b"]).step("Add", ["x", "b"], ["c"])
    tanh.step("Mul", ["c", "factor"], ["d"]).step("Tanh", ["d"], ["e"]).step("Add", ["e", "one"], ["f"])
    yield "gelu by tanh", tanh.step("Mul", ["x", "half"], ["g"]).step("Mul", ["g", "f"], ["y"])
    yield "silu", x().step("Sigmoid", ["x"], ["s"]).step("Mul", ["x", "s"], ["y"])
    swish = x().step("Neg", ["x"], ["n"]).step("Exp", ["n"], ["e"]).step("Add", ["e", "one"], ["d"])
    yield "silu by exp", swish.step("Div", ["x", "d"], ["y"])


@family
def rewrites(rng, _):
    """What `import_rewrites.rs` looks at."""
    model = Model(1, 2, 4, 4).constant("mean", [[[0.5]], [[-0.5]]]).constant("deviation", 0.25)
    model.node("Sub", "mean").node("Div", "deviation").constant("w", drawn(rng, 3, 2, 2, 2)).node("Conv", "w")
    model.constant("s", [1, 0.5, 2]).constant("b", drawn(rng, 3)).constant("v", [1, 2, 3])
    model.node("BatchNormalization", "s", "b", "b", "v").constant("c", drawn(rng, 1, 3, 1, 1))
    yield "affine convolution", model.node("Add", "c").node("Relu")

    model = Model(1, 1, 4, 4).constant("one", 1).node("Add", "one").constant("w", drawn(rng, 1, 1, 3, 3))
    yield "offset before padding", model.node("Conv", "w", pads=[1] * 4)

    layer = lambda columns: Model(1, columns).constant("w", drawn(rng, columns, columns)).step("MatMul", ["x", "w"], ["a"])
    model = layer(3).constant("two", 2).step("Mul", ["a", "two"], ["b"]).step("Relu", ["b"], ["r"])
    yield "shared result", model.step("Concat", ["r", "a"], ["y"], axis=1)

    model = Model(1, 1, 6, 6).constant("w", drawn(rng, 2, 1, 3, 3)).node("Conv", "w").node("Relu")
    model.node("MaxPool", kernel_shape=[2, 2], strides=[2, 2]).node("Flatten")
    yield "clamp behind pool", model.constant("f", drawn(rng, 8, 2)).node("MatMul", "f")

    model = Model(1, 2, 3).node("Transpose").constant("s", [2, 3], I).node("Reshape", "s").node("Transpose")
    yield "moves", model.step("Concat", [model.last, model.last], ["y"], axis=0)
    yield "there and back", Model(1, 2, 3).node("Transpose").node("Transpose")

    yield "silu of a layer", layer(4).step("Sigmoid", ["a"], ["s"]).step("Mul", ["a", "s"], ["y"])
    model = layer(4).step("Sigmoid", ["a"], ["s"]).step("Tanh", ["x"], ["t"])
    yield "product of functions", model.step("Mul", ["t", "s"], ["y"])
    yield "quotient of variables", layer(4).step("Div", ["a", "x"], ["y"])

    model = Model(1, 4).constant("min", 0).constant("max", 0.5)
    yield "clamps", model.node("Relu").node("Clip", "min", "max").node("Relu")
    model = Model(1, 4).constant("scale", 0.25).constant("zero", 0, np.uint8).node("Relu")
    for _ in range(2):
        model.node("QuantizeLinear", "scale", "zero").node("DequantizeLinear", "scale", "zero")
    yield "roundings", model

    model = Model(1, 4, kind=T.INT64).node("Sigmoid").node("Softmax", axis=1)
    yield "largest of softmax", model.node("ArgMax", axis=1)

    model = Model(1, 2).constant("q", [[1, 2], [3, 4], [5, -6]], np.int8).constant("scales", [0.5, 0.25, 0.125])
    model.constant("zeros", [0, 0, 0], np.int8).step("DequantizeLinear", ["q", "scales", "zeros"], ["w"], axis=0)
    model.step("Gemm", ["x", "w"], ["y"], transB=1).constant("two", -2)
    yield "quantised weights", model.node("Mul", "two")


@family
def perceptrons(rng, _):
    """Two layers in the spelling of torch, of scikit-learn, and with every factor of Gemm."""
    w1, b1 = drawn(rng, 8, 6) / F(2), drawn(rng, 6)
    w2, b2 = drawn(rng, 6, 4) / F(2), drawn(rng, 1, 4)

    def start(turned):
        model = Model(-1, 8).constant("w1", w1.T if turned else w1).constant("b1", b1)
        return model.constant("w2", w2.T if turned else w2).constant("b2", b2)

    turned = start(True).node("Gemm", "w1", "b1", transB=1).node("Relu")
    yield "torch", turned.node("Gemm", "w2", "b2", transB=1)
    straight = start(False).node("MatMul", "w1").node("Add", "b1").node("Relu")
    yield "scikit-learn", straight.node("MatMul", "w2").node("Add", "b2")
    factors = start(False).node("Flatten").node("Gemm", "w1", "b1", alpha=0.5, beta=-2.0).node("Relu")
    factors.constant("shape", [1, -1], I).node("Reshape", "shape")
    yield "factors", factors.node("Gemm", "w2").node("Relu")
    yield "without activation", start(False).node("Gemm", "w1", "b1").node("Gemm", "w2", "b2")


def session(model):
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def record(family, name, model, answers):
    text = lambda data: struct.pack("<I", len(data)) + data
    floats = lambda a: struct.pack("<I", a.size) + a.astype("<f4").tobytes()
    out = text(family.encode()) + text(name.encode()) + text(model) + struct.pack("<I", len(answers))
    return out + b"".join(floats(x) + floats(y) for x, y in answers)


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 48
    out = bytearray()
    for number, make in enumerate(FAMILIES):
        rng = np.random.default_rng([seed, number])
        inputs, size = (20, 1) if make is perceptrons else (INPUTS, 3)
        for name, made in make(rng, count):
            model = made.proto().SerializeToString()
            runs = session((made.twin or made).proto().SerializeToString())
            answers = []
            for _ in range(inputs):
                x = rng.uniform(-size, size, made.input_shape()).astype(F)
                answers.append((x, runs.run(None, {"x": x})[0]))
            if make.__name__ == "slices":
                reference = ReferenceEvaluator(made.proto()).run(None, {"x": answers[0][0]})[0]
                if 0 in (answers[0][1].size, reference.size):
                    answers = []
            assert all(np.isfinite(y.astype(np.float64)).all() for _, y in answers), (make.__name__, name)
            out += record(make.__name__, name, model, answers)
    digits = (HERE / "../../../../models/digits/digits.onnx").read_bytes()
    runs = session(digits)
    [x] = runs.get_inputs()
    rng = np.random.default_rng([seed, len(FAMILIES)])
    pixels = [rng.integers(0, 17, (1, 64)).astype(F) for _ in range(20)]
    out += record("models", "digits", digits, [(p, runs.run(None, {x.name: p})[0]) for p in pixels])
    (HERE / "corpus.bin").write_bytes(out)
    print(len(out), "bytes")


main()
