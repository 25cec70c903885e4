//! Tensors put together of a few operations each: what larger operators are made of.
//!
//! Shapes follow NumPy's rules here, whatever older rules the node's own operator set has for others.

use super::{
	linear,
	shape::{broadcast, repeated, strides, transposed, walk},
	Kind, Lowering, Variable,
};
use crate::import::{
	function::{Elementary, Function},
	node::Node,
	source::Tensor,
	Divisor, FloatMatMul, FloatOp, ImportError, Threshold,
};

/// A computed tensor, or why there is none.
pub type Made = Result<Variable, ImportError>;

/// The operations of one node.
pub struct Compose<'a, 'n> {
	pub lowering: &'a mut Lowering,
	pub node: &'a Node<'n>,
}

/// Where a linear map takes an element of its result from: places and weights.
pub type Taps = Vec<(usize, f64)>;

/// A tensor of numbers.
pub fn tensor(value: usize, dims: Vec<usize>) -> Variable {
	Variable { value, dims, kind: Kind::Number }
}

/// The same elements in another shape.
pub fn shaped(x: &Variable, dims: Vec<usize>) -> Variable {
	tensor(x.value, dims)
}

impl Compose<'_, '_> {
	/// The shape of both together.
	pub fn common(&self, a: &[usize], b: &[usize]) -> Result<Vec<usize>, ImportError> {
		let dims = broadcast(a, b);
		let dims = dims
			.ok_or_else(|| self.node.error(format!("a shape that fits {a:?}"), format!("{b:?}")))?;
		self.lowering.count(self.node, &dims)?;
		Ok(dims)
	}

	/// Elements at these places.
	pub fn picked(&mut self, x: &Variable, places: Vec<usize>, dims: Vec<usize>) -> Made {
		let value = self.lowering.gather(self.node, x.value, places.into_iter().map(Some))?;
		Ok(tensor(value, dims))
	}

	/// Repeated to a larger shape, which it fits into.
	pub fn spread(&mut self, x: &Variable, dims: &[usize]) -> Made {
		if x.dims == dims {
			return Ok(x.clone());
		}
		self.lowering.count(self.node, dims)?;
		self.picked(x, repeated(&x.dims, dims), dims.to_vec())
	}

	/// With its axes in another order.
	pub fn turned(&mut self, x: &Variable, order: &[usize]) -> Made {
		let (dims, places) = transposed(&x.dims, order);
		self.picked(x, places, dims)
	}

	/// `factor * x + offset`.
	pub fn affine(&mut self, x: &Variable, factor: f32, offset: f32) -> Made {
		let value = self.lowering.affine(self.node, x.value, factor, vec![offset])?;
		Ok(tensor(value, x.dims.clone()))
	}

	/// `p * a + q * b`.
	pub fn sum(&mut self, (p, a): (f32, &Variable), (q, b): (f32, &Variable)) -> Made {
		let dims = self.common(&a.dims, &b.dims)?;
		let (a, b) = (self.spread(a, &dims)?, self.spread(b, &dims)?);
		let op = FloatOp::Sum { factors: vec![p, q], offset: vec![0.0] };
		let value = self.lowering.push(self.node, &[a.value, b.value], a.len(), op)?;
		Ok(tensor(value, dims))
	}

	/// `a * b`, element by element; both are repeated to the shape that they have in common.
	pub fn product(&mut self, a: &Variable, b: &Variable) -> Made {
		let dims = self.common(&a.dims, &b.dims)?;
		let (a, b) = (self.spread(a, &dims)?, self.spread(b, &dims)?);
		let inputs = [a.value, b.value];
		let value = self.lowering.push(self.node, &inputs, a.len(), FloatOp::Mul)?;
		Ok(tensor(value, dims))
	}

	/// `a / b`, with what is known of `b`.
	pub fn quotient(&mut self, a: &Variable, b: &Variable, divisor: Divisor) -> Made {
		let dims = self.common(&a.dims, &b.dims)?;
		let (a, b) = (self.spread(a, &dims)?, self.spread(b, &dims)?);
		let inputs = [a.value, b.value];
		let value = self.lowering.push(self.node, &inputs, a.len(), FloatOp::Div(divisor))?;
		Ok(tensor(value, dims))
	}

	/// A constant's numbers in a shape that it fits into.
	pub fn numbers(&self, constant: &Tensor, dims: &[usize]) -> Result<Vec<f32>, ImportError> {
		let got = || format!("{} of {:?}", constant.name, constant.dims);
		let expected = || format!("numbers that fit {dims:?}");
		let values = constant.floats().ok_or_else(|| self.node.error(expected(), got()))?;
		match broadcast(&constant.dims, dims).is_some_and(|both| both == dims) {
			true => Ok(repeated(&constant.dims, dims).into_iter().map(|i| values[i]).collect()),
			false => Err(self.node.error(expected(), got())),
		}
	}

