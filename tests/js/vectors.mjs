// SPDX-License-Identifier: Apache-2.0
//! Reads the vectors that this repository's implementations share.

import { readFileSync } from "node:fs";

/** A file of `tests/vectors`. */
export function vectors(name) {
	const path = new URL(`../vectors/${name}.json`, import.meta.url);
	try {
		return JSON.parse(readFileSync(path, "utf8"));
	} catch (error) {
		throw new Error(`expected vectors in ${path.pathname}: ${error.message}`);
	}
}
