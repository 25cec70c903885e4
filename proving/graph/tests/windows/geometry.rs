//! Convolutions of whole numbers, as graphs.

use zkml_graph::graph::{Axis, IntGraph, MatMul, Node, Op, Output, Windows, NONE};
use zkml_primitives::{Scales, TensorSpec, ValueInfo};

pub fn spec(dims: &[usize], bits: u8) -> TensorSpec {
	let half = 1i64 << (bits - 1);
	let dims: Vec<u32> = dims.iter().map(|d| *d as u32).collect();
	let (min, max) = (-half as i32, (half - 1) as i32);
	TensorSpec { dims: dims.try_into().unwrap(), bits, min, max, scales: Scales::ONE }
}

pub fn value(tensor: TensorSpec) -> ValueInfo {
	ValueInfo { name: b"x".to_vec().try_into().unwrap(), tensor }
}

/// A convolution of whole numbers.
#[derive(Clone, Debug)]
pub struct Convolution {
	pub images: usize,
	pub groups: usize,
	/// Channels and outputs of a group.
	pub channels: usize,
	pub outputs: usize,
	pub axes: Vec<Axis>,
}

/// What an axis follows from.
pub fn axis(input: u32, kernel: u32, stride: u32, dilation: u32, pads: [u32; 2]) -> Axis {
	let extent = dilation * (kernel - 1) + 1;
	// An input that is large enough.
	let input = input.max((extent + 1).saturating_sub(pads[0] + pads[1]));
	let output = (input + pads[0] + pads[1] - extent) / stride + 1;
	Axis { input, kernel, stride, dilation, pads, output }
}

pub fn plain(channels: usize, axes: &[Axis]) -> Convolution {
	Convolution { images: 1, groups: 1, channels, outputs: 2, axes: axes.to_vec() }
}

/// All indices of a shape, row-major.
fn indices(shape: &[u32]) -> Vec<Vec<u32>> {
	shape.iter().fold(vec![vec![]], |all, size| {
		let with = |some: &Vec<u32>| {
			let some = some.clone();
			(0..*size).map(move |i| [some.as_slice(), &[i]].concat())
		};
		all.iter().flat_map(with).collect()
	})
}

impl Convolution {
	fn shape(&self, of: impl Fn(&Axis) -> u32) -> Vec<u32> {
		self.axes.iter().map(of).collect()
	}

	fn area(&self) -> usize {
		self.axes.iter().map(|axis| axis.input as usize).product()
	}

	/// Elements of the source.
	pub fn source(&self) -> usize {
		self.images * self.groups * self.channels * self.area()
	}

	/// The windows, picked from a source in ONNX's order.
	fn picks(&self) -> Vec<Option<usize>> {
		let mut picks = Vec::new();
		let channels = self.groups * self.channels;
		for image in 0..self.images {
			for position in indices(&self.shape(|axis| axis.output)) {
				for channel in 0..channels {
					for element in indices(&self.shape(|axis| axis.kernel)) {
						let mut place = Some(image * channels + channel);
						for ((axis, o), a) in self.axes.iter().zip(&position).zip(&element) {
							let r = i64::from(axis.stride * o + axis.dilation * a)
								- i64::from(axis.pads[0]);
							let inside = (0..i64::from(axis.input)).contains(&r);
							place = place.filter(|_| inside);
							place = place.map(|p| p * axis.input as usize + r as usize);
						}
						picks.push(place);
					}
				}
			}
		}
		picks
	}

	/// As a graph, from a source whose element `i` in ONNX's order is at `order[i]`.
	pub fn graph(&self, order: &[u32]) -> IntGraph {
		let Self { images, groups, channels, outputs, axes } = self;
		let positions: usize = axes.iter().map(|axis| axis.output as usize).product();
		let kernel: usize = axes.iter().map(|axis| axis.kernel as usize).product();
		let all = groups * outputs;
		let dense = MatMul {
			rows: (images * positions) as u32,
			groups: *groups as u32,
			weights: spec(&[all, channels * kernel], 8),
			bias: spec(&[all], 8),
			windows: Some(Windows { channels: (groups * channels) as u32, axes: axes.clone() }),
		};
		let picks = self.picks().into_iter().map(|pick| pick.map_or(NONE, |i| order[i])).collect();
		let source = order.iter().filter(|i| **i != NONE).max().map_or(1, |i| *i as usize + 1);
		let node = |op, input| Node { name: "conv".into(), inputs: vec![input], op };
		let output = Output { info: value(spec(&[1], 31)), value: 3 };
		IntGraph {
			inputs: vec![value(spec(&[source], 8))].try_into().unwrap(),
			nodes: vec![
				node(Op::Gather(picks), 0),
				node(Op::MatMul(dense), 1),
				// An output that is small enough for any chain.
				node(Op::Gather(vec![0]), 2),
			],
			outputs: vec![output].try_into().unwrap(),
		}
	}

	pub fn in_order(&self) -> IntGraph {
		self.graph(&(0..self.source() as u32).collect::<Vec<_>>())
	}
}

pub fn dense(graph: &IntGraph) -> &MatMul {
	graph.dense().next().unwrap().1
}
