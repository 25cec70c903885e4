//! The compiled model: graph, parameters, and all that follows from them.

mod file;

use ark_bn254::Fr;
use ark_ff::PrimeField;
use codec::{Decode, Encode};
use rand::{CryptoRng, RngCore};
use zkml_graph::{quantize_inputs, Choices};
use zkml_poseidon::{to_field, Direct};
use zkml_primitives::{
	commit_parameters, one_line, tagged_hash, CircuitHash, ParamsKind, Scalar, Tensors, ValueInfo,
	Visibility, MAX_CLAIM,
};
use zkml_prover::Estimate;

use crate::{
	circuit::{Cost, Description, Weights},
	evaluate::{self, InputError, Trace},
	gadgets::range::Checks,
	graph::{GraphError, IntGraph},
	guard::{Guard, Saturation},
	lookup_tables, nodes,
	plan::Plan,
	r1cs::R1cs,
	ranges::{Commitment, RangeCircuit},
	report::Report,
};

/// What the file of a model holds.
#[derive(Clone, Debug, Decode, Encode)]
struct Stored {
	visibility: Visibility,
	labels: Vec<String>,
	checks: Checks,
	commitment: Commitment,
	graph: IntGraph,
	parameters: Vec<Vec<i32>>,
	salt: Scalar,
	claim: String,
	guards: Vec<Guard>,
	/// What the constants of a private model were chosen by.
	choices: Option<Choices>,
}

