//! Indices and the rows that they pick: their bounds, and their integers.

use std::collections::{BTreeMap, BTreeSet};

use super::{
	bounds::Span,
	walk::{Value, Walk},
};
use crate::{
	error::CompileError,
	graph::{GraphError, Lookup, Op, Pick, Sum, Table, MAX_TABLE},
	import::{
		Elements, FloatGraph, FloatInput, FloatMatMul, FloatNode, FloatOp, FloatPick, FloatTable,
		Places, WHOLE,
	},
	options::InputRange,
	plan::Interval,
};

/// Most elements of tables that are looked at for what each place can pick; beyond all pick from all rows.
const ELEMENTS: usize = 1 << 24;

/// Where places can be.
pub(super) fn places(places: &Places, inputs: &[&[Span]], len: usize) -> Vec<Span> {
	let place = |i: usize| {
		let offset = Span::only(places.offset[i % places.offset.len()].into());
		let part = |((size, stride), x): (&(u32, u32), &&[Span])| {
			let last = f64::from(*size) - 1.0;
			let Span { low, high } = x[i];
			let part = match low >= 0.0 && high <= last {
				true => Span { low, high },
				false => Span { low: 0.0, high: last },
			};
			part.times((*stride).into())
		};
		places.axes.iter().zip(inputs).map(part).fold(offset, Span::plus)
	};
	(0..len).map(place).collect()
}

/// What rows can hold.
pub(super) fn rows(pick: &FloatPick, inputs: &[&[Span]]) -> Vec<Span> {
	let width = pick.width;
	let columns = |first: usize, last: usize| -> Vec<Span> {
		let column = |column: usize| match &pick.table {
			FloatTable::OneHot => Span { low: 0.0, high: 1.0 },
			FloatTable::Constant(values) => {
				let all = (first..=last).map(|row| values[row * width + column]);
				let all = all.map(|value| Span::only(value.into()));
				all.reduce(Span::join).unwrap_or(Span::only(0.0))
			}
			FloatTable::Fixed(values) => {
				let all = (first..=last).map(|row| values[row * width + column]);
				let all = all.map(|value| Span::only(value.into()));
				all.reduce(Span::join).unwrap_or(Span::only(0.0))
			}
			FloatTable::Computed => {
				Span::hull((first..=last).map(|row| &inputs[1][row * width + column]))
			}
		};
		(0..width).map(column).collect()
	};
	let named = |span: &Span| (pick.row(span.low), pick.row(span.high));
	let different: BTreeSet<_> = inputs[0].iter().map(named).collect();
	// Of a table each time other rows would take long.
	let elements = pick.rows.saturating_mul(width).saturating_mul(different.len());
	let whole = Some(named(&Span::hull(inputs[0]))).filter(|_| elements > ELEMENTS);
	let mut seen = BTreeMap::<_, Vec<Span>>::new();
	let mut all = Vec::with_capacity(inputs[0].len() * width);
	for span in inputs[0] {
		let (first, last) = whole.unwrap_or(named(span));
		all.extend_from_slice(seen.entry((first, last)).or_insert_with(|| columns(first, last)));
	}
	all
}

/// For each value which elements of all inputs it holds, where it holds nothing else.
fn origins(float: &FloatGraph) -> Vec<Option<Vec<Option<u32>>>> {
	let mut origins = vec![Some((0..float.len(0) as u32).map(Some).collect::<Vec<_>>())];
	for node in &float.ops {
		let FloatOp::Gather(picks) = &node.op else {
			origins.push(None);
			continue;
		};
		let inputs: Option<Vec<_>> =
			node.inputs.iter().map(|input| origins[*input].as_ref()).collect();
		let own = inputs.map(|inputs| {
			let origin = |pick: &Option<(u32, u32)>| {
				pick.and_then(|(input, element)| inputs[input as usize][element as usize])
			};
			picks.iter().map(origin).collect()
		});
		origins.push(own);
	}
	origins
}

/// For each element of all inputs the size of the smallest axis that it is an index of, if it is one; what masks are
/// made of is one of two.
pub(super) fn sizes(float: &FloatGraph) -> Vec<Option<u32>> {
	const BITS: (i64, i64) = (0, 1);
	let mut sizes: Vec<Option<u32>> = vec![None; float.len(0)];
	let mut note = |origins: &Option<Vec<Option<u32>>>, size: u32| {
		for element in origins.iter().flatten().flatten() {
			let least = &mut sizes[*element as usize];
			*least = Some(least.map_or(size, |least| least.min(size)));
		}
	};
	let all = origins(float);
	for node in &float.ops {
		if let FloatOp::Places(places) = &node.op {
			let each = places.axes.iter().zip(&node.inputs);
			each.for_each(|((size, _), input)| note(&all[*input], *size));
		}
	}
	if let Some(limited) = &float.limited {
		let all = origins(&limited.graph);
		let bits = limited.limits.iter().filter(|limit| limit.ends == BITS);
		bits.for_each(|limit| note(&all[limit.value], 2));
	}
	sizes
}

