// SPDX-License-Identifier: Apache-2.0
//! Tensors of signed integers: their bytes on chain and their commitment.
//!
//! An independent second implementation of what `docs/wire-format.md` says, over npm
//! `poseidon-lite`; it shares no code with the chain's.
//!
//! A specification is `{ dims, bits, min?, max? }`: dimensions outermost first, the width of an
//! element in two's complement (1 to 32), and the range it may have (by default the whole width).
//! What the integers mean is said by `{ mantissa, shift }`, or by `{ axis, scales }` with such a pair
//! for each index on the axis; without either they stand for themselves.

import { blake2AsU8a } from "@polkadot/util-crypto";
import { poseidon2 } from "poseidon-lite/poseidon2";
import { poseidon16 } from "poseidon-lite/poseidon16";

import { concat, R, toBytes, toHex, toScalar, toWord } from "./bytes.js";

/** What a tensor is to the model; part of its commitment. */
export const Role = Object.freeze({ input: 0, output: 1, parameters: 2 });

/** Version of the commitment, the header's first byte. */
const VERSION = 2;
/** Most dimensions. */
const MAX_RANK = 6;
/** Bits packed into one field element: any 31 bytes are below r. */
const PACKED_BITS = 248;
/** Words taken in by one permutation, beside the running value. */
const CHUNK = 15;
/** Squarings from a point to what lies between polynomials that are evaluated together. */
const STRIDE_BITS = 14;

/** The scales of a specification: all that there are, and along which axis they differ, if any. */
function checkScales({ dims, mantissa, shift, axis, scales }) {
	const perAxis = axis !== undefined || scales !== undefined;
	if (perAxis && (mantissa !== undefined || shift !== undefined)) {
		throw new Error("expected mantissa and shift, or axis and scales, got some of both");
	}
	const all = perAxis ? scales : [{ mantissa: mantissa ?? 1, shift: shift ?? 0 }];
	if (perAxis && !(Number.isInteger(axis) && axis >= 0 && axis < dims.length)) {
		throw new Error(`expected an axis below ${dims.length}, got ${axis}`);
	}
	if (!Array.isArray(all) || (perAxis && all.length !== dims[axis])) {
		throw new Error(`expected ${dims[axis]} scales on axis ${axis}, got ${all?.length}`);
	}
	const within = (number, low, high) => Number.isInteger(number) && number >= low && number < high;
	const bad = all.find((one) => !within(one.mantissa, 1, 2 ** 32) || !within(one.shift, 0, 256));
	if (bad) {
		throw new Error(`expected a scale above zero, got ${bad.mantissa}/2^${bad.shift}`);
	}
	return { axis, all };
}

/** Refuses what is not a specification, in words. */
function check(spec) {
	const { dims, bits } = spec;
	if (!Number.isInteger(bits) || bits < 1 || bits > 32) {
		throw new Error(`expected a width of 1 to 32 bits, got ${bits}`);
	}
	if (!Array.isArray(dims) || dims.length > MAX_RANK) {
		throw new Error(`expected at most ${MAX_RANK} dimensions, got ${JSON.stringify(dims)}`);
	}
	const bad = dims.find((dim) => !Number.isInteger(dim) || dim < 1 || dim >= 2 ** 32);
	if (bad !== undefined) {
		throw new Error(`expected dimensions of 1 to 2^32 - 1, got ${bad}`);
	}
	const offset = 2 ** (bits - 1);
	const { min = -offset, max = offset - 1 } = spec;
	const length = dims.reduce((n, dim) => n * dim, 1);
	return { dims, bits, min, max, offset, length, scales: checkScales(spec) };
}

function checkValues({ length, min, max }, values) {
	if (values.length !== length) {
		throw new Error(`expected ${length} elements, got ${values.length}`);
	}
	values.forEach((value, index) => {
		if (!Number.isInteger(value) || value < min || value > max) {
			throw new Error(`expected integers in [${min}, ${max}], got ${value} at index ${index}`);
		}
	});
}

/** Puts numbers of `width` bits one after the other, the first in the lowest place. */
function pack(numbers, width) {
	return numbers.reduceRight((word, number) => (word << BigInt(width)) | BigInt(number), 0n);
}

/** Calls `use` on each run of `size` elements, the last one possibly shorter. */
function chunks(list, size, use) {
	const count = Math.ceil(list.length / size);
	return Array.from({ length: count }, (_, i) => use(list.slice(i * size, (i + 1) * size)));
}

/** The commitment's first word: version, role, width, rank in a byte each, the dimensions. */
function header(role, { dims, bits }) {
	if (!Object.values(Role).includes(role)) {
		throw new Error(`expected a role of 0, 1 or 2, got ${role}`);
	}
	return (pack(dims, 32) << 32n) | pack([VERSION, role, bits, dims.length], 8);
}

/** The elements in offset binary, packed into words of at most 248 bits. */
function wordsOf(checked, values) {
	checkValues(checked, values);
	const { bits, offset } = checked;
	return chunks(Array.from(values), Math.floor(PACKED_BITS / bits), (group) =>
		pack(group.map((value) => value + offset), bits),
	);
}

/**
 * The digest of a public tensor in a statement of a circuit with rounds: BLAKE2b over the header and
 * the tensor's bytes, top byte zeroed.
 *
 * @param {number} role one of {@link Role}
 * @param {object} spec
 * @param {Uint8Array | string} bytes at most 256 KiB
 */
