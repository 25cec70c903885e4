//! The compiled model: graph, parameters, and all that follows from them.

use std::path::Path;

use codec::{Decode, DecodeAll, Encode};
use rand::{CryptoRng, RngCore};
use zkml_graph::quantize_input;
use zkml_poseidon::{to_field, Direct};
use zkml_primitives::{
	blake2_256, commit_parameters, one_line, Scalar, TensorSpec, Visibility, MAX_CLAIM,
};
use zkml_prover::{
	files::{self, FileError, Kind},
	Estimate,
};

use crate::{
	circuit::{Cost, Description, Weights},
	evaluate::{self, InputError, Trace},
	gadgets::range::Checks,
	graph::{GraphError, IntGraph},
	guard::{Guard, Saturation},
	lookup_tables,
	plan::Plan,
	r1cs::R1cs,
	report::Report,
};

/// What the file of a model holds.
#[derive(Clone, Debug, Decode, Encode)]
struct Stored {
	visibility: Visibility,
	labels: Vec<String>,
	checks: Checks,
	graph: IntGraph,
	parameters: Vec<Vec<i32>>,
	salt: Scalar,
	claim: String,
	guards: Vec<Guard>,
}

/// A model that can be evaluated, and proved once there is a key for it.
#[derive(Clone, Debug)]
pub struct CompiledModel {
	stored: Stored,
	plan: Plan,
	commitment: Scalar,
	/// Of the compilation that made it; not in its file.
	report: Option<Report>,
}

/// A claim as the chain keeps it: one line, not too long.
fn bounded(claim: &str) -> String {
	const DOTS: &str = "...";
	let most = MAX_CLAIM as usize;
	let line = one_line(claim);
	match line.len() <= most {
		true => line,
		false => format!("{}{DOTS}", &line[..line.floor_char_boundary(most - DOTS.len())]),
	}
}

/// The parameters that the circuit's shape may depend on.
fn known(visibility: Visibility, parameters: &[Vec<i32>]) -> Option<&[Vec<i32>]> {
	match visibility {
		Visibility::Public => Some(parameters),
		Visibility::Private => None,
	}
}

/// A salt of 248 random bits.
pub fn random_salt(rng: &mut (impl RngCore + CryptoRng)) -> Scalar {
	let mut bytes = [0; 32];
	rng.fill_bytes(&mut bytes);
	Scalar::from_hash(bytes)
}

impl CompiledModel {
	/// From its parts, for a plain circuit. `salt` is zero for a public model and random for a
	/// private one.
	///
	/// # Errors
	///
	/// If the graph has no plan, the parameters are not its own, or the salt is none for the visibility.
	pub fn new(
		visibility: Visibility,
		graph: IntGraph,
		parameters: Vec<Vec<i32>>,
		labels: Vec<String>,
		salt: Scalar,
	) -> Result<Self, GraphError> {
		graph.check_parameters(&parameters)?;
		let plan = Plan::new(&graph, known(visibility, &parameters))?;
		Self::planned(visibility, graph, parameters, plan, labels, salt)
	}

	/// The same of a graph that has a plan, and parameters that were checked.
	pub(crate) fn planned(
		visibility: Visibility,
		graph: IntGraph,
		parameters: Vec<Vec<i32>>,
		plan: Plan,
		labels: Vec<String>,
		salt: Scalar,
	) -> Result<Self, GraphError> {
		let checks = Checks::Bits;
		let (guards, claim) = (Vec::new(), String::new());
		let stored = Stored { visibility, labels, checks, graph, parameters, salt, claim, guards };
		Self::committed(stored, plan)
	}

	/// The same model with word of where its integers are narrower than they could become.
	pub(crate) fn with_guards(mut self, guards: Vec<Guard>) -> Self {
		self.stored.guards = guards;
		self
	}

	/// The same model with what compiling found out.
	pub(crate) fn with_report(mut self, report: Report) -> Self {
		self.report = Some(report);
		self
	}

