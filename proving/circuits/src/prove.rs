//! Proving an inference.

use std::time::Instant;

use ark_bn254::Fr;
use ark_ff::UniformRand;
use rand::{CryptoRng, RngCore};
use thiserror::Error;
use zkml_groth16::{prepare_params, write_g1, PreparedKey, VerifyError};
use zkml_poseidon::{from_field, to_field, Direct};
use zkml_primitives::{
	digest, CircuitHash, CircuitKey, ModelId, ParamsCommitment, Proof, RangeProof, Role, Scalar,
	Statement, Tensor, TensorSpec,
};
pub use zkml_prover::{
	prove::{commit, prove, Commitment, Committed},
	ProverError,
};
use zkml_prover::{r1cs::Wire, KeyedSystem, ProvingKeyFile, RangeKeyFile};

use crate::{
	circuit::{Assigned, Evaluated, Secrets},
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
		/// The number that is meant, in words.
		what: &'static str,
		/// The 32 bytes that were given, big-endian.
		got: Scalar,
	},
	/// The circuit is too large for the field.
	#[error("circuit: expected at most 2^27 constraints, got {constraints}")]
	TooLarge {
		/// The constraints that the circuit has.
		constraints: usize,
	},
	/// The challenge is one of the numbers looked up.
	#[error("challenge: expected none of the tables' numbers, got one; prove again")]
	Challenge,
	/// The range key does not go with the model and its key.
	#[error(transparent)]
	RangeKey(#[from] ProverError),
	/// The proof was made and does not verify: the key is damaged.
	#[error("proof: expected one that verifies, got one that does not ({0}); is the key damaged?")]
	Unsound(VerifyError),
}

/// What a proof is bound to beside the inference.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Binding {
	/// The model on chain, as the statement has it.
	pub model: ModelId,
	/// The model's version, as the statement has it.
	pub version: u32,
	/// The digest of the context: [`zkml_primitives::Context::digest`].
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
	/// The salt of the input's commitment.
	pub input: Scalar,
	/// The salt of the output's commitment.
	pub output: Scalar,
}

/// A proof and what it shows.
#[derive(Clone, Debug)]
pub struct Proved {
	/// The proof, which was verified once it was made.
	pub proof: Proof,
	/// The output, in clear.
	pub output: Vec<i32>,
	/// What the proof says.
	pub statement: Statement,
	/// The public inputs that follow from it.
	pub inputs: Vec<Scalar>,
	/// Time for evaluation and witness, in milliseconds.
	pub witness_ms: u32,
	/// Time for the whole proof, in milliseconds, the witness with it.
	pub prove_ms: u32,
}

/// A model and its key, with the matrices ready.
#[derive(Debug)]
pub struct Prover {
	model: CompiledModel,
	keyed: KeyedSystem,
	params: ParamsCommitment,
	committed: Option<CommittedParams>,
	prepared: PreparedKey,
}

/// Parameters that a point commits to.
#[derive(Debug)]
struct CommittedParams {
	/// The salt and the words.
	words: Vec<Fr>,
	commitment: Committed,
}

impl Prover {
	/// Checks that the key is the model's and builds the matrices.
	///
	/// # Errors
	///
	/// If the key is another model's, damaged, or one that verifiers refuse.
	pub fn new(model: CompiledModel, key: ProvingKeyFile) -> Result<Self, ProverError> {
		let keyed = KeyedSystem::new(model.settings_hash(), key, || model.circuit())?;
		let prepared = keyed.prepared_key().clone();
		if let Some(commitment) = model.params_commitment() {
			let params = ParamsCommitment::Poseidon(commitment);
			return Ok(Self { model, keyed, params, committed: None, prepared });
		}
		let salt = model.point_salt(keyed.circuit_hash());
		let words = model.describe().words(model.parameters(), salt);
		let commitment = keyed.commit_once(&words);
		let point = write_g1(&commitment.point);
		let params = prepare_params(&prepared, &point).map_err(ProverError::Params)?;
		let prepared = prepared.with_params(params);
		let committed = Some(CommittedParams { words, commitment });
		Ok(Self { model, keyed, params: ParamsCommitment::Point(point), committed, prepared })
	}

	/// The commitment to the model's parameters.
	pub fn params(&self) -> ParamsCommitment {
		self.params
	}

	/// Proves that the parameters that a point commits to are within their widths; `None` if they are
	/// committed to otherwise.
	///
	/// # Errors
	///
	/// If the key is not the range key that was made with the prover's, or damaged.
	pub fn prove_ranges(
		&self,
		key: &RangeKeyFile,
		rng: &mut (impl RngCore + CryptoRng),
	) -> Result<Option<RangeProof>, ProveError> {
		let (Some(circuit), Some(params)) = (self.model.range_circuit(), &self.committed) else {
			return Ok(None);
		};
		let own = (params.words.as_slice(), self.model.parameters());
		let salt = Fr::rand(rng);
		circuit.prove(key, &self.prepared, own, salt, rng).map(Some)
	}

	/// The model whose inferences are proved.
	pub fn model(&self) -> &CompiledModel {
		&self.model
	}

	/// The circuit's name: the hash of its verifying key.
	pub fn circuit_hash(&self) -> CircuitHash {
		self.keyed.circuit_hash()
	}

	/// The key that the proofs verify under.
	pub fn circuit_key(&self) -> &CircuitKey {
		self.keyed.circuit_key()
	}

	/// The same with what verification needs, the parameters' commitment with it.
	pub fn prepared_key(&self) -> &PreparedKey {
		&self.prepared
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
		let words = self.committed.as_ref().map_or(&[][..], |params| &params.words);
		let (trace, assigned) = assignment(model, words, input, salts, binding.ctx)?;
		let public = model.describe().public();
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
			params: self.params.scalar(),
			input: digest(Role::Input, &graph.input, input, evaluated.input, public.input),
			output: digest(Role::Output, &graph.output, &output, evaluated.output, public.output),
			ctx: committed(public.ctx),
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
			.prove(
				&wires,
				self.committed.as_ref().map(|params| &params.commitment),
				&commitments,
				rng,
			)
			.ok_or(ProveError::TooLarge { constraints })?;

		let inputs = if rounds == 0 {
			statement.public_inputs().to_vec()
		} else {
			let tensor = |evaluated, spec, values| match evaluated {
				true => Tensor::Public(spec, values),
				false => Tensor::Committed,
			};
			statement.round_inputs::<Direct>(
				model.params_kind(),
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

pub(crate) fn canonical(what: &'static str, scalar: Scalar) -> Result<Fr, ProveError> {
	to_field(&scalar).map_err(|_| ProveError::NotCanonical { what, got: scalar })
}

/// Evaluates a model and gives the wires up to the challenge; `words` are the values of those that are committed
/// to once.
pub(crate) fn assignment(
	model: &CompiledModel,
	words: &[Fr],
	input: &[i32],
	salts: Salts,
	ctx: Scalar,
) -> Result<(Trace, Assigned), ProveError> {
	let trace = model.trace(input)?;
	let secrets = Secrets {
		trace: &trace,
		parameters: model.parameters(),
		params_salt: canonical("params salt", model.params_salt())?,
		words,
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
