//! The walk along the float graph.

mod rounding;
mod scales;

use zkml_primitives::TensorSpec;

use super::{bounds::Span, grid::Grid, observe::Observed};
use crate::{
	error::CompileError,
	graph::{GraphError, MatMulParameters, Node, Op},
	guard::Guard,
	import::{FloatGraph, FloatNode, FloatOp},
	options::Widths,
	plan::{step, Interval, Size},
};

pub(super) use scales::{peak, varied, Ends};

/// No end of a clamp.
pub(super) const FAR: i64 = 1 << 58;

/// A value of the float graph in integers.
#[derive(Clone, Debug)]
pub(super) struct Value {
	/// The value of the integer graph.
	pub id: u32,
	/// What an integer of each element is worth; one for all, or one for each.
	pub scales: Vec<f64>,
	/// The scales that they are to be rescaled to before other than linear use, likewise.
	pub targets: Option<Vec<f64>>,
}

impl Value {
	/// With one scale, and no need of another.
	pub fn settled(id: u32, scale: f64) -> Self {
		Self { id, scales: vec![scale], targets: None }
	}

	pub fn scale(&self, index: usize) -> f64 {
		at(&self.scales, index)
	}

	/// The scale of all elements, if they share one.
	pub fn shared(&self) -> Option<f64> {
		let first = self.scales[0];
		self.scales.iter().all(|scale| *scale == first).then_some(first)
	}
}

/// An element of one for all, or one for each.
pub(super) fn at<T: Copy>(all: &[T], index: usize) -> T {
	all[if all.len() == 1 { 0 } else { index }]
}

/// What is known of a float graph's values, and what is said of its nodes.
pub(super) struct Known<'a> {
	/// Where scales are to take each element to be able to be.
	pub bounds: &'a [Vec<Span>],
	/// Where they are to take it to have been.
	pub observed: &'a Observed,
	/// Where it can be.
	pub could: &'a [Vec<Span>],
	/// Of the node that gives each value.
	pub widths: &'a [Widths],
	/// Of private weights: of all dense nodes, one for each, or none.
	pub weight_shifts: &'a [u8],
}

/// What the walk made.
pub(super) struct Made {
	pub nodes: Vec<Node>,
	pub parameters: Vec<Vec<i32>>,
	/// With what an integer is worth there.
	pub guards: Vec<(Guard, f64)>,
	/// The most that a table's cell loses, as a share of the function's own range.
	pub cell: f64,
	/// For each float value its integers, if the result needs them.
	pub values: Vec<Option<Value>>,
	/// The output's range and scale.
	pub range: Interval,
	pub scale: f64,
	/// Of each dense node with private weights.
	pub weight_shifts: Vec<u8>,
}

/// The state of the walk.
pub(super) struct Walk<'a> {
	pub(super) float: &'a FloatGraph,
	pub(super) private: bool,
	pub(super) known: Known<'a>,
	pub(super) nodes: Vec<Node>,
	parameters: Vec<Vec<i32>>,
	pub(super) weight_shifts: Vec<u8>,
	guards: Vec<(Guard, f64)>,
	pub(super) cell: f64,
	/// For each integer value its elements' ranges.
	pub(super) ranges: Vec<Vec<Interval>>,
	size: Size,
	/// For each float value its integers.
	values: Vec<Option<Value>>,
	/// For each float value its integers before they were rescaled for any use.
	raw: Vec<Option<Value>>,
	/// For each float value how large it gets.
	pub(super) peaks: Vec<f64>,
	/// For each float value who uses it; the graph's result is used by nobody.
	pub(super) users: Vec<Vec<usize>>,
	/// Whether the model was quantised before, so that it says where to round.
	pub(super) rounds: bool,
}

impl<'a> Walk<'a> {
	pub(super) fn new(
		float: &'a FloatGraph,
		input: &TensorSpec,
		known: Known<'a>,
		private: bool,
	) -> Self {
		let count = float.ops.len() + 1;
		let mut users = vec![Vec::new(); count];
		let mut needed = vec![false; count];
		needed[float.result] = true;
		for (index, node) in float.ops.iter().enumerate().rev().filter(|(i, _)| *i < float.result) {
			if needed[index + 1] {
				node.inputs.iter().for_each(|input| needed[*input] = true);
				node.inputs.iter().for_each(|input| users[*input].push(index));
			}
		}
		let mut scales = Grid::of(input).steps();
		if scales.iter().all(|scale| *scale == scales[0]) {
			scales.truncate(1);
		}
		let mut values = vec![None; count];
		values[0] = Some(Value { id: 0, scales, targets: None });
		let peaks = (0..count)
			.map(|v| peak(Span::hull(&known.bounds[v]), known.observed.hull(v), private))
			.collect();
		Self {
			float,
			private,
			known,
			nodes: Vec::new(),
			parameters: Vec::new(),
			weight_shifts: Vec::new(),
			guards: Vec::new(),
			cell: 0.0,
			ranges: vec![vec![Interval::of(input); input.len() as usize]],
			size: Size { elements: input.len().into(), products: 0 },
			raw: values.clone(),
			values,
			peaks,
			users,
			rounds: float.ops.iter().any(|node| matches!(node.op, FloatOp::Quantize(_))),
		}
	}

