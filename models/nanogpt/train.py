#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains a small decoder-only transformer on characters and writes every file not written by hand."""

import math
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

from common import files, torch_model

SEED = 2024
LAYERS = 4
WIDTH = 64
HEADS = 4
CONTEXT = 32
DROPOUT = 0.1
STEPS = 4000
BATCH = 64
RATE = 2e-3
# The last tenth of the text is held out.
HELD_OUT = 0.1
SAMPLES = 40
# What the text in the README begins with, its length, and how daring it is.
PROMPT = "a proof of the model is checked by"
SAMPLED = 400
TEMPERATURE = 0.6


class Block(nn.Module):
	"""Masked self-attention and a feed-forward net, each behind a norm and beside a residual."""

	def __init__(self):
		super().__init__()
		self.first, self.second = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
		self.attention = nn.Linear(WIDTH, 3 * WIDTH)
		self.mix = nn.Linear(WIDTH, WIDTH)
		self.up, self.down = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)
		self.drop = nn.Dropout(DROPOUT)
		self.register_buffer("future", torch.ones(CONTEXT, CONTEXT).triu(1).bool(), persistent=False)

	def attend(self, x):
		batch, length, _ = x.shape
		heads = lambda t: t.view(batch, length, HEADS, WIDTH // HEADS).transpose(1, 2)
		query, key, value = (heads(t) for t in self.attention(x).split(WIDTH, dim=2))
		weights = query @ key.transpose(-2, -1) / math.sqrt(WIDTH // HEADS)
		weights = weights.masked_fill(self.future[:length, :length], float("-inf"))
		mixed = self.drop(F.softmax(weights, dim=-1)) @ value
		return self.mix(mixed.transpose(1, 2).reshape(batch, length, WIDTH))

	def forward(self, x):
		x = x + self.drop(self.attend(self.first(x)))
		return x + self.drop(self.down(F.gelu(self.up(self.second(x)))))


class Model(nn.Module):
	"""Logits of the next character behind each of up to 32."""

	def __init__(self, characters):
		super().__init__()
		self.tokens = nn.Embedding(characters, WIDTH)
		self.positions = nn.Parameter(torch.zeros(CONTEXT, WIDTH))
		self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
		self.norm = nn.LayerNorm(WIDTH)
		self.logits = nn.Linear(WIDTH, characters)
		for name, parameter in self.named_parameters():
			if parameter.dim() == 2:
				# Those that add to the residual are smaller the more of them there are.
				residual = name.endswith(("mix.weight", "down.weight"))
				nn.init.normal_(parameter, 0, 0.02 / math.sqrt(2 * LAYERS) if residual else 0.02)

	def forward(self, tokens):
		x = self.tokens(tokens) + self.positions[: tokens.shape[1]]
		for block in self.blocks:
			x = block(x)
		return self.logits(self.norm(x))


class Last(nn.Module):
	"""The logits behind the last character alone: what is exported."""

	def __init__(self, model):
		super().__init__()
		self.model = model

	def forward(self, tokens):
		return self.model(tokens)[:, -1]


def fit(model, text):
	"""Trains in place on int64 [characters]."""
	rng = torch.Generator().manual_seed(SEED)
	matrices = [p for p in model.parameters() if p.dim() == 2]
	others = [p for p in model.parameters() if p.dim() != 2]
	groups = [{"params": matrices, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}]
	optimizer = torch.optim.AdamW(groups, lr=RATE, betas=(0.9, 0.99))
	schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=RATE, total_steps=STEPS, pct_start=0.05)
	offsets = torch.arange(CONTEXT)
	model.train()
	start = time.monotonic()
	for step in range(STEPS):
		at = torch.randint(len(text) - CONTEXT, (BATCH, 1), generator=rng) + offsets
		loss = F.cross_entropy(model(text[at]).flatten(0, 1), text[at + 1].flatten())
		optimizer.zero_grad()
		loss.backward()
		nn.utils.clip_grad_norm_(model.parameters(), 1.0)
		optimizer.step()
		schedule.step()
		if step % 200 == 0:
			print(f"step {step}: {loss.item():.3f}, {time.monotonic() - start:.0f} s", file=sys.stderr)
	model.eval()


@torch.no_grad()
def measure(model, text):
	"""(Mean loss in bits, share of characters found) behind a full context, as they are asked for."""
	windows = text.unfold(0, CONTEXT + 1, 1)
	bits, hits = [], []
	for part in windows.split(512):
		logits = model(part[:, :-1])[:, -1]
		bits.append(F.cross_entropy(logits, part[:, -1], reduction="none") / math.log(2))
		hits.append(logits.argmax(1) == part[:, -1])
	return float(torch.cat(bits).mean()), files.percent(torch.cat(hits).numpy())


def sample(path, characters):
	"""Text as the exported model writes it, character by character."""
	rng = np.random.default_rng(SEED)
	text = [characters.index(c) for c in PROMPT]
	for _ in range(SAMPLED):
		logits = files.run(path, [text[-CONTEXT:]])[0].astype(np.float64) / TEMPERATURE
		shares = np.exp(logits - logits.max())
		text.append(int(rng.choice(len(characters), p=shares / shares.sum())))
	return "".join(characters[i] for i in text)


def main():
	out = torch_model.begin(FOLDER, __doc__, SEED)
	text = (FOLDER / "text.txt").read_text()
	characters = sorted(set(text))
	indices = torch.tensor([characters.index(c) for c in text])
	end = int(len(indices) * (1 - HELD_OUT))
	train, held_out = indices[:end], indices[end:]
	model = Model(len(characters))
	fit(model, train)
	path = out / "nanogpt.onnx"
	tokens = torch.zeros(1, CONTEXT, dtype=torch.int64)
	torch_model.export(Last(model), path, {"tokens": tokens}, ["logits"])

	bits, accuracy = measure(model, held_out)
	train_bits, train_accuracy = measure(model, train)
	# What the frequencies of characters alone would come to.
	shares = np.bincount(train.numpy(), minlength=len(characters)) / len(train)
	starts = np.linspace(0, len(held_out) - CONTEXT - 1, SAMPLES).astype(int)
	samples = np.stack([held_out[s : s + CONTEXT].numpy() for s in starts])
	following = [int(held_out[s + CONTEXT]) for s in starts]
	logits = files.run(path, samples)
	files.write_figures(
		out / "figures.json",
		{
			"characters": "".join(characters),
			"train_characters": len(train),
			"held_out_characters": len(held_out),
			"train_bits_per_character": round(train_bits, 3),
			"held_out_bits_per_character": round(bits, 3),
			"bits_per_character_by_frequency": round(float(-(shares * np.log2(np.maximum(shares, 1e-9))).sum()), 3),
			"train_accuracy": train_accuracy,
			"held_out_accuracy": accuracy,
			"samples_right": files.percent(logits.argmax(1) == following),
			"parameters": sum(p.numel() for p in model.parameters()),
			"sampled": sample(path, characters),
		},
	)
	files.write_reference(out / "reference.json", samples, logits, following)
	rows = [{"tokens": files.numbers(s), "label": label} for s, label in zip(samples, following)]
	files.write_rows(out / "samples.json", rows)
	files.write_input(out / "input.json", samples[0])


if __name__ == "__main__":
	main()
