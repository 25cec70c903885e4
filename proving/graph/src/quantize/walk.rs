//! The walk along the float graph.

mod rounding;

use zkml_primitives::TensorSpec;

use super::{bounds::Span, grid::Grid, observe::Observed};
use crate::{
	error::CompileError,
	graph::{Channel, GraphError, MatMulParameters, Node, Op, Rescale},
	guard::Guard,
	import::{FloatGraph, FloatNode, FloatOp},
	options::{CompileOptions, Widths},
	plan::{step, Interval, Size},
};

/// Room above what was observed, at least and at most: what could be decides between.
const MARGIN: [f64; 2] = [2.0, 4.0];
/// Bits by which integers of a public model may be beyond a value's width before they are clamped,
const SLACK: u32 = 8;
/// and those that a clamp leaves.
const ROOM: u32 = 4;
/// The same for a private one, of which any weight may be the largest.
const PRIVATE_SLACK: u32 = 3;
const PRIVATE_ROOM: u32 = 1;
/// Least share of its size that a value is taken to vary by.
const STEADY: f64 = 1.0 / 64.0;
/// Bits that a channel may lose to a larger one of its node before it gets a scale of its own.
const LOST: i32 = 4;
/// Widest that integers become so that the small ones beside large ones are kept.
const APART: u32 = 30;
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

/// What is known of a float graph's values.
pub(super) struct Known<'a> {
	/// Where each element can be.
	pub bounds: &'a [Vec<Span>],
	/// Where it was.
	pub observed: &'a Observed,
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
}

/// The state of the walk.
pub(super) struct Walk<'a> {
	pub(super) options: &'a CompileOptions,
	pub(super) float: &'a FloatGraph,
	pub(super) private: bool,
	pub(super) known: Known<'a>,
	nodes: Vec<Node>,
	parameters: Vec<Vec<i32>>,
	guards: Vec<(Guard, f64)>,
	pub(super) cell: f64,
	/// For each integer value its elements' ranges.
	pub(super) ranges: Vec<Vec<Interval>>,
	size: Size,
	/// For each float value: its integers,
	values: Vec<Option<Value>>,
	/// the same before it was rescaled for any use,
	raw: Vec<Option<Value>>,
	/// how large it gets,
	pub(super) peaks: Vec<f64>,
	/// and who uses it; the graph's result is used by nobody.
	pub(super) users: Vec<Vec<usize>>,
	/// Whether the model was quantised before, so that it says where to round.
	pub(super) rounds: bool,
}

/// The ends of a rescaling that a node asks for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends {
	pub low: i64,
	pub high: i64,
	/// Whether each is a part of what the node computes, rather than of how it does.
	pub meant: [bool; 2],
}

impl Ends {
	/// None.
	pub const OPEN: Self = Self::meant(-FAR, FAR);

	/// Those of a clamp or a rounding.
	pub const fn meant(low: i64, high: i64) -> Self {
		Self { low, high, meant: [true; 2] }
	}
}

/// Constants whose quotient is about `x * ratio`.
fn channel(ratio: f64) -> Channel {
	let exponent = ratio.log2();
	if exponent.fract() == 0.0 && (-60.0..=31.0).contains(&exponent) {
		return match exponent <= 0.0 {
			true => Channel::new(1, -exponent as u8),
			false => Channel::new(1 << exponent as u32, 0),
		};
	}
	let shift = (15.0 - exponent.floor()).clamp(0.0, 46.0);
	let multiplier = (ratio * shift.exp2()).round().clamp(1.0, f64::from(u32::MAX)) as u32;
	Channel::new(multiplier, shift as u8)
}

/// How much of its size a value varies by: what is to be told apart, at least a small share.
pub(super) fn varied(was: Span) -> f64 {
	let size = was.size();
	if size > 0.0 {
		((was.high - was.low) / size).clamp(STEADY, 1.0)
	} else {
		1.0
	}
}

/// How large a value may become: what can be, if that is not far from what was seen.
pub(super) fn peak(could: Span, was: Span, private: bool) -> f64 {
	let [least, most] = MARGIN.map(|margin| was.size() * margin);
	let peak = could.size().clamp(least, most);
	// A little variation of large numbers is to be seen, too.
	let peak = match private {
		true => peak,
		false => peak * varied(was),
	};
	match private {
		// A power of two tells less of the weights, and is more often the same after retraining.
		true if peak > 0.0 => peak.log2().ceil().exp2(),
		_ => peak,
	}
}

