//! `proof.json`: a proof, what it proves, and for what use.

use std::path::Path;

use codec::{Decode, Encode};
use serde::{Deserialize, Serialize};
use subxt::utils::AccountId32;
use zkml_poseidon::Direct;
use zkml_primitives::{
	commit, Action, CircuitHash, CircuitKey, Context, ModelId, Proof, Role, Scalar, Statement,
	TensorData,
};

use crate::{
	error::CliError,
	files::{self, FileProblem, Readers},
	hex, parse,
	tensors::{self, SpecFile},
};

/// What the field `format` says.
const FORMAT: &str = "zkml-proof/1";

/// The file.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ProofFile {
	/// `zkml-proof/1`.
	pub format: String,
	/// Hash of the verifying key it is under.
	#[serde(with = "hex::fixed")]
	pub circuit: [u8; 32],
	/// A, B, C in the chain's wire format.
	#[serde(with = "hex::fixed")]
	pub proof: [u8; 256],
	/// The field elements it is checked against.
	pub public_inputs: PublicInputs,
	/// What went in.
	pub input: TensorFile,
	/// What came out.
	pub output: TensorFile,
	/// Name of the class in `output`, for people.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub label: Option<String>,
	/// What the proof may be used for; without it the proof is bound to the bare `ctx`.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub context: Option<ContextFile>,
}

/// The four public inputs of a plain circuit, in order.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PublicInputs {
	/// Commitment to the parameters.
	#[serde(with = "hex::fixed")]
	pub params: [u8; 32],
	/// Commitment to the input.
	#[serde(with = "hex::fixed")]
	pub input: [u8; 32],
	/// Commitment to the output.
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

impl From<&Context<AccountId32>> for ContextFile {
	fn from(context: &Context<AccountId32>) -> Self {
		Self {
			genesis: context.genesis,
			action: show_action(context.action),
			model: context.model.0,
			version: context.version,
			beneficiary: context.beneficiary.to_string(),
			expiry: context.expiry,
		}
	}
}

impl ContextFile {
	/// The context it stands for.
	pub fn read(&self) -> Result<Context<AccountId32>, CliError> {
		Ok(Context {
			genesis: self.genesis,
			action: read_action(&self.action)?,
			model: ModelId(self.model),
			version: self.version,
			beneficiary: parse::account(&self.beneficiary)?,
			expiry: self.expiry,
		})
	}
}

/// What goes into a new file.
pub struct Parts<'a> {
	/// Under which key.
	pub circuit: CircuitHash,
	/// The proof.
	pub proof: &'a Proof,
	/// Commitments and context digest.
	pub public_inputs: PublicInputs,
	/// Input: shape, and values if public.
	pub input: TensorFile,
	/// Output: shape, and values if public.
	pub output: TensorFile,
	/// Name of the class.
	pub label: Option<String>,
	/// The use.
	pub context: Option<&'a Context<AccountId32>>,
}

