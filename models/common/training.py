# SPDX-License-Identifier: Apache-2.0
"""Training of small image models so that they stay accurate in integers with static bounds.

Integer bounds are derived for *all* inputs of 0 to 255, not from data, so what a layer could reach
at worst decides how finely its real values are resolved. Training therefore pays a little for
worst case over typical size: `excess`. A last check, `fixed_point`, rounds as an integer graph does.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


def augment(images, rng):
	"""Each image turned, stretched, slanted, moved and bent a little. `images` is [n, 1, 28, 28]."""
	n = len(images)

	def uniform(size):
		return (torch.rand(n, generator=rng) * 2 - 1) * size

	angle, slant = uniform(0.21), uniform(0.2)
	sx, sy = 1 + uniform(0.13), 1 + uniform(0.13)
	cos, sin = torch.cos(angle), torch.sin(angle)
	rows = torch.stack(
		[
			torch.stack([cos * sx, (slant * cos - sin) * sy, uniform(0.12)], 1),
			torch.stack([sin * sx, (slant * sin + cos) * sy, uniform(0.12)], 1),
		],
		1,
	)
	grid = F.affine_grid(rows, images.shape, align_corners=False)
	# A displacement on 6x6 knots, smoothly between them: the elastic part.
	knots = torch.randn(n, 2, 6, 6, generator=rng) * 0.045
	bend = F.interpolate(knots, size=images.shape[2:], mode="bicubic", align_corners=True)
	return F.grid_sample(images, grid + bend.permute(0, 2, 3, 1), align_corners=False)


def bounds(model, shape, top):
	"""What each layer can give over all inputs of 0 to `top`: [(lower, upper)], a pair a layer."""
	low, high = torch.zeros(1, *shape), torch.full((1, *shape), float(top))
	low, high = (t.to(next(model.parameters()).dtype) for t in (low, high))
	out = []
	for layer in model:
		if isinstance(layer, (nn.Conv2d, nn.Linear)):
			middle, radius = (low + high) / 2, (high - low) / 2
			if isinstance(layer, nn.Linear):
				spread = F.linear(radius, layer.weight.abs())
			else:
				spread = F.conv2d(
					radius, layer.weight.abs(), None, layer.stride, layer.padding
				)
			middle = layer(middle)
			low, high = middle - spread, middle + spread
		else:
			# ReLU, average pooling and reshaping are monotone.
			low, high = layer(low), layer(high)
		out.append((low, high))
	return out


def excess(model, values, shape):
	"""Mean over layers of log(worst case / typical size); `values` are the layers' results."""
	total, count = 0.0, 0
	for layer, (low, high), value in zip(model, bounds(model, shape, 1.0), values):
		if isinstance(layer, (nn.Conv2d, nn.Linear)):
			worst = torch.maximum(low.abs(), high.abs()).amax()
			total = total + torch.log(worst / value.detach().abs().mean())
			count += 1
	return total / count


def fit(model, images, labels, *, epochs, seed, rate, decay, bound_weight, batch=64):
	"""Trains in place. `images` are uint8 [n, 28, 28]; the model sees pixels / 255."""
	rng = torch.Generator().manual_seed(seed)
	pixels = torch.from_numpy(images.astype(np.float32) / 255).unsqueeze(1)
	labels = torch.from_numpy(labels)
	steps = len(pixels) // batch
	optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=decay)
	schedule = torch.optim.lr_scheduler.OneCycleLR(
		optimizer, max_lr=rate, total_steps=epochs * steps
	)
	for epoch in range(epochs):
		order = torch.randperm(len(pixels), generator=rng)
		running = 0.0
		for step in range(steps):
			chosen = order[step * batch : (step + 1) * batch]
			value, values = augment(pixels[chosen], rng), []
			for layer in model:
				value = layer(value)
				values.append(value)
			loss = F.cross_entropy(value, labels[chosen])
			running += loss.item() / steps
			if bound_weight:
				loss = loss + bound_weight * excess(model, values, pixels.shape[1:])
			optimizer.zero_grad()
			loss.backward()
			optimizer.step()
			schedule.step()
		print(f"epoch {epoch + 1}/{epochs}: loss {running:.4f}", flush=True)


def fold_pixels(model):
	"""Moves the division by 255 into the first layer: the model then takes raw pixels."""
	first = next(m for m in model if isinstance(m, (nn.Conv2d, nn.Linear)))
	with torch.no_grad():
		first.weight /= 255


def fixed_point(model, images, bits):
	"""Labels with int8 weights (a scale a channel) and `bits`-bit activations under static bounds.

	`model` takes raw pixels. After each ReLU a tensor is rounded to multiples of its worst case over
	2^bits - 1: the plainest integer graph there is, as a lower mark for better ones.
	"""
	rounded = [_int8(layer) for layer in model]
	shape = (1, *images.shape[1:])
	worst = [high.max() for _, high in bounds(nn.Sequential(*rounded), shape, 255)]
	value = torch.from_numpy(images.astype(np.float64)).unsqueeze(1)
	with torch.no_grad():
		for layer, high in zip(rounded, worst):
			value = layer(value)
			if isinstance(layer, nn.ReLU):
				unit = high / (2**bits - 1)
				value = torch.round(value / unit) * unit
	return value.argmax(1).numpy()


def _int8(layer):
	"""A copy in float64 whose weights are int8 multiples of a scale for each output channel."""
	if not isinstance(layer, (nn.Conv2d, nn.Linear)):
		return layer
	copy = type(layer).__new__(type(layer))
	copy.__dict__.update(layer.__dict__)
	weight = layer.weight.detach().double()
	scale = weight.abs().flatten(1).amax(1).clamp(min=1e-12) / 127
	scale = scale.reshape(-1, *[1] * (weight.dim() - 1))
	copy._parameters = {
		"weight": nn.Parameter(torch.round(weight / scale) * scale),
		"bias": nn.Parameter(layer.bias.detach().double()),
	}
	return copy
