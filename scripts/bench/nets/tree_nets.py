# SPDX-License-Identifier: Apache-2.0
"""Trees and what else scikit-learn fits as tensors of torch, in the ways that converters have.

`Products`, `Walks`, `Batches` and `Levels` are written out here: hummingbird, which has the last three, asks for
an ONNX older than the exporters'. What sk2torch makes is its own.
"""

import numpy as np
import torch
from sklearn import datasets
from sklearn.ensemble import GradientBoostingRegressor, RandomForestClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from torch import nn

from .learn_nets import features
from .net import SEED, Net
from .torch_nets import export


class Products(nn.Module):
	"""Trees as products of matrices: which branches are left, which leaf has all of its own, its value.

	Of each tree (branches, leaves): features and thresholds of the branches, a path matrix of 1 where a leaf is
	to the left of a branch and -1 where it is to the right, and the leaves' values.
	"""

	def __init__(self, trees):
		super().__init__()
		self.trees = [tuple(torch.from_numpy(part) for part in paths(tree)) for tree in trees]

	def forward(self, x):
		total = 0.0
		for features, thresholds, path, lefts, values in self.trees:
			left = (x[:, features] <= thresholds).float()
			total = total + (left @ path == lefts).float() @ values
		return total


class Walks(nn.Module):
	"""Trees as gathers: from the root, as many times as a tree is deep, to a node's left or right child."""

	def __init__(self, trees):
		super().__init__()
		self.trees = []
		for tree in trees:
			ends = tree.children_left < 0
			at = np.arange(len(ends))
			parts = (np.where(ends, 0, tree.feature), np.where(ends, at, tree.children_left), np.where(ends, at, tree.children_right))
			parts = [torch.from_numpy(part.astype(np.int64)) for part in parts]
			thresholds = torch.from_numpy(tree.threshold.astype(np.float32))
			self.trees.append((*parts, thresholds, torch.from_numpy(leaf_values(tree)), tree.max_depth))

	def forward(self, x):
		total = 0.0
		for features, left, right, thresholds, values, depth in self.trees:
			node = torch.zeros(1, dtype=torch.int64)
			for _ in range(depth):
				value = x.gather(1, features[node].view(1, 1)).view(1)
				node = torch.where(value <= thresholds[node], left[node], right[node])
			total = total + values[node]
		return total


def leaf_values(tree):
	"""What a node says, float32 [nodes, outputs]."""
	return tree.value[:, 0, :].astype(np.float32)


def paths(tree):
	"""The matrices of `Products`."""
	branches = np.flatnonzero(tree.children_left >= 0)
	leaves = np.flatnonzero(tree.children_left < 0)
	row = {node: i for i, node in enumerate(branches)}
	path = np.zeros((len(branches), len(leaves)), np.float32)

	def walk(node, above):
		if node not in row:
			column = np.searchsorted(leaves, node)
			for branch, side in above:
				path[row[branch], column] = side
			return
		walk(tree.children_left[node], [*above, (node, 1)])
		walk(tree.children_right[node], [*above, (node, -1)])

	walk(0, [])
	lefts = (path > 0).sum(0).astype(np.float32)
	thresholds = tree.threshold[branches].astype(np.float32)
	return tree.feature[branches].astype(np.int64), thresholds, path, lefts, leaf_values(tree)[leaves]


class Batches(nn.Module):
	"""All trees at once, padded to the largest: a matrix for each, on the left of what the branches say."""

	def __init__(self, trees):
		super().__init__()
		parts = [paths(tree) for tree in trees]
		columns = trees[0].n_features
		branches, leaves = (max(part[2].shape[axis] for part in parts) for axis in (0, 1))
		pick = np.zeros((len(parts), branches, columns), np.float32)
		limits = np.zeros((len(parts), branches, 1), np.float32)
		path = np.zeros((len(parts), leaves, branches), np.float32)
		# No branch is on the side of a leaf that is not there.
		lefts = np.full((len(parts), leaves, 1), -1, np.float32)
		values = np.zeros((len(parts), parts[0][4].shape[1], leaves), np.float32)
		for i, (own, thresholds, sides, count, ends) in enumerate(parts):
			inner, outer = sides.shape
			pick[i, range(inner), own], limits[i, :inner, 0] = 1, thresholds
			path[i, :outer, :inner], lefts[i, :outer, 0], values[i, :, :outer] = sides.T, count, ends.T
		self.shape = (len(parts), branches, leaves)
		self.pick, self.limits = torch.from_numpy(pick.reshape(-1, columns)), torch.from_numpy(limits.reshape(-1, 1))
		self.path, self.lefts, self.values = (torch.from_numpy(part) for part in (path, lefts, values))

	def forward(self, x):
		trees, branches, _ = self.shape
		left = (torch.mm(self.pick, x.t()) <= self.limits).view(trees, branches, -1).float()
		leaf = (torch.matmul(self.path, left) == self.lefts).float()
		return torch.matmul(self.values, leaf).sum(0).t()


