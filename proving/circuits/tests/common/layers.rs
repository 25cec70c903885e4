//! Private models of matrices and convolutions, whose parameters are committed to once.

use rand::Rng;
use rand_chacha::ChaCha20Rng;
use zkml_circuits::{
	graph::{Axis, Channel, IntGraph, MatMul, Node, Op, Requantize, Sum, Windows, NONE},
	plan::{Interval, Plan},
	r1cs::Place,
	random_salt, CompiledModel,
};
use zkml_poseidon::to_field;
use zkml_primitives::Visibility;

use super::{full, graph, outputs, rng, spec};

/// What parameters are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fill {
	/// Anything of their width.
	Random,
	/// The lower end of their width.
	Lowest,
	/// The upper end of their width.
	Highest,
	/// One end or the other.
	Ends,
}

/// Sizes of a matrix beside those of its input.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
	pub rows: u32,
	pub groups: u32,
	/// Of each group.
	pub outputs: u32,
	pub weight_bits: u8,
	pub bias_bits: u8,
}

impl Sizes {
	/// One row in one group.
	pub fn dense(outputs: u32) -> Self {
		Self { rows: 1, groups: 1, outputs, weight_bits: 8, bias_bits: 12 }
	}
}

/// A convolution of one image.
#[derive(Clone, Debug)]
pub struct Convolution {
	pub groups: u32,
	/// Channels and outputs of a group.
	pub channels: u32,
	pub outputs: u32,
	pub axes: Vec<Axis>,
}

/// An axis whose number of positions follows from the others.
pub fn axis(input: u32, kernel: u32, stride: u32, dilation: u32, pads: [u32; 2]) -> Axis {
	let extent = dilation * (kernel - 1) + 1;
	let input = input.max(extent.saturating_sub(pads[0] + pads[1])).max(1);
	let output = (input + pads[0] + pads[1] - extent) / stride + 1;
	Axis { input, kernel, stride, dilation, pads, output }
}

/// All indices of a shape, row-major.
fn indices(shape: impl IntoIterator<Item = u32>) -> Vec<Vec<u32>> {
	shape.into_iter().fold(vec![vec![]], |all, size| {
		let with = |some: &Vec<u32>| {
			let some = some.clone();
			(0..size).map(move |i| [some.as_slice(), &[i]].concat())
		};
		all.iter().flat_map(with).collect()
	})
}

impl Convolution {
	/// Elements of the source.
	pub fn source(&self) -> u32 {
		self.groups * self.channels * self.axes.iter().map(|axis| axis.input).product::<u32>()
	}

	/// The windows, position by position.
	pub fn picks(&self) -> Vec<u32> {
		let mut picks = Vec::new();
		for position in indices(self.axes.iter().map(|axis| axis.output)) {
			for channel in 0..self.groups * self.channels {
				for element in indices(self.axes.iter().map(|axis| axis.kernel)) {
					let mut place = Some(channel);
					for ((axis, o), a) in self.axes.iter().zip(&position).zip(&element) {
						let r = (axis.stride * o + axis.dilation * a).checked_sub(axis.pads[0]);
						let r = r.filter(|r| *r < axis.input);
						place = place.zip(r).map(|(place, r)| place * axis.input + r);
					}
					picks.push(place.unwrap_or(NONE));
				}
			}
		}
		picks
	}
}

/// A model under construction.
pub struct Layers {
	graph: IntGraph,
	parameters: Vec<Vec<i32>>,
	fill: Fill,
	pub rng: ChaCha20Rng,
}

impl Layers {
	/// With an input of so many elements in a range.
	pub fn new(len: u32, (min, max): (i32, i32), fill: Fill, seed: u64) -> Self {
		let input = spec(&[len], 16, min, max);
		let graph = graph(input, vec![], full(&[len], 32));
		Self { graph, parameters: vec![], fill, rng: rng(seed) }
	}

	/// The ranges of the last value.
	fn ranges(&self) -> Vec<Interval> {
		Plan::new(&self.graph, None).unwrap().ranges.pop().unwrap()
	}

	/// The number of the last value.
	pub fn last(&self) -> u32 {
		self.graph.nodes.len() as u32
	}

	pub fn push(&mut self, inputs: &[u32], op: Op) {
		let name = format!("node{}", self.graph.nodes.len());
		self.graph.nodes.push(Node { name, inputs: inputs.into(), op });
	}

