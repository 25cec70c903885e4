#!/usr/bin/env python3
"""Writes cases.json: small models of one operator each, and what ONNX's reference says of them.

    python3 -m venv venv && venv/bin/pip install onnx==1.23.2
    venv/bin/python make.py

A case has a family, a name, the model's bytes in hexadecimal, its input (flat, within the range -2 to 2
where nothing else is said), and shape and values of its output by `onnx.reference`. How one is made is in
`cases.py`; operators and attributes that were added later, so that earlier cases keep their numbers, are in
`forms.py`.
"""

import json
from pathlib import Path

import numpy as np
from onnx import TensorProto, numpy_helper

from cases import CASES, RNG, body, case, drawn, several, whole
from forms import FORMS


def functions():
	for op, low, high in [
		("Acos", -0.9, 0.9), ("Acosh", 1.5, 4.0), ("Asin", -0.9, 0.9), ("Asinh", -2.0, 2.0),
		("Atanh", -0.9, 0.9), ("Cosh", -2.0, 2.0), ("Sinh", -2.0, 2.0), ("Tan", -1.2, 1.2),
	]:
		case("functions", op, (2, 5), low=low, high=high)
	case("functions", "Shrink", (2, 5), lambd=0.7, bias=0.3)
	case("functions", "ThresholdedRelu", (2, 5), alpha=0.6)
	case("functions", "Sign", (2, 5))
	case("functions", "Pow", (2, 3), [np.array([2.0, 0.5, -1.0], np.float32)], low=0.5, high=2.0)
	case("functions", "Pow", (2, 3), [np.array(2.5, np.float32)], first=False)


def comparisons():
	for op in ["Greater", "Less", "GreaterOrEqual", "LessOrEqual"]:
		case("comparisons", op, (2, 4), [drawn(4)])
		case("comparisons", op, (2, 1), [drawn(2, 4)], first=False)
	case("comparisons", "Binarizer", (2, 4), threshold=0.25, domain="ai.onnx.ml")


def reductions():
	for op in ["ReduceL1", "ReduceL2", "ReduceLogSumExp", "ReduceSumSquare"]:
		case("reductions", op, (2, 3, 2), [whole(1)], keepdims=0)
		case("reductions", op, (2, 3, 2), opset=13, axes=[0, 2])
		case("reductions", op, (2, 3))
	case("reductions", "ReduceLogSum", (2, 3), [whole(-1)], low=0.2)
	case("reductions", "ReduceProd", (2, 5), [whole(1)], keepdims=0)
	case("reductions", "Mean", (2, 3), [drawn(3), drawn(2, 1)])
	for op in ["ArgMax", "ArgMin"]:
		case("reductions", op, (3, 4), axis=1, keepdims=0)
		case("reductions", op, (3, 4), axis=0, select_last_index=1)


def normalisations():
	case("normalisations", "LayerNormalization", (3, 6), [drawn(6), drawn(6)])
	case("normalisations", "LayerNormalization", (2, 3, 4), [drawn(3, 4)], axis=1, epsilon=0.1)
	case("normalisations", "RMSNormalization", (3, 6), [drawn(6)], opset=23)
	case("normalisations", "InstanceNormalization", (2, 3, 4), [drawn(3), drawn(3)])
	case("normalisations", "GroupNormalization", (1, 4, 3), [drawn(4), drawn(4)], num_groups=2)
	case("normalisations", "MeanVarianceNormalization", (2, 2, 2, 3))
	case("normalisations", "LpNormalization", (3, 4), axis=1, p=2)
	# The reference adds numbers where ONNX has their sizes: none below 0.
	case("normalisations", "LpNormalization", (3, 4), axis=0, p=1, low=0.2)
	# The reference does as many channels as there are images.
	case("normalisations", "LRN", (2, 2, 5, 1), size=3, alpha=0.5, beta=0.6, bias=1.5)


def softmaxes():
	for op in ["Softmax", "LogSoftmax", "Hardmax"]:
		case("softmaxes", op, (2, 4))
		case("softmaxes", op, (2, 3, 2), axis=1)
	case("softmaxes", "NegativeLogLikelihoodLoss", (3, 4), [whole(1, 0, 3), np.abs(drawn(4))])
	case("softmaxes", "NegativeLogLikelihoodLoss", (2, 3, 2), [whole(1, 0, 2, 2).reshape(2, 2)], reduction="none")
	case("softmaxes", "SoftmaxCrossEntropyLoss", (3, 4), [whole(1, 2, 3)], ignore_index=2)


