// SPDX-License-Identifier: Apache-2.0
//! A verifying key whose secrets are known, so that a proof of any statement can be made up. For
//! tests of whatever stands behind a proof, and for nothing else.

import { proofToWire, keyToWire, withCurve } from "../../clients/js/src/snarkjs.js";

/** The key's secrets; any numbers do. */
const [ALPHA, BETA, DELTA, A, B] = [3n, 5n, 7n, 11n, 13n];
const IC = [17n, 19n, 23n, 29n, 31n];

/** The key, and a function that makes an accepting proof for any four public inputs. */
export function trapdoor() {
	return withCurve(({ G1, G2, Fr }) => {
		const json = (group, scalar) => {
			const point = group.toObject(group.toAffine(group.timesFr(group.g, Fr.e(scalar))));
			return JSON.parse(
				JSON.stringify(point, (_, value) => (typeof value === "bigint" ? `${value}` : value)),
			);
		};
		const key = keyToWire({
			nPublic: IC.length - 1,
			vk_alpha_1: json(G1, ALPHA),
			vk_beta_2: json(G2, BETA),
			vk_gamma_2: json(G2, 1n),
			vk_delta_2: json(G2, DELTA),
			IC: IC.map((scalar) => json(G1, scalar)),
		});
		// The equation is ab = alpha beta + sum of inputs + delta c, in the exponent.
		const prove = (publics) => {
			const inputs = [1n, ...publics.map(BigInt)];
			const sum = inputs.reduce((acc, x, i) => Fr.add(acc, Fr.mul(Fr.e(x), Fr.e(IC[i]))), Fr.e(0n));
			const rest = Fr.sub(Fr.e(A * B - ALPHA * BETA), sum);
			const c = Fr.toObject(Fr.div(rest, Fr.e(DELTA)));
			return proofToWire({ pi_a: json(G1, A), pi_b: json(G2, B), pi_c: json(G1, c) });
		};
		return { key, prove };
	});
}
