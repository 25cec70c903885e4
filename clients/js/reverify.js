#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
//! Takes a record, the proof and the key off a chain, and checks them again without it: every hash
//! is recomputed here, the proof is verified by snarkjs.

import { connect } from "./src/chain.js";
import { command, table } from "./src/command.js";
import { checkEvidence, fetchEvidence } from "./src/evidence.js";
import { close } from "./src/snarkjs.js";

const USAGE = "usage: reverify --statement 0x.. [--url ws://127.0.0.1:9944]";

await command(
	USAGE,
	{ url: "ws://127.0.0.1:9944", statement: undefined },
	async ({ url, statement }) => {
		if (!/^0x[0-9a-f]{64}$/i.test(statement)) {
			throw new Error(`expected --statement to be 0x and 64 hex digits, got ${statement}`);
		}
		const api = await connect(url);
		let evidence;
		try {
			evidence = await fetchEvidence(api, statement);
		} finally {
			await api.disconnect();
		}
		// From here on nothing is asked of the chain.
		let checks;
		try {
			checks = await checkEvidence(evidence);
		} finally {
			await close();
		}
		const { block, extrinsic, setup, paramsRange } = evidence;
		const rows = [
			["record", `${statement}, block ${block}, extrinsic ${extrinsic}`],
			...checks.map(({ what, fine, words }) => [what, `${fine ? "ok" : "FAILED"}: ${words}`]),
			["ranges", paramsRange ? "parameters in range" : "NOT PROVED for the parameters"],
			["setup", setup],
		];
		console.log(table(rows).join("\n"));
		const sound = checks.every(({ fine }) => fine);
		console.log(sound ? "VERIFIED offline" : "NOT VERIFIED");
		return sound;
	},
);
