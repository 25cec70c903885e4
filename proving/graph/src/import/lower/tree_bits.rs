//! What the nodes of trees ask: whether a feature is above a number, or one of some numbers.

use std::collections::BTreeMap;

use super::Lowering;
use crate::import::{node::Node, FloatOp, ImportError, Threshold};

/// A question about a feature, whose answer is 1 or 0.
pub enum Bit {
	/// Whether it is above a threshold.
	Above(Threshold),
	/// Whether it is one of these numbers, of which none is there twice.
	Member(Vec<f32>),
}

/// Questions of trees, each once.
#[derive(Default)]
pub struct Bits {
	/// Each with the feature that it is about.
	pub all: Vec<(usize, Bit)>,
	known: BTreeMap<(usize, bool, Vec<u32>), usize>,
}

impl Bits {
	/// The number of a question; -0 and 0 are one number.
	pub fn add(&mut self, feature: usize, bit: Bit) -> usize {
		let key = |number: &f32| (number + 0.0).to_bits();
		let (met, numbers) = match &bit {
			Bit::Above(threshold) => (threshold.met, vec![key(&threshold.at)]),
			// No threshold has another count of numbers, or is one of a set.
			Bit::Member(members) => {
				(false, members.iter().map(key).chain([f32::NAN.to_bits()]).collect())
			}
		};
		let all = &mut self.all;
		*self.known.entry((feature, met, numbers)).or_insert_with(|| {
			all.push((feature, bit));
			all.len() - 1
		})
	}

	/// The answers about features `x`, in order.
	pub fn lower(
		&self,
		lowering: &mut Lowering,
		node: &Node,
		x: usize,
	) -> Result<usize, ImportError> {
		let (mut thresholds, mut members) = (Vec::new(), Vec::new());
		// Where each answer is: among the first or the second.
		let mut places = Vec::with_capacity(self.all.len());
		for (feature, bit) in &self.all {
			places.push(match bit {
				Bit::Above(threshold) => {
					thresholds.push((*feature, *threshold));
					(0, thresholds.len() - 1)
				}
				Bit::Member(numbers) => {
					members.push((*feature, numbers.as_slice()));
					(1, members.len() - 1)
				}
			});
		}
		let mut values = Vec::new();
		if !thresholds.is_empty() {
			values.push(above(lowering, node, x, &thresholds)?);
		}
		if members.is_empty() {
			return Ok(values[0]);
		}
		values.push(among(lowering, node, x, &members)?);
		let shift = 2 - values.len();
		// Elements are within the limit of a graph, so that they fit.
		let pick = |(value, place): &(usize, usize)| Some(((value - shift) as u32, *place as u32));
		let picks: Vec<_> = places.iter().map(pick).collect();
		lowering.push(node, &values, picks.len(), FloatOp::Gather(picks))
	}
}

fn above(
	lowering: &mut Lowering,
	node: &Node,
	x: usize,
	thresholds: &[(usize, Threshold)],
) -> Result<usize, ImportError> {
	let features = thresholds.iter().map(|(feature, _)| Some(*feature));
	let features = lowering.gather(node, x, features)?;
	let step = FloatOp::Greater(thresholds.iter().map(|(_, threshold)| *threshold).collect());
	lowering.each(node, features, step)
}

/// Whether features are each one of some numbers: at a number is what it meets and is not above.
fn among(
	lowering: &mut Lowering,
	node: &Node,
	x: usize,
	members: &[(usize, &[f32])],
) -> Result<usize, ImportError> {
	let most = members.iter().map(|(_, numbers)| numbers.len()).max().unwrap_or(0);
	lowering.count(node, &[members.len(), most])?;
	let (mut each, mut picks) = (Vec::new(), Vec::new());
	for (feature, numbers) in members {
		for number in *numbers {
			picks.push(Some(each.len()));
			each.push((*feature, *number));
		}
		picks.extend(vec![None; most - numbers.len()]);
	}
	let mut sides = Vec::with_capacity(2);
	for met in [true, false] {
		let side: Vec<_> = each.iter().map(|(f, at)| (*f, Threshold { at: *at, met })).collect();
		sides.push(above(lowering, node, x, &side)?);
	}
	let there = FloatOp::Sum { factors: vec![1.0, -1.0], offset: vec![0.0] };
	let there = lowering.push(node, &sides, each.len(), there)?;
	let sets = lowering.gather(node, there, picks)?;
	match most {
		1 => Ok(sets),
		_ => lowering.push(node, &[sets], members.len(), FloatOp::ReduceSum(most)),
	}
}
