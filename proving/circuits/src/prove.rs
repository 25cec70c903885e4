//! Proving an inference.

use std::time::Instant;

use ark_bn254::Fr;
use rand::{CryptoRng, RngCore};
use thiserror::Error;
use zkml_groth16::{PreparedKey, VerifyError};
use zkml_poseidon::{from_field, to_field, Direct};
use zkml_primitives::{
	digest, CircuitHash, CircuitKey, ModelId, Proof, Role, Scalar, Statement, Tensor, TensorSpec,
};
pub use zkml_prover::{
	prove::{commit, prove, Commitment},
	ProverError,
};
use zkml_prover::{r1cs::Wire, KeyedSystem, ProvingKeyFile};

use crate::{
	circuit::{Assigned, Evaluated, Secrets, CTX, INPUT, OUTPUT, PARAMS},
	evaluate::{InputError, Trace},
	model::CompiledModel,
};

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
	keyed: KeyedSystem,
}

impl Prover {
	/// Checks that the key is the model's and builds the matrices.
	///
	/// # Errors
	///
	/// If the key is another model's, damaged, or one that verifiers refuse.
	pub fn new(model: CompiledModel, key: ProvingKeyFile) -> Result<Self, ProverError> {
		let keyed = KeyedSystem::new(model.settings_hash(), key, || model.circuit())?;
		Ok(Self { model, keyed })
	}

	/// The model.
	pub fn model(&self) -> &CompiledModel {
		&self.model
	}

	/// The circuit's name.
	pub fn circuit_hash(&self) -> CircuitHash {
		self.keyed.circuit_hash()
	}

	/// The key that the proofs verify under.
	pub fn circuit_key(&self) -> &CircuitKey {
		self.keyed.circuit_key()
	}

	/// The same with what verification needs.
	pub fn prepared_key(&self) -> &PreparedKey {
		self.keyed.prepared_key()
	}

	/// Evaluates the model and proves it. The proof is verified before it is given.
	///
	/// # Errors
	///
	/// If the model does not take the input, a salt or the context is no field element, the challenge hits
	/// a looked-up number (once in 2^226 proofs), or the key is damaged.
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
		let rounds = self.keyed.system().rounds.len();
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

		let mut commitments = Vec::with_capacity(rounds);
		let wires = if rounds == 0 {
			assigned.witness.wires
		} else {
			let commitment = self.keyed.commit(0, &assigned.witness.wires, rng);
			commitments.push(commitment);
			let challenge = statement.challenge(&[commitment.wire()]);
			let challenge = canonical("challenge", challenge)?;
			let circuit = model.describe();
			assigned.complete(&circuit, evaluated, challenge).ok_or(ProveError::Challenge)?
		};
		let witness_ms = millis(start);
		let constraints = self.keyed.system().len();
		let proof = self
			.keyed
			.prove(&wires, &commitments, rng)
			.ok_or(ProveError::TooLarge { constraints })?;

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
		zkml_groth16::verify(self.prepared_key(), &inputs, &proof).map_err(ProveError::Unsound)?;
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
		trace: &trace,
		parameters: model.parameters(),
		params_salt: canonical("params salt", model.params_salt())?,
		input_salt: canonical("input salt", salts.input)?,
		output_salt: canonical("output salt", salts.output)?,
		ctx: canonical("ctx", ctx)?,
	};
	let assigned = model.describe().assign(secrets);
	Ok((trace, assigned))
}

fn millis(since: Instant) -> u32 {
	since.elapsed().as_millis().try_into().unwrap_or(u32::MAX)
}
