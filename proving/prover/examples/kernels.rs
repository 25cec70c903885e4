//! Times sums of multiples and products of polynomials against arkworks', as they are done on this
//! processor and as they are done on any: `kernels [REPEATS]`.

use std::time::Instant;

use ark_bn254::{Fr, G1Affine, G1Projective};
use ark_ec::{scalar_mul::BatchMulPreprocessing, PrimeGroup, VariableBaseMSM};
use ark_ff::{PrimeField, UniformRand};
use ark_poly::EvaluationDomain;
use rand::{Rng, SeedableRng};
use zkml_prover::{fft, msm};

fn best(repeats: u32, mut run: impl FnMut()) -> f64 {
	let once = |run: &mut dyn FnMut()| {
		let start = Instant::now();
		run();
		start.elapsed().as_secs_f64() * 1e3
	};
	(0..repeats).map(|_| once(&mut run)).fold(f64::INFINITY, f64::min)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
	let repeats = std::env::args().nth(1).map_or(Ok(5), |n| n.parse())?;
	let rng = &mut rand_chacha::ChaCha20Rng::seed_from_u64(1);
	println!(
		"{:>9} {:>8} {:>12} {:>12} {:>7} {:>12} {:>7}",
		"points", "scalars", "arkworks, ms", "ours, ms", "ratio", "portable, ms", "ratio"
	);
	for log in [11, 13, 15, 17] {
		let count = 1usize << log;
		let exponents: Vec<Fr> = (0..count).map(|_| Fr::rand(rng)).collect();
		let table = BatchMulPreprocessing::new(G1Projective::generator(), count);
		let points: Vec<G1Affine> = table.batch_mul(&exponents);
		for (name, bits) in [("full", 254u32), ("16 bits", 16), ("8 bits", 8), ("1 bit", 1)] {
			let scalars: Vec<_> = (0..count)
				.map(|_| match bits {
					254 => Fr::rand(rng),
					bits => Fr::from(rng.gen::<u32>() & ((1 << bits) - 1)),
				})
				.map(|scalar| scalar.into_bigint())
				.collect();
			let theirs = best(repeats, || {
				let _ = std::hint::black_box(G1Projective::msm_bigint(&points, &scalars));
			});
			let ours = best(repeats, || {
				let _ = std::hint::black_box(msm::msm(&points, &scalars));
			});
			let portable = best(repeats, || {
				let _ = std::hint::black_box(msm::portable(&points, &scalars));
			});
			println!(
				"{count:>9} {name:>8} {theirs:>12.2} {ours:>12.2} {:>7.2} {portable:>12.2} {:>7.2}",
				theirs / ours,
				theirs / portable
			);
		}
	}
	println!("{:>18} {:>12} {:>12} {:>7}", "values", "arkworks, ms", "ours, ms", "ratio");
	for log in [11, 13, 15, 17] {
		let domain = fft::Domain::new(1 << log).ok_or("no domain")?;
		let values: Vec<Fr> = (0..1 << log).map(|_| Fr::rand(rng)).collect();
		let of = |product: fn(&fft::Domain, Vec<Fr>, Vec<Fr>) -> _| {
			best(repeats, || {
				let _: Vec<ark_ff::BigInt<4>> =
					std::hint::black_box(product(&domain, values.clone(), values.clone()));
			})
		};
		let (theirs, ours) = (of(fft::portable), of(fft::product_on_coset));
		println!("{:>18} {theirs:>12.2} {ours:>12.2} {:>7.2}", 1 << log, theirs / ours);
	}
	Ok(())
}
