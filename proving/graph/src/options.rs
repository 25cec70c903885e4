//! How a model is compiled.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use zkml_primitives::{Visibility, MAX_CHANNELS};

use crate::{
	error::CompileError,
	import::{Elements, FloatInput, Sizes},
};

/// The real numbers an input may hold, both ends included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InputRange {
	/// Smallest number that an input may hold.
	pub min: f32,
	/// Largest number that an input may hold.
	pub max: f32,
}

impl InputRange {
	/// Of a single number, which says nothing of others, a range about it: half of it to half as much again,
	/// without 0, where functions have poles; of an integer 0 to it, and of 0 to 1.
	fn roomy(self, whole: bool) -> Self {
		let Self { min, max } = self;
		let ends = match min == max {
			false => [min, max],
			true if min == 0.0 => [0.0, 1.0],
			true if whole => [0.0, min],
			true => [min / 2.0, min * 1.5],
		};
		Self { min: ends[0].min(ends[1]), max: ends[0].max(ends[1]) }
	}
}

/// What an input may hold, where that is not what all may.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InputOptions {
	/// One range, or one for each index of the last axis; with none, what samples hold.
	pub ranges: Vec<InputRange>,
	/// Distance of the numbers that it can have, as in [`CompileOptions::input_step`].
	pub step: Option<f32>,
}

/// Widths of a node in bits.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Widths {
	/// Of an integer weight, 2 to 16.
	pub weight_bits: u8,
	/// Of a hidden value, 4 to 20.
	pub activation_bits: u8,
	/// Of the argument of a table, 4 to 16: binary logarithm of its rows.
	pub table_bits: u8,
}

/// Widest weights, hidden values and tables that are searched.
const WIDEST: Widths = Widths { weight_bits: 16, activation_bits: 20, table_bits: 14 };

impl Widths {
	/// A little more of everything, as far as a search goes: 16 bits of a weight, 20 of a hidden value, 14 of
	/// a table. What is wider stays.
	pub fn wider(self) -> Self {
		let more = |own: u8, by: u8, widest: u8| own.max((own + by).min(widest));
		Self {
			weight_bits: more(self.weight_bits, 2, WIDEST.weight_bits),
			activation_bits: more(self.activation_bits, 2, WIDEST.activation_bits),
			table_bits: more(self.table_bits, 1, WIDEST.table_bits),
		}
	}
}

/// How a model is compiled: its kind, its widths, what its inputs hold, how close it has to be.
#[derive(Clone, Debug, PartialEq)]
pub struct CompileOptions {
	/// Whether the parameters are public.
	pub visibility: Visibility,
	/// Whether ranges are proved by lookups, in a circuit with a commit round, or by bits in a plain
	/// one.
	pub lookups: bool,
	/// Whether private parameters are committed to by Poseidon and opened in each inference, which other
	/// circuits can do as well, rather than committed to once by a point, at no cost in an inference. In
	/// a plain circuit they always are.
	pub opened_params: bool,
	/// What each input may hold of which [`Self::inputs`] say nothing: one range, or one for each index of
	/// the last axis, which then have scales of their own. With none, what the samples hold, and room about it
	/// if that is a single number. Truth values are 0 or 1 whatever is said here.
	pub input: Vec<InputRange>,
	/// Distance of the numbers that such an input can have; if nothing is said, 1 for ranges of whole
	/// numbers and a power of two for others.
	pub input_step: Option<f32>,
	/// The same for inputs by their names.
	pub inputs: BTreeMap<String, InputOptions>,
	/// Sizes of dimensions that the file leaves open.
	pub sizes: Sizes,
	/// Widths of nodes that have none of their own.
	pub widths: Widths,
	/// Widths of nodes, by their names.
	pub node_widths: BTreeMap<String, Widths>,
	/// Whether nodes get more bits than that while the error is larger than [`max_error`](Self::max_error).
	pub search: bool,
	/// Names of the classes of the first output that is a class, or of the elements of the first output;
	/// none, or one for each.
	pub labels: Vec<String>,
	/// Private weights are multiples of `2^-shift`: one shift for all dense nodes, or one for each.
	/// They are part of the public architecture and should leave room for retraining. With none, each
	/// node gets the largest that its weights fit, which tells their size to a power of two.
	pub weight_shifts: Vec<u8>,
	/// The ONNX tensors that are the outputs; with none, see [`crate::import::import`].
	pub outputs: Vec<String>,
	/// Inputs as they will be asked about, all inputs of an inference end to end: scales are chosen with
	/// them in view, and errors measured on them. Without any, inputs are drawn that cover the corners of
	/// the range.
	pub samples: Vec<Vec<f32>>,
	/// Largest error of an output with which a model compiles, as a share of the output's own
	/// range.
	pub max_error: f64,
	/// Least share of inputs with the float model's label with which a model compiles, if the
	/// output is one.
	pub min_agreement: f64,
	/// Whether a model compiles though an input in its range is known that is clamped inside and whose
	/// error is larger than that.
	pub allow_saturation: bool,
}

impl Default for CompileOptions {
	fn default() -> Self {
		Self {
			visibility: Visibility::Public,
			lookups: false,
			opened_params: false,
			input: Vec::new(),
			input_step: None,
			inputs: BTreeMap::new(),
			sizes: Sizes::default(),
			widths: Widths { weight_bits: 8, activation_bits: 12, table_bits: 10 },
			node_widths: BTreeMap::new(),
			search: true,
			labels: Vec::new(),
			weight_shifts: Vec::new(),
			outputs: Vec::new(),
			samples: Vec::new(),
			max_error: 0.03,
			min_agreement: 0.95,
			allow_saturation: false,
		}
	}
}

