//! Circuit and interpreter agree on every operation, over shapes, widths, signs and ends.

use crate::common::{agrees, edges, full, input, inputs, outputs, rng, spec};
use proptest::prelude::*;
use rand::Rng;
use rand_chacha::ChaCha20Rng;
use zkml_circuits::{
	graph::{
		Channel, IntGraph, Lookup, MatMul, Node, Op, Pick, Product, Requantize, Sum, Table, Ties,
		NONE,
	},
	plan::{Interval, Plan},
	random_salt, CompiledModel,
};
use zkml_primitives::{Scalar, Visibility};

/// Kinds of operations.
const KINDS: usize = 16;

/// Bits of a value that is not too wide for another product.
const NARROW: u32 = 12;

/// A graph under construction.
struct Draft {
	graph: IntGraph,
	parameters: Vec<Vec<i32>>,
	rng: ChaCha20Rng,
	private: bool,
}

impl Draft {
	fn new(seed: u64, private: bool) -> Self {
		let mut rng = rng(seed);
		let count = rng.gen_range(1..4);
		let mut one = || {
			let (len, min) = (rng.gen_range(1..9), rng.gen_range(-20..10));
			spec(&[len], 9, min, min + rng.gen_range(0..60))
		};
		let specs: Vec<_> = (0..count).map(|_| one()).collect();
		// All inputs are the output until there is another.
		let len = specs.iter().map(|spec| spec.len()).sum();
		let outputs = outputs([(0, full(&[len], 32))]);
		let graph = IntGraph { inputs: inputs(specs), nodes: vec![], outputs };
		Self { graph, parameters: vec![], rng, private }
	}

	/// The ranges of all values so far.
	fn ranges(&self) -> Vec<Vec<Interval>> {
		let known = (!self.private).then_some(self.parameters.as_slice());
		Plan::new(&self.graph, known).unwrap().ranges
	}

	fn push(&mut self, inputs: &[u32], op: Op) {
		let name = format!("node{}", self.graph.nodes.len());
		self.graph.nodes.push(Node { name, inputs: inputs.into(), op });
	}

	/// Any value, its length and range.
	fn any(&mut self) -> (u32, usize, Interval) {
		let ranges = self.ranges();
		let value = self.rng.gen_range(0..ranges.len());
		(value as u32, ranges[value].len(), Interval::hull(&ranges[value]))
	}

	/// Values that are not too wide for another product.
	fn narrow(&mut self) -> (u32, usize, Interval) {
		let (value, len, range) = self.any();
		if range.signed_bits() <= NARROW {
			return (value, len, range);
		}
		let shift = (range.signed_bits() - 8) as u8;
		let op = Requantize { min: -200, max: 200, channels: vec![Channel::new(1, shift)] };
		self.push(&[value], Op::Requantize(op));
		(self.graph.nodes.len() as u32, len, Interval { min: -200, max: 200 })
	}

	/// A second operand for a value of so many elements: itself, another value, or elements of any.
	fn beside(&mut self, value: u32, len: usize) -> u32 {
		let fits = |ranges: &[Interval]| {
			ranges.len() == len && Interval::hull(ranges).signed_bits() <= NARROW
		};
		let ranges = self.ranges();
		let others = (0u32..).zip(&ranges).filter(|(other, of)| *other != value && fits(of));
		let others: Vec<u32> = others.map(|(other, _)| other).collect();
		match self.rng.gen_range(0..3) {
			0 => value,
			1 if !others.is_empty() => others[self.rng.gen_range(0..others.len())],
			_ => self.elements(len as u32),
		}
	}

