//! Where the largest of windows stand, and `MaxUnpool`, which puts elements back there.
//!
//! A place in a window is one of few, and what it means in the tensor is a row of a small table, that of all
//! windows of which the elements lie as they do in this one. Places that go on to `MaxUnpool` as they are stay
//! places in windows: an element of its result is one of those whose windows it is in, mostly of a single one.

use std::{
	collections::{BTreeMap, BTreeSet},
	rc::Rc,
};

use super::{
	compose::{tensor, Compose, Made},
	picked::{indices, places},
	scatter::{self, Meant},
	shape::{self, strides},
	signature::{free, input, needed, optional, Form, Operator, Version, OUTPUT},
	spread::{sizes_of, unravel},
	Inputs, Lowered, Lowering, Operand, Variable,
};
use crate::import::{node::Node, FloatOp, FloatPick, FloatTable, ImportError};

pub const OPERATORS: &[Operator] = &[Operator::new(
	"MaxUnpool",
	unpool,
	&[Version::new(
		&[9, 11, 22],
		&[
			needed("kernel_shape", Form::Ints),
			free("pads", Form::Ints),
			free("strides", Form::Ints),
		],
		&[input("X"), input("I"), optional("output_shape")],
		OUTPUT,
	)],
)];

/// Places in a tensor that are known by where in windows they are.
#[derive(Clone, Debug)]
pub struct Pooled {
	/// The value that holds for each window the place in it.
	place: usize,
	/// Elements of a window.
	window: usize,
	/// For each window the places of its elements in the tensor; of one that stands there several times the first
	/// is meant.
	at: Rc<Vec<usize>>,
}

/// The places in a tensor that places in windows of so many elements mean: `at` has those of all windows.
pub fn named(
	compose: &mut Compose,
	place: usize,
	window: usize,
	at: Vec<usize>,
) -> Result<usize, ImportError> {
	let (lowering, node) = (&mut *compose.lowering, compose.node);
	let mut patterns = BTreeMap::<Vec<u32>, Vec<usize>>::new();
	let mut first = Vec::with_capacity(at.len() / window);
	for (query, own) in at.chunks_exact(window).enumerate() {
		let least = own.iter().copied().min().unwrap_or(0);
		first.push(least);
		// Elements are within the limit of a graph, so that they fit.
		let pattern = own.iter().map(|place| (place - least) as u32).collect();
		patterns.entry(pattern).or_default().push(query);
	}
	let queries = first.len();
	let (mut parts, mut picks, mut span) = (Vec::new(), vec![None; queries], 1);
	for (pattern, own) in patterns {
		for (i, query) in own.iter().enumerate() {
			picks[*query] = Some((parts.len() as u32, i as u32));
		}
		span = pattern.iter().map(|beyond| *beyond as usize + 1).fold(span, usize::max);
		let at = lowering.gather(node, place, own.iter().copied().map(Some))?;
		let table = FloatTable::Fixed(pattern);
		let op = FloatOp::Pick(FloatPick { rows: window, width: 1, table });
		parts.push(lowering.push(node, &[at], own.len(), op)?);
	}
	let beyond = match parts.as_slice() {
		[only] => *only,
		_ => lowering.push(node, &parts, queries, FloatOp::Gather(picks))?,
	};
	let made = places(compose, &[(beyond, span, 1)], first, queries)?;
	compose.lowering.pooled.insert(made, Pooled { place, window, at: Rc::new(at) });
	Ok(made)
}

