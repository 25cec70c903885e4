# SPDX-License-Identifier: Apache-2.0
"""Families of models with random weights, to see how cost grows with size."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

PERCEPTRONS = [[784, 32, 10], [784, 128, 10], [784, 512, 10], [784, 512, 512, 10], [784, 2000, 60, 10]]
CHANNELS = [2, 4, 8, 16]


def tensor(rng, name, shape):
	fan = int(np.prod(shape[1:])) if len(shape) > 1 else 100
	values = rng.normal(0, fan**-0.5, shape).astype(np.float32)
	return numpy_helper.from_array(values, name)


def model(nodes, constants, shape, path):
	value = helper.make_tensor_value_info
	graph = helper.make_graph(
		nodes, path.stem, [value("x", TensorProto.FLOAT, shape)], [value("y", TensorProto.FLOAT, None)], constants
	)
	made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
	made.ir_version = 8
	path.parent.mkdir(parents=True, exist_ok=True)
	save(made, path)
	return sum(int(np.prod(c.dims)) for c in constants if c.data_type == TensorProto.FLOAT)


def perceptron(sizes, path):
	rng, nodes, constants, last = np.random.default_rng(1), [], [], "x"
	for i, (inputs, outputs) in enumerate(zip(sizes, sizes[1:])):
		constants += [tensor(rng, f"w{i}", [outputs, inputs]), tensor(rng, f"b{i}", [outputs])]
		end = i + 2 == len(sizes)
		nodes.append(helper.make_node("Gemm", [last, f"w{i}", f"b{i}"], ["y" if end else f"d{i}"], f"dense{i}", transB=1))
		if not end:
			nodes.append(helper.make_node("Relu", [f"d{i}"], [f"r{i}"], f"relu{i}"))
		last = f"r{i}"
	return model(nodes, constants, [1, sizes[0]], path)


def convolutional(channels, path):
	rng = np.random.default_rng(1)
	shapes = [[channels, 1, 3, 3], [2 * channels, channels, 3, 3]]
	constants, nodes, last = [], [], "x"
	for i, shape in enumerate(shapes):
		constants += [tensor(rng, f"w{i}", shape), tensor(rng, f"b{i}", [shape[0]])]
		nodes += [
			helper.make_node("Conv", [last, f"w{i}", f"b{i}"], [f"c{i}"], f"conv{i}", kernel_shape=[3, 3], pads=[1] * 4),
			helper.make_node("Relu", [f"c{i}"], [f"r{i}"], f"relu{i}"),
			helper.make_node("MaxPool", [f"r{i}"], [f"p{i}"], f"pool{i}", kernel_shape=[2, 2], strides=[2, 2]),
		]
		last = f"p{i}"
	inputs = 2 * channels * 49
	constants += [tensor(rng, "w", [10, inputs]), tensor(rng, "b", [10])]
	nodes += [
		helper.make_node("Flatten", [last], ["f"], "flatten"),
		helper.make_node("Gemm", ["f", "w", "b"], ["y"], "dense", transB=1),
	]
	return model(nodes, constants, [1, 1, 28, 28], path)


def write(folder):
	"""Writes all; yields family, parameters and path, by size."""
	for sizes in PERCEPTRONS:
		path = folder / f"mlp-{'-'.join(map(str, sizes))}.onnx"
		yield "perceptron", perceptron(sizes, path), path
	for channels in CHANNELS:
		path = folder / f"cnn-{channels}.onnx"
		yield "convolutional", convolutional(channels, path), path
