"""Random quantised models, and ONNX Runtime's answers to random inputs.

    pip install -r requirements.txt && python3 make.py [seed [count]]

Writes corpus.bin, the same bytes for the same seed and packages. `tests/qdq.rs` compiles every model
and holds the integers to the answers. Each model is given as one of two kinds: operators on quantised
tensors (QLinearConv and the like), or operators on floats between DequantizeLinear and QuantizeLinear,
which ONNX Runtime fuses into the same kernels.

Records until the end of the file, little-endian: name (u32 length, bytes), model (the same), smallest
and largest input (f32), whether ONNX Runtime answers otherwise if it fuses nothing (u8), whether floats are
left that have a meaning without fusion (u8, see below), number of inputs (u32), and for each input its values and the answer (u32 count, f32 each).

What is left out, because ONNX Runtime's answer is not one answer:
- a processor without VNNI adds products of 8 bits pairwise in saturating 16 bits. This script refuses
  to run where that happens;
- a sum, product or mean between DequantizeLinear and QuantizeLinear is fused or not by its neighbours'
  grace (signed 8 bits beside a convolution are not), and where it is not, ties are rounded before an
  odd zero point is added, not after. Models in which one is not fused are left out;
- two roundings that follow each other are one to ONNX Runtime by default. That is turned off;
- a bias that is left in floats is rounded to the units of the sums if a kernel is fused, and as it is in
  the file if not. The answers to such a model, and to one with a clamp that stands in a kernel's way, are those
  without fusion; with both that and an odd zero point behind a sum, product or mean it is left out.
"""
import struct
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto as T
from onnx import helper, numpy_helper

F = np.float32
TYPES = {"u8": (np.uint8, T.UINT8, 0, 255), "s8": (np.int8, T.INT8, -128, 127)}
WIDE = {"u16": (np.uint16, T.UINT16, 0, 65535), "s16": (np.int16, T.INT16, -32768, 32767)}
INPUTS = 6


class Tensor:
    """A quantised tensor: name, shape, type, scale, zero point, and about how far it spreads."""

    def __init__(self, name, dims, kind, scale, zero, spread):
        self.name, self.dims, self.kind = name, list(dims), kind
        self.scale, self.zero, self.spread = F(scale), int(zero), float(spread)


