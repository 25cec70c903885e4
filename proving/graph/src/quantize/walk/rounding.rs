//! Roundings of quantised models: the integers are ONNX Runtime's, bit for bit.
//!
//! A rounding is followed back to the integers it is made from: a quantised tensor, or sums of their
//! products. From there ONNX Runtime's own arithmetic ([`kernel`]) is a function of one integer that
//! never falls, or of two; constants are looked for with which the integer graph computes that
//! function on the whole range that is planned ([`line`](self::line)). See `docs/rounding.md`.
//!
//! Where something else is between, such as a softmax, there is no such function: the number is
//! approximated as in any float model.

mod kernel;
mod line;
mod pair;
mod source;

use std::collections::BTreeMap;

use kernel::{Kernel, Term, Worth};
use line::{Fit, Steps, RISES};
use pair::Pair;
use source::Source;

use super::{Value, Walk};
use crate::{
	error::CompileError,
	graph::{Channel, GraphError, Lookup, MatMul, Op, Requantize, Sum, Ties, MAX_TABLE, NONE},
	import::{FloatOp, Function, Quantize},
	plan::Interval,
	quantize::dense::full,
};

impl<'a> Walk<'a> {
	/// Whether a value is made only for roundings, which look behind it.
	pub(super) fn for_roundings(&self, value: usize) -> bool {
		let node = &self.float.ops[value - 1];
		let passed = match node.op {
			FloatOp::Sum { .. } | FloatOp::Unary(_) => true,
			FloatOp::Gather(_) => node.inputs.len() > 1,
			_ => false,
		};
		let rounding = |user: &usize| matches!(self.float.ops[*user].op, FloatOp::Quantize(_));
		passed && !self.float.is_output(value) && self.users[value].iter().all(rounding)
	}

	/// Rounds a value as ONNX Runtime does; nothing if it is not made of integers.
	pub(super) fn rounded(
		&mut self,
		name: &str,
		value: usize,
		to: &Quantize,
	) -> Result<Option<u32>, CompileError> {
		if let Some(source) = self.source(value) {
			if to.cut.is_some() && !self.cuts(&source)? {
				return Ok(None);
			}
			return self.rounded_from(name, value, source, to).map(Some);
		}
		// Rounding never falls: it can go before picks and maxima.
		let base = self.base(value);
		let Some(source) = self.source(base).filter(|_| base != value) else { return Ok(None) };
		if to.cut.is_some() && !self.cuts(&source)? {
			return Ok(None);
		}
		let mut id = self.rounded_from(name, base, source, to)?;
		let mut moves = Vec::new();
		let mut at = value;
		while at != base {
			moves.push(at - 1);
			at = self.input(at);
		}
		for index in moves.into_iter().rev() {
			let node = &self.float.ops[index];
			let op = match &node.op {
				FloatOp::Gather(picks) => Op::Gather(
					picks.iter().map(|pick| pick.map_or(NONE, |(_, element)| element)).collect(),
				),
				FloatOp::ReduceMax(n) => Op::ReduceMax(*n as u32),
				_ => return self.no_constants(name, "picks of another operation"),
			};
			id = self.emit(&node.name, vec![id], op, None)?;
		}
		Ok(Some(id))
	}

	/// Whether constants can be had for whole numbers of a source: operators that are no part of a quantised
	/// model may have arguments of any width.
	fn cuts(&self, source: &Source<'a>) -> Result<bool, CompileError> {
		Ok(match source {
			Source::One { .. } => true,
			Source::Function { value, .. } => {
				let made = self.unsettled(*value)?;
				let range = self.hull(made.id);
				made.shared().is_some() && range.max - range.min < MAX_TABLE as i64
			}
			Source::Two { .. } | Source::Several(_) => false,
		})
	}

