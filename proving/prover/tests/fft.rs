//! Products of polynomials on the coset, against polynomials multiplied out.

mod common;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field, PrimeField, UniformRand};
use ark_poly::{univariate::DensePolynomial, DenseUVPolynomial, EvaluationDomain, Polynomial};
use common::rng;
use rand::Rng;
use zkml_prover::fft::{portable, product_on_coset, Domain};

/// Values as circuits have them, and the ends of the field.
fn values(count: usize, seed: u64) -> Vec<Fr> {
	let rng = &mut rng(seed);
	let value = |_| match rng.gen_range(0..5) {
		0 => Fr::rand(rng),
		1 => -Fr::ONE,
		2 => Fr::ZERO,
		_ => Fr::from(rng.gen_range(-128..128i64)),
	};
	(0..count).map(value).collect()
}

#[test]
fn products_are_those_of_the_polynomials_at_the_odd_roots() {
	for log in [0, 1, 2, 3, 5, 6, 7, 8] {
		let size = 1 << log;
		let (domain, double) = (Domain::new(size).unwrap(), Domain::new(2 * size).unwrap());
		let (a, b) = (values(size, log), values(size, 100 + log));
		let [f, g] = [&a, &b].map(|v| DensePolynomial::from_coefficients_vec(domain.ifft(v)));
		let product = product_on_coset(&domain, a.clone(), b.clone());
		assert_eq!(product.len(), size);
		assert_eq!(portable(&domain, a, b), product, "2^{log}");
		for (i, got) in product.iter().enumerate() {
			let point = double.element(2 * i + 1);
			assert_eq!(*got, (f.evaluate(&point) * g.evaluate(&point)).into_bigint(), "2^{log}");
		}
	}
}

#[test]
fn products_are_those_that_arkworks_transforms_find() {
	let check = |log: u64, a: Vec<Fr>, b: Vec<Fr>| {
		let (domain, double) = (Domain::new(1 << log).unwrap(), Domain::new(2 << log).unwrap());
		let coset = domain.get_coset(double.group_gen()).unwrap();
		let [f, g] = [&a, &b].map(|values| coset.fft(&domain.ifft(values)));
		let expected: Vec<_> = f.iter().zip(&g).map(|(f, g)| (f * g).into_bigint()).collect();
		assert_eq!(product_on_coset(&domain, a.clone(), b.clone()), expected, "2^{log}");
		assert_eq!(portable(&domain, a, b), expected, "2^{log}, portable");
	};
	// Large enough for several tasks at two levels.
	for log in 9..18 {
		check(log, values(1 << log, log), values(1 << log, 100 + log));
	}
	let largest = vec![-Fr::ONE; 1 << 12];
	check(12, largest.clone(), largest);
}

#[test]
fn all_of_this_is_so_on_processors_that_offer_less() {
	common::again_with_fewer_vectors();
}
