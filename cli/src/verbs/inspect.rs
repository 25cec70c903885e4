//! `zkml inspect`

use serde_json::json;

use super::integers;
use crate::{args::Inspect, error::CliError, output::Output};

/// Shows each node's operator, shape, parameters and constraints, and why it is refused if it is.
pub fn run(args: Inspect, out: &Output) -> Result<(), CliError> {
	let mut options = integers::options(&args.integers)?;
	if args.integers.samples.is_some() {
		options = integers::read(&args.onnx, &args.integers)?.1;
	}
	let inspection = zkml_circuits::inspect(&args.onnx, &options)?;
	out.say(format_args!(
		"{:<28} {:<12} {:<14} {:>10} {:>12}",
		"node", "operator", "shape", "parameters", "constraints"
	));
	for node in &inspection.nodes {
		let constraints = node.constraints.map_or("-".into(), |n| n.to_string());
		// The reason stands where the numbers would be.
		let numbers = match &node.refused {
			Some(reason) => format!("refused: {reason}"),
			None => format!("{:>10} {constraints:>12}", node.parameters),
		};
		out.say(format_args!(
			"{:<28} {:<12} {:<14} {numbers}",
			node.name,
			node.operator,
			shape(node.shape.as_deref()),
		));
	}
	for (what, all) in
		[("input", Some(&inspection.inputs)), ("output", inspection.outputs.as_ref())]
	{
		match all.map(Vec::as_slice) {
			None => out.field(what, "-"),
			Some([one]) => out.field(what, shape(Some(&one.dims))),
			Some(all) => all.iter().for_each(|one| {
				out.field(what, format_args!("{}: {}", one.name, shape(Some(&one.dims))));
			}),
		}
	}
	out.field("parameters", inspection.parameters);
	let total: u64 = inspection.nodes.iter().filter_map(|node| node.constraints).sum();
	match &inspection.refused {
		Some(reason) => out.field("constraints", format_args!("none: {reason}")),
		None => {
			out.field(
				"constraints",
				format_args!("{total} for the nodes; compile tells those of all"),
			);
			if let Some(once) = inspection.range_constraints {
				let words = "once for each version, that the parameters are within their widths";
				out.field("ranges", format_args!("{once} {words}"));
			}
		}
	}
	out.finish(json!({
		"file": args.onnx.display().to_string(),
		"graph": inspection,
		"constraints": total,
	}));
	Ok(())
}

fn shape(dims: Option<&[usize]>) -> String {
	match dims {
		None => "-".into(),
		Some([]) => "one number".into(),
		Some(dims) => dims.iter().map(usize::to_string).collect::<Vec<_>>().join("x"),
	}
}
