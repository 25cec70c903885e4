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
		/// The constraints that it has.
		constraints: usize,
	},
	/// The circuit is of another kind than the chain's.
	#[error("circuit: expected {PLAIN_INPUTS} public inputs and at most {MAX_ROUNDS} rounds with a challenge each, got {inputs} and {rounds}")]
	Kind {
		/// Its public inputs, challenges with them.
		inputs: usize,
		/// The commit rounds that it has.
		rounds: usize,
	},
	/// The two circuits do not hold the same parameters, or not in a way that can be linked.
	#[error("{circuit}: expected {expected}, got {got}")]
	NotLinked {
		/// Which of the two is meant.
		circuit: &'static str,
		/// What it takes.
		expected: String,
		/// What there is.
		got: String,
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
	if system.committed > 0 {
		return Err(SetupError::NotLinked {
			circuit: "circuit",
			expected: "its range circuit beside it, since it has committed wires".into(),
			got: "none".into(),
		});
	}
	let key = generate(system, rng, progress)?;
	let (inputs, rounds) = (key.verifying.ic.len() - 1, key.rounds.len());
	let file =
		ProvingKeyFile::new(settings, key, None).ok_or(SetupError::Kind { inputs, rounds })?;
	zkml_groth16::prepare(file.circuit_key()).map_err(SetupError::Key)?;
	Ok(file)
}

pub(crate) fn nonzero(rng: &mut (impl RngCore + CryptoRng)) -> Fr {
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
	/// The secret alpha, not zero.
	pub alpha: Fr,
	/// The secret beta, not zero.
	pub beta: Fr,
	/// 1 as a setup draws it, no secret: the key has the generator there, as ceremonies leave it (Bowe,
	/// Gabizon, Miers, eprint 2017/1050), and a verifier need not walk along it.
	pub gamma: Fr,
	/// The secret delta, not zero.
	pub delta: Fr,
	/// The delta of the wires that are committed to once, not zero; of no use if there are none.
	pub committed: Fr,
	/// The delta of each round.
	pub rounds: Vec<Fr>,
}

impl Zeroize for ToxicWaste {
	fn zeroize(&mut self) {
		let Self { point, alpha, beta, gamma, delta, committed, rounds } = self;
		for secret in [point, alpha, beta, gamma, delta, committed] {
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
		let [alpha, beta] = [(); 2].map(|()| nonzero(rng));
		let own = Self {
			point,
			alpha,
			beta,
			gamma: Fr::ONE,
			delta: Fr::ONE,
			committed: Fr::ONE,
			rounds: Vec::new(),
		};
		Some(own.with_deltas_for(system, rng))
	}

	/// The same powers with deltas of their own for another system, of no larger a domain.
	pub fn with_deltas_for(mut self, system: &R1cs, rng: &mut (impl RngCore + CryptoRng)) -> Self {
		self.delta = nonzero(rng);
		self.rounds = system.rounds.iter().map(|_| nonzero(rng)).collect();
		if system.committed > 0 {
			self.committed = nonzero(rng);
		}
		self
	}
}

/// Makes the key of any system with secrets of this process.
///
/// # Errors
///
/// If the system is too large.
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
/// 2020/278), and so are those that are committed to once.
///
/// # Errors
///
/// If the system is too large.
pub fn generate_from(
	system: &R1cs,
	waste: &ToxicWaste,
	progress: &dyn Fn(&str, u64, u64),
) -> Result<ProvingKey, SetupError> {
	let too_large = || SetupError::TooLarge { constraints: system.len() };
	let domain = qap::domain(system.len()).ok_or_else(too_large)?;
	let double = qap::Domain::new(2 * domain.size()).ok_or_else(too_large)?;
	let ToxicWaste { point, alpha, beta, gamma, delta, committed, rounds: deltas } = waste;
	// None is zero, see `nonzero`.
	let inverse = |x: &Fr| Zeroizing::new(x.inverse().unwrap_or_default());
	let per_delta = inverse(delta);

	let qap::Evaluations { a: in_a, b: in_b, c: in_c, mut h } =
		qap::evaluate(system, &domain, &double, *point);
	// A wire's scalars say what the secrets are to whoever knows the circuit, which is public.
	let mixed = |range: std::ops::Range<usize>, factor: &Fr| -> Zeroizing<Vec<Fr>> {
		let one = |i: usize| (*beta * in_a[i] + *alpha * in_b[i] + in_c[i]) * factor;
		Zeroizing::new(range.map(one).collect())
	};
	let inputs = mixed(0..system.public, &inverse(gamma));
	let rounds: Vec<Zeroizing<Vec<Fr>>> =
		deltas.iter().enumerate().map(|(i, d)| mixed(system.round(i), &inverse(d))).collect();
	let last = mixed(system.last(), &per_delta);
	let once = mixed(system.committed(), &inverse(committed));
	h.iter_mut().for_each(|at| *at *= &*per_delta);
	// Most wires are on one side of products only; on the other their polynomial is zero.
	let pick = |values: &[Fr], wires: &[u32]| -> Zeroizing<Vec<Fr>> {
		Zeroizing::new(wires.iter().map(|wire| values[*wire as usize]).collect())
	};
	let (a, b) = (pick(&in_a, &system.a_wires), pick(&in_b, &system.b_wires));
	// A third of all memory, and points are still to come.
	drop((in_a, in_b, in_c));

	let in_rounds: usize = rounds.iter().map(|scalars| scalars.len()).sum();
	let total = (a.len() + 2 * b.len() + h.len() + last.len() + once.len() + in_rounds) as u64;
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
			committed: (system.committed > 0).then(|| (g2 * committed).into_affine()),
			rounds: deltas.iter().map(|d| (g2 * d).into_affine()).collect(),
			ic: table.batch_mul(&inputs),
		},
		beta_g1: (g1 * beta).into_affine(),
		delta_g1: (g1 * delta).into_affine(),
		committed: multiply(&once),
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
		h: multiply(&h),
		last: multiply(&last),
	})
}
