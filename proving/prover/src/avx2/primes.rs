//! Numbers in limbs, and what is known of both primes beforehand.

use ark_bn254::{FqConfig, FrConfig};
use ark_ff::MontConfig;

use super::{HALF, LIMB, MASK};

/// Four words of 64 bits as five limbs.
pub const fn split(x: [u64; 4]) -> [u64; 5] {
	[
		x[0] & MASK,
		(x[0] >> 51 | x[1] << 13) & MASK,
		(x[1] >> 38 | x[2] << 26) & MASK,
		(x[2] >> 25 | x[3] << 39) & MASK,
		x[3] >> 12,
	]
}

/// Limbs from `-2^50` to below `2^50`, but for the highest.
const fn balanced(x: [u64; 5]) -> [f64; 5] {
	let mut limbs = [0.0; 5];
	let (mut carry, mut i) = (0, 0);
	while i < 5 {
		let mut limb = x[i] as i64 + carry;
		carry = 0;
		if i < 4 && limb >= HALF as i64 {
			limb -= 1 << LIMB;
			carry = 1;
		}
		limbs[i] = limb as f64;
		i += 1;
	}
	limbs
}

/// Four words of 64 bits as limbs.
pub const fn limbs(x: [u64; 4]) -> [f64; 5] {
	balanced(split(x))
}

/// `-1 / p` modulo `R`, limb by limb.
const fn inverse(p: [u64; 5]) -> [u64; 5] {
	// That of the lowest limb: each step doubles the number of bits that are right.
	let (mut per, mut i) = (1u64, 0);
	while i < 6 {
		per = per.wrapping_mul(2u64.wrapping_sub(p[0].wrapping_mul(per)));
		i += 1;
	}
	per = per.wrapping_neg();
	// p q + 1, of which each limb becomes 0 in turn.
	let (mut q, mut rest) = ([0; 5], [1u128, 0, 0, 0, 0]);
	let mut i = 0;
	while i < 5 {
		q[i] = (rest[i] as u64).wrapping_mul(per) & MASK;
		let mut j = 0;
		while i + j < 5 {
			rest[i + j] += q[i] as u128 * p[j] as u128;
			j += 1;
		}
		if i < 4 {
			rest[i + 1] += rest[i] >> LIMB;
		}
		i += 1;
	}
	q
}

/// A prime below `2^254` in the form that the lanes want.
pub trait Prime: MontConfig<4> {
	const LIMBS: [f64; 5] = limbs(Self::MODULUS.0);
	/// `-1 / p` modulo `R`.
	const INVERSE: [f64; 5] = {
		let mut limbs = balanced(inverse(split(Self::MODULUS.0)));
		if limbs[4] >= HALF as f64 {
			limbs[4] -= (1u64 << LIMB) as f64;
		}
		limbs
	};
	/// What a number's highest limb is multiplied by to see how many primes it is.
	const PER: f64 = 1.0 / Self::LIMBS[4];
}
impl Prime for FqConfig {}
impl Prime for FrConfig {}
