#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0

//! Makes the example consumer pallet listen to a model. Needs the sudo key, so this is for
//! development chains.

import { Keyring } from "@polkadot/api";

import { connect } from "./src/chain.js";
import { command } from "./src/command.js";

const USAGE = "usage: pin-consumer --model 0x.. [--url ws://127.0.0.1:9944]";

await command(USAGE, { url: "ws://127.0.0.1:9944", model: undefined }, async ({ url, model }) => {
	if (!/^0x[0-9a-f]{64}$/i.test(model ?? "")) {
		throw new Error(`--model: expected 0x and 64 hex digits, got ${model}`);
	}
	const api = await connect(url);
	try {
		const sudo = new Keyring({ type: "sr25519" }).addFromUri("//Alice");
		const call = api.tx.sorter.pin({ model, ceremony: null });
		await new Promise((done, failed) => {
			api.tx.sudo.sudo(call).signAndSend(sudo, ({ status, dispatchError }) => {
				if (dispatchError) failed(new Error(`refused: ${dispatchError.toString()}`));
				else if (status.isInBlock) done();
			}).catch(failed);
		});
		console.log(`the sorter listens to model ${model}`);
		return true;
	} finally {
		await api.disconnect();
	}
});
