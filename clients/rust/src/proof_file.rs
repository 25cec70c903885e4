//! `proof.json`: a proof, what it proves, and for what use.

mod context;

pub use context::{read_action, show_action, shown, ContextFile};

use std::path::Path;

use serde::{Deserialize, Serialize};
use zkml_circuits::{guard::Saturation, Binding};
use zkml_files::{
	hex,
	tensors::{self, SpecFile},
};
use zkml_poseidon::Direct;
use zkml_primitives::{
	commit, digest, CircuitHash, CircuitKey, Context, ModelVersion, ParamsCommitment, ParamsKind,
	Proof, Role, Scalar, Statement, Tensor, TensorData, TensorSpec, G1, G2, MAX_ROUNDS,
};

use crate::{
	chain::AccountId,
	files::{self, FileProblem, Over, Readers},
	Error,
};

/// What the field `format` says.
const FORMAT: &str = "zkml-proof/2";

/// A proof in JSON, with what it shows and what it is for.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ProofFile {
	/// The format and its version: `zkml-proof/2`.
	pub format: String,
	/// Hash of the verifying key it is under.
	#[serde(with = "hex::fixed")]
	pub circuit: [u8; 32],
	/// A, B, C in the chain's wire format.
	#[serde(with = "hex::fixed")]
	pub proof: [u8; 256],
	/// What was committed to in each round; none for a plain circuit.
	#[serde(default, skip_serializing_if = "Vec::is_empty")]
	pub commitments: Vec<Point>,
	/// The field elements of the statement it proves.
	pub digests: Digests,
	/// The point that commits to the parameters, of which `digests` has the digest, if the circuit's are
	/// committed to once. What it holds no proof says: the version on chain is what binds it.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub params_point: Option<Point>,
	/// The input, with values if it is public.
	pub input: TensorFile,
	/// The output, with values if it is public.
	pub output: TensorFile,
	/// Name of the class in `output`, or of its largest score, for people.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub label: Option<String>,
	/// What was clamped on the way, where the model's integers are narrower than they could become.
	/// Nothing if nothing was: the proof is of the integers, and these are close to the floats.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub saturation: Option<SaturationFile>,
	/// What the proof may be used for; without it the proof is bound to the bare `ctx`.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub context: Option<ContextFile>,
}

/// A point of G1 in the chain's wire format.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Point(#[serde(with = "hex::fixed")] pub [u8; 64]);

/// What a statement says of its tensors, and its context: the public inputs of a plain circuit.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Digests {
	/// Commitment to the parameters; of a point, its digest.
	#[serde(with = "hex::fixed")]
	pub params: [u8; 32],
	/// Digest of the input: its commitment; with a commit round, the hash of a public one.
	#[serde(with = "hex::fixed")]
	pub input: [u8; 32],
	/// Digest of the output, likewise.
	#[serde(with = "hex::fixed")]
	pub output: [u8; 32],
	/// Digest of the context.
	#[serde(with = "hex::fixed")]
	pub ctx: [u8; 32],
}

/// A tensor, in clear or not.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct TensorFile {
	/// Shape, width, range and scales.
	pub spec: SpecFile,
	/// The values, if they are public.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub values: Option<Vec<i32>>,
}

/// What was clamped, in JSON.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct SaturationFile {
	/// Number of elements that were clamped.
	pub elements: usize,
	/// Where and how far, if input and output are public: it tells something of them.
	#[serde(default, skip_serializing_if = "Vec::is_empty")]
	pub nodes: Vec<Saturation>,
}

impl SaturationFile {
	/// Of what was found, if anything was.
	pub fn new(found: &[Saturation], public: bool) -> Option<Self> {
		let elements = found.iter().map(|saturation| saturation.elements).sum();
		let nodes = if public { found.to_vec() } else { Vec::new() };
		(elements > 0).then_some(Self { elements, nodes })
	}
}

