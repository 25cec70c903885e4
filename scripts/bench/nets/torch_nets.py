# SPDX-License-Identifier: Apache-2.0
"""Small PyTorch modules of common architectures, as both of torch's exporters write them.

They are not trained. So that values neither fade nor grow from layer to layer, as in trained nets, weights
are drawn with He's variance, and batch norms have statistics that are not those of new ones.
"""

import warnings

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from .net import SEED, Input, Net, image, signal, tokens


class EncoderBlock(nn.Module):
	"""Self-attention and a feed-forward net, each with a residual and a layer norm behind it."""

	def __init__(self):
		super().__init__()
		self.block = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.0, batch_first=True)

	def forward(self, x):
		return self.block(x)


class DecoderBlock(nn.Module):
	"""Masked self-attention, attention to an encoder's memory, a feed-forward net."""

	def __init__(self):
		super().__init__()
		self.block = nn.TransformerDecoderLayer(16, 2, 32, dropout=0.0, batch_first=True, activation="gelu")
		self.register_buffer("mask", nn.Transformer.generate_square_subsequent_mask(6))

	def forward(self, target, memory):
		return self.block(target, memory, tgt_mask=self.mask)


class CausalBlock(nn.Module):
	"""A block as decoder-only language models have it: norms in front, one projection for q, k and v."""

	def __init__(self, width=16, heads=2):
		super().__init__()
		self.heads = heads
		self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
		self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
		self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

	def forward(self, x):
		batch, length, width = x.shape
		split = lambda t: t.view(batch, length, self.heads, width // self.heads).transpose(1, 2)
		q, k, v = (split(t) for t in self.qkv(self.first(x)).chunk(3, -1))
		mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
		x = x + self.out(mixed.transpose(1, 2).reshape(batch, length, width))
		return x + self.mlp(self.second(x))


class VisionTransformer(nn.Module):
	"""Patches of 4x4, a class token, learned positions, one block, scores of the class token."""

	def __init__(self):
		super().__init__()
		self.patches = nn.Conv2d(3, 16, 4, stride=4)
		self.token = nn.Parameter(torch.randn(1, 1, 16) * 0.5)
		self.positions = nn.Parameter(torch.randn(1, 17, 16) * 0.5)
		self.block = nn.TransformerEncoderLayer(
			16, 2, 32, dropout=0.0, batch_first=True, norm_first=True, activation="gelu"
		)
		self.norm = nn.LayerNorm(16)
		self.scores = nn.Linear(16, 5)

	def forward(self, x):
		x = self.patches(x).flatten(2).transpose(1, 2)
		x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.positions
		return self.scores(self.norm(self.block(x)[:, 0]))


def convolutions(before, after):
	"""Two convolutions 3x3, each with a batch norm and a ReLU."""
	return nn.Sequential(
		nn.Conv2d(before, after, 3, padding=1), nn.BatchNorm2d(after), nn.ReLU(),
		nn.Conv2d(after, after, 3, padding=1), nn.BatchNorm2d(after), nn.ReLU(),
	)  # fmt: skip


class UNet(nn.Module):
	"""Down twice, up twice by transposed convolutions, with what was there before beside it."""

	def __init__(self):
		super().__init__()
		self.down = nn.ModuleList([convolutions(1, 4), convolutions(4, 8)])
		self.middle = convolutions(8, 16)
		self.up = nn.ModuleList([nn.ConvTranspose2d(16, 8, 2, 2), nn.ConvTranspose2d(8, 4, 2, 2)])
		self.join = nn.ModuleList([convolutions(16, 8), convolutions(8, 4)])
		self.out = nn.Conv2d(4, 2, 1)

	def forward(self, x):
		kept = []
		for block in self.down:
			kept.append(block(x))
			x = F.max_pool2d(kept[-1], 2)
		x = self.middle(x)
		for up, join, before in zip(self.up, self.join, reversed(kept)):
			x = join(torch.cat([before, up(x)], 1))
		return self.out(x)


class Autoencoder(nn.Module):
	"""Strided convolutions to 8 numbers and resized convolutions back to an image."""

	def __init__(self):
		super().__init__()
		self.encode = nn.Sequential(
			nn.Conv2d(1, 4, 3, 2, 1), nn.ReLU(), nn.Conv2d(4, 8, 3, 2, 1), nn.ReLU(),
			nn.Flatten(), nn.Linear(72, 8),
		)  # fmt: skip
		self.decode = nn.Sequential(
			nn.Linear(8, 72), nn.ReLU(), nn.Unflatten(1, (8, 3, 3)), nn.Upsample(scale_factor=2),
			nn.Conv2d(8, 4, 3, padding=1), nn.ReLU(), nn.Upsample(scale_factor=2, mode="bilinear"),
			nn.Conv2d(4, 1, 3, padding=1), nn.Sigmoid(),
		)  # fmt: skip

	def forward(self, x):
		return self.decode(self.encode(x))


class Generator(nn.Module):
	"""DCGAN's generator: transposed convolutions with batch norms, tanh at the end."""

	def __init__(self):
		super().__init__()
		self.layers = nn.Sequential(
			nn.ConvTranspose2d(16, 16, 4, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
			nn.ConvTranspose2d(16, 8, 4, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU(),
			nn.ConvTranspose2d(8, 1, 4, 2, 1, bias=False), nn.Tanh(),
		)  # fmt: skip

	def forward(self, z):
		return self.layers(z)


class Discriminator(nn.Module):
	"""DCGAN's other half: strided convolutions with leaky ReLUs, a sigmoid at the end."""

	def __init__(self):
		super().__init__()
		self.layers = nn.Sequential(
			nn.Conv2d(1, 8, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(8, 16, 4, 2, 1), nn.InstanceNorm2d(16, affine=True),
			nn.LeakyReLU(0.2), nn.Conv2d(16, 1, 4), nn.Flatten(), nn.Sigmoid(),
		)  # fmt: skip

	def forward(self, x):
		return self.layers(x)


class ResidualBlock(nn.Module):
	"""ResNet's basic block with a stride and a projection, then pooling and scores."""

	def __init__(self):
		super().__init__()
		self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, 1, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU())
		self.block = nn.Sequential(
			nn.Conv2d(8, 16, 3, 2, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
			nn.Conv2d(16, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16),
		)  # fmt: skip
		self.short = nn.Sequential(nn.Conv2d(8, 16, 1, 2, bias=False), nn.BatchNorm2d(16))
		self.scores = nn.Linear(16, 10)

	def forward(self, x):
		x = self.stem(x)
		x = F.relu(self.block(x) + self.short(x))
		return self.scores(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1))


class MobileBlock(nn.Module):
	"""MobileNetV3's block: expansion, depthwise convolution, squeeze and excitation, projection."""

	def __init__(self):
		super().__init__()
		self.expand = nn.Sequential(nn.Conv2d(4, 12, 1, bias=False), nn.BatchNorm2d(12), nn.Hardswish())
		self.depth = nn.Sequential(
			nn.Conv2d(12, 12, 3, 1, 1, groups=12, bias=False), nn.BatchNorm2d(12), nn.ReLU6()
		)
		self.squeeze = nn.Sequential(
			nn.AdaptiveAvgPool2d(1), nn.Conv2d(12, 4, 1), nn.ReLU(), nn.Conv2d(4, 12, 1), nn.Hardsigmoid()
		)
		self.project = nn.Sequential(nn.Conv2d(12, 4, 1, bias=False), nn.BatchNorm2d(4))

	def forward(self, x):
		y = self.depth(self.expand(x))
		return x + self.project(y * self.squeeze(y))


class SequenceToSequence(nn.Module):
	"""An LSTM reads, another is handed its state and writes four steps, each from the one before."""

	def __init__(self):
		super().__init__()
		self.encoder = nn.LSTM(4, 12, batch_first=True)
		self.decoder = nn.LSTMCell(4, 12)
		self.out = nn.Linear(12, 4)

	def forward(self, x):
		_, (h, c) = self.encoder(x)
		h, c, step, steps = h[0], c[0], x[:, -1], []
		for _ in range(4):
			h, c = self.decoder(step, (h, c))
			step = self.out(h)
			steps.append(step)
		return torch.stack(steps, 1)


class GruClassifier(nn.Module):
	"""Tokens, an embedding, a GRU in both directions, scores of its last states."""

	def __init__(self):
		super().__init__()
		self.embedding = nn.Embedding(50, 8)
		self.gru = nn.GRU(8, 8, batch_first=True, bidirectional=True)
		self.scores = nn.Linear(16, 3)

	def forward(self, tokens):
		_, last = self.gru(self.embedding(tokens))
		return self.scores(torch.cat([last[0], last[1]], -1))


class WaveNet(nn.Module):
	"""Causal convolutions with growing dilation, gates, residuals and skips."""

	def __init__(self):
		super().__init__()
		self.stem = nn.Conv1d(1, 8, 1)
		self.dilations = [1, 2, 4]
		self.filters = nn.ModuleList(nn.Conv1d(8, 8, 2, dilation=d) for d in self.dilations)
		self.gates = nn.ModuleList(nn.Conv1d(8, 8, 2, dilation=d) for d in self.dilations)
		self.residuals = nn.ModuleList(nn.Conv1d(8, 8, 1) for _ in self.dilations)
		self.skips = nn.ModuleList(nn.Conv1d(8, 8, 1) for _ in self.dilations)
		self.out = nn.Conv1d(8, 1, 1)

	def forward(self, x):
		x, skipped = self.stem(x), 0
		for d, filters, gates, residual, skip in zip(
			self.dilations, self.filters, self.gates, self.residuals, self.skips
		):
			padded = F.pad(x, (d, 0))
			y = torch.tanh(filters(padded)) * torch.sigmoid(gates(padded))
			skipped = skipped + skip(y)
			x = x + residual(y)
		return self.out(F.relu(skipped))


class TextClassifier(nn.Module):
	"""The mean of the tokens' embeddings, padding left out, and scores."""

	def __init__(self):
		super().__init__()
		self.embedding = nn.Embedding(100, 12, padding_idx=0)
		self.scores = nn.Sequential(nn.Linear(12, 16), nn.ReLU(), nn.Linear(16, 4))

	def forward(self, tokens):
		there = (tokens != 0).float().unsqueeze(-1)
		mean = (self.embedding(tokens) * there).sum(1) / there.sum(1).clamp(min=1.0)
		return self.scores(mean)


class Variational(nn.Module):
	"""A variational autoencoder that decodes the mean; two outputs of different size."""

	def __init__(self):
		super().__init__()
		self.body = nn.Sequential(nn.Linear(36, 16), nn.SiLU())
		self.mean, self.variance = nn.Linear(16, 4), nn.Linear(16, 4)
		self.decode = nn.Sequential(nn.Linear(4, 16), nn.SiLU(), nn.Linear(16, 36), nn.Sigmoid())

	def forward(self, x):
		x = self.body(x.flatten(1))
		return self.decode(self.mean(x)), torch.exp(0.5 * self.variance(x))


class Normed(nn.Module):
	"""A block of a current language model: RMS norm, rotary positions, SwiGLU."""

	def __init__(self, width=16, length=6):
		super().__init__()
		self.norm, self.second = nn.RMSNorm(width), nn.RMSNorm(width)
		self.q, self.k, self.v, self.o = (nn.Linear(width, width, bias=False) for _ in range(4))
		self.gate, self.up = nn.Linear(width, 32, bias=False), nn.Linear(width, 32, bias=False)
		self.down = nn.Linear(32, width, bias=False)
		angles = torch.outer(torch.arange(length).float(), 100.0 ** (-torch.arange(0, width, 2) / width))
		self.register_buffer("cos", torch.cat([angles, angles], -1).cos())
		self.register_buffer("sin", torch.cat([angles, angles], -1).sin())
		self.register_buffer("mask", torch.full((length, length), -1e9).triu(1))

	def turned(self, x):
		left, right = x.chunk(2, -1)
		return x * self.cos + torch.cat([-right, left], -1) * self.sin

	def forward(self, x):
		y = self.norm(x)
		q, k, v = self.turned(self.q(y)), self.turned(self.k(y)), self.v(y)
		weights = F.softmax(q @ k.transpose(-1, -2) / 4.0 + self.mask, -1)
		x = x + self.o(weights @ v)
		y = self.second(x)
		return x + self.down(F.silu(self.gate(y)) * self.up(y))


# Name, module, inputs.
ARCHITECTURES = [
	("transformer encoder block", EncoderBlock, [signal(6, 16)]),
	("transformer decoder block", DecoderBlock, [signal(6, 16, name="target"), signal(5, 16, name="memory")]),
	("causal transformer block", CausalBlock, [signal(6, 16)]),
	("RMS norm, rotary, SwiGLU block", Normed, [signal(6, 16)]),
	("vision transformer", VisionTransformer, [image(3, 16)]),
	("U-Net", UNet, [image(1, 8)]),
	("autoencoder", Autoencoder, [image(1, 12)]),
	("variational autoencoder", Variational, [image(1, 6)]),
	("GAN generator", Generator, [signal(16, 1, 1, name="z", size=2.0)]),
	("GAN discriminator", Discriminator, [image(1, 16)]),
	("ResNet block", ResidualBlock, [image(3, 8)]),
	("MobileNet block", MobileBlock, [Input("x", (1, 4, 6, 6), -2.0, 2.0)]),
	("sequence to sequence LSTM", SequenceToSequence, [signal(6, 4)]),
	("GRU classifier", GruClassifier, [tokens(8, 50)]),
	("WaveNet", WaveNet, [signal(1, 16)]),
	("text classifier", TextClassifier, [tokens(10, 100)]),
]


@torch.no_grad()
def settle(module):
	"""Weights and statistics as if the module was trained."""
	rng = torch.Generator().manual_seed(SEED)
	for part in module.modules():
		if isinstance(part, (nn.Linear, nn.modules.conv._ConvNd)):
			nn.init.kaiming_normal_(part.weight, generator=rng)
		if isinstance(part, nn.modules.batchnorm._BatchNorm):
			size = part.running_mean.shape
			part.running_mean.copy_(torch.randn(size, generator=rng) * 0.1)
			part.running_var.copy_(torch.rand(size, generator=rng) * 0.5 + 0.25)
	return module.eval()


def export(build, inputs, path, dynamo, **options):
	"""Writes a module's file; the same weights by both exporters."""
	torch.manual_seed(SEED)
	module = settle(build())
	kinds = {"int64": torch.int64, "int32": torch.int32, "float32": torch.float32, "bool": torch.bool}
	examples = tuple(torch.ones(i.shape, dtype=kinds[np.dtype(i.dtype).name]) for i in inputs)
	with warnings.catch_warnings():
		warnings.simplefilter("ignore")
		torch.onnx.export(
			module, examples, str(path), input_names=[i.name for i in inputs], dynamo=dynamo, verbose=False, **options
		)


def nets():
	"""All architectures by both exporters."""
	torch.set_num_threads(1)
	for name, build, inputs in ARCHITECTURES:
		for dynamo, exporter in ((False, "torch, TorchScript"), (True, "torch, dynamo")):
			write = lambda path, build=build, inputs=inputs, dynamo=dynamo: export(build, inputs, path, dynamo)
			yield Net(name, exporter, write, inputs)
