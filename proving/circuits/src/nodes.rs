//! A node of the graph as gadgets: which its elements get.

use crate::{
	gadgets::{
		arg_max, greater,
		lookup::{self, Part},
		matmul,
		range::Checks,
		reduce_max, requantize, Backend, Integer, Reader,
	},
	graph::{Node, Op, NONE},
	plan::Interval,
};

/// What a node works on.
#[derive(Clone, Debug)]
pub struct Operands<'a, N> {
	op: &'a Op,
	/// For each input the ranges of its elements.
	ranges: Vec<&'a [Interval]>,
	/// For each input its elements.
	values: Vec<&'a [N]>,
}

impl<'a, N> Operands<'a, N> {
	/// Picks a node's inputs from all ranges and values; the plan has checked that they exist.
	pub fn new(node: &'a Node, ranges: &'a [Vec<Interval>], values: &'a [Vec<N>]) -> Self {
		let at = node.inputs.iter().map(|input| *input as usize);
		Self {
			op: &node.op,
			ranges: at.clone().map(|input| ranges[input].as_slice()).collect(),
			values: at.map(|input| values[input].as_slice()).collect(),
		}
	}

	/// The elements of the first input.
	pub fn first(&self) -> &'a [N] {
		self.values[0]
	}
}

/// The parameters of dense nodes, weights then bias of each.
#[derive(Clone, Copy, Debug)]
pub enum Parameters<'a, N> {
	/// Constants of the circuit.
	Constant(&'a [Vec<i32>]),
	/// Values on wires, which the witness gives.
	Wires(&'a [Vec<N>]),
}

impl<N> Parameters<'_, N> {
	/// Those of the next dense node, which are taken away. There is one, as the plan has checked.
	fn take(&mut self) -> Self {
		match self {
			Self::Constant(all) => {
				let (own, rest) = all.split_at(2);
				*all = rest;
				Self::Constant(own)
			}
			Self::Wires(all) => {
				let (own, rest) = all.split_at(2);
				*all = rest;
				Self::Wires(own)
			}
		}
	}
}

/// A node's result; `ranges` are its elements', and the prover knows its values. A dense node takes its
/// parameters.
pub fn result<B: Backend>(
	b: &mut B,
	checks: &Checks,
	operands: &Operands<'_, B::Int>,
	parameters: &mut Parameters<'_, B::Int>,
	ranges: &[Interval],
	values: &B::Known<&[i64]>,
) -> Vec<B::Int> {
	let (x, of) = (operands.values[0], operands.ranges[0]);
	match operands.op {
		Op::MatMul(op) => match parameters.take() {
			Parameters::Constant(own) => b.linear(
				|| matmul::constant(op, &own[0], &own[1], x),
				|of| of.known(values).iter().map(|value| B::Int::constant(*value)).collect(),
			),
			Parameters::Wires(own) => {
				matmul::private(b, checks, op, [&own[0], &own[1]], x, ranges, values)
			}
		},
		Op::Requantize(op) => {
			let element = |(i, x): (usize, &B::Int)| {
				requantize::result(b, checks, &requantize::Element::new(op, i, of[i]), x)
			};
			x.iter().enumerate().map(element).collect()
		}
		Op::ArgMax => vec![arg_max::index(b, checks, of, x)],
		Op::Gather(picks) => {
			let all: Vec<&B::Int> = operands.values.iter().flat_map(|x| x.iter()).collect();
			let zero = B::Int::constant(0);
			let pick = |pick: &u32| if *pick == NONE { &zero } else { all[*pick as usize] };
			picks.iter().map(|at| pick(at).clone()).collect()
		}
		Op::Sum(op) => {
			let element = |i: usize| {
				let terms = op.factors.iter().zip(&operands.values);
				let terms = terms.map(|(factor, x)| (i64::from(*factor), &x[i]));
				B::Int::sum(terms).offset(op.offset(i))
			};
			(0..x.len()).map(element).collect()
		}
		Op::Mul => {
			let product = |(x, y): (&B::Int, &B::Int)| {
				let product = b.wire(|of| of.int(x) * of.int(y));
				b.group("product", |g| g.enforce(x.clone(), y.clone(), product.clone()));
				product
			};
			x.iter().zip(operands.values[1]).map(product).collect()
		}
		Op::ReduceMax(n) => {
			let n = *n as usize;
			let largest = |(x, of)| reduce_max::largest(b, checks, of, x);
			x.chunks_exact(n).zip(of.chunks_exact(n)).map(largest).collect()
		}
		Op::ReduceSum(n) => {
			let total = |group: &[B::Int]| B::Int::sum(group.iter().map(|x| (1, x)));
			x.chunks_exact(*n as usize).map(total).collect()
		}
		Op::Lookup(op) => {
			let part = Part::new(checks, op, Interval::hull(of));
			x.iter().map(|x| lookup::value(b, checks, &part, x)).collect()
		}
		Op::Greater(thresholds) => {
			let all = x.iter().zip(of).zip(thresholds);
			all.map(|((x, range), t)| greater::above(b, checks, *range, *t, x)).collect()
		}
	}
}
