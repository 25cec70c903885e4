//! Products of polynomials: from values at the `n`-th roots of unity to values of the product at
//! the odd `2n`-th roots.
//!
//! Each factor goes to coefficients and back to values, without ever being put in order: the first
//! transform leaves the coefficients in bit-reversed order, and the second starts from there.

use ark_bn254::Fr;
use ark_ff::{BigInt, Field, PrimeField};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use rayon::prelude::*;

#[cfg(target_arch = "x86_64")]
mod vector;

/// A domain of powers of two.
pub type Domain = Radix2EvaluationDomain<Fr>;

/// `a` and `b` are values of polynomials at the domain's points. Gives the values of their product
/// at the points times a primitive `2n`-th root, as integers. There is a domain of twice the size.
pub fn product_on_coset(domain: &Domain, a: Vec<Fr>, b: Vec<Fr>) -> Vec<BigInt<4>> {
	#[cfg(target_arch = "x86_64")]
	if let Some(product) = vector::product_on_coset(domain, &a, &b) {
		return product;
	}
	portable(domain, a, b)
}

/// The primitive `2n`-th root of which the domain's generator is the square.
pub(crate) fn shift(domain: &Domain) -> Fr {
	Domain::new(2 * domain.size()).map_or(Fr::ONE, |double| double.group_gen())
}

/// The same on any processor, with arkworks' transforms.
pub fn portable(domain: &Domain, mut a: Vec<Fr>, mut b: Vec<Fr>) -> Vec<BigInt<4>> {
	let coset = domain.get_coset(shift(domain)).unwrap_or(*domain);
	let to_coset = |values: &mut Vec<Fr>| {
		domain.ifft_in_place(values);
		coset.fft_in_place(values);
	};
	rayon::join(|| to_coset(&mut a), || to_coset(&mut b));
	a.par_iter().zip(&b).map(|(a, b)| (*a * b).into_bigint()).collect()
}
