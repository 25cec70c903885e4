// SPDX-License-Identifier: Apache-2.0
//! polkadot.js reads a running chain with no custom types: whatever the metadata lists is read.
//! ZKML_WS names the node.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { connect } from "../../clients/js/src/chain.js";
import { assertReads, checkType, hex, nodeUrl } from "./metadata.mjs";

/** The SDK's pallets. All others are ours, and a new one is too, until it stands here. */
const SDK = ["System", "Timestamp", "Aura", "Grandpa", "Balances", "TransactionPayment", "Sudo"];
const RUNTIME_APIS = ["ModelRegistryApi", "InferenceApi", "ProgramsApi"];
/** Blocks to look for events in, from the best one back. */
const BLOCKS = 250;
/** Storage keys asked for at once. */
const PAGE = 500;

const camelCase = (name) =>
	name.replace(/_(.)/g, (_, letter) => letter.toUpperCase()).replace(/^./, (c) => c.toLowerCase());

let api;
let metadata;
/** One block whose state everything is read from, so that new blocks do not disturb the tests. */
let block;
let state;
const seen = new Map();

before(async () => {
	api = await connect(nodeUrl());
	metadata = api.registry.metadata;
	block = await api.rpc.chain.getBlockHash();
	state = await api.at(block);
});
after(() => api?.disconnect());

/** The metadata of each of our pallets, and the name polkadot.js gives it. */
function pallets() {
	const all = metadata.pallets.map((pallet) => ({ pallet, name: pallet.name.toString() }));
	for (const name of SDK) {
		assert.ok(all.some((one) => one.name === name), `expected a pallet ${name} in the metadata`);
	}
	const ours = all.filter(({ name }) => !SDK.includes(name));
	assert.ok(ours.length > 0, "expected pallets of our own, got none");
	return ours.map((one) => ({ ...one, section: camelCase(one.name) }));
}

const check = (id) => checkType(api.registry, id, seen);

/** The variants of a pallet's error, event or call enum. */
function variants(option) {
	return option.isSome
		? api.registry.lookup.getSiType(option.unwrap().type).def.asVariant.variants
		: [];
}

/** Every key under a storage item. */
async function keysUnder(prefix) {
	const all = [];
	for (;;) {
		const page = await api.rpc.state.getKeysPaged.raw(prefix, PAGE, all.at(-1), block);
		all.push(...page);
		if (page.length < PAGE) {
			return all;
		}
	}
}

test("every pallet is there, and says what it is about", () => {
	for (const { pallet, name } of pallets()) {
		assert.ok(pallet.storage.isSome || pallet.calls.isSome, `${name} has neither state nor calls`);
		assert.ok(variants(pallet.calls).every(({ docs }) => docs.length > 0), `${name}: calls`);
	}
});

test("every storage item is read, to its last byte", async (t) => {
	for (const { pallet, name, section } of pallets()) {
		const items = pallet.storage.isSome ? pallet.storage.unwrap().items : [];
		const read = [];
		let entries = 0;
		for (const { name: item, type } of items) {
			const what = `${name}.${item}`;
			const query = api.query[section]?.[camelCase(item.toString())];
			assert.ok(query, `${what} is not decorated`);
			const value = type.isPlain ? type.asPlain : type.asMap.value;
			check(value);
			if (type.isMap) {
				check(type.asMap.key);
			}
			const at = state.query[section][camelCase(item.toString())];
			const decoded = type.isPlain ? [await at()] : await at.entries();
			const keys = await keysUnder(type.isPlain ? query.key() : query.keyPrefix());
			if (type.isMap) {
				assert.equal(decoded.length, keys.length, what);
				decoded.forEach(([key]) => assert.ok(key.args.length > 0, `${what}: key not read`));
			}
			for (const key of keys) {
				const raw = await api.rpc.state.getStorage.raw(key, block);
				assertReads(api.registry, value, Buffer.from(raw.slice(2), "hex"), what);
			}
			entries += keys.length;
			read.push(item.toString());
		}
		assert.deepEqual(read, items.map(({ name: item }) => item.toString()));
		t.diagnostic(`${name}: ${read.length} items, ${entries} entries: ${read.join(", ")}`);
	}
});

test("every call, event and error is read, in each of its variants", (t) => {
	for (const { pallet, name, section } of pallets()) {
		for (const kind of ["calls", "events", "errors"]) {
			const option = pallet[kind];
			if (option.isNone) {
				continue;
			}
			check(option.unwrap().type);
			const listed = variants(option);
			const decorated = { calls: api.tx, events: api.events, errors: api.errors }[kind][section];
			for (const variant of listed) {
				const raw = variant.name.toString();
				assert.ok(decorated?.[kind === "calls" ? camelCase(raw) : raw], `${name}.${raw}`);
			}
			t.diagnostic(`${name}: ${listed.length} ${kind}`);
		}
	}
});