/// By how much the largest feature of samples is larger than another that gets a scale of its own.
const APART: f32 = 16.0;
/// By how much it is in a single sample: there small numbers are there by chance, too.
const APART_ALONE: f32 = 1000.0;
/// Most labels the chain stores, and most bytes of one.
const LABELS: usize = 64;
const LABEL_BYTES: usize = 32;

impl CompileOptions {
	/// The widths of a node.
	pub fn widths(&self, node: &str) -> Widths {
		self.node_widths.get(node).copied().unwrap_or(self.widths)
	}

	/// What an input may hold, which begins at an element of all inputs: one range, or one for each index
	/// of the last axis.
	pub(crate) fn ranges(
		&self,
		input: &FloatInput,
		start: usize,
	) -> Result<Vec<InputRange>, CompileError> {
		let own = self.inputs.get(&input.name).map(|own| &own.ranges);
		match own.filter(|own| !own.is_empty()) {
			Some(own) => return Ok(own.clone()),
			None if input.elements == Elements::Truths => {
				return Ok(vec![InputRange { min: 0.0, max: 1.0 }]);
			}
			None if !self.input.is_empty() => return Ok(self.input.clone()),
			None => {}
		}
		let features = input.dims.last().copied().unwrap_or(1).max(1);
		let mut each: Vec<Option<InputRange>> = vec![None; features];
		for sample in &self.samples {
			// Their lengths were checked.
			for (i, v) in sample[start..start + input.len()].iter().enumerate() {
				let own = &mut each[i % features];
				let InputRange { min, max } = own.unwrap_or(InputRange { min: *v, max: *v });
				*own = Some(InputRange { min: min.min(*v), max: max.max(*v) });
			}
		}
		let each: Vec<InputRange> = each.into_iter().flatten().collect();
		let join = |a: InputRange, b: InputRange| InputRange {
			min: a.min.min(b.min),
			max: a.max.max(b.max),
		};
		let Some(all) = each.iter().copied().reduce(join) else {
			return Err(CompileError::Option {
				option: "input range",
				expected:
					"--input-min and --input-max, --input-range NAME=MIN:MAX, --input-ranges \
				           FILE or --samples FILE"
						.into(),
				got: format!("none for {}", input.name),
			});
		};
		// Features of about one size, such as pixels, share a range.
		let size = |range: &InputRange| range.min.abs().max(range.max.abs());
		let times = if self.samples.len() > 1 { APART } else { APART_ALONE };
		let apart = |range: &InputRange| size(range) > 0.0 && size(range) * times < size(&all);
		let own = each.len() == features && features <= MAX_CHANNELS as usize;
		let whole = input.elements == Elements::Integers;
		Ok(match own && each.iter().any(apart) {
			true if self.samples.len() > 1 => each,
			true => each.into_iter().map(|range| range.roomy(whole)).collect(),
			false => vec![all.roomy(whole)],
		})
	}

	/// Distance of the numbers that an input can have, if something is said of it.
	pub(crate) fn step(&self, input: &FloatInput) -> Option<f32> {
		let own = self.inputs.get(&input.name).and_then(|own| own.step);
		match input.elements {
			Elements::Numbers => own.or(self.input_step),
			// These stand for themselves, unless they are told not to by name.
			Elements::Integers => own.or(self.input_step).or(Some(1.0)),
			Elements::Truths => own.or(Some(1.0)),
		}
	}

	pub(crate) fn check(&self) -> Result<(), CompileError> {
		let shift = self.weight_shifts.iter().copied().max().unwrap_or(0);
		let within = |option, value: u8, min, max| match (min..=max).contains(&value) {
			true => Ok(()),
			false => {
				let expected = format!("{min} to {max}");
				Err(CompileError::Option { option, expected, got: value.to_string() })
			}
		};
		within("weight shift", shift, 0, 40)?;
		if self.max_error.is_nan() || self.max_error < 0.0 {
			let got = format!("{} %", self.max_error * 100.0);
			let expected = "0 % or more".into();
			return Err(CompileError::Option { option: "max error", expected, got });
		}
		if !(0.0..=1.0).contains(&self.min_agreement) {
			let got = format!("{} %", self.min_agreement * 100.0);
			let expected = "0 to 100 %".into();
			return Err(CompileError::Option { option: "min agreement", expected, got });
		}
		for widths in self.node_widths.values().chain([&self.widths]) {
			within("weight bits", widths.weight_bits, 2, 16)?;
			within("activation bits", widths.activation_bits, 4, 20)?;
			within("table bits", widths.table_bits, 4, 16)?;
		}
		Ok(())
	}

	pub(crate) fn check_labels(&self, classes: usize) -> Result<(), CompileError> {
		let error = |expected: String, got: String| {
			Err(CompileError::Option { option: "labels", expected, got })
		};
		if self.labels.is_empty() {
			return Ok(());
		}
		if self.labels.len() != classes || classes > LABELS {
			let expected = format!("none, or one for each of {classes} classes, at most {LABELS}");
			return error(expected, self.labels.len().to_string());
		}
		match self.labels.iter().find(|label| label.len() > LABEL_BYTES) {
			Some(label) => error(format!("at most {LABEL_BYTES} bytes each"), format!("{label:?}")),
			None => Ok(()),
		}
	}
}
