//! The lines of the Miller loop at a point of G2, and what they tell about its order.

use alloc::{boxed::Box, vec::Vec};

use ark_bn254::{g2, Config, Fq2, G2Affine};
use ark_ec::{bn::BnConfig, short_weierstrass::SWCurveConfig, AffineRepr};
use ark_ff::{AdditiveGroup, Field};
use once_cell::race::OnceBox;

/// One line: what is multiplied by y of the other point, what by its x, and the rest.
pub(crate) type Line = (Fq2, Fq2, Fq2);

/// What the Miller loop needs of a point of G2: its lines in the order of the loop, 16 KB.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Lines(pub Vec<Line>);

/// The lines at a point of the curve, or `None` if it is outside the subgroup of order r.
///
/// The walk of the optimal ate pairing (Vercauteren, eprint 2008/096) ends at
/// `(6x + 2) P + psi(P) - psi^2(P)`, which is `-psi^3(P)` for every P in the subgroup. So the check
/// costs three turns by psi and a comparison, where a check of its own (eprint 2022/348) takes a
/// multiplication by 63 bits.
///
/// Why no other point passes: psi satisfies `X^2 - t X + q` on the whole curve, whose order is r times
/// the cofactor. A point killed by `X^3 - X^2 + X + 6x + 2` too is killed by the resultant of the two,
/// which has no factor in common with `r * cofactor` but r. And a walk that met infinity or a double
/// point, where the formulas for addition do not hold, ends with `z = 0`, see [`Walk`].
pub(crate) fn lines(point: &G2Affine) -> Option<Lines> {
	let (lines, end) = walk(point);
	end.is_at(&-psi(&psi(&psi(point)))).then_some(lines)
}

fn walk(point: &G2Affine) -> (Lines, Walk) {
	let digits = Config::ATE_LOOP_COUNT;
	let additions = digits.iter().filter(|digit| **digit != 0).count();
	let mut lines = Vec::with_capacity(digits.len() + additions);
	let mut walk = Walk { x: point.x, y: point.y, z: Fq2::ONE };
	let negative = -*point;
	for digit in digits.iter().rev().skip(1) {
		lines.push(walk.double());
		match digit {
			1 => lines.push(walk.add(point)),
			-1 => lines.push(walk.add(&negative)),
			_ => {}
		}
	}
	let once = psi(point);
	lines.push(walk.add(&once));
	lines.push(walk.add(&-psi(&once)));
	(Lines(lines), walk)
}

/// The lines at a key's point, which was examined before it was stored. gamma is the generator in keys
/// of ours and of ceremonies; its lines are worked out once in a process, or in a call inside WASM.
pub(crate) fn lines_of_key(point: &G2Affine) -> Lines {
	static GENERATOR: OnceBox<Lines> = OnceBox::new();
	let generator = G2Affine::generator();
	if *point == generator {
		GENERATOR.get_or_init(|| Box::new(walk(&generator).0)).clone()
	} else {
		walk(point).0
	}
}

/// The endomorphism of the twist: untwist, Frobenius, twist.
fn psi(point: &G2Affine) -> G2Affine {
	let frobenius = |value: Fq2| Fq2::new(value.c0, -value.c1);
	G2Affine::new_unchecked(
		frobenius(point.x) * Config::TWIST_MUL_BY_Q_X,
		frobenius(point.y) * Config::TWIST_MUL_BY_Q_Y,
	)
}

/// Where the walk is: `(x / z, y / z)`.
///
/// A step whose formula does not hold, because it doubles a point of order 2 or adds one to
/// itself or its negative, gives `z = 0`, and from there every step does.
struct Walk {
	x: Fq2,
	y: Fq2,
	z: Fq2,
}

impl Walk {
	/// Doubles, and gives the tangent (Costello, Lange, Naehrig, PKC 2010, section 5, the point's
	/// coordinates times 4).
	fn double(&mut self) -> Line {
		let triple = |value: Fq2| value.double() + value;
		let (xx, yy, zz) = (self.x.square(), self.y.square(), self.z.square());
		let two_xy = (self.x + self.y).square() - xx - yy;
		let two_yz = (self.y + self.z).square() - yy - zz;
		let e = g2::Config::COEFF_B * triple(zz);
		let f = triple(e);
		self.x = two_xy * (yy - f);
		self.y = (yy + f).square() - triple(e.square().double().double());
		self.z = (yy * two_yz).double().double();
		(-two_yz, triple(xx), e - yy)
	}

	/// Adds a point, and gives the line through both.
	fn add(&mut self, point: &G2Affine) -> Line {
		let rise = self.y - point.y * self.z;
		let run = self.x - point.x * self.z;
		let square = run.square();
		let cube = square * run;
		let along = square * self.x;
		let rest = cube + rise.square() * self.z - along.double();
		self.x = run * rest;
		self.y = rise * (along - rest) - cube * self.y;
		self.z *= cube;
		(run, -rise, rise * point.x - run * point.y)
	}