class Maker:
    def __init__(self, rng, form, scales):
        self.rng, self.form, self.scales = rng, form, scales
        self.nodes, self.constants, self.count = [], [], 0
        # Whether floats have a meaning that fused kernels leave, and whether these have one of their own.
        self.real, self.odd = False, False

    def name(self, stem):
        self.count += 1
        return f"{stem}{self.count}"

    def constant(self, value, dtype=None):
        name = self.name("c")
        self.constants.append(numpy_helper.from_array(np.array(value, dtype), name))
        return name

    def node(self, op, inputs, domain="", **attributes):
        name = self.name("v")
        self.nodes.append(helper.make_node(op, inputs, [name], name=f"{op}{self.count}", domain=domain, **attributes))
        return name

    def scale(self, about):
        """A power of two, or anything near."""
        if self.scales == "powers":
            return F(2.0 ** round(np.log2(max(about, 1e-9))))
        return F(about * self.rng.uniform(0.7, 1.4))

    def zero(self, kind):
        _, _, low, high = {**TYPES, **WIDE}[kind]
        middle = (low + high + 1) // 2
        if self.rng.random() < 0.3:
            return int(self.rng.choice([low, middle, high]))
        return int(self.rng.integers(low, high + 1)) if self.rng.random() < 0.5 else middle

    def parameters(self, kind, scale, zero):
        return [self.constant(scale, F), self.constant(zero, {**TYPES, **WIDE}[kind][0])]

    def of(self, tensor):
        return self.parameters(tensor.kind, tensor.scale, tensor.zero)

    def result(self, dims, kind, spread, zero=None):
        """Parameters for a result that spreads so far, within reason."""
        spread = min(max(spread, 1e-4), 1e6)
        zero = self.zero(kind) if zero is None else zero
        _, _, low, high = {**TYPES, **WIDE}[kind]
        levels = (high - low) * self.rng.uniform(0.15, 0.7)
        return Tensor(None, dims, kind, self.scale(spread / levels), zero, spread)

    # Floats between DequantizeLinear and QuantizeLinear.
    def floats(self, tensor):
        return self.node("DequantizeLinear", [tensor.name, *self.of(tensor)])

    def quantized(self, float_name, to):
        to.name = self.node("QuantizeLinear", [float_name, *self.of(to)])
        return to

    def activated(self, name, to):
        """Sometimes with a clamp: ONNX Runtime drops it if the rounding does its work."""
        drops = to.zero == {**TYPES, **WIDE}[to.kind][2]
        if self.rng.random() < (0.6 if drops else 0.1):
            self.real |= not drops
            return self.node("Relu", [name])
        return name

    def weights(self, x, dims, outputs, axis):
        """Integers and their parameters: per tensor, or for each output."""
        kind = "s8" if x.kind == "s8" or self.rng.random() < 0.7 else "u8"
        dtype, _, low, high = TYPES[kind]
        size = int(self.rng.choice([1, 3, 20, 127]))
        each = kind == "s8" and self.rng.random() < 0.5
        zero = 0 if kind == "s8" else 128
        values = np.clip(zero + self.rng.integers(-size, size + 1, dims), low, high).astype(dtype)
        about = self.rng.uniform(0.3, 1.0, outputs if each else None) / size
        scales = np.array([self.scale(a) for a in about] if each else self.scale(about), F)
        zeros = np.full(outputs, zero, dtype) if each else np.array(zero, dtype)
        return kind, values, scales, zeros, axis if each else None

    def bias(self, x, scales, outputs, fan):
        wide = int(max(2, 40 * fan))
        values = self.rng.integers(-wide, wide + 1, outputs).astype(np.int32)
        return values, np.broadcast_to(x.scale * scales, (outputs,)).astype(F)

    def biased(self, bias, units, each, zero):
        """Quantised, or as floats."""
        if self.rng.random() < 0.3:
            self.real = True
            return self.constant((bias * units * self.rng.uniform(0.9, 1.1)).astype(F))
        return self.node("DequantizeLinear", [self.constant(bias), each, zero], axis=0)

    def spread_of(self, x, values, scales, zeros, fan):
        mean = np.abs(values.astype(int) - np.array(zeros).ravel()[0]).mean() * float(np.mean(scales))
        return max(x.spread * mean * np.sqrt(fan) * 1.2, 1e-3)

    def convolution(self, x):
        channels = x.dims[1]
        groups = channels if self.rng.random() < 0.25 else 1
        outputs = groups * int(self.rng.integers(1, 4 if groups == 1 else 2))
        size = int(self.rng.integers(1, min(3, x.dims[2]) + 1))
        dims = [outputs, channels // groups, size, size]
        kind, values, scales, zeros, axis = self.weights(x, dims, outputs, 0)
        fan = channels // groups * size * size
        pad = int(self.rng.integers(0, size))
        stride = int(self.rng.integers(1, 3))
        attributes = dict(group=groups, pads=[pad] * 4, strides=[stride] * 2, kernel_shape=[size] * 2)
        out = (x.dims[2] + 2 * pad - size) // stride + 1
        to = self.result([1, outputs, out, out], x.kind, self.spread_of(x, values, scales, zeros, fan))
        w, s, z = self.constant(values), self.constant(scales), self.constant(zeros)
        biased = self.rng.random() < 0.6
        if biased:
            bias, units = self.bias(x, scales, outputs, fan)
        if self.form == "qlinear":
            inputs = [x.name, *self.of(x), w, s, z, *self.of(to)] + ([self.constant(bias)] if biased else [])
            to.name = self.node("QLinearConv", inputs, **attributes)
            return to
        inputs = [self.floats(x), self.node("DequantizeLinear", [w, s, z], axis=0)]
        if biased:
            each = self.constant(units if axis is not None else units[0])
            zero = self.constant(np.zeros(outputs if axis is not None else (), np.int32))
            inputs.append(self.biased(bias, units, each, zero))
        return self.quantized(self.activated(self.node("Conv", inputs, **attributes), to), to)

    def matrix(self, x):
        inner, outputs = x.dims[1], int(self.rng.integers(1, 6))
        gemm = self.rng.random() < 0.5
        turned = gemm and self.rng.random() < 0.5
        dims = [outputs, inner] if turned else [inner, outputs]
        kind, values, scales, zeros, axis = self.weights(x, dims, outputs, 0 if turned else 1)
        to = self.result([1, outputs], x.kind, self.spread_of(x, values, scales, zeros, inner))
        w, s, z = self.constant(values), self.constant(scales), self.constant(zeros)
        biased = gemm and self.rng.random() < 0.7
        if biased:
            bias, units = self.bias(x, scales, outputs, inner)
        if self.form == "qlinear" and gemm:
            c = self.constant(bias) if biased else ""
            inputs = [x.name, *self.of(x), w, s, z, c, *self.of(to)]
            to.name = self.node("QGemm", inputs, "com.microsoft", transB=int(turned), alpha=1.0)
            return to
        if self.form == "qlinear":
            to.name = self.node("QLinearMatMul", [x.name, *self.of(x), w, s, z, *self.of(to)])
            return to
        inputs = [self.floats(x), self.node("DequantizeLinear", [w, s, z], axis=0 if turned else 1)]
        if biased:
            each = self.constant(units if axis is not None else units[0])
            zero = self.constant(np.zeros(outputs if axis is not None else (), np.int32))
            inputs.append(self.biased(bias, units, each, zero))
        made = self.node("Gemm", inputs, transB=int(turned)) if gemm else self.node("MatMul", inputs)
        return self.quantized(self.activated(made, to), to)

    def pair(self, a, b):
        op = "Add" if self.rng.random() < 0.6 else "Mul"
        spread = a.spread + b.spread if op == "Add" else a.spread * b.spread
        to = self.result(a.dims, a.kind, spread)
        if self.form == "qlinear":
            inputs = [a.name, *self.of(a), b.name, *self.of(b), *self.of(to)]
            to.name = self.node(f"QLinear{op}", inputs, "com.microsoft")
            return to
        self.odd |= to.zero % 2 == 1
        return self.quantized(self.activated(self.node(op, [self.floats(a), self.floats(b)]), to), to)

    def constant_beside(self, x):
        """A sum or a product with a quantised constant, one number or one for each element."""
        dtype, _, low, high = TYPES[x.kind]
        dims = x.dims if self.rng.random() < 0.6 else [1]
        other = self.result(dims, x.kind, x.spread * self.rng.uniform(0.3, 2))
        values = self.rng.integers(low, high + 1, dims).astype(dtype)
        other.name = self.constant(values)
        other.spread = 128 * float(other.scale)
        return self.pair(x, other)

    def product(self, x):
        """Of each channel's square with itself: both matrices are computed."""
        to = self.result(x.dims, x.kind, x.spread**2 * np.sqrt(x.dims[2]) * 0.4)
        if self.form == "qlinear":
            to.name = self.node("QLinearMatMul", [x.name, *self.of(x), x.name, *self.of(x), *self.of(to)])
            return to
        return self.quantized(self.activated(self.node("MatMul", [self.floats(x), self.floats(x)]), to), to)

    def beside(self, x):
        """Another tensor of the same shape and type."""
        if x.dims[1:] == x.dims[1:2]:
            dims = [x.dims[1], x.dims[1]]
            values = self.rng.integers(-20, 21, dims).astype(np.int8)
            scale = self.scale(1 / 20)
            to = self.result(x.dims, x.kind, x.spread * np.sqrt(x.dims[1]) * 0.6)
            w = [self.constant(values), self.constant(scale, F), self.constant(0, np.int8)]
            if self.form == "qlinear":
                to.name = self.node("QLinearMatMul", [x.name, *self.of(x), *w, *self.of(to)])
                return to
            floats = [self.floats(x), self.node("DequantizeLinear", w)]
            return self.quantized(self.node("MatMul", floats), to)
        channels = x.dims[1]
        values = self.rng.integers(-20, 21, [channels, channels, 1, 1]).astype(np.int8)
        scale = self.scale(1 / 20)
        to = self.result(x.dims, x.kind, x.spread * np.sqrt(channels) * 0.6)
        w = [self.constant(values), self.constant(scale, F), self.constant(0, np.int8)]
        if self.form == "qlinear":
            to.name = self.node("QLinearConv", [x.name, *self.of(x), *w, *self.of(to)], kernel_shape=[1, 1])
            return to
        floats = [self.floats(x), self.node("DequantizeLinear", w)]
        return self.quantized(self.node("Conv", floats, kernel_shape=[1, 1]), to)

    def average(self, x):
        size = 2 if self.scales == "powers" and x.dims[2] % 2 == 0 else 3
        size = min(size, x.dims[2])
        out = (x.dims[2] - size) // size + 1
        to = self.result([*x.dims[:2], out, out], x.kind, x.spread)
        attributes = dict(kernel_shape=[size] * 2, strides=[size] * 2)
        if self.form == "qlinear":
            inputs = [x.name, *self.of(x), *self.of(to)]
            to.name = self.node("QLinearAveragePool", inputs, "com.microsoft", **attributes)
            return to
        self.odd |= to.zero % 2 == 1
        return self.quantized(self.node("AveragePool", [self.floats(x)], **attributes), to)

    def mean(self, x):
        to = self.result([*x.dims[:2], 1, 1], x.kind, x.spread * 0.6)
        if self.form == "qlinear":
            inputs = [x.name, *self.of(x), *self.of(to)]
            to.name = self.node("QLinearGlobalAveragePool", inputs, "com.microsoft", channels_last=0)
            return to
        return self.quantized(self.node("GlobalAveragePool", [self.floats(x)]), to)

    def largest(self, x):
        size = min(2, x.dims[2])
        out = x.dims[2] - size + 1
        attributes = dict(kernel_shape=[size] * 2)
        dims = [*x.dims[:2], out, out]
        if self.form == "qlinear":
            name = self.node("MaxPool", [x.name], **attributes)
            return Tensor(name, dims, x.kind, x.scale, x.zero, x.spread)
        to = Tensor(None, dims, x.kind, x.scale, x.zero, x.spread)
        if self.rng.random() < 0.5:
            to = self.result(dims, x.kind, x.spread)
        return self.quantized(self.node("MaxPool", [self.floats(x)], **attributes), to)

    def again(self, x):
        """Dequantised and quantised with other parameters."""
        to = self.result(x.dims, x.kind, x.spread)
        return self.quantized(self.floats(x), to)

    def clipped(self, x):
        to = self.result(x.dims, x.kind, x.spread)
        ends = sorted(self.rng.uniform(-x.spread, x.spread, 2))
        made = self.node("Clip", [self.floats(x), self.constant(ends[0], F), self.constant(ends[1], F)])
        return self.quantized(made, to)

    def curve(self, x):
        to = self.result(x.dims, x.kind, 1.0)
        return self.quantized(self.node("Sigmoid", [self.floats(x)]), to)

    def beside_each_other(self, x):
        other = self.beside(x)
        dims = [x.dims[0], 2 * x.dims[1], *x.dims[2:]]
        to = self.result(dims, x.kind, max(x.spread, other.spread))
        return self.quantized(self.node("Concat", [self.floats(x), self.floats(other)], axis=1), to)

    def flat(self, x):
        shape = self.constant(np.array([1, -1]))
        count = int(np.prod(x.dims))
        if self.form == "qlinear":
            name = self.node("Reshape", [x.name, shape])
            return Tensor(name, [1, count], x.kind, x.scale, x.zero, x.spread)
        to = Tensor(None, [1, count], x.kind, x.scale, x.zero, x.spread)
        return self.quantized(self.node("Reshape", [self.floats(x), shape]), to)

    def step(self, x):
        image = len(x.dims) == 4
        steps = [lambda: self.pair(x, self.beside(x)), lambda: self.pair(x, x), lambda: self.constant_beside(x)]
        if image:
            steps += [lambda: self.convolution(x)] * 4
            steps += [lambda: self.average(x), lambda: self.mean(x), lambda: self.largest(x)]
            steps += [lambda: self.flat(x), lambda: self.product(x)]
        else:
            steps += [lambda: self.matrix(x)] * 4
        if self.form == "qdq":
            steps += [lambda: self.again(x), lambda: self.clipped(x), lambda: self.curve(x)]
            steps += [lambda: self.beside_each_other(x)]
        return steps[int(self.rng.integers(len(steps)))]()


def model(rng, form, scales):
    """A random model: the file, the range of its input, and a function that draws inputs."""
    maker = Maker(rng, form, scales)
    dims = [1, int(rng.integers(1, 4)), *[int(rng.integers(2, 6))] * 2] if rng.random() < 0.6 else [1, int(rng.integers(2, 9))]
    if len(dims) == 2 and rng.random() < 0.15:
        dims = [1, int(rng.integers(40, 65))]
    kind = str(rng.choice(["u8", "s8"]))
    typed = rng.random() < 0.4
    if typed:
        _, proto, low, high = TYPES[kind]
        x = Tensor("x", dims, kind, maker.scale(rng.uniform(0.005, 0.05)), maker.zero(kind), 0)
        x.spread = 128 * float(x.scale)
        step, first, last = F(1), low, high
        declared = helper.make_tensor_value_info("x", proto, dims)
    else:
        # 255 steps that a float holds exactly.
        step = F(2.0 ** int(rng.integers(-6, 1)))
        if scales != "powers":
            step = F(float(step) * int(rng.integers(129, 256)) / 128)
        first, last = (0, 255) if rng.random() < 0.5 else (-128, 127)
        declared = helper.make_tensor_value_info("x", T.FLOAT, dims)
        wide = rng.random() < 0.1
        own = str(rng.choice(["u16", "s16"])) if wide else kind
        x = maker.result(dims, own, 255 * float(step))
        maker.quantized("x", x)
        if wide:
            x = maker.quantized(maker.floats(x), maker.result(dims, kind, 255 * float(step)))
    for _ in range(int(rng.integers(1, 7))):
        x = maker.step(x)
    if rng.random() < 0.6:
        out = helper.make_tensor_value_info(maker.floats(x), T.FLOAT, x.dims)
    else:
        out = helper.make_tensor_value_info(x.name, TYPES[x.kind][1], x.dims)
    graph = helper.make_graph(maker.nodes, "g", [declared], [out], maker.constants)
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)]
    made = helper.make_model(graph, opset_imports=opsets, ir_version=10, producer_name="")

    def inputs():
        integers = rng.integers(first, last + 1, dims)
        draws = [integers, np.full(dims, first), np.full(dims, last), rng.integers(-3, 4, dims) + max(first, 0)]
        draws += [rng.choice([first, last], dims) for _ in range(INPUTS - 5)]
        draws += [rng.integers(first // 8, last // 8 + 1, dims) * (1 if first else 8)]
        for draw in draws:
            draw = np.clip(draw, first, last)
            yield (draw * step).astype(F) if not typed else draw.astype(TYPES[kind][0])

    return made, (F(first * step), F(last * step)), inputs, maker


def session(made, fused=True, path=None):
    options = ort.SessionOptions()
    level = ort.GraphOptimizationLevel
    options.graph_optimization_level = level.ORT_ENABLE_ALL if fused else level.ORT_DISABLE_ALL
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    if path:
        options.optimized_model_filepath = path
    # By default it merges two roundings that follow each other into one of another scale.
    options.add_session_config_entry("session.disable_double_qdq_remover", "1")
    return ort.InferenceSession(made.SerializeToString(), options, providers=["CPUExecutionProvider"])


def all_fused(made):
    """Whether no sum, product or mean of a quantised model is left to floats."""
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/optimised.onnx"
        session(made, path=path)
        left = {node.op_type for node in onnx.load(path).graph.node}
    return not left & {"Add", "Mul", "AveragePool", "GlobalAveragePool"}


def no_saturation():
    """Whether products of 8 bits are added without loss."""
    x, w = np.full((1, 64), 255, np.uint8), np.full((64, 16), 127, np.int8)
    names = [("s", F(1)), ("z", np.uint8(0)), ("w", w), ("v", np.int8(0)), ("t", F(255 * 127 * 64 / 200))]
    constants = [numpy_helper.from_array(np.array(v), n) for n, v in names]
    node = helper.make_node("QLinearMatMul", ["x", "s", "z", "w", "s", "v", "t", "z"], ["y"])
    graph = helper.make_graph(
        [node], "g", [helper.make_tensor_value_info("x", T.UINT8, x.shape)],
        [helper.make_tensor_value_info("y", T.UINT8, [1, 16])], constants)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return (session(made).run(None, {"x": x})[0] == 200).all()


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 400
    if not no_saturation():
        sys.exit("expected a processor that adds products of 8 bits without saturation (VNNI), got another")
    out, kept, differ, skipped, apart, both, index = bytearray(), 0, 0, 0, 0, 0, 0
    text = lambda data: struct.pack("<I", len(data)) + data
    floats = lambda a: struct.pack("<I", a.size) + a.astype("<f4").tobytes()
    while kept < count:
        rng = np.random.default_rng([seed, index])
        form, scales = ["qlinear", "qdq"][index % 2], ["powers", "any"][index // 2 % 2]
        index += 1
        made, (low, high), inputs, maker = model(rng, form, scales)
        if maker.real and maker.odd:
            both += 1
            continue
        try:
            fused, plain = session(made), session(made, fused=False)
            if form == "qdq" and not maker.real and not all_fused(made):
                apart += 1
                continue
        except Exception as error:
            skipped += 1
            print("skipped:", str(error)[:150])
            continue
        answers, same = [], True
        for x in inputs():
            y, z = fused.run(None, {"x": x})[0], plain.run(None, {"x": x})[0]
            same &= bool((y == z).all())
            answers.append((x, z if maker.real else y))
        # An answer that is one number whatever the input tells nothing.
        if len({y.tobytes() for _, y in answers}) == 1 and rng.random() < 0.9:
            continue
        differ += not same
        name = f"{form}-{scales}-{index}"
        out += text(name.encode()) + text(made.SerializeToString()) + struct.pack("<ffBBI", low, high, not same, maker.real, len(answers))
        for x, y in answers:
            out += floats(x) + floats(y)
        kept += 1
    with open("corpus.bin", "wb") as file:
        file.write(out)
    print(f"{kept} models, {len(out)} bytes; {differ} answer otherwise unfused; "
          f"left out: {apart} that are not fused, {both} of two meanings, {skipped} that are not run")


main()
