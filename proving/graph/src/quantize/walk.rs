//! The walk along the float graph.

mod rounding;
mod scales;

use std::collections::BTreeMap;

use super::{
	bounds::Span,
	grid::Grid,
	labels::on_the_way,
	limits::check_whole,
	observe::Observed,
	relative::Feeds,
	steps::Steps,
	thresholds::{given, met, threshold},
	whole::exact,
};
use crate::{
	error::CompileError,
	graph::{GraphError, MatMulParameters, Node, Op},
	guard::Guard,
	import::{Divisor, FloatGraph, FloatNode, FloatOp},
	options::Widths,
	plan::{step, Interval, Size},
};

pub(super) use scales::{channel, peak, varied, Ends};

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
	/// Whether each element of the inputs is rounded to a grid of which nobody said that it is its own.
	pub rounded: &'a [bool],
	/// Of private weights: of all dense nodes, one for each, or none.
	pub weight_shifts: &'a [u8],
	/// Whether tables are looked up, so that a row is paid for once and not by each element.
	pub lookups: bool,
}

/// An output in integers.
pub(super) struct Outcome {
	/// The value of the integer graph.
	pub id: u32,
	/// Where all elements are.
	pub range: Interval,
	/// What an integer is worth.
	pub scale: f64,
}

/// What the walk made.
pub(super) struct Made {
	pub nodes: Vec<Node>,
	pub parameters: Vec<Vec<i32>>,
	/// With what an integer is worth there.
	pub guards: Vec<(Guard, f64)>,
	/// The most that a table's cell loses, as a share of the function's own range.
	pub cell: f64,
	/// For each float value its integers, if an output needs them.
	pub values: Vec<Option<Value>>,
	/// What each output is.
	pub results: Vec<Outcome>,
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
	pub(super) guards: Vec<(Guard, f64)>,
	pub(super) cell: f64,
	/// Of values whose elements were put in order, in groups of so many: their keys.
	pub(super) ordered: BTreeMap<(usize, usize), Value>,
	/// For each integer value its elements' ranges.
	pub(super) ranges: Vec<Vec<Interval>>,
	size: Size,
	/// For each float value its integers.
	values: Vec<Option<Value>>,
	/// For each float value its integers before they were rescaled for any use.
	pub(super) raw: Vec<Option<Value>>,
	/// For each float value how large it gets.
	pub(super) peaks: Vec<f64>,
	/// For each float value who uses it, as far as outputs need that; to be an output is no use.
	pub(super) users: Vec<Vec<usize>>,
	/// What roots and divisors are made of.
	pub(super) feeds: Feeds,
	/// For each float value whether it holds whole numbers that have to be exact, and so far are.
	pub(super) exact: Vec<bool>,
	/// For each float value whether its integers are what the inputs' give, without any rounding between.
	pub(super) unrounded: Vec<bool>,
	/// What is computed step by step.
	pub(super) steps: Steps,
	/// Whether the model was quantised before, so that it says where to round.
	pub(super) rounds: bool,
}

impl<'a> Walk<'a> {
	pub(super) fn new(
		float: &'a FloatGraph,
		inputs: &Grid,
		known: Known<'a>,
		private: bool,
	) -> Self {
		let count = float.ops.len() + 1;
		let mut users = vec![Vec::new(); count];
		let mut needed = vec![false; count];
		float.outputs.iter().for_each(|output| needed[output.value] = true);
		for (index, node) in float.ops.iter().enumerate().rev() {
			if needed[index + 1] {
				node.inputs.iter().for_each(|input| needed[*input] = true);
				node.inputs.iter().for_each(|input| users[*input].push(index));
			}
		}
		let mut scales = inputs.steps().to_vec();
		if scales.iter().all(|scale| *scale == scales[0]) {
			scales.truncate(1);
		}
		let mut values = vec![None; count];
		values[0] = Some(Value { id: 0, scales, targets: None });
		let rounds = float.ops.iter().any(|node| matches!(node.op, FloatOp::Quantize(_)));
		// What is private is in units that the architecture fixes, and nothing of it is compared.
		let exact = if private { on_the_way(float) } else { exact(float, &users, inputs, rounds) };
		let peaks = (0..count)
			.map(|v| peak(Span::hull(&known.bounds[v]), known.observed.hull(v), private))
			.collect();
		let mut walk = Self {
			float,
			private,
			known,
			nodes: Vec::new(),
			parameters: Vec::new(),
			weight_shifts: Vec::new(),
			guards: Vec::new(),
			cell: 0.0,
			ordered: BTreeMap::new(),
			ranges: vec![inputs.ranges().to_vec()],
			size: Size { elements: inputs.ranges().len() as u64, products: 0 },
			raw: values.clone(),
			values,
			peaks,
			feeds: Feeds::new(float, &users),
			users,
			exact,
			unrounded: std::iter::once(true).chain(vec![false; count - 1]).collect(),
			steps: Steps::default(),
			rounds,
		};
		walk.steps = Steps::new(&walk);
		walk
	}

