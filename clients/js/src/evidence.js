// SPDX-License-Identifier: Apache-2.0
//! What a record rests on: taken off the chain once, checked without it.

import {
	extrinsicAt, formatSetup, inferencesIn, requestsIn, some, specOf, stateAt, versionOf,
} from "./chain.js";
import { verify } from "./snarkjs.js";
import {
	challenge, circuitHash, contextDigest, paramsDigest, statementId,
} from "./statement.js";
import { toScalar } from "./bytes.js";
import { chain, coefficients, commit, decode, digest, evaluate, Role } from "./tensor.js";

/** A tensor on chain in plain words: `{ public: hex }` or `{ committed: hex }`. */
function plainTensor(data) {
	return data.isPublic
		? { public: data.asPublic.toHex() }
		: { committed: data.asCommitted.toHex() };
}

/** A verifying key: its kind, and its bytes. */
function plainKey(key) {
	const kinds = { Plain: "plain", Rounds: "rounds", Committed: "committed" };
	const kind = kinds[key.type];
	if (kind === undefined) {
		throw new Error(`expected the key of a model, got one of kind ${key.type}`);
	}
	return { kind, key: key.inner.toHex() };
}

/** What a version's parameters are committed to by: a scalar, or a point. */
function plainParams(params) {
	return params.isPoint
		? { paramsPoint: params.asPoint.toHex() }
		: { declaredParams: params.asPoseidon.toHex() };
}

/** Block and extrinsic. */
const placeOf = ({ block, extrinsic }) => [block.toNumber(), extrinsic.toNumber()];

/** The inputs of each request in an extrinsic, for this model. */
async function askedAt(api, place, model) {
	const { method } = await extrinsicAt(api, ...placeOf(place));
	return requestsIn(method)
		.filter((request) => request.model.eq(model))
		.map(({ inputs }) => Array.from(inputs, plainTensor));
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
	const [block, index] = placeOf(record.proved);
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
	const carried = inferencesIn((await extrinsicAt(api, block, index)).method).filter(isOurs);
	const proofs = [];
	for (const { answer, submission } of carried) {
		const { proof } = answer ?? submission;
		const asked = answer
			? await askedAt(api, record.asked, record.model)
			: [Array.from(submission.inputs, plainTensor)];
		proofs.push(...asked.map((inputs) => ({
			proof: `0x${[proof.a, proof.b, proof.c].map((point) => point.toHex().slice(2)).join("")}`,
			commitments: proof.commitments.map((point) => point.toHex()),
			inputs,
		})));
	}
	return {
		statement: id.toLowerCase(),
		genesis: api.genesisHash.toHex(),
		circuit: circuit.toHex(),
		...plainKey(stored.key),
		...plainParams(description.params),
		paramsRange: record.paramsRange.isProved,
		inputSpecs: Array.from(description.inputs, ({ tensor }) => specOf(tensor)),
		outputSpecs: Array.from(description.outputs, ({ tensor }) => specOf(tensor)),
		model: record.model.toHex(),
		version: record.version.toNumber(),
		params: record.params.toHex(),
		inputs: Array.from(record.inputs, (digest) => digest.toHex()),
		publicInputs: Array.from(record.inputVisibilities, (seen) => seen.isPublic),
		outputs: Array.from(record.outputs, plainTensor),
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

/** What stands for a tensor in the statement: recomputed where its bytes are public. */
function digestOf(kind, role, spec, tensor) {
	if (tensor.committed) {
		return tensor.committed;
	}
	return kind === "plain"
		? commit(role, spec, decode(spec, tensor.public))
		: digest(role, spec, tensor.public);
}

/** What stands for all inputs, or all outputs; none if there are not as many as the version has. */
function digestsOf(kind, role, specs, tensors) {
	return tensors.length === specs.length
		? tensors.map((tensor, at) => digestOf(kind, role, specs[at], tensor))
		: [];
}

/**
 * The public inputs of a proof of the statement.
 *
 * @param {object} given the kind of the key, the specifications of all tensors, and the outputs
 * @param {object} statement
 * @param {{inputs: object[], commitments: string[]}} proof and what goes in
 */
export function publicInputs(given, statement, { inputs, commitments }) {
	const { kind, inputSpecs, outputSpecs, outputs } = given;
	const { params, ctx } = statement;
	if (kind === "plain") {
		return [params, chain(statement.inputs), chain(statement.outputs), ctx];
	}
	const id = statementId(statement);
	const challenges = commitments.map((_, i) =>
		challenge(statement, id, commitments.slice(0, i + 1)),
	);
	const polynomial = (role, spec, tensor) =>
		tensor.public
			? coefficients(role, spec, decode(spec, tensor.public))
			: [toScalar(tensor.committed)];
	const bind = (role, specs, tensors) =>
		evaluate(tensors.map((tensor, at) => polynomial(role, specs[at], tensor)), challenges.at(-1));
	return [
		...(kind === "committed" ? [] : [params]),
		bind(Role.input, inputSpecs, inputs),
		bind(Role.output, outputSpecs, outputs),
		ctx,
		...challenges,
	];
}

/**
 * Recomputes every hash of a record and has its proof verified by snarkjs, or, if its circuit has
 * commit rounds, by snarkjs's pairing. Asks nothing of a chain. Whether parameters that are a point are
 * in range is the chain's word here (`paramsRange`): the proof of it is in the extrinsic that registered
 * the version, for `verifyRange`.
 *
 * @param {Awaited<ReturnType<typeof fetchEvidence>>} evidence
 * @returns {Promise<{what: string, fine: boolean, words: string}[]>} one line a check
 */
export async function checkEvidence(evidence) {
	const { circuit, kind, key, model, version, params, inputs } = evidence;
	const checks = [];
	const same = (what, stated, computed) => {
		const fine = stated === computed;
		const words = fine ? "as recomputed here" : `expected ${computed}, got ${stated}`;
		checks.push({ what, fine, words });
	};
	const outputs = digestsOf(kind, Role.output, evidence.outputSpecs, evidence.outputs);
	const { genesis, beneficiary, expiry, action } = evidence;
	const publicOutputs = evidence.outputs.map((output) => output.public !== undefined);
	const context = { genesis, action, model, version, beneficiary, expiry, publicOutputs };
	const ctx = contextDigest({ ...context, publicInputs: evidence.publicInputs });
	const statement = { circuit, model, version, params, inputs, outputs, ctx };
	same("circuit", circuit, circuitHash(kind, key));
	const { paramsPoint } = evidence;
	same("parameters", params, paramsPoint ? paramsDigest(paramsPoint) : evidence.declaredParams);
	same("context", evidence.ctx, ctx);
	same("statement", evidence.statement, statementId(statement));

	let accepted;
	// Of what has another number of tensors there is no such proof.
	const known = outputs.length > 0 && inputs.length === evidence.inputSpecs.length;
	const candidates = evidence.proofs.filter((one) => known && one.inputs.length === inputs.length);
	for (const candidate of candidates) {
		const publics = publicInputs(evidence, statement, candidate);
		if (await verify(kind, key, publics, candidate, paramsPoint)) {
			accepted = candidate;
		}
	}
	if (accepted) {
		const computed = digestsOf(kind, Role.input, evidence.inputSpecs, accepted.inputs);
		inputs.forEach((stated, at) => {
			same(inputs.length > 1 ? `input ${at + 1}` : "input", stated, computed[at]);
		});
	}
	const words = accepted
		? "accepted by snarkjs"
		: `none of the extrinsic's ${evidence.proofs.length} proofs is accepted by snarkjs`;
	return [...checks, { what: "proof", fine: accepted !== undefined, words }];
}
