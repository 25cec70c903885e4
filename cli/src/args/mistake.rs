//! Mistakes on the command line in the words of this command: what was expected, what was got.

use std::{error::Error as _, net::AddrParseError, num::ParseFloatError, num::ParseIntError};

use clap::error::{ContextKind, ContextValue, Error, ErrorKind};
use zkml_client::{parse::ParseError, text::one_line};

/// A mistake in one line: what was expected, what was got, and where help is.
pub fn mistake(error: &Error) -> String {
	format!("{} (see --help)", one_line(&words(error)))
}

fn words(error: &Error) -> String {
	let text = |kind| match error.get(kind) {
		None | Some(ContextValue::None) => "another".to_owned(),
		Some(value) => value.to_string(),
	};
	let argument = text(ContextKind::InvalidArg);
	match error.kind() {
		ErrorKind::ValueValidation => {
			let value = text(ContextKind::InvalidValue);
			format!("{argument}: expected {}, got {value:?}", wanted(error))
		}
		ErrorKind::InvalidValue => match text(ContextKind::InvalidValue).as_str() {
			"" => format!("{argument}: expected a value, got none"),
			value => {
				let known = text(ContextKind::ValidValue);
				format!("{argument}: expected one of {known}, got {value:?}")
			}
		},
		ErrorKind::UnknownArgument => match error.get(ContextKind::SuggestedArg) {
			Some(known) => format!("expected an argument such as {known}, got {argument}"),
			None => format!("expected the arguments of this verb, got {argument}"),
		},
		ErrorKind::InvalidSubcommand => {
			format!("expected a verb, got {:?}", text(ContextKind::InvalidSubcommand))
		}
		ErrorKind::MissingRequiredArgument => format!("expected {argument}, got none"),
		ErrorKind::ArgumentConflict => {
			let other = text(ContextKind::PriorArg);
			format!("expected at most one of {argument} and {other}, got both")
		}
		ErrorKind::InvalidUtf8 => "expected arguments in UTF-8, got other bytes".into(),
		_ => {
			let text = error.to_string();
			let first = text.split("\n\n").next().unwrap_or(&text);
			let got = first.strip_prefix("error: ").unwrap_or(first);
			format!("expected another command line, got this: {got}")
		}
	}
}

/// What would have done in place of a value that cannot be read.
fn wanted(error: &Error) -> String {
	let Some(source) = error.source() else { return "another value".into() };
	if let Some(ParseError { expected, .. }) = source.downcast_ref() {
		return expected.clone();
	}
	if source.is::<ParseIntError>() {
		return "a whole number that is not too large".into();
	}
	if source.is::<ParseFloatError>() {
		return "a number".into();
	}
	if source.is::<AddrParseError>() {
		return "an address and a port such as 127.0.0.1:9977".into();
	}
	match source.to_string().split_once(" is not in ") {
		Some((_, range)) => format!("a whole number in {range}"),
		None => format!("another value ({source})"),
	}
}
