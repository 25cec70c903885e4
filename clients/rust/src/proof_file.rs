//! `proof.json`: a proof, what it proves, and for what use.

use std::path::Path;

use serde::{Deserialize, Serialize};
use zkml_circuits::{guard::Saturation, Binding};
use zkml_files::{
	hex,
	tensors::{self, SpecFile},
};
use zkml_poseidon::Direct;
use zkml_primitives::{
	commit, digest, Action, CircuitHash, CircuitKey, Context, ModelId, Proof, Role, Scalar, Shown,
	Statement, Tensor, TensorData, Visibility, G1, G2, MAX_ROUNDS,
};

use crate::{
	chain::AccountId,
	files::{self, FileProblem, Over, Readers},
	parse, Error,
};

/// What the field `format` says.
const FORMAT: &str = "zkml-proof/2";

/// The file.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ProofFile {
	/// `zkml-proof/2`.
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
	/// What went in.
	pub input: TensorFile,
	/// What came out.
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

/// What a statement says of its tensors, and its context. For a plain circuit these are the public
/// inputs.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Digests {
	/// Commitment to the parameters.
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
	/// Shape and range.
	pub spec: SpecFile,
	/// The values, if they are public.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub values: Option<Vec<i32>>,
}

/// What was clamped, in JSON.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct SaturationFile {
	/// Elements in all.
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

/// A [`Context`] in JSON.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ContextFile {
	/// Hash of the chain's first block.
	#[serde(with = "hex::fixed")]
	pub genesis: [u8; 32],
	/// `register`, `publish`, `answer:REQUEST` or `submit:NONCE`.
	pub action: String,
	/// The model.
	#[serde(with = "hex::fixed")]
	pub model: [u8; 32],
	/// Its version.
	pub version: u32,
	/// Who is paid, in SS58.
	pub beneficiary: String,
	/// Last block.
	pub expiry: u32,
	/// Whether everybody sees the input,
	pub public_input: bool,
	/// and the output.
	pub public_output: bool,
}

/// What everybody sees of an inference.
pub fn shown(private_input: bool, private_output: bool) -> Shown {
	let seen = |private| if private { Visibility::Private } else { Visibility::Public };
	Shown { input: seen(private_input), output: seen(private_output) }
}

/// Reads an action as `--action` and `proof.json` have it.
pub fn read_action(text: &str) -> Result<Action, parse::ParseError> {
	let wrong = || {
		parse::ParseError::new("register, publish, answer:REQUEST or submit:NONCE as action", text)
	};
	let number = |digits: &str| digits.parse().map_err(|_| wrong());
	match text.split_once(':') {
		None if text == "register" => Ok(Action::Register),
		None if text == "publish" => Ok(Action::Publish),
		Some(("answer", digits)) => number(digits).map(Action::Answer),
		Some(("submit", digits)) => number(digits).map(Action::Submit),
		_ => Err(wrong()),
	}
}

/// Writes an action.
pub fn show_action(action: Action) -> String {
	match action {
		Action::Register => "register".into(),
		Action::Publish => "publish".into(),
		Action::Answer(request) => format!("answer:{request}"),
		Action::Submit(nonce) => format!("submit:{nonce}"),
	}
}

impl From<&Context<AccountId>> for ContextFile {
	fn from(context: &Context<AccountId>) -> Self {
		Self {
			genesis: context.genesis,
			action: show_action(context.action),
			model: context.model.0,
			version: context.version,
			beneficiary: context.beneficiary.to_string(),
			expiry: context.expiry,
			public_input: context.shown.input == Visibility::Public,
			public_output: context.shown.output == Visibility::Public,
		}
	}
}

impl ContextFile {
	/// The context it stands for.
	pub fn read(&self) -> Result<Context<AccountId>, Error> {
		Ok(Context {
			genesis: self.genesis,
			action: read_action(&self.action)?,
			model: ModelId(self.model),
			version: self.version,
			beneficiary: parse::account(&self.beneficiary)?,
			expiry: self.expiry,
			shown: shown(!self.public_input, !self.public_output),
		})
	}
}

