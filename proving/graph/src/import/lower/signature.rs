//! What an operator may be given: attributes, inputs and outputs by version of its operator set, and
//! what becomes of each.
//!
//! Nothing of a node is passed over: what is not listed is refused, and so is what is listed as read
//! if lowering did not look at it.

use zkml_onnx::AttributeProto;

use super::Inputs;
use crate::import::{node::Node, source::text, ImportError};

pub use super::operator::{Kernel, Operator};

/// A form that an operator has in some versions.
#[derive(Clone, Copy, Debug)]
pub struct Version {
	/// Versions of the operator set that gave it a new definition of this same form.
	pub since: &'static [i64],
	/// All attributes that the form has.
	pub attributes: &'static [Attribute],
	/// All its inputs, in order.
	pub inputs: &'static [Input],
	/// All its outputs, in order.
	pub outputs: &'static [Output],
}

/// An attribute of an operator, as ONNX defines it.
#[derive(Clone, Copy, Debug)]
pub struct Attribute {
	/// The name that ONNX has for it.
	pub name: &'static str,
	/// The type of what it holds.
	pub form: Form,
	/// What stands for it where it is left out, if ONNX says so.
	pub default: Option<Setting>,
	/// Whether it must be there.
	pub required: bool,
	/// What becomes of it.
	pub usage: Usage,
}

/// What an attribute holds, with the number that ONNX has for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
	/// A number of 32 bits.
	Float = 1,
	/// An integer of 64 bits.
	Int = 2,
	/// A string of UTF-8.
	String = 3,
	/// A tensor that is not sparse.
	Tensor = 4,
	/// A graph: nodes that the operator computes.
	Graph = 5,
	/// A list of numbers.
	Floats = 6,
	/// A list of integers.
	Ints = 7,
	/// A list of strings.
	Strings = 8,
	/// A tensor that lists what is not zero.
	SparseTensor = 11,
}

/// What an attribute may be set to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Setting {
	/// A number of 32 bits.
	Float(f32),
	/// An integer of 64 bits.
	Int(i64),
	/// A string, by its text.
	Text(&'static str),
	/// A list of integers.
	Ints(&'static [i64]),
	/// A list of strings.
	Texts(&'static [&'static str]),
}

/// What becomes of an attribute, an input or an output that is there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Usage {
	/// Lowering looks at it, or gives it.
	Read,
	/// It makes no difference to an inference, for this reason; an output must not be needed.
	Idle(&'static str),
	/// Refused unless it is one of these; an output is refused always.
	Only(&'static [Setting]),
}

/// How often an input or an output is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
	/// Exactly once, in its place.
	One,
	/// At most once, in its place.
	Optional,
	/// Any number of times.
	Variadic,
}

/// An input of an operator, as ONNX defines it.
#[derive(Clone, Copy, Debug)]
pub struct Input {
	/// The name that ONNX has for it.
	pub name: &'static str,
	/// How often it is there.
	pub number: Number,
	/// What becomes of it.
	pub usage: Usage,
}

/// An output of an operator, as ONNX defines it.
pub type Output = Input;

impl Version {
	/// The form that an operator has since these versions of the operator set.
	pub(super) const fn new(
		since: &'static [i64],
		attributes: &'static [Attribute],
		inputs: &'static [Input],
		outputs: &'static [Output],
	) -> Self {
		Self { since, attributes, inputs, outputs }
	}

