//! Which operators there are: each module of lowering lists its own.

use super::{
	activation, attention, best, bits, blocks, bodies, casts, compare, determinant, dynamic,
	einsum, elementwise, encoders, fixed, fold, index, layout, learn, linear, lp, moments, moves,
	normal, one_hot, pad, pool, quantized_operators, recurrent, reduce, resize, rounding, sample,
	signature::Operator, soft, spectrum, spread, sums, svm, top, tree_ensemble, trees,
	trigonometry, unpool, window,
};

/// All operators that can be proved, or computed when their inputs are constant.
pub const TABLE: &[&[Operator]] = &[
	activation::OPERATORS,
	attention::OPERATORS,
	best::OPERATORS,
	bits::OPERATORS,
	blocks::OPERATORS,
	bodies::OPERATORS,
	casts::OPERATORS,
	compare::OPERATORS,
	determinant::OPERATORS,
	dynamic::OPERATORS,
	einsum::OPERATORS,
	elementwise::OPERATORS,
	encoders::OPERATORS,
	fixed::OPERATORS,
	fold::OPERATORS,
	index::OPERATORS,
	layout::OPERATORS,
	learn::OPERATORS,
	linear::OPERATORS,
	lp::OPERATORS,
	moments::OPERATORS,
	moves::OPERATORS,
	normal::OPERATORS,
	one_hot::OPERATORS,
	pad::OPERATORS,
	pool::OPERATORS,
	quantized_operators::OPERATORS,
	recurrent::OPERATORS,
	reduce::OPERATORS,
	resize::OPERATORS,
	rounding::OPERATORS,
	sample::OPERATORS,
	soft::OPERATORS,
	spectrum::OPERATORS,
	spread::OPERATORS,
	sums::OPERATORS,
	svm::OPERATORS,
	top::OPERATORS,
	tree_ensemble::OPERATORS,
	trees::OPERATORS,
	trigonometry::OPERATORS,
	unpool::OPERATORS,
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
