# SPDX-License-Identifier: Apache-2.0
"""What the MNIST models have in common: from the data to the files of their folder."""

import argparse
from pathlib import Path

import numpy as np
import torch

from . import drawn, files, mnist, torch_model, training

SAMPLES = 40
DRAWN = 1000


def main(folder, name, build, seed, **settings):
	"""Trains `build()` on the data of `--data` and writes every generated file of `folder`."""
	parser = argparse.ArgumentParser(description=f"Trains {name} and writes this folder's files.")
	parser.add_argument("--data", type=Path, required=True, help="folder that holds mnist/")
	parser.add_argument("--out", type=Path, default=folder)
	parser.add_argument("--epochs", type=int, default=settings.pop("epochs"))
	args = parser.parse_args()
	args.out.mkdir(parents=True, exist_ok=True)
	torch_model.settle(seed)

	train_images, train_labels, images, labels = mnist.split(args.data)
	model = build()
	training.fit(model, train_images, train_labels, seed=seed, epochs=args.epochs, **settings)
	training.fold_pixels(model)
	path = args.out / f"{name}.onnx"
	torch_model.export(model, path, {"image": torch.zeros(1, 1, 28, 28)}, ["logits"], opset=13)

	logits = files.run(path, images)
	float_labels = logits.argmax(1)
	bound = [max(-low.min().item(), high.max().item()) for low, high in _bounds(model)]
	figures = {
		"split": mnist.SPLIT,
		"train_accuracy": files.percent(files.run(path, train_images).argmax(1) == train_labels),
		"held_out_accuracy": files.percent(float_labels == labels),
		"held_out_images": len(labels),
	}
	for bits in (8, 10, 12):
		integers = training.fixed_point(model, images, bits)
		figures[f"held_out_accuracy_int8_weights_{bits}_bit_activations"] = files.percent(
			integers == labels
		)
		figures[f"agreement_with_float_{bits}_bit_activations"] = files.percent(
			integers == float_labels
		)
	many, many_labels = drawn.drawings(DRAWN, drawn.AGREEMENT_SEED)
	samples, sample_labels = drawn.drawings(SAMPLES, drawn.SAMPLES_SEED)
	outputs = files.run(path, samples)
	figures |= {
		"drawn_accuracy": files.percent(files.run(path, many).argmax(1) == many_labels),
		"drawn_images": DRAWN,
		"samples_right": int((outputs.argmax(1) == sample_labels).sum()),
		"samples": SAMPLES,
		"largest_logit_held_out": round(float(np.abs(logits).max()), 3),
		"worst_case_of_each_layer": [round(b, 3) for b in bound],
		"largest_weight_of_each_layer": [
			round(p.abs().max().item(), 6) for n, p in model.named_parameters() if "weight" in n
		],
		"parameters": sum(p.numel() for p in model.parameters()),
	}
	files.write_figures(args.out / "figures.json", figures)
	files.write_rows(
		args.out / "samples.json",
		[
			{"pixels": files.numbers(image), "label": int(label)}
			for image, label in zip(samples, sample_labels)
		],
	)
	files.write_reference(args.out / "reference.json", samples, outputs, sample_labels)
	files.write_input(args.out / "input.json", samples[0])


def _bounds(model):
	"""Worst cases over raw pixels of the layers with weights."""
	with torch.no_grad():
		every = training.bounds(model, (1, 28, 28), 255)
	return [pair for layer, pair in zip(model, every) if hasattr(layer, "weight")]
