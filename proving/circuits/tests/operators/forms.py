"""Cases of operators and attributes beside the first ones of `make.py`: their families come last."""

import math

import numpy as np
from onnx import TensorProto, numpy_helper

from cases import case, drawn, several, whole

RECURRENT = {
	"RNN": (1, [np.tanh]),
	"GRU": (3, [lambda v: 1 / (1 + np.exp(-v)), np.tanh]),
	"LSTM": (4, [lambda v: 1 / (1 + np.exp(-v)), np.tanh, np.tanh]),
}


def gates():
	for op in ["Log", "Reciprocal", "Sqrt"]:
		case("gates", op, (2, 5), low=0.4)
	case("gates", "Celu", (2, 5))
	case("gates", "Celu", (2, 5), alpha=0.6)
	case("gates", "Swish", (2, 5), opset=24)
	case("gates", "Swish", (2, 5), opset=24, alpha=0.7)
	case("gates", "Gelu", (2, 5))
	case("gates", "Gelu", (2, 5), approximate="tanh")
	erf = np.vectorize(math.erf)
	several("gates", "Gelu-microsoft", (2, 5), [("com.microsoft:Gelu", ["x"], ["y"], {})], by=lambda x: x / 2 * (1 + erf(x / 2**0.5)))
	halves = ("Split", ["x"], ["a", "b"], {"axis": 1, "num_outputs": 2})
	for name, attributes in [("SwiGLU", {}), ("SwiGLU-alpha", {"alpha": 0.7})]:
		several("gates", name, (2, 6), [halves, ("SwiGLU", ["a", "b"], ["y"], attributes)], opset=28)


def stretched(x, axis, scale):
	"""Along an axis, by a scale, what lies between two neighbours."""
	places = np.arange(int(x.shape[axis] * scale)) / scale
	left = np.floor(places).astype(int)
	right = np.minimum(left + 1, x.shape[axis] - 1)
	share = (places - left).reshape([-1 if a == axis else 1 for a in range(x.ndim)])
	return np.take(x, left, axis) * (1 - share) + np.take(x, right, axis) * share


def laid_down(x, w, strides, before, to):
	"""A transposed convolution in two dimensions: each element lays down the kernel, and what is beyond is cut off."""
	kernel = w.shape[2:]
	whole = [strides[a] * (x.shape[2 + a] - 1) + kernel[a] for a in range(2)]
	made = np.zeros((x.shape[0], w.shape[1], *[max(whole[a], before[a] + to[a]) for a in range(2)]))
	for i, j in np.ndindex(*x.shape[2:]):
		top, left = i * strides[0], j * strides[1]
		made[:, :, top : top + kernel[0], left : left + kernel[1]] += np.einsum("bc,coij->boij", x[:, :, i, j], w)
	return made[:, :, before[0] : before[0] + to[0], before[1] : before[1] + to[1]]


def sizes():
	for p in [1, 2, 3]:
		case("sizes", "GlobalLpPool", (1, 2, 2, 3), p=p, by=lambda x, p=p: (np.abs(x) ** p).sum((2, 3), keepdims=True) ** (1 / p))
	case("sizes", "Upsample", (1, 1, 2, 3), [np.array([1, 1, 2, 3], np.float32)], opset=9, mode="nearest")
	both = lambda x: stretched(stretched(x, 2, 2.0), 3, 1.5)
	case("sizes", "Upsample", (1, 1, 3, 2), [np.array([1, 1, 2, 1.5], np.float32)], opset=9, mode="linear", by=both)
	case("sizes", "Upsample", (1, 1, 3, 2), opset=7, mode="linear", scales=[1.0, 1.0, 2.0, 1.5], by=both)
	twice = lambda x: x.repeat(2, 2).repeat(2, 3)
	case("sizes", "Upsample", (1, 1, 2, 2), opset=7, mode="nearest", scales=[1.0, 1.0, 2.0, 2.0], by=twice)
	scales = np.array([1, 1, 1.5, 2], np.float32)
	for attributes in [{"cubic_coeff_a": -0.5}, {"exclude_outside": 1}, {"cubic_coeff_a": -0.6, "exclude_outside": 1}]:
		case("sizes", "Resize", (1, 1, 3, 3), [None, scales], opset=19, mode="cubic", **attributes)
	case("sizes", "Resize", (1, 1, 4, 2), [None, None, whole(3, 3)], mode="linear", axes=[2, 3], keep_aspect_ratio_policy="not_smaller")
	for upper in ["SAME_UPPER", "SAME_LOWER"]:
		case("sizes", "ConvTranspose", (1, 2, 3, 3), [drawn(2, 1, 3, 3)], strides=[2, 2], auto_pad=upper)
	case("sizes", "ConvTranspose", (1, 2, 3, 3), [drawn(2, 1, 3, 3)], strides=[2, 2], auto_pad="SAME_UPPER", output_shape=[5, 6])
	# Pads by the sizes that are asked for: two along the first axis, one before and one behind; none along the second.
	w = drawn(2, 2, 3, 3)
	case(
		"sizes", "ConvTranspose", (1, 2, 3, 3), [w], strides=[2, 2], output_shape=[5, 7],
		by=lambda x: laid_down(x, w.astype(np.float64), [2, 2], [1, 0], [5, 7]),
	)


