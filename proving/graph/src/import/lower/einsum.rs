//! `Einsum`: products over named axes, of two tensors at a time.

use std::collections::BTreeMap;

use super::{
	linear,
	operator::{Growth, Integers},
	shape::{repeated, strides, walk},
	signature::{needed, variadic, Form, Input, Operator, Output, Version},
	Inputs, Lowered, Lowering, Operand, Variable,
};
use crate::import::{
	node::Node,
	source::{Tensor, Values},
	FloatOp, ImportError,
};

const INPUTS: &[Input] = &[variadic("Inputs")];
const OUTPUTS: &[Output] = &[super::signature::input("Output")];

pub const OPERATORS: &[Operator] = &[Operator::new(
	"Einsum",
	einsum,
	&[Version::new(&[12, 28], &[needed("equation", Form::String)], INPUTS, OUTPUTS)],
)
.integers(Integers::Same(Growth::Beyond))];

/// The name of an axis: a letter, or how far it stands from the end of an ellipsis.
type Label = u32;
/// Where the names of an ellipsis begin.
const ELLIPSIS: Label = 0x11_0000;

/// A tensor with a name for each of its axes.
#[derive(Clone)]
struct Named {
	operand: Operand,
	labels: Vec<Label>,
}

/// Names of the axes of a term; `rank` is how many it has.
fn labels(node: &Node, term: &str, rank: Option<usize>) -> Result<Vec<Label>, ImportError> {
	let error = || node.error("letters and at most one ellipsis", term);
	let (before, after) = match term.split_once("...") {
		Some((before, after)) => (before, Some(after)),
		None => (term, None),
	};
	let letters = |part: &str| -> Result<Vec<Label>, ImportError> {
		let letter = |c: char| c.is_ascii_alphabetic().then_some(c as Label);
		part.chars().map(letter).collect::<Option<Vec<_>>>().ok_or_else(error)
	};
	let mut all = letters(before)?;
	if let Some(after) = after {
		let after = letters(after)?;
		let hidden = rank.and_then(|rank| rank.checked_sub(all.len() + after.len()));
		let hidden = hidden.ok_or_else(error)?;
		all.extend((0..hidden).rev().map(|from_end| ELLIPSIS + from_end as Label));
		all.extend(after);
	}
	match rank.is_none_or(|rank| rank == all.len()) {
		true => Ok(all),
		false => {
			let got = format!("{term} for {} dimensions", rank.unwrap_or(0));
			Err(node.error("a letter for each dimension", got))
		}
	}
}

/// Picks elements of a tensor.
fn picked(
	lowering: &mut Lowering,
	node: &Node,
	x: &Operand,
	places: Vec<usize>,
	dims: Vec<usize>,
) -> Result<Operand, ImportError> {
	lowering.count(node, &dims)?;
	let picks = places.into_iter().map(Some);
	match x {
		Operand::Constant(tensor) => {
			let values = tensor.values.pick(&picks.collect::<Vec<_>>());
			Ok(Operand::constant(Tensor::new(&tensor.name, dims, values)))
		}
		Operand::Variable(x) => Ok(Operand::number(lowering.gather(node, x.value, picks)?, dims)),
	}
}

/// Its axes by name in that order, each once: of a name that stands twice the diagonal. Axes that it does
/// not have are of size 1.
fn ordered(
	lowering: &mut Lowering,
	node: &Node,
	x: &Named,
	order: &[Label],
) -> Result<Operand, ImportError> {
	let own = strides(x.operand.dims());
	let (mut dims, mut steps) = (Vec::new(), Vec::new());
	for label in order {
		let axes = (0..own.len()).filter(|axis| x.labels[*axis] == *label);
		let (mut size, mut step) = (1, 0);
		for axis in axes {
			size = x.operand.dims()[axis];
			step += own[axis];
		}
		dims.push(size);
		steps.push(step);
	}
	lowering.count(node, &dims)?;
	let places = walk(&dims, &steps, 0);
	picked(lowering, node, &x.operand, places, dims)
}

