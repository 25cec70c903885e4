//! The widths that are close enough, node by node, and a proof of everything but the group arithmetic.

use rand::{CryptoRng, RngCore};
use serde::Serialize;
use zkml_graph::{CompileError, CompileOptions, Widths};
use zkml_poseidon::to_field;
use zkml_primitives::{ParamsKind, Scalar};

use crate::{
	circuit::{Evaluated, Secrets},
	compile::compile_float,
	import::FloatGraph,
	model::{random_salt, CompiledModel},
	report::Report,
};

/// What a trial came to.
#[derive(Clone, Debug, Serialize)]
pub struct Trial {
	/// The node whose widths were changed for it, and to what; none in the first.
	pub changed: Option<(String, Widths)>,
	/// How close the integers came to the floats with these widths.
	pub report: Report,
	/// Number of constraints of the circuit.
	pub constraints: u64,
	/// Whether it is close enough.
	pub good: bool,
}

/// What a search came to.
#[derive(Clone, Debug)]
pub struct Calibrated {
	/// All trials, in order.
	pub trials: Vec<Trial>,
	/// Options with the widths of the last, the best.
	pub options: CompileOptions,
	/// The model compiled with these options.
	pub model: CompiledModel,
}

/// Most trials of a search.
const TRIALS: usize = 40;

/// Searches widths node by node: while the error is above what `options` ask for, the node that loses
/// most gets more bits; then nodes give bits back, as long as it stays below and the circuit gets
/// smaller. `progress` is told of each trial.
///
/// # Errors
///
/// If the model does not compile for another reason than its error, or no widths come close enough:
/// then with the error of the best.
pub fn calibrate(
	float: &FloatGraph,
	options: &CompileOptions,
	rng: &mut (impl RngCore + CryptoRng),
	progress: &mut dyn FnMut(&Trial),
) -> Result<Calibrated, CompileError> {
	let good = |report: &Report| report.close_enough(options.max_error, options.min_agreement);
	let mut attempt = |options: &CompileOptions, changed| -> Result<_, CompileError> {
		let open =
			CompileOptions { max_error: f64::INFINITY, min_agreement: 0.0, ..options.clone() };
		let model = compile_float(float, &open, rng)?;
		// A model that was just compiled has one.
		let Some(report) = model.report().cloned() else {
			return Err(CompileError::Option {
				option: "report",
				expected: "one of a compiled model".into(),
				got: "none".into(),
			});
		};
		let constraints = model.cost().counts.constraints;
		let trial = Trial { changed, constraints, good: good(&report), report };
		Ok((trial, model))
	};
	let mut best = options.clone();
	let (first, mut model) = attempt(&best, None)?;
	progress(&first);
	let mut trials = vec![first];
	while !trials[trials.len() - 1].good {
		let last = &trials[trials.len() - 1];
		let wider = last.report.nodes.iter().find_map(|loss| {
			let own = best.widths(&loss.node);
			Some((loss.node.clone(), own.wider())).filter(|(_, wider)| *wider != own)
		});
		let Some((node, widths)) = wider.filter(|_| trials.len() < TRIALS) else {
			return Err(CompileError::inaccurate(&last.report, options));
		};
		best.node_widths.insert(node.clone(), widths);
		let (trial, next) = attempt(&best, Some((node, widths)))?;
		progress(&trial);
		trials.push(trial);
		model = next;
	}
	// What was given too much.
	let names: Vec<String> = model.graph().nodes.iter().map(|node| node.name.clone()).collect();
	let mut seen = std::collections::BTreeSet::new();
	for name in names.into_iter().filter(|name| seen.insert(name.clone())) {
		for narrower in narrower(best.widths(&name)) {
			if trials.len() >= TRIALS {
				break;
			}
			let constraints = model.cost().counts.constraints;
			let mut other = best.clone();
			other.node_widths.insert(name.clone(), narrower);
			let Ok((trial, next)) = attempt(&other, Some((name.clone(), narrower))) else {
				continue;
			};
			progress(&trial);
			let keep = trial.good && trial.constraints < constraints;
			trials.push(trial);
			if keep {
				(best, model) = (other, next);
			}
		}
	}
	Ok(Calibrated { trials, options: best, model })
}

/// A little less of one thing.
fn narrower(widths: Widths) -> impl Iterator<Item = Widths> {
	let Widths { weight_bits, activation_bits, table_bits } = widths;
	[
		Widths { weight_bits: weight_bits.saturating_sub(2).max(4), ..widths },
		Widths { activation_bits: activation_bits.saturating_sub(2).max(6), ..widths },
		Widths { table_bits: table_bits.saturating_sub(1).max(6), ..widths },
	]
	.into_iter()
	.filter(move |other| *other != widths)
}

/// Whether the circuit takes the witness for inputs: everything of a proof but the group
/// arithmetic. Gives the name of the first group of constraints that is broken.
///
/// # Errors
///
/// If the inputs are not those that the model takes.
pub fn mock(
	model: &CompiledModel,
	inputs: &[Vec<i32>],
	rng: &mut (impl RngCore + CryptoRng),
) -> Result<Option<&'static str>, CompileError> {
	let trace = model.trace(inputs).map_err(|error| CompileError::Option {
		option: "samples",
		expected: "inputs the model takes".into(),
		got: error.to_string(),
	})?;
	// Salts are below the modulus, and commitments are hashes in the field.
	let field = |scalar: Scalar| to_field(&scalar).unwrap_or_default();
	let words = match model.params_kind() {
		ParamsKind::Input => Vec::new(),
		ParamsKind::Point => model.describe().words(model.parameters(), field(random_salt(rng))),
	};
	let mut salts = |count: usize| (0..count).map(|_| field(random_salt(rng))).collect::<Vec<_>>();
	let input_salts = salts(model.inputs().len());
	let output_salts = salts(model.outputs().len());
	let secrets = Secrets {
		trace: &trace,
		words: &words,
		parameters: model.parameters(),
		params_salt: field(model.params_salt()),
		input_salts: &input_salts,
		output_salts: &output_salts,
		ctx: field(random_salt(rng)),
	};
	let assigned = model.describe().assign(secrets);
	let system = model.circuit();
	let wires = match model.checks().rounds() {
		0 => assigned.witness.wires,
		_ => {
			let challenge = field(random_salt(rng));
			let evaluated = Evaluated::default();
			match assigned.complete(&model.describe(), &evaluated, challenge) {
				Some(wires) => wires,
				// Once in 2^226.
				None => return mock(model, inputs, rng),
			}
		}
	};
	Ok(system.first_broken(&wires))
}