def places():
	for attributes in [{}, {"axis": 0, "largest": 0}]:
		case("places", "TopK", (3, 4), [whole(2)], **attributes)
	several("places", "TopK-places", (2, 4), [("TopK", ["x", "k"], ["values", "y"], {"axis": 1})], {"k": whole(3)})
	# The older name of ScatterElements, which the reference does not know.
	to, rows = whole(2, 0, 1).reshape(1, 3), drawn(1, 3)

	def scattered(x):
		x[to[0], range(3)] = rows[0]
		return x

	case("places", "Scatter", (3, 3), [to, rows], opset=9, axis=0, by=scattered)


def empty_axes():
	for op in ["ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceSumSquare"]:
		case("empty axes", op, (2, 3), noop_with_empty_axes=1)
	case("empty axes", "ReduceSum", (2, 3), [whole()], noop_with_empty_axes=1, keepdims=0)
	case("empty axes", "ReduceSum", (2, 3), [whole()], noop_with_empty_axes=0, keepdims=0)
	case("empty axes", "Reshape", (2, 3), [whole(3, 2)], allowzero=1)
	case("empty axes", "Reshape", (2, 3, 2), [whole(0, -1)], allowzero=0)


def constants():
	"""What constants give, beside the input."""
	for op in ["BlackmanWindow", "HammingWindow", "HannWindow"]:
		for periodic in [0, 1]:
			several(
				"constants", f"{op}-{periodic}", (2, 6), [(op, ["n"], ["w"], {"periodic": periodic}), ("Mul", ["x", "w"], ["y"], {})],
				{"n": np.array(6)},
			)
	double = ("HannWindow", ["n"], ["d"], {"output_datatype": TensorProto.DOUBLE})
	several("constants", "HannWindow-double", (5,), [double, ("Cast", ["d"], ["w"], {"to": TensorProto.FLOAT}), ("Mul", ["x", "w"], ["y"], {})], {"n": np.array(5)})
	several("constants", "EyeLike", (3, 4), [("EyeLike", ["x"], ["e"], {"k": 1}), ("Add", ["x", "e"], ["y"], {})])
	eye = ("EyeLike", ["x"], ["i"], {"k": -1, "dtype": TensorProto.INT64})
	several("constants", "EyeLike-integers", (3, 3), [eye, ("Cast", ["i"], ["e"], {"to": TensorProto.FLOAT}), ("Mul", ["x", "e"], ["y"], {})])
	shape = ("Shape", ["x"], ["s"], {})
	filled = lambda value: {"value": numpy_helper.from_array(np.array([value]))}
	several("constants", "ConstantOfShape", (2, 3), [shape, ("ConstantOfShape", ["s"], ["c"], filled(np.float32(0.75))), ("Mul", ["x", "c"], ["y"], {})])
	several("constants", "ConstantOfShape-zeros", (2, 3), [shape, ("ConstantOfShape", ["s"], ["c"], {}), ("Concat", ["x", "c"], ["y"], {"axis": 0})])
	several("constants", "ConstantOfShape-integers", (2, 3), [("ConstantOfShape", ["two"], ["c"], filled(np.int64(1))), ("Gather", ["x", "c"], ["y"], {"axis": 1})], {"two": whole(2)})
	several(
		"constants", "Range", (2, 5), [("Range", ["a", "b", "c"], ["r"], {}), ("Cast", ["r"], ["f"], {"to": TensorProto.FLOAT}), ("Add", ["x", "f"], ["y"], {})],
		{"a": np.array(-2), "b": np.array(8), "c": np.array(2)},
	)
	several(
		"constants", "Range-down", (2, 5), [("Range", ["a", "b", "c"], ["r"], {}), ("Mul", ["x", "r"], ["y"], {})],
		{"a": np.float32(2.0), "b": np.float32(-0.25), "c": np.float32(-0.5)},
	)
	several("constants", "Size", (2, 4), [("Size", ["x"], ["n"], {}), ("Cast", ["n"], ["f"], {"to": TensorProto.FLOAT}), ("Div", ["x", "f"], ["y"], {})])
	several(
		"constants", "NonZero", (2, 3), [("NonZero", ["c"], ["n"], {}), ("Transpose", ["n"], ["p"], {}), ("GatherND", ["x", "p"], ["y"], {})],
		{"c": np.array([[1, 0, 2], [0, -0.5, 0]], np.float32)},
	)
	several("constants", "Unique", (2, 5), [("Unique", ["c"], ["u"], {}), ("Gather", ["x", "u"], ["y"], {"axis": 1})], {"c": whole(4, 1, 1, 0, 4)})
	for ordered in [0, 1]:
		several(
			"constants", f"Unique-{ordered}", (2, 3),
			[
				("Unique", ["c"], ["u", "first", "back", "count"], {"sorted": ordered}), ("Cast", ["count"], ["f"], {"to": TensorProto.FLOAT}),
				("Mul", ["x", "f"], ["p"], {}), ("Add", ["p", "u"], ["a"], {}), ("Gather", ["a", "back"], ["b"], {"axis": 1}),
				("Gather", ["b", "first"], ["d"], {"axis": 1}), ("Concat", ["b", "d"], ["y"], {"axis": 1}),
			],
			{"c": np.array([2.0, 1.5, 1.5, -1.0, 2.0], np.float32)},
		)
	for axis in [0, 1]:
		several(
			"constants", f"Unique-axis-{axis}", (3, 3), [("Unique", ["c"], ["u"], {"axis": axis}), ("MatMul", ["x", "u"] if axis == 1 else ["u", "x"], ["y"], {})],
			{"c": np.array([[1, 1, 0], [1, 1, 0], [0.5, 0.5, 2]], np.float32)},
		)
	several(
		"constants", "MelWeightMatrix", (2, 9), [("MelWeightMatrix", ["bins", "length", "rate", "low", "high"], ["m"], {}), ("MatMul", ["x", "m"], ["y"], {})],
		{"bins": np.array(4), "length": np.array(16), "rate": np.array(8000), "low": np.float32(0), "high": np.float32(4000)},
	)
	chosen = ("Where", ["i", "c", "x"], ["y"], {})
	several("constants", "IsInf", (2, 3), [("IsInf", ["x"], ["i"], {}), chosen], {"c": np.float32(7)})
	for sign in ["negative", "positive"]:
		several(
			"constants", f"IsInf-{sign}", (4,), [("IsInf", ["e"], ["i"], {f"detect_{sign}": 0}), chosen],
			{"e": np.array([np.inf, 1, -np.inf, np.nan], np.float32), "c": np.float32(1.5)},
		)
	several("constants", "OptionalGetElement", (2, 3), [("OptionalGetElement", ["x"], ["o"], {}), ("Mul", ["o", "c"], ["y"], {})], {"c": drawn(3)})
	several("constants", "OptionalHasElement", (2, 3), [("OptionalHasElement", ["x"], ["i"], {}), ("Where", ["i", "x", "c"], ["y"], {})], {"c": drawn(3)})
	several("constants", "OptionalHasElement-none", (2, 3), [("OptionalHasElement", [], ["i"], {}), ("Where", ["i", "c", "x"], ["y"], {})], {"c": drawn(3)})


