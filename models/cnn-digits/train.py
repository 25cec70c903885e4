#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains a small convolutional net on 8x8 digits and writes every file not written by hand."""

import sys
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.nn import functional as F

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

from common import files, torch_model

SEED = 2024
HELD_OUT = 360
SAMPLES = 40
EPOCHS = 80
BATCH = 32


class Net(nn.Module):
	"""Stem, residual block with a depthwise convolution, pooling, second stage, average, scores."""

	def __init__(self):
		super().__init__()
		self.stem = nn.Conv2d(1, 8, 3, padding=1, bias=False)
		self.stem_norm = nn.BatchNorm2d(8)
		self.depthwise = nn.Conv2d(8, 8, 3, padding=1, groups=8, bias=False)
		self.depthwise_norm = nn.BatchNorm2d(8)
		self.pointwise = nn.Conv2d(8, 8, 1, bias=False)
		self.pointwise_norm = nn.BatchNorm2d(8)
		self.stage = nn.Conv2d(8, 24, 3, padding=1, bias=False)
		self.stage_norm = nn.BatchNorm2d(24)
		self.scores = nn.Linear(24, 10)

	def forward(self, image):
		"""Scores [n, 10] of raw pixels [n, 1, 8, 8], 0 to 16."""
		x = F.hardswish(self.stem_norm(self.stem(image / 16)))
		y = F.relu(self.depthwise_norm(self.depthwise(x)))
		x = F.relu(x + self.pointwise_norm(self.pointwise(y)))
		x = F.max_pool2d(x, 2)
		x = F.silu(self.stage_norm(self.stage(x)))
		return self.scores(F.adaptive_avg_pool2d(x, 1).flatten(1))


def split():
	"""The split of `models/digits`: 1,437 images to train on, 360 held out, stratified."""
	pixels, labels = load_digits(return_X_y=True)
	return train_test_split(
		pixels, labels, test_size=HELD_OUT, random_state=SEED, shuffle=True, stratify=labels
	)


def augment(images, rng):
	"""Each image moved by up to half a pixel, turned by up to 9 degrees and stretched a little."""
	n = len(images)

	def uniform(size):
		return (torch.rand(n, generator=rng) * 2 - 1) * size

	angle, scale = uniform(0.16), 1 + uniform(0.1)
	cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
	rows = torch.stack(
		[torch.stack([cos, -sin, uniform(0.12)], 1), torch.stack([sin, cos, uniform(0.12)], 1)], 1
	)
	grid = F.affine_grid(rows, images.shape, align_corners=False)
	return F.grid_sample(images, grid, align_corners=False)


def fit(model, pixels, labels):
	"""Trains in place on float pixels [n, 1, 8, 8]."""
	rng = torch.Generator().manual_seed(SEED)
	steps = len(pixels) // BATCH
	optimizer = torch.optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.01)
	schedule = torch.optim.lr_scheduler.OneCycleLR(
		optimizer, max_lr=0.01, total_steps=EPOCHS * steps
	)
	model.train()
	for _ in range(EPOCHS):
		order = torch.randperm(len(pixels), generator=rng)
		for step in range(steps):
			chosen = order[step * BATCH : (step + 1) * BATCH]
			loss = F.cross_entropy(model(augment(pixels[chosen], rng)), labels[chosen])
			optimizer.zero_grad()
			loss.backward()
			optimizer.step()
			schedule.step()


def main():
	out = torch_model.begin(FOLDER, __doc__, SEED)
	train, held_out, train_labels, labels = split()
	model = Net()
	pixels = torch.from_numpy(train.astype(np.float32)).reshape(-1, 1, 8, 8)
	fit(model, pixels, torch.from_numpy(train_labels))
	path = out / "cnn-digits.onnx"
	torch_model.export(
		model,
		path,
		{"image": torch.zeros(1, 1, 8, 8)},
		["logits"],
		opset=14,
		# Batch norms stay nodes of their own.
		do_constant_folding=False,
		training=torch.onnx.TrainingMode.PRESERVE,
	)

	logits = files.run(path, held_out)
	files.write_figures(
		out / "figures.json",
		{
			"train_images": len(train),
			"held_out_images": len(held_out),
			"train_accuracy": files.percent(files.run(path, train).argmax(1) == train_labels),
			"held_out_accuracy": files.percent(logits.argmax(1) == labels),
			"largest_logit_held_out": round(float(np.abs(logits).max()), 3),
			"parameters": sum(p.numel() for p in model.parameters()),
		},
	)
	samples, sample_labels = held_out[:SAMPLES], labels[:SAMPLES]
	files.write_reference(out / "reference.json", samples, logits[:SAMPLES], sample_labels)
	files.write_rows(
		out / "samples.json",
		[{"pixels": files.numbers(s), "label": int(l)} for s, l in zip(samples, sample_labels)],
	)
	files.write_input(out / "input.json", samples[0])


if __name__ == "__main__":
	main()
