//! `zkml inspect`

use serde_json::json;

use super::integers;
use crate::{args::Inspect, error::CliError, output::Output};

/// Shows each node's operator, shape, parameters and constraints, and why it is refused if it is.
pub fn run(args: Inspect, out: &Output) -> Result<(), CliError> {
	let inspection = zkml_circuits::inspect(&args.onnx, &integers::options(&args.integers)?)?;
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
	out.field("input", shape(Some(&inspection.input)));
	out.field("output", shape(inspection.output.as_deref()));
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
