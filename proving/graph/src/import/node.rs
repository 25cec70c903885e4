//! A node of an ONNX file: its attributes, and which of them were asked for.

use std::{cell::RefCell, collections::BTreeSet};

use zkml_onnx::{tensor_proto::DataType, AttributeProto, NodeProto, TensorProto};

use super::{
	lower::{Operator, Setting, Version},
	source::{text, Tensor},
	ImportError,
};

/// A node under its unique name.
#[derive(Debug)]
pub struct Node<'a> {
	pub proto: &'a NodeProto,
	pub name: &'a str,
	pub operator: &'static Operator,
	/// The form of its operator that its operator set has.
	pub version: &'a Version,
	/// Which of its outputs are needed.
	pub wanted: &'a [bool],
	/// Names of the attributes that were asked for.
	asked: RefCell<BTreeSet<String>>,
}

impl<'a> Node<'a> {
	pub fn new(
		proto: &'a NodeProto,
		name: &'a str,
		operator: &'static Operator,
		version: &'a Version,
		wanted: &'a [bool],
	) -> Self {
		Self { proto, name, operator, version, wanted, asked: RefCell::default() }
	}

	/// Its operator's name, for messages.
	pub fn op(&self) -> &'static str {
		self.operator.name
	}

	pub fn error(&self, expected: impl Into<String>, got: impl Into<String>) -> ImportError {
		ImportError::Node {
			node: self.name.into(),
			operator: self.op().into(),
			expected: expected.into(),
			got: got.into(),
		}
	}

	pub fn attribute(&self, name: &str) -> Option<&'a AttributeProto> {
		self.asked.borrow_mut().insert(name.into());
		self.proto.attribute.iter().find(|a| a.name == name)
	}

	/// Whether an attribute of that name was asked for.
	pub fn asked(&self, name: &str) -> bool {
		self.asked.borrow().contains(name)
	}

	/// What ONNX has instead of an attribute that is left out.
	fn default(&self, name: &str) -> Option<Setting> {
		self.version.attribute(name).and_then(|attribute| attribute.default)
	}

	/// An integer; if it is left out ONNX's default, and `other` where this version has none.
	pub fn int(&self, name: &str, other: i64) -> i64 {
		match (self.attribute(name), self.default(name)) {
			(Some(attribute), _) => attribute.i,
			(None, Some(Setting::Int(default))) => default,
			_ => other,
		}
	}

	/// A number, by the rule of [`Node::int`].
	pub fn float(&self, name: &str, other: f32) -> f32 {
		match (self.attribute(name), self.default(name)) {
			(Some(attribute), _) => attribute.f,
			(None, Some(Setting::Float(default))) => default,
			_ => other,
		}
	}

	pub fn ints(&self, name: &str) -> Option<&'a [i64]> {
		self.attribute(name).map(|a| a.ints.as_slice())
	}

	/// Empty if there are none; numbers of a tensor under that name with `_as_tensor` count too.
	pub fn floats(&self, name: &str) -> Result<Vec<f32>, ImportError> {
		let tensor = self.attribute(&format!("{name}_as_tensor")).and_then(|a| a.t.as_ref());
		match (self.attribute(name), tensor) {
			(Some(attribute), None) => Ok(attribute.floats.clone()),
			(None, Some(tensor)) => {
				let tensor = Tensor::read(tensor)?;
				let got = || self.error(format!("numbers in {name}_as_tensor"), "words");
				tensor.floats().ok_or_else(got)
			}
			(None, None) => Ok(Vec::new()),
			(Some(_), Some(_)) => Err(self.error(format!("{name} or {name}_as_tensor"), "both")),
		}
	}

	/// The same, none of which may have lost digits: 64 bits have more than 32.
	pub fn exact(&self, name: &str) -> Result<Vec<f32>, ImportError> {
		let values = self.floats(name)?;
		let own = format!("{name}_as_tensor");
		match self.attribute(&own).and_then(|a| a.t.as_ref()) {
			Some(tensor) => self.exact_numbers(&own, tensor),
			None => Ok(values),
		}
	}

	/// The numbers of a tensor under that name, none of which may have lost digits.
	pub fn exact_numbers(&self, name: &str, proto: &TensorProto) -> Result<Vec<f32>, ImportError> {
		let read = Tensor::read(proto)?;
		let values =
			read.floats().ok_or_else(|| self.error(format!("numbers in {name}"), "others"))?;
		if proto.data_type != DataType::Double as i32 {
			return Ok(values);
		}
		let doubles: Vec<f64> = match proto.raw_data.is_empty() {
			true => proto.double_data.clone(),
			false => {
				let eight = proto.raw_data.chunks_exact(8);
				eight.filter_map(|b| b.try_into().ok()).map(f64::from_le_bytes).collect()
			}
		};
		let differs = |double: f64, single: f32| {
			double != f64::from(single) && !(double.is_nan() && single.is_nan())
		};
		match doubles.iter().zip(&values).find(|(double, single)| differs(**double, **single)) {
			None => Ok(values),
			Some((double, _)) => {
				let expected = format!("numbers in {name} that 32 bits hold");
				Err(self.error(expected, double.to_string()))
			}
		}
	}

	/// A word, by the rule of [`Node::int`].
	pub fn text(&self, name: &str, other: &str) -> String {
		match (self.attribute(name), self.default(name)) {
			(Some(attribute), _) => text(&attribute.s),
			(None, Some(Setting::Text(default))) => default.into(),
			_ => other.into(),
		}
	}

	pub fn texts(&self, name: &str) -> Vec<String> {
		self.attribute(name).map_or(Vec::new(), |a| a.strings.iter().map(|s| text(s)).collect())
	}

	/// An axis of a tensor of that rank; negative ones count from the end.
	pub fn axis(&self, axis: i64, rank: usize) -> Result<usize, ImportError> {
		let signed = rank as i64;
		let place = if axis < 0 { axis.checked_add(signed) } else { Some(axis) };
		match place {
			Some(place) if (0..signed).contains(&place) => Ok(place as usize),
			_ => Err(self.error(format!("an axis of {rank} dimensions"), axis.to_string())),
		}
	}
}
