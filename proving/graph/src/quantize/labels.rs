//! Outputs that say which class it is.

use crate::import::{FloatGraph, FloatOp, FloatTable};

/// What is known of an output that is the index of a class, or the number that it has.
pub(super) struct Label {
	/// The value that it is the largest of, or that is above a threshold.
	pub scores: usize,
	/// The values from the output back to the index.
	pub values: Vec<usize>,
	/// Whether it is the number that the class has rather than its index.
	pub numbered: bool,
}

/// What a value is the label of, if it is one.
pub(super) fn label_of(float: &FloatGraph, mut value: usize) -> Option<Label> {
	let (mut values, mut numbered) = (Vec::new(), false);
	loop {
		values.push(value);
		let node = &float.ops[value.checked_sub(1)?];
		match (&node.op, node.inputs.as_slice()) {
			(FloatOp::ArgMax | FloatOp::Greater(_), [scores]) => {
				return Some(Label { scores: *scores, values, numbered })
			}
			(FloatOp::Gather(_), [input]) => value = *input,
			(FloatOp::Places(places), [input]) if node.len == 1 && places.axes.len() == 1 => {
				value = *input;
			}
			(op, [input]) if node.len == 1 && numbers(op) => {
				numbered = true;
				value = *input;
			}
			_ => return None,
		}
	}
}

/// Whether an operation gives each of some indices a whole number of its own.
fn numbers(op: &FloatOp) -> bool {
	let whole = |all: &[f32]| all.iter().all(|number| number.fract() == 0.0);
	match op {
		FloatOp::Sum { factors, offset } => {
			matches!(factors[..], [factor] if factor != 0.0) && whole(factors) && whole(offset)
		}
		FloatOp::Pick(pick) if pick.width == 1 => match &pick.table {
			FloatTable::Constant(values) => whole(values),
			FloatTable::Fixed(_) => true,
			FloatTable::OneHot | FloatTable::Computed => false,
		},
		_ => false,
	}
}

/// For each value whether it is on the way from the index of a class to the number of one that is an output: these
/// are exact in a private model, too, as the numbers of classes are none of its weights.
pub(super) fn on_the_way(float: &FloatGraph) -> Vec<bool> {
	let mut exact = vec![false; float.ops.len() + 1];
	let labels = float.outputs.iter().filter_map(|output| label_of(float, output.value));
	for label in labels.filter(|label| label.numbered) {
		label.values.iter().for_each(|value| exact[*value] = true);
	}
	exact
}
