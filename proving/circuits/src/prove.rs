//! Proving an inference.

use std::{sync::Arc, time::Instant};

use ark_bn254::Fr;
use ark_ff::UniformRand;
use rand::{CryptoRng, RngCore};
use thiserror::Error;
use zkml_groth16::{prepare_params, write_g1, PreparedKey, VerifyError};
use zkml_poseidon::{from_field, to_field, Direct};
use zkml_primitives::{
	digest, CircuitHash, CircuitKey, ModelId, ParamsCommitment, Proof, RangeProof, Role, Scalar,
	Statement, Tensor, TensorSpec, Tensors, ValueInfo, MAX_TENSOR_BYTES,
};
pub use zkml_prover::ProverError;
use zkml_prover::{prove::Committed, KeyedSystem, ProvingKeyFile, RangeKeyFile};

use crate::{
	circuit::{Assigned, Evaluated, Secrets},
	evaluate::{InputError, Trace},
	graph::IntGraph,
	model::{random_salt, CompiledModel},
};

/// Why there is no proof.
#[derive(Debug, Error)]
pub enum ProveError {
	/// The inputs are not those that the model takes.
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
	/// Salts for another number of tensors.
	#[error("salts of {role}s: expected {expected}, or none if all are public, got {got}")]
	Salts {
		/// Whether they are of an `input` or an `output`.
		role: &'static str,
		/// Tensors that the model has.
		expected: usize,
		/// Salts that were given.
		got: usize,
	},
	/// More public inputs, or outputs, than a chain takes.
	#[error(
		"public {role}s {}: expected at most {MAX_TENSOR_BYTES} bytes together, got {got} (private ones \
		 can be longer)", names.join(", ")
	)]
	TooLong {
		/// Whether they are of an `input` or an `output`.
		role: &'static str,
		/// The names of those that are public.
		names: Vec<String>,
		/// Bytes that they have.
		got: u64,
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
/// private one. With none at all everything is public.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Salts {
	/// The salt of each input's commitment, or none if all are public.
	pub inputs: Vec<Scalar>,
	/// The salt of each output's commitment, likewise.
	pub outputs: Vec<Scalar>,
}

impl Salts {
	/// Of an inference of which nothing is public.
	pub fn random(model: &CompiledModel, rng: &mut (impl RngCore + CryptoRng)) -> Self {
		let graph = model.graph();
		Self {
			inputs: graph.inputs.iter().map(|_| random_salt(rng)).collect(),
			outputs: graph.outputs.iter().map(|_| random_salt(rng)).collect(),
		}
	}

	/// One for each tensor of a graph.
	pub(crate) fn each(self, graph: &IntGraph) -> Result<Self, ProveError> {
		let all = |role, expected, salts: Vec<Scalar>| match salts.len() {
			0 => Ok(vec![Scalar::ZERO; expected]),
			got if got == expected => Ok(salts),
			got => Err(ProveError::Salts { role, expected, got }),
		};
		let inputs = all("input", graph.inputs.len(), self.inputs)?;
		let outputs = all("output", graph.outputs.len(), self.outputs)?;
		let results = graph.outputs.iter().map(|output| &output.info);
		check_public("input", graph.inputs.iter(), &inputs)?;
		check_public("output", results, &outputs)?;
		Ok(Self { inputs, outputs })
	}
}

/// Refuses more public tensors than a chain takes: those without a salt.
fn check_public<'a>(
	role: &'static str,
	infos: impl Iterator<Item = &'a ValueInfo>,
	salts: &[Scalar],
) -> Result<(), ProveError> {
	let public = infos.zip(salts).filter(|(_, salt)| **salt == Scalar::ZERO);
	let public: Vec<_> = public.map(|(info, _)| info).collect();
	let got = public.iter().map(|info| u64::from(info.tensor.byte_len())).sum();
	match got > u64::from(MAX_TENSOR_BYTES) {
		true => {
			let names = public.into_iter().map(ValueInfo::title).collect();
			Err(ProveError::TooLong { role, names, got })
		}
		false => Ok(()),
	}
}

