//! A node of the graph as gadgets: which its elements get.

use crate::{
	gadgets::{
		arg_max,
		claim::Claim,
		div, greater,
		lookup::{self, Part, Shared},
		matmul, normalize,
		pick::{self, Left},
		product,
		range::Checks,
		reduce_max, requantize, sort, split, sqrt, Backend, Integer, Reader,
	},
	graph::{GraphError, IntGraph, Node, Op, NONE},
	plan::{Interval, Plan},
};

/// Most constraints of products and picks, of which a small file could ask for any number.
const MAX_CONSTRAINTS: u64 = 1 << 24;

/// Refuses products of computed matrices, and picks, that take too many constraints in circuits of this kind.
///
/// # Errors
///
/// If they take more than that many constraints; the node at which they do is named.
pub fn check_size(graph: &IntGraph, plan: &Plan, checks: &Checks) -> Result<(), GraphError> {
	let mut got = 0u64;
	for node in &graph.nodes {
		let indices = || plan.ranges[node.inputs[0] as usize].len() as u64;
		got = got.saturating_add(match &node.op {
			Op::Product(shape) => product::cost(checks, shape),
			Op::Pick(op) => pick::cost(checks, op, indices()),
			Op::MatMul(_)
			| Op::Requantize(_)
			| Op::ArgMax
			| Op::Gather(_)
			| Op::Sum(_)
			| Op::Mul
			| Op::ReduceMax(_)
			| Op::ReduceSum(_)
			| Op::Lookup(_)
			| Op::Greater(_)
			| Op::Div(_)
			| Op::Sqrt(_)
			| Op::Sort(_)
			| Op::Split(_)
			| Op::Normalize(_) => 0,
		});
		if got > MAX_CONSTRAINTS {
			let what = match checks {
				Checks::Bits => "constraints for products and picks (kind rounds takes fewer)",
				Checks::Tables { .. } => "constraints for products and picks",
			};
			let (node, most) = (node.name.clone(), MAX_CONSTRAINTS);
			return Err(GraphError::TooLarge { node, what, most, got });
		}
	}
	Ok(())
}

/// What a node works on.
#[derive(Clone, Debug)]
pub struct Operands<'a, N> {
	op: &'a Op,
	/// For each input the ranges of its elements.
	ranges: Vec<&'a [Interval]>,
	/// For each input its elements.
	values: Vec<&'a [N]>,
	/// What it has of tables that other nodes have, too.
	shared: Shared,
}

impl<'a, N> Operands<'a, N> {
	/// Picks a node's inputs from all ranges and values; the plan has checked that they exist.
	pub fn new(node: &'a Node, ranges: &'a [Vec<Interval>], values: &'a [Vec<N>]) -> Self {
		let at = node.inputs.iter().map(|input| *input as usize);
		Self {
			op: &node.op,
			ranges: at.clone().map(|input| ranges[input].as_slice()).collect(),
			values: at.map(|input| values[input].as_slice()).collect(),
			shared: Shared::default(),
		}
	}

	/// With what the node has of tables that other nodes have, too: see [`lookup::shared`].
	pub fn with_shared(self, shared: Shared) -> Self {
		Self { shared, ..self }
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
/// parameters. What is left to say of results at the challenge is added to `claims`.
pub fn result<B: Backend>(
	b: &mut B,
	checks: &Checks,
	operands: &Operands<'_, B::Int>,
	parameters: &mut Parameters<'_, B::Int>,
	ranges: &[Interval],
	values: &B::Known<&[i64]>,
	claims: &mut Vec<Claim<B>>,
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
				let element = requantize::Element::new(op, i, of[i]);
				let element = element.looked_up(operands.shared.looked_up);
				requantize::result(b, checks, &element, x)
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
			let part =
				Part::new(checks, op, operands.shared.span.unwrap_or_else(|| Interval::hull(of)));
			x.iter().map(|x| lookup::value(b, checks, &part, x)).collect()
		}
		Op::Greater(thresholds) => {
			let all = x.iter().zip(of).zip(thresholds);
			all.map(|((x, range), t)| greater::above(b, checks, *range, *t, x)).collect()
		}
		Op::Div(shift) => {
			let all = x.iter().zip(operands.values[1]).zip(operands.ranges[1]).zip(ranges);
			let each =
				all.map(|(((x, d), of), y)| div::quotient(b, checks, *shift, (*of, *y), x, d));
			each.collect()
		}
		Op::Sqrt(shift) => {
			x.iter().zip(ranges).map(|(x, y)| sqrt::root(b, checks, *shift, *y, x)).collect()
		}
		Op::Sort(n) => {
			let n = *n as usize;
			let groups = x.chunks_exact(n).zip(of.chunks_exact(n));
			if *checks == Checks::Bits {
				return groups.flat_map(|(x, of)| sort::compared(b, checks, of, x)).collect();
			}
			let groups = x.chunks_exact(n).zip(ranges.chunks_exact(n));
			let (y, own): (Vec<_>, Vec<_>) =
				groups.map(|(x, of)| sort::claimed(b, checks, of, x)).unzip();
			claims.extend(own.into_iter().flatten().map(Claim::Order));
			y.concat()
		}
		Op::Split(divisor) => {
			// Of quotients, which come first.
			let each = x.iter().zip(ranges);
			halves(each.map(|(x, q)| split::parts(b, checks, *divisor, *q, x)))
		}
		Op::Normalize(bits) => {
			let shape = normalize::Shape::new(checks, *bits, Interval::hull(of).max);
			halves(x.iter().map(|x| normalize::parts(b, checks, &shape, x)))
		}
		Op::Product(shape) => {
			let both = [x, operands.values[1]];
			let (results, own) = product::results(b, checks, shape, both, values);
			claims.extend(own.into_iter().map(Claim::Product));
			results
		}
		Op::Pick(op) => {
			let table = operands.values.get(1).copied().unwrap_or_default();
			let (results, left) = pick::results(b, checks, op, (x, table), values);
			match left {
				Left::Products(own) => claims.extend(own.into_iter().map(Claim::Product)),
				Left::Rows(own) => claims.push(Claim::Pick(own)),
			}
			results
		}
	}
}

/// All firsts, then all seconds.
fn halves<N>(pairs: impl Iterator<Item = [N; 2]>) -> Vec<N> {
	let (mut firsts, seconds): (Vec<N>, Vec<N>) = pairs.map(|[a, b]| (a, b)).unzip();
	firsts.extend(seconds);
	firsts
}
