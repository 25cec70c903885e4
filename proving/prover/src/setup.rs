//! Single-party setup: keys for a circuit, and trapdoors that only this process ever knew.

use ark_bn254::{Fr, G1Projective, G2Projective};
use ark_ec::{scalar_mul::BatchMulPreprocessing, CurveGroup, PrimeGroup};
use ark_ff::{Field, UniformRand, Zero};
use ark_poly::EvaluationDomain;
use rand::{CryptoRng, RngCore};
use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};
use zkml_groth16::KeyError;
use zkml_primitives::{MAX_ROUNDS, PLAIN_INPUTS};

use crate::{
	keys::{ProvingKey, ProvingKeyFile, Round, VerifyingPoints},
	qap,
	r1cs::R1cs,
};

/// Why there are no keys.
#[derive(Debug, Error)]
pub enum SetupError {
	/// The circuit is too large for the field's roots of unity.
	#[error("circuit: expected at most 2^27 constraints, got {constraints}")]
	TooLarge {
		/// Its constraints.
		constraints: usize,
	},
	/// The circuit is of another kind than the chain's.
	#[error("circuit: expected {PLAIN_INPUTS} public inputs and at most {MAX_ROUNDS} rounds with a challenge each, got {inputs} and {rounds}")]
	Kind {
		/// Its public inputs, challenges with them.
		inputs: usize,
		/// Its commit rounds.
		rounds: usize,
	},
	/// The key would be refused by every verifier.
	#[error("verifying key: expected one that verifiers accept, got one that is refused: {0}")]
	Key(KeyError),
}

/// Points per step of the progress report.
const STEP: usize = 1 << 14;

/// Makes the keys of a system that the chain has a kind for, as a file that names the settings it was made
/// for. `progress` is told what is being done, and how many steps of how many are.
///
/// # Errors
///
/// If the system is too large or of another kind, or if verifiers would refuse the key.
pub fn setup(
	system: &R1cs,
	settings: [u8; 32],
	rng: &mut (impl RngCore + CryptoRng),
	progress: &dyn Fn(&str, u64, u64),
) -> Result<ProvingKeyFile, SetupError> {
	let key = generate(system, rng, progress)?;
	let (inputs, rounds) = (key.verifying.ic.len() - 1, key.rounds.len());
	let file = ProvingKeyFile::new(settings, key).ok_or(SetupError::Kind { inputs, rounds })?;
	zkml_groth16::prepare(file.circuit_key()).map_err(SetupError::Key)?;
	Ok(file)
}

fn nonzero(rng: &mut (impl RngCore + CryptoRng)) -> Fr {
	loop {
		let value = Fr::rand(rng);
		if !value.is_zero() {
			return value;
		}
	}
}

/// What a setup draws and forgets. Whoever knows it can forge proofs: it is overwritten when dropped,
/// and so is all that [`generate_from`] computes from it on the way to points. (Copies on the stack and
/// in registers, which the compiler makes, are not.)
#[derive(Clone)]
pub struct ToxicWaste {
	/// Where the polynomials are evaluated; outside the domain and its double.
	pub point: Fr,
	/// None of the others is zero.
	pub alpha: Fr,
	/// beta.
	pub beta: Fr,
	/// 1 as a setup draws it, no secret: the key has the generator there, as ceremonies leave it (Bowe,
	/// Gabizon, Miers, eprint 2017/1050), and a verifier need not walk along it.
	pub gamma: Fr,
	/// delta.
	pub delta: Fr,
	/// The delta of each round.
	pub rounds: Vec<Fr>,
}

impl Zeroize for ToxicWaste {
	fn zeroize(&mut self) {
		let Self { point, alpha, beta, gamma, delta, rounds } = self;
		for secret in [point, alpha, beta, gamma, delta] {
			secret.zeroize();
		}
		rounds.zeroize();
	}
}

impl Drop for ToxicWaste {
	fn drop(&mut self) {
		self.zeroize();
	}
}

impl ZeroizeOnDrop for ToxicWaste {}

impl ToxicWaste {
	/// Draws it for a system; nothing if the system is too large.
	pub fn draw(system: &R1cs, rng: &mut (impl RngCore + CryptoRng)) -> Option<Self> {
		let domain = qap::domain(system.len())?;
		let double = qap::Domain::new(2 * domain.size())?;
		let point = double.sample_element_outside_domain(rng);
		let [alpha, beta, delta] = [(); 3].map(|()| nonzero(rng));
		let rounds = system.rounds.iter().map(|_| nonzero(rng)).collect();
		Some(Self { point, alpha, beta, gamma: Fr::ONE, delta, rounds })
	}
}

