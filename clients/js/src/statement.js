// SPDX-License-Identifier: Apache-2.0
//! The hashes that name circuits and statements, recomputed from their parts.
//!
//! Each is BLAKE2b with 32 bytes of output over a tag and the SCALE encoding of what it names; see
//! `docs/wire-format.md`.

import { blake2AsU8a } from "@polkadot/util-crypto";

import { concat, toHex } from "./bytes.js";

/** A number of four bytes as SCALE writes it. */
function u32(number) {
	const bytes = new Uint8Array(4);
	new DataView(bytes.buffer).setUint32(0, number, true);
	return bytes;
}

function taggedHash(tag, ...parts) {
	return blake2AsU8a(concat(new TextEncoder().encode(tag), ...parts), 256);
}

/** The kinds of circuits, as SCALE numbers them. */
const KINDS = { plain: 0, rounds: 1, committed: 3 };

/**
 * The hash of a circuit, from its kind and its verifying key's bytes.
 * @param {"plain" | "rounds" | "committed"} kind
 * @param {Uint8Array | string} key
 */
export function circuitHash(kind, key) {
	return toHex(taggedHash("zkml/circuit/v1", Uint8Array.of(KINDS[kind]), key));
}

/**
 * The hash of a version's description, which requests and records keep: two versions of the same number
 * are told apart by it.
 * @param {Uint8Array | string} description as SCALE writes it
 */
export function versionHash(description) {
	return toHex(taggedHash("zkml/version/v4", description));
}

/** A hash as a scalar: the top byte is zeroed so that it is below r. */
function scalarHash(tag, ...parts) {
	const hash = taggedHash(tag, ...parts);
	hash[0] = 0;
	return toHex(hash);
}

/** Things of one size, as SCALE writes a list of fewer than 64. */
const list = (items) => [Uint8Array.of(items.length << 2), ...items];

/**
 * What stands in a statement for parameters that are committed to by a point.
 * @param {Uint8Array | string} point
 */
export function paramsDigest(point) {
	return scalarHash("zkml/params/v1", point);
}

/**
 * The challenge of a proof that the parameters behind a point are in range.
 * @param {Uint8Array | string} circuit the hash
 * @param {Uint8Array | string} params the version's point
 * @param {{params: Uint8Array | string, commitments: (Uint8Array | string)[]}} range
 */
export function rangeChallenge(circuit, params, range) {
	return scalarHash("zkml/range/v1", circuit, params, range.params, ...list(range.commitments));
}

/**
 * The challenge that follows the last of these round commitments.
 * @param {{circuit: Uint8Array | string}} statement
 * @param {Uint8Array | string} id of the statement
 * @param {(Uint8Array | string)[]} commitments fewer than 64
 */
export function challenge({ circuit }, id, commitments) {
	return scalarHash("zkml/challenge/v1", circuit, id, ...list(commitments));
}

/**
 * What a proof is bound to beside the mathematics, as a public input: the top byte is zeroed so
 * that it is below r. Hashes, accounts and the encoded action are bytes or hex; `publicInputs` and
 * `publicOutputs` say of each tensor whether everybody sees it.
 */
export function contextDigest(context) {
	const { genesis, action, model, version, beneficiary, expiry } = context;
	const shown = (tensors) => list(tensors.map((seen) => Uint8Array.of(seen ? 0 : 1)));
	const both = [...shown(context.publicInputs), ...shown(context.publicOutputs)];
	const parts = [genesis, action, model, u32(version), beneficiary, u32(expiry), ...both];
	return scalarHash("zkml/ctx/v3", ...parts);
}

/**
 * The id of a statement, which is also the key of its record. `inputs` and `outputs` are lists of
 * digests; all but `version` are bytes or hex.
 */
export function statementId({ circuit, model, version, params, inputs, outputs, ctx }) {
	const parts = [circuit, model, u32(version), params, ...list(inputs), ...list(outputs), ctx];
	return toHex(taggedHash("zkml/statement/v2", ...parts));
}