def indices():
	case("indices", "GatherElements", (3, 3), [whole(0, 2, -1, 1, 1, 0).reshape(3, 2)], axis=1)
	case("indices", "GatherND", (2, 3, 2), [whole(1, -2).reshape(2, 1)], batch_dims=1)
	case("indices", "GatherND", (2, 3, 2), [whole(1, 0, 0, 2).reshape(2, 2)])
	for reduction in ["none", "add", "mul", "max", "min"]:
		places = whole(0, 2, 1, 1) if reduction == "none" else whole(0, 2, 2, 1)
		case("indices", "ScatterElements", (2, 3), [places.reshape(2, 2), drawn(2, 2)], axis=1, reduction=reduction)
		rows = whole(2, 0) if reduction == "none" else whole(2, 2)
		case("indices", "ScatterND", (3, 2), [rows.reshape(2, 1), drawn(2, 2)], reduction=reduction)
	case("indices", "TensorScatter", (2, 1, 4, 2), [drawn(2, 1, 2, 2), whole(3, 1)], opset=24, mode="circular")
	case("indices", "Compress", (3, 4), [np.array([True, False, True])], axis=0)
	case("indices", "Compress", (2, 2), [np.array([False, True, True])])
	case("indices", "ReverseSequence", (4, 3), [whole(4, 1, 3)], batch_axis=1, time_axis=0)
	case("indices", "CenterCropPad", (5, 2), [whole(2, 5)])
	case("indices", "Trilu", (2, 3, 4), [np.array(1, np.int64)], upper=0)
	case("indices", "Trilu", (3, 4), upper=1)
	case("indices", "Det", (2, 3, 3))


def resizing():
	none = None
	scales = np.array([1, 1, 1.5, 2], np.float32)
	for mode in ["nearest", "linear", "cubic"]:
		for how in ["half_pixel", "asymmetric", "align_corners", "half_pixel_symmetric", "pytorch_half_pixel"]:
			case("resizing", "Resize", (1, 1, 3, 2), [none, scales], opset=19, mode=mode, coordinate_transformation_mode=how)
	for how in ["floor", "ceil", "round_prefer_ceil"]:
		case("resizing", "Resize", (1, 1, 4, 3), [none, none, whole(1, 1, 2, 5)], mode="nearest", nearest_mode=how)
	small = np.array([0.6, 0.6], np.float32)
	case("resizing", "Resize", (1, 1, 4, 4), [none, small], mode="linear", antialias=1, axes=[2, 3])
	case("resizing", "Resize", (1, 1, 4, 4), [none, small], mode="cubic", antialias=1, axes=[2, 3], exclude_outside=1)
	case("resizing", "Resize", (1, 1, 4, 2), [none, none, whole(3, 3)], mode="linear", axes=[2, 3], keep_aspect_ratio_policy="not_larger")
	part = np.array([0.4, 0.6, 0.6, 1.4], np.float32)
	case(
		"resizing", "Resize", (1, 1, 4, 4), [part, none, whole(3, 3)], mode="linear", axes=[2, 3],
		coordinate_transformation_mode="tf_crop_and_resize", extrapolation_value=1.5,
	)


def sampling():
	for mode in ["linear", "nearest", "cubic"]:
		for padding in ["zeros", "border", "reflection"]:
			grid = RNG.uniform(-1.3, 1.3, (1, 2, 2, 2)).astype(np.float32)
			case("sampling", "GridSample", (1, 2, 3, 4), [grid], mode=mode, padding_mode=padding, align_corners=int(mode == "linear"))
	case("sampling", "AffineGrid", (1, 2, 3), [whole(1, 1, 2, 3)], opset=20)
	case("sampling", "AffineGrid", (1, 2, 3), [whole(1, 1, 2, 3)], opset=20, align_corners=1)
	rois = np.array([[0.5, 0.5, 3, 2.5], [1, 0, 4, 4]], np.float32)
	case("sampling", "RoiAlign", (1, 2, 5, 5), [rois, whole(0, 0)], output_height=2, output_width=2, sampling_ratio=2)
	case(
		"sampling", "DeformConv", (1, 2, 3, 3), [drawn(2, 1, 2, 2), drawn(1, 8, 2, 2), drawn(2), drawn(1, 4, 2, 2)],
		kernel_shape=[2, 2], pads=[0, 0, 0, 0], group=2,
	)