def pipelines():
	cast = ("Cast", ["x"], ["i"], {"to": TensorProto.INT64})
	floats = ("Cast", ["i"], ["f"], {"to": TensorProto.FLOAT})
	near = {"low": -2.9, "high": 2.9, "halves": True}
	several(
		"pipelines", "Imputer", (3, 3), [cast, floats, ("ai.onnx.ml:Imputer", ["f"], ["y"], {"imputed_value_floats": [0.5, 1.5, -2.5], "replaced_value_float": 1.0})],
		**near,
	)
	several("pipelines", "Imputer-integers", (2, 4), [cast, ("ai.onnx.ml:Imputer", ["i"], ["y"], {"imputed_value_int64s": [7], "replaced_value_int64": -1})], **near)
	several("pipelines", "Imputer-missing", (2, 3), [("ai.onnx.ml:Imputer", ["x"], ["y"], {"imputed_value_floats": [9.0], "replaced_value_float": float("nan")})])
	several(
		"pipelines", "FeatureVectorizer", (2, 5),
		[("Split", ["x", "two"], ["a", "b"], {"axis": 1}), ("ai.onnx.ml:FeatureVectorizer", ["b", "a"], ["y"], {"inputdimensions": [3, 2]})], {"two": whole(2, 3)},
	)
	scaled = {"offset": [0.5, -1.0, 0.25], "scale": [2.0, 0.5, -1.5]}
	case("pipelines", "Scaler", (2, 3), domain="ai.onnx.ml", **scaled)
	numbers = {"coefficients": drawn(9).tolist(), "intercepts": drawn(3).tolist()}
	case("pipelines", "LinearRegressor", (1, 3), domain="ai.onnx.ml", targets=3, **numbers)
	for name, outputs in [("label", ["y", "scores"]), ("scores", ["label", "y"])]:
		linear = ("ai.onnx.ml:LinearClassifier", ["x"], outputs, {"classlabels_ints": [0, 1, 2], "post_transform": "SOFTMAX", **numbers})
		several("pipelines", f"LinearClassifier-{name}", (1, 3), [linear])
	for classes, kernel, shown in [(2, "LINEAR", 0), (2, "RBF", 1), (3, "RBF", 0), (3, "POLY", 1), (3, "SIGMOID", 1)]:
		vectors, coefficients, rho = drawn(2 * classes, 3), drawn(classes - 1, 2 * classes), drawn(classes * (classes - 1) // 2)
		attributes = {
			"kernel_type": kernel, "kernel_params": [0.3, 0.2, 2.0], "support_vectors": vectors.ravel().tolist(),
			"vectors_per_class": [2] * classes, "coefficients": coefficients.ravel().tolist(), "rho": rho.tolist(),
			"classlabels_ints": list(range(classes)),
		}
		outputs = ["label", "y"] if shown else ["y", "scores"]
		# The reference has one label of two for all inputs, ONNX Runtime that of the sum's side.
		side = lambda x: np.where((x @ vectors.T @ coefficients[0] + rho[0]) > 0, 0, 1)
		several(
			"pipelines", f"SVMClassifier-{classes}-{kernel}-{shown}", (1, 3), [("ai.onnx.ml:SVMClassifier", ["x"], outputs, attributes)],
			by=side if classes == 2 and not shown else None,
		)
	# Two trees: of two branches with three leaves, and of one with two.
	nodes = {
		"nodes_treeids": [0, 0, 0, 0, 0, 1, 1, 1], "nodes_nodeids": [0, 1, 2, 3, 4, 0, 1, 2], "nodes_featureids": [1, 0, 0, 0, 0, 2, 0, 0],
		"nodes_values": [0.5, -0.5, 0.0, 0.0, 0.0, -0.25, 0.0, 0.0], "nodes_truenodeids": [1, 3, 0, 0, 0, 1, 0, 0], "nodes_falsenodeids": [2, 4, 0, 0, 0, 2, 0, 0],
		"nodes_modes": ["BRANCH_LEQ", "BRANCH_LEQ", "LEAF", "LEAF", "LEAF", "BRANCH_LEQ", "LEAF", "LEAF"],
	}
	leaves = lambda what, ids, weights: {f"{what}_treeids": [0, 0, 0, 1, 1], f"{what}_nodeids": [2, 3, 4, 1, 2], f"{what}_ids": ids, f"{what}_weights": weights}
	for aggregate in ["SUM", "AVERAGE"]:
		trees = {**nodes, **leaves("target", [0, 0, 0, 0, 0], [1.0, -2.0, 0.5, 3.0, -1.5]), "n_targets": 1, "aggregate_function": aggregate, "base_values": [0.25]}
		several("pipelines", f"TreeEnsembleRegressor-{aggregate}", (1, 3), [("ai.onnx.ml:TreeEnsembleRegressor", ["x"], ["y"], trees)])
	trees = {**nodes, **leaves("class", [0, 1, 2, 1, 2], [1.0, 0.75, 0.5, 0.25, 1.5]), "classlabels_int64s": [0, 1, 2], "post_transform": "NONE"}
	for name, outputs in [("label", ["y", "scores"]), ("scores", ["label", "y"])]:
		several("pipelines", f"TreeEnsembleClassifier-{name}", (1, 3), [("ai.onnx.ml:TreeEnsembleClassifier", ["x"], outputs, trees)])
	softmax = lambda x: np.exp(x) / np.exp(x).sum(-1, keepdims=True)
	for name, labels in [("ZipMap", {"classlabels_int64s": [1, 2, 3]}), ("ZipMap-words", {"classlabels_strings": ["a", "b", "c"]})]:
		several("pipelines", name, (1, 3), [("Softmax", ["x"], ["p"], {}), ("ai.onnx.ml:ZipMap", ["p"], ["y"], labels)], by=softmax)


def convolved(x, w):
	"""A convolution in two dimensions with a margin of one element."""
	windows = np.lib.stride_tricks.sliding_window_view(np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1))), w.shape[2:], axis=(2, 3))
	return np.einsum("bchwij,ocij->bohw", windows, w)