	fn rounded_from(
		&mut self,
		name: &str,
		value: usize,
		source: Source<'a>,
		to: &Quantize,
	) -> Result<u32, CompileError> {
		match source {
			Source::One { value, kernel, rests } => {
				let made = self.unsettled(value)?;
				self.steps(name, &made, &kernel, rests.as_deref(), to)
			}
			Source::Two { values, factors } => self.pair(name, values, factors, to),
			Source::Function { value, function } => self.looked_up(name, value, function, to),
			Source::Several(inputs) => {
				let FloatOp::Gather(picks) = &self.float.ops[value - 1].op else {
					return self.no_constants(name, "picks of several values");
				};
				let (mut ids, mut starts, mut start) = (Vec::new(), Vec::new(), 0);
				for input in inputs {
					let Some(id) = self.rounded(name, input, to)? else {
						return self.no_constants(name, "a value that is not made of integers");
					};
					starts.push(start);
					start += self.ranges[id as usize].len() as u32;
					ids.push(id);
				}
				let at = |pick: &Option<(u32, u32)>| match pick {
					Some((input, element)) => starts[*input as usize] + element,
					None => NONE,
				};
				let picks = picks.iter().map(at).collect();
				Ok(self.emit(name, ids, Op::Gather(picks), None)?)
			}
		}
	}

	fn no_constants<T>(&self, name: &str, got: impl Into<String>) -> Result<T, CompileError> {
		Err(CompileError::Graph(GraphError::Node {
			node: name.into(),
			expected: "integers that can be rounded exactly as ONNX Runtime rounds them".into(),
			got: got.into(),
		}))
	}

	/// A function of one integer for each element.
	fn steps(
		&mut self,
		name: &str,
		made: &Value,
		kernel: &Kernel<'_>,
		rests: Option<&[f64]>,
		to: &Quantize,
	) -> Result<u32, CompileError> {
		let mut ranges = self.ranges[made.id as usize].clone();
		let worth = |element: usize| Worth {
			scale: made.scale(element),
			rest: rests.map_or(0.0, |rests| rests[element]),
			element,
		};
		// A function that falls is one that grows of the negative.
		let (mut id, mut sign) = (made.id, 1);
		if kernel.line(worth(0), to).0 < 0.0 {
			let op = Op::Sum(Sum { factors: vec![-1], offset: vec![0] });
			(id, sign) = (self.emit(name, vec![id], op, None)?, -1);
			ranges.clone_from(&self.ranges[id as usize]);
		}
		let lines: Vec<(f64, f64)> = (0..ranges.len()).map(|i| kernel.line(worth(i), to)).collect();
		let ends = Interval { min: to.min.into(), max: to.max.into() };
		let fixed = ranges.iter().all(|range| range.min == range.max);
		if self.private && fixed && lines.iter().any(|line| *line != lines[0]) {
			let value = |(i, range): (usize, &Interval)| {
				kernel.at(sign * range.min, worth(i), to).clamp(ends.min, ends.max) as i32
			};
			let values = ranges.iter().enumerate().map(value).collect();
			return self.hidden(name, id, values, ends);
		}
		// Elements of one function share constants, for all that any of them can be.
		let key = |i: usize| (made.scale(i).to_bits(), lines[i].0.to_bits(), lines[i].1.to_bits());
		let mut groups = BTreeMap::<_, (usize, Interval)>::new();
		for (i, range) in ranges.iter().enumerate() {
			let group = groups.entry(key(i)).or_insert((i, *range));
			group.1 = Interval::hull([&group.1, range]);
		}
		let ties = ties(to);
		let mut fits = BTreeMap::new();
		for (key, (element, range)) in &groups {
			let function = |x: i64| kernel.at(sign * x, worth(*element), to);
			let (factor, summand) = lines[*element];
			let Some(steps) = Steps::new(*range, ends, function) else {
				let got = "more (a narrower --input-range, or a Clip before it, has fewer)";
				return Err(CompileError::Graph(GraphError::Node {
					node: name.into(),
					expected: format!("results that change at {RISES} numbers at most"),
					got: got.into(),
				}));
			};
			let fit = steps.fit(factor.abs(), summand, ties);
			match fit {
				Some(fit) => fits.insert(*key, fit),
				None if groups.len() == 1 && range.max - range.min < MAX_TABLE as i64 => {
					let value = |x: i64| function(x).clamp(ends.min, ends.max) as i32;
					let values = (range.min..=range.max).map(value).collect();
					let op = Op::Lookup(Lookup { min: range.min, values });
					return Ok(self.emit(name, vec![id], op, None)?);
				}
				None => {
					let got = format!("a factor of {factor} for {} to {}", range.min, range.max);
					return self.no_constants(name, got);
				}
			};
		}
		let fits: Vec<&Fit> = (0..ranges.len()).map(|i| &fits[&key(i)]).collect();
		self.lines(name, id, &fits, ends)
	}

