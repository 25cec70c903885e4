//! What a rounding's integers are made from.

use super::{
	super::{Value, Walk},
	kernel::{Between, Kernel},
};
use crate::{
	error::CompileError,
	import::{FloatMatMul, FloatOp, Function},
	quantize::dense::whole_bias,
};

/// Where a rounding's integers come from.
pub(super) enum Source<'a> {
	/// One value, with what happens to it, and the fractions of its elements' biases if they have some.
	One { value: usize, kernel: Kernel<'a>, rests: Option<Vec<f64>> },
	/// Two quantised values, added with factors.
	Two { values: [usize; 2], factors: [f32; 2] },
	/// A function of a quantised value.
	Function { value: usize, function: &'a Function },
	/// Several, of which elements are picked.
	Several(Vec<usize>),
}

impl<'a> Walk<'a> {
	/// A value's integers before anything was done to them for the sake of another user.
	pub(super) fn unsettled(&self, value: usize) -> Result<Value, CompileError> {
		match self.raw.get(value).cloned().flatten() {
			Some(made) => Ok(made),
			None => self.value(value),
		}
	}

	pub(super) fn op(&self, value: usize) -> Option<&'a FloatOp> {
		value.checked_sub(1).map(|index| &self.float.ops[index].op)
	}

	pub(super) fn input(&self, value: usize) -> usize {
		self.float.ops[value - 1].inputs[0]
	}

	/// What a value's elements are picked from, or are the largest of.
	pub(super) fn base(&self, mut value: usize) -> usize {
		loop {
			value = match self.op(value) {
				Some(FloatOp::Gather(_)) if self.float.ops[value - 1].inputs.len() == 1 => {
					self.input(value)
				}
				Some(FloatOp::ReduceMax(_)) => self.input(value),
				_ => return value,
			};
		}
	}

	/// The unit of a value whose integers are those of a quantised tensor, or of inputs with one scale.
	fn grid(&self, value: usize) -> Option<f64> {
		let base = self.base(value);
		match self.op(base) {
			None => self.raw[value].as_ref().and_then(Value::shared),
			Some(FloatOp::Quantize(to)) => Some(to.scale.into()),
			Some(FloatOp::Gather(_)) => {
				let inputs = &self.float.ops[base - 1].inputs;
				let first = self.grid(*inputs.first()?)?;
				inputs.iter().all(|input| self.grid(*input) == Some(first)).then_some(first)
			}
			_ => None,
		}
	}

	/// Follows a value back to integers.
	pub(super) fn source(&self, value: usize) -> Option<Source<'a>> {
		let node = value.checked_sub(1).map(|index| &self.float.ops[index]);
		match node.map(|node| (&node.op, node.inputs.as_slice())) {
			Some((FloatOp::Gather(_), inputs)) if inputs.len() > 1 => {
				let all = inputs.iter().all(|input| self.source(*input).is_some());
				return all.then(|| Source::Several(inputs.to_vec()));
			}
			Some((FloatOp::Unary(function), [input])) => {
				self.grid(*input)?;
				return Some(Source::Function { value: *input, function });
			}
			Some((FloatOp::Sum { factors, offset }, [a, b])) => {
				let plain = offset.iter().all(|o| *o == 0.0);
				let grids = self.grid(*a).is_some() && self.grid(*b).is_some();
				let factors = [factors[0], factors[1]];
				return (plain && grids).then_some(Source::Two { values: [*a, *b], factors });
			}
			_ => {}
		}
		let (mut between, mut at) = (Vec::new(), value);
		loop {
			match self.op(at) {
				Some(FloatOp::Sum { factors, offset }) if factors.len() == 1 => {
					between.push(Between::Affine(factors[0], offset));
				}
				Some(FloatOp::Clip { min, max }) => between.push(Between::Clamp(*min, *max)),
				_ => break,
			}
			at = self.input(at);
		}
		between.reverse();
		let varied = |between: &Between<'_>| match between {
			Between::Affine(_, offsets) => offsets.iter().any(|offset| *offset != offsets[0]),
			Between::Clamp(..) => false,
		};
		// What differs from element to element is a parameter: it must not be in a private model's
		// circuit.
		if self.private && between.iter().any(varied) && !self.nothing(at) {
			return None;
		}
		let one = |kernel| Some(Source::One { value: at, kernel, rests: None });
		let base = self.base(at);
		let inner = |value: usize| self.base(self.input(value));
		match self.op(base) {
			None | Some(FloatOp::Quantize(_)) => one(Kernel::Divide(between)),
			Some(FloatOp::Gather(_)) => {
				self.grid(base)?;
				one(Kernel::Divide(between))
			}
			Some(FloatOp::MatMul(dense)) => {
				dense.units.as_ref()?;
				let step = self.grid(self.input(base))?;
				let rests = self.rests(at, dense, step)?;
				let kernel = match (between.is_empty(), &rests) {
					(true, None) => Kernel::Requantise,
					(true, Some(_)) => Kernel::Real,
					(false, _) => Kernel::Divide(between),
				};
				Some(Source::One { value: at, kernel, rests })
			}
			Some(FloatOp::Mul | FloatOp::Product(_)) => {
				self.products(base).then_some(())?;
				one(if between.is_empty() { Kernel::Requantise } else { Kernel::Divide(between) })
			}
			Some(FloatOp::ReduceSum(n)) => {
				let product = matches!(self.op(inner(base)), Some(FloatOp::Mul));
				if product {
					self.products(inner(base)).then_some(())?;
				} else {
					self.grid(self.input(base))?;
				}
				let mean = matches!(between.as_slice(),
					[Between::Affine(factor, [0.0])] if *factor == 1.0 / *n as f32);
				one(match (between.is_empty(), mean && !product) {
					(true, _) => Kernel::Requantise,
					(_, true) => Kernel::Mean(*n),
					_ => Kernel::Divide(between),
				})
			}
			_ => None,
		}
	}

	/// Whether a value is zeros that a constant was added to.
	fn nothing(&self, value: usize) -> bool {
		matches!(self.op(value), Some(FloatOp::Gather(picks)) if picks.iter().all(Option::is_none))
	}

	/// Whether a value is the product of two quantised ones.
	fn products(&self, value: usize) -> bool {
		self.float.ops[value - 1].inputs.iter().all(|input| self.grid(*input).is_some())
	}

	/// The output of a matrix that each element of a value comes from; nothing if several outputs'
	/// were compared with each other.
	fn outputs(&self, value: usize) -> Option<Vec<usize>> {
		let node = value.checked_sub(1).map(|index| &self.float.ops[index])?;
		match &node.op {
			FloatOp::MatMul(dense) => Some((0..node.len).map(|i| i % dense.bias.len()).collect()),
			FloatOp::Gather(picks) => {
				let all = self.outputs(*node.inputs.first()?)?;
				let at = |pick: &Option<(u32, u32)>| pick.map_or(0, |(_, i)| all[i as usize]);
				Some(picks.iter().map(at).collect())
			}
			FloatOp::ReduceMax(n) => {
				let all = self.outputs(*node.inputs.first()?)?;
				let one =
					|group: &[usize]| group.iter().all(|o| *o == group[0]).then_some(group[0]);
				all.chunks(*n).map(one).collect()
			}
			_ => None,
		}
	}

	/// For each element what the integers of its bias leave of it, none if they leave nothing. No
	/// answer if its channel cannot be told and matters.
	#[allow(clippy::type_complexity)]
	fn rests(&self, value: usize, dense: &FloatMatMul, step: f64) -> Option<Option<Vec<f64>>> {
		let units = dense.units.as_ref()?;
		let rests: Vec<f64> = whole_bias(dense, units, step).map(|(_, rest)| rest).collect();
		let outputs = self.outputs(value);
		// A private model's are rounded: its circuit's constants must not tell them.
		let whole = self.private || rests.iter().all(|rest| *rest == 0.0);
		match (whole, outputs) {
			(true, Some(_)) => Some(None),
			(true, None) => units.weights.iter().all(|u| *u == units.weights[0]).then_some(None),
			(false, outputs) => Some(Some(outputs?.into_iter().map(|o| rests[o]).collect())),
		}
	}
}
