//! Circuit and interpreter agree on every operation, over shapes, widths, signs and ends.

mod common;

use common::{agrees, full, input, rng, spec};
use proptest::prelude::*;
use rand::Rng;
use rand_chacha::ChaCha20Rng;
use zkml_circuits::{
	graph::{Channel, IntGraph, Lookup, MatMul, Node, Op, Requantize, Sum, Ties, NONE},
	plan::{Interval, Plan},
	random_salt, CompiledModel,
};
use zkml_primitives::{Scalar, Visibility};

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
		let (len, min) = (rng.gen_range(1..9), rng.gen_range(-20..10));
		let input = spec(&[len], 9, min, min + rng.gen_range(0..60));
		let graph = IntGraph { input, nodes: vec![], output: full(&[1], 8) };
		Self { graph, parameters: vec![], rng, private }
	}

	/// The ranges of all values so far, whatever the output may be.
	fn ranges(&self) -> Vec<Vec<Interval>> {
		let mut graph = self.graph.clone();
		let all = Op::Gather(vec![NONE]);
		let inputs = vec![graph.nodes.len() as u32];
		graph.nodes.push(Node { name: "end".into(), inputs, op: all });
		let known = (!self.private).then_some(self.parameters.as_slice());
		Plan::new(&graph, known).unwrap().ranges
	}

	fn push(&mut self, inputs: &[u32], op: Op) {
		let name = format!("node{}", self.graph.nodes.len());
		self.graph.nodes.push(Node { name, inputs: inputs.into(), op });
	}

	/// Any value, its length and range.
	fn any(&mut self) -> (u32, usize, Interval) {
		let ranges = self.ranges();
		let value = self.rng.gen_range(0..ranges.len() - 1);
		(value as u32, ranges[value].len(), Interval::hull(&ranges[value]))
	}

	/// Values that are not too wide for another product.
	fn narrow(&mut self) -> (u32, usize, Interval) {
		let (value, len, range) = self.any();
		if range.signed_bits() <= 12 {
			return (value, len, range);
		}
		let shift = (range.signed_bits() - 8) as u8;
		let op = Requantize { min: -200, max: 200, channels: vec![Channel::new(1, shift)] };
		self.push(&[value], Op::Requantize(op));
		(self.graph.nodes.len() as u32, len, Interval { min: -200, max: 200 })
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
				let count = rng.gen_range(1..9);
				let mut pick = || match rng.gen_range(0..5) {
					0 => NONE,
					_ => rng.gen_range(0..len as u32),
				};
				let picks = (0..count).map(|_| pick()).collect();
				self.push(&[value], Op::Gather(picks));
			}
			3 => {
				let factors = (0..rng.gen_range(1..4)).map(|_| rng.gen_range(-9..9)).collect();
				let count = if len.is_multiple_of(2) { len } else { 1 };
				let offset = (0..count).map(|_| rng.gen_range(-99..99)).collect();
				let sum = Sum { factors, offset };
				let inputs = vec![value; sum.factors.len()];
				self.push(&inputs, Op::Sum(sum));
			}
			4 => self.push(&[value, value], Op::Mul),
			5 => self.push(&[value], Op::ReduceMax(n as u32)),
			6 => self.push(&[value], Op::ReduceSum(n as u32)),
			7 if width <= 512 => {
				let values = (0..=width + 4).map(|_| rng.gen_range(-3000..3000)).collect();
				self.push(&[value], Op::Lookup(Lookup { min: range.min - 2, values }));
			}
			7 => self.push(&[value], Op::ReduceMax(n as u32)),
			_ => {
				let mut threshold = || rng.gen_range(range.min - 2..=range.max + 2);
				let thresholds = (0..len).map(|_| threshold()).collect();
				self.push(&[value], Op::Greater(thresholds));
			}
		}
	}

	fn finish(mut self) -> CompiledModel {
		let (value, ..) = self.narrow();
		let all: Vec<u32> = (0..self.ranges()[value as usize].len() as u32).collect();
		let value = self.graph.nodes.len() as u32;
		self.graph.output = full(&[self.ranges()[value as usize].len() as u32], 32);
		if value == 0 {
			self.push(&[0], Op::Gather(all));
		}
		let ends = Requantize { min: -(1 << 30), max: 1 << 30, channels: vec![Channel::ONE] };
		self.push(&[self.graph.nodes.len() as u32], Op::Requantize(ends));
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
	for edge in [model.input().min, model.input().max] {
		agrees(&model, &vec![edge; model.input().len() as usize], seed);
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(12))]

	#[test]
	fn each_operation_on_its_own(seed in any::<u64>(), private in any::<bool>()) {
		for kind in 0..9 {
			for lookups in [false, true] {
				let mut draft = Draft::new(seed, private);
				draft.add(kind);
				check(draft.finish(), lookups, seed);
			}
		}
	}

	#[test]
	fn graphs_of_many_operations(
		kinds in prop::collection::vec(0usize..9, 2..10),
		seed in any::<u64>(),
		private in any::<bool>(),
		lookups in any::<bool>(),
	) {
		let mut draft = Draft::new(seed, private);
		kinds.into_iter().for_each(|kind| draft.add(kind));
		check(draft.finish(), lookups, seed);
	}
}
