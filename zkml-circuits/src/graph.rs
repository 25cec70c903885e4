//! The integer graph: what a model computes, in whole numbers, and the widths that follow from it.
//!
//! A graph is a chain of layers. Everything that the circuit's shape depends on is in it; the
//! parameters are beside it, so that a private model's description can be published without them.
//! [`Plan`] derives the range of every intermediate value once, for compiler, interpreter and
//! circuit alike.

use codec::{Decode, Encode};
use thiserror::Error;
use zkml_primitives::{SpecError, TensorSpec};

/// Values stay below `2^MAX_BITS` in size, so that 64-bit arithmetic is exact and a difference of
/// two values is far from the field's modulus.
pub const MAX_BITS: u32 = 61;
/// Most parameters of a model.
pub const MAX_PARAMETERS: u64 = 1 << 24;

/// A chain of integer layers from an input tensor to an output tensor.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct IntGraph {
	/// Shape, width and range of the input.
	pub input: TensorSpec,
	/// In the order of evaluation.
	pub layers: Vec<Layer>,
	/// Shape, width and range of the output.
	pub output: TensorSpec,
}

/// A named operation on the tensor before it.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct Layer {
	/// The node's name in the ONNX file.
	pub name: String,
	/// What it does.
	pub op: Op,
}

/// An operation on a flat tensor of integers.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub enum Op {
	/// `y = W x + b`.
	#[codec(index = 0)]
	Dense(Dense),
	/// `y = clamp((x * multiplier + half) >> shift)`, element by element.
	#[codec(index = 1)]
	Rescale(Rescale),
	/// The index of the largest element, the lowest of several.
	#[codec(index = 2)]
	ArgMax,
}

/// The shapes and widths of a dense layer's parameters.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct Dense {
	/// `[outputs, inputs]`.
	pub weights: TensorSpec,
	/// `[outputs]`.
	pub bias: TensorSpec,
}

/// Multiplies, rounds, shifts and clamps.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct Rescale {
	/// With ReLU: clamps to `[0, 2^bits - 1]`, saturating. Without: the result must be within
	/// `[-2^(bits-1), 2^(bits-1) - 1]` by its bounds, there is nothing to clamp.
	pub rectify: bool,
	/// Width of the result.
	pub bits: u8,
	/// One for all elements, or one for each.
	pub channels: Vec<Channel>,
}

/// The constants of one channel of a [`Rescale`].
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
pub struct Channel {
	/// At least 1.
	pub multiplier: u32,
	/// Bits dropped after rounding to the nearest, halves upwards.
	pub shift: u8,
}

impl Channel {
	/// What is added before the shift, so that it rounds.
	pub fn half(&self) -> i64 {
		if self.shift == 0 {
			0
		} else {
			1 << (self.shift - 1)
		}
	}
}

impl Rescale {
	/// The constants of an element.
	pub fn channel(&self, index: usize) -> Channel {
		self.channels[if self.channels.len() == 1 { 0 } else { index }]
	}

	/// Largest result.
	pub fn ceiling(&self) -> i64 {
		if self.rectify {
			(1 << self.bits) - 1
		} else {
			(1 << (self.bits - 1)) - 1
		}
	}
}

/// The values a number can take, both ends included.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Interval {
	/// Smallest.
	pub min: i64,
	/// Largest.
	pub max: i64,
}

impl Interval {
	/// The range a specification declares.
	pub fn of(spec: &TensorSpec) -> Self {
		Self { min: i64::from(spec.min), max: i64::from(spec.max) }
	}

	/// Width in two's complement.
	pub fn signed_bits(&self) -> u32 {
		let bits = |n: i64| 65 - if n < 0 { (!n).leading_zeros() } else { n.leading_zeros() };
		bits(self.min).max(bits(self.max))
	}
}

/// Why a graph cannot be proved.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum GraphError {
	/// A value could wrap.
	#[error("layer {layer}: expected values of at most {MAX_BITS} bits, got up to {bits} bits")]
	Overflow {
		/// The layer's name.
		layer: String,
		/// Bits the largest value would need.
		bits: u32,
	},
	/// A layer does not fit the one before.
	#[error("layer {layer}: expected {expected}, got {got}")]
	Layer {
		/// The layer's name.
		layer: String,
		/// What would fit.
		expected: String,
		/// What is there.
		got: String,
	},
	/// The input or output specification is no good.
	#[error("{tensor}: expected a specification the chain accepts, got {}", reason(.error))]
	Spec {
		/// `input` or `output`.
		tensor: &'static str,
		/// Why.
		error: SpecError,
	},
	/// The parameters are not those of the graph.
	#[error("parameters of {layer}: expected {expected}, got {got}")]
	Parameters {
		/// The layer's name.
		layer: String,
		/// What would fit.
		expected: String,
		/// What is there.
		got: String,
	},
}

