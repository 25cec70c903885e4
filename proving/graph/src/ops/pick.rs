//! Rows of a table, picked by computed indices.

use std::collections::{BTreeMap, BTreeSet};

use codec::{Decode, Encode};

use crate::{graph::GraphError, interval::Interval};

/// Most different ranges of indices for which the rows that they can name are told apart.
const RANGES: usize = 16;

/// For each index the row of a table that it names, all columns of it.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct Pick {
	/// The index of the first row.
	pub first: i64,
	/// Rows of the table.
	pub rows: u32,
	/// Elements of a row.
	pub width: u32,
	/// What is in them.
	pub table: Table,
}

/// The rows of a table, row-major.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub enum Table {
	/// 1 in the column of the row's own number, else 0: as many columns as rows.
	#[codec(index = 0)]
	OneHot,
	/// These integers, row by row.
	#[codec(index = 1)]
	Constant(Vec<i32>),
	/// The values of the second input, row by row.
	#[codec(index = 2)]
	Computed,
}

impl Pick {
	/// Elements of the table.
	pub fn table_len(&self) -> u64 {
		u64::from(self.rows) * u64::from(self.width)
	}

	/// Inputs of the operation.
	pub(super) fn inputs(&self) -> usize {
		1 + usize::from(self.table == Table::Computed)
	}

	/// Elements of the result, with the constants, for so many indices.
	pub(super) fn elements(&self, indices: u64) -> u64 {
		let constants = match self.table {
			Table::Constant(_) => self.table_len(),
			Table::OneHot | Table::Computed => 0,
		};
		indices.saturating_mul(self.width.into()).saturating_add(constants)
	}

	/// That the shapes are in order, and each index names a row.
	fn check(&self, name: &str, inputs: &[&[Interval]]) -> Result<(), GraphError> {
		let error = |expected: String, got: String| {
			Err(GraphError::Node { node: name.into(), expected, got })
		};
		let len = match &self.table {
			Table::OneHot if self.width != self.rows => {
				return error(format!("{} columns", self.rows), self.width.to_string());
			}
			Table::OneHot => self.table_len(),
			Table::Constant(values) => values.len() as u64,
			Table::Computed => inputs.get(1).map_or(0, |table| table.len() as u64),
		};
		if self.table_len() == 0 || len != self.table_len() {
			let expected = format!("a table of {} rows of {}", self.rows, self.width);
			return error(expected, format!("{len} elements"));
		}
		let last = i128::from(self.first) + i128::from(self.rows) - 1;
		let whole = Interval::hull(inputs[0]);
		if whole.min < self.first || i128::from(whole.max) > last {
			let got = format!("{}..={}", whole.min, whole.max);
			return error(format!("indices of the table's rows, {}..={last}", self.first), got);
		}
		Ok(())
	}

	/// The range of each element of the result.
	pub(super) fn ranges(
		&self,
		name: &str,
		inputs: &[&[Interval]],
	) -> Result<Vec<Interval>, GraphError> {
		self.check(name, inputs)?;
		let width = self.width as usize;
		let columns = |range: &Interval| -> Vec<Interval> {
			let rows = (range.min - self.first) as usize..=(range.max - self.first) as usize;
			let hull = |at: &dyn Fn(usize) -> Interval| {
				Interval::hull(&rows.clone().map(at).collect::<Vec<_>>())
			};
			let column = |column: usize| match &self.table {
				Table::OneHot => Interval {
					min: i64::from(rows.start() == rows.end() && rows.contains(&column)),
					max: i64::from(rows.contains(&column)),
				},
				Table::Constant(values) => {
					hull(&|row| Interval::only(values[row * width + column].into()))
				}
				Table::Computed => hull(&|row| inputs[1][row * width + column]),
			};
			(0..width).map(column).collect()
		};
		// Indices mostly have the same few ranges; of a table any number would take long.
		let different: BTreeSet<_> = inputs[0].iter().map(|range| (range.min, range.max)).collect();
		let whole = Some(Interval::hull(inputs[0])).filter(|_| different.len() > RANGES);
		let mut seen: BTreeMap<(i64, i64), Vec<Interval>> = BTreeMap::new();
		let mut all = Vec::with_capacity(inputs[0].len() * width);
		for range in inputs[0] {
			let range = whole.as_ref().unwrap_or(range);
			let own = seen.entry((range.min, range.max)).or_insert_with(|| columns(range));
			all.extend_from_slice(own);
		}
		Ok(all)
	}

	/// The rows that the indices of the first input pick, end to end.
	pub(super) fn evaluate(&self, inputs: &[&[i64]]) -> Vec<i64> {
		let width = self.width as usize;
		let mut all = Vec::with_capacity(inputs[0].len() * width);
		for index in inputs[0] {
			let row = (index - self.first) as usize;
			let own = row * width..(row + 1) * width;
			match &self.table {
				Table::OneHot => all.extend((0..width).map(|column| i64::from(column == row))),
				Table::Constant(values) => all.extend(values[own].iter().map(|v| i64::from(*v))),
				Table::Computed => all.extend_from_slice(&inputs[1][own]),
			}
		}
		all
	}
}
