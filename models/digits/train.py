#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains the digits model and writes every file of this folder that is not written by hand.

The data set is the UCI handwritten digits that scikit-learn ships: 1,797 images of 8x8 pixels,
each an integer from 0 to 16. The model is a perceptron 64-32-10 with ReLU; its label is the index
of the largest of ten scores, the lowest index on a tie.

Written: digits.onnx, digits-retrained.onnx (the same, trained from other random weights),
samples.json, held_out.json, input.json, figures.json.

The exported weights are fixed-point friendly without being integers:

1. Training sees pixels / 16; the division is folded into the first layer, so that the model's
   input is the raw pixel.
2. ReLU and argmax do not see positive factors: a layer (weights and bias) may be multiplied by any
   positive number as long as the following biases are, too. Each layer is scaled so that its
   largest weight is 127 / 64.
3. Weights and biases are rounded to multiples of 1/64, so that int8 weights with the scale 2^-6
   hold them exactly. Accuracy is measured on what is exported, after the rounding.
"""

import argparse
import json
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

SEED = 2024
HELD_OUT = 360
SAMPLES = 100
HIDDEN = 32
EPOCHS = 300
# Strength of the weight decay, chosen by five-fold cross-validation on the training part alone.
WEIGHT_DECAY = 0.1
# Multiples of 2^-6; the largest is the largest that an int8 holds.
SCALE = 64
LARGEST = 127


def split():
	"""The data in a fixed split: 1,437 images to train on, 360 held out, digits in proportion."""
	pixels, labels = load_digits(return_X_y=True)
	return train_test_split(
		pixels, labels, test_size=HELD_OUT, random_state=SEED, shuffle=True, stratify=labels
	)


def train(pixels, labels, seed=SEED):
	"""Weights and biases [(64x32, 32), (32x10, 10)] of a perceptron on pixels / 16."""
	model = MLPClassifier(
		hidden_layer_sizes=(HIDDEN,),
		activation="relu",
		solver="adam",
		alpha=WEIGHT_DECAY,
		max_iter=EPOCHS,
		random_state=seed,
	)
	with warnings.catch_warnings():
		# The number of epochs is the stopping rule here, not a failure.
		warnings.simplefilter("ignore", ConvergenceWarning)
		model.fit(pixels / 16, labels)
	return list(zip(model.coefs_, model.intercepts_))


def to_fixed_point(layers):
	"""The same classifier on raw pixels, with weights and biases that are multiples of 1/64."""
	out = []
	# What the layer's input has been multiplied by, against what the layer was trained on.
	input_factor = 16.0
	for weights, bias in layers:
		weights = weights / input_factor
		factor = LARGEST / SCALE / np.abs(weights).max()
		weights, bias = weights * factor, bias * factor
		out.append([np.round(t * SCALE) / SCALE for t in (weights, bias)])
		input_factor = factor
	return out


def export(layers, path):
	"""Writes the graph MatMul, Add, Relu, MatMul, Add, ArgMax in float32."""
	(w1, b1), (w2, b2) = layers
	tensors = {"hidden.weight": w1, "hidden.bias": b1, "scores.weight": w2, "scores.bias": b2}
	graph = helper.make_graph(
		name="digits",
		nodes=[
			helper.make_node("MatMul", ["image", "hidden.weight"], ["h0"], "hidden.matmul"),
			helper.make_node("Add", ["h0", "hidden.bias"], ["h1"], "hidden.add"),
			helper.make_node("Relu", ["h1"], ["h2"], "hidden.relu"),
			helper.make_node("MatMul", ["h2", "scores.weight"], ["s0"], "scores.matmul"),
			helper.make_node("Add", ["s0", "scores.bias"], ["s1"], "scores.add"),
			helper.make_node("ArgMax", ["s1"], ["label"], "label.argmax", axis=1, keepdims=0),
		],
		inputs=[helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 64])],
		outputs=[helper.make_tensor_value_info("label", TensorProto.INT64, [1])],
		initializer=[
			numpy_helper.from_array(t.astype(np.float32), name) for name, t in tensors.items()
		],
	)
	model = helper.make_model(
		graph, producer_name="zkml-digits", opset_imports=[helper.make_opsetid("", 13)]
	)
	model.ir_version = 8
	onnx.checker.check_model(model, full_check=True)
	onnx.save(model, path)


def run(path, pixels):
	"""Labels of the exported file by onnxruntime, one image at a time as the chain will ask."""
	session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
	rows = pixels.astype(np.float32)
	return np.array([session.run(["label"], {"image": row[None]})[0][0] for row in rows])


def integers(layers, pixels, shift):
	"""Labels by integers alone: weights in int8, the hidden layer in 8 bits after `shift`."""
	(w1, b1), (w2, b2) = [[np.round(t * SCALE).astype(np.int64) for t in l] for l in layers]
	hidden = pixels.astype(np.int64) @ w1 + b1
	hidden = np.clip((hidden + (1 << shift >> 1)) >> shift, 0, 255)
	# The hidden unit is 2^shift / 64, the weight's 1 / 64: the bias moves to their product.
	bias = (b2 * SCALE + (1 << shift >> 1)) >> shift
	return np.argmax(hidden @ w2 + bias, axis=1), int(hidden.max())


def write(path, rows):
	"""JSON with one row a line, so that a diff can be read."""
	lines = ",\n".join("\t" + json.dumps(row, separators=(", ", ": ")) for row in rows)
	path.write_text(f"[\n{lines}\n]\n")


def main():
	parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
	parser.add_argument("--out", type=Path, default=Path(__file__).parent)
	out = parser.parse_args().out
	out.mkdir(parents=True, exist_ok=True)

	train_pixels, test_pixels, train_labels, test_labels = split()
	trained = train(train_pixels, train_labels)
	layers = to_fixed_point(trained)
	model = str(out / "digits.onnx")
	export(layers, model)

	def accuracy(labels, truth=test_labels):
		return round(100 * float(np.mean(labels == truth)), 2)

	def plain(layers, pixels):
		(w1, b1), (w2, b2) = layers
		return np.argmax(np.maximum(pixels @ w1 + b1, 0) @ w2 + b2, axis=1)

	exported = run(model, test_pixels)
	(w1, b1), (w2, b2) = layers
	peak = np.max(train_pixels @ w1 + b1)
	shift = max(0, int(np.ceil(np.log2(peak * SCALE / 255))))
	as_integers, hidden_max = integers(layers, test_pixels, shift)
	retrained = str(out / "digits-retrained.onnx")
	export(to_fixed_point(train(train_pixels, train_labels, SEED + 1)), retrained)
	figures = {
		"train_images": len(train_labels),
		"held_out_images": len(test_labels),
		"train_accuracy": accuracy(run(model, train_pixels), train_labels),
		"held_out_accuracy": accuracy(exported),
		"held_out_accuracy_retrained": accuracy(run(retrained, test_pixels)),
		"held_out_accuracy_before_rounding": accuracy(plain(trained, test_pixels / 16)),
		"held_out_accuracy_integers": accuracy(as_integers),
		"integer_hidden_shift": shift,
		"integer_hidden_max": hidden_max,
		"largest_weight": [float(np.abs(w1).max()), float(np.abs(w2).max())],
		"largest_bias": [float(np.abs(b1).max()), float(np.abs(b2).max())],
		"largest_hidden_value_in_training": float(peak),
		"parameters": sum(t.size for layer in layers for t in layer),
	}
	(out / "figures.json").write_text(json.dumps(figures, indent="\t") + "\n")
	print(json.dumps(figures, indent="\t"))

	held_out = [
		{"pixels": [int(p) for p in row], "label": int(label)}
		for row, label in zip(test_pixels, test_labels)
	]
	write(out / "held_out.json", held_out)
	write(out / "samples.json", held_out[:SAMPLES])
	first = json.dumps({"input_data": [held_out[0]["pixels"]]})
	(out / "input.json").write_text(first + "\n")


if __name__ == "__main__":
	main()
