"""Softmaxes, attention and small encoders whose mask is an input, as exporters write them, and ONNX Runtime's answers.

    pip install -r requirements.txt && python3 make.py

Writes corpus.bin, the same bytes for the same packages. `../masks.rs` compiles every model and holds floats, integers
and circuit to the answers.

Records until the end of the file, little-endian: name (u32 length, bytes), model (the same), number of inputs (u32),
for each input its name and the smallest and largest number it is declared to hold (f32 each, not a number where nothing
is declared), number of answers (u32), and for each of them all inputs end to end and the first output (u32 count, f32
each).
"""
import struct
from pathlib import Path

import numpy as np
import onnxruntime as ort
from onnx import TensorProto as T
from onnx import helper, numpy_helper

F, I, B = np.float32, np.int64, np.bool_
RNG = np.random.default_rng(11)
LEAST = F(np.finfo(F).min)
NEGATIVE = F(-np.inf)
S, HEADS, WIDTH = 4, 2, 4
KINDS = {T.FLOAT: F, T.FLOAT16: np.float16, T.INT64: I, T.BOOL: B}
OUT = bytearray()
NAMES = []
node = helper.make_node

text = lambda data: struct.pack("<I", len(data)) + data
floats = lambda values: struct.pack("<I", len(values)) + np.asarray(values, "<f4").tobytes()


def drawn(*shape, by=1.0):
    return (RNG.normal(0, by, shape)).astype(F)


def cast(x, y, to):
    return node("Cast", [x], [y], to=to)


def keep(name, inputs, nodes, constants, feeds, opset=18):
    """A model of inputs, each as type, shape and range, and what ONNX Runtime says to these."""
    used = {name for one in nodes for name in one.input}
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info(i, kind, shape) for i, (kind, shape, _) in inputs.items()],
        [helper.make_tensor_value_info("y", T.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(value), constant) for constant, value in constants.items() if constant in used],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10, producer_name="")
    data = made.SerializeToString()
    session = ort.InferenceSession(data, providers=["CPUExecutionProvider"])
    global OUT
    assert name not in NAMES
    NAMES.append(name)
    OUT += text(name.encode()) + text(data) + struct.pack("<I", len(inputs))
    for i, (_, _, ends) in inputs.items():
        OUT += text(i.encode()) + struct.pack("<ff", *(ends or (np.nan, np.nan)))
    OUT += struct.pack("<I", len(feeds))
    for feed in feeds:
        feed = {i: np.asarray(feed[i]).astype(KINDS[kind]).reshape(shape) for i, (kind, shape, _) in inputs.items()}
        answer = session.run(["y"], feed)[0]
        assert np.isfinite(answer).all(), name
        OUT += floats(np.concatenate([feed[i].ravel().astype(F) for i in inputs])) + floats(answer.ravel())


def masks(shape, none=True):
    """Masks of ones and zeros, the first of ones, of rows that see something; then one of zeros."""
    made = [np.ones(shape, I)]
    for _ in range(3):
        one = RNG.integers(0, 2, shape)
        one[..., RNG.integers(0, shape[-1])] = 1
        made.append(one)
    return made + [np.zeros(shape, I)] * none


