//! Products of pairings.
//!
//! In one thread, which [`Bn254::multi_miller_loop`] is not when arkworks' feature `parallel` is on, as it
//! is in a node by unification with the prover: weights must not depend on how many cores there are.

use ark_bn254::{Bn254, Config, Fq12, G1Affine};
use ark_ec::{
	bn::BnConfig,
	pairing::{MillerLoopOutput, Pairing},
	AffineRepr,
};
use ark_ff::Field;

use crate::miller::Lines;

/// The product of the pairings of these points. All share the squarings of the Miller loop, and the
/// final exponentiation.
pub(crate) fn product(pairs: &[(G1Affine, Lines)]) -> Option<Fq12> {
	// A pairing with infinity is 1.
	let pairs = || pairs.iter().filter_map(|(point, lines)| Some((point.xy()?, &lines.0)));
	let mut product = Fq12::ONE;
	let mut at = 0;
	let mut step = |product: &mut Fq12| {
		for ((x, y), lines) in pairs() {
			if let Some(&(mut by_y, mut by_x, rest)) = lines.get(at) {
				by_y.mul_assign_by_fp(&y);
				by_x.mul_assign_by_fp(&x);
				product.mul_by_034(&by_y, &by_x, &rest);
			}
		}
		at += 1;
	};
	for digit in Config::ATE_LOOP_COUNT.iter().rev().skip(1) {
		product.square_in_place();
		step(&mut product);
		if *digit != 0 {
			step(&mut product);
		}
	}
	step(&mut product);
	step(&mut product);
	Bn254::final_exponentiation(MillerLoopOutput(product)).map(|product| product.0)
}

#[cfg(test)]
mod tests {
	use ark_bn254::G2Affine;
	use ark_ff::UniformRand;
	use rand::SeedableRng;

	use super::*;
	use crate::miller::lines;

	#[test]
	fn it_is_that_of_arkworks() {
		let rng = &mut rand_chacha::ChaCha20Rng::seed_from_u64(3);
		for count in 0..9 {
			let mut points: Vec<_> =
				(0..count).map(|_| (G1Affine::rand(rng), G2Affine::rand(rng))).collect();
			if count == 8 {
				points[3].0 = G1Affine::identity();
			}
			let (g1, g2): (Vec<_>, Vec<_>) = points.iter().copied().unzip();
			let pairs: Vec<_> =
				points.iter().map(|(p, q)| (*p, lines(q).expect("in the subgroup"))).collect();
			assert_eq!(product(&pairs), Some(Bn254::multi_pairing(g1, g2).0));
		}
	}
}