def products_of_integers():
	"""With a scale that is computed the numbers are those of the float model: the rounding to 8 bits, which the
	reference does, is left out."""
	cast = ("Cast", ["m"], ["f"], {"to": TensorProto.FLOAT})
	dynamic = ("DynamicQuantizeLinear", ["x"], ["q", "s", "z"], {})
	scaled = [cast, ("Mul", ["s", "t"], ["st"], {}), ("Mul", ["f", "st"], ["y"], {})]
	rows = np.array([[130, 100, 255], [3, 128, 140], [90, 200, 17], [128, 60, 228]], np.uint8)
	signed = np.array([[12, -100, 127], [3, 28, -40], [90, -20, 17], [-128, 60, 0]], np.int8)
	steps = np.array([0.01, 0.02, 0.005], np.float32)
	for name, weights, zero, step in [
		("one-scale", rows, np.uint8(128), np.float32(0.01)), ("scales", signed, np.zeros(3, np.int8), steps), ("no-zero", signed, None, np.float32(0.01)),
	]:
		numbers = (weights.astype(np.float64) - (0 if zero is None else zero.astype(np.float64))) * step
		given = {"w": weights, "t": step, **({} if zero is None else {"v": zero})}
		multiplied = ("MatMulInteger", ["q", "w", "z", *([] if zero is None else ["v"])], ["m"], {})
		several("products of integers", f"MatMulInteger-{name}", (2, 4), [dynamic, multiplied, *scaled], given, by=lambda x, n=numbers: x @ n, near=0.03)
	kernel = np.array(np.arange(36).reshape(2, 2, 3, 3) * 37 % 256, np.uint8)
	for name, weights, zero in [("unsigned", kernel, np.uint8(120)), ("signed", (kernel.astype(int) - 128).astype(np.int8), np.int8(0))]:
		numbers = (weights.astype(np.float64) - float(zero)) * 0.01
		several(
			"products of integers", f"ConvInteger-{name}", (1, 2, 3, 3), [dynamic, ("ConvInteger", ["q", "w", "z", "v"], ["m"], {"pads": [1, 1, 1, 1]}), *scaled],
			{"w": weights, "v": zero, "t": np.float32(0.01)}, by=lambda x, n=numbers: convolved(x, n), near=0.03,
		)
	columns = np.array([128, 100, 130], np.uint8)
	numbers = (rows.astype(np.float64) - columns) * steps
	several(
		"products of integers", "MatMulInteger-zeros", (2, 4), [dynamic, ("MatMulInteger", ["q", "w", "z", "v"], ["m"], {}), *scaled],
		{"w": rows, "v": columns, "t": steps}, by=lambda x: x @ numbers, near=0.03,
	)
	# By ONNX Runtime's own names, as it writes them for types that ONNX has not.
	rounded = lambda x, scale, zero: np.clip(np.rint(x / scale) + zero, 0, 255)
	u, z, t = 4 / 255, 128, 0.05
	given = {"u": np.float32(u), "z": np.uint8(z), "w": (kernel.astype(int) - 128).astype(np.int8), "s": np.float32(0.01), "v": np.int8(0), "t": np.float32(t)}
	own = [(f"com.microsoft:{op}", *rest) for op, *rest in [
		("QuantizeLinear", ["x", "u", "z"], ["q"], {}), ("QLinearConv", ["q", "u", "z", "w", "s", "v", "t", "z"], ["c"], {"pads": [1, 1, 1, 1]}), ("DequantizeLinear", ["c", "t", "z"], ["y"], {}),
	]]
	several(
		"products of integers", "QLinearConv-microsoft", (1, 2, 3, 3), own, given,
		by=lambda x: t * (rounded(convolved(rounded(x, np.float32(u), z) - z, given["w"].astype(float)) * (u * 0.01), t, z) - z),
	)
	# Integers that were made by QuantizeLinear are taken behind DequantizeLinear only.
	fixed = ("QuantizeLinear", ["x", "u", "z"], ["q"], {})
	given = {"u": np.float32(4 / 255), "z": np.uint8(128), "v": np.uint8(128)}
	several("products of integers", "MatMulInteger-fixed", (2, 4), [fixed, ("MatMulInteger", ["q", "w", "z", "v"], ["m"], {}), ("Cast", ["m"], ["y"], {"to": TensorProto.FLOAT})], {**given, "w": rows})
	several(
		"products of integers", "ConvInteger-fixed", (1, 2, 3, 3),
		[fixed, ("ConvInteger", ["q", "w", "z", "v"], ["m"], {"strides": [2, 1], "pads": [1, 0, 0, 1]}), ("Cast", ["m"], ["y"], {"to": TensorProto.FLOAT})],
		{**given, "w": kernel},
	)


