//! Single-party setup: keys for a circuit, and trapdoors that only this process ever knew.

use std::{cell::Cell, ops::Range};

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
	r1cs::{R1cs, Wire},
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
		/// What a link needs of this circuit.
		expected: String,
		/// What the circuit has in its place.
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
	let constraints = system.len();
	let exponents = Exponents::new(system, waste).ok_or(SetupError::TooLarge { constraints })?;
	Ok(exponents.points(waste, progress))
}

/// Scalars that are overwritten: they say what the secrets are to whoever knows the circuit, which is public.
type Secret = Zeroizing<Vec<Fr>>;

/// What the points of a key are multiples by; named as in [`ProvingKey`].
pub(crate) struct Exponents {
	ic: Secret,
	/// `(beta A_j + alpha B_j + C_j) / delta_0` for the wires that are committed to once.
	pub committed: Secret,
	rounds: Vec<Secret>,
	a: Secret,
	b: Secret,
	h: Secret,
	last: Secret,
}

impl Exponents {
	/// Of a system and secrets; nothing if the system is too large.
	pub fn new(system: &R1cs, waste: &ToxicWaste) -> Option<Self> {
		let domain = qap::domain(system.len())?;
		let double = qap::Domain::new(2 * domain.size())?;
		let ToxicWaste { point, alpha, beta, gamma, delta, committed, rounds: deltas } = waste;
		// None is zero, see `nonzero`.
		let inverse = |x: &Fr| Zeroizing::new(x.inverse().unwrap_or_default());
		let per_delta = inverse(delta);
		let qap::Evaluations { a: in_a, b: in_b, c: in_c, mut h } =
			qap::evaluate(system, &domain, &double, *point);
		let mixed = |range: Range<usize>, factor: &Fr| -> Secret {
			let one = |i: usize| (*beta * in_a[i] + *alpha * in_b[i] + in_c[i]) * factor;
			Zeroizing::new(range.map(one).collect())
		};
		// Most wires are on one side of products only; on the other their polynomial is zero.
		let pick = |values: &[Fr], wires: &[Wire]| -> Secret {
			Zeroizing::new(wires.iter().map(|wire| values[*wire as usize]).collect())
		};
		h.iter_mut().for_each(|at| *at *= &*per_delta);
		Some(Self {
			ic: mixed(0..system.public, &inverse(gamma)),
			committed: mixed(system.committed(), &inverse(committed)),
			rounds: deltas
				.iter()
				.enumerate()
				.map(|(i, delta)| mixed(system.round(i), &inverse(delta)))
				.collect(),
			a: pick(&in_a, &system.a_wires),
			b: pick(&in_b, &system.b_wires),
			h,
			last: mixed(system.last(), &per_delta),
		})
	}

	/// The key. Points take three times the room, so scalars go as soon as theirs are there.
	pub fn points(self, waste: &ToxicWaste, progress: &dyn Fn(&str, u64, u64)) -> ProvingKey {
		let Self { ic, committed, rounds, a, b, h, last } = self;
		let in_rounds: usize = rounds.iter().map(|scalars| scalars.len()).sum();
		let rest = a.len() + h.len() + last.len() + committed.len() + in_rounds;
		let total = rest + 2 * b.len();
		let done = Cell::new(0);
		let report = |points: usize| {
			done.set(done.get() + points as u64);
			progress("making keys", done.get(), total as u64);
		};
		let (g1, g2) = (G1Projective::generator(), G2Projective::generator());
		let b_g2 = multiples(&BatchMulPreprocessing::new(g2, b.len()), &b, &report);
		let table = BatchMulPreprocessing::new(g1, total);
		let multiply = |scalars: Secret| multiples(&table, &scalars, &report);
		let in_g1 = |scalar: &Fr| (g1 * scalar).into_affine();
		let in_g2 = |scalar: &Fr| (g2 * scalar).into_affine();
		ProvingKey {
			verifying: VerifyingPoints {
				alpha: in_g1(&waste.alpha),
				beta: in_g2(&waste.beta),
				gamma: in_g2(&waste.gamma),
				delta: in_g2(&waste.delta),
				committed: (!committed.is_empty()).then(|| in_g2(&waste.committed)),
				rounds: waste.rounds.iter().map(in_g2).collect(),
				ic: table.batch_mul(&ic),
			},
			beta_g1: in_g1(&waste.beta),
			delta_g1: in_g1(&waste.delta),
			committed: multiply(committed),
			rounds: waste
				.rounds
				.iter()
				.zip(rounds)
				.map(|(delta, scalars)| Round { delta_g1: in_g1(delta), query: multiply(scalars) })
				.collect(),
			a: multiply(a),
			b_g1: multiply(b),
			b_g2,
			h: multiply(h),
			last: multiply(last),
		}
	}
}

/// The multiples by these scalars, and a report at every step.
fn multiples<P: CurveGroup<ScalarField = Fr>>(
	table: &BatchMulPreprocessing<P>,
	scalars: &[Fr],
	report: &dyn Fn(usize),
) -> Vec<P::Affine> {
	let mut points = Vec::with_capacity(scalars.len());
	for chunk in scalars.chunks(STEP) {
		points.extend(table.batch_mul(chunk));
		report(chunk.len());
	}
	points
}
