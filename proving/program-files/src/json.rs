//! JSON with a place for each value, so that a refusal can name it.

use serde_json::Value;
use zkml_primitives::Scalar;

use crate::{
	error,
	number::{self, Field, Radix},
	strict::{self, Tree},
	FormatError,
};

/// Largest file that is parsed. A key of 64 inputs has less than 20 kB.
const MAX_JSON: usize = 256 * 1024;
/// gnark writes numbers of up to so many digits without quotes.
const BARE_DIGITS: usize = 15;
/// Names of BN254, without marks and in small letters: gnark's and arkworks', circom's, libff's and
/// Ethereum's.
const CURVE: [&str; 3] = ["bn254", "bn128", "altbn128"];

/// Names that a key goes by in files of several things, without marks and in small letters.
pub(crate) const KEY: [&str; 6] =
	["vk", "vkey", "verificationkey", "verifyingkey", "verifierkey", "key"];
/// The same for a proof.
pub(crate) const PROOF: [&str; 1] = ["proof"];
/// The same for public inputs.
pub(crate) const INPUTS: [&str; 6] =
	["publicsignals", "publicinputs", "pubsignals", "public", "signals", "inputs"];

pub(crate) fn parse(what: &str, bytes: &[u8]) -> Result<Tree, FormatError> {
	if bytes.len() > MAX_JSON {
		return Err(error::length(what, format!("at most {MAX_JSON} bytes"), bytes.len()));
	}
	strict::parse(bytes).map_err(|fault| FormatError::Json { what: what.into(), fault })
}

/// A value and where it stands.
#[derive(Clone)]
pub(crate) struct Node<'a> {
	value: &'a Tree,
	pub(crate) place: String,
}

/// A text in quotes, which stays one short line whatever is in it.
fn quoted(text: &str) -> String {
	match text.char_indices().nth(100) {
		Some((end, _)) => format!("{:?} and more", &text[..end]),
		None => format!("{text:?}"),
	}
}

/// A value in one short line.
fn shown(value: &Tree) -> String {
	match value {
		Tree::Null => "null".into(),
		Tree::Bool(_) => "a truth value".into(),
		Tree::Number(digits) => match digits.get(..100) {
			Some(first) => format!("{first} and more"),
			None => digits.clone(),
		},
		Tree::Text(text) => quoted(text),
		Tree::List(items) => format!("a list of {}", items.len()),
		Tree::Object(_) => "an object".into(),
	}
}

/// A name without marks and in small letters.
fn plain(name: &str) -> String {
	let letters = name.chars().filter(|c| !matches!(c, '_' | '-' | ' '));
	letters.flat_map(char::to_lowercase).collect()
}

impl<'a> Node<'a> {
	pub(crate) fn new(place: &str, value: &'a Tree) -> Self {
		Self { value, place: place.into() }
	}

	pub(crate) fn refuse(&self, expected: &str) -> FormatError {
		error::form(&self.place, expected, shown(self.value))
	}

