#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains the perceptron 784-128-10 on MNIST and writes every file that is not written by hand."""

import sys
from pathlib import Path

from torch import nn

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

from common.mnist_model import main


def build():
	"""Flatten, 784-128, ReLU, 128-10: no softmax, no argmax."""
	return nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))


if __name__ == "__main__":
	main(
		FOLDER,
		"mlp-mnist",
		build,
		seed=2024,
		epochs=60,
		rate=0.003,
		decay=0.01,
		bound_weight=0.02,
	)
