//! The walk along the float graph.

mod rounding;

use zkml_primitives::TensorSpec;

use super::{peaks, real};
use crate::{
	compile::{CompileError, CompileOptions},
	graph::{Channel, GraphError, Node, Op, Rescale, Sum, Table, NONE},
	import::{FloatDense, FloatGraph, FloatNode, FloatOp, Function},
	plan::{rescale_ranges, step, Interval, Size},
};

/// Room above what was observed on made-up inputs.
const MARGIN: f64 = 4.0;
/// Room above it for the argument of a table, whose rows cost.
const TABLE_MARGIN: f64 = 1.5;
/// Binary logarithm of the rows of a table.
const TABLE_BITS: u32 = 10;
/// Bits by which static bounds may be beyond `activation_bits` before values are clamped.
const SLACK: u32 = 8;
/// Binary logarithm of the error of a sum of different scales, relative to its size.
const SUM_BITS: i32 = 11;
/// No end of a clamp.
const FAR: i64 = 1 << 58;

/// A value of the float graph in integers.
#[derive(Clone, Debug)]
struct Value {
	/// The value of the integer graph.
	id: u32,
	/// What an integer of each element is worth; one for all, or one for each.
	scales: Vec<f64>,
	/// The scale that it is to be rescaled to before other than linear use.
	target: Option<f64>,
}

impl Value {
	fn scale(&self, index: usize) -> f64 {
		self.scales[if self.scales.len() == 1 { 0 } else { index }]
	}
}

/// The state of the walk.
pub(super) struct Walk<'a> {
	pub(super) options: &'a CompileOptions,
	float: &'a FloatGraph,
	pub(super) private: bool,
	nodes: Vec<Node>,
	parameters: Vec<Vec<i32>>,
	/// For each integer value its elements' ranges.
	ranges: Vec<Vec<Interval>>,
	size: Size,
	/// For each float value: its integers,
	values: Vec<Option<Value>>,
	/// the same before it was rescaled for any use,
	raw: Vec<Option<Value>>,
	/// how large it gets,
	peaks: Vec<f64>,
	/// and who uses it; the graph's result is used by nobody.
	users: Vec<Vec<usize>>,
}

/// Constants whose quotient is about `x * ratio`.
fn channel(ratio: f64) -> Channel {
	let exponent = ratio.log2();
	if exponent.fract() == 0.0 && (-60.0..=0.0).contains(&exponent) {
		return Channel::new(1, -exponent as u8);
	}
	let shift = (15.0 - exponent.floor()).clamp(0.0, 46.0);
	let multiplier = (ratio * shift.exp2()).round().clamp(1.0, f64::from(u32::MAX)) as u32;
	Channel::new(multiplier, shift as u8)
}

impl<'a> Walk<'a> {
	pub(super) fn new(
		float: &'a FloatGraph,
		input: &TensorSpec,
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
		let observed = match private {
			true => vec![0.0; count],
			false => peaks(float, input, &options.samples),
		};
		let range = Interval::of(input);
		let scale = real(input.scale);
		let mut values = vec![None; count];
		values[0] = Some(Value { id: 0, scales: vec![scale], target: None });
		let mut peaks: Vec<f64> = observed.iter().map(|peak| peak * MARGIN).collect();
		peaks[0] = range.size() as f64 * scale;
		Self {
			options,
			float,
			private,
			nodes: Vec::new(),
			parameters: Vec::new(),
			ranges: vec![vec![range; input.len() as usize]],
			size: Size { elements: input.len().into(), products: 0 },
			raw: values.clone(),
			values,
			peaks,
			users,
		}
	}

	/// Dense nodes so far.
	pub(super) fn dense_count(&self) -> usize {
		self.parameters.len() / 2
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
		if self.private {
			let range = Interval::hull(&self.ranges[made.id as usize]);
			let scale = made.scales.iter().copied().fold(0.0, f64::max);
			self.peaks[value] = range.size() as f64 * scale;
		}
		self.raw[value] = Some(made.clone());
		self.values[value] = Some(made);
		Ok(())
	}