/// What goes into a new file.
pub struct Parts<'a> {
	/// Under which key.
	pub circuit: CircuitHash,
	/// The proof.
	pub proof: &'a Proof,
	/// What the statement says.
	pub digests: Digests,
	/// Input: shape, and values if public.
	pub input: TensorFile,
	/// Output: shape, and values if public.
	pub output: TensorFile,
	/// Name of the class.
	pub label: Option<String>,
	/// What was clamped.
	pub saturation: Option<SaturationFile>,
	/// The use.
	pub context: Option<&'a Context<AccountId>>,
}

impl ProofFile {
	/// Puts it together.
	pub fn new(parts: Parts<'_>) -> Self {
		Self {
			format: FORMAT.into(),
			circuit: parts.circuit.0,
			proof: wire_bytes(parts.proof),
			commitments: parts.proof.commitments.iter().map(|point| Point(point.0)).collect(),
			digests: parts.digests,
			input: parts.input,
			output: parts.output,
			label: parts.label,
			saturation: parts.saturation,
			context: parts.context.map(ContextFile::from),
		}
	}

	/// Reads it.
	pub fn load(path: &Path) -> Result<Self, FileProblem> {
		let file: Self = files::read_json(path, "a proof written by `zkml prove`")?;
		if file.format != FORMAT {
			return Err(FileProblem::content(path, FORMAT, file.format));
		}
		Ok(file)
	}

	/// Writes it; nothing private is in it.
	pub fn save(&self, path: &Path) -> Result<(), FileProblem> {
		files::write_json(path, self, Readers::Everybody, Over::Results)
	}

	/// The proof itself.
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

	/// The digests in order.
	pub fn scalars(&self) -> [Scalar; 4] {
		let Digests { params, input, output, ctx } = self.digests;
		[params, input, output, ctx].map(Scalar)
	}

	/// The use it is bound to.
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

	/// Checks everything that can be checked without a chain: that it is under this key, that the
	/// values in clear are those committed to, that the context is the one bound, and the proof.
	pub fn verify(&self, key: &CircuitKey) -> Result<(), Error> {
		let expected = hex::show(&key.hash().0);
		if expected != hex::show(&self.circuit) {
			return Err(Error::mismatch(
				"the proof is under another verifying key",
				expected,
				hex::show(&self.circuit),
			));
		}
		let digests = self.digests;
		let mut specs = Vec::new();
		for (role, file, stated) in [
			(Role::Input, &self.input, digests.input),
			(Role::Output, &self.output, digests.output),
		] {
			let spec = file.spec.read()?;
			if let Some(values) = &file.values {
				let what = format!("the {}", tensors::name(role));
				tensors::check_values(&what, &spec, values)?;
				let found = match key {
					CircuitKey::Plain(_) => commit::<Direct>(role, &spec, values, Scalar::ZERO),
					CircuitKey::Rounds(_) => match tensors::public(&what, &spec, values)? {
						TensorData::Public(bytes) => digest(role, &spec, &bytes),
						TensorData::Committed(commitment) => commitment,
					},
					CircuitKey::Foreign(_) => return Err(no_model()),
				};
				same(&format!("{what}'s digest"), &stated, &found.0)?;
			}
			specs.push(spec);
		}
		if self.context.is_some() {
			same("the context's digest", &digests.ctx, &self.context()?.digest().0)?;
		}
		let prepared = zkml_groth16::prepare(key)?;
		let proof = self.proof()?;
		let inputs =
			match key {
				CircuitKey::Plain(_) => self.scalars().to_vec(),
				CircuitKey::Rounds(_) => {
					let [input, output] = [(&specs[0], &self.input), (&specs[1], &self.output)]
						.map(|(spec, file)| match &file.values {
							Some(values) => Tensor::Public(spec, values),
							None => Tensor::Committed,
						});
					let statement = self.proved_statement()?;
					statement.round_inputs::<Direct>(input, output, &proof.commitments)
				}
				CircuitKey::Foreign(_) => return Err(no_model()),
			};
		zkml_groth16::verify(&prepared, &inputs, &proof)?;
		Ok(())
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
	use zkml_primitives::{Scales, TensorSpec, VerifyingKey};

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
	fn actions_are_read_as_they_are_written() {
		for action in
			[Action::Register, Action::Publish, Action::Answer(3), Action::Submit(u64::MAX)]
		{
			assert_eq!(read_action(&show_action(action)), Ok(action));
		}
		for wrong in ["", "answer", "answer:", "submit:-1", "burn", "register:1"] {
			assert!(read_action(wrong).is_err(), "{wrong}");
		}
	}
}