	/// What compiling found out; nothing of a model that was read from a file.
	pub fn report(&self) -> Option<&Report> {
		self.report.as_ref()
	}

	/// Where its integers are narrower than they could become.
	pub fn guards(&self) -> &[Guard] {
		&self.stored.guards
	}

	/// What was clamped in an inference beyond what the model says.
	pub fn saturations(&self, trace: &Trace) -> Vec<Saturation> {
		let graph = &self.stored.graph;
		self.stored.guards.iter().filter_map(|guard| guard.check(graph, trace)).collect()
	}

	/// The same model with what its maker claims of its accuracy: one line of at most [`MAX_CLAIM`]
	/// bytes, which the registry keeps beside a version. Line breaks become spaces; of a longer claim
	/// the end is left out, and dots say so.
	pub fn with_accuracy_claim(mut self, claim: String) -> Self {
		self.stored.claim = bounded(&claim);
		self
	}

	/// What is claimed of the model's accuracy; empty if nothing is. No part of the circuit: models
	/// that differ in their claims alone have keys in common.
	pub fn accuracy_claim(&self) -> &str {
		&self.stored.claim
	}

	/// The same model with a circuit that has a commit round, and the tables that cost least.
	pub fn with_lookups(mut self) -> Self {
		let checks = lookup_tables::choose(&self.describe());
		self.stored.checks = checks;
		self
	}

	/// How ranges are proved, and with it the circuit's kind.
	pub fn checks(&self) -> &Checks {
		&self.stored.checks
	}

	fn from_stored(stored: Stored) -> Result<Self, GraphError> {
		stored.graph.check_parameters(&stored.parameters)?;
		lookup_tables::check(&stored.checks)?;
		let plan = Plan::new(&stored.graph, known(stored.visibility, &stored.parameters))?;
		Self::committed(stored, plan)
	}

	fn committed(stored: Stored, plan: Plan) -> Result<Self, GraphError> {
		let public = stored.visibility == Visibility::Public;
		if stored.salt.check().is_err() || public && stored.salt != Scalar::ZERO {
			return Err(GraphError::Parameters {
				node: "the model".into(),
				expected: "a canonical salt, zero for a public model".into(),
				got: "another".into(),
			});
		}
		let values = stored.parameters.iter().map(Vec::as_slice);
		let specs = stored.graph.parameter_specs().map(|(_, spec)| spec);
		let commitment = commit_parameters::<Direct>(specs.zip(values), stored.salt);
		Ok(Self { stored, plan, commitment, report: None })
	}

	/// Who sees the parameters.
	pub fn visibility(&self) -> Visibility {
		self.stored.visibility
	}

	/// The input tensor.
	pub fn input(&self) -> &TensorSpec {
		&self.stored.graph.input
	}

	/// The output tensor.
	pub fn output(&self) -> &TensorSpec {
		&self.stored.graph.output
	}

	/// Names of the classes; may be empty.
	pub fn labels(&self) -> &[String] {
		&self.stored.labels
	}

	/// The integer graph.
	pub fn graph(&self) -> &IntGraph {
		&self.stored.graph
	}

	/// The ranges of all values.
	pub fn plan(&self) -> &Plan {
		&self.plan
	}

	/// The parameters, weights then bias of each dense layer.
	pub fn parameters(&self) -> &[Vec<i32>] {
		&self.stored.parameters
	}

	/// The salt of their commitment; a private model's secret.
	pub fn params_salt(&self) -> Scalar {
		self.stored.salt
	}

	/// The commitment to the parameters.
	pub fn params_commitment(&self) -> Scalar {
		self.commitment
	}

	/// What may be published of the model: all of a public one, a private one without parameters
	/// and salt.
	fn description(&self) -> Vec<u8> {
		match self.stored.visibility {
			Visibility::Public => self.stored.encode(),
			Visibility::Private => {
				let Stored { visibility, labels, checks, graph, claim, .. } = &self.stored;
				(visibility, labels, checks, graph, claim).encode()
			}
		}
	}