/// A proof and what it shows.
#[derive(Clone, Debug)]
pub struct Proved {
	/// The proof, which was verified once it was made.
	pub proof: Proof,
	/// The outputs, in clear.
	pub outputs: Vec<Vec<i32>>,
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
	keyed: Arc<KeyedSystem>,
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
		Self::sharing(model, Arc::new(keyed))
	}

	/// With the key and the matrices of another prover, whose model has the same circuit: a private model that
	/// was retrained needs no more memory than its parameters.
	///
	/// # Errors
	///
	/// If the key is another circuit's.
	pub fn sharing(model: CompiledModel, keyed: Arc<KeyedSystem>) -> Result<Self, ProverError> {
		keyed.check_settings(model.settings_hash())?;
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

	/// Key and matrices, which other provers may share.
	pub fn keyed(&self) -> &Arc<KeyedSystem> {
		&self.keyed
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

	/// Evaluates the model on a list of values for each input and proves it. The proof is verified before it
	/// is given.
	///
	/// # Errors
	///
	/// If the model does not take the inputs, salts are missing, a salt or the context is no field element, a
	/// public tensor is too long, the challenge hits a looked-up number (once in 2^226 proofs), or the key is
	/// damaged.
	pub fn prove(
		&self,
		inputs: &[Vec<i32>],
		salts: Salts,
		binding: Binding,
		rng: &mut (impl RngCore + CryptoRng),
	) -> Result<Proved, ProveError> {
		let start = Instant::now();
		let (model, graph) = (&self.model, self.model.graph());
		let words = self.committed.as_ref().map_or(&[][..], |params| &params.words);
		let salts = salts.each(graph)?;
		let (trace, assigned) = assignment(model, words, inputs, &salts, binding.ctx)?;
		let outputs = trace.outputs(graph);
		let rounds = self.keyed.system().rounds.len();
		let open = |salts: &[Scalar]| -> Vec<bool> {
			salts.iter().map(|salt| rounds > 0 && *salt == Scalar::ZERO).collect()
		};
		let evaluated = Evaluated { inputs: open(&salts.inputs), outputs: open(&salts.outputs) };
		let specs = || graph.inputs.iter().map(|info| &info.tensor);
		let ins = digests(Role::Input, specs(), inputs, &evaluated.inputs, assigned.inputs());
		let (role, chosen) = (Role::Output, &evaluated.outputs);
		let outs = digests(role, graph.output_specs(), &outputs, chosen, assigned.outputs());
		let statement = Statement {
			circuit: self.circuit_hash(),
			model: binding.model,
			version: binding.version,
			params: self.params.scalar(),
			inputs: ins,
			outputs: outs,
			ctx: binding.ctx,
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
			assigned.complete(&circuit, &evaluated, challenge).ok_or(ProveError::Challenge)?
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

		let public = if rounds == 0 {
			statement.public_inputs::<Direct>().to_vec()
		} else {
			statement.round_inputs::<Direct>(
				model.params_kind(),
				&tensors(specs(), inputs, &evaluated.inputs),
				&tensors(graph.output_specs(), &outputs, &evaluated.outputs),
				&proof.commitments,
			)
		};
		zkml_groth16::verify(self.prepared_key(), &public, &proof).map_err(ProveError::Unsound)?;
		let prove_ms = millis(start);
		Ok(Proved { proof, outputs, statement, inputs: public, witness_ms, prove_ms })
	}
}

/// The digests of tensors in the statement: of their bytes where they are evaluated, or else their
/// commitments.
fn digests<'a>(
	role: Role,
	specs: impl Iterator<Item = &'a TensorSpec>,
	values: &[Vec<i32>],
	evaluated: &[bool],
	commitments: Vec<Fr>,
) -> Tensors<Scalar> {
	let all = specs.zip(values).zip(evaluated).zip(commitments);
	let one =
		|(((spec, values), evaluated), commitment): (((&TensorSpec, &Vec<i32>), &bool), Fr)| {
			match evaluated.then(|| spec.encode_values(values)) {
				Some(Ok(bytes)) => digest(role, spec, &bytes),
				// The interpreter keeps to the specifications: there are bytes where they are wanted.
				Some(Err(_)) | None => from_field(commitment),
			}
		};
	Tensors::truncate_from(all.map(one).collect())
}

/// The tensors as whoever derives the public inputs sees them.
fn tensors<'a>(
	specs: impl Iterator<Item = &'a TensorSpec>,
	values: &'a [Vec<i32>],
	evaluated: &'a [bool],
) -> Vec<Tensor<'a>> {
	let all = specs.zip(values).zip(evaluated);
	let one = |((spec, values), evaluated): ((&'a TensorSpec, &'a Vec<i32>), &bool)| match evaluated
	{
		true => Tensor::Public(spec, values),
		false => Tensor::Committed,
	};
	all.map(one).collect()
}

pub(crate) fn canonical(what: &'static str, scalar: Scalar) -> Result<Fr, ProveError> {
	to_field(&scalar).map_err(|_| ProveError::NotCanonical { what, got: scalar })
}

/// Evaluates a model and gives the wires up to the challenge; `words` are the values of those that are committed
/// to once, and there is a salt for each tensor.
pub(crate) fn assignment(
	model: &CompiledModel,
	words: &[Fr],
	inputs: &[Vec<i32>],
	salts: &Salts,
	ctx: Scalar,
) -> Result<(Trace, Assigned), ProveError> {
	let trace = model.trace(inputs)?;
	let each = |what, salts: &[Scalar]| -> Result<Vec<Fr>, ProveError> {
		salts.iter().map(|salt| canonical(what, *salt)).collect()
	};
	let secrets = Secrets {
		trace: &trace,
		parameters: model.parameters(),
		params_salt: canonical("params salt", model.params_salt())?,
		words,
		input_salts: &each("input salt", &salts.inputs)?,
		output_salts: &each("output salt", &salts.outputs)?,
		ctx: canonical("ctx", ctx)?,
	};
	let assigned = model.describe().assign(secrets);
	Ok((trace, assigned))
}

fn millis(since: Instant) -> u32 {
	since.elapsed().as_millis().try_into().unwrap_or(u32::MAX)
}
