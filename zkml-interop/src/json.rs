//! JSON with a place for each value, so that a refusal can name it.

use serde_json::Value;
use zkml_primitives::Scalar;

use crate::{
	error,
	number::{Field, Radix},
	InteropError,
};

/// Largest file that is parsed. A key of 64 inputs has less than 20 kB.
const MAX_JSON: usize = 256 * 1024;
/// gnark writes numbers of up to so many digits without quotes.
const BARE_DIGITS: usize = 15;

pub(crate) fn parse(what: &str, bytes: &[u8]) -> Result<Value, InteropError> {
	if bytes.len() > MAX_JSON {
		return Err(error::length(what, format!("at most {MAX_JSON} bytes"), bytes.len()));
	}
	let json = |e: serde_json::Error| InteropError::Json { what: what.into(), got: e.to_string() };
	serde_json::from_slice(bytes).map_err(json)
}

/// A value and where it stands.
pub(crate) struct Node<'a> {
	value: &'a Value,
	pub(crate) place: String,
}

/// A value in one short line.
fn shown(value: &Value) -> String {
	match value {
		Value::Null => "null".into(),
		Value::Bool(_) => "a truth value".into(),
		Value::Number(number) => number.to_string(),
		// Whatever is in there, the line stays one line.
		Value::String(text) => match text.char_indices().nth(100) {
			Some((end, _)) => format!("{:?} and more", &text[..end]),
			None => format!("{text:?}"),
		},
		Value::Array(items) => format!("a list of {}", items.len()),
		Value::Object(_) => "an object".into(),
	}
}

impl<'a> Node<'a> {
	pub(crate) fn new(place: &str, value: &'a Value) -> Self {
		Self { value, place: place.into() }
	}

	pub(crate) fn refuse(&self, expected: &str) -> InteropError {
		error::form(&self.place, expected, shown(self.value))
	}

	/// A field that may be missing.
	pub(crate) fn find(&self, name: &str) -> Result<Option<Self>, InteropError> {
		let object = self.value.as_object().ok_or_else(|| self.refuse("an object"))?;
		Ok(object.get(name).map(|value| Self { value, place: format!("{}.{name}", self.place) }))
	}

	pub(crate) fn get(&self, name: &str) -> Result<Self, InteropError> {
		let missing = || error::form(&self.place, &format!("a field {name}"), "none of that name");
		self.find(name)?.ok_or_else(missing)
	}

	pub(crate) fn items(&self) -> Result<Vec<Self>, InteropError> {
		let items = self.value.as_array().ok_or_else(|| self.refuse("a list"))?;
		let node = |(index, value)| Self { value, place: format!("{}[{index}]", self.place) };
		Ok(items.iter().enumerate().map(node).collect())
	}

	pub(crate) fn array<const N: usize>(&self) -> Result<[Self; N], InteropError> {
		let items = self.items()?;
		let wrong =
			|items: Vec<Self>| error::length(&self.place, format!("{N} items"), items.len());
		items.try_into().map_err(wrong)
	}

	pub(crate) fn is_null(&self) -> bool {
		self.value.is_null()
	}

	/// Refuses all but this text.
	pub(crate) fn must_be(&self, text: &str) -> Result<(), InteropError> {
		match self.value.as_str() {
			Some(got) if got == text => Ok(()),
			_ => Err(self.refuse(&format!("{text:?}"))),
		}
	}

	pub(crate) fn count(&self) -> Result<u64, InteropError> {
		self.value.as_u64().ok_or_else(|| self.refuse("a count"))
	}

	/// A number in a string.
	pub(crate) fn number(&self, radix: Radix, field: Field) -> Result<[u8; 32], InteropError> {
		let wrong = || self.refuse(radix.name());
		let text = self.value.as_str().ok_or_else(wrong)?;
		let number = radix.read(text).ok_or_else(wrong)?;
		field.check(&self.place, number, || text.into())
	}

	/// A coordinate as gnark writes it, small numbers without quotes.
	pub(crate) fn gnark_coordinate(&self) -> Result<[u8; 32], InteropError> {
		let text = self.value.as_u64().map(|number| number.to_string());
		match text.filter(|text| text.len() <= BARE_DIGITS) {
			Some(text) => Radix::Decimal.read(&text).ok_or_else(|| self.refuse("a number")),
			None => self.number(Radix::Decimal, Field::Base),
		}
	}

	/// A list of public inputs, no more than a key may have.
	pub(crate) fn inputs(&self, radix: Radix) -> Result<Vec<Scalar>, InteropError> {
		let items = self.items()?;
		error::input_count(&self.place, items.len())?;
		items.iter().map(|item| Ok(Scalar(item.number(radix, Field::Scalar)?))).collect()
	}
}

/// A number as gnark writes a coordinate.
pub(crate) fn gnark_coordinate(bytes: &[u8]) -> Value {
	let text = Radix::Decimal.write(bytes);
	match text.parse::<u64>() {
		Ok(number) if text.len() <= BARE_DIGITS => Value::from(number),
		_ => Value::from(text),
	}
}

/// Public inputs as a list of strings.
pub(crate) fn inputs(inputs: &[Scalar], radix: Radix) -> Value {
	inputs.iter().map(|input| Value::from(radix.write(&input.0))).collect()
}

/// Points out of coordinates.
pub(crate) fn join<const N: usize, const M: usize>(coordinates: [[u8; 32]; N]) -> [u8; M] {
	let mut out = [0; M];
	for (to, coordinate) in out.chunks_exact_mut(32).zip(coordinates) {
		to.copy_from_slice(&coordinate);
	}
	out
}