	/// Its attribute of that name.
	pub fn attribute(&self, name: &str) -> Option<&'static Attribute> {
		self.attributes.iter().find(|attribute| attribute.name == name)
	}

	/// The oldest operator set that has it.
	pub fn oldest(&self) -> i64 {
		self.since.first().copied().unwrap_or(1)
	}

	/// Refuses a node that has more than this form, or has it in a way that is not handled.
	pub(in crate::import) fn check(&self, node: &Node) -> Result<(), ImportError> {
		for (index, given) in node.proto.attribute.iter().enumerate() {
			let name = &given.name;
			let Some(attribute) = self.attribute(name) else {
				let known: Vec<_> = self.attributes.iter().map(|a| a.name).collect();
				let expected = match known.as_slice() {
					[] => format!("no attribute (operator set {})", self.oldest()),
					known => format!(
						"no other attributes than {} (operator set {})",
						known.join(", "),
						self.oldest()
					),
				};
				return Err(node.error(expected, format!("{name} too")));
			};
			if node.proto.attribute[..index].iter().any(|other| other.name == *name) {
				return Err(node.error(format!("one attribute {name}"), "two"));
			}
			attribute.check(node, given)?;
		}
		let given = |name: &str| node.proto.attribute.iter().any(|a| a.name == name);
		if let Some(missing) = self.attributes.iter().find(|a| a.required && !given(a.name)) {
			let got = match missing.default {
				Some(default) => format!("none, which is {default}"),
				None => "none".into(),
			};
			return Err(node.error(missing.expected(), got));
		}
		self.check_outputs(node)
	}

	fn check_outputs(&self, node: &Node) -> Result<(), ImportError> {
		for (index, name) in node.proto.output.iter().enumerate().filter(|(_, n)| !n.is_empty()) {
			let Some(output) = place(self.outputs, index) else {
				let expected = format!("at most {} outputs", self.outputs.len());
				return Err(node.error(expected, format!("{name} too")));
			};
			let wanted = node.wanted.get(index) == Some(&true);
			match output.usage {
				Usage::Read => {}
				Usage::Idle(_) if !wanted => {}
				Usage::Idle(reason) => {
					let got = format!("output {} too", output.name);
					return Err(node.error(format!("an output that can be proved ({reason})"), got));
				}
				Usage::Only(_) => {
					let expected = "the outputs of an inference, not those of training";
					return Err(node.error(expected, format!("output {} too", output.name)));
				}
			}
		}
		Ok(())
	}

	/// Refuses inputs that this form does not have.
	pub(in crate::import) fn check_inputs(
		&self,
		node: &Node,
		inputs: &Inputs,
	) -> Result<(), ImportError> {
		for index in 0..inputs.len() {
			if inputs.has(index) && place(self.inputs, index).is_none() {
				let (expected, got) = (self.inputs.len(), inputs.len());
				let expected =
					format!("at most {expected} inputs (operator set {})", self.oldest());
				return Err(node.error(expected, got.to_string()));
			}
		}
		for (index, input) in self.inputs.iter().enumerate() {
			if input.number == Number::One && !inputs.has(index) {
				return Err(node.error(format!("an input {}", input.name), "none"));
			}
		}
		Ok(())
	}

	/// Refuses what lowering should have looked at, and did not.
	pub(in crate::import) fn check_read(
		&self,
		node: &Node,
		inputs: &Inputs,
	) -> Result<(), ImportError> {
		let passed_over = |attribute: &&Attribute| {
			let given = node.proto.attribute.iter().any(|a| a.name == attribute.name);
			attribute.usage == Usage::Read && given && !node.asked(attribute.name)
		};
		let attribute = self.attributes.iter().find(passed_over).map(|a| a.name);
		let input = (0..inputs.len())
			.filter(|index| inputs.has(*index) && !inputs.seen(*index))
			.filter_map(|index| place(self.inputs, index))
			.find(|input| input.usage == Usage::Read)
			.map(|input| input.name);
		match attribute.map(|a| ("attribute", a)).or(input.map(|i| ("input", i))) {
			Some((what, name)) => {
				let expected = format!("a node in which {what} {name} is taken into account");
				Err(node.error(expected, "one in which it would be passed over"))
			}
			None => Ok(()),
		}
	}
}

/// What stands at a place; the last may be there any number of times.
fn place(all: &'static [Input], index: usize) -> Option<&'static Input> {
	let variadic = all.last().filter(|last| last.number == Number::Variadic);
	all.get(index).or(variadic)
}

impl Attribute {
	const fn with(name: &'static str, form: Form, default: Option<Setting>) -> Self {
		Self { name, form, default, required: false, usage: Usage::Read }
	}

	/// The same, but it makes no difference.
	pub(super) const fn idle(self, reason: &'static str) -> Self {
		Self { usage: Usage::Idle(reason), ..self }
	}

	/// The same, but refused unless it is one of these.
	pub(super) const fn only(self, settings: &'static [Setting]) -> Self {
		Self { usage: Usage::Only(settings), ..self }
	}

	/// The same, but it must be there, if ONNX wants it or its default is one that is refused.
	pub(super) const fn required(self) -> Self {
		Self { required: true, ..self }
	}

	/// In words what can be read.
	fn expected(&self) -> String {
		let name = self.name;
		match self.usage {
			Usage::Only([]) => format!("no attribute {name}"),
			Usage::Only(settings) => {
				let words: Vec<_> = settings.iter().map(Setting::to_string).collect();
				format!("attribute {name} {}", words.join(" or "))
			}
			_ => format!("attribute {name}"),
		}
	}

	fn check(&self, node: &Node, given: &AttributeProto) -> Result<(), ImportError> {
		let name = self.name;
		if !given.ref_attr_name.is_empty() {
			let got = format!("{} of the function around it", given.ref_attr_name);
			return Err(node.error(format!("a value as attribute {name}"), got));
		}
		if !self.form.holds(given) {
			let expected = format!("{} as attribute {name}", self.form.describe());
			return Err(node.error(expected, "another type"));
		}
		let Usage::Only(settings) = self.usage else { return Ok(()) };
		let is = |setting: &Setting| match setting {
			Setting::Float(value) => given.f == *value,
			Setting::Int(value) => given.i == *value,
			Setting::Text(value) => given.s == value.as_bytes(),
			Setting::Ints(values) => given.ints == *values,
			Setting::Texts(values) => {
				given.strings.iter().map(Vec::as_slice).eq(values.iter().map(|v| v.as_bytes()))
			}
		};
		if settings.iter().any(is) {
			return Ok(());
		}
		let got = match self.form {
			Form::Float => given.f.to_string(),
			Form::Int => given.i.to_string(),
			Form::String => text(&given.s),
			_ => "one".into(),
		};
		Err(node.error(self.expected(), got))
	}
}

impl Form {
	/// Whether the attribute is of this form, and holds nothing of another. Files of the first
	/// versions do not say the form.
	fn holds(self, given: &AttributeProto) -> bool {
		let said = given.r#type;
		let others = [
			(Self::Float, given.f != 0.0),
			(Self::Int, given.i != 0),
			(Self::String, !given.s.is_empty()),
			(Self::Tensor, given.t.is_some()),
			(Self::Graph, given.g.is_some()),
			(Self::Floats, !given.floats.is_empty()),
			(Self::Ints, !given.ints.is_empty()),
			(Self::Strings, !given.strings.is_empty()),
			(Self::SparseTensor, given.sparse_tensor.is_some()),
		];
		let foreign = others.iter().any(|(form, there)| *form != self && *there);
		let other = !given.graphs.is_empty() || !given.tensors.is_empty();
		(said == 0 || said == self as i32) && !foreign && !other
	}

	const fn describe(self) -> &'static str {
		match self {
			Self::Float => "a number",
			Self::Int => "an integer",
			Self::String => "a word",
			Self::Tensor => "a tensor",
			Self::Graph => "a graph",
			Self::Floats => "numbers",
			Self::Ints => "integers",
			Self::Strings => "words",
			Self::SparseTensor => "a sparse tensor",
		}
	}
}

