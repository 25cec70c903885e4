//! `proof.json`: a proof, what it proves, and for what use.

mod context;

pub use context::{read_action, show_action, visibilities, ContextFile};

use std::path::Path;

use serde::{Deserialize, Serialize};
use zkml_circuits::{guard::Saturation, Binding};
use zkml_files::{
	hex,
	tensors::{self, SpecFile},
};
use zkml_poseidon::Direct;
use zkml_primitives::{
	commit, digest, one_line, CircuitHash, CircuitKey, Context, ModelId, ModelVersion,
	ParamsCommitment, ParamsKind, Proof, Role, Scalar, Statement, Tensor, TensorData, TensorSpec,
	Tensors, ValueInfo, Visibility, G1, G2, MAX_ROUNDS, MAX_TENSORS, PLAIN_INPUTS,
};

use crate::{
	chain::AccountId,
	files::{self, FileProblem, Over, Readers},
	Error,
};

/// What the field `format` says.
const FORMAT: &str = "zkml-proof/3";

/// A proof in JSON, with what it shows and what it is for.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ProofFile {
	/// The format and its version: `zkml-proof/3`.
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
	/// The inputs, with values of those that are public.
	pub inputs: Vec<TensorFile>,
	/// The outputs, with values of those that are public.
	pub outputs: Vec<TensorFile>,
	/// Name of the class in the first of `outputs` that has one, or of its largest score, for people.
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

/// A field element, big-endian.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Element(#[serde(with = "hex::fixed")] pub [u8; 32]);

/// What a statement says of its tensors, and its context.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Digests {
	/// Commitment to the parameters; of a point, its digest.
	#[serde(with = "hex::fixed")]
	pub params: [u8; 32],
	/// Digest of each input: its commitment; with a commit round, the hash of a public one.
	pub inputs: Vec<Element>,
	/// Digest of each output, likewise.
	pub outputs: Vec<Element>,
	/// Digest of the context.
	#[serde(with = "hex::fixed")]
	pub ctx: [u8; 32],
}

impl From<&Statement> for Digests {
	fn from(statement: &Statement) -> Self {
		let each = |digests: &[Scalar]| digests.iter().map(|digest| Element(digest.0)).collect();
		Self {
			params: statement.params.0,
			inputs: each(&statement.inputs),
			outputs: each(&statement.outputs),
			ctx: statement.ctx.0,
		}
	}
}

/// A tensor, in clear or not.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct TensorFile {
	/// Its name in the model.
	pub name: String,
	/// Shape, width, range and scales.
	pub spec: SpecFile,
	/// The values, if they are public.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub values: Option<Vec<i32>>,
}

impl TensorFile {
	/// Of an input or output of a model, with its values if they are public.
	pub fn new(info: &ValueInfo, values: Option<&[i32]>) -> Self {
		let values = values.map(<[i32]>::to_vec);
		Self { name: info.title(), spec: (&info.tensor).into(), values }
	}
}

