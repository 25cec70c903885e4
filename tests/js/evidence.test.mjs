// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { checkEvidence } from "../../clients/js/src/evidence.js";
import { close } from "../../clients/js/src/snarkjs.js";
import { circuitHash, contextDigest, statementId } from "../../clients/js/src/statement.js";
import { chain, commit, decode, encode, Role } from "../../clients/js/src/tensor.js";
import { trapdoor } from "./trapdoor.mjs";

const word = (byte) => `0x00${byte.repeat(31)}`;
const INPUT_SPEC = { dims: [4], bits: 8, min: 0, max: 16 };
const OUTPUT_SPEC = { dims: [1], bits: 5, min: 0, max: 9 };

/** Evidence of a submission with public input and output, in which everything fits. */
let sound;
/** The same of three inputs, of which one is private, and two outputs, of which one is hidden. */
let several;
let forge;

/** Evidence of a submission of these tensors, each with its specification. */
function evidenceOf({ key, prove }, inputs, outputs) {
	const seen = (tensors) => tensors.map(({ tensor }) => tensor.public !== undefined);
	const digests = (role, tensors) =>
		tensors.map(({ spec, tensor }) =>
			tensor.committed ?? commit(role, spec, decode(spec, tensor.public)),
		);
	const context = {
		genesis: word("aa"),
		action: `0x03${"2a".padEnd(16, "0")}`,
		model: word("bb"),
		version: 2,
		beneficiary: word("cc"),
		expiry: 1000,
		publicInputs: seen(inputs),
		publicOutputs: seen(outputs),
	};
	const statement = {
		circuit: circuitHash("plain", key),
		model: context.model,
		version: context.version,
		params: word("dd"),
		inputs: digests(Role.input, inputs),
		outputs: digests(Role.output, outputs),
		ctx: contextDigest(context),
	};
	const { params, ctx } = statement;
	const publics = [params, chain(statement.inputs), chain(statement.outputs), ctx];
	return {
		...context,
		...statement,
		kind: "plain",
		key,
		statement: statementId(statement),
		declaredParams: params,
		inputSpecs: inputs.map(({ spec }) => spec),
		outputSpecs: outputs.map(({ spec }) => spec),
		outputs: outputs.map(({ tensor }) => tensor),
		proofs: [{ proof: prove(publics), inputs: inputs.map(({ tensor }) => tensor) }],
	};
}

before(async () => {
	const own = await trapdoor();
	forge = own.prove;
	const clear = (spec, values) => ({ spec, tensor: { public: encode(spec, values) } });
	const hidden = (spec, byte) => ({ spec, tensor: { committed: word(byte) } });
	const input = clear(INPUT_SPEC, [0, 5, 16, 1]);
	const output = clear(OUTPUT_SPEC, [7]);
	sound = evidenceOf(own, [input], [output]);
	const last = clear(INPUT_SPEC, [1, 2, 3, 4]);
	several = evidenceOf(
		own,
		[input, hidden(INPUT_SPEC, "12"), last],
		[output, hidden(OUTPUT_SPEC, "13")],
	);
});
after(close);

/** What fails when some of the evidence is exchanged. */
async function failures(changes, evidence = sound) {
	const checks = await checkEvidence({ ...evidence, ...changes });
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
	const other = { ...sound.proofs[0], proof: forge(Array(4).fill(word("01"))) };
	assert.deepEqual(await failures({ proofs: [other, ...sound.proofs] }), []);
});

test("another output, payee, chain, action, version, expiry or input is found out", async () => {
	const outputs = [{ public: encode(OUTPUT_SPEC, [8]) }];
	assert.deepEqual(await failures({ outputs }), ["statement", "proof"]);
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
	const inputs = [{ public: encode(INPUT_SPEC, [0, 5, 16, 2]) }];
	assert.deepEqual(await failures({ proofs: [{ ...sound.proofs[0], inputs }] }), ["input"]);
	assert.deepEqual(await failures({ inputs: [word("01")] }), ["statement", "proof"]);
	assert.deepEqual(await failures({ params: word("01") }), ["parameters", "statement", "proof"]);
});

test("a record whose context or id was written by someone else is found out", async () => {
	assert.deepEqual(await failures({ ctx: word("01") }), ["context"]);
	assert.deepEqual(await failures({ statement: word("01") }), ["statement"]);
	assert.deepEqual(await failures({ circuit: word("01") }), ["circuit", "statement"]);
});

test("a proof of something else, and no proof at all, are refused", async () => {
	const proof = forge(Array(4).fill(word("01")));
	assert.deepEqual(await failures({ proofs: [{ ...sound.proofs[0], proof }] }), ["proof"]);
	assert.deepEqual(await failures({ proofs: [] }), ["proof"]);
});

test("of several tensors none is swapped, left out, or seen by others than it says", async () => {
	assert.deepEqual(await failures({}, several), []);
	const swap = (list, a, b) => list.with(a, list[b]).with(b, list[a]);
	const { inputs, outputs, publicInputs, proofs } = several;
	assert.deepEqual(await failures({ inputs: swap(inputs, 0, 2) }, several), ["statement", "proof"]);
	assert.deepEqual(
		await failures({ outputs: swap(outputs, 0, 1) }, several),
		["context", "statement", "proof"],
	);
	for (const changes of [
		{ publicInputs: publicInputs.with(0, false) },
		{ publicInputs: publicInputs.with(1, true) },
		{ outputs: outputs.with(1, { public: encode(OUTPUT_SPEC, [7]) }) },
		{ outputs: outputs.with(0, { committed: word("13") }) },
		{ outputs: outputs.slice(1) },
		{ outputs: [] },
	]) {
		const failed = await failures(changes, several);
		assert.deepEqual(failed, ["context", "statement", "proof"], JSON.stringify(changes));
	}
	assert.deepEqual(await failures({ inputs: inputs.slice(1) }, several), ["statement", "proof"]);
	const [{ proof, inputs: given }] = proofs;
	const of = (list) => failures({ proofs: [{ proof, inputs: list }] }, several);
	assert.deepEqual(await of(swap(given, 0, 2)), ["input 1", "input 3"]);
	assert.deepEqual(await of(given.with(1, { committed: word("14") })), ["input 2"]);
	assert.deepEqual(await of(given.slice(1)), ["proof"]);
});
