//! Bytes read from the front.

use crate::{error, FormatError};

pub(crate) struct Cursor<'a> {
	what: &'a str,
	bytes: &'a [u8],
	at: usize,
}

impl<'a> Cursor<'a> {
	pub(crate) fn new(what: &'a str, bytes: &'a [u8]) -> Self {
		Self { what, bytes, at: 0 }
	}

	/// Fills `to` with the next bytes.
	pub(crate) fn fill(&mut self, to: &mut [u8]) -> Result<(), FormatError> {
		let end = self.at.saturating_add(to.len());
		let Some(bytes) = self.bytes.get(self.at..end) else {
			let expected = format!("{end} bytes or more");
			return Err(error::length(self.what, expected, self.bytes.len()));
		};
		to.copy_from_slice(bytes);
		self.at = end;
		Ok(())
	}

	pub(crate) fn take<const N: usize>(&mut self) -> Result<[u8; N], FormatError> {
		let mut out = [0; N];
		self.fill(&mut out)?;
		Ok(out)
	}

	/// How many bytes are left.
	pub(crate) fn left(&self) -> usize {
		self.bytes.len().saturating_sub(self.at)
	}

	/// Refuses bytes behind the end.
	pub(crate) fn end(self) -> Result<(), FormatError> {
		match self.left() {
			0 => Ok(()),
			_ => {
				let expected = format!("{} bytes", self.at);
				Err(error::length(self.what, expected, self.bytes.len()))
			}
		}
	}
}