/// What goes into a new file.
pub struct Parts<'a> {
	/// The name of the key that the proof is under.
	pub circuit: CircuitHash,
	/// The proof, with its commitments.
	pub proof: &'a Proof,
	/// What the statement says.
	pub digests: Digests,
	/// The point that commits to the parameters, if one does.
	pub params_point: Option<G1>,
	/// Input: shape, and values if public.
	pub input: TensorFile,
	/// Output: shape, and values if public.
	pub output: TensorFile,
	/// Name of the class, if there is one.
	pub label: Option<String>,
	/// What was clamped on the way, if anything was.
	pub saturation: Option<SaturationFile>,
	/// What the proof may be used for, if it is bound to a use.
	pub context: Option<&'a Context<AccountId>>,
}

impl ProofFile {
	/// Puts a new file together.
	pub fn new(parts: Parts<'_>) -> Self {
		Self {
			format: FORMAT.into(),
			circuit: parts.circuit.0,
			proof: wire_bytes(parts.proof),
			commitments: parts.proof.commitments.iter().map(|point| Point(point.0)).collect(),
			digests: parts.digests,
			params_point: parts.params_point.map(|point| Point(point.0)),
			input: parts.input,
			output: parts.output,
			label: parts.label,
			saturation: parts.saturation,
			context: parts.context.map(ContextFile::from),
		}
	}

	/// Reads a proof file of this version.
	///
	/// # Errors
	///
	/// If the file cannot be read, or is no proof of this version.
	pub fn load(path: &Path) -> Result<Self, FileProblem> {
		let file: Self = files::read_json(path, "a proof written by `zkml prove`")?;
		if file.format != FORMAT {
			return Err(FileProblem::content(path, FORMAT, file.format));
		}
		Ok(file)
	}

	/// Writes it; nothing private is in it.
	///
	/// # Errors
	///
	/// If what is there cannot be made again, or the file cannot be written.
	pub fn save(&self, path: &Path) -> Result<(), FileProblem> {
		files::write_json(path, self, Readers::Everybody, Over::Results)
	}

	/// The proof in wire types, points unchecked.
	///
	/// # Errors
	///
	/// If there are more commitments than a proof may have.
	pub fn proof(&self) -> Result<Proof, Error> {
		let (a, rest) = self.proof.split_at(64);
		let (b, c) = rest.split_at(128);
		let mut proof = Proof {
			a: G1([0; 64]),
			b: G2([0; 128]),
			c: G1([0; 64]),
			commitments: Default::default(),
		};
		proof.a.0.copy_from_slice(a);
		proof.b.0.copy_from_slice(b);
		proof.c.0.copy_from_slice(c);
		let commitments: Vec<G1> = self.commitments.iter().map(|point| G1(point.0)).collect();
		let got = commitments.len();
		proof.commitments = commitments.try_into().map_err(|_| {
			let expected = format!("at most {MAX_ROUNDS}");
			Error::mismatch("the proof's commitments", expected, got)
		})?;
		Ok(proof)
	}

	/// Puts another proof of the same statement in.
	pub fn set_proof(&mut self, proof: &Proof) {
		self.proof = wire_bytes(proof);
		self.commitments = proof.commitments.iter().map(|point| Point(point.0)).collect();
	}

	/// The commitment to the parameters that the proof is about, as the file has it.
	pub fn params(&self) -> ParamsCommitment {
		match self.params_point {
			Some(Point(point)) => ParamsCommitment::Point(G1(point)),
			None => ParamsCommitment::Poseidon(Scalar(self.digests.params)),
		}
	}

	/// The digests in order.
	pub fn scalars(&self) -> [Scalar; 4] {
		let Digests { params, input, output, ctx } = self.digests;
		[params, input, output, ctx].map(Scalar)
	}

	/// The use it is bound to.
	///
	/// # Errors
	///
	/// If the proof is bound to no chain, or the action or account of its context cannot be read.
	pub fn context(&self) -> Result<Context<AccountId>, Error> {
		self.context
			.as_ref()
			.ok_or_else(|| {
				let expected = "a proof that is bound to a chain (zkml prove --model-id ..)";
				Error::mismatch("the proof's context", expected, "none")
			})?
			.read()
	}

