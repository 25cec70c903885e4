//! `proof.json`: a proof, what it proves, and for what use.

mod check;
mod context;
#[cfg(test)]
mod tests;

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
	one_line, CircuitHash, Context, ModelId, ParamsCommitment, Proof, Role, Scalar, Statement,
	TensorData, Tensors, ValueInfo, G1, G2, MAX_ROUNDS, MAX_TENSORS, PLAIN_INPUTS,
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

	/// The public inputs of a plain circuit that the file says.
	///
	/// # Errors
	///
	/// If it has more tensors than a model can, or more or fewer digests.
	pub fn plain_inputs(&self) -> Result<[Scalar; PLAIN_INPUTS], Error> {
		Ok(self.proved_statement()?.public_inputs::<Direct>())
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

/// A, B and C in their 256 bytes.
fn wire_bytes(proof: &Proof) -> [u8; 256] {
	let mut out = [0; 256];
	out[..64].copy_from_slice(&proof.a.0);
	out[64..192].copy_from_slice(&proof.b.0);
	out[192..].copy_from_slice(&proof.c.0);
	out
}
