// SPDX-License-Identifier: Apache-2.0
//! Reads a chain with polkadot.js: no custom types, everything comes from the metadata.

import { connect as openSocket } from "node:net";

import { ApiPromise, WsProvider } from "@polkadot/api";

import { versionHash } from "./statement.js";
import { decode, reals } from "./tensor.js";
import { plain } from "./text.js";

/** How long a node may take to answer at first. */
const CONNECT_MS = 15_000;
/** Smallest units in one ZKML. */
const UNIT = 10n ** 12n;

/** Fails in one line where a provider would retry for ever. */
function reachable(url) {
	if (!URL.canParse(url) || !/^wss?:/.test(url)) {
		throw new Error(`expected a node's address as ws://host:port, got ${url}`);
	}
	const { hostname, port, protocol } = new URL(url);
	const host = hostname.replace(/^\[|\]$/g, "");
	return new Promise((resolve, reject) => {
		const socket = openSocket(Number(port || (protocol === "wss:" ? 443 : 80)), host);
		const end = (error) => {
			socket.destroy();
			return error ? reject(new Error(`no node answers at ${url}: ${error}`)) : resolve();
		};
		socket.setTimeout(CONNECT_MS, () => end("timed out"));
		socket.once("connect", () => end());
		socket.once("error", (error) => end(error.code ?? error.message));
	});
}