impl<'a> Walk<'a> {
	pub(super) fn new(
		float: &'a FloatGraph,
		input: &TensorSpec,
		known: Known<'a>,
		private: bool,
		options: &'a CompileOptions,
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
			options,
			float,
			private,
			known,
			nodes: Vec::new(),
			parameters: Vec::new(),
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
		self.options.widths(self.name(value))
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
		let Self { nodes, parameters, guards, cell, values, .. } = self;
		Ok(Made { nodes, parameters, guards, cell, values, range, scale })
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
		let ranges = step(&node, &self.ranges, &mut self.size, known)?;
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
		let compares = |user: &usize| matches!(self.float.ops[*user].op, FloatOp::Step(_));
		!self.users[value].is_empty() && self.users[value].iter().all(compares)
	}

	/// Whether a value's elements are compared with each other.
	pub(super) fn compared(&self, mut value: usize) -> bool {
		while let [user] = self.users[value].as_slice() {
			match &self.float.ops[*user].op {
				FloatOp::ArgMax | FloatOp::Max(_) => return true,
				_ => value = user + 1,
			}
		}
		false
	}

	/// A scale that leaves about as many bits of a value as it is to have, if it has many more.
	pub(super) fn aim(&self, value: usize, id: u32, scale: f64) -> Option<Vec<f64>> {
		let bits = u32::from(self.widths(value).activation_bits);
		let want = self.peaks[value] / f64::from(bits).exp2();
		let shift = (want / scale).log2().floor().clamp(0.0, 60.0);
		let wide = self.hull(id).signed_bits() > bits + SLACK + 2;
		(shift >= 3.0 || wide).then(|| vec![scale * shift.exp2()])
	}

	/// For each of several parts of a value, which have these elements, by how many bits its scale is to
	/// be finer than the value's: one that is much smaller than others would be lost beside them.
	pub(super) fn finer(
		&self,
		value: usize,
		part: impl Fn(usize) -> usize,
		parts: usize,
	) -> Vec<i32> {
		let mut peaks = vec![0.0f64; parts];
		let (could, was) = (&self.known.bounds[value], self.known.observed.elements(value));
		for (i, (could, was)) in could.iter().zip(was).enumerate() {
			let peak = peak(*could, *was, self.private);
			peaks[part(i)] = peaks[part(i)].max(peak);
		}
		let all = peaks.iter().copied().fold(0.0, f64::max);
		let bits = |peak: f64| match peak > 0.0 {
			true => ((all / peak).log2().floor() as i32 - LOST).clamp(0, APART as i32),
			false => 0,
		};
		peaks.into_iter().map(bits).collect()
	}

	/// The ends of a rescaling's results whose quotients are in `hull`.
	fn ends(&self, value: usize, hull: Interval) -> (i64, i64) {
		let bits = u32::from(self.widths(value).activation_bits);
		let (slack, room) = match self.private {
			true => (PRIVATE_SLACK, PRIVATE_ROOM),
			false => (SLACK, ROOM),
		};
		let widest = 1i64 << (bits + slack);
		if hull.min > -widest && hull.max < widest {
			return (hull.min, hull.max.max(hull.min + 1));
		}
		let end = (1i64 << (bits + room)) - 1;
		(-end, end)
	}

	/// Rescales to scales, one or one for each, and clamps. Where integers are made narrower than they
	/// could be and than the node means, a guard says so.
	pub(super) fn rescaled(
		&mut self,
		of: usize,
		name: &str,
		value: &Value,
		targets: &[f64],
		given: Ends,
	) -> Result<u32, CompileError> {
		let Ends { low, high, meant } = given;
		let len = self.ranges[value.id as usize].len();
		let ratio = |i: usize| value.scale(i) / at(targets, i);
		let first = ratio(0);
		let count = if (0..len).all(|i| ratio(i) == first) { 1 } else { len };
		let channels: Vec<_> = (0..count).map(|i| channel(ratio(i))).collect();
		let range = &self.ranges[value.id as usize];
		let wide = Rescale { min: -FAR, max: FAR - 1, channels: channels.clone() };
		let hull = Interval::hull(&wide.ranges(name, range)?);
		let ends = self.ends(of, hull);
		let min = ends.0.max(low).min(high - 1);
		let max = ends.1.min(high).max(low + 1);
		if channels.iter().all(|c| *c == Channel::ONE) && min <= hull.min && max >= hull.max {
			return Ok(value.id);
		}
		let below = hull.min >= min || low >= ends.0 && meant[0];
		let above = hull.max <= max || high <= ends.1 && meant[1];
		if !(below && above) {
			let guard = Guard {
				node: self.nodes.len() as u32,
				value: of as u32,
				min: if below { i64::MIN } else { min },
				max: if above { i64::MAX } else { max },
			};
			self.guards.push((guard, targets.iter().copied().fold(0.0, f64::max)));
		}
		let op = Op::Rescale(Rescale { min, max, channels });
		Ok(self.emit(name, vec![value.id], op, None)?)
	}

