// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import test from "node:test";

const COMMAND = fileURLToPath(new URL("../../clients/js/src/command.js", import.meta.url));

test("whatever an error says, a command says it in one line that moves no cursor", () => {
	const words = "bad \u001b[2J\u202egnp\u2028 key\r\nsecond line";
	const script = `
		import { command } from ${JSON.stringify(COMMAND)};
		await command("usage", {}, async () => { throw new Error(${JSON.stringify(words)}); });
	`;
	const done = spawnSync(process.execPath, ["--input-type=module", "--eval", script]);
	assert.equal(done.stderr.toString(), "error: bad ?[2J?gnp? key?\n");
	assert.equal(done.status, 1);
});
