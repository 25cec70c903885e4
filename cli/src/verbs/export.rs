//! `zkml export`

use serde_json::{json, Value};
use zkml_circuits::{circom, CompiledModel, Salts};
use zkml_primitives::Scalar;

use super::shared;
use crate::{
	args::Export,
	error::CliError,
	files,
	output::{self, Output},
	tensors,
};

/// Writes what was asked for.
pub fn run(args: Export, out: &Output) -> Result<(), CliError> {
	let model = CompiledModel::load(&args.model)?;
	out.say(format_args!("export of {}", args.model.display()));
	let ctx = args.ctx.as_deref().map_or(Ok(Scalar::ZERO), shared::ctx)?;
	let places: Vec<_> = [&args.r1cs, &args.wtns].into_iter().flatten().map(|p| &**p).collect();
	files::check_places(&places)?;
	// The witness is made first: it can be refused.
	let mut witness = None;
	if args.wtns.is_some() {
		let values = model.quantize_input(&tensors::read_input(&args.input.input)?)?;
		let given = shared::give(&args.input, model.input(), values)?;
		let salts = Salts { input: given.salt(), output: Scalar::ZERO };
		let wires = circom::witness(&model, &given.values, salts, ctx)?;
		witness = Some((given, wires));
	}
	if let Some(path) = &args.r1cs {
		circom::write_r1cs(path, &model.circuit())?;
		let estimate = model.estimate();
		out.field("constraints", estimate.constraints);
		out.field("r1cs", format_args!("{}, {}", path.display(), size(path)));
	}
	let mut public = Value::Null;
	if let (Some(path), Some((mut given, wires))) = (&args.wtns, witness) {
		circom::write_wtns(path, &wires)?;
		given.keep(out)?;
		out.field("wtns", format_args!("{}, {}; it is secret", path.display(), size(path)));
		let numbers = wires.iter().skip(1).take(zkml_primitives::PLAIN_INPUTS);
		public = numbers.map(ToString::to_string).collect();
		out.field("public inputs", "parameters, input, output, context");
	}
	let name = |path: &Option<std::path::PathBuf>| path.as_ref().map(|p| p.display().to_string());
	out.finish(json!({
		"r1cs": name(&args.r1cs),
		"wtns": name(&args.wtns),
		"public": public,
	}));
	Ok(())
}

fn size(path: &std::path::Path) -> String {
	output::bytes(std::fs::metadata(path).map_or(0, |data| data.len()))
}
