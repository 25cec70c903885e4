//! Sums of multiples of points, against arkworks'.

mod common;

use ark_bn254::{Fr, G1Affine, G1Projective, G2Affine, G2Projective};
use ark_ec::{
	scalar_mul::BatchMulPreprocessing, AffineRepr, CurveGroup, PrimeGroup, VariableBaseMSM,
};
use ark_ff::{AdditiveGroup, Field, PrimeField, UniformRand};
use common::rng;
use rand::Rng;
use zkml_prover::msm::{msm, portable};

/// Scalars of every kind that a witness has, and the ends of windows.
fn scalars(count: usize, seed: u64) -> Vec<Fr> {
	let rng = &mut rng(seed);
	(0..count)
		.map(|_| match rng.gen_range(0..8) {
			0 => Fr::rand(rng),
			1 => Fr::from(rng.gen_range(0..2u8)),
			2 => Fr::from(rng.gen_range(-300..300i64)),
			3 => Fr::from(rng.gen::<u32>()),
			4 => -Fr::from(rng.gen::<u64>()),
			5 => Fr::ZERO,
			6 => Fr::from(2u8).pow([rng.gen_range(0..254)]),
			_ => Fr::from(2u8).pow([rng.gen_range(0..254)]) - Fr::ONE,
		})
		.collect()
}

#[test]
fn sums_are_those_of_arkworks_for_scalars_of_all_sizes() {
	let rng = &mut rng(1);
	let points: Vec<G1Affine> = (0..3000).map(|_| G1Affine::rand(rng)).collect();
	for count in [0, 1, 2, 3, 17, 255, 1024, 3000] {
		for seed in 0..3 {
			let scalars = scalars(count, seed);
			let integers: Vec<_> = scalars.iter().map(|s| s.into_bigint()).collect();
			let expected = G1Projective::msm(&points[..count], &scalars).unwrap();
			assert_eq!(msm(&points[..count], &integers), expected, "{count} points");
			assert_eq!(portable(&points[..count], &integers), expected, "{count} points, portable");
		}
	}
	let points: Vec<G2Affine> = (0..300).map(|_| G2Affine::rand(rng)).collect();
	let scalars = scalars(300, 9);
	let integers: Vec<_> = scalars.iter().map(|s| s.into_bigint()).collect();
	assert_eq!(msm(&points, &integers), G2Projective::msm(&points, &scalars).unwrap());
}

/// Points of G2 with repeated, opposite and infinite ones among them.
#[test]
fn sums_in_the_second_group_are_those_of_arkworks() {
	let rng = &mut rng(6);
	let generator = G2Affine::generator();
	let points: Vec<G2Affine> = (0..2000)
		.map(|i| match rng.gen_range(0..8) {
			0 => G2Affine::identity(),
			1 => generator,
			2 => -generator,
			_ => (generator * Fr::from(i * i)).into_affine(),
		})
		.collect();
	for seed in 0..4 {
		let mut scalars = scalars(points.len(), 20 + seed);
		if seed == 0 {
			scalars.iter_mut().for_each(|scalar| *scalar = Fr::from(rng.gen_range(-2..3i64)));
		}
		let integers: Vec<_> = scalars.iter().map(|s| s.into_bigint()).collect();
		let expected = G2Projective::msm(&points, &scalars).unwrap();
		assert_eq!(msm(&points, &integers), expected);
		assert_eq!(portable(&points, &integers), expected);
	}
}

#[test]
fn equal_opposite_and_infinite_points_are_added_right() {
	let generator = G1Affine::generator();
	let rng = &mut rng(2);
	let points: Vec<G1Affine> = (0..600)
		.map(|_| match rng.gen_range(0..4) {
			0 => G1Affine::identity(),
			1 => generator,
			2 => -generator,
			_ => (generator * Fr::from(rng.gen_range(0..3u8))).into_affine(),
		})
		.collect();
	for seed in 0..20 {
		let rng = &mut common::rng(seed);
		let scalars: Vec<Fr> = points.iter().map(|_| Fr::from(rng.gen_range(-2..3i64))).collect();
		let integers: Vec<_> = scalars.iter().map(|s| s.into_bigint()).collect();
		let expected = G1Projective::msm(&points, &scalars).unwrap();
		assert_eq!(msm(&points, &integers), expected);
		assert_eq!(portable(&points, &integers), expected);
	}
}

/// Enough that blocks are full and that windows are split among threads.
#[test]
fn many_points_with_repeated_and_infinite_ones_are_added_right() {
	let rng = &mut rng(4);
	let exponents: Vec<Fr> = (0..20_000).map(|_| Fr::rand(rng)).collect();
	let mut points = BatchMulPreprocessing::new(G1Projective::generator(), exponents.len())
		.batch_mul(&exponents);
	for i in (0..points.len()).step_by(7) {
		points[i] = if i % 2 == 0 { points[0] } else { G1Affine::identity() };
	}
	for bits in [1, 8, 40, 64, 254] {
		let scalars: Vec<Fr> = (0..points.len())
			.map(|_| match bits {
				254 => Fr::rand(rng),
				bits => Fr::from(rng.gen::<u64>() >> (64 - bits)),
			})
			.collect();
		let integers: Vec<_> = scalars.iter().map(|s| s.into_bigint()).collect();
		let expected = G1Projective::msm(&points, &scalars).unwrap();
		assert_eq!(msm(&points, &integers), expected, "{bits} bits");
		assert_eq!(portable(&points, &integers), expected, "{bits} bits, portable");
	}
}

#[test]
fn every_end_of_the_range_of_scalars_is_taken() {
	let point = [G1Affine::generator()];
	for scalar in [Fr::ONE, -Fr::ONE, Fr::ZERO, -Fr::from(2), Fr::from(2).inverse().unwrap()] {
		for scalar in [scalar, scalar - Fr::ONE, scalar + Fr::ONE] {
			assert_eq!(msm(&point, &[scalar.into_bigint()]), point[0] * scalar);
		}
	}
}

#[test]
fn all_of_this_is_so_on_processors_that_offer_less() {
	common::again_with_fewer_vectors();
}
