//! Matrices, sums and picks in the walk.

use super::walk::{at, Value, Walk};
use crate::{
	error::CompileError,
	graph::{MatMul, Op, Sum, Windows, NONE},
	import::{FloatMatMul, FloatNode, FloatOp},
};

/// Binary logarithm of the error of a sum of different scales, relative to its size.
const SUM_BITS: i32 = 11;
/// How often a step is halved until terms come near multiples of it.
const HALVES: i32 = 16;
/// What a sum of terms apart may become: less than the integer graph has.
const ROOM: f64 = (1u64 << 58) as f64;

impl<'a> Walk<'a> {
	pub(super) fn dense(
		&mut self,
		value: usize,
		name: &str,
		input: usize,
		dense: &FloatMatMul,
	) -> Result<Value, CompileError> {
		// Columns of different scales take them into the weights.
		let columns = dense.groups * dense.inputs;
		let x = self.settle(input)?;
		let regular =
			(0..self.ranges[x.id as usize].len()).all(|i| x.scale(i) == x.scale(i % columns));
		let (id, scales) = match x.shared() {
			Some(scale) => (x.id, vec![scale]),
			// In a recurrence the input stands beside the state, and neither is to lose bits of its weights.
			None if regular && dense.units.is_none() && !self.steps.within(value) => {
				(x.id, x.scales[..columns].to_vec())
			}
			None => {
				let (id, scale) = self.uniform(input)?;
				(id, vec![scale])
			}
		};
		let step = scales.iter().copied().fold(0.0, f64::max);
		let own;
		let dense = match scales.len() {
			1 => dense,
			_ => {
				own = dense.with_columns(|column| scales[column] / step);
				&own
			}
		};
		let bits = self.widths(value).activation_bits;
		// A little less than all of its integers: rounding must not make the width another.
		let finest = self.peaks[value] / (f64::from(bits).exp2() - 4.0);
		// What is always 0 has any scale.
		let finest = if finest > 0.0 { self.even(value, finest) } else { step };
		let outputs = dense.bias.len();
		let whole = self.dense_whole(value, dense).filter(|_| self.exact[input] && scales == [1.0]);
		let (made, targets) = if let Some(whole) = whole {
			(whole, None)
		} else if let Some(units) = &dense.units {
			let made = self.dense_with_units(dense, units, step, self.hull(id).size())?;
			(made, Some(vec![finest]).filter(|_| !self.private))
		} else if self.private {
			let made = self.dense_private(value, dense, step, self.hull(id).size())?;
			let shift = (finest / made.scales[0]).log2().floor().clamp(0.0, 60.0);
			let target = (!self.scores(value)).then(|| vec![made.scales[0] * shift.exp2()]);
			(made, target)
		} else if self.scores(value) || self.meets_threshold(value) {
			let apart = !self.compared(value);
			(self.dense_scores(value, dense, step, apart), None)
		} else {
			let finer = match self.meets_shared_table(value) {
				// All of it is taken to the one step of that table.
				true => vec![0; outputs],
				false => self.finer(value, |i| i % outputs, outputs),
			};
			let targets = finer.iter().map(|bits| finest / f64::from(*bits).exp2()).collect();
			let (made, targets) = self.dense_channels(value, dense, step, targets);
			(made, Some(targets))
		};
		let windows = dense.windows.as_ref().filter(|windows| self.windows(windows, id, &made.op));
		let op = Op::MatMul(MatMul { windows: windows.cloned(), ..made.op });
		let id = self.emit(name, vec![id], op, Some(made.tensors))?;
		let spread = |each: Vec<f64>| match each.iter().all(|scale| *scale == each[0]) {
			true => vec![each[0]],
			false => each.repeat(dense.rows),
		};
		Ok(Value { id, scales: spread(made.scales), targets: targets.map(spread) })
	}

	/// Whether a value is picked as the windows of a matrix's convolution: they are known no more if their
	/// elements were rescaled each, or if they are the source itself.
	fn windows(&self, windows: &Windows, id: u32, dense: &MatMul) -> bool {
		match id.checked_sub(1).map(|index| &self.nodes[index as usize].op) {
			Some(Op::Gather(picks)) => windows.check(dense, picks).is_ok(),
			_ => false,
		}
	}

