// SPDX-License-Identifier: Apache-2.0
//! The vectors are proofs published by other projects; each file names its source.

import assert from "node:assert/strict";
import { after, test } from "node:test";

import {
	close, keyFromWire, keyToWire, proofFromWire, proofToWire, publicFromWire, publicToWire, verify,
} from "../../clients/js/src/snarkjs.js";
import { vectors } from "./vectors.mjs";

const PUBLISHED = ["snarkjs-1-input", "semaphore-v4"];

after(close);

/** The JSON that snarkjs wrote. */
function published(name) {
	const { envelope } = vectors(name);
	const { verification_key_json: key, proof_json: proof, public_json: publics } = envelope;
	return { key, proof, publics };
}

function toWire({ key, proof, publics }) {
	return [keyToWire(key), publicToWire(publics), proofToWire(proof)];
}

/** Key, public inputs and proof of a plain circuit. */
const verifyPlain = (key, publics, proof) => verify("plain", key, publics, { proof });

/** The key as this client writes it: without a product that snarkjs adds and never reads. */
function withoutProduct({ vk_alphabeta_12: _, ...key }) {
	return key;
}

test("keys, proofs and public inputs survive the way to the wire and back", () => {
	for (const name of PUBLISHED) {
		const json = published(name);
		const [key, publics, proof] = toWire(json);
		assert.deepEqual(keyFromWire(key), withoutProduct(json.key));
		assert.deepEqual(publicFromWire(publics), json.publics);
		const { pi_a, pi_b, pi_c } = json.proof;
		assert.deepEqual(
			proofFromWire(proof),
			{ pi_a, pi_b, pi_c, protocol: "groth16", curve: "bn128" },
		);
		assert.equal(proof.length, 2 + 2 * 256);
	}
});

test("the wire is EIP-197's order, imaginary part first", () => {
	for (const name of PUBLISHED) {
		const { proof } = published(name);
		assert.equal(proofToWire(proof), `0x${vectors(name).encodings.proof_eip197}`);
	}
});

test("a key of four public inputs takes 768 bytes", () => {
	assert.equal(keyToWire(published("semaphore-v4").key).length, 2 + 2 * 768);
});

test("snarkjs accepts published proofs that went through the wire", async () => {
	for (const name of PUBLISHED) {
		assert.equal(await verifyPlain(...toWire(published(name))), true, name);
	}
});

test("snarkjs refuses them with any public input changed", async () => {
	const [key, publics, proof] = toWire(published("semaphore-v4"));
	for (const index of publics.keys()) {
		const last = publics[index].endsWith("0") ? "1" : "0";
		const changed = publics.with(index, publics[index].slice(0, -1) + last);
		assert.equal(await verifyPlain(key, changed, proof), false, `input ${index}`);
	}
	const flipped = toWire(published("snarkjs-1-input-reject-input-bit"));
	assert.equal(await verifyPlain(...flipped), false);
});

test("numbers at or above their modulus are refused, not reduced", () => {
	const scalar = /expected a scalar below r/;
	assert.throws(() => toWire(published("snarkjs-1-input-reject-input-plus-r")), scalar);
	assert.throws(() => toWire(published("semaphore-v4-reject-nullifier-plus-r")), scalar);
	const coordinate = /expected a coordinate below q/;
	assert.throws(() => toWire(published("snarkjs-1-input-reject-coordinate-plus-q")), coordinate);
	const ones = `0x${"ff".repeat(256)}`;
	assert.throws(() => proofFromWire(ones), coordinate);
	assert.throws(() => publicFromWire([`0x${"ff".repeat(32)}`]), scalar);
});

test("malformed input is refused by reason", async () => {
	const third = published("snarkjs-1-input-reject-third-coordinate");
	assert.throws(() => toWire(third), /expected an affine point/);
	const extra = toWire(published("snarkjs-1-input-reject-extra-input"));
	await assert.rejects(verifyPlain(...extra), /expected 1 public inputs, got 2/);
	assert.throws(() => proofFromWire("0x00"), /expected a proof of 256 bytes, got 1/);
	assert.throws(() => proofFromWire(`0x${"00".repeat(256)}`), /got the point at infinity/);
	assert.throws(() => keyFromWire(`0x${"01".repeat(449)}`), /got 449 bytes/);
	assert.throws(() => keyFromWire(`0x${"01".repeat(448)}`), /got 448 bytes/);
	assert.throws(() => proofFromWire("xyz"), /expected bytes or hex/);
	const { key } = published("semaphore-v4");
	assert.throws(() => keyToWire({ ...key, nPublic: 3 }), /expected 4 points in IC, got 5/);
});