def spreading():
	case("spreading", "ConvTranspose", (1, 2, 3, 3), [drawn(2, 2, 2, 2), drawn(2)], strides=[2, 1], pads=[1, 0, 0, 1])
	case("spreading", "ConvTranspose", (1, 2, 4), [drawn(2, 1, 3)], group=2, dilations=[2], output_padding=[1], strides=[2])
	case("spreading", "Col2Im", (1, 8, 4), [whole(3, 3), whole(2, 2)])
	case("spreading", "MaxUnpool", (1, 1, 2, 2), [whole(0, 3, 9, 14).reshape(1, 1, 2, 2)], kernel_shape=[2, 2], strides=[2, 2])
	case("spreading", "LpPool", (1, 2, 4, 4), kernel_shape=[2, 2], strides=[2, 1], p=2)
	case("spreading", "LpPool", (1, 1, 5), kernel_shape=[3], p=1, pads=[1, 1])


def transforms():
	case("transforms", "DFT", (1, 6, 1), [None, np.array(1, np.int64)], opset=20)
	case("transforms", "DFT", (1, 6, 1), [None, np.array(1, np.int64)], opset=20, onesided=1)
	case("transforms", "DFT", (1, 5, 2), [None, np.array(1, np.int64)], opset=20, inverse=1)
	case("transforms", "DFT", (1, 4, 2), [np.array(6, np.int64)], opset=17, axis=1)
	case("transforms", "STFT", (1, 8, 1), [np.array(2, np.int64), np.abs(drawn(4))])


def attention():
	case("attention", "Attention", (1, 2, 3, 4), [drawn(1, 2, 5, 4), drawn(1, 2, 5, 3)], opset=23)
	case("attention", "Attention", (1, 3, 8), [drawn(1, 4, 4), drawn(1, 4, 4)], opset=23, q_num_heads=4, kv_num_heads=2, is_causal=1)
	mask = np.array([[True, False, True], [False, False, False]])
	case("attention", "Attention", (1, 1, 2, 4), [drawn(1, 1, 3, 4), drawn(1, 1, 3, 4), mask], opset=23, softcap=1.5)
	case(
		"attention", "Attention", (1, 1, 2, 4),
		[drawn(1, 1, 2, 4), drawn(1, 1, 2, 4), drawn(2, 4), drawn(1, 1, 2, 4), drawn(1, 1, 2, 4)], opset=23, scale=0.7,
	)
	case("attention", "RotaryEmbedding", (1, 2, 3, 4), [drawn(5, 2), drawn(5, 2), whole(0, 4, 2).reshape(1, 3)], opset=23)
	case("attention", "RotaryEmbedding", (1, 3, 8), [drawn(1, 3, 1), drawn(1, 3, 1)], opset=23, num_heads=2, rotary_embedding_dim=2, interleaved=1)


def recurrence():
	case("recurrence", "RNN", (3, 2, 2), [drawn(1, 3, 2), drawn(1, 3, 3), drawn(1, 6)], hidden_size=3)
	case("recurrence", "GRU", (3, 1, 2), [drawn(1, 9, 2), drawn(1, 9, 3), drawn(1, 18)], hidden_size=3)
	case("recurrence", "GRU", (2, 1, 2), [drawn(1, 9, 2), drawn(1, 9, 3), drawn(1, 18)], hidden_size=3, linear_before_reset=1)
	case("recurrence", "LSTM", (3, 1, 2), [drawn(1, 12, 2), drawn(1, 12, 3), drawn(1, 24)], hidden_size=3)
	case(
		"recurrence", "LSTM", (2, 1, 2),
		[drawn(1, 12, 2), drawn(1, 12, 3), drawn(1, 24), None, drawn(1, 1, 3), drawn(1, 1, 3), drawn(1, 9)], hidden_size=3,
	)


