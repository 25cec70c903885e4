//! Indices into a tensor, and the rows that they pick, in a float graph.

/// Places in a flat tensor, each the sum of what some indices contribute: an index of an axis of `size`
/// elements, of which a negative one counts from the end, as often as `stride`.
#[derive(Clone, Debug, PartialEq)]
pub struct Places {
	/// Size and stride of the axis of each input.
	pub axes: Vec<(u32, u32)>,
	/// What is added: one number for all elements, or one for each.
	pub offset: Vec<u32>,
}

/// Rows of a table, by the places in the first input.
#[derive(Clone, Debug)]
pub struct FloatPick {
	/// Rows of the table.
	pub rows: usize,
	/// Elements of a row.
	pub width: usize,
	/// What is in them.
	pub table: FloatTable,
}

/// Largest size of whole numbers that a table keeps as they are.
pub const WHOLE: i64 = 1 << 24;

/// The rows of a table, row-major.
#[derive(Clone, Debug)]
pub enum FloatTable {
	/// 1 in the column of the row's own number, else 0: as many columns as rows.
	OneHot,
	/// These numbers, row by row.
	Constant(Vec<f32>),
	/// These integers, row by row, which shapes or the numbers of classes decide: none of them is a parameter.
	Fixed(Vec<u32>),
	/// The values of the second input, row by row.
	Computed,
}

impl Places {
	/// The places that these indices name. One that is out of its axis, which no compiled model is given,
	/// is taken for the nearest that is not.
	pub(super) fn evaluate(&self, inputs: &[&[f32]], len: usize) -> Vec<f32> {
		let place = |i: usize| {
			let offset = f64::from(self.offset[i % self.offset.len()]);
			let part = |((size, stride), x): (&(u32, u32), &&[f32])| {
				let (size, x) = (f64::from(*size), f64::from(x[i]).round());
				let place = if x < 0.0 { x + size } else { x };
				place.clamp(0.0, size - 1.0) * f64::from(*stride)
			};
			(offset + self.axes.iter().zip(inputs).map(part).sum::<f64>()) as f32
		};
		(0..len).map(place).collect()
	}

	/// Whether all places are below `2^24`, where 32-bit floats have all integers, and shapes fit.
	pub(super) fn fits(&self, inputs: &[usize], len: usize) -> bool {
		let last = |(size, stride): &(u32, u32)| u64::from(size - 1) * u64::from(*stride);
		!self.axes.is_empty()
			&& self.axes.len() == inputs.len()
			&& inputs.iter().all(|input| *input == len)
			&& self.axes.iter().all(|(size, _)| *size > 0)
			&& (self.offset.len() == 1 || self.offset.len() == len)
			&& self.axes.iter().map(last).sum::<u64>()
				+ u64::from(self.offset.iter().copied().max().unwrap_or(0))
				< 1 << 24
	}
}

impl FloatPick {
	/// The row that a place names.
	pub(crate) fn row(&self, place: f64) -> usize {
		place.round().clamp(0.0, self.rows as f64 - 1.0) as usize
	}

	/// The rows at these places.
	pub(super) fn evaluate(&self, inputs: &[&[f32]]) -> Vec<f32> {
		let width = self.width;
		let mut all = Vec::with_capacity(inputs[0].len() * width);
		for place in inputs[0] {
			let row = self.row((*place).into());
			let own = row * width..(row + 1) * width;
			match &self.table {
				FloatTable::OneHot => {
					all.extend((0..width).map(|column| f32::from(u8::from(column == row))));
				}
				FloatTable::Constant(values) => all.extend_from_slice(&values[own]),
				FloatTable::Fixed(values) => all.extend(values[own].iter().map(|v| *v as f32)),
				FloatTable::Computed => all.extend_from_slice(&inputs[1][own]),
			}
		}
		all
	}

	/// Whether these inputs give a result of so many elements.
	pub(super) fn fits(&self, inputs: &[usize], len: usize) -> bool {
		let size = self.rows.checked_mul(self.width);
		let table = match (&self.table, inputs) {
			(FloatTable::OneHot, [_]) => self.rows == self.width,
			(FloatTable::Constant(values), [_]) => size == Some(values.len()),
			// Below 2^24, where 32-bit floats have all integers.
			(FloatTable::Fixed(values), [_]) => {
				size == Some(values.len()) && values.iter().all(|value| *value < 1 << 24)
			}
			(FloatTable::Computed, [_, table]) => size == Some(*table),
			_ => false,
		};
		table && size != Some(0) && inputs[0].checked_mul(self.width) == Some(len)
	}
}
