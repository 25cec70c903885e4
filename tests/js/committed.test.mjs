// SPDX-License-Identifier: Apache-2.0
//! Keys whose parameters are a point: what the chain's own implementation computed, computed here.

import assert from "node:assert/strict";
import { after, test } from "node:test";

import { checkEvidence } from "../../clients/js/src/evidence.js";
import {
	close, committedKeyFromWire, verify, verifyRange,
} from "../../clients/js/src/snarkjs.js";
import {
	challenge, circuitHash, paramsDigest, rangeChallenge, statementId,
} from "../../clients/js/src/statement.js";
import { evaluate } from "../../clients/js/src/tensor.js";
import { vectors } from "./vectors.mjs";

const { key, circuit, versions } = vectors("committed");
const [first, second] = versions;

after(close);

const inference = (one, params = one.point) => verify("committed", key, one.publicInputs, one, params);

test("a key of the kind takes 1664 bytes, and its hash names the circuit", () => {
	assert.equal(key.length, 2 + 2 * 1664);
	assert.equal(circuitHash("committed", key), circuit);
	assert.equal(committedKeyFromWire(key).range.nPublic, 1);
	assert.throws(() => committedKeyFromWire(key.slice(0, -2)), /expected a key of 1664 bytes/);
});

test("digests, statements and challenges are recomputed from the points", () => {
	for (const one of versions) {
		assert.equal(paramsDigest(one.point), one.params);
		assert.equal(statementId({ circuit, ...one }), one.statement);
		assert.equal(challenge({ circuit }, one.statement, one.commitments), one.challenge);
		const bound = [one.inputs, one.outputs].map((digests) =>
			evaluate(digests.map((digest) => [BigInt(digest)]), one.challenge),
		);
		assert.deepEqual(one.publicInputs, [...bound, one.ctx, one.challenge]);
		assert.equal(rangeChallenge(circuit, one.point, one.range), one.range.challenge);
	}
	assert.notEqual(first.params, second.params);
});

test("a proof holds for the parameters of its own version alone", async () => {
	for (const one of versions) {
		assert.equal(await inference(one), true);
	}
	assert.equal(await inference(first, second.point), false);
	assert.equal(await inference(second, first.point), false);
	await assert.rejects(verify("committed", key, first.publicInputs, first), /expected a point/);
	const none = /expected no point for the parameters/;
	await assert.rejects(verify("rounds", key, first.publicInputs, first, first.point), none);
	await assert.rejects(inference(first, `0x${"00".repeat(64)}`), /point at infinity/);
	await assert.rejects(inference(first, `0x${"01".repeat(64)}`), /on the curve/);
	await assert.rejects(inference({ ...first, commitments: [] }), /expected 1 commitments, got 0/);
	for (const index of first.publicInputs.keys()) {
		const publicInputs = first.publicInputs.with(index, second.range.challenge);
		assert.equal(await inference({ ...first, publicInputs }), false, `input ${index}`);
	}
});

test("a proof of range holds for its own point, with its own link", async () => {
	for (const one of versions) {
		assert.equal(await verifyRange(key, one.point, one.range), true);
	}
	assert.equal(await verifyRange(key, second.point, first.range), false);
	for (const part of ["params", "link", "proof", "commitments"]) {
		const range = { ...first.range, [part]: second.range[part] };
		assert.equal(await verifyRange(key, first.point, range), false, part);
	}
	const short = { ...first.range, commitments: [] };
	await assert.rejects(verifyRange(key, first.point, short), /expected 1 commitments, got 0/);
});

test("evidence on such a key is checked by the point, not by what the record says", async () => {
	const word = (byte) => `0x${byte.repeat(32)}`;
	const spec = { dims: [1], bits: 8 };
	const hidden = (digests) => digests.map((committed) => ({ committed }));
	for (const [own, other] of [[first, second], [second, first]]) {
		const evidence = {
			...own,
			circuit,
			kind: "committed",
			key,
			genesis: word("07"),
			action: `0x03${"03".padEnd(16, "0")}`,
			beneficiary: word("01"),
			expiry: 100,
			inputSpecs: own.inputs.map(() => spec),
			outputSpecs: own.outputs.map(() => spec),
			publicInputs: own.inputs.map(() => false),
			paramsPoint: own.point,
			paramsRange: true,
			outputs: hidden(own.outputs),
			proofs: [
				{ proof: own.proof, commitments: own.commitments, inputs: hidden(own.inputs) },
			],
		};
		const failures = async (changes) => {
			const checks = await checkEvidence({ ...evidence, ...changes });
			return checks.filter(({ fine }) => !fine).map(({ what }) => what);
		};
		assert.deepEqual(await failures({}), []);
		assert.deepEqual(await failures({ paramsPoint: other.point }), ["parameters", "proof"]);
		assert.deepEqual(
			await failures({ paramsPoint: other.point, params: other.params }),
			["statement", "proof"],
		);
		const outputs = evidence.outputs.with(0, { committed: word("0a") });
		assert.deepEqual(await failures({ outputs }), ["statement", "proof"]);
	}
});