def connectives():
	for op in ["And", "Or", "Xor"]:
		case("connectives", op, (2, 4), above=[drawn(4), drawn(2, 4)])
		case("connectives", op, (2, 1), [np.array([True, False])], above=[drawn(2, 1)])
		case("connectives", op, (2, 4), [np.array(True)], above=[drawn(4)], first=False)
	case("connectives", "Not", (2, 4), above=[drawn(4)])


def whole_numbers():
	for op in ["Floor", "Ceil", "Round"]:
		case("whole numbers", op, (3, 5))
	case("whole numbers", "Mod", (3, 2), [np.array([0.75, -0.5], np.float32)], opset=28)
	case("whole numbers", "Mod", (2, 4), [np.array(0.625, np.float32)], fmod=1)
	# As torch writes what is left of a division.
	several(
		"whole numbers", "remainder", (2, 4),
		[("Div", ["x", "d"], ["q"], {}), ("Floor", ["q"], ["f"], {}), ("Mul", ["f", "d"], ["p"], {}), ("Sub", ["x", "p"], ["y"], {})],
		{"d": np.array(0.75, np.float32)},
	)


def integers():
	cast = ("Cast", ["x"], ["i"], {"to": TensorProto.INT64})
	wide = {"low": -60.0, "high": 60.0, "halves": True}
	for name, op, number in [
		("Div", "Div", 7), ("Div-negative", "Div", -3), ("Mod", "Mod", 5), ("Mul", "Mul", -3), ("Pow", "Pow", 2),
		("BitwiseAnd", "BitwiseAnd", 13), ("BitwiseAnd-negative", "BitwiseAnd", -6), ("BitwiseOr", "BitwiseOr", 9),
		("BitwiseXor", "BitwiseXor", 22), ("Equal", "Equal", 3), ("Less", "Less", -4),
	]:
		last = [("Cast", ["r"], ["y"], {"to": TensorProto.FLOAT})]
		several("integers", name, (2, 5), [cast, (op, ["i", "c"], ["r"], {}), *last], {"c": whole(number)}, **wide)
	several("integers", "BitwiseNot", (5,), [cast, ("BitwiseNot", ["i"], ["y"], {})], **wide)
	several("integers", "to-bool", (6,), [cast, ("Cast", ["i"], ["b"], {"to": TensorProto.BOOL}), ("Not", ["b"], ["y"], {})], halves=True)
	several("integers", "like", (6,), [cast, ("CastLike", ["i", "c"], ["y"], {})], {"c": drawn(1)}, **wide)
	# As torch writes a division that rounds down.
	several(
		"integers", "floor-divide", (2, 5),
		[
			cast, ("Div", ["i", "c"], ["q"], {}), ("Mul", ["q", "c"], ["p"], {}), ("Sub", ["i", "p"], ["rest"], {}),
			("Less", ["i", "zero"], ["negative"], {}), ("Equal", ["rest", "zero"], ["even"], {}), ("Not", ["even"], ["odd"], {}),
			("And", ["negative", "odd"], ["down"], {}), ("Cast", ["down"], ["one"], {"to": TensorProto.INT64}),
			("Sub", ["q", "one"], ["y"], {}),
		],
		{"c": whole(7), "zero": whole(0)}, **wide,
	)


def running():
	for exclusive in [0, 1]:
		for reverse in [0, 1]:
			case("running", "CumSum", (2, 4), [np.array(1, np.int64)], exclusive=exclusive, reverse=reverse)
	case("running", "CumSum", (3, 2), [np.array(0, np.int64)], opset=11)
	for exclusive, reverse in [(0, 0), (1, 1)]:
		case("running", "CumProd", (2, 3), [np.array(-1, np.int64)], opset=26, exclusive=exclusive, reverse=reverse)
	for equation, shape, others in [
		("ij,jk->ik", (2, 3), [(3, 4)]), ("bij,bjk->bik", (2, 2, 3), [(2, 3, 2)]), ("ij->ji", (2, 3), []), ("ii->i", (3, 3), []),
		("ij->", (2, 3), []), ("bhid,bhjd->bhij", (1, 2, 2, 3), [(1, 2, 4, 3)]), ("...ij,jk->...ik", (2, 2, 3), [(3, 2)]),
		("i,j", (2,), [(3,)]), ("ij,jk,kl->il", (2, 2), [(2, 3), (3, 2)]), ("ij,ij->i", (2, 3), [(2, 3)]),
	]:
		case("running", "Einsum", shape, [drawn(*other) for other in others], equation=equation)
	cast = ("Cast", ["x"], ["i"], {"to": TensorProto.INT64})
	for depth, axis, low in [(4, -1, -3.9), (3, 1, 0.1)]:
		several(
			"running", f"OneHot-{depth}", (2, 2), [cast, ("OneHot", ["i", "depth", "values"], ["y"], {"axis": axis})],
			{"depth": np.array(depth, np.int64), "values": np.array([0.5, 2.5], np.float32)}, low=low, high=2.9, halves=True,
		)