	fn add(&mut self, kind: usize) {
		let (value, len, range) = self.narrow();
		let rng = &mut self.rng;
		let divisors: Vec<usize> = (1..=len).filter(|n| len.is_multiple_of(*n)).collect();
		let n = divisors[rng.gen_range(0..divisors.len())];
		let width = range.max - range.min;
		match kind {
			0 => {
				let rows = n;
				let rest: Vec<usize> =
					(1..=len / n).filter(|g| (len / n).is_multiple_of(*g)).collect();
				let groups = rest[rng.gen_range(0..rest.len())];
				let (inputs, outputs) = (len / rows / groups, rng.gen_range(1..5));
				let all = (groups * outputs) as u32;
				let dense = MatMul {
					rows: rows as u32,
					groups: groups as u32,
					weights: full(&[all, inputs as u32], 6),
					bias: full(&[all], 10),
					windows: None,
				};
				let count = all as usize * inputs;
				self.parameters.push((0..count).map(|_| rng.gen_range(-32..32)).collect());
				self.parameters.push((0..all).map(|_| rng.gen_range(-512..512)).collect());
				self.push(&[value], Op::MatMul(dense));
			}
			1 => {
				let mut channel = || {
					let ties = [Ties::Up, Ties::Even, Ties::Odd][rng.gen_range(0..3)];
					let offset = rng.gen_range(-40..40) * rng.gen_range(0..2);
					let one = Channel::new(rng.gen_range(1..6), rng.gen_range(0..6));
					Channel { offset, ties, ..one }
				};
				let one = channel();
				let channels = match one.shift % 2 {
					0 => vec![one],
					_ => (0..len).map(|_| channel()).collect(),
				};
				let ends = [(); 2].map(|()| rng.gen_range(range.min - 9..=range.max + 9));
				let (min, max) = (ends[0].min(ends[1]), ends[0].max(ends[1]) + 1);
				self.push(&[value], Op::Requantize(Requantize { min, max, channels }));
			}
			2 => {
				let (mut inputs, mut all) = (vec![value], len as u32);
				for _ in 0..self.rng.gen_range(0..3) {
					let (more, len, _) = self.any();
					inputs.push(more);
					all += len as u32;
				}
				let rng = &mut self.rng;
				let count = rng.gen_range(1..9);
				let mut pick = || match rng.gen_range(0..5) {
					0 => NONE,
					_ => rng.gen_range(0..all),
				};
				let picks = (0..count).map(|_| pick()).collect();
				self.push(&inputs, Op::Gather(picks));
			}
			3 => {
				let factors = (0..rng.gen_range(1..4)).map(|_| rng.gen_range(-9..9)).collect();
				let count = if len.is_multiple_of(2) { len } else { 1 };
				let offset = (0..count).map(|_| rng.gen_range(-99..99)).collect();
				let sum = Sum { factors, offset };
				let mut inputs = vec![value];
				while inputs.len() < sum.factors.len() {
					inputs.push(self.beside(value, len));
				}
				self.push(&inputs, Op::Sum(sum));
			}
			4 => {
				let other = self.beside(value, len);
				self.push(&[value, other], Op::Mul);
			}
			5 => self.push(&[value], Op::ReduceMax(n as u32)),
			6 => self.push(&[value], Op::ReduceSum(n as u32)),
			7 if width <= 512 => {
				let values = (0..=width + 4).map(|_| rng.gen_range(-3000..3000)).collect();
				self.push(&[value], Op::Lookup(Lookup { min: range.min - 2, values }));
			}
			7 => self.push(&[value], Op::ReduceMax(n as u32)),
			11 => {
				let divisor = rng.gen_range(1..200);
				let ends = Requantize { min: 1, max: divisor + 1, channels: vec![Channel::ONE] };
				let shift = rng.gen_range(0..12);
				let other = self.beside(value, len);
				self.push(&[other], Op::Requantize(ends));
				let divisor = self.graph.nodes.len() as u32;
				self.push(&[value, divisor], Op::Div(shift));
			}
			12 => {
				let shift = rng.gen_range(0..12);
				self.push(&[value, value], Op::Mul);
				self.push(&[self.graph.nodes.len() as u32], Op::Sqrt(shift));
			}
			13 => self.push(&[value], Op::Sort(n as u32)),
			14 => {
				let divisor = rng.gen_range(1..40);
				self.push(&[value], Op::Split(divisor));
			}
			15 => {
				let ends = Requantize { min: 1, max: 4000, channels: vec![Channel::new(9, 0)] };
				let bits = rng.gen_range(1..14);
				self.push(&[value], Op::Requantize(ends));
				self.push(&[self.graph.nodes.len() as u32], Op::Normalize(bits));
			}
			8 => {
				let mut threshold = || rng.gen_range(range.min - 2..=range.max + 2);
				let thresholds = (0..len).map(|_| threshold()).collect();
				self.push(&[value], Op::Greater(thresholds));
			}
			9 => self.product(),
			_ => self.pick(),
		}
	}