def scores():
	case("scores", "Attention", (1, 2, 2, 4), [drawn(1, 1, 4, 4), drawn(1, 1, 4, 3)], opset=23)
	mask = np.where([[True, False, True], [True, True, False]], drawn(2, 3), np.float32(-np.inf))
	case("scores", "Attention", (1, 1, 2, 4), [drawn(1, 1, 3, 4), drawn(1, 1, 3, 4), mask], opset=23)
	case(
		"scores", "Attention", (1, 1, 2, 4), [drawn(1, 1, 2, 4), drawn(1, 1, 2, 4), None, drawn(1, 1, 2, 4), drawn(1, 1, 2, 4)],
		opset=23, is_causal=1,
	)
	case("scores", "Attention", (2, 1, 2, 4), [drawn(2, 1, 3, 4), drawn(2, 1, 3, 4), None, None, None, whole(3, 2)], opset=24)
	for left, right in [(1, -1), (0, 1)]:
		case("scores", "Attention", (1, 1, 3, 2), [drawn(1, 1, 3, 2), drawn(1, 1, 3, 2)], opset=25, left_window_size=left, right_window_size=right)
	# Runtimes do not agree on what 1 and 2 show: they are refused.
	for mode in range(4):
		several(
			"scores", f"Attention-shown-{mode}", (1, 1, 2, 4), [("Attention", ["x", "k", "v", "m"], ["u", "", "", "y"], {"qk_matmul_output_mode": mode, "softcap": 1.5 * (mode > 0)})],
			{"k": drawn(1, 1, 3, 4), "v": drawn(1, 1, 3, 4), "m": drawn(2, 3)}, opset=24,
		)
	several("scores", "Attention-of-itself", (1, 3, 4), [("Attention", ["x", "x", "x"], ["y"], {"q_num_heads": 2, "kv_num_heads": 2, "is_causal": 1})], opset=23)
	several("scores", "Attention-present", (1, 1, 2, 2), [("Attention", ["q", "x", "x", "", "p", "p"], ["u", "y"], {})], {"q": drawn(1, 1, 2, 2), "p": drawn(1, 1, 1, 2)}, opset=23)
	case("scores", "RotaryEmbedding", (1, 2, 3, 4), [drawn(1, 3, 2), drawn(1, 3, 2)], opset=23, interleaved=1)