fn reason(error: &SpecError) -> &'static str {
	match error {
		SpecError::Width => "a width outside 1 to 32 bits",
		SpecError::Dims => "a tensor that is empty or above 4096 bytes",
		SpecError::Range => "a range that does not fit the width",
	}
}

/// The ranges of all values of a graph: the input's first, then each layer's result.
#[derive(Clone, Debug)]
pub struct Plan {
	/// `ranges[0]` is the input's, `ranges[i + 1]` that of layer `i`, an interval per element.
	pub ranges: Vec<Vec<Interval>>,
}

impl IntGraph {
	/// The dense layers, in order.
	pub fn dense(&self) -> impl Iterator<Item = (&str, &Dense)> {
		self.layers.iter().filter_map(|layer| match &layer.op {
			Op::Dense(dense) => Some((layer.name.as_str(), dense)),
			_ => None,
		})
	}

	/// The specifications of the parameter tensors, in the order of their commitment: weights then
	/// bias of each dense layer.
	pub fn parameter_specs(&self) -> impl Iterator<Item = (&str, &TensorSpec)> {
		self.dense().flat_map(|(name, dense)| [(name, &dense.weights), (name, &dense.bias)])
	}

	/// Number of parameters.
	pub fn parameter_count(&self) -> u64 {
		self.parameter_specs().map(|(_, spec)| u64::from(spec.len())).sum()
	}

	/// Refuses parameters of a wrong number or outside their range.
	pub fn check_parameters(&self, parameters: &[Vec<i32>]) -> Result<(), GraphError> {
		let specs: Vec<_> = self.parameter_specs().collect();
		if specs.len() != parameters.len() {
			return Err(GraphError::Parameters {
				layer: "the model".into(),
				expected: format!("{} tensors", specs.len()),
				got: parameters.len().to_string(),
			});
		}
		for ((layer, spec), values) in specs.into_iter().zip(parameters) {
			let error = |expected: String, got: String| GraphError::Parameters {
				layer: layer.into(),
				expected,
				got,
			};
			if values.len() as u64 != u64::from(spec.len()) {
				return Err(error(format!("{} values", spec.len()), values.len().to_string()));
			}
			if let Some(value) = values.iter().find(|v| !(spec.min..=spec.max).contains(v)) {
				let expected = format!("values in {}..={}", spec.min, spec.max);
				return Err(error(expected, value.to_string()));
			}
		}
		Ok(())
	}

	/// Derives the range of every value and refuses a graph in which one could overflow.
	///
	/// With `parameters` (a public model) ranges follow from the weights; without (a private one)
	/// from the declared widths alone, so that the circuit tells nothing about them. The parameters
	/// have passed [`Self::check_parameters`].
	pub fn plan(&self, parameters: Option<&[Vec<i32>]>) -> Result<Plan, GraphError> {
		self.input.check().map_err(|error| GraphError::Spec { tensor: "input", error })?;
		self.output.check().map_err(|error| GraphError::Spec { tensor: "output", error })?;
		self.check_shapes()?;
		let mut ranges = vec![vec![Interval::of(&self.input); self.input.len() as usize]];
		let mut tensors = parameters.map(|p| p.chunks_exact(2));
		for layer in &self.layers {
			let last = &ranges[ranges.len() - 1];
			let next = match &layer.op {
				Op::Dense(dense) => {
					let known = tensors.as_mut().and_then(|t| t.next());
					dense_ranges(&layer.name, dense, known, last)?
				}
				Op::Rescale(rescale) => rescale_ranges(&layer.name, rescale, last)?,
				Op::ArgMax => vec![Interval { min: 0, max: last.len() as i64 - 1 }],
			};
			ranges.push(next);
		}
		let declared = Interval::of(&self.output);
		let last = &ranges[ranges.len() - 1];
		if let Some(range) = last.iter().find(|r| r.min < declared.min || r.max > declared.max) {
			return Err(GraphError::Layer {
				layer: "output".into(),
				expected: format!("values in {}..={}", declared.min, declared.max),
				got: format!("{}..={}", range.min, range.max),
			});
		}
		Ok(Plan { ranges })
	}

