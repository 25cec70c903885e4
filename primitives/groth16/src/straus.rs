//! Sums of multiples of points of G1, in one thread.

use alloc::vec::Vec;
use core::iter;

use ark_bn254::{g1, Fq, Fr, G1Affine, G1Projective};
use ark_ec::{scalar_mul::glv::GLVConfig, AffineRepr};
use ark_ff::{serial_batch_inversion_and_mul, AdditiveGroup, BigInteger, Field, PrimeField};

/// Digits are 0 or odd, below `2^(WIDTH - 1)` in size.
const WIDTH: usize = 4;

/// How many multiples of a point its digits ask for: the odd ones below `2^(WIDTH - 1)`.
const MULTIPLES: usize = 1 << (WIDTH - 2);

/// A scalar as `low + lambda * high`, lambda being what the curve's endomorphism multiplies by that
/// costs one product in the field. Each part is its sign (whether it is positive) and its size.
pub(crate) type Halves = ((bool, Fr), (bool, Fr));

/// The sum of `scalars[i] * points[i]`, none of which is infinity.
pub(crate) fn sum_of_products(points: &[G1Affine], scalars: &[Fr]) -> G1Projective {
	let halves = scalars.iter().map(|scalar| g1::Config::scalar_decomposition(*scalar));
	sum_of_halves(points, halves)
}

/// The same with scalars that are split already.
///
/// All multiples share their doublings (Straus, 1964), half as many as a scalar has bits, since
/// each is split by the curve's endomorphism (Gallant, Lambert, Vanstone, CRYPTO 2001). For full-size
/// scalars that makes 127 doublings and some 55 additions a point.
///
/// Not in constant time; all that a verifier sees is public.
pub(crate) fn sum_of_halves(
	points: &[G1Affine],
	scalars: impl Iterator<Item = Halves>,
) -> G1Projective {
	let odd = |point: &G1Affine| {
		let (first, twice) = (point.into_group(), point.into_group().double());
		iter::successors(Some(first), move |last| Some(*last + twice)).take(MULTIPLES)
	};
	let straight = normalize(&points.iter().flat_map(odd).collect::<Vec<_>>());
	let turned = straight.iter().map(g1::Config::endomorphism_affine).collect::<Vec<_>>();
	let multiples = straight.chunks_exact(MULTIPLES).zip(turned.chunks_exact(MULTIPLES));
	let mut terms = Vec::with_capacity(2 * points.len());
	for ((straight, turned), (low, high)) in multiples.zip(scalars) {
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

/// The points in affine coordinates, with one inversion.
pub(crate) fn normalize(points: &[G1Projective]) -> Vec<G1Affine> {
	let mut inverses: Vec<Fq> = points.iter().map(|point| point.z).collect();
	// Leaves those that are 0.
	serial_batch_inversion_and_mul(&mut inverses, &Fq::ONE);
	let affine = |(point, inverse): (&G1Projective, &Fq)| {
		if inverse == &Fq::ZERO {
			return G1Affine::identity();
		}
		let square = inverse.square();
		G1Affine::new_unchecked(point.x * square, point.y * square * inverse)
	};
	points.iter().zip(&inverses).map(affine).collect()
}

#[cfg(test)]
mod tests {
	use ark_ec::CurveGroup;
	use ark_ff::UniformRand;
	use rand::SeedableRng;

	use super::*;

	#[test]
	fn it_is_the_sum() {
		let rng = &mut rand_chacha::ChaCha20Rng::seed_from_u64(1);
		let (one, lambda) = (Fr::ONE, g1::Config::LAMBDA);
		let half = Fr::from(2).inverse().expect("the order is odd");
		let extremes = [Fr::ZERO, one, -one, lambda, -lambda, lambda + one, half];
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

	#[test]
	fn points_stay_the_same_in_affine_coordinates() {
		let rng = &mut rand_chacha::ChaCha20Rng::seed_from_u64(2);
		let mut points: Vec<_> = (0..5).map(|_| G1Projective::rand(rng)).collect();
		points[2] = G1Projective::ZERO;
		let expected: Vec<_> = points.iter().map(|point| point.into_affine()).collect();
		assert_eq!(normalize(&points), expected);
		assert!(normalize(&[]).is_empty());
	}
}