	/// Constants as parameters: biases of matrices without inputs worth anything.
	fn hidden(
		&mut self,
		name: &str,
		id: u32,
		values: Vec<i32>,
		ends: Interval,
	) -> Result<u32, CompileError> {
		let count = values.len();
		let op = Op::MatMul(MatMul {
			rows: 1,
			groups: count as u32,
			weights: full(&[count, 1], 2),
			bias: full(&[count], ends.signed_bits() as u8),
			windows: None,
		});
		Ok(self.emit(name, vec![id], op, Some([vec![0; count], values]))?)
	}

	/// A line for each element.
	fn lines(
		&mut self,
		name: &str,
		id: u32,
		fits: &[&Fit],
		ends: Interval,
	) -> Result<u32, CompileError> {
		let ranges = &self.ranges[id as usize];
		let mut wrong = Vec::new();
		for (i, (fit, range)) in fits.iter().zip(ranges).enumerate() {
			let own = fit.corrections.iter().filter(|(x, _)| (range.min..=range.max).contains(x));
			wrong.extend(own.map(|(x, by)| (i, *x, *by)));
		}
		let moved = |channel: &Channel| (channel.multiplier, channel.shift) == (1, 0);
		let free = fits.iter().zip(ranges).all(|(fit, range)| {
			let (min, max) = (fit.channel.quotient(range.min), fit.channel.quotient(range.max));
			moved(&fit.channel) && min >= ends.min && max <= ends.max
		});
		let mut channels: Vec<Channel> = fits.iter().map(|fit| fit.channel).collect();
		if channels.iter().all(|channel| *channel == channels[0]) {
			channels.truncate(1);
		}
		if free && wrong.is_empty() {
			if channels.iter().all(|channel| channel.offset == 0) {
				return Ok(id);
			}
			let offset = channels.iter().map(|channel| channel.offset).collect();
			let op = Op::Sum(Sum { factors: vec![1], offset });
			return Ok(self.emit(name, vec![id], op, None)?);
		}
		let id = self.mended(name, id, id, &wrong)?;
		let Interval { min, max } = ends;
		let op = Op::Requantize(Requantize { min, max, channels });
		Ok(self.emit(name, vec![id], op, None)?)
	}

	/// Adds to elements of a value where another is a certain number: the element, the number, and
	/// what is added.
	fn mended(
		&mut self,
		name: &str,
		id: u32,
		key: u32,
		wrong: &[(usize, i64, i64)],
	) -> Result<u32, CompileError> {
		if wrong.is_empty() {
			return Ok(id);
		}
		// x = t where x > t - 1 and not x > t.
		let picks = wrong.iter().map(|(element, ..)| *element as u32).collect();
		let picked = self.emit(name, vec![key], Op::Gather(picks), None)?;
		let above = |less: i64| Op::Greater(wrong.iter().map(|(_, x, _)| x - less).collect());
		let from = self.emit(name, vec![picked], above(1), None)?;
		let beyond = self.emit(name, vec![picked], above(0), None)?;
		let difference = Op::Sum(Sum { factors: vec![1, -1], offset: vec![0] });
		let there = self.emit(name, vec![from, beyond], difference, None)?;
		// In layers of one number for each element and one summand for all of them.
		let mut layers = Vec::<(i64, Vec<u32>)>::new();
		let len = self.ranges[id as usize].len();
		for (place, (element, _, by)) in wrong.iter().enumerate() {
			let free = |(own, picks): &&mut (i64, Vec<u32>)| own == by && picks[*element] == NONE;
			match layers.iter_mut().find(free) {
				Some((_, picks)) => picks[*element] = place as u32,
				None => {
					let mut picks = vec![NONE; len];
					picks[*element] = place as u32;
					layers.push((*by, picks));
				}
			}
		}
		let (mut ids, mut factors) = (vec![id], vec![1]);
		for (by, picks) in layers {
			ids.push(self.emit(name, vec![there], Op::Gather(picks), None)?);
			// At most half of what a sum is divided by.
			factors.push(by as i32);
		}
		Ok(self.emit(name, ids, Op::Sum(Sum { factors, offset: vec![0] }), None)?)
	}

