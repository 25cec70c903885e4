#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0

//! Makes the example consumer pallet listen to a model, by one circuit and one set of parameters alone.
//! Needs the sudo key, so this is for development chains.
//!
//! The circuit is yours to name: its hash is the hash of a key, and you know who made that, or have
//! checked the transcript of its ceremony (`zkml ceremony verify` prints the hash). What publishers say
//! of setups is not looked at.

import { Keyring } from "@polkadot/api";

import { connect, some } from "./src/chain.js";
import { command, hash } from "./src/command.js";
import { paramsDigest } from "./src/statement.js";

const USAGE = "usage: pin-consumer --model 0x.. --circuit 0x.. [--url ws://127.0.0.1:9944]";

/** The parameters of the model's latest version on this circuit. */
async function paramsOf(api, model, circuit) {
	const found = some(await api.call.modelRegistryApi.model(model));
	if (!found) {
		throw new Error(`the chain has no model ${model}`);
	}
	const versions = Array.from(found.versions, ({ description }) => description);
	const version = versions.findLast((one) => one.circuit.toHex() === circuit);
	if (!version) {
		const got = versions.map((one) => one.circuit.toHex()).join(", ");
		throw new Error(`expected a version of the model on circuit ${circuit}, got ${got}`);
	}
	const { params } = version;
	return params.isPoint ? paramsDigest(params.asPoint.toHex()) : params.asPoseidon.toHex();
}

const options = { url: "ws://127.0.0.1:9944", model: undefined, circuit: undefined };
await command(USAGE, options, async ({ url, ...given }) => {
	const [model, circuit] = ["model", "circuit"].map((name) => hash(name, given[name]));
	const api = await connect(url);
	try {
		const params = await paramsOf(api, model, circuit);
		const sudo = new Keyring({ type: "sr25519" }).addFromUri("//Alice");
		const call = api.tx.sorter.pin({ model, circuit, params });
		await new Promise((done, failed) => {
			api.tx.sudo.sudo(call).signAndSend(sudo, ({ status, dispatchError }) => {
				if (dispatchError) failed(new Error(`refused: ${dispatchError.toString()}`));
				else if (status.isInBlock) done();
			}).catch(failed);
		});
		console.log(`the sorter listens to model ${model}`);
		console.log(`  by circuit     ${circuit}`);
		console.log(`  and parameters ${params}`);
		return true;
	} finally {
		await api.disconnect();
	}
});