def scores():
    """Softmaxes of scores that are an input, with a mask of one row for all."""
    shape, soft = [1, HEADS, S, S], node("Softmax", ["s"], ["y"], axis=-1)
    x = (T.FLOAT, shape, (-6, 6))
    feeds = lambda all: [{"x": RNG.uniform(-6, 6, shape), "m": mask} for mask in all]
    integers = {"x": x, "m": (T.INT64, [1, S], None)}
    wide = [node("Unsqueeze", ["m", "axes"], ["u"]), cast("u", "f", T.FLOAT)]
    given = {"axes": np.array([1, 2]), "one": F(1)}
    for name, number in [("ten-thousand", -1e4), ("far", -1e9), ("half", -65504.0), ("least", LEAST)]:
        less = [node("Sub", ["one", "f"], ["l"]), node("Mul", ["l", "k"], ["h"])]
        nodes = [*wide, *less, node("Add", ["x", "h"], ["s"]), soft]
        keep(f"added-{name}", integers, nodes, {**given, "k": F(number)}, feeds(masks([1, S])))
    turned = [node("Sub", ["f", "one"], ["l"]), node("Mul", ["k", "l"], ["h"]), node("Add", ["h", "x"], ["s"]), soft]
    keep("added-turned", integers, [*wide, *turned], {**given, "k": F(1e4)}, feeds(masks([1, S])))
    # With integers before the cast, and a mask for each query.
    own = {"x": x, "m": (T.INT64, [1, S, S], None)}
    nodes = [
        node("Sub", ["one", "m"], ["l"]), cast("l", "f", T.FLOAT), node("Mul", ["f", "k"], ["h"]), node("Unsqueeze", ["h", "axis"], ["u"]),
        node("Expand", ["u", "shape"], ["e"]), node("Add", ["x", "e"], ["s"]), soft,
    ]
    keep("added-of-integers", own, nodes, {"one": np.array(1), "k": LEAST, "axis": np.array([1]), "shape": np.array(shape)}, feeds(masks([1, S, S])))
    # Beside what a constant hides and adds, as decoders have it.
    causal = np.where(np.tril(np.ones((S, S))) > 0, F(0), LEAST)
    first = masks([1, S], none=False)
    for mask in first:
        mask[0, 0] = 1
    less = [node("Sub", ["one", "f"], ["l"]), node("Mul", ["l", "k"], ["h"])]
    for name, pair in [("mask", ["h", "c"]), ("scores", ["x", "c"])]:
        rest = "x" if name == "mask" else "h"
        nodes = [*wide, *less, node("Add", pair, ["b"]), node("Add", ["b", rest], ["s"]), soft]
        keep(f"added-causal-{name}", integers, nodes, {**given, "k": F(-1e9), "c": np.maximum(causal, F(-1e9))}, feeds(first))
    # As newer ones fill it, by a BOOL that is made of it.
    filled = [
        *wide, node("Sub", ["one", "f"], ["l"]), cast("l", "t", T.BOOL), node("Where", ["t", "k", "l"], ["h"]), node("Add", ["x", "h"], ["s"]), soft,
    ]
    ranged = {"x": x, "m": (T.INT64, [1, S], (0, 1))}
    keep("filled", ranged, filled, {**given, "k": LEAST}, feeds(masks([1, S])))
    nodes = [*wide, node("Equal", ["u", "zero"], ["t"]), node("Where", ["t", "k", "x"], ["s"]), soft]
    counts = {"x": x, "m": (T.INT64, [1, S], (0, 9))}
    keep("filled-where-0", counts, [nodes[0], *nodes[2:]], {**given, "k": LEAST, "zero": np.array(0)}, [{**f, "m": f["m"] * 7} for f in feeds(masks([1, S]))])
    truths = {"x": x, "m": (T.BOOL, [1, 1, 1, S], None)}
    for name, number in [("least", LEAST), ("infinite", NEGATIVE)]:
        all = masks([1, 1, 1, S], none=name == "least")
        given = {"k": number, "zero": F(0)}
        keep(f"truths-added-{name}", truths, [node("Where", ["m", "zero", "k"], ["h"]), node("Add", ["x", "h"], ["s"]), soft], given, feeds(all))
        keep(f"truths-chosen-{name}", truths, [node("Where", ["m", "x", "k"], ["s"]), soft], {"k": number}, feeds(all))
        turned = [node("Not", ["m"], ["n"]), node("Where", ["n", "k", "x"], ["s"]), soft]
        keep(f"truths-filled-{name}", truths, turned, {"k": number}, feeds(all))
    # A row of which nothing is seen is no number, which becomes 0.
    kept = [node("Softmax", ["s"], ["p"], axis=-1), node("IsNaN", ["p"], ["n"]), node("Where", ["n", "zero", "p"], ["y"])]
    for name, first in [("added", [node("Where", ["m", "zero", "k"], ["h"]), node("Add", ["x", "h"], ["s"])]), ("chosen", [node("Where", ["m", "x", "k"], ["s"])])]:
        keep(f"truths-{name}-or-nothing", truths, [*first, *kept], {"k": NEGATIVE, "zero": F(0)}, feeds(masks([1, 1, 1, S])))
    causal = np.tril(np.ones((1, 1, S, S))) > 0
    nodes = [node("And", ["m", "c"], ["a"]), node("Where", ["a", "zero", "k"], ["h"]), node("Add", ["x", "h"], ["s"]), soft]
    all = masks([1, 1, 1, S])
    keep("truths-causal", truths, nodes, {"c": causal, "zero": F(0), "k": LEAST}, feeds(all))
    # With the least number that there is as a floor.
    nodes = [node("Where", ["m", "zero", "k"], ["h"]), node("Add", ["x", "h"], ["a"]), node("Max", ["a", "least"], ["s"]), soft]
    for name, number in [("least", LEAST), ("infinite", NEGATIVE)]:
        keep(f"floored-{name}", truths, nodes, {"zero": F(0), "k": number, "least": LEAST}, feeds(masks([1, 1, 1, S])))
    # Along another axis than the last, and before operator set 13.
    nodes = [node("Where", ["m", "x", "k"], ["s"]), node("Softmax", ["s"], ["y"], axis=2)]
    keep("truths-columns", {"x": x, "m": (T.BOOL, [1, 1, S, 1], None)}, nodes, {"k": LEAST}, feeds(masks([1, 1, S, 1])))
    flat = {"x": (T.FLOAT, [2, S], (-6, 6)), "m": (T.BOOL, [1, S], None)}
    nodes = [node("Where", ["m", "x", "k"], ["s"]), node("Softmax", ["s"], ["y"], axis=1)]
    keep("truths-older", flat, nodes, {"k": LEAST}, [{"x": f["x"].ravel()[: 2 * S], "m": f["m"]} for f in feeds(masks([1, S]))], opset=11)