	/// The table of a function whose values are rounded.
	fn looked_up(
		&mut self,
		name: &str,
		value: usize,
		function: &Function,
		to: &Quantize,
	) -> Result<u32, CompileError> {
		let made = self.unsettled(value)?;
		let range = self.hull(made.id);
		if range.max - range.min >= MAX_TABLE as i64 {
			let got = format!("a function of {} to {}", range.min, range.max);
			return self.no_constants(name, got);
		}
		let mut values = Vec::new();
		for x in range.min..=range.max {
			let real = (x as f64 * made.scale(0)) as f32;
			let of = function.at(real.into()) as f32;
			if !of.is_finite() {
				return self.no_constants(name, format!("{} of {real}: {of}", function.name()));
			}
			values.push(to.whole(of / to.scale).clamp(to.min.into(), to.max.into()) as i32);
		}
		let op = Op::Lookup(Lookup { min: range.min, values });
		Ok(self.emit(name, vec![made.id], op, None)?)
	}

	/// The integer that stands for 0 in a quantised tensor.
	fn zero(&self, value: usize) -> i32 {
		match self.op(self.base(value)) {
			Some(FloatOp::Quantize(to)) => to.zero,
			_ => 0,
		}
	}

	/// A sum of two quantised tensors.
	fn pair(
		&mut self,
		name: &str,
		values: [usize; 2],
		factors: [f32; 2],
		to: &Quantize,
	) -> Result<u32, CompileError> {
		let (mut ids, mut terms) = (Vec::new(), Vec::new());
		for (value, factor) in values.into_iter().zip(factors) {
			let made = self.unsettled(value)?;
			ids.push(made.id);
			terms.push(Term { factor, scale: made.scale(0) as f32, zero: self.zero(value) });
		}
		let terms = [terms[0], terms[1]];
		let hulls = [self.hull(ids[0]), self.hull(ids[1])];
		let pair = Pair::new(terms, hulls, to);
		let Some(pair) = pair else {
			let got = format!("a sum of {:?} and {:?}", hulls[0], hulls[1]);
			return self.no_constants(name, got);
		};
		let op = Op::Sum(Sum { factors: pair.factors.to_vec(), offset: vec![0] });
		let sum = self.emit(name, ids.clone(), op, None)?;
		let len = self.ranges[sum as usize].len();
		let mut sum = sum;
		if !pair.wrong.is_empty() {
			// A number for each pair.
			let width = hulls[1].max - hulls[1].min + 1;
			let op = Op::Sum(Sum { factors: vec![width as i32, 1], offset: vec![0] });
			let key = self.emit(name, ids, op, None)?;
			let each =
				|element| pair.wrong.iter().map(move |([a, b], by)| (element, a * width + b, *by));
			let wrong: Vec<_> = (0..len).flat_map(each).collect();
			sum = self.mended(name, sum, key, &wrong)?;
		}
		let (min, max) = (to.min.into(), to.max.into());
		let op = Op::Requantize(Requantize { min, max, channels: vec![pair.channel] });
		Ok(self.emit(name, vec![sum], op, None)?)
	}
}

/// The rule for halves.
fn ties(to: &Quantize) -> Ties {
	match to.adds && to.zero & 1 == 1 {
		true => Ties::Odd,
		false => Ties::Even,
	}
}
