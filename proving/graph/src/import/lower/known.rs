//! What is known of values beside their bounds, which masks and types ask for.

use std::collections::BTreeMap;

use super::{Kind, Lowering};
use crate::{
	import::{ends::typed, limits::Limit, node::Node, FloatNode, FloatOp, ImportError},
	interval::Interval,
};

/// Most operations that a constant is followed through.
const DEPTH: usize = 32;

/// What is known of each value.
pub struct Known {
	/// Whether it holds whole numbers alone because the file has integers or truth values for it.
	integral: Vec<bool>,
	/// Whether its type is that of truth values.
	truths: Vec<bool>,
	/// Names of the inputs that are values.
	names: BTreeMap<usize, String>,
}

impl Known {
	/// Of the value that holds all inputs.
	pub fn new() -> Self {
		Self { integral: vec![false], truths: vec![false], names: BTreeMap::new() }
	}

	/// Of the next value, which an operation gives if it is no input.
	pub fn push(&mut self, node: Option<&FloatNode>) {
		let whole = |number: &f32| number.fract() == 0.0 && number.abs() <= 16_777_216.0;
		let (mut integral, mut truths) = (false, false);
		if let Some(FloatNode { op, inputs, .. }) = node {
			let all = |known: &[bool]| inputs.iter().all(|value| known[*value]);
			match op {
				FloatOp::Gather(picks) => {
					let none = picks.iter().all(Option::is_none);
					integral = none || all(&self.integral);
					truths = !none && all(&self.truths);
				}
				FloatOp::Sum { factors, offset } => {
					integral = all(&self.integral) && factors.iter().chain(offset).all(whole);
				}
				FloatOp::Mul | FloatOp::ReduceMax(_) | FloatOp::ReduceSum(_) => {
					integral = all(&self.integral);
				}
				FloatOp::Greater(_) => integral = true,
				_ => {}
			}
		}
		self.integral.push(integral);
		self.truths.push(truths);
	}
}

impl Lowering {
	/// Says what an input is, which is a value.
	pub fn given(&mut self, value: usize, name: &str, kind: &Kind) {
		let truth = *kind == Kind::Truth;
		self.known.integral[value] = truth || matches!(kind, Kind::Integer | Kind::Whole(_));
		self.known.truths[value] = truth;
		self.known.names.insert(value, name.into());
	}

	/// The operation that gives a value; nothing if it is all inputs.
	pub fn op(&self, value: usize) -> Option<&FloatNode> {
		value.checked_sub(1).map(|index| &self.ops[index])
	}

	/// Whether a value holds whole numbers alone as the file has integers or truth values for it, whatever their range.
	pub fn is_integral(&self, value: usize) -> bool {
		self.known.integral[value] || self.is_whole(value)
	}

	/// Whether a value is known to be of the type of truth values.
	pub fn is_truth(&self, value: usize) -> bool {
		self.known.truths[value]
	}

	/// Says that a value is of that type, whatever its bounds say.
	pub fn set_truth(&mut self, value: usize) {
		self.known.truths[value] = true;
		self.wholes[value] = Some(Interval { min: 0, max: 1 });
	}

	/// The same values, of the type of truth values or of another one.
	pub fn typed(&mut self, node: &Node, value: usize, truth: bool) -> Result<usize, ImportError> {
		if self.is_truth(value) == truth {
			return Ok(value);
		}
		let len = self.lens[value];
		// Elements are within the limit of a graph, so that they fit.
		let op = FloatOp::Gather((0..len as u32).map(|i| Some((0, i))).collect());
		let made = self.push(node, &[value], len, op)?;
		match truth {
			true => self.set_truth(made),
			false => self.known.truths[made] = false,
		}
		Ok(made)
	}

	/// The number that all elements of a value are, if they are made of constants.
	pub fn uniform(&self, value: usize) -> Option<f32> {
		let (mut value, mut factor, mut offset) = (value, 1.0, 0.0);
		for _ in 0..DEPTH {
			let node = self.op(value)?;
			match (&node.op, node.inputs.as_slice()) {
				(FloatOp::Gather(picks), _) if picks.iter().all(Option::is_none) => {
					return Some(offset);
				}
				(FloatOp::Gather(picks), [input]) if picks.iter().all(Option::is_some) => {
					value = *input;
				}
				(FloatOp::Sum { factors, offset: own }, [input])
					if own.iter().all(|other| *other == own[0]) =>
				{
					offset += factor * own[0];
					factor *= factors[0];
					value = *input;
				}
				_ => return None,
			}
		}
		None
	}

	/// Asks that values be 0 and 1, as those that a mask is made of.
	pub fn limit_to_bits(&mut self, node: &Node, values: &[usize]) {
		for value in values.iter().copied() {
			if self.is_between(value, (0, 1)) {
				continue;
			}
			let mut from = value;
			while !self.known.names.contains_key(&from) {
				match self.op(from).and_then(|node| node.inputs.first()) {
					Some(input) => from = *input,
					None => break,
				}
			}
			let option = match self.known.names.get(&from) {
				Some(name) => typed("--input-range", &format!("{name}=0:1")),
				None => typed("--input-range", "0:1"),
			};
			let advice = format!(
				"of which the mask is made that hides scores ({option} if the input has no others)"
			);
			let (node, ends) = (node.name.into(), (0, 1));
			let advice = advice.into();
			self.limits.push(Limit { node, value, ends, whole: false, met: false, advice });
		}
	}

	/// Asks that what inputs give of a value be between these ends, if bounds do not say so already.
	pub fn limit_met(&mut self, node: &Node, value: usize, ends: (i64, i64), advice: String) {
		let (node, advice) = (node.name.into(), advice.into());
		self.limits.push(Limit { node, value, ends, whole: false, met: true, advice });
	}
}