	/// An input whose consecutive `n` elements share a scale.
	pub(super) fn grouped(&mut self, input: usize, n: usize) -> Result<Value, CompileError> {
		let x = self.value(input)?;
		let alike = |all: &[f64]| {
			all.len() == 1 || all.chunks(n).all(|group| group.iter().all(|s| *s == group[0]))
		};
		if alike(&x.scales) && x.targets.as_deref().is_none_or(alike) {
			let each = |all: Vec<f64>| match all.len() {
				1 => all,
				_ => all.into_iter().step_by(n).collect(),
			};
			return Ok(Value { id: x.id, scales: each(x.scales), targets: x.targets.map(each) });
		}
		let (id, scale) = self.uniform(input)?;
		Ok(Value::settled(id, scale))
	}

	pub(super) fn gather(
		&mut self,
		value: usize,
		name: &str,
		inputs: &[usize],
		picks: &[Option<(u32, u32)>],
	) -> Result<Value, CompileError> {
		let mut parts = Vec::with_capacity(inputs.len());
		for input in inputs {
			parts.push(match inputs.len() {
				// Rescaled where there are fewer of them, but not before ONNX Runtime would.
				1 if picks.len() <= self.float.len(*input)
					|| self.rounds || self.feeds.keeps(value) =>
				{
					self.value(*input)?
				}
				_ => self.settle(*input)?,
			});
		}
		let (mut starts, mut start) = (Vec::new(), 0);
		for part in &parts {
			starts.push(start);
			start += self.ranges[part.id as usize].len() as u32;
		}
		let place = |pick: &Option<(u32, u32)>| match pick {
			Some((input, element)) => starts[*input as usize] + element,
			None => NONE,
		};
		let op = Op::Gather(picks.iter().map(place).collect());
		let id = self.emit(name, parts.iter().map(|part| part.id).collect(), op, None)?;
		let spread = |of: &dyn Fn(&Value) -> &[f64]| -> Vec<f64> {
			// Zero has any scale: that of what stands before it.
			let mut last = of(&parts[0])[0];
			let mut all = Vec::with_capacity(picks.len());
			for pick in picks {
				if let Some((input, element)) = pick {
					last = at(of(&parts[*input as usize]), *element as usize);
				}
				all.push(last);
			}
			match all.iter().all(|scale| *scale == all[0]) {
				true => vec![all[0]],
				false => all,
			}
		};
		let scales = spread(&|part| &part.scales);
		let targets = match parts.as_slice() {
			[Value { targets: Some(_), .. }] => {
				Some(spread(&|part| part.targets.as_deref().unwrap_or(&part.scales)))
			}
			_ => None,
		};
		Ok(Value { id, scales, targets })
	}

