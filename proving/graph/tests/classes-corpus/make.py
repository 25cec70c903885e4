"""Classifiers by what their classes are called, LabelEncoder and Normalizer, and ONNX Runtime's answers.

    pip install -r ../float-corpus/requirements.txt && python3 make.py

Writes corpus.bin, the same bytes for the same packages. `common/corpus.rs` reads it: every model is imported, and what
is imported is held to the answers. What the fields of the file are is said in `../float-corpus/make.py`. A word that
is the answer stands there as its place among the words that the classes have in their order.
"""
import itertools
import struct
from pathlib import Path

import numpy as np
import onnxruntime as ort
from onnx import TensorProto as T
from onnx import helper, numpy_helper

ML = "ai.onnx.ml"
INPUTS = 8
HERE = Path(__file__).parent
RNG = np.random.default_rng(5)
NUMBERS = [[0, 1, 2], [1, 2, 3], [10, 20, 30], [3, 2, 1], [-5, 7, 2], [30, 10, 20], [-1, 0, 1], [0, 2, 4], [1, 0, 2], [-8000000, 8, 8000001]]
PAIRS = [[0, 1], [1, 2], [2, 1], [-1, 1], [-7, 30], [1000000, 16777215]]
WORDS = ["owl", "cat", "dog"]


def drawn(*shape):
    return RNG.uniform(-1, 1, shape).astype(np.float32)


def node(op, inputs, outputs, domain="", **attributes):
    return helper.make_node(op, inputs, outputs, domain=domain, **attributes)


def learnt(op, inputs, outputs, **attributes):
    return node(op, inputs, outputs, ML, **attributes)


def constants(**named):
    """Tensors by name; of words too."""
    made = []
    for name, values in named.items():
        if isinstance(values, list) and isinstance(values[0], str):
            made.append(helper.make_tensor(name, T.STRING, [len(values)], [v.encode() for v in values]))
        else:
            made.append(numpy_helper.from_array(np.asarray(values), name))
    return made


def linear(names, rows=3):
    return learnt("LinearClassifier", ["x"], ["l", "s"], coefficients=drawn(rows * 3).tolist(), intercepts=drawn(rows).tolist(), **names)


def trees(names, ids, sign=1.0):
    """Two trees, of two branches and of one."""
    weights = [sign * w for w in [0.4, 0.1, 0.3, 0.25, 0.15]]
    return learnt(
        "TreeEnsembleClassifier", ["x"], ["l", "s"], nodes_treeids=[0, 0, 0, 0, 0, 1, 1, 1], nodes_nodeids=[0, 1, 2, 3, 4, 0, 1, 2],
        nodes_featureids=[1, 0, 0, 0, 0, 2, 0, 0], nodes_values=[0.5, -0.5, 0.0, 0.0, 0.0, -0.25, 0.0, 0.0],
        nodes_truenodeids=[1, 3, 0, 0, 0, 1, 0, 0], nodes_falsenodeids=[2, 4, 0, 0, 0, 2, 0, 0],
        nodes_modes=["BRANCH_LEQ", "BRANCH_LEQ", "LEAF", "LEAF", "LEAF", "BRANCH_LEQ", "LEAF", "LEAF"],
        class_treeids=[0, 0, 0, 1, 1], class_nodeids=[2, 3, 4, 1, 2], class_ids=ids, class_weights=weights, **names,
    )