def torch():
    """`nn.MultiheadAttention` with `key_padding_mask`, true where nothing is seen: its scores, of two sequences."""
    n = 2
    inputs = {"q": (T.FLOAT, [n * HEADS, S, WIDTH], (-1, 1)), "m": (T.BOOL, [n, S], None)}
    nodes = [
        node("Where", ["m", "k", "zeros"], ["p"]), node("Reshape", ["p", "four"], ["r"]), node("Expand", ["r", "heads"], ["e"]),
        node("Reshape", ["e", "three"], ["h"]), node("MatMul", ["q", "w"], ["a"]), node("Add", ["a", "h"], ["s"]),
        node("Softmax", ["s"], ["p2"], axis=-1), node("MatMul", ["p2", "v"], ["y"]),
    ]
    given = {
        "zeros": np.zeros((n, S), F), "four": np.array([n, 1, 1, S]), "heads": np.array([n, HEADS, 1, S]), "three": np.array([n * HEADS, 1, S]),
        "w": drawn(n * HEADS, WIDTH, S), "v": drawn(n * HEADS, S, WIDTH), "k": NEGATIVE,
    }
    feeds = [{"q": RNG.uniform(-1, 1, (n * HEADS, S, WIDTH)), "m": 1 - mask} for mask in masks([n, S], none=False)]
    keep("key-padding", inputs, nodes, given, feeds)