def masks():
	inf = np.where(np.tril(np.ones((3, 3), np.float32)) > 0, np.float32(0), np.float32(-np.inf))
	far = np.where(inf == 0, np.float32(0.25), np.float32(-1e9))
	soft = ("Softmax", ["s"], ["y"], {"axis": -1})
	several("masks", "added", (2, 3, 3), [("Add", ["x", "m"], ["s"], {}), soft], {"m": inf})
	several("masks", "added-far", (2, 3, 3), [("Add", ["m", "x"], ["s"], {}), soft], {"m": far})
	least = np.array(np.finfo(np.float32).min)
	several("masks", "chosen", (3, 3), [("Where", ["c", "x", "m"], ["s"], {}), soft], {"c": inf == 0, "m": least})
	several(
		"masks", "probabilities", (2, 4),
		[("ReduceLogSumExp", ["x", "axes"], ["l"], {"keepdims": 0}), ("Reshape", ["l", "shape"], ["r"], {}), ("Sub", ["x", "r"], ["p"], {}), ("Exp", ["p"], ["y"], {})],
		{"axes": whole(1), "shape": whole(-1, 1)}, low=-6.0, high=6.0,
	)
	several(
		"masks", "not-a-number", (2, 3),
		[("Softmax", ["x"], ["s"], {}), ("IsNaN", ["s"], ["n"], {}), ("Where", ["n", "zero", "s"], ["y"], {})],
		{"zero": np.array(0, np.float32)},
	)


def bodies():
	then = body("then", [("Add", ["x", "c"], ["t"], {})], [], ["t"])
	other = body("else", [("Mul", ["x", "c"], ["e"], {})], [], ["e"])
	for name, condition in [("If-then", True), ("If-else", False)]:
		several("bodies", name, (3,), [("If", ["b"], ["y"], {"then_branch": then, "else_branch": other})], {"b": np.array(condition), "c": drawn(3)})
	several(
		"bodies", "If-computed", (3,),
		[("ReduceSum", ["x"], ["s"], {"keepdims": 0}), ("Greater", ["s", "zero"], ["b"], {}), ("If", ["b"], ["y"], {"then_branch": then, "else_branch": other})],
		{"zero": np.array(0, np.float32), "c": drawn(3)},
	)
	step = body(
		"body",
		[
			("Cast", ["i"], ["n"], {"to": TensorProto.FLOAT}), ("Add", ["state", "n"], ["sum"], {}), ("Mul", ["sum", "c"], ["next"], {}),
			("Identity", ["more"], ["on"], {}), ("Identity", ["next"], ["scan"], {}),
		],
		["i", "more", "state"], ["on", "next", "scan"],
	)
	given = {"steps": np.array(3, np.int64), "true": np.array(True), "c": drawn(2)}
	several("bodies", "Loop", (2,), [("Loop", ["steps", "true", "x"], ["y", "all"], {"body": step})], given)
	several("bodies", "Loop-all", (2,), [("Loop", ["steps", "true", "x"], ["last", "all"], {"body": step}), ("Identity", ["all"], ["y"], {})], given)
	# As scikit-learn's exporter writes distances: a row at a time against all others.
	apart = body(
		"body",
		[("Identity", ["all"], ["same"], {}), ("Sub", ["all", "row"], ["d"], {}), ("ReduceSumSquare", ["d", "one"], ["s"], {"keepdims": 0})],
		["all", "row"], ["same", "s"],
	)
	several(
		"bodies", "Scan", (1, 3), [("Scan", ["x", "points"], ["same", "y"], {"body": apart, "num_scan_inputs": 1})],
		{"points": drawn(4, 3), "one": whole(1)},
	)


