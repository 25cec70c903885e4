//! Norms that are too small for the integers that they are made of.
//!
//! What is divided by a norm is of moderate size however small the norm is: where the norm is about as small as
//! what rounding did to it, so is what is left of the quotient. No bound says how much that is, as it comes from
//! all nodes before. So it is measured: what rounding did to the norm where it was small is what it does to others.

use super::{measure::Run, walk::Value, Traced};
use crate::{
	guard::Guard,
	import::{Divisor, FloatOp},
};

/// Share of a norm that may be lost of it before others are held to that.
const LOST: f64 = 1.0 / 8.0;
/// How often a norm is to have what is lost.
const TIMES: f64 = 16.0;

/// A guard, and what an integer is worth there, for each norm of which rounding took away more than a small share
/// on one of these inputs.
pub(super) fn norms<'a>(
	traced: &Traced,
	runs: impl Iterator<Item = &'a Run> + Clone,
) -> Vec<(Guard, f64)> {
	let mut guards = Vec::new();
	for node in &traced.float.ops {
		let (FloatOp::Div(Divisor::Norm(_)), [of, by]) = (&node.op, node.inputs.as_slice()) else {
			continue;
		};
		let (Some(x), Some(made)) = (&traced.values[*of], &traced.values[*by]) else { continue };
		let (Some(scale), Some(giver)) = (made.shared(), made.id.checked_sub(1)) else { continue };
		let lost = runs.clone().flat_map(|run| losses(run, (*by, made), scale));
		let Some(lost) = lost.reduce(f64::max) else { continue };
		// What was met may have been less than a step of what is divided.
		let step = x.scales.iter().copied().fold(0.0, f64::max);
		let least = (TIMES * lost.max(step) / scale).ceil() as i64;
		let guard = Guard { node: giver, value: *by as u32, min: least, max: i64::MAX };
		if !guards.iter().any(|(other, _)| *other == guard) {
			guards.push((guard, scale));
		}
	}
	guards
}

/// What was lost of each element of a norm of which that is much.
fn losses<'a>(
	run: &'a Run,
	(value, made): (usize, &Value),
	scale: f64,
) -> impl Iterator<Item = f64> + 'a {
	let each = run.trace.values[made.id as usize].iter().zip(&run.floats[value]);
	each.filter_map(move |(integer, float)| {
		let float = f64::from(*float);
		let lost = (*integer as f64 * scale - float).abs();
		// Of nothing a norm is as little as there is above 0.
		let nothing = *integer <= 1 && float <= f64::from(f32::MIN_POSITIVE);
		let much = float.is_finite() && lost > LOST * float && !nothing;
		much.then_some(lost)
	})
}