	/// Nodes, parameters, and the output's range and scale.
	#[allow(clippy::type_complexity)]
	pub(super) fn finish(
		mut self,
	) -> Result<(Vec<Node>, Vec<Vec<i32>>, Interval, f64), CompileError> {
		let (mut id, scale) = self.settle(self.float.result)?;
		if id as usize != self.nodes.len() || id == 0 {
			let all = (0..self.ranges[id as usize].len() as u32).collect();
			id = self.emit("output", vec![id], Op::Gather(all), None)?;
		}
		let range = Interval::hull(&self.ranges[id as usize]);
		Ok((self.nodes, self.parameters, range, scale))
	}

	/// Appends a node of the integer graph.
	fn emit(
		&mut self,
		name: &str,
		inputs: Vec<u32>,
		op: Op,
		parameters: Option<[Vec<i32>; 2]>,
	) -> Result<u32, GraphError> {
		let node = Node { name: name.into(), inputs, op };
		let known = if self.private { None } else { parameters.as_ref() };
		let ranges = step(&node, &self.ranges, &mut self.size, known.map(<[_; 2]>::as_slice))?;
		self.parameters.extend(parameters.into_iter().flatten());
		self.nodes.push(node);
		self.ranges.push(ranges);
		Ok(self.nodes.len() as u32)
	}

	/// Values come before their use.
	fn value(&self, value: usize) -> Result<Value, CompileError> {
		self.values.get(value).cloned().flatten().ok_or_else(|| {
			CompileError::Graph(GraphError::Node {
				node: format!("#{value}"),
				expected: "a value computed before its use".into(),
				got: "none".into(),
			})
		})
	}