/// What was clamped, in JSON.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct SaturationFile {
	/// Number of elements that were clamped.
	pub elements: usize,
	/// Where and how far, if all inputs and outputs are public: it tells something of them.
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
	/// Inputs: shapes, and values if public.
	pub inputs: Vec<TensorFile>,
	/// Outputs: shapes, and values if public.
	pub outputs: Vec<TensorFile>,
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
			inputs: parts.inputs,
			outputs: parts.outputs,
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

	/// The digests of the inputs, or of the outputs.
	fn stated(&self, role: Role) -> Result<Tensors<Scalar>, Error> {
		let (digests, files) = self.of(role);
		let what = format!("the digests of the proof's {}s", tensors::name(role));
		if digests.len() != files.len() {
			return Err(Error::mismatch(what, files.len(), digests.len()));
		}
		let all: Vec<_> = digests.iter().map(|digest| Scalar(digest.0)).collect();
		all.try_into().map_err(|all: Vec<_>| {
			Error::mismatch(what, format!("at most {MAX_TENSORS}"), all.len())
		})
	}

	fn of(&self, role: Role) -> (&[Element], &[TensorFile]) {
		match role {
			Role::Input => (&self.digests.inputs, &self.inputs),
			_ => (&self.digests.outputs, &self.outputs),
		}
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

	/// The tensors as the chain takes them: values, else commitments.
	///
	/// # Errors
	///
	/// If a specification does not allow its values, or is none itself, or there are too many tensors.
	pub fn tensors(&self, role: Role) -> Result<Tensors<TensorData>, Error> {
		let digests = self.stated(role)?;
		let one = |(file, digest): (&TensorFile, &Scalar)| match &file.values {
			Some(values) => Ok(tensors::public(&title(role, file), &file.spec.read()?, values)?),
			None => Ok(TensorData::Committed(*digest)),
		};
		let all: Result<Vec<_>, Error> = self.of(role).1.iter().zip(&digests).map(one).collect();
		// There are as many as digests.
		Ok(Tensors::truncate_from(all?))
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
		let [inputs, outputs] = self.check_stated(key)?;
		let mut prepared = zkml_groth16::prepare(key)?;
		if let Some(Point(point)) = &self.params_point {
			let params = zkml_groth16::prepare_params(&prepared, &G1(*point))?;
			prepared = prepared.with_params(params);
		}
		let proof = self.proof()?;
		let statement = self.proved_statement()?;
		let public = match key {
			CircuitKey::Plain(_) => statement.public_inputs::<Direct>().to_vec(),
			CircuitKey::Rounds(_) | CircuitKey::Committed(_) => statement.round_inputs::<Direct>(
				key.params(),
				&seen(&inputs, &self.inputs),
				&seen(&outputs, &self.outputs),
				&proof.commitments,
			),
			CircuitKey::Program(_) => return Err(no_model()),
		};
		zkml_groth16::verify(&prepared, &public, &proof)?;
		Ok(())
	}

	/// The public inputs of a plain circuit that the file says.
	///
	/// # Errors
	///
	/// If it has more tensors than a model can, or more or fewer digests.
	pub fn plain_inputs(&self) -> Result<[Scalar; PLAIN_INPUTS], Error> {
		Ok(self.proved_statement()?.public_inputs::<Direct>())
	}

	/// [`Self::check_itself`], and the specifications of inputs and outputs.
	fn check_stated(&self, key: &CircuitKey) -> Result<[Vec<TensorSpec>; 2], Error> {
		let expected = hex::show(&key.hash().0);
		if expected != hex::show(&self.circuit) {
			return Err(Error::mismatch(
				"the proof is under another verifying key",
				expected,
				hex::show(&self.circuit),
			));
		}
		let specs = [self.check_tensors(Role::Input, key)?, self.check_tensors(Role::Output, key)?];
		if self.context.is_some() {
			let context = self.context()?;
			for (role, shown) in
				[(Role::Input, &context.shown.inputs), (Role::Output, &context.shown.outputs)]
			{
				let clear = |file: &TensorFile| match file.values {
					Some(_) => Visibility::Public,
					None => Visibility::Private,
				};
				let got: Vec<_> = self.of(role).1.iter().map(clear).collect();
				if shown[..] != got[..] {
					let what = format!("the {}s that are public", tensors::name(role));
					let words = |all: &[Visibility]| {
						let word = |seen: &Visibility| match seen {
							Visibility::Public => "public",
							Visibility::Private => "private",
						};
						all.iter().map(word).collect::<Vec<_>>().join(", ")
					};
					return Err(Error::mismatch(what, words(shown), words(&got)));
				}
			}
			same("the context's digest", &self.digests.ctx, &context.digest().0)?;
		}
		self.check_point(key.params())?;
		Ok(specs)
	}

	/// Checks that values in clear are those of their digests; the tensors' specifications.
	fn check_tensors(&self, role: Role, key: &CircuitKey) -> Result<Vec<TensorSpec>, Error> {
		let (digests, files) = (self.stated(role)?, self.of(role).1);
		let mut specs = Vec::with_capacity(files.len());
		for (file, stated) in files.iter().zip(&digests) {
			let spec = file.spec.read()?;
			if let Some(values) = &file.values {
				let what = title(role, file);
				let found = match (key, tensors::public(&what, &spec, values)?) {
					(CircuitKey::Plain(_), _) => {
						commit::<Direct>(role, &spec, values, Scalar::ZERO)
					}
					(CircuitKey::Program(_), _) => return Err(no_model()),
					(_, TensorData::Public(bytes)) => digest(role, &spec, &bytes),
					(_, TensorData::Committed(commitment)) => commitment,
				};
				same(&format!("the digest of {what}"), &stated.0, &found.0)?;
			}
			specs.push(spec);
		}
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
		let Binding { model, version, .. } = Binding::bare(Scalar(self.digests.ctx));
		self.statement_of(model, version)
	}

	fn statement_of(&self, model: ModelId, version: u32) -> Result<Statement, Error> {
		Ok(Statement {
			circuit: CircuitHash(self.circuit),
			model,
			version,
			params: Scalar(self.digests.params),
			inputs: self.stated(Role::Input)?,
			outputs: self.stated(Role::Output)?,
			ctx: Scalar(self.digests.ctx),
		})
	}

	/// The statement, if the proof is bound to a chain.
	///
	/// # Errors
	///
	/// If the proof is bound to no chain, or its context cannot be read.
	pub fn statement(&self) -> Result<Statement, Error> {
		let context = self.context()?;
		self.statement_of(context.model, context.version)
	}
}