def encoders():
	several(
		"encoders", "LabelEncoder", (5,),
		[("Cast", ["x"], ["i"], {"to": TensorProto.INT64}), ("ai.onnx.ml:LabelEncoder", ["i"], ["y"], {"keys_int64s": [-1, 0, 2], "values_floats": [0.5, -2.0, 3.0], "default_float": 7.0})],
		low=-2.9, high=2.9, halves=True,
	)
	several(
		"encoders", "OneHotEncoder", (4, 1),
		[("Cast", ["x"], ["i"], {"to": TensorProto.INT64}), ("ai.onnx.ml:OneHotEncoder", ["i"], ["y"], {"cats_int64s": [0, 1, 5]})],
		low=0.1, high=2.9, halves=True,
	)
	case("encoders", "Normalizer", (1, 4), domain="ai.onnx.ml", norm="L1")
	case("encoders", "Normalizer", (2, 3), domain="ai.onnx.ml", norm="L2")
	vectors, coefficients = drawn(4, 3), drawn(4)
	for kernel in ["LINEAR", "POLY", "RBF", "SIGMOID"]:
		case(
			"encoders", "SVMRegressor", (1, 3), domain="ai.onnx.ml", kernel_type=kernel, kernel_params=[0.3, 0.2, 2.0], rho=[0.1],
			n_supports=4, support_vectors=vectors.ravel().tolist(), coefficients=coefficients.tolist(),
		)


