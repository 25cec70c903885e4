//! Proving.

use std::time::Instant;

use ark_bn254::{Bn254, Fr, G1Affine, G1Projective, G2Affine, G2Projective};
use ark_ec::{pairing::Pairing, AffineRepr, CurveGroup, VariableBaseMSM};
use ark_ff::{PrimeField, UniformRand};
use ark_groth16::{Proof as ArkProof, ProvingKey};
use rand::{CryptoRng, RngCore};
use rayon::prelude::*;
use thiserror::Error;
use zkml_groth16::{write_g1, write_g2, KeyError, PreparedKey, VerifyError};
use zkml_poseidon::{from_field, to_field};
use zkml_primitives::{CircuitHash, Proof, Scalar, VerifyingKey, Visibility};

use crate::{
	circuit::{assign, Secrets, CTX, INPUT, OUTPUT, PARAMS},
	evaluate::InputError,
	files::FileError,
	keys::ProvingKeyFile,
	model::CompiledModel,
	qap,
	r1cs::R1cs,
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
	#[error("proving key: expected {expected} points, got {got}")]
	Size {
		/// Points for the model's circuit.
		expected: usize,
		/// Points there are.
		got: usize,
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
	/// The proof was made and does not verify: the key is damaged.
	#[error("proof: expected one that verifies, got one that does not ({0}); is the key damaged?")]
	Unsound(VerifyError),
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
	/// Public input: commitment to the input.
	pub input_commitment: Scalar,
	/// Public input: commitment to the output.
	pub output_commitment: Scalar,
	/// Public input: commitment to the parameters.
	pub params_commitment: Scalar,
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
fn check_blinding(key: &ProvingKeyFile) -> Result<(), ProverError> {
	let pk = key.key();
	let on_curve = zkml_groth16::read_g1(&zkml_groth16::write_g1(&pk.delta_g1)).is_ok();
	let same = || {
		Bn254::pairing(pk.delta_g1, G2Affine::generator())
			== Bn254::pairing(G1Affine::generator(), pk.vk.delta_g2)
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
		let prepared = zkml_groth16::prepare(&key.verifying_key()).map_err(ProverError::Key)?;
		check_blinding(&key)?;
		let system = model.circuit();
		let (wires, domain) = (system.wires, system.len().next_power_of_two());
		for (expected, got) in [(wires, key.key().a_query.len()), (domain, key.key().h_query.len())]
		{
			if expected != got {
				return Err(ProverError::Size { expected, got });
			}
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
	pub fn verifying_key(&self) -> &VerifyingKey {
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
		ctx: Scalar,
		rng: &mut (impl RngCore + CryptoRng),
	) -> Result<Proved, ProveError> {
		let start = Instant::now();
		let field = |what, scalar: Scalar| {
			to_field(&scalar).map_err(|_| ProveError::NotCanonical { what, got: scalar })
		};
		let trace = self.model.trace(input)?;
		let secrets = Secrets {
			parameters: self.model.parameters(),
			weights: match self.model.visibility() {
				Visibility::Public => None,
				Visibility::Private => Some(field("params salt", self.model.params_salt())?),
			},
			constant: field("params commitment", self.model.params_commitment())?,
			input_salt: field("input salt", salts.input)?,
			output_salt: field("output salt", salts.output)?,
			ctx: field("ctx", ctx)?,
		};
		let wires = assign(self.model.graph(), self.model.plan(), &trace, &secrets);
		let witness_ms = millis(start);
		let proof = prove(&self.system, self.key.key(), &wires, rng)
			.ok_or(ProveError::TooLarge { constraints: self.system.len() })?;
		let proof = Proof { a: write_g1(&proof.a), b: write_g2(&proof.b), c: write_g1(&proof.c) };
		let public = [PARAMS, INPUT, OUTPUT, CTX].map(|wire| from_field(wires[wire as usize]));
		zkml_groth16::verify(&self.prepared, &public, &proof).map_err(ProveError::Unsound)?;
		let [params_commitment, input_commitment, output_commitment, _] = public;
		let output = trace.output();
		let prove_ms = millis(start);
		Ok(Proved {
			proof,
			output,
			input_commitment,
			output_commitment,
			params_commitment,
			witness_ms,
			prove_ms,
		})
	}
}

fn millis(since: Instant) -> u32 {
	since.elapsed().as_millis().try_into().unwrap_or(u32::MAX)
}

/// Groth16's prover for any system and assignment; nothing if the system is too large. An
/// assignment that breaks a constraint gives a proof that does not verify.
pub fn prove(
	system: &R1cs,
	key: &ProvingKey<Bn254>,
	wires: &[Fr],
	rng: &mut (impl RngCore + CryptoRng),
) -> Option<ArkProof<Bn254>> {
	let domain = qap::domain(system.len())?;
	let (r, s) = (Fr::rand(rng), Fr::rand(rng));
	let small: Vec<_> = wires.par_iter().with_min_len(1024).map(|w| w.into_bigint()).collect();
	let g1 = |points: &[G1Affine]| G1Projective::msm_bigint(points, &small);
	// The quotient takes most of the time and uses all cores; the others fill its gaps.
	let (h, ((a, b_g1), (b_g2, l))) = rayon::join(
		|| {
			let quotient = qap::quotient(system, &domain, wires);
			G1Projective::msm_unchecked(&key.h_query, &quotient)
		},
		|| {
			rayon::join(
				|| rayon::join(|| g1(&key.a_query), || g1(&key.b_g1_query)),
				|| {
					rayon::join(
						|| G2Projective::msm_bigint(&key.b_g2_query, &small),
						|| G1Projective::msm_bigint(&key.l_query, &small[system.public..]),
					)
				},
			)
		},
	);
	let a = a + key.vk.alpha_g1 + key.delta_g1.into_group() * r;
	let b_g1 = b_g1 + key.beta_g1 + key.delta_g1.into_group() * s;
	let b = b_g2 + key.vk.beta_g2 + key.vk.delta_g2.into_group() * s;
	let c = h + l + a * s + b_g1 * r - key.delta_g1.into_group() * (r * s);
	Some(ArkProof { a: a.into_affine(), b: b.into_affine(), c: c.into_affine() })
}