	pub(super) fn sum(
		&mut self,
		value: usize,
		name: &str,
		inputs: &[usize],
		factors: &[f32],
		offset: &[f32],
	) -> Result<Value, CompileError> {
		if self.is_exact(value, inputs) {
			return self.whole_sum(name, inputs, factors, offset);
		}
		if let ([input], [factor]) = (inputs, factors) {
			let factor = f64::from(*factor);
			if factor > 0.0 && offset.iter().all(|o| *o == 0.0) {
				let mut x = self.value(*input)?;
				x.scales.iter_mut().for_each(|scale| *scale *= factor);
				x.targets.iter_mut().flatten().for_each(|target| *target *= factor);
				return Ok(x);
			}
		}
		if let Some(fine) = self.fine_sum(value, name, inputs, factors, offset)? {
			return Ok(fine);
		}
		if self.private && offset.iter().any(|o| *o != offset[0]) {
			return self.hidden_offset(value, name, inputs, factors, offset);
		}
		let (mut ids, mut terms) = (Vec::new(), Vec::new());
		for (input, factor) in inputs.iter().zip(factors) {
			let (id, scale) = self.summand(value, *input)?;
			let worth = f64::from(*factor) * scale;
			// What is worth an integer, and how many there usually are.
			let usual = (self.peaks[*input] / scale).min(self.hull(id).size() as f64);
			ids.push(id);
			terms.push((worth, usual));
		}
		let peak = self.peaks[value];
		let top = terms.iter().map(|(worth, _)| worth.abs()).fold(0.0, f64::max);
		// The finest of pieces is theirs all.
		let top = match self.pieces(inputs) {
			true => terms.iter().map(|(worth, _)| worth.abs()).fold(top, f64::min),
			false => top,
		};
		let top = match top {
			0.0 if peak > 0.0 => peak / 4096.0,
			// Of what is always 0 any will do.
			0.0 => 1.0,
			top => top,
		};
		let error = |scale: f64| {
			let off = |x: f64| (x / scale - (x / scale).round()).abs();
			let terms: f64 = terms.iter().map(|(worth, usual)| off(*worth) * usual).sum();
			terms + offset.iter().map(|o| off(f64::from(*o))).fold(0.0, f64::max)
		};
		let halves = |of: f64| (0..=HALVES).map(move |p: i32| of / f64::from(p).exp2());
		// Beside a term of large steps, such as a truth value, one of much finer steps is what they are to be made
		// of: no such share of the large one need come near a multiple of it.
		let counts = terms.iter().filter(|(worth, usual)| *worth != 0.0 && *usual > 0.0);
		let finest = counts.map(|(worth, _)| worth.abs()).fold(top, f64::min);
		let sizes: Vec<f64> = ids.iter().map(|id| self.hull(*id).size() as f64).collect();
		let fits = |scale: &f64| {
			let factors = || terms.iter().map(|(worth, _)| worth.abs() / scale);
			let sum: f64 = factors().zip(&sizes).map(|(factor, size)| factor * size).sum();
			factors().fold(0.0, f64::max) < f64::from(1 << 30) && sum < ROOM
		};
		let allowed = (-f64::from(SUM_BITS)).exp2();
		let close = |scale: &f64| error(*scale) * scale <= peak * allowed;
		let good = halves(top).find(close).or_else(|| halves(finest).filter(fits).find(close));
		let scale = good.or(halves(top).next_back()).unwrap_or(top);
		let whole = |x: f64| (x / scale).round();
		let op = Op::Sum(Sum {
			factors: terms.iter().map(|(worth, _)| whole(*worth) as i32).collect(),
			offset: offset.iter().map(|o| whole(f64::from(*o)) as i64).collect(),
		});
		let id = self.emit(name, ids, op, None)?;
		// The pieces of a function keep their small results beside large ones.
		let targets = match self.pieces(inputs) {
			true => None,
			false => self.aim(value, id, scale),
		};
		Ok(Value { id, scales: vec![scale], targets })
	}

	/// A sum of whole numbers.
	fn whole_sum(
		&mut self,
		name: &str,
		inputs: &[usize],
		factors: &[f32],
		offset: &[f32],
	) -> Result<Value, CompileError> {
		let ids = inputs.iter().map(|input| Ok(self.value(*input)?.id));
		let ids = ids.collect::<Result<Vec<_>, CompileError>>()?;
		let op = Op::Sum(Sum {
			factors: factors.iter().map(|factor| *factor as i32).collect(),
			offset: offset.iter().map(|offset| *offset as i64).collect(),
		});
		Ok(Value::settled(self.emit(name, ids, op, None)?, 1.0))
	}

	/// Whether a value is one of the pieces of a function.
	pub(super) fn is_piece(&self, value: usize) -> bool {
		match self.users[value].as_slice() {
			[user] => match &self.float.ops[*user] {
				FloatNode { op: FloatOp::Sum { .. }, inputs, .. } => self.pieces(inputs),
				_ => false,
			},
			_ => false,
		}
	}

	/// Whether these are functions of one value: the pieces of one.
	fn pieces(&self, inputs: &[usize]) -> bool {
		let source = |value: &usize| match value.checked_sub(1).map(|i| &self.float.ops[i]) {
			Some(node) if matches!(node.op, FloatOp::Unary(_)) => Some(node.inputs[0]),
			_ => None,
		};
		inputs.len() > 1
			&& inputs.iter().all(|i| source(i).is_some() && source(i) == source(&inputs[0]))
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
		let dense = FloatMatMul {
			rows: 1,
			groups: offset.len(),
			inputs: 1,
			outputs: 1,
			weights: vec![*factor; offset.len()],
			bias: offset.to_vec(),
			units: None,
			tensors: [format!("{name} (factor)"), format!("{name} (constant)")],
			windows: None,
		};
		self.dense(value, name, *input, &dense)
	}
}

impl FloatMatMul {
	/// The same on inputs that are worth less, by a factor for each column of all groups.
	fn with_columns(&self, factor: impl Fn(usize) -> f64) -> Self {
		let mut dense = self.clone();
		for (row, weights) in dense.weights.chunks_mut(self.inputs).enumerate() {
			let first = row / self.outputs * self.inputs;
			for (i, weight) in weights.iter_mut().enumerate() {
				*weight = (f64::from(*weight) * factor(first + i)) as f32;
			}
		}
		dense
	}
}
