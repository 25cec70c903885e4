//! Proving.

use std::{ops::Range, time::Instant};

use ark_bn254::{Bn254, Fr, G1Affine, G2Affine};
use ark_ec::{pairing::Pairing, AffineRepr, CurveGroup};
use ark_ff::{BigInt, PrimeField, UniformRand};
use rand::{CryptoRng, RngCore};
use rayon::prelude::*;
use thiserror::Error;
use zkml_groth16::{write_g1, write_g2, KeyError, PreparedKey, VerifyError, G1};
use zkml_poseidon::{from_field, to_field, Direct};
use zkml_primitives::{
	digest, CircuitHash, CircuitKey, ModelId, Proof, Role, Scalar, Statement, Tensor, TensorSpec,
	Visibility,
};

use crate::{
	circuit::{assign, Assigned, Evaluated, Secrets, CTX, INPUT, OUTPUT, PARAMS},
	evaluate::{InputError, Trace},
	files::FileError,
	keys::{ProvingKey, ProvingKeyFile},
	model::CompiledModel,
	msm::msm,
	qap,
	r1cs::{R1cs, Wire},
};

/// Why a model and a key do not make a prover.
#[derive(Debug, Error)]
pub enum ProverError {
	/// The key was made for something else.
	#[error("proving key: expected one made for model settings {expected}, got one for {got}")]
	Stale {
		/// The model's settings hash, shortened.
		expected: String,
		/// The key's.
		got: String,
	},
	/// The key names the right model, but is not of its size.
	#[error("proving key: expected queries of {expected:?} points, got {got:?}")]
	Size {
		/// Points for the model's circuit.
		expected: Vec<usize>,
		/// Points there are.
		got: Vec<usize>,
	},
	/// Verifiers would refuse the key.
	#[error("verifying key: expected one that verifiers accept, got one that is refused: {0}")]
	Key(KeyError),
	/// The point that blinds proofs is not the verifying key's.
	#[error("proving key: expected delta in G1 to match the verifying key's, got another point")]
	Blinding,
	/// A file could not be read.
	#[error(transparent)]
	File(#[from] FileError),
}

/// Why there is no proof.
#[derive(Debug, Error)]
pub enum ProveError {
	/// The input is not one the model takes.
	#[error(transparent)]
	Input(#[from] InputError),
	/// A salt or the context is not a field element.
	#[error("{what}: expected a number below the group order, got {got:?}")]
	NotCanonical {
		/// Which.
		what: &'static str,
		/// Its bytes.
		got: Scalar,
	},
	/// The circuit is too large for the field.
	#[error("circuit: expected at most 2^27 constraints, got {constraints}")]
	TooLarge {
		/// Its constraints.
		constraints: usize,
	},
	/// The challenge is one of the numbers looked up.
	#[error("challenge: expected none of the tables' numbers, got one; prove again")]
	Challenge,
	/// The proof was made and does not verify: the key is damaged.
	#[error("proof: expected one that verifies, got one that does not ({0}); is the key damaged?")]
	Unsound(VerifyError),
}

/// What a proof is bound to beside the inference.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Binding {
	/// The model on chain and
	pub model: ModelId,
	/// its version, as the statement has them.
	pub version: u32,
	/// The context's digest.
	pub ctx: Scalar,
}

impl Binding {
	/// To a context and no model: for a proof that never goes on a chain.
	pub fn bare(ctx: Scalar) -> Self {
		Self { model: ModelId([0; 32]), version: 0, ctx }
	}
}

/// The salts of an inference's commitments: zero for a public tensor, [`crate::random_salt`] for a
/// private one.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Salts {
	/// Of the input.
	pub input: Scalar,
	/// Of the output.
	pub output: Scalar,
}

/// A proof and what it shows.
#[derive(Clone, Debug)]
pub struct Proved {
	/// The proof.
	pub proof: Proof,
	/// The output, in clear.
	pub output: Vec<i32>,
	/// What the proof says.
	pub statement: Statement,
	/// The public inputs that follow from it.
	pub inputs: Vec<Scalar>,
	/// Time for evaluation and witness.
	pub witness_ms: u32,
	/// Time for all.
	pub prove_ms: u32,
}

/// A model and its key, with the matrices ready.
#[derive(Debug)]
pub struct Prover {
	model: CompiledModel,
	key: ProvingKeyFile,
	prepared: PreparedKey,
	system: R1cs,
}

