//! Rows of a batch, each with a length of its own.
//!
//! A step is taken for those rows alone that get so far, whichever end they begin at: what is behind a row's end is
//! never looked at, and costs nothing.

use std::collections::BTreeMap;

use super::super::{
	compose::{tensor, Compose, Made},
	Inputs, Operand, Variable,
};
use super::step::{Direction, State};
use crate::import::{node::Node, FloatOp, ImportError};

/// How many steps each row has.
pub fn lengths(
	node: &Node,
	inputs: &Inputs,
	length: usize,
	batch: usize,
) -> Result<Vec<usize>, ImportError> {
	if !inputs.has(4) {
		return Ok(vec![length; batch]);
	}
	known(node, inputs, 4, "write the lengths into the model, one file for each set of them")?;
	let dims = &inputs.constant(node, 4)?.dims;
	if dims[..] != [batch] {
		return Err(node.error(format!("sequence_lens of {:?}", [batch]), format!("{dims:?}")));
	}
	let one = |(row, given): (usize, &i64)| {
		let fits = |own: &usize| (1..=length).contains(own);
		usize::try_from(*given).ok().filter(fits).ok_or_else(|| {
			let got = match given {
				0 => format!("0 of row {row} (leave out the row, which has no step)"),
				other => format!("{other} of row {row}"),
			};
			node.error(format!("sequence_lens from 1 to {length}"), got)
		})
	};
	inputs.integers(node, 4)?.iter().enumerate().map(one).collect()
}

/// Refuses a computed input, with what to do instead.
pub fn known(node: &Node, inputs: &Inputs, index: usize, advice: &str) -> Result<(), ImportError> {
	match inputs.operand(node, index)? {
		Operand::Constant(_) => Ok(()),
		Operand::Variable(_) => {
			let name = &node.proto.input[index];
			let got = format!("a computed value ({advice})");
			Err(node.error(format!("{name} as a constant"), got))
		}
	}
}

/// What a direction made of the rows.
pub struct Pass<'a> {
	lengths: &'a [usize],
	reverse: bool,
	/// The states behind each step, of those rows that take it.
	steps: Vec<State>,
}

impl<'a> Pass<'a> {
	/// All steps of a direction over inputs of `[steps, rows, width]`.
	pub fn new(
		compose: &mut Compose,
		direction: &Direction,
		x: &Variable,
		mut state: State,
		(lengths, reverse): (&'a [usize], bool),
	) -> Result<Self, ImportError> {
		let width = x.dims[2];
		let mut pass = Self { lengths, reverse, steps: Vec::new() };
		for step in 0..lengths.iter().copied().max().unwrap_or(0) {
			let rows = pass.rows(step);
			let own = |row: &usize| (pass.time(*row, step) * lengths.len() + row) * width;
			let places = rows.iter().map(own).flat_map(|start| start..start + width).collect();
			let here = compose.picked(x, places, vec![rows.len(), width])?;
			let going = |compose: &mut Compose, held: &Option<Variable>| {
				held.as_ref().map(|held| pass.going_on(compose, held, step)).transpose()
			};
			state = State {
				hidden: going(compose, &state.hidden)?,
				cell: going(compose, &state.cell)?,
			};
			state = direction.step(compose, &here, &state)?;
			pass.steps.push(state.clone());
		}
		Ok(pass)
	}

	/// The rows that take a step, in order.
	fn rows(&self, step: usize) -> Vec<usize> {
		(0..self.lengths.len()).filter(|row| self.lengths[*row] > step).collect()
	}

	/// When a row takes a step; the other way round it begins at its own end.
	fn time(&self, row: usize, step: usize) -> usize {
		if self.reverse {
			self.lengths[row] - 1 - step
		} else {
			step
		}
	}

	/// Of what all rows held that took the step before, that of those that take this one.
	fn going_on(&self, compose: &mut Compose, held: &Variable, step: usize) -> Made {
		let rows = self.rows(step);
		if held.dims[0] == rows.len() {
			return Ok(held.clone());
		}
		let hidden = held.dims[1];
		let starts = rows.iter().map(|row| self.place(*row, step - 1) * hidden);
		let places = starts.flat_map(|start| start..start + hidden).collect();
		compose.picked(held, places, vec![rows.len(), hidden])
	}

	/// Where a row stands among those that take a step.
	fn place(&self, row: usize, step: usize) -> usize {
		self.lengths[..row].iter().filter(|length| **length > step).count()
	}

	/// What a row has at a time: a tensor and the row there, none behind its end.
	fn at(&self, row: usize, time: usize) -> Option<(&Variable, usize)> {
		// There and back it is the same.
		let step = (time < self.lengths[row]).then(|| self.time(row, time))?;
		Some((self.steps[step].hidden.as_ref()?, self.place(row, step)))
	}

	/// What a row has in the end.
	fn end(&self, row: usize, part: fn(&State) -> Option<&Variable>) -> Option<(&Variable, usize)> {
		let step = self.lengths[row] - 1;
		Some((part(&self.steps[step])?, self.place(row, step)))
	}
}

/// States of all times: `[steps, directions, rows, hidden]`, 0 behind the end of a row.
pub fn all(compose: &mut Compose, passes: &[Pass], length: usize, hidden: usize) -> Made {
	let rows = passes.first().map_or(0, |pass| pass.lengths.len());
	let mut parts = Vec::with_capacity(length * passes.len() * rows);
	for time in 0..length {
		for pass in passes {
			parts.extend((0..rows).map(|row| pass.at(row, time)));
		}
	}
	stacked(compose, &parts, vec![length, passes.len(), rows, hidden])
}

/// States of the end of each row: `[directions, rows, hidden]`.
pub fn ends(
	compose: &mut Compose,
	passes: &[Pass],
	part: fn(&State) -> Option<&Variable>,
	hidden: usize,
) -> Made {
	let rows = passes.first().map_or(0, |pass| pass.lengths.len());
	let mut parts = Vec::with_capacity(passes.len() * rows);
	for pass in passes {
		parts.extend((0..rows).map(|row| pass.end(row, part)));
	}
	stacked(compose, &parts, vec![passes.len(), rows, hidden])
}

/// Rows of tensors in that order, as long as the last axis; none is a row of zeros.
fn stacked(compose: &mut Compose, parts: &[Option<(&Variable, usize)>], dims: Vec<usize>) -> Made {
	compose.lowering.count(compose.node, &dims)?;
	let width = dims.last().copied().unwrap_or(1);
	let (mut values, mut known) = (Vec::new(), BTreeMap::new());
	let mut picks = Vec::with_capacity(parts.len() * width);
	for part in parts {
		let Some((of, row)) = part else {
			picks.extend(vec![None; width]);
			continue;
		};
		let index = *known.entry(of.value).or_insert_with(|| {
			values.push(of.value);
			values.len() - 1
		});
		// Elements are within the limit of a graph, so that they fit.
		let places = row * width..(row + 1) * width;
		picks.extend(places.map(|place| Some((index as u32, place as u32))));
	}
	let op = FloatOp::Gather(picks);
	let value = compose.lowering.push(compose.node, &values, parts.len() * width, op)?;
	Ok(tensor(value, dims))
}