impl std::fmt::Display for Setting {
	fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
		match self {
			Self::Float(value) => value.fmt(f),
			Self::Int(value) => value.fmt(f),
			Self::Text(value) => value.fmt(f),
			Self::Ints(values) => write!(f, "{values:?}"),
			Self::Texts(values) => f.write_str(&values.join(", ")),
		}
	}
}

/// An integer with ONNX's default.
pub(super) const fn int(name: &'static str, default: i64) -> Attribute {
	Attribute::with(name, Form::Int, Some(Setting::Int(default)))
}

/// A number with ONNX's default.
pub(super) const fn float(name: &'static str, default: f32) -> Attribute {
	Attribute::with(name, Form::Float, Some(Setting::Float(default)))
}

/// A word with ONNX's default.
pub(super) const fn word(name: &'static str, default: &'static str) -> Attribute {
	Attribute::with(name, Form::String, Some(Setting::Text(default)))
}

/// Integers with ONNX's default.
pub(super) const fn ints(name: &'static str, default: &'static [i64]) -> Attribute {
	Attribute::with(name, Form::Ints, Some(Setting::Ints(default)))
}

/// Words with ONNX's default.
pub(super) const fn words(name: &'static str, default: &'static [&'static str]) -> Attribute {
	Attribute::with(name, Form::Strings, Some(Setting::Texts(default)))
}

/// An attribute without a default.
pub(super) const fn free(name: &'static str, form: Form) -> Attribute {
	Attribute::with(name, form, None)
}

/// An attribute that ONNX wants.
pub(super) const fn needed(name: &'static str, form: Form) -> Attribute {
	free(name, form).required()
}

/// An input or an output that is always there.
pub(super) const fn input(name: &'static str) -> Input {
	Input { name, number: Number::One, usage: Usage::Read }
}

/// One that may be left out.
pub(super) const fn optional(name: &'static str) -> Input {
	Input { number: Number::Optional, ..input(name) }
}

/// One that may be there several times; it is the last.
pub(super) const fn variadic(name: &'static str) -> Input {
	Input { number: Number::Variadic, ..input(name) }
}

/// What the first operator set had on many operators.
pub(super) const CONSUMED: Attribute =
	free("consumed_inputs", Form::Ints).idle("it was a hint about memory");
pub(super) const X: &[Input] = &[input("X")];
pub(super) const Y: &[Output] = &[input("Y")];
pub(super) const INPUT: &[Input] = &[input("input")];
pub(super) const OUTPUT: &[Output] = &[input("output")];
pub(super) const DATA: &[Input] = &[input("data")];
pub(super) const AB: &[Input] = &[input("A"), input("B")];

impl Input {
	/// The same, but it makes no difference; an output must not be needed.
	pub(super) const fn idle(self, reason: &'static str) -> Self {
		Self { usage: Usage::Idle(reason), ..self }
	}

	/// An output that stands for training: it is refused.
	pub(super) const fn refused(self) -> Self {
		Self { usage: Usage::Only(&[]), ..self }
	}
}