/// The sum over all axes behind the first ones.
fn summed(
	lowering: &mut Lowering,
	node: &Node,
	x: Operand,
	kept: usize,
) -> Result<Operand, ImportError> {
	let dims = x.dims()[..kept].to_vec();
	let size: usize = x.dims()[kept..].iter().product();
	match x {
		_ if size == 1 => Ok(x.shaped(dims)),
		Operand::Constant(tensor) => {
			let values =
				tensor.floats().ok_or_else(|| node.error("numbers", tensor.no_floats()))?;
			let sum = |chunk: &[f32]| chunk.iter().map(|v| f64::from(*v)).sum::<f64>() as f32;
			let values = Values::Float(values.chunks(size).map(sum).collect());
			Ok(Operand::constant(Tensor::new(&tensor.name, dims, values)))
		}
		Operand::Variable(x) => {
			let len = x.len() / size;
			let value = lowering.push(node, &[x.value], len, FloatOp::ReduceSum(size))?;
			Ok(Operand::number(value, dims))
		}
	}
}

/// A tensor without the names that nothing else needs, in that order.
fn reduced(
	lowering: &mut Lowering,
	node: &Node,
	x: &Named,
	kept: &[Label],
) -> Result<Named, ImportError> {
	let mut rest: Vec<Label> =
		x.labels.iter().copied().filter(|label| !kept.contains(label)).collect();
	rest.sort_unstable();
	rest.dedup();
	let order = [kept, &rest].concat();
	let all = ordered(lowering, node, x, &order)?;
	let operand = summed(lowering, node, all, kept.len())?;
	Ok(Named { operand, labels: kept.to_vec() })
}

/// The product of two, with the names that are still needed.
fn both(
	lowering: &mut Lowering,
	node: &Node,
	[a, b]: [&Named; 2],
	needed: &[Label],
	sizes: &BTreeMap<Label, usize>,
) -> Result<Named, ImportError> {
	let own = |x: &Named, other: &Named, shared: bool, kept: bool| -> Vec<Label> {
		let mut all: Vec<Label> = Vec::new();
		for label in &x.labels {
			let fits = other.labels.contains(label) == shared && needed.contains(label) == kept;
			if fits && !all.contains(label) {
				all.push(*label);
			}
		}
		all
	};
	let (batch, inner) = (own(a, b, true, true), own(a, b, true, false));
	let (left, right) = (own(a, b, false, true), own(b, a, false, true));
	let size = |labels: &[Label]| labels.iter().map(|label| sizes[label]).product::<usize>();
	let a = reduced(lowering, node, a, &[&batch[..], &left, &inner].concat())?;
	let b = reduced(lowering, node, b, &[&batch[..], &inner, &right].concat())?;
	// An axis of an ellipsis may be of size 1 in one of them.
	let full = |lowering: &mut Lowering, x: &Named| -> Result<Operand, ImportError> {
		let dims: Vec<usize> = x.labels.iter().map(|label| sizes[label]).collect();
		match x.operand.dims() == dims {
			true => Ok(x.operand.clone()),
			false => {
				lowering.count(node, &dims)?;
				let places = repeated(x.operand.dims(), &dims);
				picked(lowering, node, &x.operand, places, dims)
			}
		}
	};
	let (a, b) = (full(lowering, &a)?, full(lowering, &b)?);
	let dims: Vec<usize> =
		[&batch[..], &left, &right].concat().iter().map(|label| sizes[label]).collect();
	let a = a.shaped(vec![size(&batch), size(&left), size(&inner)]);
	let b = b.shaped(vec![size(&batch), size(&inner), size(&right)]);
	let operand = match (&a, &b) {
		(Operand::Constant(x), Operand::Constant(y)) => constants(node, x, y)?,
		_ => {
			let results = linear::mat_mul(lowering, node, &Inputs::new(vec![Some(a), Some(b)]))?;
			let first = results.into_iter().next();
			first.ok_or_else(|| node.error("a product", "none"))?
		}
	};
	Ok(Named { operand: operand.shaped(dims), labels: [batch, left, right].concat() })
}