test("every error is found by its number, with its reason", () => {
	for (const { pallet, name, section } of pallets()) {
		for (const { index, name: error, docs } of variants(pallet.errors)) {
			const bytes = Uint8Array.of(index.toNumber(), 0, 0, 0);
			const found = api.registry.findMetaError({ index: pallet.index, error: bytes });
			assert.deepEqual([found.section, found.name], [section, error.toString()]);
			assert.ok(docs.join("").trim(), `${name}.${error} has no reason`);
		}
	}
});

test("every constant is read, to its last byte", (t) => {
	for (const { pallet, name, section } of pallets()) {
		for (const { name: constant, type, value } of pallet.constants) {
			const what = `${name}.${constant}`;
			check(type);
			const read = api.consts[section]?.[camelCase(constant.toString())];
			assert.ok(read, `${what} is not decorated`);
			assertReads(api.registry, type, value.toU8a(true), what);
			assert.equal(hex(read.toU8a()), hex(value.toU8a(true)), what);
		}
		t.diagnostic(`${name}: ${pallet.constants.length} constants`);
	}
});

test("every event of the latest blocks is read", async (t) => {
	const best = (await api.rpc.chain.getHeader(block)).number.toNumber();
	const counts = {};
	const ours = pallets().map(({ section }) => section);
	for (let number = best; number > Math.max(0, best - BLOCKS); number -= 1) {
		const at = await api.at(await api.rpc.chain.getBlockHash(number));
		for (const { event } of await at.query.system.events()) {
			if (ours.includes(event.section)) {
				const name = `${event.section}.${event.method}`;
				counts[name] = (counts[name] ?? 0) + 1;
			}
		}
	}
	t.diagnostic(`read: ${JSON.stringify(counts)}`);
});

/** Real arguments for the runtime APIs, where the chain's state has them. */
async function argumentsInState() {
	const first = async (query) => (await query.entries())[0];
	const [circuit] = (await first(state.query.modelRegistry.circuits)) ?? [];
	const [model] = (await first(state.query.modelRegistry.models)) ?? [];
	const [record] = (await first(state.query.inference.records)) ?? [];
	const [result] = (await first(state.query.inference.results)) ?? [];
	const [open] = (await first(state.query.inference.requests)) ?? [];
	const args = {
		"ModelRegistryApi.circuit": circuit && [circuit.args[0]],
		"ModelRegistryApi.model": model && [model.args[0]],
		"ModelRegistryApi.models": [null, 100],
		"InferenceApi.open_requests": [null, 100],
		"InferenceApi.deposit_for": [[
			"Input",
			{ Record: { inputs: 1, outputs: [{ Public: "0x80" }] } },
		]],
		"InferenceApi.record": record && [record.args[0]],
		"InferenceApi.result": result && [result.args[0]],
		"InferenceApi.request": open && [open.args[0]],
	};
	return Object.fromEntries(Object.entries(args).filter(([, value]) => value));
}

test("every method of the runtime APIs answers and is read, to its last byte", async (t) => {
	const known = await argumentsInState();
	const listed = [];
	for (const name of RUNTIME_APIS) {
		const found = metadata.apis.find((one) => one.name.eq(name));
		assert.ok(found, `expected a runtime API ${name} in the metadata`);
		assert.ok(found.methods.length > 0, `${name} has no methods`);
		for (const { name: method, inputs, output } of found.methods) {
			const what = `${name}.${method}`;
			const call = state.call[camelCase(name)]?.[camelCase(method.toString())];
			assert.ok(call, `${what} is not decorated`);
			check(output);
			const samples = inputs.map(({ type }) => check(type));
			const lookup = ({ type }) => api.registry.createLookupType(type);
			const typed = inputs.map((input, i) =>
				api.registry.createType(lookup(input), known[what]?.[i] ?? samples[i]),
			);
			const decoded = await call(...typed);
			const encoded = hex(Buffer.concat(typed.map((one) => one.toU8a())));
			const raw = await api.rpc.state.call.raw(`${name}_${method}`, encoded, block);
			const bytes = Uint8Array.from(Buffer.from(raw.slice(2), "hex"));
			assertReads(api.registry, output, bytes, what);
			assert.equal(hex(decoded.toU8a()), raw, what);
			if (known[what] && decoded.isNone !== undefined) {
				assert.ok(decoded.isSome, `${what} does not know what storage holds`);
			}
			listed.push(`${what}${known[what] ? " (from state)" : ""}`);
		}
	}
	t.diagnostic(`read: ${listed.join(", ")}`);
});
