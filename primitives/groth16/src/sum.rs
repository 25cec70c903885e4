//! A sum of some multiples of points of G1.

use alloc::vec::Vec;
use core::iter;

use ark_bn254::{g1, Fr, G1Affine, G1Projective};
use ark_ec::{scalar_mul::glv::GLVConfig, AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, BigInteger, PrimeField};

/// Digits are 0 or odd, below `2^(WIDTH - 1)` in size.
const WIDTH: usize = 4;

/// How many multiples of a point its digits ask for: the odd ones below `2^(WIDTH - 1)`.
const MULTIPLES: usize = 1 << (WIDTH - 2);

/// The sum of `scalars[i] * points[i]`, none of which is infinity.
///
/// All multiples share their doublings (Straus, 1964), half as many as a scalar has bits, since
/// each is split by the curve's endomorphism (Gallant, Lambert, Vanstone, CRYPTO 2001): 127 doublings,
/// and some 55 additions a point, for up to 65 points. Buckets pay for more points than a key has.
///
/// Not in constant time; all that a verifier sees is public.
pub(crate) fn sum_of_products(points: &[G1Affine], scalars: &[Fr]) -> G1Projective {
	let odd = |point: &G1Affine| {
		let (first, twice) = (point.into_group(), point.into_group().double());
		iter::successors(Some(first), move |last| Some(*last + twice)).take(MULTIPLES)
	};
	let straight = G1Projective::normalize_batch(&points.iter().flat_map(odd).collect::<Vec<_>>());
	let turned = straight.iter().map(g1::Config::endomorphism_affine).collect::<Vec<_>>();
	let mut terms = Vec::with_capacity(2 * scalars.len());
	let multiples = straight.chunks_exact(MULTIPLES).zip(turned.chunks_exact(MULTIPLES));
	for ((straight, turned), scalar) in multiples.zip(scalars) {
		let (low, high) = g1::Config::scalar_decomposition(*scalar);
		for ((positive, half), multiples) in [(low, straight), (high, turned)] {
			let digits = half.into_bigint().find_wnaf(WIDTH).unwrap_or_default();
			terms.push((multiples, positive, digits));
		}
	}
	let length = terms.iter().map(|(_, _, digits)| digits.len()).max().unwrap_or(0);
	let mut sum = G1Projective::ZERO;
	for at in (0..length).rev() {
		sum.double_in_place();
		for (multiples, positive, digits) in &terms {
			let digit = digits.get(at).copied().unwrap_or(0);
			if digit != 0 {
				let multiple = multiples[digit.unsigned_abs() as usize / 2];
				sum += if (digit > 0) == *positive { multiple } else { -multiple };
			}
		}
	}
	sum
}

#[cfg(test)]
mod tests {
	use ark_ff::{Field, UniformRand};
	use rand::SeedableRng;

	use super::*;

	#[test]
	fn it_is_the_sum() {
		let rng = &mut rand_chacha::ChaCha20Rng::seed_from_u64(1);
		let lambda = g1::Config::LAMBDA;
		let extremes = [
			Fr::ZERO,
			Fr::ONE,
			-Fr::ONE,
			lambda,
			-lambda,
			lambda + Fr::ONE,
			Fr::from(2).inverse().expect("odd order"),
		];
		for count in [0, 1, 4, 5, 65] {
			for round in 0..8 {
				let points: Vec<_> = (0..count).map(|_| G1Affine::rand(rng)).collect();
				let scalars: Vec<_> = (0..count)
					.map(|index| match round {
						0 => extremes[index % extremes.len()],
						_ => Fr::rand(rng),
					})
					.collect();
				let expected: G1Projective =
					points.iter().zip(&scalars).map(|(point, scalar)| *point * scalar).sum();
				assert_eq!(sum_of_products(&points, &scalars), expected, "{count} points");
			}
		}
	}

	#[test]
	fn points_may_cancel_or_repeat() {
		let point = G1Affine::generator();
		let seven = Fr::from(7);
		assert_eq!(sum_of_products(&[point, -point], &[seven, seven]), G1Projective::ZERO);
		assert_eq!(sum_of_products(&[point, point], &[seven, -seven]), G1Projective::ZERO);
		assert_eq!(sum_of_products(&[point; 3], &[seven; 3]), point * Fr::from(21));
	}
}