def states(op, x, weights, backwards=(False,), clip=np.inf, before=False, start=None, functions=None):
	"""The states of a recurrence at all steps, and those that it ends with, by ONNX's formulas: of shapes
	`[length, directions, batch, hidden]` and, each, `[directions, batch, hidden]`. A cell's state comes last."""
	count, own = RECURRENT[op]
	functions = functions or own * len(backwards)
	shown, ends = [], []
	for index, turned in enumerate(backwards):
		w, r, b = [part[index].astype(np.float64) for part in weights]
		hidden = r.shape[-1]
		w, r, b = w.reshape(count, hidden, -1), r.reshape(count, hidden, hidden), b.reshape(2, count, hidden)
		called = [lambda v, f=f: f(np.clip(v, -clip, clip)) for f in functions[index * len(own) :][: len(own)]]
		h = np.zeros((x.shape[1], hidden)) if start is None else start[index].astype(np.float64)
		c = np.zeros_like(h)
		here = []
		for now in x[::-1] if turned else x:
			given = lambda gate: now @ w[gate].T + b[0, gate]
			kept = lambda gate, h: h @ r[gate].T + b[1, gate]
			gate = lambda gate, f, h: f(given(gate) + kept(gate, h))
			if op == "RNN":
				h = gate(0, called[0], h)
			elif op == "GRU":
				update, reset = gate(0, called[0], h), gate(1, called[0], h)
				new = called[1](given(2) + (reset * kept(2, h) if before else kept(2, reset * h)))
				h = (1 - update) * new + update * h
			else:
				enter, leave, forget = [gate(number, called[0], h) for number in range(3)]
				c = forget * c + enter * gate(3, called[1], h)
				h = leave * called[2](c)
			here.append(h)
		shown.append(here[::-1] if turned else here)
		ends.append((h, c))
	return np.stack(shown, 1), np.stack([h for h, _ in ends]), np.stack([c for _, c in ends])