def operator():
    """`Attention`, of which a whole row may be hidden."""
    for opset in [23, 24]:
        for name, kind, shape, extra in [
            ("truths", T.BOOL, [S, S], {}), ("truths-for-batch", T.BOOL, [1, 1, S, S], {"softcap": 1.5}), ("truths-causal", T.BOOL, [S, S], {"is_causal": 1}),
        ]:
            q = (T.FLOAT, [1, HEADS, S, WIDTH], (-1, 1))
            inputs = {"q": q, "m": (kind, shape, None)}
            nodes = [node("Attention", ["q", "k", "v", "m"], ["y"], **extra)]
            given = {"k": drawn(1, HEADS, S, WIDTH), "v": drawn(1, HEADS, S, WIDTH)}
            feed = lambda mask: {"q": RNG.uniform(-1, 1, q[1]), "m": mask}
            keep(f"attention-{opset}-{name}", inputs, nodes, given, [feed(mask) for mask in masks(shape)], opset)
    # A mask of numbers, computed from integers, and one that is an input itself.
    inputs = {"q": q, "m": (T.INT64, [1, S], None)}
    nodes = [
        cast("m", "f", T.FLOAT), node("Sub", ["one", "f"], ["l"]), node("Mul", ["l", "far"], ["h"]), node("Unsqueeze", ["h", "axes"], ["u"]),
        node("Expand", ["u", "shape"], ["e"]), node("Attention", ["q", "k", "v", "e"], ["y"]),
    ]
    numbers = {**given, "one": F(1), "axes": np.array([1, 2]), "shape": np.array([1, 1, S, S])}
    for name, number in [("least", LEAST), ("far", F(-1e9)), ("ten-thousand", F(-1e4))]:
        keep(f"attention-added-{name}", inputs, nodes, {**numbers, "far": number}, [feed(mask) for mask in masks([1, S])], 23)
    inputs = {"q": q, "m": (T.FLOAT, [S, S], (-3, 3))}
    nodes = [node("Attention", ["q", "k", "v", "m"], ["y"])]
    keep("attention-of-numbers", inputs, nodes, given, [feed(RNG.uniform(-3, 3, (S, S))) for _ in range(3)], 23)


def encoder(layers, attend, constants, hidden, width, size):
    """Layers of an encoder on `e`, whose attention is what `attend` makes of queries, keys and values."""
    nodes, last = [], "e"
    for layer in range(layers):
        n = lambda name: f"{name}{layer}"
        for part in "qkv":
            constants |= {n("w" + part): drawn(width, width, by=width**-0.5), n("b" + part): drawn(width, by=0.1)}
            nodes += [node("MatMul", [last, n("w" + part)], [n("m" + part)]), node("Add", [n("b" + part), n("m" + part)], [n(part)])]
        more, out = attend(n)
        nodes += more
        constants |= {n("wo"): drawn(width, width, by=width**-0.5), n("bo"): drawn(width, by=0.1)}
        nodes += [node("MatMul", [out, n("wo")], [n("o")]), node("Add", [n("o"), n("bo")], [n("ob")]), node("Add", [n("ob"), last], [n("or")])]
        for norm in ["first", "second"]:
            constants |= {n(norm + "s"): (1 + drawn(width, by=0.1)), n(norm + "b"): drawn(width, by=0.1)}
        nodes += [node("LayerNormalization", [n("or"), n("firsts"), n("firstb")], [n("x")], axis=-1, epsilon=1e-5)]
        constants |= {
            n("wi"): drawn(width, hidden, by=width**-0.5), n("bi"): drawn(hidden, by=0.1), n("wp"): drawn(hidden, width, by=hidden**-0.5), n("bp"): drawn(width, by=0.1),
        }
        nodes += [
            node("MatMul", [n("x"), n("wi")], [n("i")]), node("Add", [n("i"), n("bi")], [n("g")]), node("Div", [n("g"), "root"], [n("gd")]),
            node("Erf", [n("gd")], [n("ge")]), node("Add", [n("ge"), "unit"], [n("ga")]), node("Mul", [n("g"), n("ga")], [n("gm")]), node("Mul", [n("gm"), "half"], [n("gh")]),
            node("MatMul", [n("gh"), n("wp")], [n("p")]), node("Add", [n("p"), n("bp")], [n("pb")]), node("Add", [n("pb"), n("x")], [n("pr")]),
        ]
        last = "y" if layer == layers - 1 else n("z")
        nodes += [node("LayerNormalization", [n("pr"), n("seconds"), n("secondb")], [last], axis=-1, epsilon=1e-5)]
    constants |= {"root": F(2**0.5), "unit": F(1), "half": F(0.5)}
    return nodes


