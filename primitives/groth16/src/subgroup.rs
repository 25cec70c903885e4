//! Membership in the prime-order subgroup of G2.

use ark_bn254::{Fq2, G2Affine, G2Projective};
use ark_ec::AffineRepr;
use ark_ff::MontFp;

/// BN254's parameter x, from which order and field follow (eprint 2005/133).
const X: u64 = 4_965_661_367_192_848_881;

/// `(9 + u)^((q - 1) / 3)` and `(9 + u)^((q - 1) / 2)`.
const TWIST: [Fq2; 2] = [
	Fq2::new(
		MontFp!("21575463638280843010398324269430826099269044274347216827212613867836435027261"),
		MontFp!("10307601595873709700152284273816112264069230130616436755625194854815875713954"),
	),
	Fq2::new(
		MontFp!("2821565182194536844548159561693502659359617185244120367078079554186484126554"),
		MontFp!("3505843767911556378687030309984248845540243509899259641013678093033130930403"),
	),
];

fn frobenius(value: &Fq2) -> Fq2 {
	Fq2::new(value.c0, -value.c1)
}

/// The endomorphism psi of the twist: untwist, Frobenius, twist. In Jacobian coordinates it takes
/// each coordinate for itself.
fn psi(point: &G2Projective) -> G2Projective {
	G2Projective {
		x: frobenius(&point.x) * TWIST[0],
		y: frobenius(&point.y) * TWIST[1],
		z: frobenius(&point.z),
	}
}

/// Whether a point of the curve is in the subgroup of order r: whether
/// `(x + 1) P + psi(x P) + psi^2(x P) = psi^3(2 x P)` (eprint 2022/348, section 3).
///
/// One multiplication by 63 bits, where arkworks takes one by 127.
///
/// Why that is enough: psi satisfies `X^2 - t X + q` on the whole curve, whose order is r times the
/// cofactor. A point that the equation kills is killed by the resultant of the two polynomials too,
/// and that has no factor in common with `r * cofactor` but r.
pub(crate) fn contains(point: &G2Affine) -> bool {
	let x_times = point.mul_bigint([X]);
	let once = psi(&x_times);
	let twice = psi(&once);
	let left = x_times + point + once + twice;
	let doubled = twice + twice;
	left == psi(&doubled)
}

#[cfg(test)]
mod tests {
	use ark_bn254::{g2::Config, Fr};
	use ark_ec::{short_weierstrass::SWCurveConfig, CurveConfig, CurveGroup};
	use ark_ff::{Field, PrimeField, UniformRand};
	use rand::SeedableRng;

	use super::*;

	/// A point of the curve with this x, if there is one.
	fn at(x: Fq2) -> Option<G2Affine> {
		let y = (x.square() * x + Config::COEFF_B).sqrt()?;
		Some(G2Affine::new_unchecked(x, y))
	}

	#[test]
	fn it_says_what_arkworks_says_in_and_out_of_the_subgroup() {
		let rng = &mut rand_chacha::ChaCha20Rng::seed_from_u64(1);
		let mut outside = 0;
		for _ in 0..64 {
			let inside = (G2Affine::generator() * Fr::rand(rng)).into_affine();
			assert!(contains(&inside));
			assert!(contains(&-inside));
			let Some(point) = at(Fq2::rand(rng)) else { continue };
			assert_eq!(contains(&point), point.is_in_correct_subgroup_assuming_on_curve());
			assert!(!contains(&point));
			// Of the cofactor's order alone, and a point of the subgroup shifted by it.
			let small = point.mul_bigint(Fr::MODULUS).into_affine();
			assert!(!contains(&small));
			assert!(!contains(&(small + inside).into_affine()));
			assert!(contains(&point.mul_by_cofactor()));
			outside += 1;
		}
		assert!(outside > 16);
	}

	/// The cofactor's prime factors that can be written down: points of those orders are the ones that
	/// a check by few equations could miss.
	#[test]
	fn points_of_small_order_are_not_in_it() {
		let rng = &mut rand_chacha::ChaCha20Rng::seed_from_u64(2);
		for factor in [10_069u64, 5_864_401, 1_875_725_156_269] {
			let mut found = false;
			for _ in 0..64 {
				let Some(point) = at(Fq2::rand(rng)) else { continue };
				let mut small = point.mul_bigint(Fr::MODULUS);
				let rest = divided(Config::COFACTOR, factor);
				small = small.into_affine().mul_bigint(rest);
				if small.into_affine().is_zero() {
					continue;
				}
				assert!(small.into_affine().mul_bigint([factor]).into_affine().is_zero());
				assert!(!contains(&small.into_affine()), "order {factor}");
				found = true;
				break;
			}
			assert!(found, "{factor} divides the cofactor");
		}
	}

	/// A number of four limbs divided by one of one, without remainder.
	fn divided(number: &[u64], by: u64) -> Vec<u64> {
		let (mut out, mut rest) = (vec![0; number.len()], 0u128);
		for (to, limb) in out.iter_mut().zip(number).rev() {
			let value = rest << 64 | u128::from(*limb);
			*to = (value / u128::from(by)) as u64;
			rest = value % u128::from(by);
		}
		assert_eq!(rest, 0, "{by} divides the number");
		out
	}
}
