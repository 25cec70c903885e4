//! What compiling found out about a model: how close its integers come to the floats, and where they
//! are narrower than they could become.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

use crate::options::Widths;

/// Floats against integers, on given samples or on drawn inputs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
	/// Number of inputs that both were run on.
	pub inputs: usize,
	/// Whether the inputs were given; else they were drawn to cover the corners of the declared
	/// range.
	pub given: bool,
	/// Largest error of an element, as a share of that element's [range](ElementError::range).
	pub max_error: f64,
	/// The mean of all errors' sizes, likewise.
	pub mean_error: f64,
	/// What is stated of other inputs: three times the largest error of an element, at least
	/// the largest of all, with a step of the output and twice what the coarsest cell of a table
	/// loses, of which a sixty-fourth of the function's range counts at most.
	pub stated_error: f64,
	/// How close each output came, in the model's order.
	pub outputs: Vec<OutputError>,
	/// The nodes that lose most, the first the most.
	pub nodes: Vec<NodeError>,
	/// Widths of the nodes that got more bits than was asked for, by their names.
	pub widths: BTreeMap<String, Widths>,
	/// Where integers are narrower than they could become.
	pub narrow: Vec<Narrow>,
	/// Elements of outputs whose integers may never move.
	pub still: Vec<Still>,
	/// Nodes whose result jumps where their argument passes a threshold that integers meet a little
	/// earlier or later than floats: of inputs next to one the stated error does not hold.
	pub jumps: Vec<String>,
	/// Largest error on drawn inputs of the whole declared range, as a share of an element's range over
	/// all: what is stated holds for inputs like the samples.
	pub elsewhere: Option<f64>,
	/// Largest rounding of an input value, as a share of the declared range.
	pub input_rounding: f64,
}

/// How an output was.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OutputError {
	/// The name of the output in the model.
	pub name: String,
	/// Share of the inputs with the float model's label: the index of the largest score, or the output
	/// itself if it is a label. Nothing of a single number.
	pub agreement: Option<f64>,
	/// Whether it is a label, or its elements have names.
	pub labelled: bool,
	/// Each of its elements, or of the scores behind a label.
	pub elements: Vec<ElementError>,
}

/// How an element of an output was.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ElementError {
	/// Smallest value of the float model.
	pub low: f64,
	/// Largest value of the float model.
	pub high: f64,
	/// What errors are shares of: the distance of the two, for all elements of the same index on the last axis
	/// or of the same channel, the less of these; of an element that varies less than it is large its size, as
	/// far as its whole output spans as much; at least a thousandth of its size. On a single input, where
	/// none varies, what the output spans.
	pub range: f64,
	/// Largest error on the inputs run on, as a share of `range`.
	pub max_error: f64,
	/// What is stated of other inputs.
	pub stated_error: f64,
}

/// What a node loses.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NodeError {
	/// Its name in the ONNX file.
	pub node: String,
	/// Its operator in the ONNX file, if it is known.
	pub operator: Option<String>,
	/// Largest error of its result, as a share of the result's range.
	pub error: f64,
	/// By how much that error is more than those of what the node works on.
	pub added: f64,
}

/// An element of an output that varied by less than one step of its integers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Still {
	/// The name of the output in the model.
	pub output: String,
	/// Its index in the output, row-major.
	pub element: usize,
	/// Smallest value of the float model.
	pub low: f64,
	/// Largest value of the float model.
	pub high: f64,
	/// What an integer is worth.
	pub step: f64,
}

/// A node whose integers are narrower than they could become, or lose small numbers that are divided by.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Narrow {
	/// Its name in the ONNX file.
	pub node: String,
	/// What is kept, in real numbers; infinite where no end is its integers' own.
	pub low: f64,
	/// The upper end of what is kept, likewise.
	pub high: f64,
	/// The least and the most it could be by static bounds.
	pub could_be: (f64, f64),
	/// The least and the most it was.
	pub was: (f64, f64),
	/// Inputs among those run on that were clamped here.
	pub inputs: usize,
}

impl Report {
	/// The smallest share of labels, of outputs that have one.
	pub fn agreement(&self) -> Option<f64> {
		self.outputs.iter().filter_map(|output| output.agreement).reduce(f64::min)
	}

	/// The smallest share of labels by which a model is judged: of outputs that are labels or have names
	/// for their elements, on given inputs. Drawn inputs have scores next to each other more often than
	/// real ones: of them errors decide.
	pub fn judged(&self) -> Option<f64> {
		let labelled = self.outputs.iter().filter(|output| output.labelled && self.given);
		labelled.filter_map(|output| output.agreement).reduce(f64::min)
	}

	/// Whether errors are at most `max_error` and, of what is [judged](Self::judged), at least a share of
	/// `min_agreement` of labels is the same.
	pub fn close_enough(&self, max_error: f64, min_agreement: f64) -> bool {
		let agrees = self.judged().is_none_or(|share| share >= min_agreement);
		self.max_error <= max_error && agrees
	}

	/// One line for a registry: the owner's word.
	pub fn claim(&self) -> String {
		let by = match (self.given, self.inputs) {
			(true, 1) => "sample",
			(true, _) => "samples",
			(false, _) => "drawn inputs",
		};
		let label = match self.agreement() {
			Some(share) => format!("{:.1} % same label, ", share * 100.0),
			None => String::new(),
		};
		let narrow = if self.narrow.is_empty() { "" } else { ", may saturate" };
		let still = if self.still.is_empty() { "" } else { ", some never move" };
		let jumps = if self.jumps.is_empty() { "" } else { ", but next to jumps" };
		format!(
			"{label}largest error {:.2} % of an element's span or size on {} {by}{still}{jumps}{narrow}",
			self.max_error * 100.0,
			self.inputs,
		)
	}
}

impl fmt::Display for Still {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let Self { output, element, low, high, step } = self;
		write!(
			f,
			"{output}, element {element}: was {low:.6} to {high:.6}, {:.6} apart, less than its \
			 integers' step of {step:.6} (more bits or a scale in the model tell them apart)",
			high - low
		)
	}
}

impl fmt::Display for Narrow {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let Self { node, low, high, could_be, was, inputs } = self;
		write!(f, "{node}: keeps ")?;
		match (low.is_finite(), high.is_finite()) {
			(true, true) => write!(f, "{low:.4} to {high:.4}")?,
			(false, false) => write!(f, "no small numbers")?,
			(false, true) => write!(f, "up to {high:.4}")?,
			(true, false) => write!(f, "{low:.4} and more")?,
		}
		write!(
			f,
			", was {:.4} to {:.4}, could be {:.4} to {:.4}",
			was.0, was.1, could_be.0, could_be.1
		)?;
		match inputs {
			0 => Ok(()),
			n => write!(f, "; {n} inputs clamped"),
		}
	}
}