	/// `factors * x + offsets` with constants that fit the shape of `x`.
	pub fn scaled(
		&mut self,
		x: &Variable,
		factors: Option<&Tensor>,
		offsets: Option<&Tensor>,
	) -> Made {
		let axes = |constant: &Tensor| -> Vec<usize> {
			let missing = x.dims.len().saturating_sub(constant.dims.len());
			let long = constant.dims.iter().enumerate().filter(|(_, d)| **d > 1);
			long.map(|(axis, _)| axis + missing).collect()
		};
		let mut all: Vec<usize> = [factors, offsets].into_iter().flatten().flat_map(axes).collect();
		all.sort_unstable();
		all.dedup();
		// Along one axis a number for each place there is enough; else one for each element.
		let (flat, axis) = match all.as_slice() {
			[axis] => (x.clone(), *axis),
			_ => (shaped(x, vec![x.len()]), 0),
		};
		let own = |this: &Self, constant: Option<&Tensor>, default: f32| {
			let Some(constant) = constant else { return Ok(vec![default; flat.dims[axis]]) };
			let numbers = this.numbers(constant, &x.dims)?;
			Ok(match all.as_slice() {
				[axis] => {
					let inner: usize = x.dims[axis + 1..].iter().product();
					(0..x.dims[*axis]).map(|place| numbers[place * inner]).collect()
				}
				_ => numbers,
			})
		};
		let factors = own(self, factors, 1.0)?;
		let offsets = own(self, offsets, 0.0)?;
		let uniform = |values: &[f32]| values.iter().all(|value| *value == values[0]);
		if uniform(&factors) && uniform(&offsets) {
			return self.affine(x, factors[0], offsets[0]);
		}
		let made = linear::along(self.lowering, self.node, &flat, axis, factors, offsets)?;
		Ok(shaped(&made, x.dims.clone()))
	}

	/// A function of each element, which goes by the node's operator in messages.
	pub fn unary(&mut self, x: &Variable, function: Elementary) -> Made {
		let op = FloatOp::Unary(Function::elementary(self.node.op(), function));
		Ok(tensor(self.lowering.each(self.node, x.value, op)?, x.dims.clone()))
	}

	/// Numbers below `min` become `min`, and those above `max` become `max`.
	pub fn clamp(&mut self, x: &Variable, min: f32, max: f32) -> Made {
		let value = self.lowering.each(self.node, x.value, FloatOp::Clip { min, max })?;
		Ok(tensor(value, x.dims.clone()))
	}

	/// `|x|`, which is `2 max(x, 0) - x`.
	pub fn size(&mut self, x: &Variable) -> Made {
		let positive = self.clamp(x, 0.0, f32::INFINITY)?;
		self.sum((2.0, &positive), (-1.0, x))
	}

	/// 1 where `x` is above its threshold, else 0; one threshold for all, or one for each element.
	pub fn above(&mut self, x: &Variable, thresholds: &[f32]) -> Made {
		let all = match thresholds {
			[one] => vec![Threshold::over(*one); x.len()],
			all => all.iter().copied().map(Threshold::over).collect(),
		};
		let value = self.lowering.each(self.node, x.value, FloatOp::Greater(all))?;
		Ok(tensor(value, x.dims.clone()))
	}

	/// One number of all elements along axes, which stay with size 1.
	pub fn fold(&mut self, x: &Variable, axes: &[usize], op: fn(usize) -> FloatOp) -> Made {
		let rank = x.dims.len();
		let mut dims = x.dims.clone();
		axes.iter().for_each(|axis| dims[*axis] = 1);
		let size = x.len() / dims.iter().product::<usize>();
		if size == 1 {
			return Ok(x.clone());
		}
		let kept = (0..rank).filter(|axis| !axes.contains(axis));
		let order: Vec<_> = kept.chain((0..rank).filter(|axis| axes.contains(axis))).collect();
		let turned = self.turned(x, &order)?;
		let value = self.lowering.push(self.node, &[turned.value], x.len() / size, op(size))?;
		Ok(tensor(value, dims))
	}

	/// The sum of all elements along axes, times a factor.
	pub fn total(&mut self, x: &Variable, axes: &[usize], factor: f32) -> Made {
		let total = self.fold(x, axes, FloatOp::ReduceSum)?;
		self.affine(&total, factor, 0.0)
	}

	/// The mean of all elements along axes.
	pub fn mean(&mut self, x: &Variable, axes: &[usize]) -> Made {
		let size: usize = axes.iter().map(|axis| x.dims[*axis]).product();
		self.total(x, axes, 1.0 / size as f32)
	}