/// `MaxUnpool`: elements at places of a tensor of zeros.
fn unpool(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let rank = x.dims.len().saturating_sub(2);
	let kernel = sizes_of(node, "kernel_shape", rank, 1)?;
	let steps = sizes_of(node, "strides", rank, 1)?;
	let pads = sizes_of(node, "pads", 2 * rank, 0)?;
	let given = inputs.operand(node, 1)?.dims();
	if rank == 0 || given.iter().product::<usize>() != x.len() {
		let expected = format!("{} places in a tensor of channels", x.len());
		return Err(node.error(expected, given.iter().product::<usize>().to_string()));
	}
	let mut inferred = x.dims[..2].to_vec();
	for axis in 0..rank {
		let size = (x.dims[axis + 2] as i64 - 1) * steps[axis] - pads[axis] - pads[rank + axis];
		inferred.push(usize::try_from(size + kernel[axis]).unwrap_or(0));
	}
	let dims = match inputs.has(2) {
		true => shape::sizes(node, inputs.integers(node, 2)?)?,
		false => inferred.clone(),
	};
	let len = lowering.count(node, &dims)?;
	let inner = lowering.count(node, &inferred)?;
	let larger = dims.len() == inferred.len() && dims.iter().zip(&inferred).all(|(a, b)| a >= b);
	if !larger {
		return Err(
			node.error(format!("an output_shape of at least {inferred:?}"), format!("{dims:?}"))
		);
	}
	let own = strides(&dims);
	let value = match inputs.operand(node, 1)? {
		Operand::Constant(_) => {
			let mut picks = vec![None; len];
			for (place, index) in inputs.integers(node, 1)?.iter().enumerate() {
				let index = usize::try_from(*index).ok().filter(|index| *index < inner);
				let index = index
					.ok_or_else(|| node.error(format!("places below {inner}"), "one beyond"))?;
				let index = unravel(index, &inferred).into_iter().zip(&own);
				picks[index.map(|(i, step)| i * *step as usize).sum::<usize>()] = Some(place);
			}
			lowering.gather(node, x.value, picks)?
		}
		Operand::Variable(_) if own != strides(&inferred) => {
			let expected = format!(
				"an output_shape of {inferred:?} for computed places, which ONNX and ONNX Runtime count \
				 differently in others (Pad behind it)"
			);
			return Err(node.error(expected, format!("{dims:?}")));
		}
		Operand::Variable(_) => {
			let index = indices(lowering, node, inputs, 1)?;
			let (made, rows) = laid(&mut Compose { lowering, node }, &x, &index, inner)?;
			let mut picks = vec![None; len];
			rows.iter().enumerate().for_each(|(i, row)| picks[*row] = Some(i));
			lowering.gather(node, made.value, picks)?
		}
	};
	Ok(vec![Operand::number(value, dims)])
}

/// Elements at computed places below `inner`, the last of several, else 0: of those places that there can be, which
/// it gives too.
fn laid(
	compose: &mut Compose,
	x: &Variable,
	index: &Variable,
	inner: usize,
) -> Result<(Variable, Vec<usize>), ImportError> {
	let (node, count) = (compose.node, x.len());
	let (hot, at, columns) = match compose.lowering.pooled.get(&index.value).cloned() {
		Some(Pooled { place, window, at }) => {
			if let Some(beyond) = at.iter().find(|place| **place >= inner) {
				let expected = format!(
					"places below {inner} (Pad before MaxPool until its windows, laid side by side, fill its input)"
				);
				return Err(node.error(expected, format!("places up to {beyond} or more")));
			}
			(scatter::hot(compose, place, count, window)?, at, window)
		}
		None => {
			let at = places(compose, &[(index.value, inner, 1)], vec![0], count)?;
			let hot = scatter::hot(compose, at, count, inner)?;
			(hot, Rc::new((0..count).flat_map(|_| 0..inner).collect()), inner)
		}
	};
	let (mut meant, mut seen) = (BTreeMap::<usize, Vec<(usize, usize)>>::new(), BTreeSet::new());
	for (place, row) in at.iter().enumerate() {
		if seen.insert((place / columns, *row)) {
			meant.entry(*row).or_default().push((place / columns, place));
		}
	}
	let most = meant.values().map(Vec::len).max().unwrap_or(0);
	let (rows, candidates): (Vec<_>, Vec<_>) = meant.into_iter().unzip();
	let made = match most {
		1 => only(compose, x, &hot, &candidates.concat())?,
		_ => last(compose, x, &hot, rows.clone(), candidates, most)?,
	};
	Ok((made, rows))
}

/// For each row the only element that could be meant for it, if it is, else 0.
fn only(
	compose: &mut Compose,
	x: &Variable,
	hot: &Variable,
	candidates: &[(usize, usize)],
) -> Made {
	let dims = vec![candidates.len()];
	let (numbers, truths) = candidates.iter().copied().unzip();
	let numbers = compose.picked(x, numbers, dims.clone())?;
	let truths = compose.picked(hot, truths, dims)?;
	compose.product(&truths, &numbers)
}

/// For each row the last element that is meant for it, else 0. At most so many could be meant for one.
fn last(
	compose: &mut Compose,
	x: &Variable,
	hot: &Variable,
	rows: Vec<usize>,
	mut candidates: Vec<Vec<(usize, usize)>>,
	most: usize,
) -> Made {
	// A last element of zeros and ones, for updates that there are not.
	let never = hot.len();
	let (lowering, node) = (&mut *compose.lowering, compose.node);
	let hot = lowering.gather(node, hot.value, (0..never).map(Some).chain([None]))?;
	candidates.iter_mut().for_each(|own| own.resize(most, (0, never)));
	let size = rows.last().map_or(0, |row| row + 1);
	let zeros = lowering.gather(node, x.value, vec![None; size])?;
	let meant = Meant { hot, rows, candidates, width: 1 };
	scatter::last(compose, &tensor(zeros, vec![size]), x, &meant)
}