def bert():
    """Two layers of two heads on tokens, their kinds and their places, with a mask, as Hugging Face's exports have it."""
    size, width, words, heads = 8, 16, 20, 2
    inputs = {name: (T.INT64, [1, size], None) for name in ["input_ids", "attention_mask", "token_type_ids"]}
    constants = {
        "words": drawn(words, width), "kinds": drawn(2, width, by=0.3), "places": drawn(1, size, width, by=0.3), "es": 1 + drawn(width, by=0.1), "eb": drawn(width, by=0.1),
        "axes": np.array([1, 2]), "one": F(1), "far": LEAST, "split": np.array([1, size, heads, width // heads]), "joined": np.array([1, size, width]), "scale": F((width // heads) ** 0.5),
    }
    embedded = [
        node("Gather", ["words", "input_ids"], ["a"]), node("Gather", ["kinds", "token_type_ids"], ["b"]), node("Add", ["a", "b"], ["c"]), node("Add", ["c", "places"], ["d"]),
        node("LayerNormalization", ["d", "es", "eb"], ["e"], axis=-1, epsilon=1e-5),
    ]
    masked = [node("Unsqueeze", ["attention_mask", "axes"], ["mu"]), cast("mu", "mf", T.FLOAT), node("Sub", ["one", "mf"], ["ml"]), node("Mul", ["ml", "far"], ["mask"])]

    def written(n):
        nodes = []
        for part, order in [("q", [0, 2, 1, 3]), ("k", [0, 2, 3, 1]), ("v", [0, 2, 1, 3])]:
            nodes += [node("Reshape", [n(part), "split"], [n(part + "s")]), node("Transpose", [n(part + "s")], [n(part + "t")], perm=order)]
        return [
            *nodes, node("MatMul", [n("qt"), n("kt")], [n("qk")]), node("Div", [n("qk"), "scale"], [n("qd")]), node("Add", [n("qd"), "mask"], [n("qm")]),
            node("Softmax", [n("qm")], [n("qp")], axis=-1), node("MatMul", [n("qp"), n("vt")], [n("pv")]), node("Transpose", [n("pv")], [n("pt")], perm=[0, 2, 1, 3]),
            node("Reshape", [n("pt"), "joined"], [n("at")]),
        ], n("at")

    def feeds():
        made = []
        for seen in [8, 5, 2]:
            made.append(
                {"input_ids": RNG.integers(0, words, (1, size)), "attention_mask": np.arange(size) < seen, "token_type_ids": np.arange(size) >= seen // 2}
            )
        return made

    keep("bert", inputs, [*embedded, *masked, *encoder(2, written, constants, 32, width, size)], constants, feeds())
    operator = lambda n: ([node("Attention", [n("q"), n("k"), n("v"), "mask"], [n("at")], q_num_heads=heads, kv_num_heads=heads)], n("at"))
    masked = [node("Unsqueeze", ["attention_mask", "axes"], ["mu"]), cast("mu", "mt", T.BOOL), node("Expand", ["mt", "square"], ["mask"])]
    constants["square"] = np.array([1, 1, size, size])
    # Of a BOOL that is made of it nobody knows what range it should have.
    inputs["attention_mask"] = (T.INT64, [1, size], (0, 1))
    keep("bert-attention", inputs, [*embedded, *masked, *encoder(2, operator, constants, 32, width, size)], constants, feeds(), 23)


def padded(none=True):
    """A mask of ones, two that hide the end, three that hide the beginning, and one of zeros."""
    ones = lambda seen: np.asarray(seen, I).reshape(1, S)
    return [ones(seen) for seen in [[1, 1, 1, 1], [1, 1, 1, 0], [1, 0, 0, 0], [0, 1, 1, 1], [0, 0, 1, 1], [0, 0, 0, 1]] + [[0, 0, 0, 0]] * bool(none)]


def several():
    """Masks beside each other, with rows of which nothing is seen by all of them together."""
    shape, soft = [1, HEADS, S, S], node("Softmax", ["s"], ["y"], axis=-1)
    triangle = np.tril(np.ones((S, S))) > 0
    x, m = (T.FLOAT, shape, (-6, 6)), (T.INT64, [1, S], None)
    feeds = lambda all: [{"x": RNG.uniform(-6, 6, shape), "m": mask, "n": mask[0, ::-1]} for mask in all]
    less = lambda i, k, axes: [
        node("Unsqueeze", [i, axes], [i + "u"]), cast(i + "u", i + "f", T.FLOAT), node("Sub", ["one", i + "f"], [i + "l"]), node("Mul", [i + "l", k], [i + "h"]),
    ]
    given = {"axes": np.array([1, 2]), "one": F(1), "t": triangle}
    names = {-1e4: "ten-thousand", -1e9: "far", LEAST: "least", NEGATIVE: "infinite"}
    for fixed, number in [
        (NEGATIVE, -1e4), (NEGATIVE, -1e9), (NEGATIVE, LEAST), (LEAST, -1e4), (LEAST, LEAST), (-1e9, -1e4), (-1e9, -1e9), (-1e9, LEAST), (-1e4, -1e9), (-1e4, LEAST), (-1e4, -1e4),
    ]:
        # Where both are the least number that there is their sum is none.
        all, constants = padded(none=fixed != LEAST or number != LEAST), {**given, "k": F(number), "c": np.where(triangle, F(0), F(fixed))}
        nodes = [*less("m", "k", "axes"), node("Add", ["mh", "c"], ["b"]), node("Add", ["x", "b"], ["s"]), soft]
        keep(f"causal-{names[fixed]}-and-{names[number]}", {"x": x, "m": m}, nodes, constants, feeds(all))
    # As GPT-2 has it: put, and added to.
    for fixed, number in [(LEAST, LEAST), (-1e9, -1e4), (NEGATIVE, -1e4)]:
        nodes = [*less("m", "k", "axes"), node("Where", ["t", "x", "p"], ["b"]), node("Add", ["b", "mh"], ["s"]), soft]
        keep(f"put-{names[fixed]}-and-{names[number]}", {"x": x, "m": m}, nodes, {**given, "k": F(number), "p": F(fixed)}, feeds(padded()))
        nodes = [*less("m", "k", "axes"), node("Where", ["t", "mh", "p"], ["b"]), node("Add", ["b", "x"], ["s"]), soft]
        keep(f"mask-put-{names[fixed]}-and-{names[number]}", {"x": x, "m": m}, nodes, {**given, "k": F(number), "p": F(fixed)}, feeds(padded()))
    # Two that are computed: of keys, and of the same the other way round.
    for first, second in [(-1e4, -1e4), (-1e9, -1e9), (-1e9, -1e4), (LEAST, -1e9)]:
        nodes = [*less("m", "k", "axes"), *less("n", "j", "more"), node("Add", ["mh", "x"], ["b"]), node("Add", ["b", "nh"], ["s"]), soft]
        constants = {**given, "k": F(first), "j": F(second), "more": np.array([0, 1, 2])}
        keep(f"two-{names[first]}-and-{names[second]}", {"x": x, "m": m, "n": (T.INT64, [S], None)}, nodes, constants, feeds(padded()))
    # Numbers that are put in the place of what is hidden already.
    bits = [node("Unsqueeze", ["m", "axes"], ["u"]), node("Equal", ["u", "ones"], ["e"])]
    ranged = {"x": x, "m": (T.INT64, [1, S], (0, 1))}
    for fixed, number in [(NEGATIVE, -1e9), (-1e9, LEAST), (-1e9, -1e9)]:
        constants = {**given, "ones": np.array(1), "k": F(number), "c": np.where(triangle, F(0), F(fixed)), "least": LEAST}
        nodes = [*bits, node("Add", ["x", "c"], ["b"]), node("Where", ["e", "b", "k"], ["s"]), soft]
        keep(f"put-{names[number]}-over-{names[fixed]}", ranged, nodes, constants, feeds(padded()))
        nodes = [*bits, node("Where", ["e", "c", "k"], ["b"]), node("Add", ["x", "b"], ["a"]), node("Max", ["a", "least"], ["s"]), soft]
        keep(f"floored-{names[number]}-over-{names[fixed]}", ranged, nodes, constants, feeds(padded()))
    # Softmax of what is added to scores, and none.
    nodes = [*less("m", "k", "axes"), node("Add", ["mh", "c"], ["s"]), soft]
    for name, own in [("different", [0, 5, -1e4, 1]), ("alike", [2, 2, -1e4, 2])]:
        keep(f"alone-{name}", {"m": m}, nodes, {**given, "k": F(-1e4), "c": np.array(own, F)}, [{"m": mask} for mask in padded()])
    # Of 16 bits, which ONNX Runtime computes with 32.
    narrow = [*less("m", "k", "axes")[:1], cast("mu", "mf", T.FLOAT16), *less("m", "k", "axes")[2:], node("Add", ["x", "mh"], ["s"]), node("Softmax", ["s"], ["p"], axis=-1), cast("p", "y", T.FLOAT)]
    steps = [{**feed, "x": feed["x"].astype(np.float16)} for feed in feeds(padded())]
    keep("half", {"x": (T.FLOAT16, shape, (-6, 6)), "m": m}, narrow, {"axes": given["axes"], "one": np.float16(1), "k": np.float16(-65504)}, steps)
    q, square = (T.FLOAT, [1, HEADS, S, WIDTH], (-1, 1)), (T.FLOAT, [1, 1, S, S], (-2, 2))
    given |= {"key": drawn(1, HEADS, S, WIDTH), "v": drawn(1, HEADS, S, WIDTH), "shape": np.array([1, 1, S, S])}
    for name, number in [("infinite", NEGATIVE), ("least", LEAST), ("far", F(-1e9))]:
        feed = lambda: [{"q": RNG.uniform(-1, 1, q[1]), "b": RNG.uniform(-2, 2, square[1])} for _ in range(2)]
        attend = node("Attention", ["q", "key", "v", "a"], ["y"])
        constants = {**given, "c": np.where(triangle, F(0), number), "k": number}
        keep(f"attention-causal-{name}-added", {"q": q, "b": square}, [node("Add", ["b", "c"], ["a"]), attend], constants, feed(), 23)
        keep(f"attention-causal-{name}-put", {"q": q, "b": square}, [node("Where", ["t", "b", "k"], ["a"]), attend], constants, feed(), 23)
    for number in [-1e4, -1e9, LEAST]:
        feed = [{"q": RNG.uniform(-1, 1, q[1]), "m": mask} for mask in padded()]
        first = [*less("m", "k", "axes"), node("Expand", ["mh", "shape"], ["a"])]
        attend = node("Attention", ["q", "key", "v", "a"], ["y"], is_causal=1)
        keep(f"attention-is-causal-{names[number]}", {"q": q, "m": m}, [*first, attend], {**given, "k": F(number)}, feed, 23)
        for fixed in [NEGATIVE, LEAST, -1e9]:
            constants = {**given, "k": F(number), "c": np.where(triangle, F(0), F(fixed))}
            nodes = [*first[:-1], node("Add", ["mh", "c"], ["a"]), node("Attention", ["q", "key", "v", "a"], ["y"])]
            keep(f"attention-{names[fixed]}-and-{names[number]}", {"q": q, "m": m}, nodes, constants, feed, 23)


for family in [scores, torch, operator, bert, several]:
    family()
Path(__file__).with_name("corpus.bin").write_bytes(OUT)
print(len(NAMES), "models,", len(OUT), "bytes")
