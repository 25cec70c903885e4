# SPDX-License-Identifier: Apache-2.0
"""Proving time by constraints, as an SVG drawn by hand: two logarithmic axes, a line a family."""

import math

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 640, 400, 70, 50, 30, 150
COLOURS = {"perceptron": "#1f6fb2", "convolutional": "#c2571a"}


def ticks(low, high):
	"""1, 2 and 5 times powers of ten from low to high."""
	first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
	every = [m * 10.0**e for e in range(first, last + 1) for m in (1, 2, 5)]
	return [t for t in every if low <= t <= high]


def growth(rows):
	"""An SVG of rows with family, constraints and prove_s."""
	ends = lambda key: (min(r[key] for r in rows) / 1.3, max(r[key] for r in rows) * 1.3)
	(x0, x1), (y0, y1) = ends("constraints"), ends("prove_s")
	place = lambda v, low, high, start, end: start + (end - start) * math.log(v / low) / math.log(high / low)
	x = lambda v: place(v, x0, x1, LEFT, WIDTH - RIGHT)
	y = lambda v: place(v, y0, y1, HEIGHT - BOTTOM, TOP)
	out = [
		f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
		f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
	]
	for t in ticks(x0, x1):
		out.append(f'<path d="M{x(t):.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#ddd"/>')
		out.append(f'<text x="{x(t):.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{t:,.0f}</text>')
	for t in ticks(y0, y1):
		out.append(f'<path d="M{LEFT} {y(t):.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
		out.append(f'<text x="{LEFT - 6}" y="{y(t) + 4:.1f}" text-anchor="end">{t:g}</text>')
	out.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 12}" text-anchor="middle">constraints</text>')
	out.append(f'<text x="{LEFT - 50}" y="{TOP - 12}">seconds a proof, two cores</text>')
	for index, family in enumerate(COLOURS):
		points = sorted((r["constraints"], r["prove_s"]) for r in rows if r["family"] == family)
		colour = COLOURS[family]
		line = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in points)
		out.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
		out += [f'<circle cx="{x(a):.1f}" cy="{y(b):.1f}" r="3.5" fill="{colour}"/>' for a, b in points]
		out.append(f'<text x="{WIDTH - RIGHT + 12}" y="{TOP + 16 + 20 * index}" fill="{colour}">{family}</text>')
	return "\n".join(out + ["</svg>"]) + "\n"
