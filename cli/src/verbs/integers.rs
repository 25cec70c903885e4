//! How a model becomes integers, as the command line says it.

use zkml_circuits::{CompileOptions, InputRange};
use zkml_primitives::Visibility;

use crate::{
	args::{Integers, Kind},
	error::CliError,
	tensors,
};

/// The options, samples read.
pub fn options(args: &Integers) -> Result<CompileOptions, CliError> {
	let default = CompileOptions::default();
	let input = args.input_min.zip(args.input_max).map(|(min, max)| InputRange { min, max });
	let samples = match &args.samples {
		Some(path) => tensors::read_inputs(path)?,
		None => Vec::new(),
	};
	Ok(CompileOptions {
		visibility: if args.private { Visibility::Private } else { Visibility::Public },
		lookups: args.kind == Kind::Rounds,
		labels: args.labels.clone(),
		input,
		weight_bits: args.weight_bits.unwrap_or(default.weight_bits),
		activation_bits: args.activation_bits.unwrap_or(default.activation_bits),
		weight_shifts: args.weight_shift.clone(),
		output: args.output_tensor.clone(),
		samples,
	})
}