	/// BLAKE2b-256 of the model's file if it is public, of its description without parameters and
	/// salt if it is private.
	pub fn content_hash(&self) -> [u8; 32] {
		match self.stored.visibility {
			Visibility::Public => blake2_256(&self.file_bytes()),
			Visibility::Private => blake2_256(&self.description()),
		}
	}

	/// Names everything the circuit depends on, and so ties keys to models: graph, visibility and
	/// kind, and the parameters of a public model. Retraining a private model does not change it.
	pub fn settings_hash(&self) -> [u8; 32] {
		let constants = match self.stored.visibility {
			Visibility::Public => Some(&self.stored.parameters),
			Visibility::Private => None,
		};
		let Stored { visibility, checks, graph, .. } = &self.stored;
		blake2_256(&(b"zkml/settings/v4", visibility, checks, graph, constants).encode())
	}

	/// Constraints by node, counted without keeping the circuit.
	pub fn cost(&self) -> Cost {
		self.describe().cost()
	}

	/// What setup and proving will take.
	pub fn estimate(&self) -> Estimate {
		Estimate::new(&self.cost().counts)
	}

	/// Builds the circuit.
	pub fn circuit(&self) -> R1cs {
		self.describe().build()
	}

	/// The circuit, to be built, counted, or given a witness.
	pub fn describe(&self) -> Description<'_> {
		// The commitment is a hash in the field, so it is canonical.
		let commitment = to_field(&self.commitment).unwrap_or_default();
		let weights = match self.stored.visibility {
			Visibility::Public => Weights::Constant(&self.stored.parameters, commitment),
			Visibility::Private => Weights::Witness,
		};
		Description {
			graph: &self.stored.graph,
			plan: &self.plan,
			weights,
			checks: &self.stored.checks,
		}
	}

	/// Real numbers as input integers, each the nearest.
	///
	/// # Errors
	///
	/// If there are too few or too many numbers, or one is out of the declared range.
	pub fn quantize_input(&self, real: &[f32]) -> Result<Vec<i32>, InputError> {
		quantize_input(&self.stored.graph.input, real)
	}

	/// Evaluates the integer graph and keeps every value.
	///
	/// # Errors
	///
	/// If the input is of another length or out of range.
	pub fn trace(&self, input: &[i32]) -> Result<Trace, InputError> {
		evaluate::evaluate(&self.stored.graph, &self.stored.parameters, input)
	}

	/// Evaluates the integer graph.
	///
	/// # Errors
	///
	/// If the input is of another length or out of range.
	pub fn evaluate(&self, input: &[i32]) -> Result<Vec<i32>, InputError> {
		Ok(self.trace(input)?.output())
	}

	fn file_bytes(&self) -> Vec<u8> {
		files::pack(Kind::Model, self.settings_hash(), &self.stored.encode())
	}

	/// Writes the model's file; a private model's is for its owner's eyes.
	///
	/// # Errors
	///
	/// If the file cannot be written.
	pub fn save(&self, path: &Path) -> Result<(), FileError> {
		let secret = self.stored.visibility == Visibility::Private;
		files::write(path, &self.file_bytes(), secret)
	}

	/// Reads a model's file and checks it as [`Self::new`] would.
	///
	/// # Errors
	///
	/// If the file cannot be read, is no model, or one that [`Self::new`] refuses.
	pub fn load(path: &Path) -> Result<Self, FileError> {
		let contents = files::read(path, Kind::Model)?;
		let stored = Stored::decode_all(&mut contents.payload())
			.map_err(|error| files::content(path, "a compiled model", error))?;
		if bounded(&stored.claim) != stored.claim {
			let expected = format!("an accuracy claim of one line of at most {MAX_CLAIM} bytes");
			return Err(files::content(path, expected, stored.claim));
		}
		let model = Self::from_stored(stored)
			.map_err(|error| files::content(path, "a graph that can be proved", error))?;
		if model.settings_hash() != contents.settings {
			return Err(files::content(path, "the model its header names", "another"));
		}
		Ok(model)
	}
}
