#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains a forecaster of sunspots and writes every file not written by hand."""

import sys
from pathlib import Path

import numpy as np
import torch
from statsmodels.datasets import sunspots
from torch import nn
from torch.nn import functional as F

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

from common import files, torch_model

SEED = 2024
# Two cycles of the sun.
WINDOW = 22
HIDDEN = 12
# Sunspots are counted in hundreds inside.
UNIT = 100.0
STEPS = 400
RATE = 0.01
STRETCH = 0.3
NOISE = 0.1
# Years held out, at the end: 1949 to 2008.
HELD_OUT = 60
SAMPLES = 40


class Forecaster(nn.Module):
	"""The next year's count of [n, 22, 1] counts: an LSTM reads them, its last state is weighed."""

	def __init__(self):
		super().__init__()
		self.lstm = nn.LSTM(1, HIDDEN, batch_first=True)
		self.out = nn.Linear(HIDDEN, 1)

	def forward(self, counts):
		states, _ = self.lstm(counts / UNIT)
		return self.out(states[:, -1]) * UNIT


def fit(model, windows, following):
	"""Trains in place, all windows at once, stretched and shaken: 227 of them are soon known by heart."""
	rng = torch.Generator().manual_seed(SEED)
	optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.1)
	schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
	for _ in range(STEPS):
		stretch = torch.exp(torch.randn(len(windows), 1, 1, generator=rng) * STRETCH)
		noise = torch.randn(windows.shape, generator=rng) * NOISE * UNIT
		wanted = following * stretch[:, 0]
		loss = F.huber_loss(model(windows * stretch + noise) / UNIT, wanted / UNIT, delta=0.2)
		optimizer.zero_grad()
		loss.backward()
		nn.utils.clip_grad_norm_(model.parameters(), 1.0)
		optimizer.step()
		schedule.step()


def main():
	out = torch_model.begin(FOLDER, __doc__, SEED)
	data = sunspots.load_pandas().data
	years = data["YEAR"].to_numpy().astype(int)
	counts = data["SUNACTIVITY"].to_numpy().astype(np.float32)
	windows = np.lib.stride_tricks.sliding_window_view(counts, WINDOW)[:-1, :, None].copy()
	following, year = counts[WINDOW:, None], years[WINDOW:]
	train, held_out = windows[:-HELD_OUT], windows[-HELD_OUT:]
	model = Forecaster()
	fit(model, torch.from_numpy(train), torch.from_numpy(following[:-HELD_OUT]))
	path = out / "lstm.onnx"
	torch_model.export(model, path, {"counts": torch.zeros(1, WINDOW, 1)}, ["next"])

	truth = following[-HELD_OUT:]
	forecast = files.run(path, held_out)
	error = lambda got: round(float(np.abs(got - truth).mean()), 2)
	# What a straight line through the window's years comes to, fitted by least squares.
	design = lambda w: np.hstack([w[:, :, 0], np.ones((len(w), 1))])
	line = np.linalg.lstsq(design(train), following[:-HELD_OUT], rcond=None)[0]
	files.write_figures(
		out / "figures.json",
		{
			"train_years": len(train),
			"held_out_years": f"{year[-HELD_OUT]} to {year[-1]}",
			"train_mean_error": round(float(np.abs(files.run(path, train) - following[:-HELD_OUT]).mean()), 2),
			"held_out_mean_error": error(forecast),
			"held_out_mean_error_of_the_year_before": error(held_out[:, -1]),
			"held_out_mean_error_of_a_linear_model": error(design(held_out) @ line),
			"mean_count_held_out": round(float(truth.mean()), 2),
			"largest_forecast": round(float(forecast.max()), 2),
			"parameters": sum(p.numel() for p in model.parameters()),
		},
	)
	rows = [
		{"input": files.numbers(w), "output": [float(str(v)) for v in f], "year": int(y), "counted": float(str(t[0]))}
		for w, f, y, t in list(zip(held_out, forecast, year[-HELD_OUT:], truth))[-SAMPLES:]
	]
	files.write_rows(out / "reference.json", rows)
	files.write_rows(out / "samples.json", [{"counts": r["input"], "year": r["year"], "next": r["counted"]} for r in rows])
	files.write_input(out / "input.json", held_out[-1])


if __name__ == "__main__":
	main()