	/// So many elements of any value that is not too wide.
	fn elements(&mut self, count: u32) -> u32 {
		let (value, len, _) = self.narrow();
		let mut pick = || self.rng.gen_range(0..len as u32);
		let picks = (0..count).map(|_| pick()).collect();
		self.push(&[value], Op::Gather(picks));
		self.graph.nodes.len() as u32
	}

	fn product(&mut self) {
		let mut dim = |most| self.rng.gen_range(1..=most);
		let shape = Product { batch: dim(2), rows: dim(5), inner: dim(4), columns: dim(5) };
		let [left, right, _] = shape.lens();
		let inputs = [self.elements(left as u32), self.elements(right as u32)];
		self.push(&inputs, Op::Product(shape));
	}

	fn pick(&mut self) {
		let indices = self.rng.gen_range(1..7);
		let at = self.elements(indices);
		let (first, rows) = (self.rng.gen_range(-3..4), self.rng.gen_range(1..9));
		let (min, max) = (first, first + self.rng.gen_range(1..9).min(i64::from(rows) - 1));
		// A range has two ends.
		let rows = rows + u32::from(rows == 1);
		let max = max.max(min + 1);
		let ends = Requantize { min, max, channels: vec![Channel::ONE] };
		self.push(&[at], Op::Requantize(ends));
		let mut inputs = vec![self.graph.nodes.len() as u32];
		let width = self.rng.gen_range(1..5);
		let pick = match self.rng.gen_range(0..3) {
			0 => Pick { first, rows, width: rows, table: Table::OneHot },
			1 => {
				let count = rows * width;
				let values = (0..count).map(|_| self.rng.gen_range(-300..300)).collect();
				Pick { first, rows, width, table: Table::Constant(values) }
			}
			_ => {
				inputs.push(self.elements(rows * width));
				Pick { first, rows, width, table: Table::Computed }
			}
		};
		self.push(&inputs, Op::Pick(pick));
	}

	fn finish(mut self) -> CompiledModel {
		self.narrow();
		// The last value, and any other as a second output.
		let last = self.graph.nodes.len() as u32;
		let other = self.any().0;
		let mut results = vec![last];
		results.extend(Some(other).filter(|_| self.rng.gen()));
		for result in &mut results {
			let ends = Requantize { min: -(1 << 30), max: 1 << 30, channels: vec![Channel::ONE] };
			self.push(&[*result], Op::Requantize(ends));
			*result = self.graph.nodes.len() as u32;
		}
		let ranges = self.ranges();
		let spec = |value: u32| full(&[ranges[value as usize].len() as u32], 32);
		self.graph.outputs = outputs(results.into_iter().map(|value| (value, spec(value))));
		let (visibility, salt) = match self.private {
			true => (Visibility::Private, random_salt(&mut self.rng)),
			false => (Visibility::Public, Scalar::ZERO),
		};
		CompiledModel::new(visibility, self.graph, self.parameters, vec![], salt).unwrap()
	}
}

fn check(model: CompiledModel, lookups: bool, seed: u64) {
	let model = if lookups { model.with_lookups() } else { model };
	for i in 0..2 {
		agrees(&model, &input(&model, seed.wrapping_add(i)), seed);
	}
	for values in edges(&model) {
		agrees(&model, &values, seed);
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(12))]

	#[test]
	fn each_operation_on_its_own(seed in any::<u64>(), private in any::<bool>()) {
		for kind in 0..KINDS {
			for lookups in [false, true] {
				let mut draft = Draft::new(seed, private);
				draft.add(kind);
				check(draft.finish(), lookups, seed);
			}
		}
	}

	#[test]
	fn graphs_of_many_operations(
		kinds in prop::collection::vec(0..KINDS, 2..10),
		seed in any::<u64>(),
		private in any::<bool>(),
		lookups in any::<bool>(),
	) {
		let mut draft = Draft::new(seed, private);
		kinds.into_iter().for_each(|kind| draft.add(kind));
		check(draft.finish(), lookups, seed);
	}
}