fn short(hash: [u8; 32]) -> String {
	hash[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// delta in G1 is what blinds A, and no verifier ever sees it. A key made by somebody else with
/// another point there could give proofs that verify and leak the witness.
fn check_blinding(key: &ProvingKey) -> Result<(), ProverError> {
	let on_curve = zkml_groth16::read_g1(&write_g1(&key.delta_g1)).is_ok();
	let same = || {
		Bn254::pairing(key.delta_g1, G2Affine::generator())
			== Bn254::pairing(G1Affine::generator(), key.verifying.delta)
	};
	if on_curve && same() {
		Ok(())
	} else {
		Err(ProverError::Blinding)
	}
}

impl Prover {
	/// Checks that the key is the model's and builds the matrices.
	pub fn new(model: CompiledModel, key: ProvingKeyFile) -> Result<Self, ProverError> {
		let (expected, got) = (model.settings_hash(), key.settings_hash());
		if expected != got {
			return Err(ProverError::Stale { expected: short(expected), got: short(got) });
		}
		let prepared = zkml_groth16::prepare(key.circuit_key()).map_err(ProverError::Key)?;
		check_blinding(key.key())?;
		let system = model.circuit();
		if let Some((expected, got)) = key.key().mismatch(&system) {
			return Err(ProverError::Size { expected, got });
		}
		Ok(Self { model, key, prepared, system })
	}

	/// The model.
	pub fn model(&self) -> &CompiledModel {
		&self.model
	}

	/// The circuit's name.
	pub fn circuit_hash(&self) -> CircuitHash {
		self.key.circuit_hash()
	}

	/// The key that the proofs verify under.
	pub fn circuit_key(&self) -> &CircuitKey {
		&self.prepared.key
	}

	/// The same with what verification needs.
	pub fn prepared_key(&self) -> &PreparedKey {
		&self.prepared
	}

	/// Evaluates the model and proves it.
	pub fn prove(
		&self,
		input: &[i32],
		salts: Salts,
		binding: Binding,
		rng: &mut (impl RngCore + CryptoRng),
	) -> Result<Proved, ProveError> {
		let start = Instant::now();
		let (model, graph) = (&self.model, self.model.graph());
		let (trace, assigned) = assignment(model, input, salts, binding.ctx)?;
		let output = trace.output();
		let rounds = self.system.rounds.len();
		let evaluated = Evaluated {
			input: rounds > 0 && salts.input == Scalar::ZERO,
			output: rounds > 0 && salts.output == Scalar::ZERO,
		};
		let committed = |wire: Wire| from_field(assigned.witness.wires[wire as usize]);
		let digest = |role, spec: &TensorSpec, values: &[i32], evaluated, wire| {
			match spec.encode_values(values) {
				Ok(bytes) if evaluated => digest(role, spec, &bytes),
				// The interpreter keeps to the specifications, so there are bytes.
				_ => committed(wire),
			}
		};
		let statement = Statement {
			circuit: self.circuit_hash(),
			model: binding.model,
			version: binding.version,
			params: committed(PARAMS),
			input: digest(Role::Input, &graph.input, input, evaluated.input, INPUT),
			output: digest(Role::Output, &graph.output, &output, evaluated.output, OUTPUT),
			ctx: committed(CTX),
		};

		let key = self.key.key();
		let mut commitments = Vec::with_capacity(rounds);
		let wires = if rounds == 0 {
			assigned.witness.wires
		} else {
			let commitment = commit(&self.system, key, 0, &assigned.witness.wires, rng);
			commitments.push(commitment);
			let challenge = statement.challenge(&[commitment.wire()]);
			let challenge = canonical("challenge", challenge)?;
			assigned.complete(graph, &trace, evaluated, challenge).ok_or(ProveError::Challenge)?
		};
		let witness_ms = millis(start);
		let proof = prove(&self.system, key, &wires, &commitments, rng)
			.ok_or(ProveError::TooLarge { constraints: self.system.len() })?;

		let inputs = if rounds == 0 {
			statement.public_inputs().to_vec()
		} else {
			let tensor = |evaluated, spec, values| match evaluated {
				true => Tensor::Public(spec, values),
				false => Tensor::Committed,
			};
			statement.round_inputs::<Direct>(
				tensor(evaluated.input, &graph.input, input),
				tensor(evaluated.output, &graph.output, &output),
				&proof.commitments,
			)
		};
		zkml_groth16::verify(&self.prepared, &inputs, &proof).map_err(ProveError::Unsound)?;
		let prove_ms = millis(start);
		Ok(Proved { proof, output, statement, inputs, witness_ms, prove_ms })
	}
}

fn canonical(what: &'static str, scalar: Scalar) -> Result<Fr, ProveError> {
	to_field(&scalar).map_err(|_| ProveError::NotCanonical { what, got: scalar })
}

/// Evaluates a model and gives the wires up to the challenge.
pub(crate) fn assignment(
	model: &CompiledModel,
	input: &[i32],
	salts: Salts,
	ctx: Scalar,
) -> Result<(Trace, Assigned), ProveError> {
	let trace = model.trace(input)?;
	let secrets = Secrets {
		parameters: model.parameters(),
		weights: match model.visibility() {
			Visibility::Public => None,
			Visibility::Private => Some(canonical("params salt", model.params_salt())?),
		},
		constant: canonical("params commitment", model.params_commitment())?,
		input_salt: canonical("input salt", salts.input)?,
		output_salt: canonical("output salt", salts.output)?,
		ctx: canonical("ctx", ctx)?,
	};
	let assigned = assign(model.graph(), model.plan(), model.checks(), &trace, &secrets);
	Ok((trace, assigned))
}

fn millis(since: Instant) -> u32 {
	since.elapsed().as_millis().try_into().unwrap_or(u32::MAX)
}

/// A commitment to the wires of a round, and what hides them.
#[derive(Clone, Copy, Debug)]
pub struct Commitment {
	/// `sum w_i (beta A_i + alpha B_i + C_i) / delta_round + blind * delta`.
	pub point: G1Affine,
	/// Random, and taken back in C.
	pub blind: Fr,
}

impl Commitment {
	/// As it is in the proof.
	pub fn wire(&self) -> G1 {
		write_g1(&self.point)
	}
}

/// Commits to a round's wires, which are there already; those behind need not be.
pub fn commit(
	system: &R1cs,
	key: &ProvingKey,
	round: usize,
	wires: &[Fr],
	rng: &mut (impl RngCore + CryptoRng),
) -> Commitment {
	let blind = Fr::rand(rng);
	let sum = msm(&key.rounds[round].query, &integers(&wires[system.round(round)]));
	let point = (sum + key.delta_g1.into_group() * blind).into_affine();
	Commitment { point, blind }
}

fn integers(wires: &[Fr]) -> Vec<BigInt<4>> {
	wires.par_iter().with_min_len(1024).map(|w| w.into_bigint()).collect()
}

/// Values of the wires on one side of products.
fn pick(values: &[BigInt<4>], wires: &[Wire]) -> Vec<BigInt<4>> {
	wires.iter().map(|wire| values[*wire as usize]).collect()
}

/// Groth16's prover for any system, assignment, and commitments to its rounds; nothing if the system
/// is too large. An assignment that breaks a constraint gives a proof that does not verify.
pub fn prove(
	system: &R1cs,
	key: &ProvingKey,
	wires: &[Fr],
	commitments: &[Commitment],
	rng: &mut (impl RngCore + CryptoRng),
) -> Option<Proof> {
	let domain = qap::domain(system.len())?;
	let (r, s) = (Fr::rand(rng), Fr::rand(rng));
	let small = integers(wires);
	let in_last: Range<usize> = system.last();
	let in_b = pick(&small, &system.b_wires);
	// The product takes most of the time and uses all cores; the others fill its gaps.
	let (h, ((a, b_g1), (b_g2, last))) = rayon::join(
		|| {
			let product = qap::product(system, &domain, wires);
			msm(&key.h, &product)
		},
		|| {
			rayon::join(
				|| {
					rayon::join(
						|| msm(&key.a, &pick(&small, &system.a_wires)),
						|| msm(&key.b_g1, &in_b),
					)
				},
				|| rayon::join(|| msm(&key.b_g2, &in_b), || msm(&key.last, &small[in_last])),
			)
		},
	);
	let delta = key.delta_g1.into_group();
	let a = a + key.verifying.alpha + delta * r;
	let b_g1 = b_g1 + key.beta_g1 + delta * s;
	let b = b_g2 + key.verifying.beta + key.verifying.delta.into_group() * s;
	let mut c = h + last + a * s + b_g1 * r - delta * (r * s);
	for (round, commitment) in key.rounds.iter().zip(commitments) {
		c -= round.delta_g1.into_group() * commitment.blind;
	}
	let commitments: Vec<_> = commitments.iter().map(Commitment::wire).collect();
	Some(Proof {
		a: write_g1(&a.into_affine()),
		b: write_g2(&b.into_affine()),
		c: write_g1(&c.into_affine()),
		commitments: commitments.try_into().ok()?,
	})
}