def machine(names, classes, kernel):
    return learnt(
        "SVMClassifier", ["x"], ["l", "s"], kernel_type=kernel, kernel_params=[0.3, 0.2, 2.0], support_vectors=drawn(2 * classes * 3).tolist(),
        vectors_per_class=[2] * classes, coefficients=drawn((classes - 1) * 2 * classes).tolist(), rho=drawn(classes * (classes - 1) // 2).tolist(), **names,
    )


def classifiers():
    for numbers in NUMBERS:
        yield f"linear {numbers}", [linear({"classlabels_ints": numbers})], {}
        yield f"trees {numbers}", [trees({"classlabels_int64s": numbers}, [0, 1, 2, 1, 2])], {}
        yield f"machine {numbers}", [machine({"classlabels_ints": numbers}, 3, "RBF")], {}
    for numbers in PAIRS:
        yield f"linear {numbers}", [linear({"classlabels_ints": numbers}, 2)], {}
        yield f"linear of one score {numbers}", [linear({"classlabels_ints": numbers}, 1)], {}
        for id, sign in itertools.product([0, 1], [1.0, -1.0]):
            yield f"trees of one score {id} {sign} {numbers}", [trees({"classlabels_int64s": numbers}, [id] * 5, sign)], {}
        yield f"machine {numbers}", [machine({"classlabels_ints": numbers}, 2, "LINEAR")], {}
    words = {"classlabels_strings": WORDS}
    yield "linear by words", [linear(words)], {"words": WORDS}
    yield "trees by words", [trees(words, [0, 1, 2, 1, 2])], {"words": WORDS}
    yield "machine by words", [machine(words, 3, "RBF")], {"words": WORDS}


def taken():
    """What exporters put behind ArgMax."""
    place = node("ArgMax", ["x"], ["p"], axis=1, keepdims=0)
    for numbers in NUMBERS + [[7, 7, 8], [5, 6, 7, 8]]:
        given = {"c": np.array(numbers, np.int64)}
        yield f"extracted {numbers}", [place, learnt("ArrayFeatureExtractor", ["c", "p"], ["e"]), node("Cast", ["e"], ["l"], to=T.INT64)], {"given": given}
        yield f"gathered {numbers}", [place, node("Gather", ["c", "p"], ["l"])], {"given": given}
        yield f"gathered as floats {numbers}", [place, node("Gather", ["c", "p"], ["g"]), node("Cast", ["g"], ["l"], to=T.FLOAT)], {"given": given}
    floats = {"c": np.array([0.5, -1.25, 3.0], np.float32)}
    yield "extracted floats", [place, learnt("ArrayFeatureExtractor", ["c", "p"], ["l"])], {"given": floats}
    yield "extracted words", [place, learnt("ArrayFeatureExtractor", ["c", "p"], ["l"])], {"given": {"c": WORDS}, "words": WORDS}
    yield "gathered words", [place, node("Gather", ["c", "p"], ["l"])], {"given": {"c": WORDS}, "words": WORDS}


def encoder(of, **attributes):
    return learnt("LabelEncoder", [of], ["l"], **attributes)


def encoded():
    """LabelEncoder behind a label, as the file has it: of some classes there is no key."""
    place = node("ArgMax", ["x"], ["l0"], axis=1)
    for name, numbers, label in [("place", [0, 1, 2], lambda: place), *[(f"linear {n}", n, lambda n=n: relabelled(linear({"classlabels_ints": n}))) for n in NUMBERS]]:
        keys = [numbers[2], numbers[0]]
        yield f"{name} to integers", [label(), encoder("l0", keys_int64s=keys, values_int64s=[40, -7], default_int64=5)], {}
        yield f"{name} to integers without a default", [label(), encoder("l0", keys_int64s=keys, values_int64s=[2, 3])], {}
        yield f"{name} to floats", [label(), encoder("l0", keys_int64s=keys, values_floats=[0.25, -1.5], default_float=7.5)], {}
        names = ["cat", "_Unused", "owl"]
        yield f"{name} to words", [label(), encoder("l0", keys_int64s=keys, values_strings=["owl", "cat"])], {"words": names}
    yield "words to integers", [relabelled(linear({"classlabels_strings": WORDS})), encoder("l0", keys_strings=["cat", "owl"], values_int64s=[11, 12])], {}
    yield "words to floats", [relabelled(trees({"classlabels_strings": WORDS}, [0, 1, 2, 1, 2])), encoder("l0", keys_strings=["dog", "owl"], values_floats=[0.5, 1.5])], {}
    yield "words to words", [relabelled(linear({"classlabels_strings": WORDS})), encoder("l0", keys_strings=["cat", "owl"], values_strings=["a", "b"], default_string="c")], {"words": ["b", "a", "c"]}


def relabelled(made):
    made.output[0] = "l0"
    return made


def numbers():
    """LabelEncoder of numbers that are none of classes, and of constants."""
    cast = node("Cast", ["x"], ["i"], to=T.INT64)
    for default in [0, -1, 16777215]:
        yield f"integers to integers or {default}", [cast, encoder("i", keys_int64s=[-1, 0, 2], values_int64s=[7, 16777215, -3], default_int64=default)], {}
    for default in [0.0, 7.25, 1e9]:
        yield f"integers to floats or {default}", [cast, encoder("i", keys_int64s=[-1, 0, 2], values_floats=[0.5, -2.0, 3.0], default_float=default)], {}
        yield f"floats to floats or {default}", [node("Floor", ["x"], ["f"]), encoder("f", keys_floats=[-1.0, 0.0, 2.0], values_floats=[0.5, -2.0, 3.0], default_float=default)], {}
    yield "floats to integers", [node("Floor", ["x"], ["f"]), encoder("f", keys_floats=[-1.0, 0.0, 2.0], values_int64s=[5, -2, 3])], {}
    product = node("Mul", ["x", "c"], ["y"])
    for name, made in [
        ("integers", [encoder("w", keys_strings=["cat", "dog"], values_int64s=[4, -2], default_int64=3), node("Cast", ["l"], ["c"], to=T.FLOAT)]),
        ("floats", [encoder("w", keys_strings=["cat", "dog"], values_floats=[0.5, -2.0], default_float=3.5), node("Identity", ["l"], ["c"])]),
    ]:
        yield f"constant words to {name}", [*made, product], {"given": {"w": WORDS}, "output": "y"}
    twice = [encoder("n", keys_int64s=[3, 5], values_strings=["cat", "dog"]), learnt("LabelEncoder", ["l"], ["m"], keys_strings=["_Unused", "dog"], values_floats=[1.5, 2.5])]
    yield "constant integers to words to floats", [*twice, node("Mul", ["x", "m"], ["y"])], {"given": {"n": np.array([5, 4, 3])}, "output": "y"}


def norms():
    for norm in ["L1", "L2", "MAX"]:
        low = 0.0 if norm == "MAX" else -2.0
        for shape in [(1, 3), (2, 3), (3,), (2, 1)]:
            yield f"{norm} {shape}", [learnt("Normalizer", ["x"], ["l"], norm=norm)], {"shape": shape, "low": low, "zeros": True}
    yield "MAX by default", [learnt("Normalizer", ["x"], ["l"])], {"low": 0.0, "zeros": True}
    rows = np.array([[1, -4, 2], [-1, -4, -2], [0, -1, -2], [0, 0, 0]], np.float32)
    for norm in ["L1", "L2", "MAX"]:
        made = [learnt("Normalizer", ["n"], ["m"], norm=norm), node("MatMul", ["m", "t"], ["l"])]
        yield f"constant {norm}", [*made, node("Add", ["l", "x"], ["y"])], {"given": {"n": rows, "t": np.eye(3, dtype=np.float32)}, "output": "y"}


def file(nodes, given=None, shape=(1, 3), output="l", **_):
    graph = helper.make_graph(
        nodes, "test", [helper.make_tensor_value_info("x", T.FLOAT, shape)], [helper.make_empty_tensor_value_info(output)], constants(**(given or {})),
    )
    imports = [helper.make_opsetid("", 17), helper.make_opsetid(ML, 3)]
    return helper.make_model(graph, opset_imports=imports, ir_version=8).SerializeToString()


def answers(model, words=None, shape=(1, 3), low=-2.0, zeros=False, **_):
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    for number in range(INPUTS):
        x = RNG.uniform(low, 2.9, shape).astype(np.float32)
        if zeros and number < 2:
            x[: number + 1 if len(shape) > 1 else None] = 0.0
        made = session.run(None, {"x": x})[0]
        if words:
            made = np.array([words.index(word) for word in made.ravel()])
        yield x, made


def record(family, name, model, answers):
    text = lambda data: struct.pack("<I", len(data)) + data
    floats = lambda a: struct.pack("<I", a.size) + a.astype("<f4").tobytes()
    out = text(family.encode()) + text(name.encode()) + text(model) + struct.pack("<I", len(answers))
    return out + b"".join(floats(x) + floats(y) for x, y in answers)


def main():
    ort.set_default_logger_severity(3)
    out = bytearray()
    for family in [classifiers, taken, encoded, numbers, norms]:
        count = 0
        for name, nodes, options in family():
            model = file(nodes, **options)
            out += record(family.__name__, name, model, list(answers(model, **options)))
            count += 1
        print(family.__name__, count)
    (HERE / "corpus.bin").write_bytes(out)
    print(len(out), "bytes")


main()
