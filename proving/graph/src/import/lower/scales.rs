//! Scales and zero points of quantised tensors: one for all, one for each place along an axis, or one for each
//! block.

use super::Inputs;
use crate::import::{
	node::Node,
	source::{Tensor, Values},
	ImportError,
};

/// Scales and zero points.
pub struct Parameters {
	pub scales: Vec<f32>,
	pub zeros: Vec<i64>,
	/// Smallest and largest integer.
	pub range: (i64, i64),
	pub spread: Spread,
}

/// Which of several scales an element has.
pub enum Spread {
	/// The only one.
	All,
	/// That of its place along an axis.
	Axis(usize),
	/// That of its block along an axis, in a tensor of scales of this shape.
	Blocks { axis: usize, size: usize, dims: Vec<usize> },
}

impl Spread {
	/// Of scales of a shape, for a tensor of the shape `dims`; blocks have a size that is not 0.
	pub fn new(
		node: &Node,
		scales: &[usize],
		dims: &[usize],
		axis: i64,
		block: i64,
	) -> Result<Self, ImportError> {
		let count: usize = scales.iter().product();
		if count == 1 && block == 0 {
			return Ok(Self::All);
		}
		let axis = node.axis(axis, dims.len())?;
		if block == 0 {
			if scales.len() != 1 {
				// Those of blocks have as many dimensions as what is quantised.
				return Err(node.error("scales of one dimension", format!("{scales:?}")));
			}
			if dims[axis] != count {
				let expected =
					format!("a scale, or one for each place along axis {axis} of {dims:?}");
				return Err(node.error(expected, count.to_string()));
			}
			return Ok(Self::Axis(axis));
		}
		let size = usize::try_from(block).unwrap_or(0);
		let fits = size > 0
			&& scales.len() == dims.len()
			&& scales.iter().zip(dims).enumerate().all(|(at, (s, d))| match at == axis {
				true => *s == d.div_ceil(size),
				false => s == d,
			});
		match fits {
			true => Ok(Self::Blocks { axis, size, dims: scales.to_vec() }),
			false => {
				let expected =
					format!("scales for blocks of {block} along axis {axis} of {dims:?}");
				Err(node.error(expected, format!("{scales:?}")))
			}
		}
	}

	/// The place of an element's scale.
	pub fn place(&self, dims: &[usize], element: usize) -> usize {
		let inner = |axis: usize| dims[axis + 1..].iter().product::<usize>();
		match self {
			Self::All => 0,
			Self::Axis(axis) => element / inner(*axis) % dims[*axis],
			Self::Blocks { axis, size, dims: scales } => {
				let inner = inner(*axis);
				let (outer, at) = (element / inner / dims[*axis], element / inner % dims[*axis]);
				(outer * scales[*axis] + at / size) * inner + element % inner
			}
		}
	}
}

impl Parameters {
	/// From the inputs at these places, for a tensor of that shape, along an axis and in blocks of that size.
	pub fn read(
		node: &Node,
		inputs: &Inputs,
		[scale, zero]: [usize; 2],
		dims: &[usize],
		(axis, block): (i64, i64),
	) -> Result<Self, ImportError> {
		let scales = inputs.floats(node, scale)?;
		if let Some(scale) = scales.iter().find(|s| !(**s > 0.0 && s.is_finite())) {
			return Err(node.error("scales above 0", scale.to_string()));
		}
		let spread = Spread::new(node, &inputs.constant(node, scale)?.dims, dims, axis, block)?;
		let (zeros, range) = zeros(node, inputs, zero, scales.len())?;
		Ok(Self { scales, zeros, range, spread })
	}

	/// The only scale and zero point, as those of a variable have to be.
	pub fn single(&self, node: &Node) -> Result<(f32, i32), ImportError> {
		match (self.scales.as_slice(), self.zeros.as_slice()) {
			// It is within a range of 32 bits.
			([scale], [zero]) => Ok((*scale, *zero as i32)),
			_ => {
				Err(node.error("one scale for all that is computed", self.scales.len().to_string()))
			}
		}
	}

	/// Scale and zero point of an element.
	pub fn at(&self, dims: &[usize], element: usize) -> (f32, i64) {
		let place = self.spread.place(dims, element);
		(self.scales[place], self.zeros[place])
	}

	/// A number of each element's scale and zero point, as a tensor of that shape.
	pub fn each(&self, node: &Node, dims: &[usize], number: impl Fn(f32, i64) -> f32) -> Tensor {
		let len = dims.iter().product();
		let at = |element| {
			let (scale, zero) = self.at(dims, element);
			number(scale, zero)
		};
		Tensor::new(node.name, dims.to_vec(), Values::Float((0..len).map(at).collect()))
	}
}

/// Zero points of so many scales, and the smallest and largest integer of their type.
pub fn zeros(
	node: &Node,
	inputs: &Inputs,
	index: usize,
	scales: usize,
) -> Result<(Vec<i64>, (i64, i64)), ImportError> {
	let far = (i32::MIN.into(), i32::MAX.into());
	let (zeros, range) = match inputs.optional(node, index)? {
		Some(tensor) => match &tensor.values {
			// Floats of 8 bits have none but 0.
			Values::Float(values) if values.iter().all(|zero| *zero == 0.0) => {
				(vec![0; values.len()], far)
			}
			// Zero points of 32 bits are those of biases, which are not quantised here.
			_ => (inputs.integers(node, index)?.to_vec(), tensor.range.unwrap_or(far)),
		},
		None => (vec![0; scales], (0, 255)),
	};
	let within = |zero: &i64| (range.0..=range.1).contains(zero);
	if zeros.len() != scales || !zeros.iter().all(within) {
		let expected = format!("{scales} zero points of their type");
		return Err(node.error(expected, format!("{zeros:?}")));
	}
	Ok((zeros, range))
}
