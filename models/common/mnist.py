# SPDX-License-Identifier: Apache-2.0
"""MNIST's 10,000 test images from a local folder, in the split that every figure here refers to."""

import gzip
from pathlib import Path

import numpy as np

SPLIT = "MNIST's 10,000 test images: index mod 5 != 0 to train on (8,000), index mod 5 == 0 held out"


def _idx(path, magic):
	"""The payload and the dimensions of a gzipped IDX file of bytes."""
	data = gzip.decompress(Path(path).read_bytes())
	got = int.from_bytes(data[:4], "big")
	if got != magic:
		raise ValueError(f"{path}: expected IDX magic {magic:#x}, got {got:#x}")
	dims = [int.from_bytes(data[4 * i + 4 : 4 * i + 8], "big") for i in range(magic & 0xFF)]
	payload = np.frombuffer(data, dtype=np.uint8, offset=4 + 4 * len(dims))
	if payload.size != np.prod(dims):
		raise ValueError(f"{path}: expected {dims} bytes, got {payload.size}")
	return payload.reshape(dims)


def read(folder):
	"""(images uint8 [10000, 28, 28], labels int64 [10000]) of `folder`/mnist."""
	images = _idx(Path(folder) / "mnist/t10k-images-idx3-ubyte.gz", 0x803)
	labels = _idx(Path(folder) / "mnist/t10k-labels-idx1-ubyte.gz", 0x801)
	return images, labels.astype(np.int64)


def split(folder):
	"""(train images, train labels, held-out images, held-out labels): 8,000 and 2,000."""
	images, labels = read(folder)
	held_out = np.arange(len(labels)) % 5 == 0
	return images[~held_out], labels[~held_out], images[held_out], labels[held_out]
