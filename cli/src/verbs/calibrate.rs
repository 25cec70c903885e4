//! `zkml calibrate`

use rand::rngs::OsRng;
use serde_json::json;
use zkml_circuits::calibrate::{self, Calibrated, Trial};
use zkml_client::files::{self, Over, Readers};
use zkml_primitives::ValueInfo;

use super::{
	accuracy, given,
	integers::{self, WidthsFile},
};
use crate::{
	args::Calibrate,
	error::CliError,
	output::{Output, Progress},
};

/// Searches widths node by node, and shows that the result can be proved.
pub fn run(args: Calibrate, out: &Output) -> Result<(), CliError> {
	let (float, options) = integers::read(&args.onnx, &args.integers)?;
	files::check_places(&[(&args.output, Over::Results)])?;
	let progress = Progress::start("calibrating");
	let mut lines = Vec::new();
	let mut report = |trial: &Trial| {
		progress.update("trying widths", lines.len() as u64 + 1, 0);
		lines.push(line(trial));
	};
	let found = calibrate::calibrate(&float, &options, &mut OsRng, &mut report);
	progress.finish();
	out.say(format_args!(
		"{:>10} {:>10} {:>12}  {}",
		"max error", "same label", "constraints", "changed: bits of weights, activations, tables"
	));
	lines.iter().for_each(|line| out.say(line));
	let Calibrated { trials, options: best, model } =
		found.map_err(|error| integers::advise(error, out))?;
	let first = match options.samples.first() {
		Some(sample) => {
			let mut rest = sample.as_slice();
			let own = |info: &ValueInfo| {
				rest.split_off(..info.tensor.len() as usize).unwrap_or_default().to_vec()
			};
			model.quantize_inputs(&model.inputs().iter().map(own).collect::<Vec<_>>())?
		}
		None => model.inputs().iter().map(|info| given::near_zero(&info.tensor)).collect(),
	};
	if let Some(group) = calibrate::mock(&model, &first, &mut OsRng)? {
		return Err(CliError::mismatch("mock proof", "every constraint to hold", group));
	}
	let widths = WidthsFile { default: best.widths, nodes: best.node_widths };
	files::write_json(&args.output, &widths, Readers::Everybody, Over::Results)?;
	if let Some(report) = model.report() {
		accuracy::say(report, out);
	}
	let constraints = model.cost().counts.constraints;
	out.field("constraints", constraints);
	out.field("mock proof", "every constraint holds");
	out.field("widths", format_args!("{0}, for zkml compile --widths {0}", args.output.display()));
	out.finish(json!({
		"trials": trials,
		"accuracy": model.report(),
		"constraints": constraints,
		"widths": widths,
		"file": args.output.display().to_string(),
		"mock_proof": true,
	}));
	Ok(())
}

fn line(trial: &Trial) -> String {
	let label =
		trial.report.agreement().map_or("-".into(), |share| format!("{:.1} %", share * 100.0));
	let changed = match &trial.changed {
		Some((node, w)) => {
			format!("{node}: {}, {}, {}", w.weight_bits, w.activation_bits, w.table_bits)
		}
		None => "nothing".into(),
	};
	let good = if trial.good { "" } else { ", not close enough" };
	format!(
		"{:>8.3} % {:>10} {:>12}  {changed}{good}",
		trial.report.max_error * 100.0,
		label,
		trial.constraints
	)
}
