#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes loan.onnx and loan.json: a model of three inputs and two outputs, for tests of the whole road.

    python3 -m venv venv && venv/bin/pip install onnx==1.23.2
    venv/bin/python make.py

An applicant's figures (private), what they ask for, and the lender's rate go in; a score and the class that
follows from it come out. The weights are drawn, not trained: what the model says is nobody's credit.
"""

import json
from pathlib import Path

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper, save
from onnx.reference import ReferenceEvaluator

HERE = Path(__file__).parent
RNG = np.random.default_rng(16)


def drawn(*shape):
	return RNG.uniform(-1, 1, shape).astype(np.float32)


def constant(name, value):
	return numpy_helper.from_array(value, name)


def info(name, kind, *shape):
	return helper.make_tensor_value_info(name, kind, shape)


nodes = [
	helper.make_node("Concat", ["figures", "asked", "rate"], ["all"], name="together", axis=1),
	helper.make_node("Gemm", ["all", "w1", "b1"], ["sums"], name="hidden"),
	helper.make_node("Relu", ["sums"], ["values"], name="relu"),
	helper.make_node("Gemm", ["values", "w2", "b2"], ["scores"], name="scores"),
	helper.make_node("ArgMax", ["scores"], ["class"], name="class", axis=1, keepdims=0),
]
graph = helper.make_graph(
	nodes,
	"loan",
	[
		info("figures", TensorProto.FLOAT, 1, 6),
		info("asked", TensorProto.FLOAT, 1, 2),
		info("rate", TensorProto.FLOAT, 1, 1),
	],
	[info("class", TensorProto.INT64, 1), info("scores", TensorProto.FLOAT, 1, 3)],
	[
		constant("w1", drawn(9, 8)),
		constant("b1", drawn(8)),
		constant("w2", drawn(8, 3)),
		constant("b2", drawn(3)),
	],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
checker.check_model(model, full_check=True)
save(model, HERE / "loan.onnx")

inputs = {"figures": RNG.uniform(0, 1, (1, 6)), "asked": RNG.uniform(0, 1, (1, 2)), "rate": [[0.25]]}
inputs = {name: np.round(np.asarray(value, np.float32), 3) for name, value in inputs.items()}
label, scores = ReferenceEvaluator(model).run(None, inputs)
print("scores", scores, "class", label)
listed = {name: [round(float(x), 3) for x in value.ravel()] for name, value in inputs.items()}
(HERE / "loan.json").write_text(json.dumps({"input_data": listed}, indent="\t") + "\n")
