#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains a detector of digits in pictures and writes every file not written by hand.

A picture of 24x24 is composed of one or two of scikit-learn's 8x8 digits, stretched to 8 to 11 pixels, on
a noisy ground. Of each cell of a grid of 3x3 the net gives a box and eleven scores; the cell that holds a
digit's centre is to find it.
"""

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
SIZE = 24
CELLS = 3
CELL = SIZE // CELLS
# The class of a cell that holds no centre.
NOTHING = 10
# Pictures to train on, held out, and shipped.
PICTURES = 12000
HELD_OUT = 1000
SAMPLES = 40
EPOCHS = 14
BATCH = 64


class Detector(nn.Module):
	"""Four convolutions, two of them with a stride, pooled to the grid; two heads of 1x1."""

	def __init__(self):
		super().__init__()
		layers = []
		for before, after, stride in ((1, 8, 1), (8, 16, 2), (16, 24, 2), (24, 32, 1)):
			layers += [nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
		self.body = nn.Sequential(*layers, nn.MaxPool2d(2))
		self.boxes = nn.Conv2d(32, 4, 1)
		self.scores = nn.Conv2d(32, NOTHING + 1, 1)

	def forward(self, picture):
		"""Boxes [n, 9, 4] and scores [n, 9, 11] of raw pixels [n, 1, 24, 24], 0 to 16."""
		x = self.body(picture / 16)
		rows = lambda x: x.flatten(2).transpose(1, 2)
		# A box is where its centre is in the cell, and its width and height in cells.
		return torch.sigmoid(rows(self.boxes(x))) * 2, rows(self.scores(x))


def stretched(digit, size):
	"""A digit [8, 8] as [size, size], between pixels by lines."""
	at = np.linspace(0, 7, size)
	low = np.minimum(at.astype(int), 6)
	part = at - low
	rows = digit[low] * (1 - part)[:, None] + digit[low + 1] * part[:, None]
	return rows[:, low] * (1 - part) + rows[:, low + 1] * part


def ink(digit):
	"""First and last row and column that hold any ink."""
	rows, columns = np.where(digit > 4)
	return rows.min(), rows.max() + 1, columns.min(), columns.max() + 1


def compose(digits, labels, count, rng):
	"""Pictures [count, 1, 24, 24], boxes [count, 9, 4] and classes [count, 9]."""
	pictures = rng.integers(0, 3, (count, SIZE, SIZE)).astype(float)
	boxes = np.zeros((count, CELLS * CELLS, 4))
	classes = np.full((count, CELLS * CELLS), NOTHING)
	for picture, box, kinds in zip(pictures, boxes, classes):
		taken = np.zeros((SIZE, SIZE), bool)
		for chosen in rng.integers(len(digits), size=rng.integers(1, 3)):
			size = rng.integers(8, 12)
			y, x = rng.integers(0, SIZE - size + 1, 2)
			if taken[y : y + size, x : x + size].any():
				continue
			digit = stretched(digits[chosen], size)
			picture[y : y + size, x : x + size] = np.maximum(picture[y : y + size, x : x + size], digit)
			taken[y : y + size, x : x + size] = True
			top, bottom, left, right = ink(digit)
			centre = np.array([x + (left + right) / 2, y + (top + bottom) / 2]) / CELL
			cell = np.minimum(centre.astype(int), CELLS - 1)
			where = cell[1] * CELLS + cell[0]
			box[where] = [*(centre - cell), (right - left) / CELL, (bottom - top) / CELL]
			kinds[where] = labels[chosen]
	return np.round(pictures)[:, None], boxes, classes


def fit(model, pictures, boxes, classes):
	"""Trains in place: cross-entropy of every cell, distance of the boxes of those that hold a digit."""
	rng = torch.Generator().manual_seed(SEED)
	steps = len(pictures) // BATCH
	optimizer = torch.optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.01)
	schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.01, total_steps=EPOCHS * steps)
	model.train()
	for epoch in range(EPOCHS):
		order = torch.randperm(len(pictures), generator=rng)
		for step in range(steps):
			chosen = order[step * BATCH : (step + 1) * BATCH]
			got, scores = model(pictures[chosen])
			there = classes[chosen] != NOTHING
			loss = F.cross_entropy(scores.flatten(0, 1), classes[chosen].flatten())
			loss = loss + 2 * F.smooth_l1_loss(got[there], boxes[chosen][there], beta=0.1)
			optimizer.zero_grad()
			loss.backward()
			optimizer.step()
			schedule.step()
		print(f"epoch {epoch}: {loss.item():.3f}", file=sys.stderr)
	model.eval()


def overlap(a, b):
	"""Intersection over union of boxes [n, 4] of the same cells."""
	low = np.maximum(a[:, :2] - a[:, 2:] / 2, b[:, :2] - b[:, 2:] / 2)
	high = np.minimum(a[:, :2] + a[:, 2:] / 2, b[:, :2] + b[:, 2:] / 2)
	both = np.prod(np.maximum(high - low, 0), axis=1)
	return both / (np.prod(a[:, 2:], axis=1) + np.prod(b[:, 2:], axis=1) - both)


def main():
	out = torch_model.begin(FOLDER, __doc__, SEED)
	digits, labels = load_digits(return_X_y=True)
	split = train_test_split(
		digits.reshape(-1, 8, 8), labels, test_size=360, random_state=SEED, stratify=labels
	)
	rng = np.random.default_rng(SEED)
	train = compose(split[0], split[2], PICTURES, rng)
	pictures, boxes, classes = compose(split[1], split[3], HELD_OUT, rng)
	model = Detector()
	kinds = (torch.float32, torch.float32, torch.int64)
	fit(model, *(torch.tensor(part, dtype=kind) for part, kind in zip(train, kinds)))
	path = out / "detector.onnx"
	torch_model.export(model, path, {"picture": torch.zeros(1, 1, SIZE, SIZE)}, ["boxes", "scores"])

	got, scores = files.run_all(path, {"picture": pictures})
	found = scores.argmax(2)
	there = classes != NOTHING
	right = there & (found == classes)
	files.write_figures(
		out / "figures.json",
		{
			"train_pictures": PICTURES,
			"held_out_pictures": HELD_OUT,
			"digits_held_out": int(there.sum()),
			"digits_found": files.percent(found[there] == classes[there]),
			"cells_without_digit_found_empty": files.percent(found[~there] == NOTHING),
			"pictures_wholly_right": files.percent((found == classes).all(axis=1)),
			"mean_overlap_of_boxes": round(float(overlap(got[right], boxes[right]).mean()), 3),
			"parameters": sum(p.numel() for p in model.parameters()),
		},
	)
	rows = [
		{"input": files.numbers(p), "output": [files.numbers(b), files.numbers(s)], "classes": c.tolist()}
		for p, b, s, c in list(zip(pictures, got, scores, classes))[:SAMPLES]
	]
	files.write_rows(out / "reference.json", rows)
	files.write_rows(out / "samples.json", [{"pixels": r["input"], "classes": r["classes"]} for r in rows])
	files.write_input(out / "input.json", pictures[0])


if __name__ == "__main__":
	main()
