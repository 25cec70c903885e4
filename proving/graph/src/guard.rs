//! Where integers are made narrower than they could become, and whether an inference met such an end.

use std::fmt;

use codec::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::{
	evaluate::Trace,
	graph::{Channel, IntGraph, Op},
};

/// A rescaling whose ends are not the model's own: beyond them its results stand for something else. Without
/// ends it is one of what a divisor is made of, in which small numbers must not be rounded away. Of another node
/// it is about a norm: one below the end is about as small as what rounding did to it.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
pub struct Guard {
	/// The node of the integer graph.
	pub node: u32,
	/// The value of the float graph that it holds.
	pub value: u32,
	/// Smallest quotient that is kept.
	pub min: i64,
	/// Largest quotient that is kept.
	pub max: i64,
}

/// Share of itself that a number may be rounded by of which a divisor is made: of its root that is half.
const LOST: i128 = 64;

/// What left its range in one inference.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Saturation {
	/// The node's name in the ONNX file.
	pub node: String,
	/// Elements that were clamped, or were so small that rounding took too much of them.
	pub elements: usize,
	/// The integer that was furthest beyond the range; the last that was too small.
	pub furthest: i64,
	/// The end of the range, to which it was clamped; what rounding left of it, times its multiplier.
	pub end: i64,
	/// Whether they were too small rather than beyond a range.
	#[serde(default, skip_serializing_if = "std::ops::Not::not")]
	pub small: bool,
}

impl fmt::Display for Saturation {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let Self { node, elements, furthest, end, small } = self;
		if *small {
			return write!(
				f,
				"node {node}: {elements} values, of which a divisor is made, were so small that rounding took \
				 much of each: the answer is proved, and may be far from the float model's"
			);
		}
		write!(
			f,
			"node {node}: {elements} values are beyond what its integers can tell, the furthest \
			 {furthest} for {end}: the answer is proved, and may be far from the float model's"
		)
	}
}

impl Guard {
	/// Whether it is about what is too small rather than about ends.
	pub fn is_of_small(&self) -> bool {
		(self.min, self.max) == (i64::MIN, i64::MAX)
	}

	/// What was clamped here, or rounded away, if anything.
	pub fn check(&self, graph: &IntGraph, trace: &Trace) -> Option<Saturation> {
		let node = graph.nodes.get(self.node as usize)?;
		let rescale = match &node.op {
			Op::Requantize(rescale) => Some(rescale),
			_ => None,
		};
		let values = match rescale {
			Some(_) => trace.values.get(*node.inputs.first()? as usize)?,
			None => trace.values.get(self.node as usize + 1)?,
		};
		// Nothing is lost of zeros.
		let zeros = rescale.is_none() && !lost(graph, trace, self.node);
		let (mut elements, mut furthest, mut end) = (0, 0, 0);
		for (i, value) in values.iter().enumerate() {
			if zeros && *value <= 1 {
				continue;
			}
			let channel = rescale.map_or(Channel::ONE, |rescale| rescale.channel(i));
			let quotient = channel.quotient(*value);
			let clamped = quotient.clamp(self.min, self.max);
			if self.is_of_small() {
				let kept = i128::from(quotient) << channel.shift;
				let lost = kept - i128::from(*value) * i128::from(channel.multiplier);
				if lost.abs() * LOST > i128::from(*value).abs() * i128::from(channel.multiplier) {
					elements += 1;
					(furthest, end) = (*value, i64::try_from(kept).unwrap_or(i64::MAX));
				}
			} else if quotient != clamped {
				elements += 1;
				if elements == 1 || (quotient - clamped).abs() > i64::abs(furthest - end) {
					(furthest, end) = (quotient, clamped);
				}
			}
		}
		let small = self.is_of_small() || rescale.is_none();
		(elements > 0).then(|| Saturation {
			node: node.name.clone(),
			elements,
			furthest,
			end,
			small,
		})
	}
}

/// Whether a rescaling or a table took anything away of what a node is made of.
fn lost(graph: &IntGraph, trace: &Trace, node: u32) -> bool {
	let mut seen = vec![false; graph.nodes.len()];
	let mut open = vec![node as usize];
	while let Some(index) = open.pop() {
		let Some(node) = graph.nodes.get(index).filter(|_| !seen[index]) else { continue };
		seen[index] = true;
		let values = node.inputs.first().and_then(|input| trace.values.get(*input as usize));
		let rounds = match &node.op {
			Op::Lookup(_) => true,
			Op::Requantize(rescale) => {
				values.into_iter().flatten().enumerate().any(|(i, value)| {
					let channel = rescale.channel(i);
					let kept = i128::from(channel.quotient(*value)) << channel.shift;
					kept != i128::from(*value) * i128::from(channel.multiplier)
				})
			}
			_ => false,
		};
		if rounds {
			return true;
		}
		open.extend(node.inputs.iter().filter_map(|input| (*input as usize).checked_sub(1)));
	}
	false
}