/// Makes the key of any system with secrets of this process.
pub fn generate(
	system: &R1cs,
	rng: &mut (impl RngCore + CryptoRng),
	progress: &dyn Fn(&str, u64, u64),
) -> Result<ProvingKey, SetupError> {
	let constraints = system.len();
	let waste = ToxicWaste::draw(system, rng).ok_or(SetupError::TooLarge { constraints })?;
	generate_from(system, &waste, progress)
}

/// Makes the key of any system (Groth16, EUROCRYPT 2016, with the products' points as in
/// [`qap`]). The wires of each commit round are divided by a delta of their own (Mirage, eprint
/// 2020/278).
pub fn generate_from(
	system: &R1cs,
	waste: &ToxicWaste,
	progress: &dyn Fn(&str, u64, u64),
) -> Result<ProvingKey, SetupError> {
	let too_large = || SetupError::TooLarge { constraints: system.len() };
	let domain = qap::domain(system.len()).ok_or_else(too_large)?;
	let double = qap::Domain::new(2 * domain.size()).ok_or_else(too_large)?;
	let ToxicWaste { point, alpha, beta, gamma, delta, rounds: deltas } = waste;
	// None is zero, see `nonzero`.
	let inverse = |x: &Fr| Zeroizing::new(x.inverse().unwrap_or_default());
	let per_delta = inverse(delta);

	let mut at = qap::evaluate(system, &domain, &double, *point);
	// A wire's scalars say what the secrets are to whoever knows the circuit, which is public.
	let mixed = |range: std::ops::Range<usize>, factor: &Fr| -> Zeroizing<Vec<Fr>> {
		let one = |i: usize| (*beta * at.a[i] + *alpha * at.b[i] + at.c[i]) * factor;
		Zeroizing::new(range.map(one).collect())
	};
	let inputs = mixed(0..system.public, &inverse(gamma));
	let rounds: Vec<Zeroizing<Vec<Fr>>> =
		deltas.iter().enumerate().map(|(i, d)| mixed(system.round(i), &inverse(d))).collect();
	let last = mixed(system.last(), &per_delta);
	at.h.iter_mut().for_each(|h| *h *= &*per_delta);
	// Most wires are on one side of products only; on the other their polynomial is zero.
	let pick = |values: &[Fr], wires: &[u32]| -> Zeroizing<Vec<Fr>> {
		Zeroizing::new(wires.iter().map(|wire| values[*wire as usize]).collect())
	};
	let (a, b) = (pick(&at.a, &system.a_wires), pick(&at.b, &system.b_wires));

	let committed: usize = rounds.iter().map(|scalars| scalars.len()).sum();
	let total = (a.len() + 2 * b.len() + at.h.len() + last.len() + committed) as u64;
	let done = std::cell::Cell::new(0);
	let report = |points: usize| {
		done.set(done.get() + points as u64);
		progress("making keys", done.get(), total);
	};
	let g1 = G1Projective::generator();
	let g2 = G2Projective::generator();
	let table = BatchMulPreprocessing::new(g1, total as usize);
	let multiply = |scalars: &[Fr]| {
		let mut points = Vec::with_capacity(scalars.len());
		for chunk in scalars.chunks(STEP) {
			points.extend(table.batch_mul(chunk));
			report(chunk.len());
		}
		points
	};
	let table_g2 = BatchMulPreprocessing::new(g2, b.len());
	let mut b_g2 = Vec::with_capacity(b.len());
	for chunk in b.chunks(STEP) {
		b_g2.extend(table_g2.batch_mul(chunk));
		report(chunk.len());
	}
	Ok(ProvingKey {
		verifying: VerifyingPoints {
			alpha: (g1 * alpha).into_affine(),
			beta: (g2 * beta).into_affine(),
			gamma: (g2 * gamma).into_affine(),
			delta: (g2 * delta).into_affine(),
			rounds: deltas.iter().map(|d| (g2 * d).into_affine()).collect(),
			ic: table.batch_mul(&inputs),
		},
		beta_g1: (g1 * beta).into_affine(),
		delta_g1: (g1 * delta).into_affine(),
		rounds: deltas
			.iter()
			.zip(&rounds)
			.map(|(d, scalars)| Round {
				delta_g1: (g1 * d).into_affine(),
				query: multiply(scalars),
			})
			.collect(),
		a: multiply(&a),
		b_g1: multiply(&b),
		b_g2,
		h: multiply(&at.h),
		last: multiply(&last),
	})
}
