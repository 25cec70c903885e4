//! From constraints to polynomials, with four transforms.
//!
//! `A` and `B` interpolate the rows' left and right sides over the `n`-th roots of unity. Their
//! product has degree below `2n`, so its values at all `2n`-th roots say what it is at the secret
//! point. At the even ones, which are the `n`-th roots, it has the rows' products: these are linear
//! in the wires, and the key's point for a wire takes them up. Only the values at the odd roots are
//! left to the prover: two inverse and two forward transforms, and no third vector. (snarkjs's
//! reduction needs six and libsnark's seven, since they subtract the products there too.)

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, BigInt};
use ark_poly::EvaluationDomain;
use zeroize::Zeroizing;

pub use crate::fft::Domain;
use crate::{
	fft::product_on_coset,
	r1cs::{Matrix, R1cs},
};

/// The polynomials of a system at one point, which they give away: so they are overwritten.
pub struct Evaluations {
	/// For each wire, its polynomial in A.
	pub a: Zeroizing<Vec<Fr>>,
	/// For each wire, its polynomial in B.
	pub b: Zeroizing<Vec<Fr>>,
	/// For each wire, the products it has a part in, over the even ones of all `2n`-th roots.
	pub c: Zeroizing<Vec<Fr>>,
	/// For each point of the coset, its Lagrange polynomial over all `2n`-th roots.
	pub h: Zeroizing<Vec<Fr>>,
}

/// The domain of a system with this many constraints, unless it is too large for the field.
pub fn domain(constraints: usize) -> Option<Domain> {
	// One more doubling must exist, for the coset.
	Domain::new(constraints.checked_mul(2)?)?;
	Domain::new(constraints)
}

/// Evaluates all polynomials of a system at `point`, which is outside the domains.
pub fn evaluate(system: &R1cs, domain: &Domain, double: &Domain, point: Fr) -> Evaluations {
	let column = |matrix: &Matrix, lagrange: &mut dyn Iterator<Item = Fr>| {
		let mut column = Zeroizing::new(vec![Fr::ZERO; system.wires]);
		for (index, value) in lagrange.enumerate().take(system.len()) {
			for (wire, coefficient) in matrix.row(index) {
				column[wire as usize] += coefficient * value;
			}
		}
		column
	};
	let single = Zeroizing::new(domain.evaluate_all_lagrange_coefficients(point));
	let a = column(&system.a, &mut single.iter().copied());
	let b = column(&system.b, &mut single.iter().copied());
	drop(single);
	let double = Zeroizing::new(double.evaluate_all_lagrange_coefficients(point));
	let c = column(&system.c, &mut double.iter().copied().step_by(2));
	let h = Zeroizing::new(double.iter().copied().skip(1).step_by(2).collect());
	Evaluations { a, b, c, h }
}

/// The values of `A B` on the coset, as integers.
pub fn product(system: &R1cs, domain: &Domain, wires: &[Fr]) -> Vec<BigInt<4>> {
	let rows = |matrix: &Matrix| {
		let mut values = matrix.multiply(wires, system.len());
		values.resize(domain.size(), Fr::ZERO);
		values
	};
	let (a, b) = rayon::join(|| rows(&system.a), || rows(&system.b));
	product_on_coset(domain, a, b)
}