def directions():
	"""What the reference lacks of recurrence: the other direction, both, batches first, bounds."""
	for op, (count, _) in RECURRENT.items():
		parts = lambda of: [drawn(of, count * 2, 2), drawn(of, count * 2, 2), drawn(of, count * 4)]
		names = ["w", "r", "b"]

		def recurrent(name, weights, shape=(3, 2, 2), place=0, start=None, turned=(False,), by=None, attributes=None, **how):
			outputs = ["", "", ""][:place] + ["y"]
			given = {**dict(zip(names, weights)), **({} if start is None else {"h": start})}
			inputs = ["x", *names, *([] if start is None else ["", "h"])]
			by = by or (lambda x: states(op, x, weights, turned, start=start, **how)[place])
			several("directions", f"{op}-{name}", shape, [(op, inputs, outputs, {"hidden_size": 2, **(attributes or {})})], given, by=by)

		recurrent("forward", parts(1), start=drawn(1, 2, 2))
		recurrent("reverse", parts(1), turned=(True,), attributes={"direction": "reverse"})
		recurrent("reverse-end", parts(1), place=1, turned=(True,), attributes={"direction": "reverse"})
		both = {"turned": (False, True), "attributes": {"direction": "bidirectional"}}
		recurrent("both", parts(2), start=drawn(2, 2, 2), **both)
		recurrent("both-end", parts(2), place=1, **both)
		recurrent("clip", parts(1), clip=0.4, attributes={"clip": 0.4})
		weights, start = parts(2), drawn(2, 2, 2)
		first = lambda x: states(op, x.transpose(1, 0, 2), weights, (False, True), start=start.transpose(1, 0, 2))
		layout = {"layout": 1, "direction": "bidirectional"}
		recurrent("batches", weights, (2, 3, 2), 0, start, by=lambda x: first(x)[0].transpose(2, 0, 1, 3), attributes=layout)
		recurrent("batches-end", weights, (2, 3, 2), 1, start, by=lambda x: first(x)[1].transpose(1, 0, 2), attributes=layout)
		if op == "LSTM":
			recurrent("cell", parts(2), place=2, **both)
		if op == "GRU":
			linear = {"linear_before_reset": 1, "direction": "bidirectional"}
			recurrent("before", parts(2), turned=(False, True), before=True, attributes=linear)
	rectified, soft = lambda v: np.maximum(v, 0), lambda v: v / (1 + np.abs(v))
	logistic = RECURRENT["GRU"][1][0]
	for op, named, functions in [
		("RNN", ["Relu", "Softsign"], [rectified, soft]), ("GRU", ["Softsign", "Relu", "Sigmoid", "Tanh"], [soft, rectified, logistic, np.tanh]),
		("LSTM", ["Sigmoid", "Softsign", "Tanh", "Sigmoid", "Tanh", "Relu"], [logistic, soft, np.tanh, logistic, np.tanh, rectified]),
	]:
		count = RECURRENT[op][0]
		weights = [drawn(2, count * 2, 2), drawn(2, count * 2, 2), drawn(2, count * 4)]
		several(
			"directions", f"{op}-functions", (2, 1, 2), [(op, ["x", "w", "r", "b"], ["y"], {"hidden_size": 2, "direction": "bidirectional", "activations": named})],
			dict(zip("wrb", weights)), by=lambda x, op=op, weights=weights, functions=functions: states(op, x, weights, (False, True), functions=functions)[0],
		)


