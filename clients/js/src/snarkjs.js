// SPDX-License-Identifier: Apache-2.0
//! Keys, proofs and public inputs: the chain's bytes to snarkjs's JSON and back.
//!
//! The chain writes points as EIP-197 does: coordinates of 32 bytes big-endian, G1 as `x, y`, G2
//! as `x.c1, x.c0, y.c1, y.c0` (imaginary part first). snarkjs writes decimal strings, real part
//! first, with a third coordinate that is 1 for every affine point.

import * as snarkjs from "snarkjs";

import { concat, Q, R, toBytes, toHex, toNumber, toScalar, toWord } from "./bytes.js";
import { circuitHash, rangeChallenge } from "./statement.js";

const WORD = 32;
const G1 = 2 * WORD;
const G2 = 4 * WORD;
const PROOF = 2 * G1 + G2;
/** alpha, beta, gamma, delta; the points for the public inputs follow. */
const KEY_HEAD = G1 + 3 * G2;

function readCoordinates(bytes) {
	const numbers = [];
	for (let i = 0; i < bytes.length; i += WORD) {
		const number = toNumber(bytes.subarray(i, i + WORD));
		if (number >= Q) {
			throw new Error(`expected a coordinate below q, got ${number}`);
		}
		numbers.push(number);
	}
	if (numbers.every((number) => number === 0n)) {
		throw new Error("expected an affine point, got the point at infinity");
	}
	return numbers.map(String);
}

function readG1(bytes) {
	const [x, y] = readCoordinates(bytes);
	return [x, y, "1"];
}

function readG2(bytes) {
	const [x1, x0, y1, y0] = readCoordinates(bytes);
	return [[x0, x1], [y0, y1], ["1", "0"]];
}

function writeCoordinate(text) {
	if (typeof text !== "string" || !/^[0-9]+$/.test(text) || BigInt(text) >= Q) {
		throw new Error(`expected a coordinate below q in decimal, got ${JSON.stringify(text)}`);
	}
	return toWord(BigInt(text));
}

function writePoint(point, third, coordinates) {
	if (JSON.stringify(point?.[2]) !== JSON.stringify(third) || point.length !== 3) {
		throw new Error(`expected an affine point, got ${JSON.stringify(point)}`);
	}
	return concat(...coordinates(point).map(writeCoordinate));
}

const writeG1 = (point) => writePoint(point, "1", ([x, y]) => [x, y]);
const writeG2 = (point) =>
	writePoint(point, ["1", "0"], ([[x0, x1], [y0, y1]]) => [x1, x0, y1, y0]);

/**
 * A proof of 256 bytes as snarkjs's JSON.
 * @param {Uint8Array | string} wire
 */
export function proofFromWire(wire) {
	const bytes = toBytes(wire);
	if (bytes.length !== PROOF) {
		throw new Error(`expected a proof of ${PROOF} bytes, got ${bytes.length}`);
	}
	return {
		pi_a: readG1(bytes.subarray(0, G1)),
		pi_b: readG2(bytes.subarray(G1, G1 + G2)),
		pi_c: readG1(bytes.subarray(G1 + G2)),
		protocol: "groth16",
		curve: "bn128",
	};
}

/**
 * snarkjs's proof as 256 bytes in hex.
 * @param {object} proof
 */
export function proofToWire({ pi_a, pi_b, pi_c }) {
	return toHex(concat(writeG1(pi_a), writeG2(pi_b), writeG1(pi_c)));
}

/**
 * A verifying key as snarkjs's JSON; 768 bytes for the four public inputs of a plain circuit.
 * @param {Uint8Array | string} wire
 */
export function keyFromWire(wire) {
	const bytes = toBytes(wire);
	const points = (bytes.length - KEY_HEAD) / G1;
	if (!Number.isInteger(points) || points < 1) {
		throw new Error(
			`expected a key of ${KEY_HEAD} bytes and ${G1} per point, got ${bytes.length} bytes`,
		);
	}
	const g2 = (i) => readG2(bytes.subarray(G1 + i * G2, G1 + (i + 1) * G2));
	const ic = (i) => readG1(bytes.subarray(KEY_HEAD + i * G1, KEY_HEAD + (i + 1) * G1));
	return {
		protocol: "groth16",
		curve: "bn128",
		nPublic: points - 1,
		vk_alpha_1: readG1(bytes.subarray(0, G1)),
		vk_beta_2: g2(0),
		vk_gamma_2: g2(1),
		vk_delta_2: g2(2),
		IC: Array.from({ length: points }, (_, i) => ic(i)),
	};
}

