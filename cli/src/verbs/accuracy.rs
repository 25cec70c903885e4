//! What compiling found out, for people.

use zkml_circuits::{report::Report, Widths};
use zkml_client::tensors::ROUNDED;

use crate::output::Output;

/// Elements of an output that are listed one by one.
const LISTED: usize = 8;

/// Says how close the integers come to the floats, and where they are narrow.
pub fn say(report: &Report, out: &Output) {
	let inputs = match report.given {
		true if report.inputs == 1 => {
			"1 sample: errors are of it alone (give several with --samples)".to_string()
		}
		true => format!("{} samples", report.inputs),
		false => format!("{} drawn inputs, corners of the range among them", report.inputs),
	};
	out.field("measured on", inputs);
	if let Some(share) = report.agreement() {
		out.field("same label", format_args!("{:.1} % as the float model", share * 100.0));
	}
	let percent = |share: f64| format!("{:.2} %", share * 100.0);
	out.field(
		"largest error",
		format_args!(
			"{} of an element's span or size, {} on average",
			percent(report.max_error),
			percent(report.mean_error)
		),
	);
	out.field(
		"stated error",
		format_args!("{} of an element's span or size", percent(report.stated_error)),
	);
	if let Some(error) = report.elsewhere {
		let words =
			"on drawn inputs of the whole range; what is stated is of inputs like the samples";
		out.field("elsewhere", format_args!("{} {words}", percent(error)));
	}
	for output in &report.outputs {
		// Of one of several outputs all are told together.
		let several = report.outputs.len() > 1;
		let listed = (2..=LISTED).contains(&output.elements.len());
		let largest = output.elements.iter().map(|one| one.max_error).fold(0.0, f64::max);
		if several {
			out.say(format_args!("    output {}: error {}", output.name, percent(largest)));
		}
		for (i, one) in output.elements.iter().enumerate().filter(|_| listed) {
			let error = percent(one.max_error);
			let words = format!("{:.6} to {:.6}, error {error}", one.low, one.high);
			match several {
				true => out.say(format_args!("      element {i}: {words}")),
				false => out.say(format_args!("    output {i}: {words}")),
			}
		}
	}
	if report.max_error > 0.0 {
		for node in report.nodes.iter().take(3) {
			out.say(format_args!("    {} adds {}", node.node, percent(node.added)));
		}
	}
	let wider = report.widths.values();
	let widest = wider.copied().reduce(|a, b| Widths {
		weight_bits: a.weight_bits.max(b.weight_bits),
		activation_bits: a.activation_bits.max(b.activation_bits),
		table_bits: a.table_bits.max(b.table_bits),
	});
	if let Some(Widths { weight_bits, activation_bits, table_bits }) = widest {
		let count = report.widths.len();
		let bits = format!(
			"{weight_bits} of weights, {activation_bits} of hidden values, {table_bits} of tables"
		);
		out.field(
			"more bits",
			format_args!("{count} nodes have up to {bits}, for an error that is small enough"),
		);
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
	for still in report.still.iter().take(LISTED) {
		out.field("never moves", still);
	}
	if let Some(others @ 1..) = report.still.len().checked_sub(LISTED) {
		out.field("never moves", format_args!("{others} other elements"));
	}
	for narrow in &report.narrow {
		out.field("may saturate", narrow);
	}
}
