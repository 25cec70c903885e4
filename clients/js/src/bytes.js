// SPDX-License-Identifier: Apache-2.0
//! Bytes and numbers: everything on the wire of this chain is big-endian where it is a field
//! element, and hex with `0x` where it is text.

/** The order r of BN254's groups: scalars are below it. */
export const R = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n;
/** The prime q of BN254's base field: coordinates are below it. */
export const Q = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n;

/**
 * Bytes from a `Uint8Array` or from hex with `0x`.
 * @param {Uint8Array | string} value
 * @returns {Uint8Array}
 */
export function toBytes(value) {
	if (value instanceof Uint8Array) {
		return value;
	}
	if (typeof value !== "string" || !/^0x([0-9a-f]{2})*$/i.test(value)) {
		throw new Error(`expected bytes or hex that starts with 0x, got ${JSON.stringify(value)}`);
	}
	return Uint8Array.from(value.slice(2).match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/**
 * Hex with `0x`, two digits a byte.
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function toHex(bytes) {
	return `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/**
 * The big-endian number in `bytes`.
 * @param {Uint8Array | string} bytes
 * @returns {bigint}
 */
export function toNumber(bytes) {
	const hex = toHex(toBytes(bytes));
	return hex === "0x" ? 0n : BigInt(hex);
}

/**
 * A number below 2^256 as 32 big-endian bytes.
 * @param {bigint} number
 * @returns {Uint8Array}
 */
export function toWord(number) {
	return toBytes(`0x${number.toString(16).padStart(64, "0")}`);
}

/**
 * A scalar from the wire: 32 bytes, below r. A number at or above r would stand for a smaller one.
 * @param {Uint8Array | string} bytes
 * @returns {bigint}
 */
export function toScalar(bytes) {
	const raw = toBytes(bytes);
	if (raw.length !== 32) {
		throw new Error(`expected a scalar of 32 bytes, got ${raw.length} bytes`);
	}
	const number = toNumber(raw);
	if (number >= R) {
		throw new Error(`expected a scalar below r, got ${toHex(raw)}`);
	}
	return number;
}

/**
 * Several byte strings as one.
 * @param {...(Uint8Array | string)} parts
 * @returns {Uint8Array}
 */
export function concat(...parts) {
	return Uint8Array.from(parts.flatMap((part) => Array.from(toBytes(part))));
}