/**
 * snarkjs's verifying key as bytes in hex.
 * @param {object} key
 */
export function keyToWire(key) {
	if (key.IC.length !== key.nPublic + 1) {
		throw new Error(`expected ${key.nPublic + 1} points in IC, got ${key.IC.length}`);
	}
	const g2 = [key.vk_beta_2, key.vk_gamma_2, key.vk_delta_2].map(writeG2);
	return toHex(concat(writeG1(key.vk_alpha_1), ...g2, ...key.IC.map(writeG1)));
}

/**
 * Public inputs, 32 bytes each, as decimal strings.
 * @param {(Uint8Array | string)[]} scalars
 */
export function publicFromWire(scalars) {
	return scalars.map((scalar) => String(toScalar(scalar)));
}

/**
 * Decimal strings as scalars in hex.
 * @param {string[]} publics
 */
export function publicToWire(publics) {
	return publics.map((text) => {
		if (!/^[0-9]+$/.test(text) || BigInt(text) >= R) {
			throw new Error(`expected a scalar below r in decimal, got ${JSON.stringify(text)}`);
		}
		return toHex(toWord(BigInt(text)));
	});
}

/**
 * The verifying key of a circuit with commit rounds: alpha, beta, gamma, delta, then in SCALE the
 * rounds' deltas and the points for the public inputs.
 * @param {Uint8Array | string} wire
 */
export function roundsKeyFromWire(wire) {
	const bytes = toBytes(wire);
	let at = KEY_HEAD;
	// A count below 64 is one byte.
	const list = (size, read) => {
		const count = bytes[at] >> 2;
		at += 1;
		return Array.from({ length: count }, () => {
			at += size;
			return read(bytes.subarray(at - size, at));
		});
	};
	const rounds = list(G2, readG2);
	const ic = list(G1, readG1);
	if (at !== bytes.length) {
		throw new Error(`expected a key of ${at} bytes, got ${bytes.length}`);
	}
	const head = keyFromWire(concat(bytes.subarray(0, KEY_HEAD), ...ic.map(writeG1)));
	return { ...head, rounds };
}

/** Public inputs of an inference, and of a proof of range, under a key whose parameters are a point. */
const COMMITTED_INPUTS = 4;
const RANGE_INPUTS = 1;

/**
 * The verifying key of a circuit whose parameters are a point, 1664 bytes: alpha, beta, gamma, delta, the
 * deltas of round and parameters, the points for the public inputs; `range` is that of its range
 * circuit, with alpha, beta and gamma in common; `link` is what ties the two.
 * @param {Uint8Array | string} wire
 */
export function committedKeyFromWire(wire) {
	const bytes = toBytes(wire);
	let at = 0;
	const next = (size) => {
		at += size;
		return bytes.subarray(at - size, at);
	};
	const size = G1 * (1 + 1 + COMMITTED_INPUTS + 1 + RANGE_INPUTS) + 9 * G2;
	if (bytes.length !== size) {
		throw new Error(`expected a key of ${size} bytes, got ${bytes.length}`);
	}
	const [head, delta] = [next(G1 + 2 * G2), next(G2)];
	const [rounds, params] = [[readG2(next(G2))], readG2(next(G2))];
	const ic = next(G1 * (1 + COMMITTED_INPUTS));
	const rangeDelta = next(G2);
	const rangePoints = { rounds: [readG2(next(G2))], params: readG2(next(G2)) };
	const rangeIc = next(G1 * (1 + RANGE_INPUTS));
	return {
		...keyFromWire(concat(head, delta, ic)),
		rounds,
		params,
		range: { ...keyFromWire(concat(head, rangeDelta, rangeIc)), ...rangePoints },
		link: readG2(next(G2)),
	};
}

/** How a key of each kind is read. */
const KEYS = { plain: keyFromWire, rounds: roundsKeyFromWire, committed: committedKeyFromWire };

/** Reads JSON's points on a curve, and refuses what is not on it. */
function reader(group) {
	return (point) => {
		const found = group.fromObject(
			JSON.parse(JSON.stringify(point), (_, part) =>
				typeof part === "string" ? BigInt(part) : part,
			),
		);
		if (!group.isValid(found)) {
			throw new Error("expected a point on the curve, got one that is not");
		}
		return found;
	};
}

