//! Words that people read.

use alloc::{format, string::String, vec::Vec};

/// Longest words of [`one_line`], in characters.
const LONGEST: usize = 600;

/// Whether a character can do nothing to a terminal or a page but stand in its place: it is no control
/// character, breaks no line and does not turn the direction of writing, by which words could stand where
/// nobody wrote them.
pub fn is_plain(character: char) -> bool {
	let turns = matches!(
		character,
		'\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
	);
	let breaks = matches!(character, '\u{2028}' | '\u{2029}');
	!character.is_control() && !turns && !breaks
}

/// Whether bytes are one line of UTF-8 of which every character [is plain](is_plain). What the chain keeps
/// for people to read is.
pub fn is_plain_line(bytes: &[u8]) -> bool {
	core::str::from_utf8(bytes).is_ok_and(|text| text.chars().all(is_plain))
}

/// What a file says, or what is said about it, in one line: line breaks and control characters, which
/// could also write over a terminal, become spaces, and long words end in dots.
pub fn one_line(words: &str) -> String {
	let words = words.split(|c: char| c.is_control() || c.is_whitespace());
	let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
	let line = words.join(" ");
	match line.char_indices().nth(LONGEST) {
		Some((end, _)) => format!("{}...", &line[..end]),
		None => line,
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn what_has_several_lines_has_one_and_an_end() {
		assert_eq!(one_line(" two\nlines\r\n\u{1b}[2A "), "two lines [2A");
		assert_eq!(one_line(&"\u{e9}".repeat(601)), "\u{e9}".repeat(600) + "...");
	}

	#[test]
	fn words_of_any_language_are_plain_and_what_moves_a_cursor_is_not() {
		for plain in
			["", "7", "Maine Coon", "\u{5e9}\u{5dc}\u{5d5}\u{5dd}", "\u{732b}", "\u{1f431}"]
		{
			assert!(is_plain_line(plain.as_bytes()), "{plain:?}");
		}
		for moving in
			["a\nsetup", "\r", "\t", "\u{1b}[2A", "\u{7f}", "\u{9b}2A", "\u{85}", "\u{2028}"]
		{
			assert!(!is_plain_line(moving.as_bytes()), "{moving:?}");
		}
		for turning in ["\u{202a}", "\u{202e}gpj", "\u{2066}", "\u{2069}", "\u{200f}", "\u{61c}"] {
			assert!(!is_plain_line(turning.as_bytes()), "{turning:?}");
		}
		for no_text in [&[0xff][..], &[0xc0, 0x8a], &[0xed, 0xa0, 0x80]] {
			assert!(!is_plain_line(no_text), "{no_text:x?}");
		}
	}
}