	/// The tensor as the chain takes it: the values, else the commitment.
	///
	/// # Errors
	///
	/// If the specification does not allow the values, or is none itself.
	pub fn tensor(&self, role: Role) -> Result<TensorData, Error> {
		let (file, commitment) = match role {
			Role::Input => (&self.input, self.digests.input),
			_ => (&self.output, self.digests.output),
		};
		match &file.values {
			Some(values) => {
				let what = format!("the {}", tensors::name(role));
				Ok(tensors::public(&what, &file.spec.read()?, values)?)
			}
			None => Ok(TensorData::Committed(Scalar(commitment))),
		}
	}

	/// Checks all that the file says against itself and a key: that it is under this key, that the values
	/// in clear and the point are those of its digests, and that the context is the one bound. The chain
	/// takes its own word for these where it can, and never sees the file's.
	///
	/// # Errors
	///
	/// If the key is another, or a value, point or context is not that of its digest.
	pub fn check_itself(&self, key: &CircuitKey) -> Result<(), Error> {
		self.check_stated(key).map(drop)
	}

	/// Checks that the file is about the circuit and the parameters of a version on chain.
	///
	/// # Errors
	///
	/// If it is about others.
	pub fn check_version(&self, number: u32, version: &ModelVersion) -> Result<(), Error> {
		let params = version.params.scalar().0;
		same(&format!("the circuit of version {number}"), &version.circuit.0, &self.circuit)?;
		same(&format!("the parameters of version {number}"), &params, &self.digests.params)
	}

	/// Checks everything that can be checked without a chain: that it is under this key, that the
	/// values in clear are those committed to, that the context is the one bound, and the proof.
	///
	/// # Errors
	///
	/// If the key is another or one that verifiers refuse, a value or digest is another than was
	/// proved, or the proof does not hold.
	pub fn verify(&self, key: &CircuitKey) -> Result<(), Error> {
		let [input, output] = self.check_stated(key)?;
		let mut prepared = zkml_groth16::prepare(key)?;
		if let Some(Point(point)) = &self.params_point {
			let params = zkml_groth16::prepare_params(&prepared, &G1(*point))?;
			prepared = prepared.with_params(params);
		}
		let proof = self.proof()?;
		let inputs = match key {
			CircuitKey::Plain(_) => self.scalars().to_vec(),
			CircuitKey::Rounds(_) | CircuitKey::Committed(_) => {
				let [input, output] = [(&input, &self.input), (&output, &self.output)].map(
					|(spec, file)| match &file.values {
						Some(values) => Tensor::Public(spec, values),
						None => Tensor::Committed,
					},
				);
				let statement = self.proved_statement()?;
				statement.round_inputs::<Direct>(key.params(), input, output, &proof.commitments)
			}
			CircuitKey::Program(_) => return Err(no_model()),
		};
		zkml_groth16::verify(&prepared, &inputs, &proof)?;
		Ok(())
	}

	/// [`Self::check_itself`], and the specifications of input and output.
	fn check_stated(&self, key: &CircuitKey) -> Result<[TensorSpec; 2], Error> {
		let expected = hex::show(&key.hash().0);
		if expected != hex::show(&self.circuit) {
			return Err(Error::mismatch(
				"the proof is under another verifying key",
				expected,
				hex::show(&self.circuit),
			));
		}
		let digests = self.digests;
		let specs = [self.input.spec.read()?, self.output.spec.read()?];
		for (role, file, stated, spec) in [
			(Role::Input, &self.input, digests.input, &specs[0]),
			(Role::Output, &self.output, digests.output, &specs[1]),
		] {
			if let Some(values) = &file.values {
				let what = format!("the {}", tensors::name(role));
				tensors::check_values(&what, spec, values)?;
				let found = match key {
					CircuitKey::Plain(_) => commit::<Direct>(role, spec, values, Scalar::ZERO),
					CircuitKey::Rounds(_) | CircuitKey::Committed(_) => {
						match tensors::public(&what, spec, values)? {
							TensorData::Public(bytes) => digest(role, spec, &bytes),
							TensorData::Committed(commitment) => commitment,
						}
					}
					CircuitKey::Program(_) => return Err(no_model()),
				};
				same(&format!("{what}'s digest"), &stated, &found.0)?;
			}
		}
		if self.context.is_some() {
			same("the context's digest", &digests.ctx, &self.context()?.digest().0)?;
		}
		self.check_point(key.params())?;
		Ok(specs)
	}

