// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { test } from "node:test";

import {
	commit, commitParameters, decode, encode, reals, Role,
} from "../../clients/js/src/tensor.js";
import { vectors } from "./vectors.mjs";

const SALT = `0x${"00".repeat(31)}07`;
const R = "0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001";
const bytes = (...values) => ({ dims: [values.length], bits: 8, values });

test("commitments equal those of the chain's own implementation on random tensors", () => {
	const cases = vectors("tensor");
	assert.ok(cases.length >= 20, `expected at least 20 tensors, got ${cases.length}`);
	assert.deepEqual(new Set(cases.map(({ role }) => role)), new Set([0, 1, 2]));
	const ranks = new Set(cases.map(({ dims }) => dims.length));
	assert.deepEqual(ranks, new Set([0, 1, 2, 3, 4, 5, 6]));
	for (const { role, dims, bits, values, salt, commitment } of cases) {
		const got = commit(role, { dims, bits }, values, salt);
		assert.equal(got, commitment, `role ${role}, ${bits} bits, dimensions ${dims}`);
	}
});

test("every part of a tensor moves its commitment", () => {
	const { values, ...spec } = bytes(1, 2, 3, 4);
	const all = [
		commit(Role.input, spec, values),
		commit(Role.output, spec, values),
		commit(Role.parameters, spec, values),
		commit(Role.input, spec, [1, 2, 4, 3]),
		commit(Role.input, { dims: [2, 2], bits: 8 }, values),
		commit(Role.input, { dims: [4, 1], bits: 8 }, values),
		commit(Role.input, { dims: [4], bits: 9 }, values),
		commit(Role.input, spec, values, SALT),
	];
	assert.equal(new Set(all).size, all.length);
});

test("a last word is not mistaken for padding", () => {
	// 31 bytes fill a word; the 32nd element would be a word of zero, as the padding is.
	const one = commit(Role.input, { dims: [31], bits: 8 }, Array(31).fill(-128));
	const two = commit(Role.input, { dims: [32], bits: 8 }, Array(32).fill(-128));
	assert.notEqual(one, two);
});

test("parameters are a chain in which order counts", () => {
	const [a, b] = [bytes(1, 2), bytes(3)].map(({ values, ...spec }) => ({ spec, values }));
	const first = commit(Role.parameters, a.spec, a.values, SALT);
	assert.equal(commitParameters([a, b], SALT), commit(Role.parameters, b.spec, b.values, first));
	assert.notEqual(commitParameters([a, b], SALT), commitParameters([b, a], SALT));
	assert.equal(commitParameters([], SALT), SALT);
});

test("bytes and values are inverse at every width", () => {
	for (let bits = 1; bits <= 32; bits += 1) {
		const half = 2 ** (bits - 1);
		const spec = { dims: [3], bits };
		const values = [-half, Math.min(0, half - 1), half - 1];
		assert.deepEqual(decode(spec, encode(spec, values)), values);
	}
	assert.equal(encode({ dims: [2], bits: 8 }, [-128, 16]), "0x0090");
	assert.equal(encode({ dims: [1], bits: 12 }, [-2047]), "0x0100");
});

test("bad tensors are refused by reason", () => {
	const spec = { dims: [2], bits: 8, min: 0, max: 16 };
	assert.throws(() => decode(spec, "0x80"), /expected 2 bytes, got 1/);
	assert.throws(() => decode(spec, "0x8091"), /integers in \[0, 16\], got 17 at index 1/);
	assert.throws(() => encode(spec, [0, -1]), /integers in \[0, 16\], got -1 at index 1/);
	assert.throws(() => encode(spec, [0, 0.5]), /got 0.5 at index 1/);
	assert.throws(() => commit(Role.input, spec, [1]), /expected 2 elements, got 1/);
	assert.throws(() => commit(3, spec, [1, 1]), /expected a role of 0, 1 or 2, got 3/);
	assert.throws(() => commit(Role.input, { dims: [2], bits: 33 }, [1, 1]), /got 33/);
	assert.throws(() => commit(Role.input, { dims: [0], bits: 8 }, []), /got 0/);
	assert.throws(() => commit(Role.input, { dims: Array(7).fill(1), bits: 8 }, [1]), /at most 6/);
	assert.throws(() => commit(Role.input, spec, [1, 1], R), /expected a scalar below r/);
	assert.throws(() => commit(Role.input, spec, [1, 1], "0x01"), /32 bytes, got 1/);
});

test("each element reads by the scale of its index on the axis", () => {
	const spec = { dims: [2, 3], bits: 16 };
	const values = [1, 2, 3, -4, 5, 6];
	assert.deepEqual(reals(spec, values), values);
	assert.deepEqual(reals({ ...spec, mantissa: 3, shift: 1 }, values), [1.5, 3, 4.5, -6, 7.5, 9]);
	const scale = (mantissa, shift) => ({ mantissa, shift });
	const rows = { ...spec, axis: 0, scales: [scale(1, 0), scale(1, 2)] };
	assert.deepEqual(reals(rows, values), [1, 2, 3, -1, 1.25, 1.5]);
	const columns = { ...spec, axis: 1, scales: [scale(1, 0), scale(1000, 0), scale(1, 1)] };
	assert.deepEqual(reals(columns, values), [1, 2000, 1.5, -4, 5000, 3]);
});

test("scales are no part of a commitment, and those that fit no shape are refused", () => {
	const spec = { dims: [2, 3], bits: 8 };
	const values = [1, 2, 3, 4, 5, 6];
	const one = { mantissa: 3, shift: 4 };
	const scaled = { ...spec, axis: 0, scales: [one, one] };
	assert.equal(commit(Role.input, scaled, values), commit(Role.input, spec, values));
	for (const [change, words] of [
		[{ axis: 2 }, /expected an axis below 2, got 2/],
		[{ axis: undefined }, /expected an axis below 2, got undefined/],
		[{ axis: 1 }, /expected 3 scales on axis 1, got 2/],
		[{ scales: undefined }, /expected 2 scales on axis 0, got undefined/],
		[{ scales: [one, { mantissa: 0, shift: 0 }] }, /above zero, got 0\/2\^0/],
		[{ scales: [one, { mantissa: 1, shift: 256 }] }, /above zero, got 1\/2\^256/],
		[{ mantissa: 1 }, /got some of both/],
	]) {
		assert.throws(() => reals({ ...scaled, ...change }, values), words);
	}
});
