// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { beside, draw } from "../../clients/js/src/digit.js";

test("paper is blank, ink is dark, a pixel is two characters wide", () => {
	assert.deepEqual(draw([0, 16, 16, 0], { width: 2 }), ["+----+", "|  @@|", "|@@  |", "+----+"]);
	assert.deepEqual(draw([-128, 127], { width: 2, min: -128, max: 127 })[1], "|  @@|");
});

test("pixels outside the range are drawn as its ends", () => {
	assert.deepEqual(draw([-5, 99], { width: 2 })[1], "|  @@|");
});

test("an image that is no rectangle is refused", () => {
	assert.throws(() => draw([1, 2, 3], { width: 2 }), /expected a multiple of 2 pixels, got 3/);
	assert.throws(() => draw([]), /got 0/);
});

test("every sample of the digits model has a picture of eight rows", () => {
	const path = new URL("../../models/digits/samples.json", import.meta.url);
	const samples = JSON.parse(readFileSync(path, "utf8"));
	assert.equal(samples.length, 100);
	for (const { pixels, label } of samples) {
		assert.equal(draw(pixels).length, 10);
		assert.ok(label >= 0 && label <= 9);
	}
});

test("text stands beside a picture at half its height", () => {
	assert.deepEqual(beside(["+--+", "|@@|", "+--+"], ["a two"]), ["+--+", "|@@|   a two", "+--+"]);
});
