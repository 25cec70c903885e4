//! Thresholds in integers.
//!
//! On a grid that is the input's own, of whole numbers or of a step that was given, a threshold is compared
//! as the file compares it. A grid that was made up has nothing to do with the numbers that inputs and
//! thresholds are: there thresholds are rounded as inputs are. Thresholds are often numbers of the data that
//! a tree was made from, so that inputs are often equal to one, and these are told right.

use std::collections::BTreeMap;

use super::bounds::origin;
use crate::{
	import::{FloatGraph, FloatOp, Threshold},
	interval::Interval,
};

/// A number that no integer of a value reaches.
const FAR: f64 = (1u64 << 58) as f64;

/// The largest integer that is not above a threshold. The file compares 32-bit floats: so is it done
/// here, with each integer as the float next to what it stands for.
pub(super) fn threshold(t: Threshold, scale: f64, range: Interval) -> i64 {
	let above = |x: i64| t.is_below((x as f64 * scale) as f32);
	if above(range.min) {
		return range.min - 1;
	}
	let (mut low, mut high) = (range.min, range.max + 1);
	while high - low > 1 {
		let middle = low + (high - low) / 2;
		if above(middle) {
			high = middle;
		} else {
			low = middle;
		}
	}
	low
}

/// The largest integer that is not above a threshold, of an input that was rounded to a grid of this step.
pub(super) fn met(t: Threshold, step: f64, scale: f64, range: Interval) -> i64 {
	let on_grid = (f64::from(t.at) / step).round() * step;
	let own = (on_grid / scale).round().clamp(-FAR, FAR) as i64;
	(own - i64::from(t.met)).clamp(range.min - 1, range.max)
}

/// The element of the inputs that an element of a value is, with its sign or with the other: picked, or by a
/// matrix that picks, as trees are written by some exporters.
pub(super) fn given(float: &FloatGraph, value: usize, element: usize) -> Option<(usize, f32)> {
	let (mut value, mut element) = origin(float, value, element);
	let mut sign = 1.0;
	while let Some(node) = value.checked_sub(1).map(|index| &float.ops[index]) {
		match &node.op {
			FloatOp::Sum { factors, offset } => {
				let [factor @ (1.0 | -1.0)] = factors[..] else { return None };
				if offset[element % offset.len()] != 0.0 {
					return None;
				}
				sign *= factor;
			}
			FloatOp::MatMul(dense) => {
				let output = element % (dense.groups * dense.outputs);
				let weights = &dense.weights[output * dense.inputs..][..dense.inputs];
				let mut others = weights.iter().copied().enumerate().filter(|(_, w)| *w != 0.0);
				let (Some((place, weight)), None) = (others.next(), others.next()) else {
					return None;
				};
				if weight.abs() != 1.0 || dense.bias[output] != 0.0 {
					return None;
				}
				sign *= weight;
				element = element / dense.outputs * dense.inputs + place;
			}
			_ => return None,
		}
		(value, element) = origin(float, node.inputs[0], element);
	}
	Some((element, sign))
}

/// Moves inputs of a made-up grid that are next to a threshold onto it: what counts as equal to it is looked at
/// where it is.
pub(super) fn onto_thresholds(
	float: &FloatGraph,
	steps: &[f64],
	rounded: &[bool],
	inputs: &mut [Vec<f32>],
) {
	let mut near: BTreeMap<(usize, i64), f32> = BTreeMap::new();
	let place = |element: usize, x: f32| (f64::from(x) / steps[element]).round() as i64;
	for node in &float.ops {
		let FloatOp::Greater(thresholds) = &node.op else { continue };
		for (i, threshold) in thresholds.iter().enumerate() {
			if let Some((element, sign)) = given(float, node.inputs[0], i) {
				if rounded[element] {
					let at = threshold.at * sign;
					near.insert((element, place(element, at)), at);
				}
			}
		}
	}
	if near.is_empty() {
		return;
	}
	for (element, x) in inputs.iter_mut().flat_map(|input| input.iter_mut().enumerate()) {
		if let Some(at) = near.get(&(element, place(element, *x))) {
			*x = *at;
		}
	}
}
