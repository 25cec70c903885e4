//! Words of strangers, made harmless: what comes from a chain, a node or a file may hold characters
//! with which it could write over a terminal or pretend to be another line.

use std::borrow::Cow;

/// What stands for the name and password in a URL.
const HIDDEN: &str = "***";

/// Whether a character shows as itself and does nothing else: no control character, no line break,
/// none that turns the direction of writing, none that has no shape.
fn is_plain(c: char) -> bool {
	match c {
		' '..='~' => true,
		_ if c.is_ascii() => false,
		// Blank letters, which Unicode counts as printable.
		'\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{2800}' => false,
		// The standard library knows what is printable. A character is asked about behind a letter:
		// an accent on its own has its letter in the word.
		_ => {
			let mut pair = [b'a'; 5];
			let length = c.encode_utf8(&mut pair[1..]).len();
			let pair = std::str::from_utf8(&pair[..=length]).unwrap_or_default();
			pair.escape_debug().count() == 2
		}
	}
}

/// The text in one line, with `\u{..}` in place of every character that is not plain. Name and
/// password in URLs are hidden.
pub fn escape(text: &str) -> String {
	let mut line = String::with_capacity(text.len());
	for c in without_passwords(text).chars() {
		match is_plain(c) {
			true => line.push(c),
			false => line.extend(c.escape_unicode()),
		}
	}
	line
}

/// Words that are somebody's own, between quotes, so that they cannot be taken for ours. Spaces in a
/// row, with which they could be moved to the start of a terminal's next line, are written out.
pub fn quoted(words: &str) -> String {
	let mut text = String::from("\"");
	let mut before = ' ';
	for c in words.chars() {
		match (before, c) {
			(_, '"') => text.push_str("\\\""),
			(' ', ' ') => text.push_str("\\u{20}"),
			_ => text.push(c),
		}
		before = c;
	}
	text.push('"');
	text
}

/// What came as several lines in one.
pub fn one_line(text: &str) -> String {
	let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
	escape(&lines.join("; "))
}

/// JSON in ASCII as far as characters that are not plain go. They occur within strings only, where
/// `\uXXXX` means the same.
pub fn json(text: &str) -> String {
	let mut line = String::with_capacity(text.len());
	for c in text.chars() {
		if is_plain(c) {
			line.push(c);
		} else {
			for unit in c.encode_utf16(&mut [0; 2]) {
				line.push_str(&format!("\\u{unit:04x}"));
			}
		}
	}
	line
}

/// The text with `***` in place of what stands before the `@` of a URL: it is often a password.
pub fn without_passwords(text: &str) -> Cow<'_, str> {
	const MARK: &str = "://";
	let mut rest = text;
	let mut shown = String::new();
	while let Some(at) = rest.find(MARK) {
		let (before, after) = rest.split_at(at + MARK.len());
		// A URL ends at white space or a quote. Passwords with a slash in them are no part of a valid
		// one, but are typed all the same.
		let end = after.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>'));
		let (url, behind) = after.split_at(end.unwrap_or(after.len()));
		shown.push_str(before);
		rest = match user_end(url) {
			Some(at) => {
				shown.push_str(HIDDEN);
				&after[at..]
			}
			None => {
				shown.push_str(url);
				behind
			}
		};
	}
	match shown.is_empty() {
		true => Cow::Borrowed(text),
		false => Cow::Owned(shown + rest),
	}
}

/// Where the `@` is that ends name and password. One behind the first slash belongs to the path, unless
/// what is before the slash is no host and port.
fn user_end(url: &str) -> Option<usize> {
	let authority = &url[..url.find(['/', '?', '#']).unwrap_or(url.len())];
	authority.rfind('@').or_else(|| {
		let port = authority.rsplit_once(':').map_or("", |(_, port)| port);
		let host = port.bytes().all(|b| b.is_ascii_digit()) || authority.ends_with(']');
		if host {
			None
		} else {
			url.rfind('@')
		}
	})
}

#[cfg(test)]
mod tests {
	use super::*;

	/// Line breaks, cursor moves, C1 controls, directions of writing, invisible characters and tags.
	const HOSTILE: &str =
		"\n\r\t\u{0}\u{7}\u{8}\u{b}\u{c}\u{1b}\u{7f}\u{85}\u{9b}\u{9d}\u{a0}\u{ad}\
		\u{61c}\u{115f}\u{180e}\u{200b}\u{200d}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202e}\u{2060}\
		\u{2066}\u{2069}\u{2800}\u{3164}\u{feff}\u{fff9}\u{e000}\u{e0001}\u{e007f}\u{10ffff}";

	#[test]
	fn nothing_that_moves_hides_or_turns_gets_through() {
		let shown = escape(HOSTILE);
		assert!(shown.bytes().all(|b| (b' '..=b'~').contains(&b)), "{shown}");
		assert_eq!(shown.matches("\\u{").count(), HOSTILE.chars().count());
		assert_eq!(escape("a\nsetup\u{1b}[1A"), "a\\u{a}setup\\u{1b}[1A");
		assert_eq!(one_line("a\r\n  b\u{1b}[2J\n\nc"), "a; b\\u{1b}[2J; c");
	}

	#[test]
	fn words_of_all_languages_stay_as_they_are() {
		for words in
			["it's a \"cat\" \\ dog", "größer", "e\u{301}te\u{301}", "नमस्ते", "猫", "🐈", ""]
		{
			assert_eq!(escape(words), words);
			assert_eq!(json(words), words);
		}
	}

	#[test]
	fn json_keeps_its_meaning() {
		let value = serde_json::json!({ "label": HOSTILE, "none": "猫 \"\\" });
		let text = json(&value.to_string());
		assert!(text.chars().all(is_plain), "{text}");
		assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
	}

	#[test]
	fn quoted_words_have_an_end_and_cannot_be_moved() {
		assert_eq!(quoted("cat"), "\"cat\"");
		assert_eq!(quoted("a\"b"), "\"a\\\"b\"");
		assert_eq!(quoted("a   setup"), "\"a \\u{20}\\u{20}setup\"");
		assert_eq!(quoted("  x"), "\"\\u{20}\\u{20}x\"");
	}

	#[test]
	fn passwords_in_urls_are_hidden() {
		for (url, shown) in [
			("ws://ann:secret@host:9944", "ws://***@host:9944"),
			("wss://ann:se@cret@host/x@1", "wss://***@host/x@1"),
			("http://token@host", "http://***@host"),
			("ws://ann:se/cret@host", "ws://***@host"),
			("ws://127.0.0.1:9944/a@b", "ws://127.0.0.1:9944/a@b"),
			("https://host/a@b:c", "https://host/a@b:c"),
			("ws://[::1]:9944/@", "ws://[::1]:9944/@"),
			("mail ann@host", "mail ann@host"),
			("no: a://u:p@b c://d e://f:g@h \"i@j\"", "no: a://***@b c://d e://***@h \"i@j\""),
			("://", "://"),
			("", ""),
		] {
			assert_eq!(without_passwords(url), shown);
			assert_eq!(escape(url), shown);
		}
	}
}
