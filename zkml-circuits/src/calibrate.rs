//! How close the integers come to the floats, and the widths that are close enough.

use rand::{CryptoRng, RngCore};
use serde::Serialize;
use zkml_poseidon::to_field;
use zkml_primitives::{Scalar, Visibility};

use crate::{
	circuit::{assign, Evaluated, Secrets},
	compile::{compile_float, CompileError, CompileOptions},
	evaluate::{argmax, InputError},
	import::FloatGraph,
	model::{random_salt, CompiledModel},
	quantize,
};

/// Integers against floats, over a number of inputs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Accuracy {
	/// Inputs.
	pub samples: usize,
	/// Share of inputs with the float model's label: the index of the largest score, or the output
	/// itself if it is a label. Of a single score its sign decides.
	pub agreement: f64,
	/// Largest error of a score, as a share of the range of the float model's scores.
	pub max_error: f64,
	/// The mean of the errors' sizes, likewise.
	pub mean_error: f64,
}

/// Runs both on the same inputs. The float model sees them as they are, the integers rounded.
pub fn accuracy(
	float: &FloatGraph,
	model: &CompiledModel,
	samples: &[Vec<f32>],
) -> Result<Accuracy, InputError> {
	let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
	let (mut agreeing, mut largest, mut sum, mut count) = (0usize, 0f64, 0f64, 0usize);
	for sample in samples {
		let integers = model.evaluate(&model.quantize_input(sample)?)?;
		let real = |(i, v): (usize, &i32)| f64::from(*v) * quantize::unit(model.output(), i);
		let got: Vec<f64> = integers.iter().enumerate().map(real).collect();
		// Every value comes before its use, the result among them.
		let real = float.evaluate(sample).swap_remove(float.result);
		let expected: Vec<f64> = real.iter().map(|v| f64::from(*v)).collect();
		for (got, expected) in got.iter().zip(&expected) {
			low = low.min(*expected);
			high = high.max(*expected);
			let error = (got - expected).abs();
			largest = largest.max(error);
			sum += error;
			count += 1;
		}
		agreeing += usize::from(label(&got) == label(&expected));
	}
	let range = if high > low { high - low } else { 1.0 };
	Ok(Accuracy {
		samples: samples.len(),
		agreement: agreeing as f64 / samples.len().max(1) as f64,
		max_error: largest / range,
		mean_error: sum / count.max(1) as f64 / range,
	})
}

/// What scores say. A label is a single whole number: its sign would say little.
fn label(scores: &[f64]) -> i64 {
	match scores {
		[score] if score.fract() == 0.0 => *score as i64,
		[score] => i64::from(*score > 0.0),
		_ => {
			let fixed: Vec<i64> =
				scores.iter().map(|s| (s * f64::from(1u32 << 30)) as i64).collect();
			argmax(&fixed) as i64
		}
	}
}

/// What a trial came to.
#[derive(Clone, Debug, Serialize)]
pub struct Trial {
	/// Width of a weight.
	pub weight_bits: u8,
	/// Width of a hidden value.
	pub activation_bits: u8,
	/// How close it came; nothing if it does not compile.
	pub accuracy: Option<Accuracy>,
	/// Its constraints.
	pub constraints: Option<u64>,
	/// Why it does not compile.
	pub refused: Option<String>,
}

/// What is close enough.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Goal {
	/// Least [`Accuracy::agreement`].
	pub agreement: f64,
	/// Largest [`Accuracy::max_error`].
	pub max_error: f64,
}

impl Goal {
	/// Whether it is met.
	pub fn met(&self, accuracy: &Accuracy) -> bool {
		accuracy.agreement >= self.agreement && accuracy.max_error <= self.max_error
	}
}

/// Tries widths of weights and hidden values. `progress` is told of each trial.
pub fn calibrate(
	float: &FloatGraph,
	options: &CompileOptions,
	samples: &[Vec<f32>],
	(weights, activations): (&[u8], &[u8]),
	rng: &mut (impl RngCore + CryptoRng),
	progress: &mut dyn FnMut(&Trial),
) -> Result<Vec<Trial>, InputError> {
	let mut trials = Vec::new();
	for weight_bits in weights {
		for activation_bits in activations {
			let (weight_bits, activation_bits) = (*weight_bits, *activation_bits);
			let options = CompileOptions { weight_bits, activation_bits, ..options.clone() };
			let mut trial = Trial {
				weight_bits,
				activation_bits,
				accuracy: None,
				constraints: None,
				refused: None,
			};
			match compile_float(float, &options, rng) {
				Ok(model) => {
					trial.accuracy = Some(accuracy(float, &model, samples)?);
					trial.constraints = Some(model.cost().counts.constraints);
				}
				Err(error) => trial.refused = Some(error.to_string()),
			}
			progress(&trial);
			trials.push(trial);
		}
	}
	Ok(trials)
}

/// Whether the circuit takes the witness for an input: everything of a proof but the group
/// arithmetic. Gives the name of the first group of constraints that is broken.
pub fn mock(
	model: &CompiledModel,
	input: &[i32],
	rng: &mut (impl RngCore + CryptoRng),
) -> Result<Option<&'static str>, CompileError> {
	let trace = model.trace(input).map_err(|error| CompileError::Option {
		option: "samples",
		expected: "inputs the model takes".into(),
		got: error.to_string(),
	})?;
	// Salts are below the modulus, and commitments are hashes in the field.
	let field = |scalar: Scalar| to_field(&scalar).unwrap_or_default();
	let private = model.visibility() == Visibility::Private;
	let secrets = Secrets {
		parameters: model.parameters(),
		weights: private.then(|| field(model.params_salt())),
		constant: field(model.params_commitment()),
		input_salt: field(random_salt(rng)),
		output_salt: field(random_salt(rng)),
		ctx: field(random_salt(rng)),
	};
	let assigned = assign(model.graph(), model.plan(), model.checks(), &trace, &secrets);
	let system = model.circuit();
	let wires = match model.checks().rounds() {
		0 => assigned.witness.wires,
		_ => {
			let challenge = field(random_salt(rng));
			let evaluated = Evaluated::default();
			match assigned.complete(model.graph(), &trace, evaluated, challenge) {
				Some(wires) => wires,
				// Once in 2^226.
				None => return mock(model, input, rng),
			}
		}
	};
	Ok(system.first_broken(&wires))
}
