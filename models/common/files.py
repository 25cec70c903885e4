# SPDX-License-Identifier: Apache-2.0
"""What every model's folder holds besides the model: samples, reference outputs, figures."""

import json

import numpy as np
import onnxruntime


def run(path, inputs):
	"""The model's first output by onnxruntime, one sample at a time: float32 [n, outputs].

	`inputs` is [n, ...]; each sample takes the shape and the type that the file declares, batch 1.
	"""
	session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
	declared = session.get_inputs()[0]
	shape = [d if isinstance(d, int) else 1 for d in declared.shape]
	names = [o.name for o in session.get_outputs()][-1:]
	kind = np.int64 if declared.type == "tensor(int64)" else np.float32
	rows = np.asarray(inputs, dtype=kind).reshape(-1, *shape)
	return np.stack([session.run(names, {declared.name: row})[0].reshape(-1) for row in rows])


def run_all(path, inputs):
	"""All outputs by onnxruntime, one sample at a time: a list of [n, ...], batch axis left out.

	`inputs` has for each input's name an array [n, ...], of which each row takes the declared shape and type.
	"""
	session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
	kinds = {"tensor(float)": np.float32, "tensor(int64)": np.int64}
	feeds = {
		i.name: np.asarray(inputs[i.name], dtype=kinds[i.type]).reshape(-1, *i.shape)
		for i in session.get_inputs()
	}
	count = len(next(iter(feeds.values())))
	rows = [session.run(None, {name: f[k] for name, f in feeds.items()}) for k in range(count)]
	return [np.concatenate(output) for output in zip(*rows)]


def write_rows(path, rows):
	"""A JSON list with one element a line, so that a diff can be read."""
	lines = ",\n".join("\t" + json.dumps(row) for row in rows)
	path.write_text(f"[\n{lines}\n]\n")


def numbers(values):
	"""A flat list for JSON: integers where they are, else float32 in its shortest spelling."""
	flat = np.asarray(values, dtype=np.float32).reshape(-1)
	if np.array_equal(flat, np.round(flat)):
		return [int(v) for v in flat]
	return [float(str(v)) for v in flat]


def write_reference(path, inputs, outputs, labels):
	"""Inputs and what the float model makes of them, one sample a line."""
	write_rows(
		path,
		[
			{"input": numbers(i), "output": [float(str(v)) for v in o], "label": int(label)}
			for i, o, label in zip(inputs, outputs, labels)
		],
	)


def write_input(path, *sample):
	"""One sample, a value for each input, as the input file that the command line takes."""
	path.write_text(json.dumps({"input_data": [numbers(value) for value in sample]}) + "\n")


def write_figures(path, figures):
	"""The measured figures, printed as well."""
	text = json.dumps(figures, indent="\t")
	path.write_text(text + "\n")
	print(text)


def percent(hits):
	"""Share of True in percent, two decimals."""
	return round(100 * float(np.mean(hits)), 2)
