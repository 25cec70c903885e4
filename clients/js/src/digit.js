// SPDX-License-Identifier: Apache-2.0
//! Pictures in a terminal.

/** From paper to ink. */
const SHADES = " .:-=+*#%@";

/**
 * A grey image as lines of text, two characters a pixel so that pixels are about square.
 *
 * @param {number[]} pixels row by row, top to bottom
 * @param {{width?: number, min?: number, max?: number}} [options] `min` is paper, `max` is ink
 * @returns {string[]}
 */
export function draw(pixels, { width = 8, min = 0, max = 16 } = {}) {
	if (pixels.length === 0 || pixels.length % width !== 0) {
		throw new Error(`expected a multiple of ${width} pixels, got ${pixels.length}`);
	}
	const shade = (pixel) => {
		const part = (Math.min(Math.max(pixel, min), max) - min) / Math.max(max - min, 1);
		return SHADES[Math.round(part * (SHADES.length - 1))].repeat(2);
	};
	const edge = `+${"-".repeat(2 * width)}+`;
	const lines = [];
	for (let i = 0; i < pixels.length; i += width) {
		lines.push(`|${pixels.slice(i, i + width).map(shade).join("")}|`);
	}
	return [edge, ...lines, edge];
}

/**
 * Two columns of lines side by side, the right one centred against the left one.
 *
 * @param {string[]} left
 * @param {string[]} right
 * @returns {string[]}
 */
export function beside(left, right) {
	const width = Math.max(...left.map((line) => line.length), 0);
	const above = Math.max(0, Math.floor((left.length - right.length) / 2));
	return Array.from({ length: Math.max(left.length, above + right.length) }, (_, i) =>
		`${(left[i] ?? "").padEnd(width)}   ${right[i - above] ?? ""}`.trimEnd(),
	);
}