	fn fields(&self) -> Result<&'a [(String, Tree)], FormatError> {
		match self.value {
			Tree::Object(fields) => Ok(fields),
			_ => Err(self.refuse("an object")),
		}
	}

	fn field(&self, (name, value): &'a (String, Tree)) -> Self {
		// A name is quoted as a value is: it may be anything.
		let simple =
			name.len() <= 40 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
		let name = if simple { name.clone() } else { quoted(name) };
		Self { value, place: format!("{}.{name}", self.place) }
	}

	/// A field that may be missing.
	pub(crate) fn find(&self, name: &str) -> Result<Option<Self>, FormatError> {
		let found = self.fields()?.iter().find(|(other, _)| other == name);
		Ok(found.map(|field| self.field(field)))
	}

	pub(crate) fn get(&self, name: &str) -> Result<Self, FormatError> {
		let missing = || error::form(&self.place, &format!("a field {name}"), "none of that name");
		self.find(name)?.ok_or_else(missing)
	}

	/// The one list or object of several names; see [`Node::one_of`].
	pub(crate) fn any(&self, names: &[&str]) -> Result<Option<Self>, FormatError> {
		self.one_of(names, |value| matches!(value, Tree::List(_) | Tree::Object(_)))
	}

	/// The one field of several names, which are without marks and in small letters, that is fit. Two
	/// of them in one object could say two things.
	pub(crate) fn one_of(
		&self,
		names: &[&str],
		fit: fn(&Tree) -> bool,
	) -> Result<Option<Self>, FormatError> {
		let named =
			|(name, value): &&(String, Tree)| fit(value) && names.contains(&plain(name).as_str());
		let mut found = self.fields()?.iter().filter(named);
		let first = found.next();
		if let (Some((first, _)), Some((second, _))) = (first, found.next()) {
			let got = format!("{} and {}", quoted(first), quoted(second));
			return Err(error::form(&self.place, "one of two fields for one thing", got));
		}
		Ok(first.map(|field| self.field(field)))
	}

	/// The part of these names in a file of several things; all of it where it has `mark`, or no
	/// such part.
	pub(crate) fn part(self, mark: &str, names: &[&str]) -> Result<Self, FormatError> {
		if !self.is_object() || self.find(mark)?.is_some() {
			return Ok(self);
		}
		Ok(self.any(names)?.filter(Self::is_object).unwrap_or(self))
	}

	fn is_object(&self) -> bool {
		matches!(self.value, Tree::Object(_))
	}

	pub(crate) fn is_list(&self) -> bool {
		matches!(self.value, Tree::List(_))
	}

	pub(crate) fn items(&self) -> Result<Vec<Self>, FormatError> {
		let Tree::List(items) = self.value else { return Err(self.refuse("a list")) };
		let node = |(index, value)| Self { value, place: format!("{}[{index}]", self.place) };
		Ok(items.iter().enumerate().map(node).collect())
	}

	pub(crate) fn array<const N: usize>(&self) -> Result<[Self; N], FormatError> {
		let items = self.items()?;
		let wrong =
			|items: Vec<Self>| error::length(&self.place, format!("{N} items"), items.len());
		items.try_into().map_err(wrong)
	}

	pub(crate) fn is_null(&self) -> bool {
		*self.value == Tree::Null
	}

	pub(crate) fn text(&self) -> Option<&'a str> {
		match self.value {
			Tree::Text(text) => Some(text),
			_ => None,
		}
	}

	/// Refuses all but this text.
	pub(crate) fn must_be(&self, text: &str) -> Result<(), FormatError> {
		match self.text() {
			Some(got) if got == text => Ok(()),
			_ => Err(self.refuse(&format!("{text:?}"))),
		}
	}

	/// Refuses all curves but BN254, which has many names. `ours` is the format's own.
	pub(crate) fn must_be_curve(&self, ours: &str) -> Result<(), FormatError> {
		match self.text().map(plain) {
			Some(name) if CURVE.contains(&name.as_str()) => Ok(()),
			_ => Err(self.refuse(&format!("{ours:?} or another name of that curve"))),
		}
	}

	pub(crate) fn count(&self) -> Result<u64, FormatError> {
		let Tree::Number(digits) = self.value else { return Err(self.refuse("a count")) };
		digits.parse().map_err(|_| self.refuse("a count"))
	}

	/// A whole number: decimal digits, or hexadecimal ones after 0x in a string. What stands in the
	/// file without quotes is read by its digits, never through a float.
	pub(crate) fn number(&self, field: Field) -> Result<[u8; 32], FormatError> {
		let text = match self.value {
			Tree::Number(text) | Tree::Text(text) => text,
			_ => return Err(self.refuse(number::EXPECTED)),
		};
		let radix = match self.value {
			Tree::Text(text) if text.starts_with("0x") => Radix::Hex,
			_ => Radix::Decimal,
		};
		let number = radix.read(text).ok_or_else(|| self.refuse(number::EXPECTED))?;
		field.check(&self.place, number, || shown(self.value).replace('"', ""))
	}

	/// A number as gnark writes one: those just below the modulus as small negative ones.
	pub(crate) fn gnark_number(&self, field: Field) -> Result<[u8; 32], FormatError> {
		let (Tree::Number(text) | Tree::Text(text)) = self.value else { return self.number(field) };
		let Some(digits) = text.strip_prefix('-') else { return self.number(field) };
		let number = Radix::Decimal.read(digits).and_then(|below| field.below(&below));
		number.ok_or_else(|| self.refuse(number::EXPECTED))
	}

	/// A list of public inputs, no more than a key may have.
	pub(crate) fn inputs(&self) -> Result<Vec<Scalar>, FormatError> {
		self.scalars(self.items()?, Self::number)
	}

	/// The same, or an object of named ones, whose order is that of the file: so do tools write them
	/// that know their names. Names that are numbers are refused, since JavaScript writes those
	/// first and by size, whatever the order of the signals is.
	pub(crate) fn named_inputs(
		&self,
		number: fn(&Self, Field) -> Result<[u8; 32], FormatError>,
	) -> Result<Vec<Scalar>, FormatError> {
		let Tree::Object(fields) = self.value else { return self.scalars(self.items()?, number) };
		let counted = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_digit());
		if let Some((name, _)) = fields.iter().find(|(name, _)| counted(name)) {
			let expected = "a list, or an object of signals whose names tell their order";
			return Err(error::form(&self.place, expected, format!("the name {name:?}")));
		}
		if fields.is_empty() {
			return Err(self.refuse("a list, or an object of named signals"));
		}
		self.scalars(fields.iter().map(|field| self.field(field)).collect(), number)
	}

	fn scalars(
		&self,
		items: Vec<Self>,
		number: fn(&Self, Field) -> Result<[u8; 32], FormatError>,
	) -> Result<Vec<Scalar>, FormatError> {
		error::input_count(&self.place, items.len())?;
		items.iter().map(|item| Ok(Scalar(number(item, Field::Scalar)?))).collect()
	}

	/// The public inputs in a file of them alone or of several things.
	pub(crate) fn public(self) -> Result<Self, FormatError> {
		if !self.is_object() {
			return Ok(self);
		}
		Ok(self.any(&INPUTS)?.unwrap_or(self))
	}

	/// Bytes: hexadecimal digits with or without 0x before them, or a list of numbers below 256, as
	/// Rust's own JSON has them, which may stand in a field `bytes`.
	pub(crate) fn bytes(&self) -> Result<Vec<u8>, FormatError> {
		let wrong = || self.refuse("bytes: pairs of hexadecimal digits, or a list of numbers");
		match self.value {
			Tree::Text(text) => {
				number::hex_bytes(text.strip_prefix("0x").unwrap_or(text)).ok_or_else(wrong)
			}
			Tree::Object(_) => self.get("bytes")?.bytes(),
			Tree::List(_) => {
				let byte = |item: Self| match item.value {
					Tree::Number(digits) => digits.parse().map_err(|_| item.refuse("a byte")),
					_ => Err(item.refuse("a byte")),
				};
				self.items()?.into_iter().map(byte).collect()
			}
			_ => Err(wrong()),
		}
	}

	/// 32 bytes, which may also be eight words of 32 bits, as RISC Zero's tools write digests.
	pub(crate) fn digest(&self) -> Result<[u8; 32], FormatError> {
		if let Tree::List(items) = self.value {
			if items.len() == 8 {
				let word = |item: Self| match item.value {
					Tree::Number(digits) => {
						let word: u32 = digits.parse().map_err(|_| item.refuse("32 bits"))?;
						Ok(word.to_le_bytes())
					}
					_ => Err(item.refuse("a number of 32 bits")),
				};
				let words: Vec<[u8; 4]> =
					self.items()?.into_iter().map(word).collect::<Result<_, FormatError>>()?;
				let bytes = words.concat();
				let length = bytes.len();
				return bytes
					.try_into()
					.map_err(|_| error::length(&self.place, "32 bytes", length));
			}
		}
		let bytes = self.bytes()?;
		let length = bytes.len();
		bytes.try_into().map_err(|_| error::length(&self.place, "32 bytes", length))
	}

	/// The names of an object's fields in their order.
	pub(crate) fn names(&self) -> Option<Vec<String>> {
		match self.value {
			Tree::Object(fields) => Some(fields.iter().map(|(name, _)| name.clone()).collect()),
			_ => None,
		}
	}

	/// The name of the first field, of an object that says by it what it is.
	pub(crate) fn variant(&self) -> Option<&'a str> {
		match self.value {
			Tree::Object(fields) => fields.first().map(|(name, _)| name.as_str()),
			Tree::Text(text) => Some(text),
			_ => None,
		}
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
