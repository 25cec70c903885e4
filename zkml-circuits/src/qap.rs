//! From constraints to polynomials, the way snarkjs does it.
//!
//! `A`, `B` interpolate the rows' left and right sides over the `n`-th roots of unity, and `C` the
//! products. Instead of dividing `A B - C` by the vanishing polynomial, the quotient is left in
//! place: the key holds, for each point of the coset of odd `2n`-th roots, the Lagrange polynomial
//! over all `2n`-th roots at the secret point. `A B - C` vanishes at the even roots, so its values
//! on the coset are all there is to know: three inverse and three forward transforms, where
//! libsnark's reduction needs seven.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use rayon::prelude::*;

use crate::r1cs::R1cs;

/// A domain of powers of two.
pub type Domain = Radix2EvaluationDomain<Fr>;

/// The polynomials of a system at one point.
pub struct Evaluations {
	/// For each wire, its polynomial in A,
	pub a: Vec<Fr>,
	/// in B,
	pub b: Vec<Fr>,
	/// and in C.
	pub c: Vec<Fr>,
	/// For each point of the coset, its Lagrange polynomial over all `2n`-th roots.
	pub h: Vec<Fr>,
}

/// The domain of a system with this many constraints, unless it is too large for the field.
pub fn domain(constraints: usize) -> Option<Domain> {
	// One more doubling must exist, for the coset.
	Domain::new(constraints.checked_mul(2)?)?;
	Domain::new(constraints)
}

/// Evaluates all polynomials of a system at `point`, which is outside the domains.
pub fn evaluate(system: &R1cs, domain: &Domain, double: &Domain, point: Fr) -> Evaluations {
	let lagrange = domain.evaluate_all_lagrange_coefficients(point);
	let column = |matrix: &crate::r1cs::Matrix| {
		let mut column = vec![Fr::ZERO; system.wires];
		for (index, value) in lagrange.iter().enumerate().take(system.len()) {
			for (wire, coefficient) in matrix.row(index) {
				column[wire as usize] += coefficient * value;
			}
		}
		column
	};
	let h = double.evaluate_all_lagrange_coefficients(point).into_iter().skip(1).step_by(2);
	Evaluations { a: column(&system.a), b: column(&system.b), c: column(&system.c), h: h.collect() }
}

/// The values of `A B - C` on the coset, for an assignment that satisfies the system.
pub fn quotient(system: &R1cs, domain: &Domain, wires: &[Fr]) -> Vec<Fr> {
	let size = domain.size();
	// The generator of the domain of twice the size; `domain()` made sure there is one.
	let shift = Domain::new(2 * size).map_or(Fr::ONE, |double| double.group_gen());
	let coset = domain.get_coset(shift).unwrap_or(*domain);
	let to_coset = |values: &mut Vec<Fr>| {
		domain.ifft_in_place(values);
		coset.fft_in_place(values);
	};
	let rows = |matrix: &crate::r1cs::Matrix| {
		let mut values = matrix.multiply(wires, system.len());
		values.resize(size, Fr::ZERO);
		values
	};
	let (mut a, mut b) = rayon::join(|| rows(&system.a), || rows(&system.b));
	let mut c: Vec<Fr> = a.par_iter().zip(&b).map(|(a, b)| *a * b).collect();
	rayon::join(|| to_coset(&mut a), || rayon::join(|| to_coset(&mut b), || to_coset(&mut c)));
	a.par_iter_mut().zip(&b).zip(&c).for_each(|((a, b), c)| *a = *a * b - c);
	a
}
