//! `zkml calibrate`

use rand::rngs::OsRng;
use serde_json::json;
use zkml_circuits::{
	calibrate::{self, Goal, Trial},
	compile_float, import, CompileOptions,
};

use super::integers;
use crate::{
	args::Calibrate,
	error::CliError,
	output::{Output, Progress},
};

/// Widths of weights that are tried,
const WEIGHTS: [u8; 4] = [6, 8, 10, 12];
/// and of hidden values.
const ACTIVATIONS: [u8; 5] = [8, 10, 12, 14, 16];

/// Tries widths on samples, and shows that the best can be proved.
pub fn run(args: Calibrate, out: &Output) -> Result<(), CliError> {
	let options = integers::options(&args.integers)?;
	if options.samples.is_empty() {
		return Err(CliError::Usage("calibrate: expected --samples FILE, got none".into()));
	}
	let goal = Goal { agreement: args.agreement / 100.0, max_error: args.error / 100.0 };
	let float = import(&args.onnx, options.output.as_deref())?;
	// Scales may know half of the samples; widths are judged on the others as well.
	let judged = options.samples.clone();
	let known: Vec<_> = options.samples.iter().step_by(2).cloned().collect();
	let options = CompileOptions { samples: known, ..options };
	// Problems that no width changes are worth their own message.
	compile_float(&float, &options, &mut OsRng)?;

	let weights = args.integers.weight_bits.map_or(WEIGHTS.to_vec(), |bits| vec![bits]);
	let activations = args.integers.activation_bits.map_or(ACTIVATIONS.to_vec(), |bits| vec![bits]);
	let total = (weights.len() * activations.len()) as u64;
	let progress = Progress::start("calibrating");
	let mut done = 0;
	let mut report = |_: &Trial| {
		done += 1;
		progress.update("trying widths", done, total);
	};
	let widths = (weights.as_slice(), activations.as_slice());
	let trials = calibrate::calibrate(&float, &options, &judged, widths, &mut OsRng, &mut report)?;
	progress.finish();

	out.say(format_args!(
		"{:>12} {:>16} {:>10} {:>10} {:>10} {:>12}",
		"weight bits", "activation bits", "agreement", "max error", "mean error", "constraints"
	));
	for trial in &trials {
		match (&trial.accuracy, trial.constraints) {
			(Some(accuracy), Some(constraints)) => out.say(format_args!(
				"{:>12} {:>16} {:>8.2} % {:>8.3} % {:>8.3} % {:>12}",
				trial.weight_bits,
				trial.activation_bits,
				accuracy.agreement * 100.0,
				accuracy.max_error * 100.0,
				accuracy.mean_error * 100.0,
				constraints
			)),
			_ => out.say(format_args!(
				"{:>12} {:>16} {}",
				trial.weight_bits,
				trial.activation_bits,
				trial.refused.as_deref().unwrap_or("not compiled")
			)),
		}
	}
	let good = |trial: &&Trial| trial.accuracy.is_some_and(|accuracy| goal.met(&accuracy));
	let best = trials.iter().filter(good).min_by_key(|trial| trial.constraints);
	let Some(best) = best else {
		return Err(CliError::mismatch(
			"calibrate",
			format!("an agreement of {} % and an error of {} %", args.agreement, args.error),
			"no widths that come so close",
		));
	};
	let (weight_bits, activation_bits) = (best.weight_bits, best.activation_bits);
	let model = compile_float(
		&float,
		&CompileOptions { weight_bits, activation_bits, ..options },
		&mut OsRng,
	)?;
	let input = model.quantize_input(&judged[0])?;
	if let Some(group) = calibrate::mock(&model, &input, &mut OsRng)? {
		return Err(CliError::mismatch("mock proof", "every constraint to hold", group));
	}
	let flags = format!("--weight-bits {weight_bits} --activation-bits {activation_bits}");
	out.field("best", &flags);
	out.field("mock proof", "every constraint holds");
	out.finish(json!({
		"trials": trials,
		"best": best,
		"flags": flags,
		"mock_proof": true,
	}));
	Ok(())
}
