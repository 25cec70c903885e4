// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { test } from "node:test";

import { publicInputs } from "../../clients/js/src/evidence.js";
import { contextDigest, statementId } from "../../clients/js/src/statement.js";
import {
	chain, coefficients, commit, decode, digest, evaluate, Role,
} from "../../clients/js/src/tensor.js";
import { vectors } from "./vectors.mjs";

const cases = vectors("statements");

const spec = ({ dims, bits }) => ({ dims, bits });
const seen = (tensors) => tensors.map((tensor) => tensor.public !== undefined);

test("there are statements of one to eight tensors under keys of each kind", () => {
	assert.ok(cases.length >= 20, `expected at least 20 statements, got ${cases.length}`);
	const kinds = cases.map(({ kind, commitments }) => `${kind} ${commitments.length}`);
	assert.deepEqual(
		new Set(kinds),
		new Set(["plain 0", "rounds 1", "rounds 2", "committed 1"]),
	);
	const counts = new Set(cases.flatMap(({ inputs, outputs }) => [inputs.length, outputs.length]));
	assert.ok(counts.has(1) && counts.has(8), `${[...counts]}`);
	const all = cases.flatMap(({ inputs, outputs }) => [...seen(inputs), ...seen(outputs)]);
	assert.deepEqual(new Set(all), new Set([true, false]));
});

test("digests, contexts, ids and public inputs equal those of the chain's own implementation", () => {
	for (const one of cases) {
		const { kind, inputs, outputs, commitments } = one;
		const digests = (role, tensors) =>
			tensors.map((tensor) => {
				if (tensor.committed) {
					return tensor.committed;
				}
				return kind === "plain"
					? commit(role, spec(tensor), decode(spec(tensor), tensor.public))
					: digest(role, spec(tensor), tensor.public);
			});
		assert.deepEqual(digests(Role.input, inputs), one.inputDigests);
		assert.deepEqual(digests(Role.output, outputs), one.outputDigests);
		const shown = { publicInputs: seen(inputs), publicOutputs: seen(outputs) };
		assert.equal(contextDigest({ ...one, ...shown }), one.ctx);
		const statement = { ...one, inputs: one.inputDigests, outputs: one.outputDigests };
		assert.equal(statementId(statement), one.statement);
		const given = {
			kind,
			inputSpecs: inputs.map(spec),
			outputSpecs: outputs.map(spec),
			outputs,
		};
		const publics = publicInputs(given, statement, { inputs, commitments });
		assert.deepEqual(publics, one.publicInputs, `${kind} ${commitments.length}`);
	}
});

test("the chain and the evaluation tell places and numbers apart", () => {
	const [a, b, c] = [1, 2, 3].map((byte) => `0x${`0${byte}`.repeat(32)}`);
	assert.equal(chain([a]), a);
	const chains = [[a, b, c], [b, a, c], [a, c, b], [a, b], [chain([a, b]), a]].map(chain);
	assert.equal(new Set(chains).size, chains.length);
	const tensor = coefficients(Role.input, { dims: [2], bits: 8 }, [1, 2]);
	const other = coefficients(Role.input, { dims: [2], bits: 8 }, [2, 1]);
	const hidden = [BigInt(a)];
	assert.equal(evaluate([hidden], b), a);
	const lists = [
		[tensor, other], [other, tensor], [tensor], [other], [tensor, hidden], [hidden, tensor],
		[tensor, other, hidden], [tensor, tensor],
	];
	const values = lists.map((list) => evaluate(list, c));
	assert.equal(new Set(values).size, values.length);
});

test("a tensor of 256 KiB has a digest and a length of four bytes", () => {
	const long = { dims: [256, 1024], bits: 8 };
	const bytes = new Uint8Array(256 * 1024).fill(128);
	const short = new Uint8Array(16_383);
	const values = [
		digest(Role.input, long, bytes),
		digest(Role.input, long, bytes.with(7, 1)),
		digest(Role.input, { dims: [16_383], bits: 8 }, short),
		digest(Role.input, { dims: [16_384], bits: 8 }, new Uint8Array(16_384)),
	];
	assert.equal(new Set(values).size, values.length);
	// What the chain's own implementation gives.
	assert.equal(values[0], "0x00e51a77495a0f1453c42a052ae2c49f65c28e16582cb5f9d656ef67a5815bba");
});