/// The range of an input of integers of which some are indices of axes of these sizes; nothing if none is.
pub(super) fn input_range(input: &FloatInput, sizes: &[Option<u32>]) -> Option<InputRange> {
	let least = sizes.iter().flatten().min().filter(|_| input.elements == Elements::Integers);
	least.map(|size| InputRange { min: 0.0, max: (size - 1) as f32 })
}

/// The same with the constants of tables as weights of a matrix, where a private model has them: an index
/// says which of its inputs is 1. Nothing if there are no tables.
pub(super) fn hidden(float: &FloatGraph) -> Option<FloatGraph> {
	let constant = |node: &FloatNode| match &node.op {
		FloatOp::Pick(pick) => matches!(pick.table, FloatTable::Constant(_)),
		_ => false,
	};
	if !float.ops.iter().any(constant) {
		return None;
	}
	let mut made = FloatGraph { ops: Vec::new(), ..float.clone() };
	let mut places = vec![0];
	for node in &float.ops {
		let mut node = node.clone();
		node.inputs.iter_mut().for_each(|input| *input = places[*input]);
		let FloatOp::Pick(FloatPick { rows, width, table: FloatTable::Constant(values) }) = node.op
		else {
			made.ops.push(node);
			places.push(made.ops.len());
			continue;
		};
		let queries = node.len / width;
		let pick = FloatPick { rows, width: rows, table: FloatTable::OneHot };
		let name = node.name;
		let (len, op) = (queries * rows, FloatOp::Pick(pick));
		made.ops.push(FloatNode { name: name.clone(), inputs: node.inputs, len, op });
		let turned = (0..width).flat_map(|column| {
			let values = &values;
			(0..rows).map(move |row| values[row * width + column])
		});
		let dense = FloatMatMul {
			rows: queries,
			groups: 1,
			inputs: rows,
			outputs: width,
			weights: turned.collect(),
			bias: vec![0.0; width],
			units: None,
			tensors: [format!("{name} (table)"), format!("{name} without bias")],
			windows: None,
		};
		let inputs = vec![made.ops.len()];
		made.ops.push(FloatNode { name, inputs, len: node.len, op: FloatOp::MatMul(dense) });
		places.push(made.ops.len());
	}
	made.outputs.iter_mut().for_each(|output| output.value = places[output.value]);
	Some(made)
}

