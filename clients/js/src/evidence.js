// SPDX-License-Identifier: Apache-2.0
//! What a record rests on: taken off the chain once, checked without it.

import {
	extrinsicAt, formatSetup, inferencesIn, some, specOf, stateAt, versionOf,
} from "./chain.js";
import { verify } from "./snarkjs.js";
import { circuitHash, contextDigest, statementId } from "./statement.js";
import { commit, decode, Role } from "./tensor.js";

/** A tensor on chain in plain words: `{ public: hex }` or `{ committed: hex }`. */
function plainTensor(data) {
	return data.isPublic
		? { public: data.asPublic.toHex() }
		: { committed: data.asCommitted.toHex() };
}

/**
 * Reads a record, the model's description, the verifying key from storage, and the proofs in the
 * extrinsic that the record names.
 *
 * @param {import("@polkadot/api").ApiPromise} api
 * @param {string} id of the statement, in hex
 * @returns plain data: hex, numbers and text alone
 */
export async function fetchEvidence(api, id) {
	const record = some(await api.call.inferenceApi.record(id));
	if (!record) {
		throw new Error(`the chain has no record ${id}`);
	}
	const block = record.block.toNumber();
	const index = record.extrinsic.toNumber();
	const { description } = (await versionOf(api, record, block)).info;
	const { circuit } = description;
	const stored =
		some(await api.query.verifier.keys(circuit)) ??
		some(await (await stateAt(api, block)).query.verifier.keys(circuit));
	if (!stored) {
		throw new Error(`the chain has no key for circuit ${circuit.toHex()}`);
	}
	const { action } = record;
	const isOurs = ({ answer, submission }) =>
		answer
			? action.isAnswer && action.asAnswer.eq(answer.request)
			: action.isSubmit && action.asSubmit.eq(submission.nonce);
	const proofs = inferencesIn((await extrinsicAt(api, block, index)).method)
		.filter(isOurs)
		.map(({ answer, submission }) => ({
			proof: (answer ?? submission).proof.toHex(),
			input: submission && plainTensor(submission.input),
		}));
	return {
		statement: id.toLowerCase(),
		genesis: api.genesisHash.toHex(),
		circuit: circuit.toHex(),
		key: stored.key.toHex(),
		declaredParams: description.params.asPoseidon.toHex(),
		inputSpec: specOf(description.input),
		outputSpec: specOf(description.output),
		model: record.model.toHex(),
		version: record.version.toNumber(),
		params: record.params.toHex(),
		input: record.input.toHex(),
		output: plainTensor(record.output),
		ctx: record.ctx.toHex(),
		action: action.toHex(),
		beneficiary: record.beneficiary.toHex(),
		expiry: record.expiry.toNumber(),
		setup: formatSetup(record.setup),
		block,
		extrinsic: index,
		proofs,
	};
}

/** The commitment to a tensor: recomputed where its bytes are public. */
function commitmentOf(role, spec, tensor) {
	return tensor.public
		? commit(role, spec, decode(spec, tensor.public))
		: tensor.committed;
}

/**
 * Recomputes every hash of a record and has snarkjs verify its proof. Asks nothing of a chain.
 *
 * @param {Awaited<ReturnType<typeof fetchEvidence>>} evidence
 * @returns {Promise<{what: string, fine: boolean, words: string}[]>} one line a check
 */
export async function checkEvidence(evidence) {
	const { circuit, key, model, version, params, input, beneficiary, expiry, action } = evidence;
	const checks = [];
	const same = (what, stated, computed) => {
		const fine = stated === computed;
		const words = fine ? "as recomputed here" : `expected ${computed}, got ${stated}`;
		checks.push({ what, fine, words });
	};
	const output = commitmentOf(Role.output, evidence.outputSpec, evidence.output);
	const { genesis } = evidence;
	const ctx = contextDigest({ genesis, action, model, version, beneficiary, expiry });
	const statement = { circuit, model, version, params, input, output, ctx };
	same("circuit", circuit, circuitHash(key));
	same("parameters", params, evidence.declaredParams);
	same("context", evidence.ctx, ctx);
	same("statement", evidence.statement, statementId(statement));

	let accepted;
	for (const candidate of evidence.proofs) {
		if (await verify(key, [params, input, output, ctx], candidate.proof)) {
			accepted = candidate;
		}
	}
	if (accepted?.input) {
		same("input", input, commitmentOf(Role.input, evidence.inputSpec, accepted.input));
	}
	const words = accepted
		? "accepted by snarkjs"
		: `none of the extrinsic's ${evidence.proofs.length} proofs is accepted by snarkjs`;
	return [...checks, { what: "proof", fine: accepted !== undefined, words }];
}