/**
 * Whether snarkjs's equation holds with the pairs of these points of G1 and of a key added to it.
 * @param {object} json the key
 * @param {string[]} scalars the public inputs
 * @param {Uint8Array | string} proof of 256 bytes
 * @param {[Uint8Array | string, object][]} more
 */
function holds(json, scalars, proof, more) {
	const { pi_a, pi_b, pi_c } = proofFromWire(proof);
	return withCurve(async (curve) => {
		const [g1, g2] = [reader(curve.G1), reader(curve.G2)];
		const terms = scalars.map((scalar, i) =>
			curve.G1.timesFr(g1(json.IC[i + 1]), curve.Fr.e(BigInt(scalar))),
		);
		const statement = terms.reduce((sum, term) => curve.G1.add(sum, term), g1(json.IC[0]));
		return curve.pairingEq(
			curve.G1.neg(g1(pi_a)),
			g2(pi_b),
			statement,
			g2(json.vk_gamma_2),
			g1(pi_c),
			g2(json.vk_delta_2),
			...more.flatMap(([point, delta]) => [g1(readG1(toBytes(point))), g2(delta)]),
			g1(json.vk_alpha_1),
			g2(json.vk_beta_2),
		);
	});
}

/** Each round's commitment with its delta. */
function pairs(rounds, commitments) {
	if (rounds.length !== commitments.length) {
		throw new Error(`expected ${rounds.length} commitments, got ${commitments.length}`);
	}
	return commitments.map((point, i) => [point, rounds[i]]);
}

/**
 * Whether snarkjs accepts a proof; everything is given as the chain's bytes. Never touches the
 * network. snarkjs knows neither commit rounds nor parameters that are a point: their pairings are added
 * to its equation here, over its arithmetic.
 *
 * @param {"plain" | "rounds" | "committed"} kind
 * @param {Uint8Array | string} key
 * @param {(Uint8Array | string)[]} publics
 * @param {{proof: Uint8Array | string, commitments?: (Uint8Array | string)[]}} proof
 * @param {Uint8Array | string} [params] the version's point, if its parameters are one
 * @returns {Promise<boolean>}
 */
export async function verify(kind, key, publics, { proof, commitments = [] }, params) {
	if ((params !== undefined) !== (kind === "committed")) {
		throw new Error(`expected ${kind === "committed" ? "a" : "no"} point for the parameters`);
	}
	const json = KEYS[kind](key);
	const { rounds = [] } = json;
	if (publics.length !== json.nPublic) {
		throw new Error(`expected ${json.nPublic} public inputs, got ${publics.length}`);
	}
	const scalars = publicFromWire(publics);
	const rest = pairs(rounds, commitments);
	if (kind === "plain") {
		return snarkjs.groth16.verify(json, scalars, proofFromWire(proof));
	}
	return holds(json, scalars, proof, params === undefined ? rest : [...rest, [params, json.params]]);
}

/**
 * Whether a proof shows that the parameters behind a point are in range: the proof of the range circuit,
 * and the link that says that both points hold the same.
 *
 * @param {Uint8Array | string} key of a circuit whose parameters are a point
 * @param {Uint8Array | string} params the version's point
 * @param {{params, link, proof, commitments}} range two points, a proof of 256 bytes and its commitment
 * @returns {Promise<boolean>}
 */
export async function verifyRange(key, params, range) {
	const { range: circuit, params: delta, link } = committedKeyFromWire(key);
	const challenge = rangeChallenge(circuitHash("committed", key), params, range);
	const more = [...pairs(circuit.rounds, range.commitments), [range.params, circuit.params]];
	const proved = await holds(circuit, publicFromWire([challenge]), range.proof, more);
	return proved && withCurve(async (curve) => {
		const [g1, g2] = [reader(curve.G1), reader(curve.G2)];
		const point = (wire) => g1(readG1(toBytes(wire)));
		return curve.pairingEq(
			point(params),
			g2(delta),
			point(range.params),
			g2(circuit.params),
			curve.G1.neg(point(range.link)),
			g2(link),
		);
	});
}

/**
 * Calls `use` with snarkjs's arithmetic of BN254.
 * @template T
 * @param {(curve: object) => T} use
 */
export async function withCurve(use) {
	return use(await snarkjs.curves.getCurveFromName("bn128"));
}

/** Ends snarkjs's worker threads, which would keep the process alive. */
export async function close() {
	await globalThis.curve_bn128?.terminate();
}
