# SPDX-License-Identifier: Apache-2.0
"""What an export is: a file, inputs to hold it to, and how it was made."""

from dataclasses import dataclass, field
from typing import Callable

import numpy as np

SEED = 2024
# Inputs that compiling sees, and others that results are compared on.
CALIBRATION = 24
HELD_OUT = 8


@dataclass
class Input:
	"""What one input of a net may hold, and how to draw it."""

	name: str
	shape: tuple
	low: float
	high: float
	# Of whole numbers: the type the file declares.
	dtype: type = np.float32
	# Numbers to draw from instead of all between the ends: rows [n, ...] of a data set.
	rows: np.ndarray | None = None

	def draw(self, count, rng):
		"""`count` values [count, *shape]."""
		if self.rows is not None:
			chosen = rng.choice(len(self.rows), count, replace=False)
			return self.rows[chosen].reshape(count, *self.shape).astype(self.dtype)
		if np.issubdtype(self.dtype, np.integer) or self.dtype == np.bool_:
			return rng.integers(int(self.low), int(self.high) + 1, (count, *self.shape)).astype(self.dtype)
		return rng.uniform(self.low, self.high, (count, *self.shape)).astype(self.dtype)


@dataclass
class Net:
	"""An architecture as one exporter writes it."""

	name: str
	exporter: str
	# Writes the file to a path.
	write: Callable
	inputs: list = field(default_factory=list)


def image(channels, size, name="image"):
	"""An image with pixels of 0 to 1."""
	return Input(name, (1, channels, size, size), 0.0, 1.0)


def signal(*shape, name="x", size=1.0):
	"""Numbers of both signs."""
	return Input(name, (1, *shape), -size, size)


def tokens(length, vocabulary, name="tokens"):
	"""Indices into a vocabulary."""
	return Input(name, (1, length), 0, vocabulary - 1, np.int64)
