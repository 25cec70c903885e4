// SPDX-License-Identifier: Apache-2.0
//! What a chain recorded stands without the chain. ZKML_WS names a node with at least one record.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { connect } from "../../clients/js/src/chain.js";
import { checkEvidence, fetchEvidence } from "../../clients/js/src/evidence.js";
import { close } from "../../clients/js/src/snarkjs.js";
import { nodeUrl } from "./metadata.mjs";

const MOST = 20;

let api;
let statements;

before(async () => {
	api = await connect(nodeUrl());
	const keys = await api.query.inference.records.keys();
	statements = keys.slice(0, MOST).map(({ args: [statement] }) => statement.toHex());
	assert.ok(statements.length > 0, "expected a chain with a record, got one with none");
});
after(async () => {
	await api?.disconnect();
	await close();
});

/** Runs one of the client's commands to its end. */
function run(script, ...args) {
	const path = fileURLToPath(new URL(`../../clients/js/${script}`, import.meta.url));
	return spawnSync(process.execPath, [path, "--url", nodeUrl(), ...args], { encoding: "utf8" });
}

test("every record is verified again by snarkjs from what the chain stores", async () => {
	for (const statement of statements) {
		const checks = await checkEvidence(await fetchEvidence(api, statement));
		const failed = checks.filter(({ fine }) => !fine);
		assert.deepEqual(failed, [], statement);
	}
});

test("a record that names another payee or input is not", async () => {
	const zero = `0x${"00".repeat(32)}`;
	for (const statement of statements) {
		const evidence = await fetchEvidence(api, statement);
		for (const change of [{ beneficiary: zero }, { inputs: evidence.inputs.with(0, zero) }]) {
			const checks = await checkEvidence({ ...evidence, ...change });
			const proof = checks.find(({ what }) => what === "proof");
			assert.equal(proof.fine, false, `${statement} ${JSON.stringify(change)}`);
		}
	}
});

test("reverify says so in words and by its exit code", () => {
	const good = run("reverify.js", "--statement", statements[0]);
	assert.equal(good.status, 0, good.stderr);
	assert.match(good.stdout, /VERIFIED offline\n$/);
	const none = run("reverify.js", "--statement", `0x${"00".repeat(32)}`);
	assert.equal(none.status, 1);
	assert.match(none.stderr, /^error: the chain has no record 0x0+$/m);
});

test("watch-request shows the label of an answer, and refuses a request that is not there", async () => {
	const results = await api.query.inference.results.keys();
	assert.ok(results.length > 0, "expected an answered request, got none");
	const [{ args: [request] }] = results;
	const good = run("watch-request.js", "--request", request.toString());
	assert.equal(good.status, 0, good.stderr);
	assert.match(good.stdout, /proven label: /);
	const next = (await api.query.inference.nextRequest()).toString();
	const none = run("watch-request.js", "--request", next);
	assert.equal(none.status, 1);
	assert.match(none.stderr, /^error: expected a request below/m);
});