	fn is_at(&self, point: &G2Affine) -> bool {
		self.z != Fq2::ZERO && self.x == point.x * self.z && self.y == point.y * self.z
	}
}

#[cfg(test)]
mod tests {
	use ark_bn254::Fr;
	use ark_ec::{CurveConfig, CurveGroup};
	use ark_ff::{PrimeField, UniformRand};
	use num_bigint::BigInt;
	use rand::SeedableRng;

	use super::*;

	/// A point of the curve with this x, if there is one.
	fn at(x: Fq2) -> Option<G2Affine> {
		let y = (x.square() * x + g2::Config::COEFF_B).sqrt()?;
		Some(G2Affine::new_unchecked(x, y))
	}

	fn contains(point: &G2Affine) -> bool {
		lines(point).is_some()
	}

	#[test]
	fn lines_of_a_key_are_those_of_a_point() {
		for scalar in [1, 1, 2] {
			let point = (G2Affine::generator() * Fr::from(scalar)).into_affine();
			assert_eq!(Some(lines_of_key(&point)), lines(&point));
		}
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
				let rest = divided(g2::Config::COFACTOR, factor);
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

	/// A point that `f = X^3 - X^2 + X + 6x + 2` and `X^2 - t X + q` both kill at psi is killed by their
	/// resultant, and by the order of the curve: so by r.
	#[test]
	fn the_end_of_the_walk_leaves_no_order_but_r() {
		// Coefficients of powers of x, the constant first (eprint 2005/133).
		let x = BigInt::from(Config::X[0]);
		let at_x = |coefficients: &[u64]| -> BigInt {
			coefficients.iter().rev().fold(BigInt::ZERO, |sum, c| sum * &x + BigInt::from(*c))
		};
		let (r, q) = (at_x(&[1, 6, 18, 36, 36]), at_x(&[1, 6, 24, 36, 36]));
		let (t, end) = (at_x(&[1, 0, 6]), at_x(&[2, 6]));
		assert_eq!(r.to_string(), Fr::MODULUS.to_string());
		assert_eq!(q.to_string(), ark_bn254::Fq::MODULUS.to_string());
		let cofactor: BigInt = g2::Config::COFACTOR
			.iter()
			.rev()
			.fold(BigInt::ZERO, |number, limb| (number << 64) + BigInt::from(*limb));
		// f modulo the second, by X^2 = t X - q, is a + b X; its resultant with it is its norm.
		let a: BigInt = end + &q - &t * &q;
		let b: BigInt = at_x(&[1]) + &t * &t - &q - &t;
		let resultant: BigInt = &a * &a + &a * &b * &t + &b * &b * &q;
		let (mut common, mut rest): (BigInt, BigInt) = (&r * cofactor, resultant);
		while rest != BigInt::ZERO {
			(common, rest) = (rest.clone(), common % rest);
		}
		assert_eq!(common.magnitude(), r.magnitude());
	}

	/// Steps whose formula does not hold, and all after them.
	#[test]
	fn a_walk_that_fell_does_not_get_up() {
		let point = G2Affine::generator();
		let other = (point * Fr::from(5)).into_affine();
		let start = || Walk { x: point.x, y: point.y, z: Fq2::ONE };
		let flat = || Walk { x: point.x, y: Fq2::ZERO, z: Fq2::ONE };
		let falls: [(Walk, &dyn Fn(&mut Walk)); 3] = [
			(start(), &|walk| _ = walk.add(&point)),
			(start(), &|walk| _ = walk.add(&-point)),
			(flat(), &|walk| _ = walk.double()),
		];
		for (mut walk, fall) in falls {
			fall(&mut walk);
			for _ in 0..3 {
				assert_eq!(walk.z, Fq2::ZERO);
				assert!(!walk.is_at(&G2Affine::new_unchecked(walk.x, walk.y)));
				walk.double();
				assert_eq!(walk.z, Fq2::ZERO);
				walk.add(&other);
			}
			// No point at all would equal every other, were only the products compared.
			walk.x = Fq2::ZERO;
			walk.y = Fq2::ZERO;
			assert!(!walk.is_at(&other));
		}
	}

	/// A number of four limbs divided by one of one, without remainder.
	fn divided(number: &[u64], by: u64) -> Vec<u64> {
		let (mut out, mut rest) = (alloc::vec![0; number.len()], 0u128);
		for (to, limb) in out.iter_mut().zip(number).rev() {
			let value = rest << 64 | u128::from(*limb);
			*to = (value / u128::from(by)) as u64;
			rest = value % u128::from(by);
		}
		assert_eq!(rest, 0, "{by} divides the number");
		out
	}
}