export function digest(role, spec, bytes) {
	const raw = toBytes(bytes);
	const tag = new TextEncoder().encode("zkml/tensor/v1");
	const head = toWord(header(role, check(spec)));
	const hash = blake2AsU8a(concat(tag, head, compact(raw.length), raw), 256);
	hash[0] = 0;
	return toHex(hash);
}

/** A length as SCALE writes it: below 64 in one byte, below 2^14 in two, below 2^30 in four. */
function compact(length) {
	if (length < 2 ** 6) {
		return Uint8Array.of(length << 2);
	}
	const size = length < 2 ** 14 ? 2 : 4;
	const number = length * 4 + (size === 2 ? 1 : 2);
	return Uint8Array.from({ length: size }, (_, at) => Math.floor(number / 256 ** at) & 0xff);
}

/**
 * A public tensor as a polynomial: its coefficients, the highest first, which is 1.
 *
 * @param {number} role one of {@link Role}
 * @param {object} spec
 * @param {number[]} values row-major
 * @returns {bigint[]}
 */
export function coefficients(role, spec, values) {
	const checked = check(spec);
	return [1n, header(role, checked), ...wordsOf(checked, values)];
}

/**
 * Polynomials at a point z: `(p1 y + p2) y + p3 ...` with `y = z^(2^14)`. A hidden tensor is one of a
 * single coefficient.
 *
 * @param {bigint[][]} polynomials at least one
 * @param {Uint8Array | string} point
 * @returns {string} 32 bytes big-endian, in hex
 */
export function evaluate(polynomials, point) {
	const z = toScalar(point);
	let y = z;
	for (let i = 0; i < STRIDE_BITS; i += 1) {
		y = (y * y) % R;
	}
	const at = (polynomial) => polynomial.reduce((acc, next) => (acc * z + next) % R, 0n);
	return toHex(toWord(polynomials.reduce((acc, next) => (acc * y + at(next)) % R, 0n)));
}

/**
 * What stands for several commitments in a plain circuit: the first, and with each further one
 * `acc = P2(acc, commitment)`.
 *
 * @param {(Uint8Array | string)[]} commitments at least one
 * @returns {string} 32 bytes big-endian, in hex
 */
export function chain(commitments) {
	const [first, ...rest] = commitments.map(toScalar);
	return toHex(toWord(rest.reduce((acc, next) => poseidon2([acc, next]), first)));
}

/**
 * The commitment of a tensor: `acc = P2(header, salt)`, then for each 15 packed words, padded with
 * zeros, `acc = P16(acc, words)`.
 *
 * @param {number} role one of {@link Role}
 * @param {{dims: number[], bits: number, min?: number, max?: number}} spec
 * @param {number[]} values row-major
 * @param {Uint8Array | string} [salt] 32 bytes; zero for a public tensor
 * @returns {string} 32 bytes big-endian, in hex
 */
export function commit(role, spec, values, salt = new Uint8Array(32)) {
	const checked = check(spec);
	const words = wordsOf(checked, values);
	let acc = poseidon2([header(role, checked), toScalar(salt)]);
	for (const block of chunks(words, CHUNK, (block) => block)) {
		const padding = Array(CHUNK - block.length).fill(0n);
		acc = poseidon16([acc, ...block, ...padding]);
	}
	return toHex(toWord(acc));
}

/**
 * The commitment of a model's parameters: each tensor takes the commitment of the one before as its
 * salt, the first takes `salt`.
 *
 * @param {{spec: object, values: number[]}[]} tensors in graph order
 * @param {Uint8Array | string} [salt]
 * @returns {string}
 */
export function commitParameters(tensors, salt = new Uint8Array(32)) {
	return tensors.reduce(
		(acc, { spec, values }) => commit(Role.parameters, spec, values, acc),
		toHex(toBytes(salt)),
	);
}

/**
 * What integers mean: real numbers, each by its element's scale.
 *
 * @param {object} spec
 * @param {number[]} values row-major
 * @returns {number[]}
 */
export function reals(spec, values) {
	const checked = check(spec);
	checkValues(checked, values);
	const { dims, scales: { axis, all } } = checked;
	const stride = dims.slice(axis + 1).reduce((n, dim) => n * dim, 1);
	const scaleOf = (index) =>
		axis === undefined ? all[0] : all[Math.floor(index / stride) % dims[axis]];
	return Array.from(values, (value, index) => {
		const { mantissa, shift } = scaleOf(index);
		return (value * mantissa) / 2 ** shift;
	});
}

/** Bytes of one element of a public tensor. */
function elementBytes({ bits }) {
	return Math.ceil(bits / 8);
}

/**
 * Reads a public tensor: offset binary, little-endian, whole bytes each.
 *
 * @param {object} spec
 * @param {Uint8Array | string} bytes
 * @returns {number[]}
 */
export function decode(spec, bytes) {
	const checked = check(spec);
	const raw = Array.from(toBytes(bytes));
	const size = elementBytes(checked);
	if (raw.length !== checked.length * size) {
		throw new Error(`expected ${checked.length * size} bytes, got ${raw.length}`);
	}
	const values = chunks(raw, size, (element) => Number(pack(element, 8)) - checked.offset);
	checkValues(checked, values);
	return values;
}

/**
 * Writes a public tensor; the inverse of {@link decode}.
 *
 * @param {object} spec
 * @param {number[]} values
 * @returns {string} hex
 */
export function encode(spec, values) {
	const checked = check(spec);
	checkValues(checked, values);
	const size = elementBytes(checked);
	const element = (value) =>
		toBytes(`0x${(value + checked.offset).toString(16).padStart(2 * size, "0")}`).reverse();
	return toHex(Uint8Array.from(values.flatMap((value) => Array.from(element(value)))));
}
