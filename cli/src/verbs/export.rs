//! `zkml export`

use std::path::{Path, PathBuf};

use serde_json::{json, Value};
use zkml_circuits::{circom, CompiledModel, Salts};
use zkml_client::files::{self, Over};
use zkml_primitives::{Scalar, PLAIN_INPUTS};

use super::{
	given::{self, Given},
	shared,
};
use crate::{args::Export, error::CliError, output::Output};

/// Writes what was asked for.
pub fn run(args: Export, out: &Output) -> Result<(), CliError> {
	let Export { model, r1cs, wtns, input, ctx } = args;
	for (flag, given) in
		[("--private-input", input.private_input), ("--hide-input", !input.hide_input.is_empty())]
	{
		if wtns.is_none() && given {
			let words = format!("{flag}: expected it with --wtns FILE, got it without");
			return Err(CliError::Usage(words));
		}
	}
	out.say(format_args!("export of {}", model.display()));
	let model = CompiledModel::load(&model)?;
	let ctx = ctx.as_deref().map_or(Ok(Scalar::ZERO), shared::ctx)?;
	let mut given = None;
	if wtns.is_some() {
		let values = given::read_inputs(&input.input, &model)?;
		given = Some(given::give(&input, model.inputs(), values)?);
	}
	// One that is there already is used, and stays.
	let opening = given.as_ref().and_then(Given::unwritten);
	let results = [r1cs.as_deref(), wtns.as_deref()].into_iter().flatten();
	let mut places: Vec<(&Path, Over)> = results.map(|path| (path, Over::Results)).collect();
	places.extend(opening.map(|path| (path, Over::Nothing)));
	files::check_places(&places)?;
	// Nothing is written before all can be.
	let mut witness = None;
	if let Some(given) = given {
		let salts = Salts { inputs: given.salts(), outputs: Vec::new() };
		let wires = circom::witness(&model, &given.values, salts, ctx)?;
		witness = Some((given, wires));
	}
	if let Some(path) = &r1cs {
		circom::write_r1cs(path, &model.circuit())?;
		out.field("constraints", model.estimate().constraints);
		out.field("r1cs", path.display());
	}
	let mut public = Value::Null;
	if let (Some(path), Some((mut given, wires))) = (&wtns, witness) {
		given.keep(out)?;
		circom::write_wtns(path, &wires)?;
		out.field("wtns", format_args!("{}, for your eyes only", path.display()));
		let numbers: Vec<String> =
			wires.iter().skip(1).take(PLAIN_INPUTS).map(ToString::to_string).collect();
		for (name, number) in ["parameters", "inputs", "outputs", "context"].iter().zip(&numbers) {
			out.field(&format!("public {name}"), number);
		}
		public = json!(numbers);
	}
	let name = |path: Option<PathBuf>| path.map(|path| path.display().to_string());
	out.finish(json!({ "r1cs": name(r1cs), "wtns": name(wtns), "public": public }));
	Ok(())
}
