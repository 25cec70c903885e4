//! JSON as it is written (RFC 8259), for files that people bring.
//!
//! Parsers that are made for programs let through what a person did not mean: of two fields of one
//! name the later counts, numbers are rounded to what a float can hold, the order of fields is lost.
//! Here a file is read as it stands or refused: names are kept in order and may be there once,
//! numbers are kept in their digits, and whatever is no UTF-8 is named as what it is. A byte order
//! mark of UTF-8 is passed over, as the RFC lets a reader do: it changes nothing of what is meant.

use std::fmt;

use thiserror::Error;

/// A list in a list in a list: deeper ones are a mistake, or an attack on the stack.
const MAX_DEPTH: usize = 128;
/// As much of a file is quoted in an error.
const SHOWN: usize = 24;
const MARK: &str = "\u{feff}";

/// A value as it is written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Tree {
	/// The word `null` in place of a value.
	Null,
	/// The words `true` and `false`.
	Bool(bool),
	/// The digits of a number.
	Number(String),
	/// The text of a string, without escapes.
	Text(String),
	/// The values of a list, in order.
	List(Vec<Tree>),
	/// An object's fields in the order of the file, each name once.
	Object(Vec<(String, Tree)>),
}

/// A place in a file, both from 1; columns are characters.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Place {
	line: usize,
	column: usize,
}

impl fmt::Display for Place {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "line {}, column {}", self.line, self.column)
	}
}

/// What a file is instead of one JSON value in UTF-8: the "got" of an error.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum Fault {
	/// Nothing, not even a blank.
	#[error("an empty file")]
	Empty,
	/// Blanks and line breaks, and nothing else.
	#[error("a file of blanks alone")]
	Blank,
	/// Another encoding, as its first bytes say.
	#[error("text in {0}, which is no UTF-8: save it as UTF-8")]
	Encoding(&'static str),
	/// A byte that UTF-8 does not have in this place.
	#[error("bytes that are no UTF-8, the first at {0}")]
	Bytes(Place),
	/// The file ends before its value does.
	#[error("JSON that is cut off: it ends within {0}")]
	Cut(&'static str),
	/// Something where something else belongs.
	#[error("JSON with {got} where {expected} belongs, at {at}")]
	Token {
		/// What belongs in that place.
		expected: &'static str,
		/// The beginning of what is there.
		got: String,
		/// Its line and column in the file.
		at: Place,
	},
	/// Two fields of one name: which of them was meant?
	#[error("JSON with {name:?} twice in one object, again at {at}")]
	Twice {
		/// The name that is there twice.
		name: String,
		/// Where the second one is.
		at: Place,
	},
	/// More than one value.
	#[error("JSON with more after its end: {got} at {at}")]
	After {
		/// The beginning of it.
		got: String,
		/// The line and column where it begins.
		at: Place,
	},
	/// Lists or objects in each other beyond all reason.
	#[error("JSON nested deeper than {MAX_DEPTH} levels")]
	Deep,
}

/// Reads one value, and nothing after it.
///
/// # Errors
///
/// If the bytes are no UTF-8, or not exactly one value of JSON in which each name is there once.
pub fn parse(bytes: &[u8]) -> Result<Tree, Fault> {
	let mut reader = Reader { text: text(bytes)?, at: 0 };
	reader.blanks();
	if reader.rest().is_empty() {
		return Err(Fault::Blank);
	}
	let tree = reader.value(0)?;
	reader.blanks();
	match reader.rest() {
		"" => Ok(tree),
		_ => Err(Fault::After { got: reader.shown(), at: reader.place(reader.at) }),
	}
}

/// The text of a file without its byte order mark, once [`parse`] has nothing against it: for
/// parsers that make types of it.
///
/// # Errors
///
/// If [`parse`] refuses the bytes.
pub fn checked(bytes: &[u8]) -> Result<&str, Fault> {
	parse(bytes)?;
	text(bytes)
}

/// Whether bytes are JSON's to anybody who looks at them: text that begins as a list or an object.
pub fn looks_like_json(bytes: &[u8]) -> bool {
	let bytes = bytes.strip_prefix(MARK.as_bytes()).unwrap_or(bytes).trim_ascii_start();
	matches!(bytes.first(), Some(b'{' | b'[')) && std::str::from_utf8(bytes).is_ok()
}

/// Bytes as UTF-8, without a mark.
fn text(bytes: &[u8]) -> Result<&str, Fault> {
	if bytes.is_empty() {
		return Err(Fault::Empty);
	}
	if let Some(other) = encoding(bytes) {
		return Err(Fault::Encoding(other));
	}
	let text = std::str::from_utf8(bytes).map_err(|error| {
		let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
		let before = String::from_utf8_lossy(before);
		Fault::Bytes(place(before.strip_prefix(MARK).unwrap_or(&before)))
	})?;
	Ok(text.strip_prefix(MARK).unwrap_or(text))
}

/// The encoding that the first bytes are of, if it is another than UTF-8. JSON begins with two
/// characters of ASCII, so that zeros tell the wide encodings apart without a mark too (RFC 4627,
/// section 3).
fn encoding(bytes: &[u8]) -> Option<&'static str> {
	Some(match bytes {
		[0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => "UTF-32 with a byte order mark",
		[0xff, 0xfe, ..] => "UTF-16 (little-endian, with a byte order mark)",
		[0xfe, 0xff, ..] => "UTF-16 (big-endian, with a byte order mark)",
		[0, 0, 0, first, ..] | [first, 0, 0, 0, ..] if *first != 0 => {
			"UTF-32 without a byte order mark"
		}
		[0, first, ..] | [first, 0, ..] if *first != 0 => "UTF-16 without a byte order mark",
		_ => return None,
	})
}

/// Where the text after this one begins.
fn place(before: &str) -> Place {
	let line = before.matches('\n').count() + 1;
	let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
	Place { line, column }
}

struct Reader<'a> {
	text: &'a str,
	at: usize,
}