def ensembles():
	"""Trees as ONNX's own newest operator, and as the matrices and the walks that converters to torch make."""
	numbers = lambda name, values: numpy_helper.from_array(np.array(values, np.float32), name)
	# Inputs are -1.5, -0.5, 0.5 and 1.5, so that splits are met. Of tree 0 one node for each mode, each with a leaf
	# and the next one; tree 1 is a leaf alone; tree 2 asks again what tree 0 asks.
	for aggregate in (0, 1):
		several(
			"ensembles", f"TreeEnsemble-{aggregate}", (1, 4),
			[(
				"ai.onnx.ml:TreeEnsemble", ["x"], ["y"],
				{
					"n_targets": 2,
					"aggregate_function": aggregate,
					"post_transform": 0,
					"tree_roots": [0, 7, 8],
					"nodes_modes": numpy_helper.from_array(np.array([0, 1, 2, 3, 4, 5, 6, 0, 6], np.uint8), "modes"),
					"nodes_splits": numbers("splits", [-1.5, -0.5, 1.5, 1.5, 0.5, 1.5, 0.0, 0.0, 0.0]),
					"nodes_featureids": [0, 1, 2, 3, 0, 1, 2, 0, 2],
					"nodes_trueleafs": [1, 1, 1, 1, 1, 0, 1, 1, 1],
					"nodes_truenodeids": [0, 1, 2, 3, 4, 6, 5, 7, 10],
					"nodes_falseleafs": [0, 0, 0, 0, 0, 1, 1, 1, 1],
					"nodes_falsenodeids": [1, 2, 3, 4, 5, 8, 6, 7, 9],
					"membership_values": numbers("members", [-0.5, 0.5, np.nan, 1.5, -1.5, 1.5, np.nan]),
					"leaf_targetids": [0, 1, 0, 1, 0, 1, 0, 1, 1, 0, 1],
					"leaf_weights": numbers("weights", [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 0.5, 0.25, 3.0, 5.0]),
				},
			)],
			halves=True, ml=5,
		)
	# A tree of three branches and four leaves: which are left, which leaf has all of its own, and its value.
	path = np.array([[1, 1, -1, -1], [1, -1, 0, 0], [0, 0, 1, -1]], np.float32)
	tree = {
		"features": np.array([2, 0, 1]), "limits": np.array([0.1, -0.3, 0.6], np.float32), "path": path,
		"lefts": np.array([2, 1, 1, 0], np.float32), "values": drawn(4, 2),
	}
	nodes = [
		("Gather", ["x", "features"], ["own"], {"axis": 1}),
		("LessOrEqual", ["own", "limits"], ["left"], {}),
		("Cast", ["left"], ["one"], {"to": TensorProto.FLOAT}),
		("MatMul", ["one", "path"], ["count"], {}),
		("Equal", ["count", "lefts"], ["there"], {}),
		("Cast", ["there"], ["leaf"], {"to": TensorProto.FLOAT}),
		("MatMul", ["leaf", "values"], ["y"], {}),
	]
	several("ensembles", "matrices", (1, 3), nodes, tree)
	# The same by integers of 8 bits, as the index of a leaf.
	narrow = [("Cast", ["count"], ["few"], {"to": TensorProto.INT8}), ("Cast", ["lefts"], ["needed"], {"to": TensorProto.INT8})]
	by_index = [
		("Equal", ["few", "needed"], ["there"], {}),
		("Cast", ["there"], ["leaf"], {"to": TensorProto.INT32}),
		("ArgMax", ["leaf"], ["index"], {"axis": -1, "keepdims": 0}),
		("Gather", ["values", "index"], ["y"], {}),
	]
	several("ensembles", "indices", (1, 3), [*nodes[:4], *narrow, *by_index], tree)
	# Two trees side by side: a matrix for each, on the left.
	both = {
		"first": np.eye(4, dtype=np.float32)[[2, 0, 1, 3, 1, 0]], "limits": drawn(6, 1),
		"paths": np.stack([path.T, -path.T[::-1]]), "lefts": np.array([[2, 1, 1, 0], [2, 1, 1, 0]], np.float32)[..., None],
		"values": drawn(2, 1, 4), "two": np.array([2, 3, 1]), "zero": np.array([0]),
	}
	nodes = [
		("Transpose", ["x"], ["column"], {}),
		("MatMul", ["first", "column"], ["own"], {}),
		("Less", ["own", "limits"], ["left"], {}),
		("Cast", ["left"], ["one"], {"to": TensorProto.FLOAT}),
		("Reshape", ["one", "two"], ["pair"], {}),
		("MatMul", ["paths", "pair"], ["count"], {}),
		("Equal", ["count", "lefts"], ["there"], {}),
		("Cast", ["there"], ["leaf"], {"to": TensorProto.FLOAT}),
		("MatMul", ["values", "leaf"], ["each"], {}),
		("ReduceSum", ["each", "zero"], ["y"], {}),
	]
	several("ensembles", "batches", (1, 4), nodes, both)
	# From the root two steps down, each node by its number: its feature, its threshold, its children.
	walk = {
		"features": np.array([2, 0, -2, 0, 0, 0, 0]), "limits": np.array([0.1, -0.3, 0.6, 0, 0, 0, 0], np.float32),
		"left": np.array([1, 3, 5, 3, 4, 5, 6]), "right": np.array([2, 4, 6, 3, 4, 5, 6]), "values": drawn(7),
		"root": np.array([0]), "square": np.array([1, 1]), "flat": np.array([1]), "one": np.array([1]),
	}
	for name, compared in (("LessOrEqual", ["value", "limit"]), ("Less", ["value", "limit"]), ("Greater", ["limit", "value"])):
		nodes, at = [], "root"
		for step in range(2):
			of = lambda what, step=step: f"{what}{step}"
			nodes += [
				("Gather", ["features", at], [of("feature")], {}),
				("Reshape", [of("feature"), "square"], [of("column")], {}),
				("GatherElements", ["x", of("column")], [of("cell")], {"axis": 1}),
				("Reshape", [of("cell"), "flat"], [of("value")], {}),
				("Gather", ["limits", at], [of("limit")], {}),
				("Gather", ["left", at], [of("low")], {}),
				("Gather", ["right", at], [of("high")], {}),
				(name, [of(operand) for operand in compared], [of("condition")], {}),
				("Where", [of("condition"), of("low"), of("high")], [of("next")], {}),
			]
			at = of("next")
		several("ensembles", f"walk-{name}", (1, 3), [*nodes, ("Gather", ["values", at], ["y"], {})], walk)
	# Twice the number and what is beside it: a perfect tree.
	nodes = [
		("Greater", ["x", "middle"], ["above"], {}),
		("Cast", ["above"], ["bits"], {"to": TensorProto.INT64}),
		("Mul", ["bits", "weights"], ["parts"], {}),
		("ReduceSum", ["parts", "axis"], ["index"], {"keepdims": 0}),
		("ai.onnx.ml:ArrayFeatureExtractor", ["table", "index"], ["y"], {}),
	]
	several("ensembles", "ArrayFeatureExtractor", (1, 3), nodes, {"middle": np.float32(0.2), "weights": np.array([[4, 2, 1]]), "axis": np.array([1]), "table": drawn(2, 8)})