/// A model that can be evaluated, and proved once there is a key for it.
#[derive(Clone, Debug)]
pub struct CompiledModel {
	stored: Stored,
	plan: Plan,
	commitment: Option<Scalar>,
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
		Self::planned((visibility, Commitment::Poseidon), graph, parameters, plan, labels, salt)
	}

	/// The same of a graph that has a plan, and parameters that were checked.
	pub(crate) fn planned(
		(visibility, commitment): (Visibility, Commitment),
		graph: IntGraph,
		parameters: Vec<Vec<i32>>,
		plan: Plan,
		labels: Vec<String>,
		salt: Scalar,
	) -> Result<Self, GraphError> {
		let checks = Checks::Bits;
		let (guards, claim) = (Vec::new(), String::new());
		let stored = Stored {
			visibility,
			labels,
			checks,
			commitment,
			graph,
			parameters,
			salt,
			claim,
			guards,
			choices: None,
		};
		Self::committed(stored, plan)
	}

	/// The same model with word of where its integers are narrower than they could become.
	pub(crate) fn with_guards(mut self, guards: Vec<Guard>) -> Self {
		self.stored.guards = guards;
		self
	}

	/// The same model with what its constants were chosen by.
	pub(crate) fn with_choices(mut self, choices: Option<Choices>) -> Self {
		self.stored.choices = choices;
		self
	}

	/// What the constants of a private model were chosen by: what takes [`crate::compile_like`].
	pub(crate) fn choices(&self) -> Option<&Choices> {
		self.stored.choices.as_ref()
	}

	/// A model of the same circuit with other parameters, and a salt of its own.
	///
	/// # Errors
	///
	/// If the parameters are not the graph's, or the salt is none for the visibility.
	pub(crate) fn retrained(
		&self,
		parameters: Vec<Vec<i32>>,
		guards: Vec<Guard>,
		labels: Vec<String>,
		salt: Scalar,
	) -> Result<Self, GraphError> {
		let claim = String::new();
		Self::from_stored(Stored { parameters, guards, labels, salt, claim, ..self.stored.clone() })
	}

	/// A model that may be published in the place of a private one, so that others can verify a ceremony for
	/// its circuit: of the same settings, and with nothing in it that follows from the weights alone. Its
	/// weights are zero, its salt is its own, and it has no choices, guards, labels or claim.
	///
	/// # Errors
	///
	/// If the model is public: it may be published itself.
	pub fn stand_in(&self, rng: &mut (impl RngCore + CryptoRng)) -> Result<Self, GraphError> {
		if self.stored.visibility == Visibility::Public {
			return Err(GraphError::Parameters {
				node: "the model".into(),
				expected: "private parameters, which something else stands in for".into(),
				got: "public ones".into(),
			});
		}
		let Stored { visibility, checks, commitment, graph, parameters, .. } = &self.stored;
		Self::from_stored(Stored {
			visibility: *visibility,
			labels: Vec::new(),
			checks: checks.clone(),
			commitment: commitment.clone(),
			graph: graph.clone(),
			parameters: parameters.iter().map(|tensor| vec![0; tensor.len()]).collect(),
			salt: random_salt(rng),
			claim: String::new(),
			guards: Vec::new(),
			choices: None,
		})
	}

	/// Of each dense node of a private model, as far as it was compiled: weights are multiples of `2^-N`.
	pub fn weight_shifts(&self) -> Option<&[u8]> {
		self.stored.choices.as_ref().map(Choices::weight_shifts)
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
		let circuit = self.describe();
		let cost = |checks: &Checks| Description { checks, ..circuit }.cost();
		let checks = lookup_tables::choose(cost);
		self.stored.checks = checks;
		self
	}

	/// The same private model with parameters that are committed to once, by a point, in a circuit that has a
	/// commit round, and with the tables that cost least in it and in its range circuit.
	///
	/// # Errors
	///
	/// If the model is public: its parameters are constants.
	pub fn with_committed_params(mut self) -> Result<Self, GraphError> {
		self.stored.commitment = Commitment::unchosen();
		self.check_commitment()?;
		self.commitment = None;
		let mut model = self.with_lookups();
		let ranges = model.range_circuit().map(|circuit| {
			lookup_tables::choose(|checks| RangeCircuit { checks, ..circuit }.cost())
		});
		if let Some(ranges) = ranges {
			model.stored.commitment = Commitment::Point { ranges };
		}
		Ok(model)
	}

	fn check_commitment(&self) -> Result<(), GraphError> {
		match (&self.stored.commitment, self.stored.visibility) {
			(Commitment::Point { .. }, Visibility::Public) => Err(GraphError::Parameters {
				node: "the model".into(),
				expected: "private parameters, which a point commits to".into(),
				got: "public ones".into(),
			}),
			(Commitment::Point { .. }, Visibility::Private) | (Commitment::Poseidon, _) => Ok(()),
		}
	}

	/// How ranges are proved, and with it the circuit's kind.
	pub fn checks(&self) -> &Checks {
		&self.stored.checks
	}

	fn from_stored(stored: Stored) -> Result<Self, GraphError> {
		stored.graph.check_parameters(&stored.parameters)?;
		lookup_tables::check(&stored.checks)?;
		if stored.choices.as_ref().is_some_and(|choices| !choices.is_sane()) {
			return Err(GraphError::Parameters {
				node: "the model".into(),
				expected: "ranges and widths that it can have been compiled with".into(),
				got: "others".into(),
			});
		}
		if let Commitment::Point { ranges } = &stored.commitment {
			lookup_tables::check(ranges)?;
			for checks in [&stored.checks, ranges] {
				if *checks == Checks::Bits {
					return Err(GraphError::Node {
						node: "lookups".into(),
						expected: "tables, which committed parameters need".into(),
						got: "bits".into(),
					});
				}
			}
		}
		let plan = Plan::new(&stored.graph, known(stored.visibility, &stored.parameters))?;
		nodes::check_size(&stored.graph, &plan, &stored.checks)?;
		Self::committed(stored, plan)
	}

	fn committed(stored: Stored, plan: Plan) -> Result<Self, GraphError> {
		let public = stored.visibility == Visibility::Public;
		if stored.salt.check().is_err() || public != (stored.salt == Scalar::ZERO) {
			return Err(GraphError::Parameters {
				node: "the model".into(),
				expected: "a canonical salt, zero for a public model and for no other".into(),
				got: "another".into(),
			});
		}
		let poseidon = || {
			let values = stored.parameters.iter().map(Vec::as_slice);
			let specs = stored.graph.parameter_specs().map(|(_, spec)| spec);
			commit_parameters::<Direct>(specs.zip(values), stored.salt)
		};
		let commitment = (stored.commitment == Commitment::Poseidon).then(poseidon);
		let model = Self { stored, plan, commitment, report: None };
		model.check_commitment()?;
		Ok(model)
	}

	/// Who sees the parameters.
	pub fn visibility(&self) -> Visibility {
		self.stored.visibility
	}

	/// Name, shape, width, range and scales of each input.
	pub fn inputs(&self) -> &Tensors<ValueInfo> {
		&self.stored.graph.inputs
	}

	/// Name, shape, width, range and scales of each output.
	pub fn outputs(&self) -> Tensors<ValueInfo> {
		let outputs = self.stored.graph.outputs.iter();
		// There are as many outputs as of these.
		Tensors::truncate_from(outputs.map(|output| output.info.clone()).collect())
	}

	/// Names of the classes of the first output that is one, or of the elements of the first output; may
	/// be empty.
	pub fn labels(&self) -> &[String] {
		&self.stored.labels
	}

	/// The operations on integers that are proved.
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

	/// The salt of their commitment by Poseidon, or the secret that salts of points are drawn from; a private
	/// model's secret.
	pub fn params_salt(&self) -> Scalar {
		self.stored.salt
	}

	/// The salt of their commitment by a point under a circuit's key: `blake2_256("zkml/params-salt/v1" ||
	/// SCALE(salt, circuit, i))` for i = 0 and 1, one behind the other, modulo the group order. A commitment
	/// under another key has another one: whoever made both keys could see through two with the same.
	pub fn point_salt(&self, circuit: CircuitHash) -> Fr {
		let half = |i: u8| tagged_hash(b"zkml/params-salt/v1", &(self.stored.salt, circuit, i));
		Fr::from_be_bytes_mod_order(&[half(0), half(1)].concat())
	}

	/// The commitment to the parameters, if it is one by Poseidon. A point takes the key: it is
	/// [`crate::Prover::params`].
	pub fn params_commitment(&self) -> Option<Scalar> {
		self.commitment
	}

	/// How the parameters enter the circuit.
	pub fn params_kind(&self) -> ParamsKind {
		match self.stored.commitment {
			Commitment::Poseidon => ParamsKind::Input,
			Commitment::Point { .. } => ParamsKind::Point,
		}
	}

	/// The circuit that shows that the parameters are within their widths, if they are committed to by a
	/// point.
	pub fn range_circuit(&self) -> Option<RangeCircuit<'_>> {
		match &self.stored.commitment {
			Commitment::Poseidon => None,
			Commitment::Point { ranges } => {
				Some(RangeCircuit { inference: self.describe(), checks: ranges })
			}
		}
	}

	/// Constraints by node, counted without keeping the circuit.
	pub fn cost(&self) -> Cost {
		self.describe().cost()
	}

	/// What setup and proving will take.
	pub fn estimate(&self) -> Estimate {
		Estimate::new(&self.cost().counts)
	}

	/// What proving the parameters' ranges will take, once for each version, if they are committed to by a point.
	pub fn range_estimate(&self) -> Option<Estimate> {
		let circuit = self.range_circuit()?;
		Some(Estimate::once(&circuit.cost().counts, &self.cost().counts))
	}

	/// Builds the constraints of the whole circuit.
	pub fn circuit(&self) -> R1cs {
		self.describe().build()
	}

	/// The circuit, to be built, counted, or given a witness.
	pub fn describe(&self) -> Description<'_> {
		let weights = match (self.stored.visibility, &self.commitment) {
			(Visibility::Public, commitment) => {
				// It is a hash in the field, so it is canonical, and a public model has one.
				let commitment = commitment.as_ref().and_then(|scalar| to_field(scalar).ok());
				Weights::Constant(&self.stored.parameters, commitment.unwrap_or_default())
			}
			(Visibility::Private, Some(_)) => Weights::Witness,
			(Visibility::Private, None) => Weights::Committed,
		};
		Description {
			graph: &self.stored.graph,
			plan: &self.plan,
			weights,
			checks: &self.stored.checks,
		}
	}

	/// Real numbers as the integers of all inputs, each the nearest: a list for each input.
	///
	/// # Errors
	///
	/// If there are too few or too many lists or numbers, or one is out of the declared range.
	pub fn quantize_inputs(&self, reals: &[Vec<f32>]) -> Result<Vec<Vec<i32>>, InputError> {
		quantize_inputs(&self.stored.graph.inputs, reals)
	}

	/// Evaluates the integer graph on a list of values for each input, and keeps every value.
	///
	/// # Errors
	///
	/// If there are more or fewer inputs, or one is of another length or out of range.
	pub fn trace(&self, inputs: &[Vec<i32>]) -> Result<Trace, InputError> {
		evaluate::evaluate(&self.stored.graph, &self.stored.parameters, inputs)
	}

	/// Evaluates the integer graph, and gives the values of each output.
	///
	/// # Errors
	///
	/// If there are more or fewer inputs, or one is of another length or out of range.
	pub fn evaluate(&self, inputs: &[Vec<i32>]) -> Result<Vec<Vec<i32>>, InputError> {
		Ok(self.trace(inputs)?.outputs(&self.stored.graph))
	}
}