	/// That each layer takes what the one before gives.
	fn check_shapes(&self) -> Result<(), GraphError> {
		let mut len = self.input.len() as usize;
		if self.parameter_count() > MAX_PARAMETERS {
			return Err(GraphError::Layer {
				layer: "the model".into(),
				expected: format!("at most {MAX_PARAMETERS} parameters"),
				got: self.parameter_count().to_string(),
			});
		}
		for layer in &self.layers {
			let error = |expected: String, got: String| {
				Err(GraphError::Layer { layer: layer.name.clone(), expected, got })
			};
			match &layer.op {
				Op::Dense(dense) => {
					let outputs = dense.bias.len() as usize;
					if dense.weights.dims[..] != [outputs as u32, len as u32] || outputs == 0 {
						let got = format!("{:?}", &dense.weights.dims[..]);
						return error(format!("weights of shape [{outputs}, {len}]"), got);
					}
					for spec in [&dense.weights, &dense.bias] {
						let half = 1i64 << (u32::from(spec.bits).clamp(1, 32) - 1);
						let width = Interval { min: -half, max: half - 1 };
						let range = Interval::of(spec);
						// The circuit's range check is the whole width.
						if !(1..=32).contains(&spec.bits) || range != width {
							let got = format!("{range:?} in {} bits", spec.bits);
							return error("parameters that fill their width".into(), got);
						}
					}
					len = outputs;
				}
				Op::Rescale(rescale) => {
					if !(2..=30).contains(&rescale.bits) {
						return error("a width of 2 to 30 bits".into(), rescale.bits.to_string());
					}
					let channels = rescale.channels.len();
					if channels != 1 && channels != len {
						return error(format!("1 or {len} channels"), channels.to_string());
					}
					let fits = |c: &&Channel| c.multiplier == 0 || c.shift > 60;
					if let Some(channel) = rescale.channels.iter().find(fits) {
						let expected = "a multiplier above 0 and a shift up to 60".into();
						return error(expected, format!("{channel:?}"));
					}
				}
				Op::ArgMax => len = 1,
			}
		}
		if self.output.len() as usize != len {
			return Err(GraphError::Layer {
				layer: "output".into(),
				expected: format!("{len} elements"),
				got: self.output.len().to_string(),
			});
		}
		Ok(())
	}
}

/// The interval as 64-bit numbers, if it is within [`MAX_BITS`].
fn bounded(layer: &str, min: i128, max: i128) -> Result<Interval, GraphError> {
	let limit = 1i128 << (MAX_BITS - 1);
	if min < -limit || max >= limit {
		let bits = |n: i128| 129 - if n < 0 { (!n).leading_zeros() } else { n.leading_zeros() };
		let bits = bits(min).max(bits(max));
		return Err(GraphError::Overflow { layer: layer.into(), bits });
	}
	Ok(Interval { min: min as i64, max: max as i64 })
}

/// The ranges of a dense layer's results, from its parameters or from their widths.
pub(crate) fn dense_ranges(
	layer: &str,
	dense: &Dense,
	known: Option<&[Vec<i32>]>,
	input: &[Interval],
) -> Result<Vec<Interval>, GraphError> {
	let outputs = dense.bias.len() as usize;
	if let Some([weights, bias]) = known {
		return weights
			.chunks_exact(input.len())
			.zip(bias)
			.map(|(row, bias)| {
				let (mut min, mut max) = (i128::from(*bias), i128::from(*bias));
				for (weight, x) in row.iter().zip(input) {
					let weight = i128::from(*weight);
					let ends = [weight * i128::from(x.min), weight * i128::from(x.max)];
					min += ends[0].min(ends[1]);
					max += ends[0].max(ends[1]);
				}
				bounded(layer, min, max)
			})
			.collect();
	}
	let (weight, bias) = (Interval::of(&dense.weights), Interval::of(&dense.bias));
	let (mut min, mut max) = (i128::from(bias.min), i128::from(bias.max));
	for x in input {
		let corner = |w: i64, x: i64| i128::from(w) * i128::from(x);
		let corners = [
			corner(weight.min, x.min),
			corner(weight.min, x.max),
			corner(weight.max, x.min),
			corner(weight.max, x.max),
		];
		min += corners.into_iter().min().unwrap_or(0);
		max += corners.into_iter().max().unwrap_or(0);
	}
	Ok(vec![bounded(layer, min, max)?; outputs])
}

/// The range of `x * multiplier + half`, which the gadget decomposes.
fn scaled_range(layer: &str, channel: Channel, input: Interval) -> Result<Interval, GraphError> {
	let scale =
		|x: i64| i128::from(x) * i128::from(channel.multiplier) + i128::from(channel.half());
	bounded(layer, scale(input.min), scale(input.max))
}

/// The ranges of a rescaling's results.
pub(crate) fn rescale_ranges(
	layer: &str,
	rescale: &Rescale,
	input: &[Interval],
) -> Result<Vec<Interval>, GraphError> {
	let ceiling = rescale.ceiling();
	input
		.iter()
		.enumerate()
		.map(|(index, range)| {
			let channel = rescale.channel(index);
			let scaled = scaled_range(layer, channel, *range)?;
			let (min, max) = (scaled.min >> channel.shift, scaled.max >> channel.shift);
			if rescale.rectify {
				return Ok(Interval { min: min.clamp(0, ceiling), max: max.clamp(0, ceiling) });
			}
			if min < -ceiling - 1 || max > ceiling {
				return Err(GraphError::Layer {
					layer: layer.into(),
					expected: format!("results in {}..={ceiling}", -ceiling - 1),
					got: format!("{min}..={max}"),
				});
			}
			Ok(Interval { min, max })
		})
		.collect()
}
