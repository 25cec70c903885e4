// SPDX-License-Identifier: Apache-2.0
//! Words of others.

/**
 * Text of others as a terminal may show it: what moves its cursor, breaks a line or turns the order of letters
 * around is a question mark.
 * @param {string} text
 */
export function plain(text) {
	return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, "?");
}
