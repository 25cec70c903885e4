# SPDX-License-Identifier: Apache-2.0
"""Nets of one or two layers, operator by operator, as examples and tests of other tools have them.

Each is a function of its inputs or a module, written by torch's older exporter.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from .net import Input, Net, image, signal, tokens
from .torch_nets import CausalBlock, export


class Lambda(nn.Module):
	"""A function as a module, with the layers it uses."""

	def __init__(self, function, layers=()):
		super().__init__()
		self.layers = nn.ModuleList(layers)
		self.function = function

	def forward(self, *inputs):
		return self.function(*self.layers, *inputs)


def of(function, *layers):
	"""What builds a function's module; layers are built only when asked for, under the seed."""
	return lambda: Lambda(function, [build() for build in layers])


def chain(*layers):
	return lambda: nn.Sequential(*(build() for build in layers))


def flags(name):
	return Input(name, (1, 3), 0, 1, np.bool_)


def ints(name, low, high, *shape):
	return Input(name, (1, *shape), low, high, np.int32)


class Mixture(nn.Module):
	"""Parametric ReLUs in front of the logarithm of a mixture of Gaussians."""

	def __init__(self):
		super().__init__()
		self.layers = nn.Sequential(nn.Linear(4, 8), nn.PReLU(8), nn.Linear(8, 2))
		self.centres = nn.Parameter(torch.randn(3, 2))
		self.weights = nn.Parameter(torch.tensor([0.2, 0.3, 0.5]).log(), requires_grad=False)

	def forward(self, x):
		away = (self.layers(x).unsqueeze(1) - self.centres).pow(2).sum(-1)
		return torch.logsumexp(self.weights - away / 2, -1)


class Trend(nn.Module):
	"""A moving average and what is beside it, each forecast by a line (DLinear)."""

	def __init__(self):
		super().__init__()
		self.season, self.trend = nn.Linear(24, 3), nn.Linear(24, 3)

	def forward(self, x):
		x = x.transpose(1, 2)
		padded = torch.cat([x[:, :, :1].repeat(1, 1, 2), x, x[:, :, -1:].repeat(1, 1, 2)], 2)
		trend = F.avg_pool1d(padded, 5, 1)
		return (self.season(x - trend) + self.trend(trend)).transpose(1, 2)


class EachChannel(nn.Module):
	"""A line for each channel, written into a tensor of zeros: ScatterND with constant indices."""

	def __init__(self):
		super().__init__()
		self.lines = nn.ModuleList(nn.Linear(10, 4) for _ in range(3))

	def forward(self, x):
		output = torch.zeros(1, 4, 3)
		for i, line in enumerate(self.lines):
			output[:, :, i] = line(x[:, :, i])
		return output


def recurrent(kind, width, **options):
	"""The states of a recurrent layer."""
	return of(lambda layer, x: layer(x)[0], lambda: kind(3, width, batch_first=True, **options))


