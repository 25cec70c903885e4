//! Products, element by element.

use crate::{
	graph::GraphError,
	interval::{bounded, corners, Interval},
};

/// The range of each product of two values.
pub fn ranges(name: &str, x: &[Interval], y: &[Interval]) -> Result<Vec<Interval>, GraphError> {
	let product = |(x, y): (&Interval, &Interval)| {
		let (min, max) = corners(*x, *y);
		bounded(name, min, max)
	};
	x.iter().zip(y).map(product).collect()
}

/// The range of each product of a value with itself, which is never negative.
pub fn square_ranges(name: &str, x: &[Interval]) -> Result<Vec<Interval>, GraphError> {
	let square = |x: &Interval| {
		let (min, max) = corners(*x, *x);
		let within = x.min <= 0 && x.max >= 0;
		let ends = [x.min, x.max].map(|end| i128::from(end) * i128::from(end));
		bounded(name, if within { 0 } else { ends[0].min(ends[1]) }, max.max(min))
	};
	x.iter().map(square).collect()
}

/// The products of two values, element by element.
pub fn evaluate(x: &[i64], y: &[i64]) -> Vec<i64> {
	x.iter().zip(y).map(|(x, y)| x * y).collect()
}