/// The product of constant matrices.
fn constants(node: &Node, a: &Tensor, b: &Tensor) -> Result<Operand, ImportError> {
	let ([batch, rows, inner], columns) = ([a.dims[0], a.dims[1], a.dims[2]], b.dims[2]);
	let numbers = |x: &Tensor| x.floats().ok_or_else(|| node.error("numbers", x.no_floats()));
	let (x, y) = (numbers(a)?, numbers(b)?);
	let mut values = Vec::with_capacity(batch * rows * columns);
	for at in 0..batch {
		for row in 0..rows {
			for column in 0..columns {
				let term = |i: usize| {
					let left = f64::from(x[(at * rows + row) * inner + i]);
					left * f64::from(y[(at * inner + i) * columns + column])
				};
				values.push((0..inner).map(term).sum::<f64>() as f32);
			}
		}
	}
	let dims = vec![batch, rows, columns];
	Ok(Operand::constant(Tensor::new(node.name, dims, Values::Float(values))))
}

fn einsum(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let equation: String =
		node.text("equation", "").chars().filter(|c| !c.is_whitespace()).collect();
	let (terms, result) = match equation.split_once("->") {
		Some((terms, result)) => (terms, Some(result)),
		None => (equation.as_str(), None),
	};
	let terms: Vec<&str> = terms.split(',').collect();
	if terms.len() != inputs.len() {
		let expected = format!("an equation of {} terms", inputs.len());
		return Err(node.error(expected, terms.len().to_string()));
	}
	let (mut all, mut sizes) = (Vec::new(), BTreeMap::new());
	for (index, term) in terms.iter().enumerate() {
		let operand = match inputs.operand(node, index)? {
			constant @ Operand::Constant(_) => constant.clone(),
			Operand::Variable(_) => Operand::Variable(inputs.number(lowering, node, index)?),
		};
		let labels = labels(node, term, Some(operand.dims().len()))?;
		for (label, size) in labels.iter().zip(operand.dims()) {
			let known = sizes.entry(*label).or_insert(*size);
			let repeats = *label >= ELLIPSIS;
			if repeats && *known == 1 {
				*known = *size;
			}
			if known != size && !(repeats && *size == 1) {
				let got = format!("{known} and {size} in {equation}");
				return Err(node.error("one size for each letter", got));
			}
		}
		all.push(Named { operand, labels });
	}
	let hidden = |labels: &[Label]| labels.iter().filter(|label| **label >= ELLIPSIS).count();
	let ellipsis = all.iter().map(|x| hidden(&x.labels)).max().unwrap_or(0);
	let output = match result {
		Some(term) => {
			let own = term.replace("...", "").chars().count();
			let rank = if term.contains("...") { own + ellipsis } else { own };
			labels(node, term, Some(rank))?
		}
		None => {
			// Those that stand once, by the alphabet, behind the ellipsis.
			let mut once: Vec<Label> = Vec::new();
			for label in sizes.keys().filter(|label| **label < ELLIPSIS) {
				let count = all.iter().flat_map(|x| &x.labels).filter(|l| *l == label).count();
				if count == 1 {
					once.push(*label);
				}
			}
			let front = (0..ellipsis).rev().map(|from_end| ELLIPSIS + from_end as Label);
			front.chain(once).collect()
		}
	};
	let mut twice = output.clone();
	twice.sort_unstable();
	twice.dedup();
	if twice.len() != output.len() || output.iter().any(|label| !sizes.contains_key(label)) {
		return Err(node.error("a result of different letters of the terms", equation));
	}
	let mut rest = all.into_iter();
	let Some(mut made) = rest.next() else {
		return Err(node.error("a term", "none"));
	};
	let rest: Vec<Named> = rest.collect();
	for (index, next) in rest.iter().enumerate() {
		let later = rest[index + 1..].iter().flat_map(|x| &x.labels);
		let needed: Vec<Label> = output.iter().chain(later).copied().collect();
		made = both(lowering, node, [&made, next], &needed, &sizes)?;
	}
	let result = reduced(lowering, node, &made, &output)?.operand;
	let dims: Vec<usize> = output.iter().map(|label| sizes[label]).collect();
	let result = match result.dims() == dims {
		true => result,
		false => {
			let places = repeated(result.dims(), &dims);
			picked(lowering, node, &result, places, dims)?
		}
	};
	Ok(vec![match result {
		Operand::Variable(x) => Operand::Variable(Variable { kind: super::Kind::Number, ..x }),
		constant @ Operand::Constant(_) => constant,
	}])
}