impl ProofFile {
	/// Puts it together.
	pub fn new(parts: Parts<'_>) -> Self {
		Self {
			format: FORMAT.into(),
			circuit: parts.circuit.0,
			proof: wire_bytes(parts.proof),
			public_inputs: parts.public_inputs,
			input: parts.input,
			output: parts.output,
			label: parts.label,
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
		files::write_json(path, self, Readers::Everybody)
	}

	/// The proof itself.
	pub fn proof(&self) -> Result<Proof, CliError> {
		Proof::decode(&mut &self.proof[..])
			.map_err(|_| CliError::mismatch("the proof", "256 bytes of points", "something else"))
	}

	/// The public inputs in order.
	pub fn scalars(&self) -> [Scalar; 4] {
		let PublicInputs { params, input, output, ctx } = self.public_inputs;
		[params, input, output, ctx].map(Scalar)
	}

	/// The use it is bound to.
	pub fn context(&self) -> Result<Context<AccountId32>, CliError> {
		self.context
			.as_ref()
			.ok_or_else(|| {
				let expected = "a proof that is bound to a chain (zkml prove --model-id ..)";
				CliError::mismatch("the proof's context", expected, "none")
			})?
			.read()
	}

	/// The tensor as the chain takes it: the values, else the commitment.
	pub fn tensor(&self, role: Role) -> Result<TensorData, CliError> {
		let (file, commitment) = match role {
			Role::Input => (&self.input, self.public_inputs.input),
			_ => (&self.output, self.public_inputs.output),
		};
		match &file.values {
			Some(values) => {
				tensors::public(&format!("the {}", tensors::name(role)), &file.spec.read()?, values)
			}
			None => Ok(TensorData::Committed(Scalar(commitment))),
		}
	}

	/// Checks everything that can be checked without a chain: that it is under this key, that the
	/// values in clear are those committed to, that the context is the one bound, and the proof.
	pub fn verify(&self, key: &CircuitKey) -> Result<(), CliError> {
		let expected = hex::show(&key.hash().0);
		if expected != hex::show(&self.circuit) {
			return Err(CliError::mismatch(
				"the proof is under another verifying key",
				expected,
				hex::show(&self.circuit),
			));
		}
		let inputs = self.public_inputs;
		for (role, file, committed) in
			[(Role::Input, &self.input, inputs.input), (Role::Output, &self.output, inputs.output)]
		{
			if let Some(values) = &file.values {
				let spec = file.spec.read()?;
				let what = format!("the {}", tensors::name(role));
				tensors::check_values(&what, &spec, values)?;
				let found = commit::<Direct>(role, &spec, values, Scalar::ZERO).0;
				same(&format!("{what}'s commitment"), &committed, &found)?;
			}
		}
		if self.context.is_some() {
			same("the context's digest", &inputs.ctx, &self.context()?.digest().0)?;
		}
		let CircuitKey::Plain(key) = key;
		let prepared = zkml_groth16::prepare(key)?;
		zkml_groth16::verify(&prepared, &self.scalars(), &self.proof()?)?;
		Ok(())
	}

	/// The statement, if the proof is bound to a chain.
	pub fn statement(&self) -> Result<Statement, CliError> {
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

/// A proof in its 256 bytes.
pub fn wire_bytes(proof: &Proof) -> [u8; 256] {
	let mut out = [0; 256];
	for (to, from) in out.iter_mut().zip(proof.encode()) {
		*to = from;
	}
	out
}

fn same(what: &str, expected: &[u8; 32], got: &[u8; 32]) -> Result<(), CliError> {
	if expected == got {
		return Ok(());
	}
	Err(CliError::mismatch(what, hex::show(expected), hex::show(got)))
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::files::tests::Folder;
	use zkml_primitives::{Scale, TensorSpec, VerifyingKey, G1, G2};

	fn file() -> ProofFile {
		let spec = TensorSpec {
			dims: vec![1].try_into().unwrap(),
			bits: 8,
			min: 0,
			max: 9,
			scale: Scale::ONE,
		};
		let context = Context {
			genesis: [1; 32],
			action: Action::Submit(5),
			model: ModelId([2; 32]),
			version: 1,
			beneficiary: AccountId32([3; 32]),
			expiry: 100,
		};
		let proof = Proof { a: G1([1; 64]), b: G2([2; 128]), c: G1([3; 64]) };
		let output = commit::<Direct>(Role::Output, &spec, &[7], Scalar::ZERO).0;
		ProofFile::new(Parts {
			circuit: key().hash(),
			proof: &proof,
			public_inputs: PublicInputs {
				params: [1; 32],
				input: [2; 32],
				output,
				ctx: context.digest().0,
			},
			input: TensorFile { spec: (&spec).into(), values: None },
			output: TensorFile { spec: (&spec).into(), values: Some(vec![7]) },
			label: None,
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
		let folder = Folder::new("proof");
		let path = folder.file("proof.json");
		let file = file();
		file.save(&path).unwrap();
		let back = ProofFile::load(&path).unwrap();
		assert_eq!(back.proof, file.proof);
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
		assert!(error.starts_with("the output's commitment: expected 0x"), "{error}");
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
