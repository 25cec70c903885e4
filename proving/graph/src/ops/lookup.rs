//! Functions of one number by their values.

use std::collections::BTreeMap;

use codec::{Decode, Encode};

use crate::{
	graph::{GraphError, MAX_TABLE},
	interval::Interval,
};

/// A function of one number by its values.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct Lookup {
	/// The number whose value is first.
	pub min: i64,
	/// The value of `min`, of `min + 1` and so on.
	pub values: Vec<i32>,
}

impl Lookup {
	/// The value at a number of the table.
	pub fn at(&self, x: i64) -> i64 {
		i64::from(self.values[(x - self.min) as usize])
	}

	/// The range of each element of the result.
	pub(super) fn ranges(&self, name: &str, x: &[Interval]) -> Result<Vec<Interval>, GraphError> {
		let error = |expected: String, got: String| {
			Err(GraphError::Node { node: name.into(), expected, got })
		};
		if self.values.len() > MAX_TABLE {
			let got = self.values.len().to_string();
			return error(format!("a table of at most {MAX_TABLE}"), got);
		}
		let whole = Interval::hull(x);
		let last = i128::from(self.min) + self.values.len() as i128 - 1;
		if whole.min < self.min || i128::from(whole.max) > last {
			let got = format!("{}..={}", whole.min, whole.max);
			return error(format!("numbers of the table, {}..={last}", self.min), got);
		}
		let part = |range: &Interval| {
			let (first, last) = (range.min - self.min, range.max - self.min);
			let part = &self.values[first as usize..=last as usize];
			Interval {
				min: part.iter().copied().min().unwrap_or(0).into(),
				max: part.iter().copied().max().unwrap_or(0).into(),
			}
		};
		// Elements mostly have the same few ranges.
		let mut seen = BTreeMap::new();
		let each = x
			.iter()
			.map(|range| *seen.entry((range.min, range.max)).or_insert_with(|| part(range)));
		Ok(each.collect())
	}

	/// The value at each element.
	pub(super) fn evaluate(&self, x: &[i64]) -> Vec<i64> {
		x.iter().map(|x| self.at(*x)).collect()
	}
}