def computed_integers():
	cast = ("Cast", ["x"], ["i"], {"to": TensorProto.INT64})
	parts = ("Split", ["i"], ["a", "b"], {"axis": 0, "num_outputs": 2})
	wide = {"low": -60.0, "high": 60.0, "halves": True}
	# Divisors are above 0, or below.
	above = [("Abs", ["b"], ["size"], {}), ("Add", ["size", "one"], ["d"], {})]
	below = [*above, ("Neg", ["d"], ["n"], {})]
	given = {"one": whole(1)}
	for op, attributes in [("Div", {}), ("Mod", {}), ("Mod", {"fmod": 1})]:
		for sign, divisor, made in [("above", "d", above), ("below", "n", below)]:
			name = f"{op}-{sign}-{len(attributes)}"
			several("computed integers", name, (2, 5), [cast, parts, *made, (op, ["a", divisor], ["y"], attributes)], given, **wide)
	several("computed integers", "Div-of-constant", (4,), [cast, ("Abs", ["i"], ["b"], {}), *above, ("Div", ["c", "d"], ["y"], {})], {**given, "c": whole(-50, 7, 60, 0)}, **wide)
	for op in ["BitwiseAnd", "BitwiseOr", "BitwiseXor"]:
		several("computed integers", op, (2, 5), [cast, parts, (op, ["a", "b"], ["y"], {})], **wide)
		several("computed integers", f"{op}-above", (2, 5), [cast, ("Abs", ["i"], ["s"], {}), ("Split", ["s"], ["a", "b"], {"num_outputs": 2}), (op, ["a", "b"], ["y"], {})], **wide)
		several("computed integers", f"{op}-masks", (2, 3), [cast, (op, ["i", "c"], ["y"], {})], {"c": whole(13, -6, 0)}, **wide)


def scattered():
	cast = ("Cast", ["x"], ["i"], {"to": TensorProto.INT64})
	near = {"low": -2.9, "high": 1.9, "halves": True}
	for reduction in ["none", "add", "mul", "max", "min"]:
		for axis in [0, 1]:
			several(
				"scattered", f"ScatterElements-{reduction}-{axis}", (2, 2),
				[cast, ("Mul", ["x", "half"], ["u"], {}), ("ScatterElements", ["d", "i", "u"], ["y"], {"axis": axis, "reduction": reduction})],
				{"d": drawn(2, 3) if axis == 0 else drawn(3, 2), "half": np.array(0.5, np.float32)}, **near,
			)
		several(
			"scattered", f"ScatterND-{reduction}", (3, 1),
			[cast, ("Add", ["x", "c"], ["u"], {}), ("Transpose", ["u"], ["d"], {}), ("ScatterND", ["d", "i", "u"], ["y"], {"reduction": reduction})],
			{"c": drawn(1, 3)}, **near,
		)
		several(
			"scattered", f"ScatterND-points-{reduction}", (4, 2),
			[cast, ("ScatterND", ["d", "i", "u"], ["y"], {"reduction": reduction})], {"d": drawn(2, 2), "u": drawn(4)}, **near,
		)
	several(
		"scattered", "ScatterElements-integers", (1, 4),
		[cast, ("Mul", ["i", "seven"], ["u"], {}), ("ScatterElements", ["d", "i", "u"], ["y"], {"axis": 1, "reduction": "add"})],
		{"d": whole(100, -20).reshape(1, 2), "seven": whole(7)}, **near,
	)
	several(
		"scattered", "ScatterElements-older", (1, 4),
		[cast, ("ScatterElements", ["d", "i", "x"], ["y"], {"axis": -1})], {"d": drawn(2, 2)}, opset=11, **near,
	)


for family in [
	functions, comparisons, reductions, normalisations, softmaxes, indices, resizing, sampling, spreading,
	transforms, attention, recurrence, connectives, whole_numbers, integers, running, masks, bodies, encoders, ensembles,
	computed_integers, scattered, *FORMS,
]:
	family()
lines = ",\n".join(json.dumps(case) for case in CASES)
Path(__file__).with_name("cases.json").write_text(f"[\n{lines}\n]\n")
print(len(CASES), "cases")
