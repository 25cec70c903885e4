# SPDX-License-Identifier: Apache-2.0
"""What the scoring models have in common: from a fitted classifier to the files of its folder."""

import argparse
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.metrics import roc_auc_score

from . import credit, files


def scikit(classifier, path):
	"""As skl2onnx exports it."""
	inputs = [("features", FloatTensorType([1, len(credit.FEATURES)]))]
	model = to_onnx(
		classifier,
		initial_types=inputs,
		options={id(classifier): {"zipmap": False}},
		target_opset={"": 13, "ai.onnx.ml": 3},
	)
	save(model, path)


def save(model, path):
	"""Writes a model that ONNX's own checker takes."""
	onnx.checker.check_model(model, full_check=True)
	onnx.save(model, str(path))


def main(folder, name, fit, exports=None):
	"""Writes every generated file of `folder`.

	`fit(features, good)` gives the fitted classifier and a dictionary of figures of its own. `exports`
	has for each file's name without its ending what writes the classifier to a path, with the outputs
	`label` int64 [1] and `probabilities` float32 [1, 2]; the file `name` is what figures are of.
	"""
	exports = exports or {name: scikit}
	parser = argparse.ArgumentParser(description=f"Trains {name} and writes this folder's files.")
	parser.add_argument("--data", type=Path, required=True, help="folder with german-credit/")
	parser.add_argument("--out", type=Path, default=folder)
	args = parser.parse_args()
	args.out.mkdir(parents=True, exist_ok=True)

	train, held_out, train_good, good = credit.split(args.data)
	classifier, own = fit(train, train_good)
	for file, export in exports.items():
		export(classifier, args.out / f"{file}.onnx")
		label, probability = run(args.out / f"{file}.onnx", held_out)
		if not np.array_equal(label, classifier.predict(held_out)):
			raise RuntimeError(f"{file}: expected the exported labels to be the classifier's")
	path = args.out / f"{name}.onnx"
	label, probability = run(path, held_out)
	applicants = credit.applicants(credit.SAMPLES, credit.SAMPLES_SEED)
	sample_label, sample_probability = run(path, applicants)
	figures = {
		"split": credit.SPLIT,
		"train_accuracy": files.percent(run(path, train)[0] == train_good),
		"held_out_accuracy": files.percent(label == good),
		"held_out_always_good": files.percent(good == 1),
		"held_out_auc": round(float(roc_auc_score(good, probability)), 4),
		"samples": len(applicants),
		"samples_found_good": int(sample_label.sum()),
		"smallest_margin_of_samples": round(float(np.abs(sample_probability - 0.5).min()), 4),
		**own,
	}
	files.write_figures(args.out / "figures.json", figures)
	rows = [
		{"input": files.numbers(i), "output": [int(l)], "probability": float(str(p))}
		for i, l, p in zip(applicants, sample_label, sample_probability)
	]
	files.write_rows(args.out / "reference.json", rows)
	files.write_rows(args.out / "samples.json", [{"features": row["input"]} for row in rows])
	files.write_input(args.out / "input.json", applicants[0])


def run(path, features):
	"""(labels int64 [n], probability of good float32 [n]) by onnxruntime, one at a time."""
	session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
	rows = np.asarray(features, dtype=np.float32)
	results = [session.run(None, {"features": row[None]}) for row in rows]
	labels = np.array([int(r[0].reshape(-1)[0]) for r in results])
	return labels, np.array([r[1].reshape(-1)[1] for r in results], dtype=np.float32)