impl Walk<'_> {
	/// The integers of a value whose elements are integers themselves, which go by that name in messages.
	pub(super) fn integers(
		&mut self,
		name: &str,
		value: usize,
		what: &str,
	) -> Result<u32, CompileError> {
		let x = self.settle(value)?;
		match x.shared() {
			Some(1.0) => Ok(x.id),
			_ => Err(CompileError::Graph(GraphError::Node {
				node: name.into(),
				expected: format!("{what} that are integers"),
				got: format!("multiples of {}", x.scales[0]),
			})),
		}
	}

	/// Places that indices name, as integers.
	pub(super) fn places(
		&mut self,
		name: &str,
		inputs: &[usize],
		places: &Places,
	) -> Result<Value, CompileError> {
		let mut ids = Vec::with_capacity(inputs.len());
		for (input, (size, _)) in inputs.iter().zip(&places.axes) {
			let id = self.integers(name, *input, "indices")?;
			let (range, size) = (self.hull(id), i64::from(*size));
			if range.min < -size || range.max >= size {
				return Err(CompileError::Graph(GraphError::Node {
					node: name.into(),
					expected: format!(
						"indices from {} to {}, since there are {size} to choose from (of an input: \
						 --input-min 0 --input-max {})",
						-size,
						size - 1,
						size - 1
					),
					got: format!("{} to {}", range.min, range.max),
				}));
			}
			ids.push(self.counted_from_the_front(name, id, range, size)?);
		}
		let plain = matches!(places.axes[..], [(_, 1)]) && places.offset.iter().all(|o| *o == 0);
		if let (true, [id]) = (plain, ids.as_slice()) {
			return Ok(Value::settled(*id, 1.0));
		}
		// Places are below 2^24.
		let op = Op::Sum(Sum {
			factors: places.axes.iter().map(|(_, stride)| *stride as i32).collect(),
			offset: places.offset.iter().map(|o| i64::from(*o)).collect(),
		});
		Ok(Value::settled(self.emit(name, ids, op, None)?, 1.0))
	}

	/// Negative indices as what they mean.
	fn counted_from_the_front(
		&mut self,
		name: &str,
		id: u32,
		range: Interval,
		size: i64,
	) -> Result<u32, CompileError> {
		if range.min >= 0 {
			return Ok(id);
		}
		let count = (range.max - range.min + 1) as usize;
		if count > MAX_TABLE {
			return Err(CompileError::Graph(GraphError::Node {
				node: name.into(),
				expected: format!("indices of 0 or more, or at most {MAX_TABLE} different ones"),
				got: format!("{} to {}", range.min, range.max),
			}));
		}
		let values = (range.min..=range.max).map(|index| index.rem_euclid(size) as i32).collect();
		let op = Op::Lookup(Lookup { min: range.min, values });
		Ok(self.emit(name, vec![id], op, None)?)
	}

	/// Rows of a table, without those that no place names.
	pub(super) fn pick(
		&mut self,
		value: usize,
		name: &str,
		inputs: &[usize],
		pick: &FloatPick,
	) -> Result<Value, CompileError> {
		let at = self.integers(name, inputs[0], "indices")?;
		let range = self.hull(at);
		let width = pick.width;
		if range.min < 0 || range.max >= pick.rows as i64 {
			return Err(CompileError::Graph(GraphError::Node {
				node: name.into(),
				expected: format!("indices from 0 to {}", pick.rows - 1),
				got: format!("{} to {}", range.min, range.max),
			}));
		}
		let count = (range.max - range.min + 1) as usize;
		let own = range.min as usize * width..(range.max as usize + 1) * width;
		let made = |width: usize, table: Table| {
			Op::Pick(Pick { first: range.min, rows: count as u32, width: width as u32, table })
		};
		match &pick.table {
			FloatTable::OneHot => {
				let id = self.emit(name, vec![at], made(count, Table::OneHot), None)?;
				let id = match count == pick.rows {
					true => id,
					false => self.widened(name, id, (count, range.min as usize), pick.rows)?,
				};
				Ok(Value::settled(id, 1.0))
			}
			FloatTable::Constant(_) if self.private => Err(CompileError::Option {
				option: "visibility",
				expected: format!("a public model: the table of {name} is in its circuit"),
				got: "a private one".into(),
			}),
			FloatTable::Constant(values) => {
				let values = &values[own];
				let whole = values.iter().all(|v| v.fract() == 0.0 && v.abs() <= WHOLE as f32);
				let size = values.iter().fold(0f32, |size, v| v.abs().max(size));
				let bits = f64::from(self.widths(value).activation_bits);
				let unit = match whole {
					true => 1.0,
					false => (f64::from(size) / bits.exp2()).log2().floor().exp2(),
				};
				let table = values.iter().map(|v| (f64::from(*v) / unit).round() as i32).collect();
				let op = made(width, Table::Constant(table));
				Ok(Value::settled(self.emit(name, vec![at], op, None)?, unit))
			}
			FloatTable::Fixed(values) => {
				// Below 2^24.
				let table = values[own].iter().map(|value| *value as i32).collect();
				let op = made(width, Table::Constant(table));
				Ok(Value::settled(self.emit(name, vec![at], op, None)?, 1.0))
			}
			FloatTable::Computed => {
				let (mut id, scale) = self.uniform(inputs[1])?;
				if count < pick.rows {
					let places = (own.start as u32..own.end as u32).collect();
					id = self.emit(name, vec![id], Op::Gather(places), None)?;
				}
				let id = self.emit(name, vec![at, id], made(width, Table::Computed), None)?;
				Ok(Value::settled(id, scale))
			}
		}
	}

	/// Rows of `count` columns as rows of more, of which these are some and all others are 0.
	fn widened(
		&mut self,
		name: &str,
		id: u32,
		(count, first): (usize, usize),
		columns: usize,
	) -> Result<u32, CompileError> {
		let rows = self.ranges[id as usize].len() / count;
		let place = |place: usize| {
			let (row, column) = (place / columns, place % columns);
			let own = column.checked_sub(first).filter(|own| *own < count);
			own.map_or(crate::graph::NONE, |own| (row * count + own) as u32)
		};
		let picks = (0..rows * columns).map(place).collect();
		Ok(self.emit(name, vec![id], Op::Gather(picks), None)?)
	}
}