/// A tensor of a file, in one line.
fn title(role: Role, file: &TensorFile) -> String {
	format!("{} {}", tensors::name(role), one_line(&file.name))
}

/// The tensors as whoever derives the public inputs sees them.
fn seen<'a>(specs: &'a [TensorSpec], files: &'a [TensorFile]) -> Vec<Tensor<'a>> {
	let one = |(spec, file): (&'a TensorSpec, &'a TensorFile)| match &file.values {
		Some(values) => Tensor::Public(spec, values),
		None => Tensor::Committed,
	};
	specs.iter().zip(files).map(one).collect()
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
	use zkml_primitives::{Action, Content, Scales, Shown, VerifyingKey};

	fn value(name: &str) -> ValueInfo {
		let dims = vec![1].try_into().unwrap();
		let tensor = TensorSpec { dims, bits: 8, min: 0, max: 9, scales: Scales::ONE };
		ValueInfo { name: name.as_bytes().to_vec().try_into().unwrap(), tensor }
	}

	fn list<T: std::fmt::Debug>(all: Vec<T>) -> Tensors<T> {
		all.try_into().unwrap()
	}

	fn file() -> ProofFile {
		let spec = value("y").tensor;
		let context = Context {
			genesis: [1; 32],
			action: Action::Submit(5),
			model: ModelId([2; 32]),
			version: 1,
			beneficiary: AccountId::from([3; 32]),
			expiry: 100,
			shown: Shown {
				inputs: list(vec![Visibility::Private; 2]),
				outputs: list(vec![Visibility::Public]),
			},
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
			digests: Digests {
				params: [1; 32],
				inputs: vec![Element([2; 32]), Element([3; 32])],
				outputs: vec![Element(output)],
				ctx: context.digest().0,
			},
			params_point: None,
			inputs: vec![TensorFile::new(&value("x"), None), TensorFile::new(&value("z"), None)],
			outputs: vec![TensorFile::new(&value("y"), Some(&[7]))],
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
		let hidden = [2, 3].map(|n| TensorData::Committed(Scalar([n; 32])));
		assert_eq!(back.tensors(Role::Input).unwrap()[..], hidden);
		let public = vec![128 + 7].try_into().unwrap();
		assert_eq!(back.tensors(Role::Output).unwrap()[..], [TensorData::Public(public)]);
	}

	#[test]
	fn a_changed_output_beneficiary_or_key_is_named_before_the_proof_is_looked_at() {
		let mut flipped = file();
		flipped.outputs[0].values = Some(vec![8]);
		let error = flipped.verify(&key()).unwrap_err().to_string();
		assert!(error.starts_with("the digest of output y: expected 0x"), "{error}");
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
		let changes: [(&dyn Fn(&mut ProofFile), &str); 7] = [
			(&|file| file.circuit = [9; 32], "the proof is under another verifying key: expected"),
			(
				&|file| file.digests.outputs[0].0 = [0; 32],
				"the digest of output y: expected 0x0000",
			),
			(&|file| file.digests.ctx = [0; 32], "the context's digest: expected 0x0000"),
			(&|file| file.outputs[0].values = Some(vec![8]), "the digest of output y: expected 0x"),
			(
				&|file| file.params_point = Some(Point([1; 64])),
				"the proof's parameters: expected none",
			),
			(&|file| drop(file.inputs.pop()), "the digests of the proof's inputs: expected 1"),
			(&|file| file.outputs[0].values = None, "the outputs that are public: expected public"),
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
		let version = |params| ModelVersion {
			circuit: key().hash(),
			setup: zkml_primitives::SetupLevel::SingleParty,
			params,
			visibility: Visibility::Private,
			inputs: list(vec![value("x"), value("z")]),
			outputs: list(vec![value("y")]),
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