impl<'a> Reader<'a> {
	fn rest(&self) -> &'a str {
		self.text.get(self.at..).unwrap_or_default()
	}

	fn next(&self) -> Option<char> {
		self.rest().chars().next()
	}

	fn skip(&mut self, character: char) {
		self.at += character.len_utf8();
	}

	fn blanks(&mut self) {
		let rest = self.rest();
		self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
	}

	fn place(&self, at: usize) -> Place {
		place(self.text.get(..at).unwrap_or_default())
	}

	/// The beginning of what is left, in one short line: a word, or the first character.
	fn shown(&self) -> String {
		let word = |c: &char| c.is_alphanumeric() || matches!(c, '+' | '-' | '.' | '_');
		let mut shown: String = self.rest().chars().take_while(word).take(SHOWN).collect();
		shown.extend(self.next().filter(|_| shown.is_empty()));
		format!("{shown:?}")
	}

	fn wrong(&self, expected: &'static str, within: &'static str) -> Fault {
		match self.rest() {
			"" => Fault::Cut(within),
			_ => Fault::Token { expected, got: self.shown(), at: self.place(self.at) },
		}
	}

	fn value(&mut self, depth: usize) -> Result<Tree, Fault> {
		if depth == MAX_DEPTH {
			return Err(Fault::Deep);
		}
		match self.next() {
			Some('{') => self.object(depth),
			Some('[') => self.list(depth),
			Some('"') => self.string().map(Tree::Text),
			Some('-' | '0'..='9') => self.number(),
			_ => self.word(),
		}
	}

	fn word(&mut self) -> Result<Tree, Fault> {
		let words =
			[("null", Tree::Null), ("true", Tree::Bool(true)), ("false", Tree::Bool(false))];
		for (word, tree) in words {
			if self.rest().strip_prefix(word).is_some_and(ends) {
				self.at += word.len();
				return Ok(tree);
			}
		}
		Err(self.wrong("a value", "a list or an object"))
	}

	/// RFC 8259, section 6: no sign but minus, no zero ahead, digits on both sides of the point.
	fn number(&mut self) -> Result<Tree, Fault> {
		let rest = self.rest();
		let digits = |text: &'a str| text.trim_start_matches(|c: char| c.is_ascii_digit());
		let some = |text: &'a str| Some(digits(text)).filter(|after| after.len() < text.len());
		let wrong = || match rest.trim_start_matches(|c: char| !ends(c.encode_utf8(&mut [0; 4]))) {
			"" => Fault::Cut("a number"),
			_ => self.wrong("a number as JSON has them", "a number"),
		};
		let whole = rest.strip_prefix('-').unwrap_or(rest);
		let mut after = match whole.strip_prefix('0') {
			Some(after) => after,
			None => some(whole).ok_or_else(wrong)?,
		};
		if let Some(part) = after.strip_prefix('.') {
			after = some(part).ok_or_else(wrong)?;
		}
		if let Some(power) = after.strip_prefix(['e', 'E']) {
			after = some(power.strip_prefix(['+', '-']).unwrap_or(power)).ok_or_else(wrong)?;
		}
		if !ends(after) {
			return Err(wrong());
		}
		let number = &rest[..rest.len() - after.len()];
		self.at += number.len();
		Ok(Tree::Number(number.into()))
	}

	fn string(&mut self) -> Result<String, Fault> {
		const WITHIN: &str = "a string";
		let mut out = String::new();
		self.skip('"');
		loop {
			match self.next() {
				Some('"') => break,
				Some('\\') => out.push(self.escape()?),
				Some(character) if character >= ' ' => {
					self.skip(character);
					out.push(character);
				}
				_ => return Err(self.wrong("the end of a string, or an escape", WITHIN)),
			}
		}
		self.skip('"');
		Ok(out)
	}

	fn escape(&mut self) -> Result<char, Fault> {
		const EXPECTED: &str = "an escape as JSON has them";
		self.skip('\\');
		let Some(kind) = self.next() else { return Err(self.wrong(EXPECTED, "a string")) };
		let plain = match kind {
			'"' | '\\' | '/' => kind,
			'b' => '\u{8}',
			'f' => '\u{c}',
			'n' => '\n',
			'r' => '\r',
			't' => '\t',
			'u' => return self.unit_pair(EXPECTED),
			_ => return Err(self.wrong(EXPECTED, "a string")),
		};
		self.skip(kind);
		Ok(plain)
	}

	/// `uXXXX`, and a second one where the first is half of a character of UTF-16.
	fn unit_pair(&mut self, expected: &'static str) -> Result<char, Fault> {
		let start = self.at;
		let mut units = vec![self.unit(expected)?];
		if (0xd800..0xdc00).contains(&units[0]) && self.rest().starts_with("\\u") {
			self.skip('\\');
			units.push(self.unit(expected)?);
		}
		match char::decode_utf16(units).next() {
			Some(Ok(character)) => Ok(character),
			_ => {
				let (got, at) = ("half a character".into(), self.place(start));
				Err(Fault::Token { expected, got, at })
			}
		}
	}

	fn unit(&mut self, expected: &'static str) -> Result<u16, Fault> {
		let digits = self.rest().get(1..5).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
		let unit = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok());
		let unit = unit.ok_or_else(|| self.wrong(expected, "a string"))?;
		self.at += 5;
		Ok(unit)
	}

	fn list(&mut self, depth: usize) -> Result<Tree, Fault> {
		let mut items = Vec::new();
		self.skip('[');
		self.blanks();
		if self.next() == Some(']') {
			self.skip(']');
			return Ok(Tree::List(items));
		}
		loop {
			items.push(self.value(depth + 1)?);
			self.blanks();
			match self.next() {
				Some(',') => self.skip(','),
				Some(']') => break,
				_ => return Err(self.wrong("a comma or the end of the list", "a list")),
			}
			self.blanks();
		}
		self.skip(']');
		Ok(Tree::List(items))
	}

	fn object(&mut self, depth: usize) -> Result<Tree, Fault> {
		const WITHIN: &str = "an object";
		let mut fields: Vec<(String, Tree)> = Vec::new();
		let mut names = std::collections::BTreeSet::new();
		self.skip('{');
		self.blanks();
		if self.next() == Some('}') {
			self.skip('}');
			return Ok(Tree::Object(fields));
		}
		loop {
			let start = self.at;
			if self.next() != Some('"') {
				return Err(self.wrong("a name in double quotes", WITHIN));
			}
			let name = self.string()?;
			if !names.insert(name.clone()) {
				return Err(Fault::Twice { name, at: self.place(start) });
			}
			self.blanks();
			if self.next() != Some(':') {
				return Err(self.wrong("a colon", WITHIN));
			}
			self.skip(':');
			self.blanks();
			fields.push((name, self.value(depth + 1)?));
			self.blanks();
			match self.next() {
				Some(',') => self.skip(','),
				Some('}') => break,
				_ => return Err(self.wrong("a comma or the end of the object", WITHIN)),
			}
			self.blanks();
		}
		self.skip('}');
		Ok(Tree::Object(fields))
	}
}

/// Whether a number or a word may end before this.
fn ends(rest: &str) -> bool {
	!rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '+' | '-' | '.' | '_'))
}
