//! Which operators there are: each module of lowering lists its own.

use super::{
	activation, elementwise, fold, layout, learn, linear, moves, pad, pool, quantized_operators,
	reduce, signature::Operator, trees, window,
};

/// All operators that can be proved, or computed when their inputs are constant.
pub const TABLE: &[&[Operator]] = &[
	activation::OPERATORS,
	elementwise::OPERATORS,
	fold::OPERATORS,
	layout::OPERATORS,
	learn::OPERATORS,
	linear::OPERATORS,
	moves::OPERATORS,
	pad::OPERATORS,
	pool::OPERATORS,
	quantized_operators::OPERATORS,
	reduce::OPERATORS,
	trees::OPERATORS,
	window::OPERATORS,
];

/// Domains whose operators are known, and the newest version of each that the table was checked
/// against.
pub const NEWEST: [(&str, i64); 3] = [("", 28), ("ai.onnx.ml", 5), ("com.microsoft", 1)];

/// A domain's name: ONNX's own has two.
pub fn domain(name: &str) -> &str {
	match name {
		"ai.onnx" => "",
		other => other,
	}
}

/// The operator of that domain and name.
pub fn find(of: &str, name: &str) -> Option<&'static Operator> {
	let of = domain(of);
	TABLE.iter().copied().flatten().find(|entry| entry.domain == of && entry.name == name)
}
