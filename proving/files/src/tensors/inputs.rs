//! Files of real numbers.

use std::path::Path;

use zkml_program_files::strict::Tree;

use crate::files::{self, FileProblem};

/// Reads real numbers: `{"input_data": [[..]]}`, nested as deeply as the shape or flat.
///
/// # Errors
///
/// If the file cannot be read, or has no such list of numbers.
pub fn read_input(path: &Path) -> Result<Vec<f32>, FileProblem> {
	numbers(path, &input_data(path)?)
}

/// Reads many inputs: `{"input_data": [[..], ..]}`, each nested as deeply as its shape or flat.
///
/// A list of rows will do as well, each a list of numbers or an object with one such list, beside it a
/// label or whatever is no list: so are the samples of `models/`.
///
/// # Errors
///
/// If the file cannot be read, or a row is no list of numbers.
pub fn read_inputs(path: &Path) -> Result<Vec<Vec<f32>>, FileProblem> {
	let kind = r#"{"input_data": [[numbers], ..]} or [{"features": [numbers]}, ..]"#;
	let rows = match files::read_tree(path, kind)? {
		Tree::List(rows) => {
			rows.into_iter().map(|row| row_of(path, row)).collect::<Result<_, _>>()?
		}
		_ => input_data(path)?,
	};
	rows.iter().map(|input| numbers(path, std::slice::from_ref(input))).collect()
}

/// The numbers of a row.
fn row_of(path: &Path, row: Tree) -> Result<Tree, FileProblem> {
	let Tree::Object(fields) = row else { return Ok(row) };
	let mut lists: Vec<Tree> = fields
		.into_iter()
		.map(|(_, value)| value)
		.filter(|value| matches!(value, Tree::List(_)))
		.collect();
	match (lists.pop(), lists.len()) {
		(Some(list), 0) => Ok(list),
		(last, others) => {
			let got = format!("{} lists", others + usize::from(last.is_some()));
			Err(FileProblem::content(path, "one list of numbers in each row", got))
		}
	}
}

/// The list of a file; its other fields are of other tools, which use the same form.
fn input_data(path: &Path) -> Result<Vec<Tree>, FileProblem> {
	let kind = r#"{"input_data": [[numbers]]}"#;
	let missing = || FileProblem::content(path, kind, "JSON without such a list");
	let Tree::Object(fields) = files::read_tree(path, kind)? else { return Err(missing()) };
	let data = fields.into_iter().find(|(name, _)| name == "input_data");
	match data {
		Some((_, Tree::List(data))) => Ok(data),
		_ => Err(missing()),
	}
}

fn numbers(path: &Path, data: &[Tree]) -> Result<Vec<f32>, FileProblem> {
	let mut numbers = Vec::new();
	flatten(data, &mut numbers, 8)
		.map_err(|(expected, got)| FileProblem::content(path, expected, got))?;
	Ok(numbers)
}

/// What was expected and got instead.
type Stray = (&'static str, String);

fn flatten(list: &[Tree], numbers: &mut Vec<f32>, depth: u8) -> Result<(), Stray> {
	for value in list {
		let got = match value {
			Tree::List(inner) if depth > 0 => {
				flatten(inner, numbers, depth - 1)?;
				continue;
			}
			Tree::Number(digits) => {
				numbers.push(real(digits)?);
				continue;
			}
			Tree::List(_) => "lists within each other, more than a shape has dimensions".into(),
			Tree::Object(_) => "an object".into(),
			Tree::Text(text) => {
				format!("{:?} in quotes", text.chars().take(40).collect::<String>())
			}
			Tree::Bool(value) => value.to_string(),
			Tree::Null => "null".into(),
		};
		return Err(("numbers in input_data", got));
	}
	Ok(())
}

/// A number as models have them. Digits say more than 32 bits can hold: a fraction loses what no
/// model would see, but a whole number would become another one.
fn real(digits: &str) -> Result<f32, Stray> {
	let got: String = digits.chars().take(40).collect();
	let Ok(wide) = digits.parse::<f64>() else {
		return Err(("numbers in input_data", got));
	};
	let narrow = wide as f32;
	if !narrow.is_finite() {
		return Err(("numbers in input_data that fit into a float of 32 bits", got));
	}
	let whole = digits.bytes().all(|b| b.is_ascii_digit() || b == b'-');
	if whole && digits.parse::<i128>().ok() != Some(narrow as i128) {
		let expected = "whole numbers in input_data that a float of 32 bits holds";
		return Err((expected, format!("{got}, the nearest is {narrow}")));
	}
	Ok(narrow)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn inputs_may_be_nested_or_flat_and_hold_numbers_only() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("input.json");
		for text in [r#"{"input_data": [[1, 2.5, 3]]}"#, r#"{"input_data": [1, 2.5, 3]}"#] {
			std::fs::write(&path, text).unwrap();
			assert_eq!(read_input(&path).unwrap(), [1.0, 2.5, 3.0]);
		}
		for (text, got) in [
			(r#"{"input_data": [["a"]]}"#, "got \"a\" in quotes"),
			(r#"{"input": []}"#, "got JSON without such a list"),
			(r#"{"input_data": [1e300]}"#, "got 1e300"),
			(r#"{"input_data": [-16777217]}"#, "got -16777217, the nearest is -16777216"),
			(r#"{"input_data": [null]}"#, "got null"),
		] {
			std::fs::write(&path, text).unwrap();
			let error = read_input(&path).unwrap_err().to_string();
			assert!(error.ends_with(got), "{error}");
		}
		// What a float of 32 bits holds, and fractions, which it nearly does.
		let text =
			r#"{"input_data": [16777216, -170141183460469231731687303715884105728, 0.1, 1e-60]}"#;
		std::fs::write(&path, text).unwrap();
		assert_eq!(read_input(&path).unwrap(), [16_777_216.0, -2f32.powi(127), 0.1, 0.0]);
	}
}
