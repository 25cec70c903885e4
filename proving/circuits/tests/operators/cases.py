"""How a case of `cases.json` is drawn, and what is kept of it. All draw from one generator, so that what comes after a
new one gets other numbers.
"""

import numpy as np
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

RNG = np.random.default_rng(7)
CASES = []


def keep(family, name, model, x, low, high, by=None, near=None):
	"""What the reference says of a model, as a case. With `by` a function of the input says it instead: where the
	reference knows no such operator, or something else than the definition is meant, which is `near` it, by that
	share of the largest."""
	run = lambda: np.asarray(ReferenceEvaluator(model).run(None, {"x": x})[0])
	expected = run() if by is None else np.asarray(by(x.astype(np.float64)))
	assert np.isfinite(expected.astype(np.float64)).all(), name
	if near is not None:
		assert np.abs(run() - expected).max() <= near * np.abs(expected).max(), name
	assert all(case["name"] != name or case["family"] != family for case in CASES), name
	CASES.append(
		{
			"family": family,
			"name": name,
			"model": model.SerializeToString().hex(),
			"low": low,
			"high": high,
			"input": [round(float(v), 9) for v in x.ravel()],
			"dims": list(expected.shape),
			"expected": [round(float(v), 7) for v in expected.ravel()],
		}
	)


def case(
	family, op, shape, constants=(), opset=22, low=-2.0, high=2.0, first=True, domain="", above=(), by=None, **attributes
):
	"""A node of that operator on an input and constants, which come first where `first` is false. With
	thresholds in `above` it has in the input's place whether that is above each, for operators on truth values."""
	x = RNG.uniform(low, high, shape).astype(np.float32)
	names, initializers, nodes, computed = [], [], [], []
	for index, value in enumerate(above):
		initializers.append(numpy_helper.from_array(np.asarray(value), f"a{index}"))
		nodes.append(helper.make_node("Greater", ["x", f"a{index}"], [f"t{index}"], name=f"above{index}"))
		computed.append(f"t{index}")
	computed = computed or ["x"]
	for index, value in enumerate(constants):
		if value is None:
			names.append("")
			continue
		names.append(f"c{index}")
		initializers.append(numpy_helper.from_array(np.asarray(value), f"c{index}"))
	inputs = [*computed, *names] if first else [*names, *computed]
	node = helper.make_node(op, inputs, ["y"], name="node", domain=domain, **attributes)
	graph = helper.make_graph(
		[*nodes, node],
		"case",
		[helper.make_tensor_value_info("x", TensorProto.FLOAT, list(shape))],
		[helper.make_empty_tensor_value_info("y")],
		initializers,
	)
	imports = [helper.make_opsetid("", opset), helper.make_opsetid("ai.onnx.ml", 3)]
	model = helper.make_model(graph, opset_imports=imports, ir_version=10)
	number = sum(c["name"].startswith(f"{op}-") for c in CASES)
	keep(family, f"{op}-{number}", model, x, low, high, by)


def several(
	family, name, shape, nodes, constants=(), opset=22, low=-2.0, high=2.0, halves=False, ml=3, by=None, near=None
):
	"""Nodes that give y, each as operator, inputs, outputs and attributes; constants by name. ONNX's own domain
	is the one that is not named. Inputs that are cut off are halves, far from where they jump."""
	x = RNG.uniform(low, high, shape).astype(np.float32)
	if halves:
		x = np.floor(x) + np.float32(0.5)
	made = []
	for op, inputs, outputs, attributes in nodes:
		domain, _, op = op.rpartition(":")
		made.append(helper.make_node(op, inputs, outputs, domain=domain, **attributes))
	graph = helper.make_graph(
		made,
		"case",
		[helper.make_tensor_value_info("x", TensorProto.FLOAT, list(shape))],
		[helper.make_empty_tensor_value_info("y")],
		[numpy_helper.from_array(np.asarray(value), name) for name, value in dict(constants).items()],
	)
	imports = [helper.make_opsetid("", opset), helper.make_opsetid("ai.onnx.ml", ml)]
	if any(node.domain == "com.microsoft" for node in made):
		imports.append(helper.make_opsetid("com.microsoft", 1))
	model = helper.make_model(graph, opset_imports=imports, ir_version=10)
	keep(family, name, model, x, low, high, by, near)


def body(name, nodes, inputs, outputs):
	"""A graph inside a node."""
	unknown = helper.make_empty_tensor_value_info
	made = [helper.make_node(op, given, results, **attributes) for op, given, results, attributes in nodes]
	return helper.make_graph(made, name, [unknown(i) for i in inputs], [unknown(o) for o in outputs])


def drawn(*shape):
	return RNG.uniform(-1, 1, shape).astype(np.float32)


def whole(*values):
	return np.array(values, dtype=np.int64)
