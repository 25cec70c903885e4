//! Products of polynomials: from values at the `n`-th roots of unity to values of the product at
//! the odd `2n`-th roots.
//!
//! Each factor goes to coefficients and back to values, without ever being put in order: the first
//! transform leaves the coefficients in bit-reversed order, and the second starts from there. A
//! block can be taken through all levels below, forth and back, before the next is touched.

use ark_bn254::Fr;
use ark_ff::{BigInt, Field};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod eights;
mod scalar;
#[cfg(target_arch = "x86_64")]
mod vector;

/// A domain of powers of two.
pub type Domain = Radix2EvaluationDomain<Fr>;

/// The field has roots of unity of order `2^28`, and a domain a double.
const SIZES: usize = 28;

/// `a` and `b` are values of polynomials at the domain's points. Gives the values of their product
/// at the points times a primitive `2n`-th root, as integers. There is a domain of twice the size.
pub fn product_on_coset(domain: &Domain, a: Vec<Fr>, b: Vec<Fr>) -> Vec<BigInt<4>> {
	#[cfg(target_arch = "x86_64")]
	if let Some(product) = vector::product_on_coset(domain, &a, &b) {
		return product;
	}
	#[cfg(target_arch = "x86_64")]
	if let Some(product) = avx2::product_on_coset(domain, &a, &b) {
		return product;
	}
	portable(domain, a, b)
}

/// The same as it is done on processors of which nothing is known.
pub fn portable(domain: &Domain, a: Vec<Fr>, b: Vec<Fr>) -> Vec<BigInt<4>> {
	scalar::product_on_coset(domain, a, b)
}

/// The primitive `2n`-th root of which the domain's generator is the square.
pub(crate) fn shift(domain: &Domain) -> Fr {
	Domain::new(2 * domain.size()).map_or(Fr::ONE, |double| double.group_gen())
}

fn reversed(index: usize, bits: u32) -> usize {
	match bits {
		0 => 0,
		bits => index.reverse_bits() >> (usize::BITS - bits),
	}
}

/// As many as `count` of the numbers `factor * base^i`, from `i = 0`.
fn powers(base: Fr, factor: Fr, count: usize) -> Vec<Fr> {
	std::iter::successors(Some(factor), |power| Some(*power * base)).take(count).collect()
}