	fn name(&self, value: usize) -> &'a str {
		match value {
			0 => "input",
			_ => &self.float.ops[value - 1].name,
		}
	}

	fn hull(&self, id: u32) -> Interval {
		Interval::hull(&self.ranges[id as usize])
	}

	/// Whether results are compared with each other or leave the graph as they are.
	fn scores(&self, mut value: usize) -> bool {
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

	/// A scale that leaves about `activation_bits` of a value of this scale, if it has many more.
	fn aim(&self, value: usize, id: u32, scale: f64) -> Option<f64> {
		let bits = u32::from(self.options.activation_bits);
		let hull = self.hull(id);
		if self.private {
			let shift = hull.signed_bits().saturating_sub(bits + 1);
			return (shift > 3).then(|| scale * f64::from(shift).exp2());
		}
		let want = self.peaks[value] / f64::from(bits).exp2();
		let shift = (want / scale).log2().floor().clamp(0.0, 60.0);
		let wide = hull.signed_bits() > bits + SLACK + 2;
		(shift >= 2.0 || wide).then(|| scale * shift.exp2())
	}

	/// The ends of a rescaling's results whose quotients are in `hull`.
	fn ends(&self, hull: Interval) -> (i64, i64) {
		let bits = u32::from(self.options.activation_bits);
		let slack = if self.private { 0 } else { SLACK };
		let widest = 1i64 << (bits + slack);
		if hull.min > -widest && hull.max < widest {
			return (hull.min, hull.max.max(hull.min + 1));
		}
		let end = (1i64 << bits) - 1;
		(-end, end)
	}

	/// Rescales to one scale, and clamps.
	fn rescaled(
		&mut self,
		name: &str,
		value: &Value,
		target: f64,
		(low, high): (i64, i64),
	) -> Result<u32, CompileError> {
		let len = self.ranges[value.id as usize].len();
		let uniform = value.scales.iter().all(|scale| *scale == value.scales[0]);
		let count = if uniform { 1 } else { len };
		let channels: Vec<_> = (0..count).map(|i| channel(value.scale(i) / target)).collect();
		let range = &self.ranges[value.id as usize];
		let wide = Rescale { min: -FAR, max: FAR - 1, channels: channels.clone() };
		let hull = Interval::hull(&rescale_ranges(name, &wide, range)?);
		let ends = self.ends(hull);
		let min = ends.0.max(low).min(high - 1);
		let max = ends.1.min(high).max(low + 1);
		if channels.iter().all(|c| *c == Channel::ONE) && min <= hull.min && max >= hull.max {
			return Ok(value.id);
		}
		let op = Op::Rescale(Rescale { min, max, channels });
		Ok(self.emit(name, vec![value.id], op, None)?)
	}

	/// A value with one scale and a moderate width: integer value and scale.
	fn settle(&mut self, value: usize) -> Result<(u32, f64), CompileError> {
		let made = self.value(value)?;
		let target = match made.target {
			Some(target) => target,
			None if made.scales.iter().all(|scale| *scale == made.scales[0]) => {
				return Ok((made.id, made.scales[0]));
			}
			None => made.scales.iter().copied().fold(0.0, f64::max),
		};
		let id = self.rescaled(self.name(value), &made, target, (-FAR, FAR))?;
		self.values[value] = Some(Value { id, scales: vec![target], target: None });
		Ok((id, target))
	}

	/// A value as it is, with the scale that it is to be rescaled to, or settled if there is none.
	fn aimed(&mut self, value: usize) -> Result<(Value, f64), CompileError> {
		let target = match self.value(value)?.target {
			Some(target) => target,
			None => self.settle(value)?.1,
		};
		Ok((self.value(value)?, target))
	}

	fn settled(id: u32, scale: f64) -> Value {
		Value { id, scales: vec![scale], target: None }
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
					let (id, of) = self.settle(*input)?;
					ids.push(id);
					scale *= of;
				}
				let id = self.emit(name, ids, Op::Product, None)?;
				Ok(Value { id, scales: vec![scale], target: self.aim(value, id, scale) })
			}
			FloatOp::Max(n) => {
				let x = self.grouped(first, *n)?;
				let id = self.emit(name, vec![x.id], Op::Max(*n as u32), None)?;
				Ok(Value { id, ..x })
			}
			FloatOp::Total(n) => {
				let x = self.grouped(first, *n)?;
				let id = self.emit(name, vec![x.id], Op::Total(*n as u32), None)?;
				Ok(match (x.target, x.scales.as_slice()) {
					(None, [scale]) => {
						let target = self.aim(value, id, *scale);
						Value { id, target, ..x }
					}
					_ => Value { id, ..x },
				})
			}
			FloatOp::Clamp { min, max } => {
				let (x, target) = self.aimed(first)?;
				let end = |end: f32, far: i64| {
					let end = (f64::from(end) / target).round();
					if end.abs() < FAR as f64 {
						end as i64
					} else {
						far
					}
				};
				let ends = (end(*min, -FAR), end(*max, FAR));
				let id = self.rescaled(name, &x, target, ends)?;
				Ok(Self::settled(id, target))
			}
			FloatOp::Unary(function) => self.table(name, first, function),
			FloatOp::Step(_) if self.private => Err(CompileError::Option {
				option: "visibility",
				expected: format!("a public model: the thresholds of {name} are in its circuit"),
				got: "a private one".into(),
			}),
			FloatOp::Step(thresholds) => {
				let (id, scale) = self.settle(first)?;
				// x > t for an integer x is x > floor(t).
				let whole = |t: &f32| {
					(f64::from(*t) / scale).floor().clamp(-(FAR as f64), FAR as f64) as i64
				};
				let op = Op::Step(thresholds.iter().map(whole).collect());
				Ok(Self::settled(self.emit(name, vec![id], op, None)?, 1.0))
			}
			FloatOp::Quantize(to) => {
				let target = f64::from(to.scale);
				if let Some(id) = self.rounded(name, first, to)? {
					return Ok(Self::settled(id, target));
				}
				if self.values[first].is_none() {
					self.make(first)?;
				}
				let x = self.value(first)?;
				let ends = (i64::from(to.min), i64::from(to.max));
				let id = self.rescaled(name, &x, target, ends)?;
				Ok(Self::settled(id, target))
			}
			FloatOp::ArgMax => {
				let (id, _) = self.settle(first)?;
				Ok(Self::settled(self.emit(name, vec![id], Op::ArgMax, None)?, 1.0))
			}
		}
	}

	fn dense(
		&mut self,
		value: usize,
		name: &str,
		input: usize,
		dense: &FloatDense,
	) -> Result<Value, CompileError> {
		let (id, step) = self.settle(input)?;
		let bits = u32::from(self.options.activation_bits);
		let per_bits = f64::from(bits).exp2();
		let mut usual = None;
		let (made, target) = if let Some(units) = &dense.units {
			let made = self.dense_with_units(dense, units, step, self.hull(id).size())?;
			(made, Some(self.peaks[value] / per_bits).filter(|_| !self.private))
		} else if self.private {
			let (made, size) = self.dense_private(dense, step, self.hull(id).size())?;
			usual = Some(size);
			(made, None)
		} else if self.scores(value) {
			(self.dense_scores(dense, step), None)
		} else {
			let (made, target) = self.dense_channels(dense, step, self.peaks[value] / per_bits);
			(made, Some(target))
		};
		let scales = made.scales;
		let id = self.emit(name, vec![id], made.op, Some(made.tensors))?;
		let scales = match scales.iter().all(|scale| *scale == scales[0]) {
			true => vec![scales[0]],
			false => scales.repeat(dense.rows),
		};
		let target = match usual {
			Some(size) if !self.scores(value) => {
				let size = size.min(self.hull(id).size());
				let shift = (64 - size.leading_zeros()).saturating_sub(bits);
				Some(scales[0] * f64::from(shift).exp2())
			}
			_ => target,
		};
		Ok(Value { id, scales, target })
	}

	/// An input whose consecutive `n` elements share a scale.
	fn grouped(&mut self, input: usize, n: usize) -> Result<Value, CompileError> {
		let x = self.value(input)?;
		if x.scales.len() == 1 {
			return Ok(x);
		}
		if x.scales.chunks(n).all(|group| group.iter().all(|scale| *scale == group[0])) {
			let scales = x.scales.iter().copied().step_by(n).collect();
			return Ok(Value { scales, ..x });
		}
		let (id, scale) = self.settle(input)?;
		Ok(Self::settled(id, scale))
	}

	fn gather(
		&mut self,
		name: &str,
		inputs: &[usize],
		picks: &[Option<(u32, u32)>],
	) -> Result<Value, CompileError> {
		if let [input] = inputs {
			let x = self.value(*input)?;
			let at = |pick: &Option<(u32, u32)>| pick.map_or(NONE, |(_, element)| element);
			let op = Op::Gather(picks.iter().map(at).collect());
			let id = self.emit(name, vec![x.id], op, None)?;
			let scales = if x.scales.len() == 1 {
				x.scales
			} else {
				let any = x.scales[0];
				let scale = |pick: &Option<(u32, u32)>| {
					pick.map_or(any, |(_, element)| x.scales[element as usize])
				};
				picks.iter().map(scale).collect()
			};
			return Ok(Value { id, scales, target: x.target });
		}
		let mut parts = Vec::with_capacity(inputs.len());
		for input in inputs {
			parts.push(self.settle(*input)?);
		}
		let common = parts.iter().map(|(_, scale)| *scale).fold(0.0, f64::max);
		let (mut ids, mut starts, mut start) = (Vec::new(), Vec::new(), 0);
		for (id, scale) in parts {
			let id = self.rescaled(name, &Self::settled(id, scale), common, (-FAR, FAR))?;
			starts.push(start);
			start += self.ranges[id as usize].len() as u32;
			ids.push(id);
		}
		let at = |pick: &Option<(u32, u32)>| match pick {
			Some((input, element)) => starts[*input as usize] + element,
			None => NONE,
		};
		let op = Op::Gather(picks.iter().map(at).collect());
		Ok(Self::settled(self.emit(name, ids, op, None)?, common))
	}

	fn sum(
		&mut self,
		value: usize,
		name: &str,
		inputs: &[usize],
		factors: &[f32],
		offset: &[f32],
	) -> Result<Value, CompileError> {
		if let ([input], [factor]) = (inputs, factors) {
			let factor = f64::from(*factor);
			if factor > 0.0 && offset.iter().all(|o| *o == 0.0) {
				let mut x = self.value(*input)?;
				x.scales.iter_mut().for_each(|scale| *scale *= factor);
				x.target = x.target.map(|target| target * factor);
				return Ok(x);
			}
		}
		if self.private && offset.iter().any(|o| *o != offset[0]) {
			return self.hidden_offset(value, name, inputs, factors, offset);
		}
		let (mut ids, mut terms, mut bound) = (Vec::new(), Vec::new(), 0.0);
		for (input, factor) in inputs.iter().zip(factors) {
			let (id, scale) = self.settle(*input)?;
			let worth = f64::from(*factor) * scale;
			// What is worth an integer, and how many there usually are.
			let usual = (self.peaks[*input] / scale).min(self.hull(id).size() as f64);
			ids.push(id);
			bound += (worth * usual).abs();
			terms.push((worth, usual));
		}
		let peak = if self.private { bound } else { self.peaks[value] };
		let top = terms.iter().map(|(worth, _)| worth.abs()).fold(0.0, f64::max);
		let top = if top > 0.0 { top } else { (peak / 4096.0).max(f64::MIN_POSITIVE) };
		let error = |scale: f64| {
			let off = |x: f64| (x / scale - (x / scale).round()).abs();
			let terms: f64 = terms.iter().map(|(worth, usual)| off(*worth) * usual).sum();
			terms + offset.iter().map(|o| off(f64::from(*o))).fold(0.0, f64::max)
		};
		let mut scales = (0..=16).map(|p: i32| top / f64::from(p).exp2());
		let allowed = (-f64::from(SUM_BITS)).exp2();
		let good = scales.clone().find(|scale| error(*scale) * scale <= peak * allowed);
		let scale = good.or(scales.next_back()).unwrap_or(top);
		let whole = |x: f64| (x / scale).round();
		let op = Op::Sum(Sum {
			factors: terms.iter().map(|(worth, _)| whole(*worth) as i32).collect(),
			offset: offset.iter().map(|o| whole(f64::from(*o)) as i64).collect(),
		});
		let id = self.emit(name, ids, op, None)?;
		Ok(Value { id, scales: vec![scale], target: self.aim(value, id, scale) })
	}

	/// A tensor of constants in a private model is a parameter: it goes where the others are.
	fn hidden_offset(
		&mut self,
		value: usize,
		name: &str,
		inputs: &[usize],
		factors: &[f32],
		offset: &[f32],
	) -> Result<Value, CompileError> {
		let ([input], [factor]) = (inputs, factors) else {
			return Err(CompileError::Option {
				option: "visibility",
				expected: format!("a public model: the constants of {name} are in its circuit"),
				got: "a private one".into(),
			});
		};
		let dense = FloatDense {
			rows: 1,
			groups: offset.len(),
			inputs: 1,
			outputs: 1,
			weights: vec![*factor; offset.len()],
			bias: offset.to_vec(),
			units: None,
			tensors: [format!("{name} (factor)"), format!("{name} (constant)")],
		};
		self.dense(value, name, *input, &dense)
	}

	fn table(
		&mut self,
		name: &str,
		input: usize,
		function: &Function,
	) -> Result<Value, CompileError> {
		let (x, from) = self.aimed(input)?;
		let half = 1i64 << (TABLE_BITS - 1);
		let peak = match self.private {
			true => self.peaks[input],
			false => self.peaks[input] / MARGIN * TABLE_MARGIN,
		};
		let want = peak / half as f64;
		let shift = (want / from).log2().ceil().clamp(0.0, 40.0);
		let scale = from * shift.exp2();
		let id = self.rescaled(name, &x, scale, (-half, half - 1))?;
		let range = self.hull(id);
		let values: Vec<f64> =
			(range.min..=range.max).map(|x| function.at(x as f64 * scale)).collect();
		if let Some(bad) = values.iter().position(|value| !value.is_finite()) {
			let at = (range.min + bad as i64) as f64 * scale;
			return Err(CompileError::Graph(GraphError::Node {
				node: name.into(),
				expected: format!("a finite value of {} at {at}", function.name()),
				got: values[bad].to_string(),
			}));
		}
		let size = values.iter().fold(0.0f64, |m, v| m.max(v.abs()));
		let per_bits = f64::from(self.options.activation_bits).exp2() - 1.0;
		let unit = if size > 0.0 { size / per_bits } else { 1.0 };
		let values = values.iter().map(|value| (value / unit).round() as i32).collect();
		let op = Op::Table(Table { min: range.min, values });
		Ok(Self::settled(self.emit(name, vec![id], op, None)?, unit))
	}
}