def classes():
	"""Labels that are the number of a class."""
	linear = {"coefficients": drawn(9).tolist(), "intercepts": drawn(3).tolist()}
	scores = lambda x: x @ np.array(linear["coefficients"]).reshape(3, 3).T + linear["intercepts"]
	vectors, coefficients, rho = drawn(6, 3), drawn(2, 6), drawn(3)
	machine = {
		"kernel_type": "LINEAR", "kernel_params": [0.3, 0.2, 2.0], "support_vectors": vectors.ravel().tolist(), "vectors_per_class": [2] * 3,
		"coefficients": coefficients.ravel().tolist(), "rho": rho.tolist(),
	}
	stump = {
		"nodes_treeids": [0, 0, 0], "nodes_nodeids": [0, 1, 2], "nodes_featureids": [1, 0, 0], "nodes_values": [0.25, 0.0, 0.0], "nodes_truenodeids": [1, 0, 0],
		"nodes_falsenodeids": [2, 0, 0], "nodes_modes": ["BRANCH_LEQ", "LEAF", "LEAF"], "class_treeids": [0, 0], "class_nodeids": [1, 2],
	}
	place = ("ArgMax", ["x"], ["p"], {"axis": 1, "keepdims": 0})
	for numbers in [[1, 2, 3], [30, 10, 20], [-5, 7, 2]]:
		of = np.array(numbers)
		several("classes", f"LinearClassifier-{numbers}", (1, 3), [("ai.onnx.ml:LinearClassifier", ["x"], ["y", "s"], {"classlabels_ints": numbers, **linear})], by=lambda x: of[scores(x).argmax(1)])
		several("classes", f"SVMClassifier-{numbers}", (1, 3), [("ai.onnx.ml:SVMClassifier", ["x"], ["y", "s"], {"classlabels_ints": numbers, **machine})])
		leaves = {"class_treeids": [0, 0, 0], "class_nodeids": [1, 2, 2], "class_ids": [0, 1, 2], "class_weights": [1.0, 0.5, 0.75]}
		several(
			"classes", f"TreeEnsembleClassifier-{numbers}", (1, 3), [("ai.onnx.ml:TreeEnsembleClassifier", ["x"], ["y", "s"], {**stump, **leaves, "classlabels_int64s": numbers})],
			by=lambda x: of[np.where(x[:, 1] <= 0.25, 0, 2)],
		)
		for op in ["ai.onnx.ml:ArrayFeatureExtractor", "Gather"]:
			shape = (1, 1) if ":" in op else (1,)
			several("classes", f"{op.rpartition(':')[2]}-{numbers}", (1, 3), [place, (op, ["c", "p"], ["y"], {})], {"c": of}, by=lambda x: of[x.argmax(1)].reshape(shape))
		encoder = ("ai.onnx.ml:LabelEncoder", ["l"], ["y"], {"keys_int64s": numbers[:2], "values_int64s": [40, -7], "default_int64": 5})
		several(
			"classes", f"LabelEncoder-{numbers}", (1, 3), [("ai.onnx.ml:LinearClassifier", ["x"], ["l", "s"], {"classlabels_ints": numbers, **linear}), encoder],
			by=lambda x: np.array([40, -7, 5])[scores(x).argmax(1)],
		)
	for numbers in [[1, 2], [2, 1], [-7, 30]]:
		of, one = np.array(numbers), {"coefficients": [0.5, -1.0, 0.75], "intercepts": [0.125]}
		side = lambda x: of[(x @ np.array(one["coefficients"]) + one["intercepts"] > 0).astype(int)]
		several("classes", f"LinearClassifier-{numbers}", (1, 3), [("ai.onnx.ml:LinearClassifier", ["x"], ["y", "s"], {"classlabels_ints": numbers, **one})], by=side)
		trees = {**stump, "class_ids": [0, 0], "class_weights": [0.25, 0.75], "classlabels_int64s": numbers}
		several("classes", f"TreeEnsembleClassifier-{numbers}", (1, 3), [("ai.onnx.ml:TreeEnsembleClassifier", ["x"], ["y", "s"], trees)], by=lambda x: of[np.where(x[:, 1] <= 0.25, 0, 1)])
	words = {"classlabels_strings": ["a", "b", "c"], **linear}
	several(
		"classes", "LabelEncoder-words", (1, 3),
		[("ai.onnx.ml:LinearClassifier", ["x"], ["l", "s"], words), ("ai.onnx.ml:LabelEncoder", ["l"], ["y"], {"keys_strings": ["c", "a"], "values_int64s": [11, 12]})],
		by=lambda x: np.array([12, -1, 11])[scores(x).argmax(1)],
	)
	integers = {"keys_int64s": [-1, 0, 2], "values_int64s": [7, 100000, -3], "default_int64": -100000}
	several(
		"classes", "LabelEncoder-integers", (5,), [("Cast", ["x"], ["i"], {"to": TensorProto.INT64}), ("ai.onnx.ml:LabelEncoder", ["i"], ["y"], integers)],
		low=-2.9, high=2.9, halves=True,
	)


def encodings():
	place = ("ArgMax", ["x"], ["l"], {"axis": 1})
	floats = {"keys_int64s": [2, 0], "values_floats": [0.25, -1.5], "default_float": 7.5}
	several("encodings", "LabelEncoder-place", (1, 3), [place, ("ai.onnx.ml:LabelEncoder", ["l"], ["y"], floats)])
	for default in [0.0, 40.0]:
		given = {"keys_floats": [-2.0, -1.0, 0.0, 1.0, 2.0], "values_floats": [0.5, -2.0, 3.0, 1.25, 0.0], "default_float": default}
		several("encodings", f"LabelEncoder-floats-{default:.0f}", (5,), [("Floor", ["x"], ["f"], {}), ("ai.onnx.ml:LabelEncoder", ["f"], ["y"], given)], low=-1.9, high=1.9, halves=True)
	largest = lambda x: x / x.max(-1, keepdims=True)
	case("encodings", "Normalizer", (1, 4), domain="ai.onnx.ml", norm="MAX", low=0.0, by=largest)
	case("encodings", "Normalizer", (3, 4), domain="ai.onnx.ml", low=0.0, by=largest, norm="MAX")
	several("encodings", "Normalizer-place", (1, 4), [("ai.onnx.ml:Normalizer", ["x"], ["n"], {"norm": "MAX"}), ("ArgMax", ["n"], ["y"], {"axis": 1})], low=0.0, by=lambda x: x.argmax(1).reshape(1, 1))


FORMS = [gates, sizes, places, empty_axes, constants, pipelines, products_of_integers, scores, directions, classes, encodings]
