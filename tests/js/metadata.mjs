// SPDX-License-Identifier: Apache-2.0
//! Shows that polkadot.js understands every type of a chain's metadata.

import assert from "node:assert/strict";

/** The node that the tests speak to. */
export function nodeUrl() {
	const url = process.env.ZKML_WS;
	assert.ok(url, "expected the address of a running node in ZKML_WS, such as ws://127.0.0.1:9944");
	return url;
}

/** The types that a type is made of, by id. */
function children(def) {
	if (def.isComposite) {
		return def.asComposite.fields.map(({ type }) => type);
	}
	if (def.isVariant) {
		return def.asVariant.variants.flatMap(({ fields }) => fields.map(({ type }) => type));
	}
	if (def.isSequence) {
		return [def.asSequence.type];
	}
	if (def.isArray) {
		return [def.asArray.type];
	}
	if (def.isTuple) {
		return [...def.asTuple];
	}
	return def.isCompact ? [def.asCompact.type] : [];
}

/** Whether a type is bytes of any length, alone or in a wrapper such as a bounded vector. */
function isBytes(registry, id) {
	const { def } = registry.lookup.getSiType(id);
	const [inner, ...rest] = children(def);
	if (def.isComposite) {
		return inner !== undefined && rest.length === 0 && isBytes(registry, inner);
	}
	if (def.isPrimitive) {
		return def.asPrimitive.isStr;
	}
	const element = def.isSequence && registry.lookup.getSiType(inner).def;
	return element && element.isPrimitive && element.asPrimitive.isU8;
}

/** A value is known by its type: bytes without a meaning are no answer. */
function assertKnown(registry, id, value, what) {
	const raw = value.toRawType();
	assert.notEqual(raw, "Raw", `${what} is opaque`);
	assert.notEqual(raw, "DoNotConstruct", `${what} cannot be read`);
	if (raw === "Bytes") {
		assert.ok(isBytes(registry, id), `${what} is read as bytes, though it is more than that`);
	}
}

/** Re-encoding a decoded value gives the bytes it was read from, none left over. */
export function assertReads(registry, id, bytes, what) {
	const value = registry.createType(registry.createLookupType(id), bytes);
	assertKnown(registry, id, value, what);
	assert.equal(hex(value.toU8a()), hex(bytes), `${what} changes when it is read and written`);
	return value;
}

/** Hex of bytes. */
export function hex(bytes) {
	return `0x${Buffer.from(bytes).toString("hex")}`;
}

/**
 * Checks a type and every type below it: it can be made, it is not opaque, and it survives being
 * written and read; of an enum, each variant.
 *
 * @param {object} registry
 * @param {number} id of the type
 * @param {Map<number, Uint8Array>} seen ids checked before, with a sample each
 * @returns {Uint8Array} a sample of the type
 */
export function checkType(registry, id, seen) {
	const number = Number(id);
	if (seen.has(number)) {
		return seen.get(number);
	}
	const name = registry.createLookupType(number);
	const what = `type ${number} (${registry.lookup.getTypeDef(number).type})`;
	const sample = registry.createType(name).toU8a();
	seen.set(number, sample);
	assertReads(registry, number, sample, what);
	const { def } = registry.lookup.getSiType(number);
	children(def).forEach((child) => checkType(registry, child, seen));
	for (const variant of def.isVariant ? def.asVariant.variants : []) {
		const fields = variant.fields.map(({ type }) => checkType(registry, type, seen));
		const bytes = Buffer.concat([Buffer.of(variant.index.toNumber()), ...fields]);
		assertReads(registry, number, Uint8Array.from(bytes), `${what}, variant ${variant.name}`);
	}
	return sample;
}
