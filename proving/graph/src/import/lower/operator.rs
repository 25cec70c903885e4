//! An entry of the table: all that is known of an operator. Nothing else asks for its name.

use super::{signature::Version, Fold, Inputs, Lower, Lowered, Lowering};
use crate::import::node::Node;

/// An operator that can be proved, or computed when its inputs are constant.
#[derive(Clone, Copy, Debug)]
pub struct Operator {
	/// Its domain; ONNX's own has the empty name.
	pub domain: &'static str,
	/// The name that ONNX has for it.
	pub name: &'static str,
	/// Its forms, the oldest first.
	pub versions: &'static [Version],
	/// Adds its operations to the graph.
	pub(in crate::import) lower: Lower,
	/// Computes it before it is lowered, if it is one of constants.
	pub(in crate::import) fold: Option<Fold>,
	/// What becomes of its bodies, if it has some.
	pub(in crate::import) bodies: Option<Bodies>,
	/// What it makes of integers of 32 bits or more.
	pub(in crate::import) integers: Integers,
	/// What ONNX Runtime takes it for where its result is quantised.
	pub(in crate::import) kernel: Option<Kernel>,
	/// Whether its constants are sizes, places and bounds, which are no parameters of a model.
	pub(in crate::import) settings: bool,
}

/// How often the bodies of an operator are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bodies {
	/// One of two, as a condition says.
	Branch,
	/// One as often as a number and a condition say.
	Repeat,
	/// One for each place along an axis of its inputs.
	Scan,
}

/// What an operator makes of integers of 32 bits or more.
#[derive(Clone, Copy, Debug)]
pub enum Integers {
	/// What its lowering says, which refuses them where it asks for numbers.
	Own,
	/// Truth values: they are compared as the numbers that they are, and so are shorter ones and classes.
	Compared,
	/// Integers, the same as of the numbers that they are.
	Same(Growth),
	/// The same if its second input, of places, is constant; computed places its lowering takes as they are.
	Placed(Growth),
	/// Those of them that a condition chooses; constants among them say that they are integers, too.
	Chosen,
	/// What this function makes of them instead of its lowering.
	By(Whole, Growth),
}

/// Lowers a node of integers, which are given as they are and as the numbers that they are.
pub type Whole = fn(&mut Lowering, &Node, &Inputs, &Inputs) -> Lowered;

/// Where results are that are integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Growth {
	/// Within the type of what they are made of.
	Within,
	/// Beyond it for some operands, which is refused.
	Beyond,
	/// The same, and exporters give it integers of 8 and 16 bits, too, where no result begins again from the other
	/// end.
	Narrow,
}

/// Operators that ONNX Runtime has kernels of 8 bits for, where these make a difference to how a result is
/// rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
	/// A sum of two.
	Add,
	/// A product of two.
	Mul,
	/// A mean over windows.
	AveragePool,
	/// Numbers, or 0 instead of negative ones.
	Relu,
}

impl Operator {
	/// An operator of ONNX's own domain, which takes no integers of 32 bits or more unless its lowering does.
	pub(super) const fn new(
		name: &'static str,
		lower: Lower,
		versions: &'static [Version],
	) -> Self {
		Self {
			domain: "",
			name,
			versions,
			lower,
			fold: None,
			bodies: None,
			integers: Integers::Own,
			kernel: None,
			settings: false,
		}
	}

	/// The same of another domain.
	pub(super) const fn of(self, domain: &'static str) -> Self {
		Self { domain, ..self }
	}

	/// The same, computed from constants by `fold` where it gives something.
	pub(super) const fn folded(self, fold: Fold) -> Self {
		Self { fold: Some(fold), ..self }
	}

	/// The same, with bodies that are computed so often.
	pub(super) const fn bodies(self, bodies: Bodies) -> Self {
		Self { bodies: Some(bodies), ..self }
	}

	/// The same, which makes that of integers of 32 bits or more.
	pub(super) const fn integers(self, integers: Integers) -> Self {
		Self { integers, ..self }
	}

	/// The same, which ONNX Runtime has that kernel for.
	pub(super) const fn kernel(self, kernel: Kernel) -> Self {
		Self { kernel: Some(kernel), ..self }
	}

	/// The same, of which constants are no parameters.
	pub(super) const fn settings(self) -> Self {
		Self { settings: true, ..self }
	}

	/// The form it has in a version of the operator set.
	pub(in crate::import) fn version(&self, set: i64) -> Option<&'static Version> {
		let newest =
			|version: &Version| version.since.iter().filter(|since| **since <= set).max().copied();
		self.versions.iter().filter(|v| newest(v).is_some()).max_by_key(|v| newest(v))
	}
}

impl Integers {
	/// Where the results are, if they are integers.
	pub fn growth(self) -> Option<Growth> {
		match self {
			Self::Own | Self::Compared => None,
			Self::Chosen => Some(Growth::Within),
			Self::Same(growth) | Self::Placed(growth) | Self::By(_, growth) => Some(growth),
		}
	}
}
