// SPDX-License-Identifier: Apache-2.0
//! What everybody writes with polkadot.js, on a node that seals at once. ZKML_WS names the node.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Keyring } from "../../clients/js/node_modules/@polkadot/api/index.js";
import { connect } from "../../clients/js/src/chain.js";
import { nodeUrl } from "./metadata.mjs";

/** Long enough for any machine; what hangs, hangs for ever. */
const PATIENCE = { timeout: 60_000 };

let api;
let alice;

before(async () => {
	api = await connect(nodeUrl());
	alice = new Keyring({ type: "sr25519" }).addFromUri("//Alice");
});
after(() => api?.disconnect());

/** Signs, sends, and calls `each` with every status until it says that this is enough. */
function send(nonce, each) {
	return new Promise((done, failed) => {
		api.tx.system.remark("0x00")
			.signAndSend(alice, { nonce }, ({ status, dispatchError }) => {
				if (dispatchError) failed(new Error(dispatchError.toString()));
				else if (each(status)) done();
			})
			.catch(failed);
	});
}

const blockOf = async (hash) => (await api.rpc.chain.getHeader(hash)).number.toNumber();

test("a transaction is in a block, one after the other", PATIENCE, async () => {
	for (let round = 0; round < 5; round += 1) {
		await send(-1, (status) => status.isInBlock);
	}
});

test("it is final after that, in a burst too, and the blocks in their order", PATIENCE, async () => {
	const start = (await api.rpc.system.accountNextIndex(alice.address)).toNumber();
	const seen = Array.from({ length: 20 }, () => []);
	await Promise.all(seen.map((statuses, index) => send(start + index, (status) => {
		statuses.push(status);
		return status.isFinalized;
	})));
	let last = 0;
	for (const statuses of seen) {
		const types = statuses.map(({ type }) => type);
		const [included, final] = ["InBlock", "Finalized"].map((type) => types.indexOf(type));
		assert.ok(included >= 0 && included < final, `expected in a block, then final: ${types}`);
		const number = await blockOf(statuses[final].asFinalized);
		assert.ok(number >= last, `block ${number} came after block ${last}`);
		last = number;
	}
	const finalized = await blockOf(await api.rpc.chain.getFinalizedHead());
	assert.ok(finalized >= last, `block ${last} is final, and ${finalized} the last such`);
});

test("the clock of the chain is the clock of the world, however many blocks come", PATIENCE, async () => {
	const now = async () => (await api.query.timestamp.now()).toNumber();
	let last = 0;
	for (let block = 0; block < 10; block += 1) {
		const before = Date.now();
		await send(-1, (status) => status.isInBlock);
		const time = await now();
		assert.ok(time >= last, `the clock went back from ${last} to ${time}`);
		assert.ok(time >= before && time <= Date.now(), `block of ${time}, sent at ${before}`);
		last = time;
	}
});
