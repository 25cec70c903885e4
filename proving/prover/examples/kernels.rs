//! Times sums of multiples and products of polynomials against arkworks', as they are done on this
//! processor and as they are done on any: `kernels [REPEATS]`.

use std::time::Instant;

use ark_bn254::{g1, g2, Fr};
use ark_ec::{
	scalar_mul::BatchMulPreprocessing,
	short_weierstrass::{Affine, Projective},
	PrimeGroup, VariableBaseMSM,
};
use ark_ff::{BigInt, PrimeField, UniformRand};
use ark_poly::EvaluationDomain;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use rayon::prelude::*;
use zkml_prover::{
	fft,
	msm::{self, Curve},
	processor,
};

/// The least time of each in milliseconds; they are run in turns.
fn in_turns(repeats: u32, runs: [&dyn Fn(); 3]) -> [f64; 3] {
	let mut best = [f64::INFINITY; 3];
	for _ in 0..repeats {
		for (best, run) in best.iter_mut().zip(runs) {
			let start = Instant::now();
			run();
			*best = best.min(start.elapsed().as_secs_f64() * 1e3);
		}
	}
	best
}

fn header(size: &str, what: &str) {
	println!(
		"{size:>9} {what:>16} {:>12} {:>12} {:>7} {:>12} {:>7}",
		"arkworks, ms", "ours, ms", "ratio", "portable, ms", "ratio"
	);
}

fn row(size: usize, what: &str, [theirs, ours, portable]: [f64; 3]) {
	println!(
		"{size:>9} {what:>16} {theirs:>12.2} {ours:>12.2} {:>7.2} {portable:>12.2} {:>7.2}",
		theirs / ours,
		theirs / portable
	);
}

fn scalars(bits: u32, count: usize, rng: &mut ChaCha20Rng) -> Vec<BigInt<4>> {
	let scalar = |_| match bits {
		254 => Fr::rand(rng),
		bits => Fr::from(rng.gen::<u32>() & ((1 << bits) - 1)),
	};
	(0..count).map(scalar).map(|scalar| scalar.into_bigint()).collect()
}

/// Sums of all sizes on a curve.
fn sums<P: Curve<ScalarField = Fr>>(repeats: u32, rng: &mut ChaCha20Rng) {
	for log in [11, 13, 15, 17] {
		let count = 1usize << log;
		let exponents: Vec<Fr> = (0..count).map(|_| Fr::rand(rng)).collect();
		let table = BatchMulPreprocessing::new(Projective::<P>::generator(), count);
		let points: Vec<Affine<P>> = table.batch_mul(&exponents);
		for bits in [254, 16, 8, 1] {
			let scalars = scalars(bits, count, rng);
			let arkworks = || {
				let _ = std::hint::black_box(Projective::<P>::msm_bigint(&points, &scalars));
			};
			let ours = || {
				let _ = std::hint::black_box(msm::msm(&points, &scalars));
			};
			let portable = || {
				let _ = std::hint::black_box(msm::portable(&points, &scalars));
			};
			let times = in_turns(repeats, [&arkworks, &ours, &portable]);
			row(count, &format!("{bits} bits"), times);
		}
	}
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
	let repeats = std::env::args().nth(1).map_or(Ok(5), |n| n.parse())?;
	let rng = &mut ChaCha20Rng::seed_from_u64(1);
	println!("ours: {}", processor::name());
	header("points", "scalars, G1");
	sums::<g1::Config>(repeats, rng);
	println!();
	header("points", "scalars, G2");
	sums::<g2::Config>(repeats, rng);
	println!();
	header("values", "four transforms");
	for log in [11, 13, 15, 17] {
		let domain = fft::Domain::new(1 << log).ok_or("no domain")?;
		let double = fft::Domain::new(2 << log).ok_or("no domain")?;
		let coset = domain.get_coset(double.group_gen()).ok_or("no coset")?;
		let values: Vec<Fr> = (0..1 << log).map(|_| Fr::rand(rng)).collect();
		let arkworks = |_: &fft::Domain, mut a: Vec<Fr>, mut b: Vec<Fr>| {
			let to_coset = |values: &mut Vec<Fr>| {
				domain.ifft_in_place(values);
				coset.fft_in_place(values);
			};
			rayon::join(|| to_coset(&mut a), || to_coset(&mut b));
			a.par_iter().zip(&b).map(|(a, b)| (*a * b).into_bigint()).collect()
		};
		type Product<'a> = &'a dyn Fn(&fft::Domain, Vec<Fr>, Vec<Fr>) -> Vec<BigInt<4>>;
		let run = |product: Product| {
			std::hint::black_box(product(&domain, values.clone(), values.clone()));
		};
		let (ours, portable) = (|| run(&fft::product_on_coset), || run(&fft::portable));
		let times = in_turns(repeats, [&|| run(&arkworks), &ours, &portable]);
		row(1 << log, "", times);
	}
	Ok(())
}
