//! Which operations give whole numbers alone, and where these can be.
//!
//! Floats that only ever hold whole numbers are no approximations: truth values, indices, and sums and
//! products of these with whole constants. What is compared of them, or used as an index, has to be exact.

use super::{FloatMatMul, FloatOp, FloatPick, FloatTable};
use crate::interval::{corners, Interval};

/// Beyond all whole numbers that are told apart.
const FAR: i64 = 1 << 58;

fn within(min: i128, max: i128) -> Interval {
	let end = |end: i128| end.clamp(-i128::from(FAR), i128::from(FAR)) as i64;
	Interval { min: end(min), max: end(max) }
}

/// A constant, if it is a whole number that floats of 32 bits tell from its neighbours.
fn constant(number: f32) -> Option<i64> {
	(number.fract() == 0.0 && number.abs() <= 16_777_216.0).then_some(number as i64)
}

fn sum(a: Interval, b: Interval) -> Interval {
	let add = |a: i64, b: i64| i128::from(a) + i128::from(b);
	within(add(a.min, b.min), add(a.max, b.max))
}

fn times(x: Interval, factor: i64) -> Interval {
	let (min, max) = corners(x, Interval::only(factor));
	within(min, max)
}

/// The hull of constants, if all are whole.
fn constants(values: &[f32]) -> Option<Interval> {
	let each = values.iter().map(|value| constant(*value).map(Interval::only));
	each.collect::<Option<Vec<_>>>().map(|all| Interval::hull(&all))
}

fn rows(dense: &FloatMatMul, x: Interval) -> Option<Interval> {
	let mut all = Vec::with_capacity(dense.bias.len());
	for (weights, bias) in dense.weights.chunks_exact(dense.inputs).zip(&dense.bias) {
		let mut row = Interval::only(constant(*bias)?);
		for weight in weights {
			row = sum(row, times(x, constant(*weight)?));
		}
		all.push(row);
	}
	Some(Interval::hull(&all))
}

/// Where all results of an operation are, if they are whole numbers: of its inputs, whose first has so many
/// elements, the same is known. What could be beyond 2^58 may be anywhere.
pub(crate) fn whole_ends(
	op: &FloatOp,
	len: usize,
	inputs: &[Option<Interval>],
) -> Option<Interval> {
	let all = || inputs.iter().copied().collect::<Option<Vec<Interval>>>();
	let truth = Interval { min: 0, max: 1 };
	let below = |count: usize| within(0, count as i128 - 1);
	match op {
		FloatOp::Greater(_) => Some(truth),
		FloatOp::ArgMax => Some(below(len)),
		FloatOp::TopK(top) if top.places => Some(below(top.size)),
		FloatOp::TopK(_) | FloatOp::ReduceMax(_) => inputs[0],
		FloatOp::Quantize(to) => {
			let scale = constant(to.scale)?;
			Some(times(Interval { min: to.min.into(), max: to.max.into() }, scale))
		}
		FloatOp::Gather(picks) => {
			if picks.iter().all(Option::is_none) {
				return Some(Interval::only(0));
			}
			let hull = Interval::hull(&all()?);
			Some(match picks.iter().all(Option::is_some) {
				true => hull,
				false => Interval::hull(&[hull, Interval::only(0)]),
			})
		}
		FloatOp::Sum { factors, offset } => {
			let mut made = constants(offset)?;
			for (x, factor) in all()?.into_iter().zip(factors) {
				made = sum(made, times(x, constant(*factor)?));
			}
			Some(made)
		}
		FloatOp::Mul => {
			let all = all()?;
			let (min, max) = corners(all[0], all[1]);
			Some(within(min, max))
		}
		FloatOp::Product(product) => {
			let all = all()?;
			let (min, max) = corners(all[0], all[1]);
			Some(times(within(min, max), product.inner.into()))
		}
		FloatOp::ReduceSum(n) => Some(times(inputs[0]?, i64::try_from(*n).ok()?)),
		FloatOp::Places(places) => {
			let last = |(size, stride): &(u32, u32)| i128::from(size - 1) * i128::from(*stride);
			let offset = places.offset.iter().copied().max().unwrap_or(0);
			Some(within(0, places.axes.iter().map(last).sum::<i128>() + i128::from(offset)))
		}
		FloatOp::Pick(FloatPick { table, .. }) => match table {
			FloatTable::OneHot => Some(truth),
			FloatTable::Constant(values) => constants(values),
			FloatTable::Fixed(values) => {
				let ends: Vec<_> = values.iter().map(|v| Interval::only((*v).into())).collect();
				Some(Interval::hull(&ends))
			}
			FloatTable::Computed => inputs[1],
		},
		FloatOp::Clip { min, max } => {
			let x = inputs[0]?;
			let end = |end: f32, far: i64| match end.is_infinite() {
				true => Some(far),
				false => constant(end),
			};
			let (min, max) = (end(*min, -FAR)?, end(*max, FAR)?);
			Some(Interval { min: x.min.clamp(min, max), max: x.max.clamp(min, max) })
		}
		FloatOp::MatMul(dense) => rows(dense, inputs[0]?),
		FloatOp::Bitwise(_) => {
			let most = 1i128 << (Interval::hull(&all()?).signed_bits() - 1);
			Some(within(-most, most - 1))
		}
		// Divisors are 1 at least.
		FloatOp::Div(divisor) if divisor.is_whole() => {
			let most = i128::from(inputs[0]?.size());
			Some(within(-most, most))
		}
		FloatOp::Unary(_) | FloatOp::Div(_) => None,
	}
}
