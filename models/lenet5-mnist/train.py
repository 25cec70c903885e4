#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains LeNet-5 on MNIST and writes every file that is not written by hand."""

import sys
from pathlib import Path

from torch import nn

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

from common.mnist_model import main


def build():
	"""LeNet-5 for 28x28 with ReLU and average pooling: no softmax, no argmax."""
	return nn.Sequential(
		nn.Conv2d(1, 6, 5, padding=2),
		nn.ReLU(),
		nn.AvgPool2d(2),
		nn.Conv2d(6, 16, 5),
		nn.ReLU(),
		nn.AvgPool2d(2),
		nn.Flatten(),
		nn.Linear(400, 120),
		nn.ReLU(),
		nn.Linear(120, 84),
		nn.ReLU(),
		nn.Linear(84, 10),
	)


if __name__ == "__main__":
	main(
		FOLDER,
		"lenet5-mnist",
		build,
		seed=2024,
		epochs=40,
		rate=0.003,
		decay=0.01,
		bound_weight=0.02,
	)