	/// The largest of all elements along axes.
	pub fn largest(&mut self, x: &Variable, axes: &[usize]) -> Made {
		self.fold(x, axes, FloatOp::ReduceMax)
	}

	/// Tensors of one kind joined along an axis on which they may differ.
	pub fn joined(&mut self, parts: &[Variable], axis: usize) -> Made {
		let [first, ..] = parts else {
			return Err(self.node.error("something to join", "nothing"));
		};
		let mut dims = first.dims.clone();
		dims[axis] = parts.iter().map(|part| part.dims[axis]).sum();
		self.lowering.count(self.node, &dims)?;
		let outer: usize = first.dims[..axis].iter().product();
		let mut picks = Vec::new();
		for o in 0..outer {
			for (index, part) in parts.iter().enumerate() {
				let chunk: usize = part.dims[axis..].iter().product();
				let places = o * chunk..(o + 1) * chunk;
				// Elements are within the limit of a graph, so that they fit.
				picks.extend(places.map(|place| Some((index as u32, place as u32))));
			}
		}
		let values: Vec<_> = parts.iter().map(|part| part.value).collect();
		let value = self.lowering.push(self.node, &values, picks.len(), FloatOp::Gather(picks))?;
		Ok(tensor(value, dims))
	}

	/// A part of an axis.
	pub fn part(&mut self, x: &Variable, axis: usize, start: usize, size: usize) -> Made {
		let own = strides(&x.dims);
		let mut dims = x.dims.clone();
		dims[axis] = size;
		let places = walk(&dims, &own, start as isize * own[axis]);
		self.picked(x, places, dims)
	}

	/// A linear map: for each element of the result what it takes of `x`, and an offset.
	pub fn linear(
		&mut self,
		x: &Variable,
		dims: Vec<usize>,
		taps: &[Taps],
		offsets: Option<Vec<f32>>,
	) -> Made {
		let len = self.lowering.count(self.node, &dims)?;
		let most = taps.iter().map(Vec::len).max().unwrap_or(0).max(1);
		let plain = taps.iter().all(|taps| matches!(taps[..], [] | [(_, 1.0)]));
		if plain {
			let picks = taps.iter().map(|taps| taps.first().map(|(place, _)| *place));
			let value = self.lowering.gather(self.node, x.value, picks)?;
			let offsets = offsets.unwrap_or_else(|| vec![0.0]);
			return Ok(tensor(self.lowering.affine(self.node, value, 1.0, offsets)?, dims));
		}
		self.lowering.count(self.node, &[len, most])?;
		let (mut picks, mut weights) = (Vec::new(), Vec::new());
		for taps in taps {
			let missing = most - taps.len();
			picks.extend(taps.iter().map(|(place, _)| Some(*place)));
			picks.extend(vec![None; missing]);
			weights.extend(taps.iter().map(|(_, weight)| *weight as f32));
			weights.extend(vec![0.0; missing]);
		}
		let value = self.lowering.gather(self.node, x.value, picks)?;
		let dense = FloatMatMul {
			rows: 1,
			groups: len,
			inputs: most,
			outputs: 1,
			weights,
			bias: offsets.unwrap_or_else(|| vec![0.0; len]),
			units: None,
			tensors: ["weights", "offsets"].map(|part| format!("{part} of {}", self.node.name)),
			windows: None,
		};
		let value = self.lowering.push(self.node, &[value], len, FloatOp::MatMul(dense))?;
		Ok(tensor(value, dims))
	}

	/// `y = W x + b` along the last axis of `x`, with weights of `[outputs, inputs]`.
	pub fn matrix(
		&mut self,
		x: &Variable,
		outputs: usize,
		weights: Vec<f32>,
		bias: Option<Vec<f32>>,
		name: &str,
	) -> Made {
		let inputs = x.dims.last().copied().unwrap_or(1);
		let mut dims = x.dims.clone();
		dims.pop();
		dims.push(outputs);
		let len = self.lowering.count(self.node, &dims)?;
		let dense = FloatMatMul {
			rows: x.len() / inputs.max(1),
			groups: 1,
			inputs,
			outputs,
			weights,
			bias: bias.unwrap_or_else(|| vec![0.0; outputs]),
			units: None,
			tensors: [name.into(), format!("offsets of {}", self.node.name)],
			windows: None,
		};
		let value = self.lowering.push(self.node, &[x.value], len, FloatOp::MatMul(dense))?;
		Ok(tensor(value, dims))
	}
}

/// Axes of a tensor of that rank, sorted; all if none are given.
pub fn axes_of(node: &Node, axes: &[i64], rank: usize) -> Result<Vec<usize>, ImportError> {
	let mut axes = axes.iter().map(|axis| node.axis(*axis, rank)).collect::<Result<Vec<_>, _>>()?;
	axes.sort_unstable();
	axes.dedup();
	Ok(axes)
}