	/// A value of moderate width.
	pub(super) fn settle(&mut self, value: usize) -> Result<Value, CompileError> {
		let made = self.value(value)?;
		let Some(targets) = &made.targets else { return Ok(made) };
		let id = self.rescaled(value, self.name(value), &made, targets, Ends::OPEN)?;
		let settled = Value { id, scales: targets.clone(), targets: None };
		self.values[value] = Some(settled.clone());
		Ok(settled)
	}

	/// A value of moderate width and one scale: integer value and scale. Elements of finer scales keep
	/// them where the others have room for that.
	pub(super) fn uniform(&mut self, value: usize) -> Result<(u32, f64), CompileError> {
		let made = self.settle(value)?;
		if let Some(scale) = made.shared() {
			return Ok((made.id, scale));
		}
		let finest = made.scales.iter().copied().fold(f64::INFINITY, f64::min);
		let ranges = &self.ranges[made.id as usize];
		let largest = ranges
			.iter()
			.enumerate()
			.map(|(i, range)| range.size() as f64 * made.scale(i))
			.fold(0.0, f64::max);
		let room = f64::from(APART).exp2();
		let narrow = (largest / finest / room).log2().ceil().max(0.0);
		let target = finest * narrow.exp2();
		// No clamp: none of them is wider than the largest was.
		let id = self.rescale_all(value, &made, target)?;
		self.values[value] = Some(Value::settled(id, target));
		Ok((id, target))
	}

	/// Rescales to one scale without ends.
	fn rescale_all(&mut self, of: usize, value: &Value, target: f64) -> Result<u32, CompileError> {
		let name = self.name(of);
		let len = self.ranges[value.id as usize].len();
		let channels: Vec<_> = (0..len).map(|i| channel(value.scale(i) / target)).collect();
		let wide = Rescale { min: -FAR, max: FAR - 1, channels: channels.clone() };
		let hull = Interval::hull(&wide.ranges(name, &self.ranges[value.id as usize])?);
		let op = Op::Rescale(Rescale { min: hull.min, max: hull.max.max(hull.min + 1), channels });
		Ok(self.emit(name, vec![value.id], op, None)?)
	}

	/// A value as it is, with the one scale that it is to be rescaled to.
	pub(super) fn aimed(&mut self, value: usize) -> Result<(Value, f64), CompileError> {
		let made = self.value(value)?;
		match made.targets.as_deref() {
			Some([target]) => {
				let target = *target;
				Ok((made, target))
			}
			_ => {
				let (id, scale) = self.uniform(value)?;
				Ok((Value::settled(id, scale), scale))
			}
		}
	}

	fn node(&mut self, value: usize, node: &'a FloatNode) -> Result<Value, CompileError> {
		let name = node.name.as_str();
		let first = node.inputs.first().copied().unwrap_or(0);
		match &node.op {
			FloatOp::Dense(dense) => self.dense(value, name, first, dense),
			FloatOp::Gather(picks) => self.gather(name, &node.inputs, picks),
			FloatOp::Sum { factors, offset } => {
				self.sum(value, name, &node.inputs, factors, offset)
			}
			FloatOp::Product => {
				let mut ids = Vec::with_capacity(2);
				let mut scale = 1.0;
				for input in &node.inputs {
					let (id, of) = self.uniform(*input)?;
					ids.push(id);
					scale *= of;
				}
				let id = self.emit(name, ids, Op::Product, None)?;
				Ok(Value { id, scales: vec![scale], targets: self.aim(value, id, scale) })
			}
			FloatOp::Max(n) => {
				let x = self.grouped(first, *n)?;
				let id = self.emit(name, vec![x.id], Op::Max(*n as u32), None)?;
				Ok(Value { id, ..x })
			}
			FloatOp::Total(n) => {
				let x = self.grouped(first, *n)?;
				let id = self.emit(name, vec![x.id], Op::Total(*n as u32), None)?;
				Ok(match (&x.targets, x.scales.as_slice()) {
					(None, [scale]) => {
						let targets = self.aim(value, id, *scale);
						Value { id, targets, ..x }
					}
					_ => Value { id, ..x },
				})
			}
			FloatOp::Clamp { min, max } => self.clamp(value, name, first, (*min, *max)),
			FloatOp::Unary(function) => self.table(value, name, first, function),
			FloatOp::Step(_) if self.private => Err(CompileError::Option {
				option: "visibility",
				expected: format!("a public model: the thresholds of {name} are in its circuit"),
				got: "a private one".into(),
			}),
			FloatOp::Step(thresholds) => {
				let x = self.settle(first)?;
				let range = &self.ranges[x.id as usize];
				let each = thresholds.iter().enumerate();
				let whole = each.map(|(i, t)| threshold(*t, x.scale(i), range[i])).collect();
				let id = self.emit(name, vec![x.id], Op::Step(whole), None)?;
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