	fn fill(&mut self, count: u32, bits: u8) {
		let half = 1i64 << (bits - 1);
		let (low, high) = ((-half) as i32, (half - 1) as i32);
		let (fill, rng) = (self.fill, &mut self.rng);
		let one = |_| match fill {
			Fill::Random => rng.gen_range(low..=high),
			Fill::Lowest => low,
			Fill::Highest => high,
			Fill::Ends => [low, high][rng.gen_range(0..2)],
		};
		let values = (0..count).map(one).collect();
		self.parameters.push(values);
	}

	fn product(&mut self, inputs: u32, sizes: Sizes, windows: Option<Windows>) {
		let Sizes { rows, groups, outputs, weight_bits, bias_bits } = sizes;
		let all = groups * outputs;
		let (weights, bias) = (full(&[all, inputs], weight_bits), full(&[all], bias_bits));
		self.fill(all * inputs, weight_bits);
		self.fill(all, bias_bits);
		self.push(&[self.last()], Op::MatMul(MatMul { rows, groups, weights, bias, windows }));
	}

	/// A matrix on the last value, whose length rows and groups divide.
	pub fn matrix(&mut self, sizes: Sizes) {
		let inputs = self.ranges().len() as u32 / sizes.rows / sizes.groups;
		self.product(inputs, sizes, None);
	}

	/// A convolution of the last value, which is its source.
	pub fn convolution(&mut self, convolution: &Convolution, weight_bits: u8) {
		let Convolution { groups, channels, outputs, axes } = convolution.clone();
		self.push(&[self.last()], Op::Gather(convolution.picks()));
		let rows = axes.iter().map(|axis| axis.output).product();
		let inputs = channels * axes.iter().map(|axis| axis.kernel).product::<u32>();
		let sizes = Sizes { rows, groups, outputs, weight_bits, bias_bits: 12 };
		self.product(inputs, sizes, Some(Windows { channels: groups * channels, axes }));
	}

	/// The last value in 8 bits, cut at both ends.
	pub fn rescale(&mut self) {
		let bits = Interval::hull(&self.ranges()).signed_bits();
		let shift = bits.saturating_sub(9) as u8;
		let op = Requantize { min: -128, max: 127, channels: vec![Channel::new(1, shift)] };
		self.push(&[self.last()], Op::Requantize(op));
	}

	/// The sum of the last value and another.
	pub fn add(&mut self, other: u32) {
		let sum = Sum { factors: vec![1, 1], offset: vec![0] };
		self.push(&[self.last(), other], Op::Sum(sum));
	}

	/// The model, whose output is the last value, in 32 bits.
	pub fn finish(mut self) -> CompiledModel {
		let ends = Requantize { min: -(1 << 30), max: 1 << 30, channels: vec![Channel::ONE] };
		self.push(&[self.last()], Op::Requantize(ends));
		self.bare()
	}

	/// The model, whose output is the last value, which fits 32 bits.
	pub fn bare(mut self) -> CompiledModel {
		self.graph.outputs = outputs([(self.last(), full(&[self.ranges().len() as u32], 32))]);
		let salt = random_salt(&mut self.rng);
		let Self { graph, parameters, .. } = self;
		let model = CompiledModel::new(Visibility::Private, graph, parameters, vec![], salt);
		model.unwrap().with_committed_params().unwrap()
	}
}

/// The honest witness of the range circuit satisfies every constraint, and both circuits hold the same
/// words, each in a row of its own.
pub fn ranges_agree(model: &CompiledModel, seed: u64) {
	let rng = &mut rng(seed);
	let [salt, challenge] = [(); 2].map(|()| to_field(&random_salt(rng)).unwrap());
	let words = model.describe().words(model.parameters(), salt);
	let circuit = model.range_circuit().unwrap();
	let wires = circuit.assign(&words, model.parameters()).complete(&circuit, challenge).unwrap();
	let (ranges, inference) = (circuit.build(), model.circuit());
	assert_eq!(ranges.wires, wires.len());
	assert_eq!(ranges.first_broken(&wires), None);
	assert_eq!(ranges.committed, inference.committed);
	assert_eq!(wires[ranges.committed()], words);
	assert_eq!(inference.loose_committed(Place::Factors), None);
	assert_eq!(ranges.loose_committed(Place::Product), None);
	let counts = circuit.cost().counts;
	assert_eq!((counts.constraints, counts.wires), (ranges.len() as u64, ranges.wires as u64));
}