class Levels(nn.Module):
	"""All trees at once, as perfect ones: a node's number is twice its parent's, and 1 more on the right."""

	def __init__(self, trees):
		super().__init__()
		depth = max(tree.max_depth for tree in trees)
		self.columns, self.limits = [], []
		nodes = [np.array([0 for _ in trees])]
		for _ in range(depth):
			at = nodes[-1].reshape(len(trees), -1)
			ends = np.array([tree.children_left[row] < 0 for tree, row in zip(trees, at)])
			column = np.array([np.where(end, 0, tree.feature[row]) for tree, row, end in zip(trees, at, ends)])
			limit = np.array([tree.threshold[row] for tree, row in zip(trees, at)])
			self.columns.append(torch.from_numpy(column.ravel().astype(np.int64)))
			self.limits.append(torch.from_numpy(limit.ravel().astype(np.float32)))
			# A leaf goes on as itself on both sides.
			sides = [[np.where(end, row, side[row]) for tree, row, end in zip(trees, at, ends) for side in [getattr(tree, name)]] for name in ("children_left", "children_right")]
			nodes.append(np.stack([np.array(side) for side in sides], -1).ravel())
		at = nodes[-1].reshape(len(trees), -1)
		values = np.concatenate([leaf_values(tree)[row] for tree, row in zip(trees, at)])
		self.values, self.first = torch.from_numpy(values), torch.arange(len(trees))

	def forward(self, x):
		node = self.first
		for columns, limits in zip(self.columns, self.limits):
			value = torch.gather(x, 1, columns[node].view(1, -1)).view(-1)
			node = 2 * node + (value > limits[node]).long()
		return self.values[node].sum(0, keepdim=True)


class Sum(nn.Module):
	"""Trees of sk2torch's added up."""

	def __init__(self, trees, rate, start):
		super().__init__()
		self.trees, self.rate, self.start = nn.ModuleList(trees), rate, start

	def forward(self, x):
		total = self.start
		for tree in self.trees:
			total = total + self.rate * tree(x)
		return total


def wrapped(model):
	"""What sk2torch makes of a model; of an ensemble, which it has none for, the sum of its trees."""
	import sk2torch

	if isinstance(model, RandomForestClassifier):
		trees = model.estimators_
		return Sum([sk2torch.wrap(tree) for tree in trees], 1 / len(trees), 0.0)
	if isinstance(model, GradientBoostingRegressor):
		start = float(model.init_.constant_.item())
		return Sum([sk2torch.wrap(tree) for tree in model.estimators_.ravel()], model.learning_rate, start)
	return sk2torch.wrap(model)


def nets():
	iris = datasets.load_iris(return_X_y=True)
	diabetes = datasets.load_diabetes(return_X_y=True)
	fitted = lambda model, data: model.fit(data[0].astype(np.float32), data[1])
	tree = lambda: DecisionTreeClassifier(max_depth=4, random_state=SEED)
	forest = lambda: RandomForestClassifier(6, max_depth=3, random_state=SEED)
	regression = lambda: DecisionTreeRegressor(max_depth=4, random_state=SEED)
	for what, kind in (("matrices", Products), ("gathers", Walks), ("a matrix each", Batches), ("levels", Levels)):
		for name, build, data in [
			("decision tree", tree, iris),
			("random forest", forest, iris),
			("regression tree", regression, diabetes),
		]:
			model = fitted(build(), data)
			trees = [own.tree_ for own in getattr(model, "estimators_", [model])]
			inputs = [features(data[0])]
			build = lambda kind=kind, trees=trees: kind(trees)
			write = lambda path, build=build, inputs=inputs: export(build, inputs, path, False)
			yield Net(f"{name} of {what}", "torch, TorchScript", write, inputs)
	for name, build, data in [
		("decision tree", tree, iris),
		("random forest", forest, iris),
		("regression tree", regression, diabetes),
		("gradient boosting", lambda: GradientBoostingRegressor(n_estimators=5, random_state=SEED), diabetes),
		("linear support vectors", LinearSVC, iris),
		("perceptron", lambda: MLPClassifier((16,), max_iter=400, random_state=SEED), iris),
		("decision tree with scaler", lambda: make_pipeline(StandardScaler(), tree()), iris),
	]:
		inputs = [features(data[0])]
		build = lambda build=build, data=data: wrapped(fitted(build(), data)).float()
		# In newer sets products of 8-bit integers are written, which ONNX does not have.
		write = lambda path, build=build, inputs=inputs: export(build, inputs, path, False, opset_version=12)
		yield Net(name, "sk2torch", write, inputs)
