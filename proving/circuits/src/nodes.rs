//! A node of the graph as constraints: which gadget its elements get.

use crate::{
	gadgets::{
		argmax, dense, max,
		range::Checks,
		rescale, step,
		table::{self, Part},
		Witness,
	},
	graph::{Node, Op, NONE},
	plan::Interval,
	r1cs::{field, Builder, Lc},
};

/// What a node works on.
#[derive(Clone, Debug)]
pub struct Operands<'a, T> {
	op: &'a Op,
	/// For each input its elements' ranges,
	ranges: Vec<&'a [Interval]>,
	/// and its elements.
	values: Vec<&'a [T]>,
}

impl<'a, T> Operands<'a, T> {
	/// Picks a node's inputs from all ranges and values; the plan has checked that they exist.
	pub fn new(node: &'a Node, ranges: &'a [Vec<Interval>], values: &'a [Vec<T>]) -> Self {
		let at = node.inputs.iter().map(|input| *input as usize);
		Self {
			op: &node.op,
			ranges: at.clone().map(|input| ranges[input].as_slice()).collect(),
			values: at.map(|input| values[input].as_slice()).collect(),
		}
	}
}

/// A dense node's parameters, weights and bias.
#[derive(Clone, Copy, Debug)]
pub enum Parameters<'a> {
	/// The node has none.
	None,
	/// Constants of the circuit.
	Constant([&'a [i32]; 2]),
	/// Wires.
	Wires([&'a [Lc]; 2]),
}

/// Constrains a node's result; `results` are its ranges.
pub fn constrain(
	b: &mut Builder,
	checks: &Checks,
	operands: &Operands<'_, Lc>,
	parameters: Parameters<'_>,
	results: &[Interval],
) -> Vec<Lc> {
	let (x, ranges) = (operands.values[0], operands.ranges[0]);
	match operands.op {
		Op::Dense(op) => match parameters {
			Parameters::Constant([weights, bias]) => dense::constant(op, weights, bias, x),
			Parameters::Wires(parameters) => dense::private(b, checks, op, parameters, x, results),
			Parameters::None => Vec::new(),
		},
		Op::Rescale(op) => {
			let element = |(i, x): (usize, &Lc)| {
				rescale::constrain(b, checks, &rescale::Element::new(op, i, ranges[i]), x)
			};
			x.iter().enumerate().map(element).collect()
		}
		Op::ArgMax => vec![argmax::constrain(b, checks, ranges, x)],
		Op::Gather(picks) => {
			let all: Vec<&Lc> = operands.values.iter().flat_map(|x| x.iter()).collect();
			let none = Lc::default();
			let pick = |pick: &u32| if *pick == NONE { &none } else { all[*pick as usize] };
			picks.iter().map(|at| pick(at).clone()).collect()
		}
		Op::Sum(op) => {
			let element = |i: usize| {
				let terms = op.factors.iter().zip(&operands.values);
				let terms = terms.map(|(factor, x)| (field((*factor).into()), &x[i]));
				Lc::sum(terms).offset(op.offset(i))
			};
			(0..x.len()).map(element).collect()
		}
		Op::Product => {
			let first = b.wires(x.len() as u32);
			b.group("product");
			for ((x, y), product) in x.iter().zip(operands.values[1]).zip(first..) {
				b.enforce(x, y, &Lc::wire(product));
			}
			(first..).take(x.len()).map(Lc::wire).collect()
		}
		Op::Max(n) => {
			let n = *n as usize;
			let largest = |(x, ranges)| max::constrain(b, checks, ranges, x);
			x.chunks_exact(n).zip(ranges.chunks_exact(n)).map(largest).collect()
		}
		Op::Total(n) => {
			let total = |group: &[Lc]| Lc::sum(group.iter().map(|x| (field(1), x)));
			x.chunks_exact(*n as usize).map(total).collect()
		}
		Op::Table(op) => {
			let part = Part::new(checks, op, Interval::hull(ranges));
			x.iter().map(|x| table::constrain(b, checks, &part, x)).collect()
		}
		Op::Step(thresholds) => {
			let all = x.iter().zip(ranges).zip(thresholds);
			all.map(|((x, range), t)| step::constrain(b, checks, *range, *t, x)).collect()
		}
	}
}

/// Pushes a node's wires; `weights` are a dense node's if they are private, `ranges` and `results` its
/// result's.
pub fn assign(
	w: &mut Witness,
	checks: &Checks,
	operands: &Operands<'_, i64>,
	weights: Option<&[i32]>,
	ranges: &[Interval],
	results: &[i64],
) {
	let (x, of) = (operands.values[0], operands.ranges[0]);
	match operands.op {
		Op::Dense(op) => {
			if let Some(weights) = weights {
				dense::assign(w, checks, op, weights, x, ranges, results);
			}
		}
		Op::Rescale(op) => {
			for (i, x) in x.iter().enumerate() {
				rescale::assign(w, checks, &rescale::Element::new(op, i, of[i]), *x);
			}
		}
		Op::ArgMax => {
			argmax::assign(w, checks, of, x);
		}
		Op::Gather(_) | Op::Sum(_) | Op::Total(_) => {}
		Op::Product => results.iter().for_each(|product| w.push_integer(*product)),
		Op::Max(n) => {
			let n = *n as usize;
			for (x, of) in x.chunks_exact(n).zip(of.chunks_exact(n)) {
				max::assign(w, checks, of, x);
			}
		}
		Op::Table(op) => {
			let part = Part::new(checks, op, Interval::hull(of));
			x.iter().for_each(|x| {
				table::assign(w, checks, &part, *x);
			});
		}
		Op::Step(thresholds) => {
			for ((x, range), t) in x.iter().zip(of).zip(thresholds) {
				step::assign(w, checks, *range, *t, *x);
			}
		}
	}
}
