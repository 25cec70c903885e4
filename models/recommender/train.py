#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains a recommender of two inputs and writes every file not written by hand.

There is no data set behind it: people, films and what the ones think of the others are drawn here, from
tastes that the model does not see. It shows how a private input stands beside a public one.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

from common import files, torch_model

SEED = 2024
ITEMS = 200
GENRES = 12
# A person is how many films of each genre they saw, of at most so many.
SEEN = 15
WIDTH = 16
PEOPLE = 2000
HELD_OUT = 400
# Ratings of each person.
RATED = 40
SAMPLES = 40
EPOCHS = 12
BATCH = 512


class Recommender(nn.Module):
	"""A person's vector, made of what they saw, by an item's, out of a table; and the item's bias."""

	def __init__(self):
		super().__init__()
		self.items = nn.Embedding(ITEMS, WIDTH)
		self.person = nn.Sequential(nn.Linear(GENRES, 32), nn.ReLU(), nn.Linear(32, WIDTH))
		self.bias = nn.Embedding(ITEMS, 1)

	def forward(self, seen, item):
		"""Ratings [n, 1] of counts [n, 12], 0 to 15, and items [n]."""
		person = self.person(seen / SEEN)
		return (person * self.items(item)).sum(1, keepdim=True) + self.bias(item) + 3.0


def world(rng):
	"""Counts [people, 12], items [people, 40] and ratings [people, 40], one to five, of a drawn world."""
	genres = rng.dirichlet(np.full(GENRES, 0.3), ITEMS)
	quality = rng.normal(0, 0.3, ITEMS)
	taste = rng.normal(0, 1, (PEOPLE, GENRES))
	# People see more of what they like.
	shares = np.exp(taste) / np.exp(taste).sum(1, keepdims=True)
	counts = np.minimum(np.stack([rng.multinomial(40, share) for share in shares]), SEEN)
	items = np.stack([rng.permutation(ITEMS)[:RATED] for _ in range(PEOPLE)])
	liked = np.einsum("pg,pig->pi", taste, genres[items]) * 2 + quality[items]
	ratings = np.clip(np.round(3 + liked + rng.normal(0, 0.4, liked.shape)), 1, 5)
	return counts, items, ratings


def fit(model, counts, items, ratings):
	"""Trains in place on the squared error."""
	rng = torch.Generator().manual_seed(SEED)
	pairs = items.numel()
	steps = pairs // BATCH
	optimizer = torch.optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.02)
	schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.01, total_steps=EPOCHS * steps)
	for _ in range(EPOCHS):
		order = torch.randperm(pairs, generator=rng)
		for step in range(steps):
			chosen = order[step * BATCH : (step + 1) * BATCH]
			got = model(counts[chosen // RATED], items.flatten()[chosen])[:, 0]
			loss = F.mse_loss(got, ratings.flatten()[chosen])
			optimizer.zero_grad()
			loss.backward()
			optimizer.step()
			schedule.step()


def main():
	out = torch_model.begin(FOLDER, __doc__, SEED)
	counts, items, ratings = world(np.random.default_rng(SEED))
	end = PEOPLE - HELD_OUT
	model = Recommender()
	kinds = (torch.float32, torch.int64, torch.float32)
	fit(model, *(torch.tensor(t[:end], dtype=kind) for t, kind in zip((counts, items, ratings), kinds)))
	path = out / "recommender.onnx"
	inputs = {"seen": torch.zeros(1, GENRES), "item": torch.zeros(1, dtype=torch.int64)}
	torch_model.export(model, path, inputs, ["rating"])

	def run(counts, items):
		return files.run_all(path, {"seen": np.repeat(counts, RATED, 0), "item": items.reshape(-1)})[0]

	got = run(counts[end:], items[end:]).reshape(HELD_OUT, RATED)
	held_out = ratings[end:]
	# What an item's mean alone comes to.
	means = np.array([ratings[:end][items[:end] == i].mean() for i in range(ITEMS)])
	error = lambda got, truth: round(float(np.sqrt(np.mean((got - truth) ** 2))), 3)
	best = lambda scores: np.take_along_axis(held_out, scores.argsort(1)[:, -5:], 1).mean()
	files.write_figures(
		out / "figures.json",
		{
			"train_people": end,
			"held_out_people": HELD_OUT,
			"ratings_of_each": RATED,
			"train_error": error(run(counts[:200], items[:200]).reshape(200, RATED), ratings[:200]),
			"held_out_error": error(got, held_out),
			"held_out_error_of_an_items_mean": error(means[items[end:]], held_out),
			"mean_rating": round(float(held_out.mean()), 3),
			"mean_rating_of_five_recommended": round(float(best(got)), 3),
			"mean_rating_of_five_with_best_means": round(float(best(means[items[end:]])), 3),
			"parameters": sum(p.numel() for p in model.parameters()),
		},
	)
	rows = [
		{
			"input": [files.numbers(counts[end + k]), [int(items[end + k, 0])]],
			"output": [float(str(got[k, 0]))],
			"rated": int(ratings[end + k, 0]),
		}
		for k in range(SAMPLES)
	]
	files.write_rows(out / "reference.json", rows)
	files.write_rows(
		out / "samples.json", [{"seen": r["input"][0], "item": r["input"][1], "rated": r["rated"]} for r in rows]
	)
	files.write_input(out / "input.json", *rows[0]["input"])


if __name__ == "__main__":
	main()
