// SPDX-License-Identifier: Apache-2.0
//! What the commands of this folder share: arguments, one-line errors, exit codes.

import { parseArgs } from "node:util";

import { plain } from "./text.js";

/**
 * Runs a command: reads `--name value` arguments, prints a failure in one line, sets the exit code.
 *
 * @param {string} usage
 * @param {Record<string, string | undefined>} defaults by name; `undefined` makes it mandatory
 * @param {(args: Record<string, string>) => Promise<boolean>} main whether all is well
 */
export async function command(usage, defaults, main) {
	try {
		const options = Object.fromEntries(
			Object.entries(defaults).map(([name, value]) => [
				name,
				value === undefined ? { type: "string" } : { type: "string", default: value },
			]),
		);
		options.help = { type: "boolean", short: "h" };
		const { values } = parseArgs({ options });
		if (values.help) {
			console.log(usage);
			return;
		}
		const missing = Object.keys(defaults).find((name) => values[name] === undefined);
		if (missing) {
			throw new Error(`expected --${missing}; ${usage}`);
		}
		process.exitCode = (await main(values)) ? 0 : 1;
	} catch (error) {
		// A node's words may be in it.
		console.error(`error: ${plain(String(error.message ?? error).split("\n")[0])}`);
		process.exitCode = 1;
	}
}

/**
 * A whole number argument.
 * @param {string} name
 * @param {string} text
 */
export function wholeNumber(name, text) {
	if (!/^[0-9]{1,15}$/.test(text)) {
		throw new Error(`expected --${name} to be a whole number, got ${text}`);
	}
	return Number(text);
}

/**
 * An argument of 32 bytes in hex.
 * @param {string} name
 * @param {string} text
 */
export function hash(name, text) {
	if (!/^0x[0-9a-f]{64}$/i.test(text)) {
		throw new Error(`expected --${name} to be 0x and 64 hex digits, got ${text}`);
	}
	return text.toLowerCase();
}

/** Lines of `name  value`, aligned. */
export function table(rows) {
	const width = Math.max(...rows.map(([name]) => name.length));
	return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
}