	/// Dense nodes so far.
	pub(super) fn dense_count(&self) -> usize {
		self.parameters.len() / 2
	}

	/// Widths of the node that gives a value.
	pub(super) fn widths(&self, value: usize) -> Widths {
		self.known.widths[value]
	}

	/// Takes all nodes that the result needs.
	pub(super) fn run(&mut self) -> Result<(), CompileError> {
		for value in 1..=self.float.ops.len() {
			let needed = !self.users[value].is_empty() || value == self.float.result;
			if needed && !self.for_roundings(value) {
				self.make(value)?;
			}
		}
		Ok(())
	}

	/// Takes a node.
	fn make(&mut self, value: usize) -> Result<(), CompileError> {
		let made = self.node(value, &self.float.ops[value - 1])?;
		self.raw[value] = Some(made.clone());
		self.values[value] = Some(made);
		Ok(())
	}

	/// What was made.
	pub(super) fn finish(mut self) -> Result<Made, CompileError> {
		let (mut id, scale) = self.uniform(self.float.result)?;
		if id as usize != self.nodes.len() || id == 0 {
			let all = (0..self.ranges[id as usize].len() as u32).collect();
			id = self.emit("output", vec![id], Op::Gather(all), None)?;
		}
		let range = Interval::hull(&self.ranges[id as usize]);
		let Self { nodes, parameters, guards, cell, values, weight_shifts, .. } = self;
		Ok(Made { nodes, parameters, guards, cell, values, range, scale, weight_shifts })
	}

	/// Appends a node of the integer graph.
	pub(super) fn emit(
		&mut self,
		name: &str,
		inputs: Vec<u32>,
		op: Op,
		parameters: Option<[Vec<i32>; 2]>,
	) -> Result<u32, GraphError> {
		let node = Node { name: name.into(), inputs, op };
		let known = parameters.as_ref().filter(|_| !self.private);
		let known = known.map(|[weights, bias]| MatMulParameters { weights, bias });
		let ranges = step(&node, &self.nodes, &self.ranges, &mut self.size, known)?;
		self.parameters.extend(parameters.into_iter().flatten());
		self.nodes.push(node);
		self.ranges.push(ranges);
		Ok(self.nodes.len() as u32)
	}

	/// Values come before their use.
	pub(super) fn value(&self, value: usize) -> Result<Value, CompileError> {
		self.values.get(value).cloned().flatten().ok_or_else(|| {
			CompileError::Graph(GraphError::Node {
				node: format!("#{value}"),
				expected: "a value computed before its use".into(),
				got: "none".into(),
			})
		})
	}

