# SPDX-License-Identifier: Apache-2.0
"""Digits drawn by a pen of our own, in MNIST's format, so that samples can be shipped with the code.

Each digit has one or two skeletons: strokes, each a list of points in the unit square (x to the
right, y downwards), joined by Catmull-Rom splines. A drawing moves the points a little, slants,
turns and stretches the whole, picks the pen's width, and renders the distance to the strokes with a
soft edge. As in MNIST the ink fits a box of 20x20 pixels and its centre of mass is the centre of
28x28. No image of any data set is used.
"""

import numpy as np

SIZE = 28
BOX = 20
# Points of a spline between two control points, close enough that the pen leaves no gaps.
STEPS = 12
# Seeds of the drawings shipped as samples and of those that accuracy and agreement are measured on.
SAMPLES_SEED = 1
AGREEMENT_SEED = 2


def _arc(cx, cy, rx, ry, start, end, points=8):
	"""Points of an elliptic arc; angles in degrees, 0 to the right, 90 downwards."""
	angles = np.radians(np.linspace(start, end, points))
	return [(cx + rx * np.cos(a), cy + ry * np.sin(a)) for a in angles]


SKELETONS = {
	0: [[_arc(0.5, 0.5, 0.32, 0.5, -80, 280, 14)]],
	1: [
		[[(0.5, 0.0), (0.5, 0.33), (0.5, 0.67), (0.5, 1.0)]],
		[[(0.34, 0.2), (0.44, 0.1), (0.52, 0.0)], [(0.52, 0.0), (0.52, 0.5), (0.52, 1.0)]],
	],
	2: [
		[
			_arc(0.48, 0.27, 0.32, 0.27, 190, 390, 8)
			+ [(0.62, 0.58), (0.38, 0.8), (0.14, 0.98)],
			[(0.14, 0.98), (0.5, 0.96), (0.88, 0.97)],
		],
	],
	3: [
		[
			_arc(0.45, 0.25, 0.32, 0.25, 205, 440, 9),
			_arc(0.45, 0.74, 0.37, 0.26, 275, 520, 9),
		],
	],
	4: [
		[
			[(0.2, 0.02), (0.17, 0.28), (0.14, 0.56)],
			[(0.14, 0.56), (0.45, 0.57), (0.86, 0.54)],
			[(0.72, 0.0), (0.71, 0.45), (0.69, 1.0)],
		],
		[
			[(0.62, 0.0), (0.38, 0.3), (0.1, 0.64)],
			[(0.1, 0.64), (0.5, 0.64), (0.9, 0.63)],
			[(0.64, 0.02), (0.64, 0.5), (0.63, 1.0)],
		],
	],
	5: [
		[
			[(0.82, 0.02), (0.54, 0.03), (0.26, 0.04)],
			[(0.26, 0.04), (0.23, 0.22), (0.2, 0.42)],
			[(0.2, 0.42)] + _arc(0.44, 0.68, 0.36, 0.3, 250, 500, 9),
		],
	],
	6: [
		[
			[(0.7, 0.0), (0.42, 0.2), (0.24, 0.46), (0.17, 0.7)]
			+ _arc(0.49, 0.75, 0.32, 0.25, 180, -180, 12)[1:],
		],
	],
	7: [
		[
			[(0.1, 0.04), (0.48, 0.03), (0.88, 0.03)],
			[(0.88, 0.03), (0.66, 0.36), (0.5, 0.66), (0.4, 1.0)],
		],
	],
	8: [
		[
			[
				(0.78, 0.12),
				(0.52, 0.0),
				(0.24, 0.13),
				(0.28, 0.33),
				(0.52, 0.48),
				(0.76, 0.66),
				(0.74, 0.9),
				(0.48, 1.0),
				(0.24, 0.88),
				(0.26, 0.66),
				(0.5, 0.48),
				(0.76, 0.3),
				(0.78, 0.12),
			],
		],
	],
	9: [
		[
			_arc(0.46, 0.26, 0.3, 0.26, -20, -380, 12),
			[(0.76, 0.16), (0.74, 0.45), (0.66, 0.75), (0.56, 1.0)],
		],
		[
			_arc(0.46, 0.26, 0.3, 0.26, -20, -380, 12),
			[(0.77, 0.14), (0.76, 0.4), (0.75, 0.7), (0.74, 1.0)],
		],
	],
}


def _spline(points):
	"""Points along the Catmull-Rom spline through `points`."""
	points = np.asarray(points, dtype=np.float64)
	padded = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
	t = np.linspace(0, 1, STEPS, endpoint=False)[:, None]
	pieces = []
	for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:]):
		bend = (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3
		pieces.append(0.5 * (2 * b + (c - a) * t + bend))
	return np.vstack([*pieces, points[-1:]])


def _render(points, radius):
	"""A 28x28 image of pen positions [n, 2] in pixels: 255 within the radius, soft over a pixel."""
	axis = np.arange(SIZE)
	x = (axis[None, :, None] - points[:, 0]) ** 2
	y = (axis[:, None, None] - points[:, 1]) ** 2
	distance = np.sqrt((x + y).min(axis=2))
	return np.clip(radius - distance + 0.5, 0, 1) * 255


def draw(digit, rng):
	"""One drawing of `digit`: uint8 [28, 28], ink 255 on 0."""
	variants = SKELETONS[digit]
	strokes = variants[rng.integers(len(variants))]
	# Ends that meet must go on meeting: the same point always moves the same way.
	moved = {}

	def move(point):
		key = (round(point[0], 6), round(point[1], 6))
		if key not in moved:
			moved[key] = np.array(point) + rng.normal(0, 0.018, 2)
		return moved[key]

	points = np.vstack([_spline([move(p) for p in stroke]) for stroke in strokes])
	turn, slant = np.radians(rng.normal(0, 5)), rng.normal(0.1, 0.1)
	stretch = np.array([rng.uniform(0.62, 0.95), 1.0])
	points = (points - 0.5) * stretch
	points[:, 0] -= slant * points[:, 1]
	rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
	points = points @ rotation.T
	radius = rng.uniform(0.9, 1.6)
	low, high = points.min(axis=0), points.max(axis=0)
	points = (points - (low + high) / 2) * (BOX - 2 * radius) / (high - low).max()
	centre = (SIZE - 1) / 2
	first = _render(points + centre, radius)
	axis = np.arange(SIZE)
	mass = np.array([(first.sum(axis=0) * axis).sum(), (first.sum(axis=1) * axis).sum()])
	shift = centre - mass / first.sum()
	return np.round(_render(points + centre + shift, radius)).astype(np.uint8)


def drawings(count, seed):
	"""`count` drawings, the digits in turn: (uint8 [count, 28, 28], int64 [count])."""
	rng = np.random.default_rng(seed)
	labels = np.arange(count) % 10
	return np.stack([draw(int(label), rng) for label in labels]), labels
