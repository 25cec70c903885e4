//! Words of strangers in messages.

/// Longest such words, in characters.
const LONGEST: usize = 600;

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
