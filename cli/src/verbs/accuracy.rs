//! What compiling found out, for people.

use zkml_circuits::report::Report;
use zkml_client::tensors::ROUNDED;

use crate::output::Output;

/// Elements of an output that are listed one by one.
const LISTED: usize = 8;

/// Says how close the integers come to the floats, and where they are narrow.
pub fn say(report: &Report, out: &Output) {
	let inputs = match report.given {
		true => format!("{} samples", report.inputs),
		false => format!("{} drawn inputs, corners of the range among them", report.inputs),
	};
	out.field("measured on", inputs);
	if let Some(share) = report.agreement {
		out.field("same label", format_args!("{:.1} % as the float model", share * 100.0));
	}
	let percent = |share: f64| format!("{:.2} %", share * 100.0);
	out.field(
		"largest error",
		format_args!(
			"{} of an output's own range, {} on average",
			percent(report.max_error),
			percent(report.mean_error)
		),
	);
	out.field(
		"stated error",
		format_args!("{} of an output's own range", percent(report.stated_error)),
	);
	if let Some(error) = report.elsewhere {
		let words =
			"on drawn inputs of the whole range; what is stated is of inputs like the samples";
		out.field("elsewhere", format_args!("{} {words}", percent(error)));
	}
	if (2..=LISTED).contains(&report.outputs.len()) {
		for (i, output) in report.outputs.iter().enumerate() {
			let words = format!(
				"{:.6} to {:.6}, error {}",
				output.low,
				output.high,
				percent(output.max_error)
			);
			out.say(format_args!("    output {i}: {words}"));
		}
	}
	if report.max_error > 0.0 {
		for node in report.nodes.iter().take(3) {
			out.say(format_args!("    {} adds {}", node.node, percent(node.added)));
		}
	}
	if report.input_rounding > ROUNDED {
		out.field(
			"input rounded",
			format_args!("by up to {} of its range", percent(report.input_rounding)),
		);
	}
	for node in &report.jumps {
		out.field(
			"jumps",
			format_args!("{node}: inputs next to its threshold may be off by all of it"),
		);
	}
	for narrow in &report.narrow {
		out.field("may saturate", narrow);
	}
}
