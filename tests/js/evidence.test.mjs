// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { checkEvidence } from "../../clients/js/src/evidence.js";
import { close } from "../../clients/js/src/snarkjs.js";
import { circuitHash, contextDigest, statementId } from "../../clients/js/src/statement.js";
import { commit, encode, Role } from "../../clients/js/src/tensor.js";
import { trapdoor } from "./trapdoor.mjs";

const word = (byte) => `0x00${byte.repeat(31)}`;
const INPUT_SPEC = { dims: [4], bits: 8, min: 0, max: 16 };
const OUTPUT_SPEC = { dims: [1], bits: 5, min: 0, max: 9 };

/** Evidence of a submission with public input and output, in which everything fits. */
let sound;
let forge;

before(async () => {
	const { key, prove } = await trapdoor();
	forge = prove;
	const [input, output] = [[0, 5, 16, 1], [7]];
	const context = {
		genesis: word("aa"),
		action: `0x03${"2a".padEnd(16, "0")}`,
		model: word("bb"),
		version: 2,
		beneficiary: word("cc"),
		expiry: 1000,
		publicInput: true,
		publicOutput: true,
	};
	const statement = {
		circuit: circuitHash("plain", key),
		model: context.model,
		version: context.version,
		params: word("dd"),
		input: commit(Role.input, INPUT_SPEC, input),
		output: commit(Role.output, OUTPUT_SPEC, output),
		ctx: contextDigest(context),
	};
	const { params, ctx } = statement;
	sound = {
		...context,
		...statement,
		kind: "plain",
		key,
		statement: statementId(statement),
		declaredParams: params,
		inputSpec: INPUT_SPEC,
		outputSpec: OUTPUT_SPEC,
		output: { public: encode(OUTPUT_SPEC, output) },
		proofs: [
			{
				proof: prove([params, statement.input, statement.output, ctx]),
				input: { public: encode(INPUT_SPEC, input) },
			},
		],
	};
});
after(close);

/** What fails when some of the evidence is exchanged. */
async function failures(changes) {
	const checks = await checkEvidence({ ...sound, ...changes });
	return checks.filter(({ fine }) => !fine).map(({ what }) => what);
}

test("sound evidence passes every check", async () => {
	const checks = await checkEvidence(sound);
	assert.deepEqual(
		checks.map(({ what, fine }) => [what, fine]),
		["circuit", "parameters", "context", "statement", "input", "proof"].map((what) => [what, true]),
	);
});

test("a good proof is found among bad ones", async () => {
	const other = { proof: forge(Array(4).fill(word("01"))) };
	assert.deepEqual(await failures({ proofs: [other, ...sound.proofs] }), []);
});

test("another output, payee, chain, action, version, expiry or input is found out", async () => {
	const output = { public: encode(OUTPUT_SPEC, [8]) };
	assert.deepEqual(await failures({ output }), ["statement", "proof"]);
	const contexts = [
		{ beneficiary: word("ee") },
		{ genesis: word("ee") },
		{ action: `0x02${"2a".padEnd(16, "0")}` },
		{ expiry: 1001 },
		{ version: 3 },
		{ model: word("ee") },
	];
	for (const change of contexts) {
		const failed = await failures(change);
		assert.deepEqual(failed, ["context", "statement", "proof"], JSON.stringify(change));
	}
	const input = { public: encode(INPUT_SPEC, [0, 5, 16, 2]) };
	assert.deepEqual(await failures({ proofs: [{ ...sound.proofs[0], input }] }), ["input"]);
	assert.deepEqual(await failures({ input: word("01") }), ["statement", "proof"]);
	assert.deepEqual(await failures({ params: word("01") }), ["parameters", "statement", "proof"]);
});

test("a record whose context or id was written by someone else is found out", async () => {
	assert.deepEqual(await failures({ ctx: word("01") }), ["context"]);
	assert.deepEqual(await failures({ statement: word("01") }), ["statement"]);
	assert.deepEqual(await failures({ circuit: word("01") }), ["circuit", "statement"]);
});

test("a proof of something else, and no proof at all, are refused", async () => {
	const proof = forge(Array(4).fill(word("01")));
	assert.deepEqual(await failures({ proofs: [{ proof }] }), ["proof"]);
	assert.deepEqual(await failures({ proofs: [] }), ["proof"]);
});