	/// Dense nodes so far.
	pub(super) fn dense_count(&self) -> usize {
		self.parameters.len() / 2
	}

	/// Widths of the node that gives a value.
	pub(super) fn widths(&self, value: usize) -> Widths {
		self.known.widths[value]
	}

	/// Takes all nodes that the outputs need.
	pub(super) fn run(&mut self) -> Result<(), CompileError> {
		for value in 1..=self.float.ops.len() {
			let needed = !self.users[value].is_empty() || self.float.is_output(value);
			if needed && !self.for_roundings(value) {
				self.make(value)?;
			}
		}
		Ok(())
	}

	/// Takes a node.
	fn make(&mut self, value: usize) -> Result<(), CompileError> {
		let node = &self.float.ops[value - 1];
		let mut made = self.node(value, node)?;
		if self.exact[value] {
			made = self.settled_whole(value, node, made)?;
		}
		let kept = made.targets.is_none() && self.rounds_nothing(node);
		self.unrounded[value] = self.exact[value] || kept;
		self.raw[value] = Some(made.clone());
		self.values[value] = Some(made);
		Ok(())
	}

	/// The integer graph that was made, once all outputs have their integers.
	pub(super) fn finish(mut self) -> Result<Made, CompileError> {
		let mut results = Vec::with_capacity(self.float.outputs.len());
		for output in &self.float.outputs {
			let (id, scale) = self.finished(output.value)?;
			results.push(Outcome { id, range: self.hull(id), scale });
		}
		let Self { nodes, parameters, guards, cell, values, weight_shifts, .. } = self;
		Ok(Made { nodes, parameters, guards, cell, values, results, weight_shifts })
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

	/// The node of the integer graph that gives a value.
	pub(super) fn giver(&self, id: u32) -> Option<&Node> {
		(id as usize).checked_sub(1).and_then(|index| self.nodes.get(index))
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
		loop {
			let user = match (self.users[value].as_slice(), self.float.is_output(value)) {
				([], output) => return output,
				([user], false) => user,
				_ => return false,
			};
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
	}

	/// The step of the made-up grid that an element was rounded to, if it is one of the inputs' or such a one
	/// with its sign turned.
	fn rounded_by(&self, value: usize, element: usize) -> Option<f64> {
		let (element, _) = given(self.float, value, element)?;
		// As it was before it was rescaled for any use.
		let input = self.raw[0].as_ref()?;
		self.known.rounded[element].then(|| input.scale(element))
	}

	/// Whether a value is compared with a threshold, and nothing else.
	pub(super) fn meets_threshold(&self, value: usize) -> bool {
		let compares = |user: &usize| matches!(self.float.ops[*user].op, FloatOp::Greater(_));
		let users = &self.users[value];
		!users.is_empty() && users.iter().all(compares) && !self.float.is_output(value)
	}

	/// Whether a value's elements are compared with each other.
	pub(super) fn compared(&self, mut value: usize) -> bool {
		while let [user] = self.users[value].as_slice() {
			match &self.float.ops[*user].op {
				FloatOp::ArgMax | FloatOp::ReduceMax(_) | FloatOp::TopK(_) => return true,
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
			FloatOp::Gather(picks) => self.gather(value, name, &node.inputs, picks),
			FloatOp::Sum { factors, offset } => {
				self.sum(value, name, &node.inputs, factors, offset)
			}
			FloatOp::Mul => {
				if !self.is_exact(value, &node.inputs) {
					if let Some(fine) = self.fine_product(value, name, &node.inputs)? {
						return Ok(fine);
					}
				}
				self.product(value, node, Op::Mul)
			}
			FloatOp::Product(product) => self.product(value, node, Op::Product(*product)),
			FloatOp::Places(places) => self.places(name, &node.inputs, places),
			FloatOp::Pick(pick) => self.pick(value, name, &node.inputs, pick),
			FloatOp::ReduceMax(n) => {
				let x = self.grouped(first, *n)?;
				let id = self.emit(name, vec![x.id], Op::ReduceMax(*n as u32), None)?;
				Ok(Value { id, ..x })
			}
			FloatOp::ReduceSum(n) => {
				let x = self.grouped(first, *n)?;
				let id = self.emit(name, vec![x.id], Op::ReduceSum(*n as u32), None)?;
				Ok(match (&x.targets, x.scales.as_slice()) {
					(None, [scale]) if !self.is_exact(value, &node.inputs) => {
						let targets = self.aim(value, id, *scale);
						Value { id, targets, ..x }
					}
					_ => Value { id, ..x },
				})
			}
			FloatOp::Div(divisor) => match divisor {
				Divisor::Floored => self.whole_quotient(name, &node.inputs, false),
				Divisor::Truncated => self.whole_quotient(name, &node.inputs, true),
				Divisor::Any => self.divided(value, name, &node.inputs, None),
				Divisor::Norm(most) => self.divided(value, name, &node.inputs, Some(*most)),
			},
			FloatOp::Bitwise(bits) => self.bitwise(name, &node.inputs, *bits),
			FloatOp::TopK(top) => self.top(name, first, *top),
			FloatOp::Clip { min, max } if self.is_exact(value, &node.inputs) => {
				let x = self.value(first)?;
				// Infinite ends are as far as integers go.
				let id = self.clamped(name, x.id, *min as i64, *max as i64)?;
				Ok(Value::settled(id, 1.0))
			}
			FloatOp::Clip { min, max } => {
				match self.fine_clamp(value, name, first, (*min, *max))? {
					Some(fine) => Ok(fine),
					None => self.clamp(value, name, first, (*min, *max)),
				}
			}
			FloatOp::Unary(function) => match self.chain(value, name, first, function)? {
				Some(made) => Ok(made),
				None => self.table(value, name, first, function),
			},
			FloatOp::Greater(_) if self.private => Err(CompileError::Option {
				option: "visibility",
				expected: format!("a public model: the thresholds of {name} are in its circuit"),
				got: "a private one".into(),
			}),
			FloatOp::Greater(thresholds) => {
				self.check_equal(name, first)?;
				let x = self.settle(first)?;
				let range = &self.ranges[x.id as usize];
				let each = thresholds.iter().enumerate();
				let whole = each.map(|(i, t)| match self.rounded_by(first, i) {
					Some(step) => met(*t, step, x.scale(i), range[i]),
					None => threshold(*t, x.scale(i), range[i]),
				});
				let whole = whole.collect();
				let id = self.emit(name, vec![x.id], Op::Greater(whole), None)?;
				Ok(Value::settled(id, 1.0))
			}
			FloatOp::Quantize(to) => {
				let target = f64::from(to.scale);
				if to.cut.is_some() {
					check_whole(name, &self.known.could[first], to)?;
				}
				if let Some(id) = self.rounded(name, first, to)? {
					return Ok(Value::settled(id, target));
				}
				if self.values[first].is_none() {
					self.make(first)?;
				}
				if to.cut.is_some() {
					// Of what no integers stand for exactly only a table can be made.
					return self.table(value, name, first, &to.function());
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

	/// A product of what a node takes, each with one scale, by an operation of the integer graph.
	fn product(&mut self, value: usize, node: &FloatNode, op: Op) -> Result<Value, CompileError> {
		let exact = self.is_exact(value, &node.inputs);
		let mut ids = Vec::with_capacity(2);
		let mut scale = 1.0;
		for input in &node.inputs {
			let (id, of) = self.uniform(*input)?;
			ids.push(id);
			scale *= of;
		}
		let id = self.emit(&node.name, ids, op, None)?;
		let targets = self.aim(value, id, scale).filter(|_| !exact);
		Ok(Value { id, scales: vec![scale], targets })
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