	pub(super) fn name(&self, value: usize) -> &'a str {
		match value {
			0 => "input",
			_ => &self.float.ops[value - 1].name,
		}
	}

	pub(super) fn hull(&self, id: u32) -> Interval {
		Interval::hull(&self.ranges[id as usize])
	}

	/// Whether results are compared with each other or leave the graph as they are.
	pub(super) fn scores(&self, mut value: usize) -> bool {
		while value != self.float.result {
			let [user] = self.users[value].as_slice() else { return false };
			let plain = match &self.float.ops[*user].op {
				FloatOp::ArgMax => return true,
				FloatOp::Gather(_) => true,
				FloatOp::Sum { factors, offset } => {
					factors.len() == 1 && factors[0] > 0.0 && offset.iter().all(|o| *o == 0.0)
				}
				_ => false,
			};
			if !plain {
				return false;
			}
			value = user + 1;
		}
		true
	}

	/// Whether a value is compared with a threshold, and nothing else.
	pub(super) fn meets_threshold(&self, value: usize) -> bool {
		let compares = |user: &usize| matches!(self.float.ops[*user].op, FloatOp::Greater(_));
		!self.users[value].is_empty() && self.users[value].iter().all(compares)
	}

	/// Whether a value's elements are compared with each other.
	pub(super) fn compared(&self, mut value: usize) -> bool {
		while let [user] = self.users[value].as_slice() {
			match &self.float.ops[*user].op {
				FloatOp::ArgMax | FloatOp::ReduceMax(_) => return true,
				_ => value = user + 1,
			}
		}
		false
	}

	fn node(&mut self, value: usize, node: &'a FloatNode) -> Result<Value, CompileError> {
		let name = node.name.as_str();
		let first = node.inputs.first().copied().unwrap_or(0);
		match &node.op {
			FloatOp::MatMul(dense) => self.dense(value, name, first, dense),
			FloatOp::Gather(picks) => self.gather(name, &node.inputs, picks),
			FloatOp::Sum { factors, offset } => {
				self.sum(value, name, &node.inputs, factors, offset)
			}
			FloatOp::Mul => {
				let mut ids = Vec::with_capacity(2);
				let mut scale = 1.0;
				for input in &node.inputs {
					let (id, of) = self.uniform(*input)?;
					ids.push(id);
					scale *= of;
				}
				let id = self.emit(name, ids, Op::Mul, None)?;
				Ok(Value { id, scales: vec![scale], targets: self.aim(value, id, scale) })
			}
			FloatOp::ReduceMax(n) => {
				let x = self.grouped(first, *n)?;
				let id = self.emit(name, vec![x.id], Op::ReduceMax(*n as u32), None)?;
				Ok(Value { id, ..x })
			}
			FloatOp::ReduceSum(n) => {
				let x = self.grouped(first, *n)?;
				let id = self.emit(name, vec![x.id], Op::ReduceSum(*n as u32), None)?;
				Ok(match (&x.targets, x.scales.as_slice()) {
					(None, [scale]) => {
						let targets = self.aim(value, id, *scale);
						Value { id, targets, ..x }
					}
					_ => Value { id, ..x },
				})
			}
			FloatOp::Clip { min, max } => self.clamp(value, name, first, (*min, *max)),
			FloatOp::Unary(function) => self.table(value, name, first, function),
			FloatOp::Greater(_) if self.private => Err(CompileError::Option {
				option: "visibility",
				expected: format!("a public model: the thresholds of {name} are in its circuit"),
				got: "a private one".into(),
			}),
			FloatOp::Greater(thresholds) => {
				let x = self.settle(first)?;
				let range = &self.ranges[x.id as usize];
				let each = thresholds.iter().enumerate();
				let whole = each.map(|(i, t)| threshold(*t, x.scale(i), range[i])).collect();
				let id = self.emit(name, vec![x.id], Op::Greater(whole), None)?;
				Ok(Value::settled(id, 1.0))
			}
			FloatOp::Quantize(to) => {
				let target = f64::from(to.scale);
				if let Some(id) = self.rounded(name, first, to)? {
					return Ok(Value::settled(id, target));
				}
				if self.values[first].is_none() {
					self.make(first)?;
				}
				let x = self.value(first)?;
				let ends = Ends::meant(to.min.into(), to.max.into());
				let id = self.rescaled(value, name, &x, &[target], ends)?;
				Ok(Value::settled(id, target))
			}
			FloatOp::ArgMax => {
				let (id, _) = self.uniform(first)?;
				Ok(Value::settled(self.emit(name, vec![id], Op::ArgMax, None)?, 1.0))
			}
		}
	}

	fn clamp(
		&mut self,
		value: usize,
		name: &str,
		input: usize,
		(min, max): (f32, f32),
	) -> Result<Value, CompileError> {
		let x = self.value(input)?;
		let plain = |end: f32| end == 0.0 || end.is_infinite();
		if let Some(targets) = x.targets.clone().filter(|_| plain(min) && plain(max)) {
			let end = |end: f32, far: i64| if end == 0.0 { 0 } else { far };
			let ends = Ends::meant(end(min, -FAR), end(max, FAR));
			let id = self.rescaled(value, name, &x, &targets, ends)?;
			return Ok(Value { id, scales: targets, targets: None });
		}
		let (x, target) = self.aimed(input)?;
		let end = |end: f32, far: i64| {
			let end = (f64::from(end) / target).round();
			if end.abs() < FAR as f64 {
				end as i64
			} else {
				far
			}
		};
		let ends = Ends::meant(end(min, -FAR), end(max, FAR));
		let id = self.rescaled(value, name, &x, &[target], ends)?;
		Ok(Value::settled(id, target))
	}
}

/// The largest integer that is not above a threshold. The file compares 32-bit floats: so is it done
/// here, with each integer as the float next to what it stands for.
fn threshold(t: f32, scale: f64, range: Interval) -> i64 {
	let above = |x: i64| (x as f64 * scale) as f32 > t;
	if above(range.min) {
		return range.min - 1;
	}
	let (mut low, mut high) = (range.min, range.max + 1);
	while high - low > 1 {
		let middle = low + (high - low) / 2;
		if above(middle) {
			high = middle;
		} else {
			low = middle;
		}
	}
	low
}
