#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
//! Waits for the answer to a request, then shows model, request and record, and the digit beside
//! the label that was proven for it.

import {
	connect, eventsOf, formatBalance, formatOutput, formatSetup, formatText, labelled, some, specOf,
	stateAt, until, valuesOf, versionOf,
} from "./src/chain.js";
import { command, table, wholeNumber } from "./src/command.js";
import { beside, draw } from "./src/digit.js";

const USAGE = "usage: watch-request --request N [--url ws://127.0.0.1:9944] [--timeout SECONDS]";

/** The request and the record that answers it. */
async function answered(api, number, seconds) {
	let request;
	const look = async (at, block) => {
		request = some(await at.call.inferenceApi.request(number)) ?? request;
		const result = some(await at.call.inferenceApi.result(number));
		if (result) {
			return result;
		}
		const next = await at.query.inference.nextRequest();
		if (next.toBigInt() <= BigInt(number)) {
			throw new Error(`expected a request below ${next}, got ${number}`);
		}
		if (!request) {
			throw new Error(`request ${number} was neither answered nor is it open: it was refunded`);
		}
		if (request.expiry.toNumber() < block) {
			throw new Error(`request ${number} expired at block ${request.expiry} unanswered`);
		}
		return undefined;
	};
	const [statement, record] = await until(api, look, 1000 * seconds);
	if (!request) {
		// Answered before this command began: the request is in the state just before.
		const before = await stateAt(api, record.proved.block.toNumber() - 1);
		request = some(await before.call.inferenceApi.request(number));
	}
	return { request, statement, record };
}

/** What the record says came out at this place: a class by name, or numbers. */
function outcome({ description }, outputs, at) {
	const { tensor } = description.outputs[at];
	const values = valuesOf(tensor, outputs[at]);
	if (!values) {
		return `private, committed as ${outputs[at].asCommitted.toHex()}`;
	}
	const labels = at === labelled(description) ? description.labels : [];
	return formatOutput(specOf(tensor), labels, values);
}

/** The first input that is public and square, as a picture. */
function picture({ description }, inputs) {
	for (const [at, { tensor }] of description.inputs.entries()) {
		const values = inputs && valuesOf(tensor, inputs[at]);
		const width = Math.sqrt(values?.length ?? 0);
		if (values && width >= 2 && Number.isInteger(width)) {
			const { min, max } = specOf(tensor);
			return draw(values, { width, min, max });
		}
	}
	return undefined;
}

/** One row for each, by its name if there are several. */
function rowsOf(what, described, word) {
	return Array.from(described, ({ name }, at) => [
		described.length > 1 ? `  ${what} ${formatText(name)}` : `  ${what}`,
		word(at),
	]);
}

await command(
	USAGE,
	{ url: "ws://127.0.0.1:9944", request: undefined, timeout: "120" },
	async ({ url, request: text, timeout }) => {
		const number = wholeNumber("request", text);
		const seconds = wholeNumber("timeout", timeout);
		const api = await connect(url);
		try {
			const { request, statement, record } = await answered(api, number, seconds);
			const block = record.proved.block.toNumber();
			const { model, info } = await versionOf(api, record, block);
			const { inputs, outputs } = info.description;
			const labels = Array.from(outputs, (_, at) => outcome(info, record.outputs, at));
			const claim = formatText(info.description.accuracy);
			const rows = [
				["model", model.id.toHex()],
				["  version", `${info.number}, ${info.status.type}`],
				["  owner", model.owner],
				["  parameters", `${info.description.visibility.type}, committed as ${record.params.toHex()}`],
				...(claim ? [["  accuracy", `${claim} (the owner's word)`]] : []),
				["request", number],
				["  asked by", request?.requester ?? "(in the same block)"],
				["  price", request ? formatBalance(request.price) : "(in the same block)"],
				["record", statement.toHex()],
				["  answered by", record.beneficiary],
				...rowsOf("input", inputs, (at) => record.inputs[at].toHex()),
				...rowsOf("output", outputs, (at) => labels[at]),
				["  at", `block ${block}, extrinsic ${record.proved.extrinsic}`],
				["  setup", formatSetup(record.setup)],
			];
			const events = await eventsOf(api, block, record.proved.extrinsic);
			for (const { section, method, data } of events) {
				if (["inference", "sorter"].includes(section)) {
					rows.push([`event ${section}.${method}`, JSON.stringify(data.toHuman())]);
				}
			}
			console.log(table(rows.map(([name, value]) => [name, String(value)])).join("\n"));
			const image = picture(info, request?.inputs);
			const verdict = [`proven label: ${labels.join("; ")}`];
			console.log(`\n${(image ? beside(image, verdict) : verdict).join("\n")}`);
			return true;
		} finally {
			await api.disconnect();
		}
	},
);