def convolutional(channels, classes, size):
	"""LeNet's shape: two convolutions, two pools, two dense layers."""
	inner = (size // 4) ** 2 * channels * 2
	return chain(
		lambda: nn.Conv2d(1, channels, 5, padding=2), nn.ReLU, lambda: nn.MaxPool2d(2),
		lambda: nn.Conv2d(channels, channels * 2, 5, padding=2), nn.ReLU, lambda: nn.AvgPool2d(2), nn.Flatten,
		lambda: nn.Linear(inner, 16), nn.ReLU, lambda: nn.Linear(16, classes),
	)  # fmt: skip


def stepwise(x):
	"""A sigmoid of sixteen straight pieces, each chosen by a comparison."""
	ends = np.linspace(-8, 8, 17)
	heights = 1 / (1 + np.exp(-ends))
	slopes = np.diff(heights)
	starts = heights[:-1] - slopes * ends[:-1]
	y = float(slopes[0]) * x + float(starts[0])
	for end, slope, start in zip(ends[1:-1], slopes[1:], starts[1:]):
		y = torch.where(x >= float(end), float(slope) * x + float(start), y)
	return y


# Each of six nodes of a ring with its neighbours.
RING = torch.tensor([[float((i - j) % 6 in (0, 1, 5)) / 3 for j in range(6)] for i in range(6)])
CENTRES = torch.tensor([[[0.0, 0.0], [1.0, 1.0], [2.0, 0.0]]])
U = Input("x", (1, 8), 0.0, 1.0)
X = signal(8)
XS = signal(3, 3)
WIDE = Input("x", (1, 8), -4.0, 4.0)
POSITIVE = Input("x", (1, 8), 0.05, 3.0)
IMAGE = signal(3, 6, 6)
LINEAR = lambda: nn.Linear(8, 4)  # noqa: E731

# Name, what builds the module, inputs.
SMALL = [
	("1l_average", chain(lambda: nn.AvgPool2d(2)), [IMAGE]),
	("1l_batch_norm", chain(lambda: nn.BatchNorm2d(3)), [IMAGE]),
	("1l_concat", of(lambda x, y: torch.cat([x, y], 2)), [signal(3, 2, name="x"), signal(3, 3, name="y")]),
	("1l_conv", chain(lambda: nn.Conv2d(3, 1, 3, 2, 1)), [IMAGE]),
	("1l_conv_transpose", chain(lambda: nn.ConvTranspose2d(3, 2, 4, 2, 1)), [IMAGE]),
	("1l_div", of(lambda x: x / 10), [X]),
	("1l_downsample", chain(lambda: nn.Conv2d(3, 1, 1, 2, 1)), [IMAGE]),
	("1l_eltwise_div", of(lambda x, y: x / y), [signal(8, name="x"), Input("y", (1, 8), 0.5, 4.0)]),
	("1l_elu", chain(nn.ELU), [WIDE]),
	("1l_erf", of(torch.erf), [WIDE]),
	("1l_flatten", chain(nn.Flatten), [IMAGE]),
	("1l_gelu_noappx", chain(nn.GELU), [WIDE]),
	("1l_gelu_tanh_appx", chain(lambda: nn.GELU("tanh")), [WIDE]),
	("1l_identity", of(lambda x: x * 1), [X]),
	("1l_instance_norm", chain(lambda: nn.InstanceNorm2d(3)), [IMAGE]),
	("1l_leakyrelu", chain(lambda: nn.LeakyReLU(0.05)), [WIDE]),
	("1l_linear", chain(LINEAR), [X]),
	("1l_lppool", chain(lambda: nn.LPPool2d(2, 2)), [IMAGE]),
	("1l_max_pool", chain(lambda: nn.MaxPool2d(3, 2, 1)), [IMAGE]),
	("1l_mean", of(lambda x: x.mean((1, 2))), [XS]),
	("1l_mlp", chain(LINEAR, nn.ReLU, lambda: nn.Linear(4, 3)), [X]),
	("1l_pad", of(lambda x: F.pad(x, (1, 2, 0, 1))), [IMAGE]),
	("1l_powf", of(lambda x: x**2.5), [POSITIVE]),
	("1l_prelu", chain(lambda: nn.PReLU(3, 0.2)), [IMAGE]),
	("1l_relu", chain(nn.ReLU), [WIDE]),
	("1l_reshape", of(lambda x: x.reshape(1, 9, 12)), [IMAGE]),
	("1l_sigmoid", chain(nn.Sigmoid), [WIDE]),
	("1l_slice", of(lambda x: x[:, :, 1:-1, ::2]), [IMAGE]),
	("1l_softmax", of(lambda x: F.softmax(x, -1)), [WIDE]),
	("1l_sqrt", of(torch.sqrt), [Input("x", (1, 8), 0.0, 4.0)]),
	("1l_std", of(lambda x: x.std((1, 2))), [XS]),
	("1l_tanh", chain(nn.Tanh), [WIDE]),
	("1l_tiny_div", of(lambda x: x / 10000), [X]),
	("1l_topk", of(lambda x: x.topk(4).values + x.topk(4, largest=False).values), [ints("x", 0, 9, 6)]),
	("1l_upsample", chain(lambda: nn.Upsample(scale_factor=2)), [IMAGE]),
	("1l_var", of(lambda x: torch.var(x, unbiased=False, dim=(1, 2))), [XS]),
	("1l_where", of(lambda x: torch.where(x >= 0.0, 3.0, 5.0)), [WIDE]),
	("2l_relu_fc", chain(LINEAR, nn.ReLU, lambda: nn.Linear(4, 4), nn.ReLU), [X]),
	("2l_relu_sigmoid_conv", chain(lambda: nn.Conv2d(3, 3, 3), nn.ReLU, lambda: nn.Conv2d(3, 2, 3), nn.Sigmoid), [IMAGE]),
	("2l_sigmoid_small", chain(nn.Sigmoid, nn.Sigmoid), [WIDE]),
	("2l_relu_small", chain(nn.ReLU, nn.ReLU), [WIDE]),
	("2l_relu_sigmoid_small", chain(nn.ReLU, nn.Sigmoid), [WIDE]),
	("4l_relu_conv_fc", convolutional(2, 4, 8), [image(1, 8)]),
	("lenet_5", convolutional(6, 10, 16), [image(1, 16)]),
	("bitshift", of(lambda w, x, y, z: (x << 2, y >> 3, z << 1, w >> 4)), [ints(n, 0, 100, 3) for n in "wxyz"]),
	("bitwise_ops", of(lambda x, y, z: ~((x & y) | z)), [flags(n) for n in "xyz"]),
	("bitwise_ops of integers", of(lambda x, y: torch.bitwise_xor(x & y, x | y)), [ints(n, 0, 100, 3) for n in "xy"]),
	("boolean", of(lambda w, x, y, z: x & y & (y & (z ^ w))), [flags(n) for n in "wxyz"]),
	("boolean_identity", of(lambda x: x & torch.tensor([True])), [flags("x")]),
	("blackman_window", of(lambda x: torch.blackman_window(8) + x), [U]),
	("celu", chain(nn.CELU), [WIDE]),
	("clip", of(lambda x: x.clip(-1.5, 2.0)), [WIDE]),
	("exp", of(torch.exp), [U]),
	("general_exp", of(lambda x: 2.5**x), [U]),
	("eye", of(lambda x: x @ torch.eye(8)), [U]),
	("gather_elements", of(lambda x, i: x.gather(1, i)), [signal(15, 6), Input("i", (1, 15, 2), 0, 14, np.int64)]),
	("gather_nd", of(lambda x: x[:, torch.tensor([0, 2, 1]), torch.tensor([1, 1, 0])]), [XS]),
	("gru", recurrent(nn.GRU, 3), [signal(4, 3)]),
	("hard_max", of(lambda x: F.one_hot(x.argmax(-1), 8).float()), [X]),
	("hard_sigmoid", chain(nn.Hardsigmoid), [WIDE]),
	("hard_swish", chain(nn.Hardswish), [WIDE]),
	("integer_div", of(lambda x: torch.div(x, 3, rounding_mode="floor")), [ints("x", 0, 100, 8)]),
	("layernorm", chain(lambda: nn.LayerNorm(8)), [X]),
	("less", of(lambda x, y: x < y), [Input("x", (1, 4), 0.0, 1.0), Input("y", (1, 4), 0.0, 1.0)]),
	("log", of(torch.log), [POSITIVE]),
	("log_softmax", of(lambda x: F.log_softmax(x, -1)), [WIDE]),
	("logsumexp", of(lambda x: x.logsumexp(-1)), [WIDE]),
	("lstm", recurrent(nn.LSTM, 3), [signal(5, 3)]),
	("lstm_medium", recurrent(nn.LSTM, 16), [signal(8, 3)]),
	("lstm_large", recurrent(nn.LSTM, 32, num_layers=2, bidirectional=True), [signal(6, 3)]),
	("rnn", recurrent(nn.RNN, 3), [signal(5, 3)]),
	("ltsf", Trend, [Input("x", (1, 24, 1), 0.0, 1.0)]),
	("max", of(lambda x: x.max()), [XS]),
	("min", of(lambda x: x.min()), [XS]),
	("max of two", of(torch.maximum), [signal(8, name="x"), signal(8, name="y")]),
	("mish", chain(nn.Mish), [WIDE]),
	("self_attention", lambda: CausalBlock(16, 4), [signal(8, 16)]),
	("multihead_attention", of(lambda layer, x: layer(x, x, x)[0], lambda: nn.MultiheadAttention(16, 4, batch_first=True)), [signal(8, 16)]),
	("attention scores", of(lambda q, k: F.softmax(q @ k.transpose(1, 2), -1)), [signal(4, 6, name="q"), signal(4, 6, name="k")]),
	("prelu_gmm", Mixture, [signal(4)]),
	("reducel1", of(lambda x: x.norm(1, -1)), [XS]),
	("reducel2", of(lambda x: x.norm(2, -1)), [XS]),
	("remainder", of(lambda x: x % 0.5), [U]),
	("reversesequence", of(lambda x: x.flip(1)), [XS]),
	("rounding_ops", of(lambda w, x, y: (w.round(), x.floor(), y.ceil())), [Input(n, (1, 3, 3), 0.01, 0.1) for n in "wxy"]),
	("rsqrt", of(torch.rsqrt), [POSITIVE]),
	("scatter_elements", of(lambda x, s: x.scatter(1, torch.tensor([[[0, 1, 2], [2, 0, 0]]]), s)), [signal(3, 3, name="x"), signal(2, 3, name="s")]),
	("scatter_elements, computed indices", of(lambda x, i: torch.zeros(1, 5, 3).scatter(1, i, x)), [XS, Input("i", (1, 3, 3), 0, 4, np.int64)]),
	("scatter_nd", EachChannel, [signal(10, 3)]),
	("selu", chain(nn.SELU), [WIDE]),
	("softplus", chain(nn.Softplus), [WIDE]),
	("softsign", chain(nn.Softsign), [WIDE]),
	("tanh and pow", of(lambda x: torch.tanh(x) ** 3), [WIDE]),
	("tril", of(lambda x: x.tril()), [XS]),
	("triu", of(lambda x: x.triu(1)), [XS]),
	("trig", of(lambda x: torch.tanh(torch.atan(torch.acos(torch.sin(torch.cos(F.softplus(x))) * 0.9)))), [X]),
	("hyperbolic", of(lambda x: torch.asinh(torch.sinh(x)) + torch.cosh(x)), [X]),
	("embedding", of(lambda layer, i: layer(i), lambda: nn.Embedding(20, 6)), [tokens(4, 20)]),
	("einsum", of(lambda x: torch.einsum("bij,bkj->bik", x, x)), [signal(3, 4)]),
	("cosine similarity", of(lambda x, y: F.cosine_similarity(x, y)), [signal(6, name="x"), signal(6, name="y")]),
	("cumsum", of(lambda x: x.cumsum(1)), [X]),
	("sorted", of(lambda x: x.sort(-1).values), [X]),
	("pixel shuffle", chain(lambda: nn.Conv2d(3, 4, 3, padding=1), lambda: nn.PixelShuffle(2)), [IMAGE]),
	("group norm", chain(lambda: nn.Conv2d(3, 4, 3), lambda: nn.GroupNorm(2, 4)), [IMAGE]),
	("conv1d and pool", chain(lambda: nn.Conv1d(2, 4, 3), nn.ReLU, lambda: nn.AdaptiveAvgPool1d(1)), [signal(2, 12)]),
	("conv3d", chain(lambda: nn.Conv3d(1, 2, 3), nn.ReLU), [signal(1, 4, 4, 4)]),
	("glu", chain(lambda: nn.Linear(8, 8), nn.GLU), [X]),
	("residual mlp", of(lambda a, b, x: x + b(F.silu(a(x))), lambda: nn.Linear(8, 16), lambda: nn.Linear(16, 8)), [X]),
	("quantised line", of(lambda layer, x: torch.fake_quantize_per_tensor_affine(layer(torch.fake_quantize_per_tensor_affine(x, 0.02, 0, -128, 127)), 0.05, 0, -128, 127), LINEAR), [X]),
	("3l_relu_conv_fc", chain(lambda: nn.Conv2d(1, 4, 5, 2), nn.ReLU, lambda: nn.Conv2d(4, 4, 5, 2), nn.ReLU, nn.Flatten, lambda: nn.Linear(64, 10)), [image(1, 28)]),
	("always 0", of(lambda x: x * 0), [X]),
	("bag of words", of(lambda table, line, i: torch.sigmoid(line(table(i).mean(1))), lambda: nn.Embedding(50, 16), lambda: nn.Linear(16, 1)), [tokens(8, 50)]),
	("generalised inverse", of(lambda a, b: a @ b @ a), [Input("a", (1, 4, 4), 0.0, 1.0), Input("b", (1, 4, 4), 0.0, 1.0)]),
	("graph convolution", of(lambda a, b, x: RING @ b(F.relu(RING @ a(x))), lambda: nn.Linear(5, 4), lambda: nn.Linear(4, 2)), [signal(6, 5)]),
	("idolmodel", of(lambda layer, x, y, z: (torch.sigmoid(layer(y @ x**2 + x - F.relu(z))) + 2, F.relu(z) / 3), lambda: nn.Conv2d(3, 3, 2, 1, 2)), [signal(3, 2, 2, name=n) for n in "xyz"]),
	("k-means by distances", of(lambda x: torch.cdist(x.unsqueeze(1), CENTRES).squeeze(1).argmin(1)), [Input("x", (1, 2), 0.0, 2.0)]),
	("set membership", of(lambda x, all: torch.prod(x - all, 1)), [Input("x", (1, 1), 0.0, 7.0), Input("all", (1, 8), 0.0, 7.0)]),
	("solvency", of(lambda assets, debts: (assets.sum() > debts.sum()).float()), [Input(n, (1, 8), 0.0, 1.0) for n in ("assets", "debts")]),
	("stepwise sigmoid", of(stepwise), [WIDE]),
	("voice", chain(lambda: nn.Conv2d(1, 8, 5, 2), nn.ReLU, lambda: nn.Conv2d(8, 8, 5, 2), nn.ReLU, nn.Flatten, lambda: nn.Linear(128, 8), nn.Sigmoid), [image(1, 28)]),
]  # fmt: skip


# What the older exporter does not know.
NEWER = {"bitwise_ops of integers", "hyperbolic"}


def nets():
	for name, build, inputs in SMALL:
		dynamo = name in NEWER
		write = lambda path, build=build, inputs=inputs, dynamo=dynamo: export(build, inputs, path, dynamo)
		yield Net(name, "torch, dynamo" if dynamo else "torch, TorchScript", write, inputs)