	/// Checks that the parameters are a point where the circuit takes one, and the one that the statement
	/// is about.
	fn check_point(&self, kind: ParamsKind) -> Result<(), Error> {
		let what = "the proof's parameters";
		match (kind, &self.params_point) {
			(ParamsKind::Input, None) => Ok(()),
			(ParamsKind::Input, Some(_)) => {
				let expected = "none but their digest, under a key of this kind";
				Err(Error::mismatch(what, expected, "a point (params_point)"))
			}
			(ParamsKind::Point, None) => {
				let expected = "a point (params_point), which the key of this circuit takes";
				Err(Error::mismatch(what, expected, "none"))
			}
			(ParamsKind::Point, Some(Point(point))) => {
				let digest = ParamsCommitment::Point(G1(*point)).scalar();
				same("the digest of the parameters' point", &self.digests.params, &digest.0)
			}
		}
	}

	/// The statement as the proof was made for it: of no model if it is bound to no chain.
	fn proved_statement(&self) -> Result<Statement, Error> {
		if self.context.is_some() {
			return self.statement();
		}
		let [params, input, output, ctx] = self.scalars();
		let Binding { model, version, .. } = Binding::bare(ctx);
		let circuit = CircuitHash(self.circuit);
		Ok(Statement { circuit, model, version, params, input, output, ctx })
	}

	/// The statement, if the proof is bound to a chain.
	///
	/// # Errors
	///
	/// If the proof is bound to no chain, or its context cannot be read.
	pub fn statement(&self) -> Result<Statement, Error> {
		let context = self.context()?;
		let [params, input, output, ctx] = self.scalars();
		Ok(Statement {
			circuit: CircuitHash(self.circuit),
			model: context.model,
			version: context.version,
			params,
			input,
			output,
			ctx,
		})
	}
}

/// A, B and C in their 256 bytes.
fn wire_bytes(proof: &Proof) -> [u8; 256] {
	let mut out = [0; 256];
	out[..64].copy_from_slice(&proof.a.0);
	out[64..192].copy_from_slice(&proof.b.0);
	out[192..].copy_from_slice(&proof.c.0);
	out
}

fn same(what: &str, expected: &[u8; 32], got: &[u8; 32]) -> Result<(), Error> {
	if expected == got {
		return Ok(());
	}
	Err(Error::mismatch(what, hex::show(expected), hex::show(got)))
}

fn no_model() -> Error {
	Error::mismatch("the verifying key", "one of a model", "one of another tool's program")
}

#[cfg(test)]
mod tests {
	use super::*;
	use zkml_primitives::{
		Action, CircuitHash, Content, ModelId, Scales, VerifyingKey, Visibility,
	};

	fn file() -> ProofFile {
		let spec = TensorSpec {
			dims: vec![1].try_into().unwrap(),
			bits: 8,
			min: 0,
			max: 9,
			scales: Scales::ONE,
		};
		let context = Context {
			genesis: [1; 32],
			action: Action::Submit(5),
			model: ModelId([2; 32]),
			version: 1,
			beneficiary: AccountId::from([3; 32]),
			expiry: 100,
			shown: shown(true, false),
		};
		let proof = Proof {
			a: G1([1; 64]),
			b: G2([2; 128]),
			c: G1([3; 64]),
			commitments: vec![G1([4; 64])].try_into().unwrap(),
		};
		let output = commit::<Direct>(Role::Output, &spec, &[7], Scalar::ZERO).0;
		ProofFile::new(Parts {
			circuit: key().hash(),
			proof: &proof,
			digests: Digests { params: [1; 32], input: [2; 32], output, ctx: context.digest().0 },
			params_point: None,
			input: TensorFile { spec: (&spec).into(), values: None },
			output: TensorFile { spec: (&spec).into(), values: Some(vec![7]) },
			label: None,
			saturation: None,
			context: Some(&context),
		})
	}

	fn key() -> CircuitKey {
		let (g1, g2) = (G1([1; 64]), G2([1; 128]));
		let key = VerifyingKey { alpha: g1, beta: g2, gamma: g2, delta: g2, ic: [g1; 5] };
		CircuitKey::Plain(key)
	}