/** Waits for a promise, though not for ever. */
export function within(ms, promise, what) {
	let timer;
	const late = new Promise((_, reject) => {
		timer = setTimeout(() => reject(new Error(`${what} took longer than ${ms / 1000} s`)), ms);
	});
	return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/**
 * Connects to a node. Call `api.disconnect()` when done.
 * @param {string} url such as ws://127.0.0.1:9944
 * @returns {Promise<ApiPromise>}
 */
export async function connect(url) {
	await reachable(url);
	const provider = new WsProvider(url, 1000);
	try {
		const options = { provider, noInitWarn: true, throwOnConnect: true };
		const api = await within(CONNECT_MS, ApiPromise.create(options), `connecting to ${url}`);
		for (const section of ["modelRegistryApi", "inferenceApi"]) {
			if (!api.call[section]) {
				throw new Error(`the chain at ${url} has no runtime API ${section}`);
			}
		}
		return api;
	} catch (error) {
		await provider.disconnect();
		throw error;
	}
}

/**
 * Calls `look` with the state of each new best block until it returns something.
 *
 * @template T
 * @param {ApiPromise} api
 * @param {(at: object, number: number) => Promise<T | undefined>} look
 * @param {number} ms gives up after this long
 * @returns {Promise<T>}
 */
export async function until(api, look, ms) {
	let stop = () => {};
	let busy = false;
	let latest;
	const found = new Promise((resolve, reject) => {
		const onHead = async (head) => {
			// One look at a time, and always one at the last head: a chain may rest after it.
			latest = head;
			if (busy) {
				return;
			}
			busy = true;
			try {
				while (latest) {
					const { hash, number } = latest;
					latest = undefined;
					const result = await look(await api.at(hash), number.toNumber());
					if (result !== undefined) {
						resolve(result);
						return;
					}
				}
			} catch (error) {
				reject(error);
			} finally {
				busy = false;
			}
		};
		api.rpc.chain.subscribeNewHeads(onHead).then((unsubscribe) => {
			stop = unsubscribe;
		}, reject);
	});
	return within(ms, found, "waiting").finally(() => stop());
}

/** The value of an `Option`, or `undefined`. */
export function some(option) {
	return option.isSome ? option.unwrap() : undefined;
}

/** What a tensor's integers mean, as `tensor.js` takes it. */
function scalesOf(scales) {
	const one = ({ mantissa, shift }) => ({
		mantissa: mantissa.toNumber(),
		shift: shift.toNumber(),
	});
	if (scales.isPerTensor) {
		return one(scales.asPerTensor);
	}
	const { axis, scales: all } = scales.asPerAxis;
	return { axis: axis.toNumber(), scales: Array.from(all, one) };
}

/** A tensor's specification as `tensor.js` takes it. */
export function specOf(spec) {
	return {
		...scalesOf(spec.scales),
		dims: spec.dims.map((dim) => dim.toNumber()),
		bits: spec.bits.toNumber(),
		min: spec.min.toNumber(),
		max: spec.max.toNumber(),
	};
}

/** The elements of a public tensor; `undefined` if only its commitment is known. */
export function valuesOf(spec, data) {
	return data.isPublic ? decode(specOf(spec), data.asPublic.toU8a(true)) : undefined;
}

/**
 * The index of the output that a version's labels are of: the only one; or the first that is the index of
 * a class, else the first with an element for each label. -1 if there is none.
 */
export function labelled({ labels, outputs }) {
	const specs = Array.from(outputs, ({ tensor }) => specOf(tensor));
	const count = (spec) => spec.dims.reduce((n, dim) => n * dim, 1);
	if (specs.length === 1) {
		return 0;
	}
	const isClass = (spec) => count(spec) === 1 && spec.min === 0 && spec.max + 1 === labels.length;
	const index = specs.findIndex(isClass);
	return index >= 0 ? index : specs.findIndex((spec) => count(spec) === labels.length);
}

/**
 * An output in words: the class of which it is the index, or real numbers, the largest by name if
 * each has one. What numbers mean and what classes are called is the owner's word.
 */
export function formatOutput(spec, labels, values) {
	const names = Array.from(labels, formatText);
	const [value] = values;
	if (values.length === 1 && names.length > 1 && names[value] !== undefined) {
		return names[value];
	}
	const numbers = reals(spec, values);
	const words = numbers.map((number) => Number(number.toPrecision(6))).join(" ");
	if (values.length === 1 || names.length !== values.length) {
		return words;
	}
	return `${names[numbers.indexOf(Math.max(...numbers))]}, the largest of ${words}`;
}

/**
 * The version of a model that a request or record speaks of, as the chain knows it now or, if it was
 * removed since or another has its number, knew it at `block`. An owner could otherwise put other words,
 * labels say, under what was recorded before.
 */
export async function versionOf(api, { model, version, description }, block) {
	const find = async (at) => {
		const found = some(await at.call.modelRegistryApi.model(model));
		const info = found?.versions.find((one) => one.number.eq(version));
		const same = info && versionHash(info.description.toU8a()) === description.toHex();
		return same ? { model: found, info } : undefined;
	};
	const found =
		(await find(api)) ??
		(block === undefined ? undefined : await find(await stateAt(api, block)));
	if (!found) {
		throw new Error(`the chain knows no model ${model.toHex()} with a version ${version}`);
	}
	return found;
}

/** The state of a block by number. A node that prunes has the latest few hundred only. */
export async function stateAt(api, number) {
	return api.at(await api.rpc.chain.getBlockHash(number));
}

/** The events of one extrinsic. */
export async function eventsOf(api, block, extrinsic) {
	const at = await stateAt(api, block);
	return (await at.query.system.events())
		.filter(({ phase }) => phase.isApplyExtrinsic && phase.asApplyExtrinsic.eq(extrinsic))
		.map(({ event }) => event);
}

/** What an inference call carries, one entry a proof. */
function carriedBy({ section, method, args }) {
	if (section !== "inference") {
		return [];
	}
	switch (method) {
		case "answer":
			return [{ answer: args[0] }];
		case "answerBatch":
			return Array.from(args[0], (answer) => ({ answer }));
		case "submit":
			return [{ submission: args[0] }];
		case "submitBatch":
			return Array.from(args[0], (submission) => ({ submission }));
		default:
			return [];
	}
}

/** What `of` finds in a call and in the calls it carries, as batches and proxies do. */
function foundIn(call, of) {
	const calls = (value) => {
		if (value?.callIndex) {
			return foundIn(value, of);
		}
		return Array.isArray(value) ? value.flatMap(calls) : [];
	};
	return [...of(call), ...call.args.flatMap(calls)];
}

/**
 * Every answer and submission in a call and in the calls it carries.
 * @returns {{answer?: object, submission?: object}[]}
 */
export function inferencesIn(call) {
	return foundIn(call, carriedBy);
}

/**
 * Every request in a call and in the calls it carries.
 * @returns {{model: object, inputs: object}[]}
 */
export function requestsIn(call) {
	return foundIn(call, ({ section, method, args: [model, , inputs] }) =>
		section === "inference" && method === "request" ? [{ model, inputs }] : [],
	);
}

/** The extrinsic at an index of a block. */
export async function extrinsicAt(api, block, index) {
	const hash = await api.rpc.chain.getBlockHash(block);
	const { extrinsics } = (await api.rpc.chain.getBlock(hash)).block;
	if (index >= extrinsics.length) {
		throw new Error(`expected extrinsic ${index} in block ${block}, got ${extrinsics.length}`);
	}
	return extrinsics[index];
}

/** A balance as people write it. */
export function formatBalance(balance) {
	const units = balance.toBigInt();
	const digits = (units % UNIT).toString().padStart(12, "0").replace(/0+$/, "");
	return `${units / UNIT}${digits && `.${digits}`} ZKML`;
}

/** Who could have made a false proof, in the words of whoever published or registered. */
export function formatSetup({ level, by }) {
	return level.isSingleParty
		? `one party could forge it: ${by}, or whom ${by} trusts`
		: `ceremony ${level.asCeremony.toHex()}, as ${by} says: nobody could forge it if one contributor of each phase was honest`;
}

/** UTF-8 that came off the chain, made safe for a terminal. */
export function formatText(bytes) {
	return plain(new TextDecoder().decode(bytes.toU8a(true)));
}