	#[test]
	fn a_file_is_read_back_as_it_was_written() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("proof.json");
		let file = file();
		file.save(&path).unwrap();
		let back = ProofFile::load(&path).unwrap();
		assert_eq!(back.proof().unwrap(), file.proof().unwrap());
		assert_eq!(back.proof().unwrap().commitments.len(), 1);
		assert_eq!(back.context().unwrap().digest(), file.context().unwrap().digest());
		assert_eq!(back.statement().unwrap(), file.statement().unwrap());
		assert_eq!(back.tensor(Role::Input).unwrap(), TensorData::Committed(Scalar([2; 32])));
		let public = vec![128 + 7].try_into().unwrap();
		assert_eq!(back.tensor(Role::Output).unwrap(), TensorData::Public(public));
	}

	#[test]
	fn a_changed_output_beneficiary_or_key_is_named_before_the_proof_is_looked_at() {
		let mut flipped = file();
		flipped.output.values = Some(vec![8]);
		let error = flipped.verify(&key()).unwrap_err().to_string();
		assert!(error.starts_with("the output's digest: expected 0x"), "{error}");
		let mut stolen = file();
		stolen.context.as_mut().unwrap().beneficiary = "//Bob".into();
		let error = stolen.verify(&key()).unwrap_err().to_string();
		assert!(error.starts_with("the context's digest: expected 0x"), "{error}");
		let mut foreign = file();
		foreign.circuit = [9; 32];
		let error = foreign.verify(&key()).unwrap_err().to_string();
		assert!(error.starts_with("the proof is under another verifying key"), "{error}");
		let error = file().verify(&key()).unwrap_err().to_string();
		assert!(error.starts_with("verifying key: expected one"), "{error}");
		assert!(error.contains("refused: alpha"), "{error}");
	}

	#[test]
	fn a_file_that_says_something_else_is_named_without_its_proof() {
		assert!(file().check_itself(&key()).is_ok());
		let changes: [(&dyn Fn(&mut ProofFile), &str); 5] = [
			(&|file| file.circuit = [9; 32], "the proof is under another verifying key: expected"),
			(&|file| file.digests.output = [0; 32], "the output's digest: expected 0x0000"),
			(&|file| file.digests.ctx = [0; 32], "the context's digest: expected 0x0000"),
			(&|file| file.output.values = Some(vec![8]), "the output's digest: expected 0x"),
			(
				&|file| file.params_point = Some(Point([1; 64])),
				"the proof's parameters: expected none",
			),
		];
		for (change, words) in changes {
			let mut changed = file();
			change(&mut changed);
			let error = changed.check_itself(&key()).unwrap_err().to_string();
			assert!(error.starts_with(words) && error.contains(", got "), "{error}");
		}
	}

	#[test]
	fn a_file_is_about_the_parameters_of_the_version_on_chain_or_refused() {
		let spec = file().input.spec.read().unwrap();
		let version = |params| ModelVersion {
			circuit: key().hash(),
			setup: zkml_primitives::SetupLevel::SingleParty,
			params,
			visibility: Visibility::Private,
			input: spec.clone(),
			output: spec.clone(),
			labels: Default::default(),
			accuracy: Default::default(),
			content: Content { model: [0; 32], proving_key: [0; 32], uri: Default::default() },
		};
		let own = version(ParamsCommitment::Poseidon(Scalar([1; 32])));
		file().check_version(2, &own).unwrap();
		let mut foreign = own.clone();
		foreign.circuit = CircuitHash([8; 32]);
		for (version, words) in [
			(version(ParamsCommitment::Poseidon(Scalar([4; 32]))), "the parameters of version 2"),
			(version(ParamsCommitment::Point(G1([4; 64]))), "the parameters of version 2"),
			(foreign, "the circuit of version 2"),
		] {
			let error = file().check_version(2, &version).unwrap_err().to_string();
			assert!(error.starts_with(&format!("{words}: expected 0x")), "{error}");
			assert!(error.contains(", got 0x"), "{error}");
		}
	}
}
