//! Files of real numbers.

use std::path::Path;

use zkml_program_files::strict::Tree;

use crate::{
	files::{self, FileProblem},
	text,
};

/// An input of a model: its name, and how many numbers it has.
pub type Named<'a> = (&'a str, usize);

/// Reads real numbers for each input of a model: `{"input_data": [[..], ..]}`, a list for each in the
/// model's order, nested as deeply as its shape or flat, or `{"input_data": {"NAME": [..], ..}}`. The numbers
/// of a single input may stand in the outer list, too.
///
/// # Errors
///
/// If the file cannot be read, or has no list of numbers for each input and none beside.
pub fn read_inputs(path: &Path, names: &[&str]) -> Result<Vec<Vec<f32>>, FileProblem> {
	match (input_data(path)?, names) {
		(data @ Tree::List(_), [_]) => Ok(vec![numbers(path, &data)?]),
		(data, names) => of_one(path, data, names),
	}
}

/// Reads inputs for many inferences, those of each end to end: `{"input_data": [[..], ..]}`, where each
/// element is what [`read_inputs`] takes for one, without `input_data` around it.
///
/// A list of rows will do as well. Each is that, or an object with a list for each input by its name; of a
/// model with a single input an object with one list under any name, beside it a label or whatever is no list:
/// so are the samples of `models/`.
///
/// What [`read_inputs`] reads is one sample, too: of several inputs as many lists of numbers as there are inputs,
/// each of an input's length, or an object with a list for each; of one its numbers.
///
/// # Errors
///
/// If the file cannot be read, a row has no list of numbers for each input, or one of another length.
pub fn read_samples(path: &Path, inputs: &[Named<'_>]) -> Result<Vec<Vec<f32>>, FileProblem> {
	let kind = r#"{"input_data": [[numbers], ..]} or [{"features": [numbers]}, ..]"#;
	let rows = match files::read_tree(path, kind)? {
		Tree::List(rows) => rows,
		_ => match input_data(path)? {
			Tree::List(rows) if is_one(&rows, inputs) => vec![Tree::List(rows)],
			Tree::List(rows) => rows,
			one => vec![one],
		},
	};
	let names: Vec<&str> = inputs.iter().map(|(name, _)| *name).collect();
	let row = |row: Tree| {
		let lists = match (row, names.as_slice()) {
			(Tree::Object(fields), [_]) => vec![numbers(path, &only_list(path, fields)?)?],
			(row, [_]) => vec![numbers(path, &row)?],
			(row, names) => of_one(path, row, names)?,
		};
		for ((name, len), list) in inputs.iter().zip(&lists) {
			if list.len() != *len {
				let expected = format!("{len} numbers for {name} in each row");
				return Err(FileProblem::content(path, expected, list.len().to_string()));
			}
		}
		Ok(lists.concat())
	};
	rows.into_iter().map(row).collect()
}

/// Whether what stands under `input_data` is one inference rather than many: numbers of the only input, or
/// lists of numbers of the inputs' lengths. Of many there is a list for each that has lists or is as long as the
/// only input, but for an input of a single number, whose samples numbers are.
fn is_one(data: &[Tree], inputs: &[Named<'_>]) -> bool {
	let flat = |list: &[Tree]| !list.iter().any(|value| matches!(value, Tree::List(_)));
	let own = |(list, (_, len)): (&Tree, &Named<'_>)| match list {
		Tree::List(inner) => inner.len() == *len && flat(inner),
		_ => false,
	};
	match inputs {
		[(_, len)] => *len > 1 && data.len() == *len && flat(data),
		_ => data.len() == inputs.len() && data.iter().zip(inputs).all(own),
	}
}

/// A list for each input, in order or by name.
fn of_one(path: &Path, data: Tree, names: &[&str]) -> Result<Vec<Vec<f32>>, FileProblem> {
	let wrong = |got: String| {
		let expected = format!("a list of numbers for each of {}", names.join(", "));
		FileProblem::content(path, expected, got)
	};
	match data {
		Tree::List(lists) if lists.len() == names.len() => {
			lists.iter().map(|list| numbers(path, list)).collect()
		}
		Tree::List(lists) => Err(wrong(format!("{} lists", lists.len()))),
		Tree::Object(mut fields) => {
			let mut lists = Vec::with_capacity(names.len());
			for name in names {
				let at = fields.iter().position(|(own, _)| own == name);
				let at = at.ok_or_else(|| wrong(format!("none for {name}")))?;
				lists.push(numbers(path, &fields.swap_remove(at).1)?);
			}
			match fields.first() {
				Some((other, _)) => Err(wrong(format!("one for {}", text::quoted(other)))),
				None => Ok(lists),
			}
		}
		other => Err(wrong(kind_of(&other))),
	}
}

/// The only list of a row.
fn only_list(path: &Path, fields: Vec<(String, Tree)>) -> Result<Tree, FileProblem> {
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

/// What stands under `input_data`; a file's other fields are of other tools, which use the same form.
fn input_data(path: &Path) -> Result<Tree, FileProblem> {
	let kind = r#"{"input_data": [[numbers]]}"#;
	let missing = || FileProblem::content(path, kind, "JSON without such a list");
	let Tree::Object(fields) = files::read_tree(path, kind)? else { return Err(missing()) };
	let data = fields.into_iter().find(|(name, _)| name == "input_data");
	match data {
		Some((_, data @ (Tree::List(_) | Tree::Object(_)))) => Ok(data),
		_ => Err(missing()),
	}
}

fn numbers(path: &Path, data: &Tree) -> Result<Vec<f32>, FileProblem> {
	let mut numbers = Vec::new();
	flatten(data, &mut numbers, 8)
		.map_err(|(expected, got)| FileProblem::content(path, expected, got))?;
	Ok(numbers)
}

/// What was expected and got instead.
type Stray = (&'static str, String);

/// Takes the numbers of a list, of lists within it, or of a number that stands alone.
fn flatten(data: &Tree, numbers: &mut Vec<f32>, depth: u8) -> Result<(), Stray> {
	match data {
		Tree::List(inner) if depth > 0 => {
			inner.iter().try_for_each(|value| flatten(value, numbers, depth - 1))
		}
		Tree::Number(digits) => {
			numbers.push(real(digits)?);
			Ok(())
		}
		// So are inputs of BOOL written.
		Tree::Bool(truth) => {
			numbers.push(f32::from(u8::from(*truth)));
			Ok(())
		}
		other => Err(("numbers in input_data", kind_of(other))),
	}
}

/// What stands where numbers should.
fn kind_of(data: &Tree) -> String {
	match data {
		Tree::List(_) => "lists within each other, more than a shape has dimensions".into(),
		Tree::Number(digits) => digits.chars().take(40).collect(),
		Tree::Object(_) => "an object".into(),
		Tree::Text(text) => format!("{:?} in quotes", text.chars().take(40).collect::<String>()),
		Tree::Bool(value) => value.to_string(),
		Tree::Null => "null".into(),
	}
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
			assert_eq!(read_inputs(&path, &["x"]).unwrap(), [[1.0, 2.5, 3.0]]);
		}
		for (text, got) in [
			(r#"{"input_data": [["a"]]}"#, "got \"a\" in quotes"),
			(r#"{"input": []}"#, "got JSON without such a list"),
			(r#"{"input_data": [1e300]}"#, "got 1e300"),
			(r#"{"input_data": [-16777217]}"#, "got -16777217, the nearest is -16777216"),
			(r#"{"input_data": [null]}"#, "got null"),
		] {
			std::fs::write(&path, text).unwrap();
			let error = read_inputs(&path, &["x"]).unwrap_err().to_string();
			assert!(error.ends_with(got), "{error}");
		}
		// What a float of 32 bits holds, and fractions, which it nearly does.
		let text =
			r#"{"input_data": [16777216, -170141183460469231731687303715884105728, 0.1, 1e-60]}"#;
		std::fs::write(&path, text).unwrap();
		let numbers = [[16_777_216.0, -2f32.powi(127), 0.1, 0.0]];
		assert_eq!(read_inputs(&path, &["x"]).unwrap(), numbers);
	}

	#[test]
	fn several_inputs_have_a_list_each_in_order_or_by_name() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("input.json");
		let read = |text: &str| {
			std::fs::write(&path, text).unwrap();
			read_inputs(&path, &["income", "rate"]).map_err(|error| error.to_string())
		};
		for text in [
			r#"{"input_data": [[1, 2], [[3], [4]]]}"#,
			r#"{"input_data": {"rate": [3, 4], "income": [1, 2]}}"#,
		] {
			assert_eq!(read(text).unwrap(), [[1.0, 2.0], [3.0, 4.0]]);
		}
		for (text, got) in [
			(r#"{"input_data": [[1, 2, 3, 4]]}"#, "got 1 lists"),
			(r#"{"input_data": {"income": [1]}}"#, "got none for rate"),
			(r#"{"input_data": {"income": [1], "rate": [1], "age": [1]}}"#, "got one for \"age\""),
		] {
			let error = read(text).unwrap_err();
			assert!(error.contains("a list of numbers for each of income, rate"), "{error}");
			assert!(error.ends_with(got), "{error}");
		}
	}

	#[test]
	fn rows_of_samples_are_laid_end_to_end_and_of_the_inputs_lengths() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("samples.json");
		let read = |text: &str, inputs: &[Named<'_>]| {
			std::fs::write(&path, text).unwrap();
			read_samples(&path, inputs).map_err(|error| error.to_string())
		};
		let one = [("x", 2)];
		for text in [
			r#"{"input_data": [[1, 2], [[3, 4]]]}"#,
			r#"[[1, 2], [3, 4]]"#,
			r#"[{"features": [1, 2], "label": 7}, {"features": [3, 4]}]"#,
		] {
			assert_eq!(read(text, &one).unwrap(), [[1.0, 2.0], [3.0, 4.0]]);
		}
		// An inference as it is asked for is a sample.
		for text in [r#"{"input_data": [1, 2]}"#, r#"{"input_data": {"x": [1, 2]}}"#] {
			assert_eq!(read(text, &one).unwrap(), [[1.0, 2.0]]);
		}
		assert_eq!(read(r#"{"input_data": [1, 2]}"#, &[("x", 1)]).unwrap(), [[1.0], [2.0]]);
		let truths = [("a", 2), ("b", 2)];
		let text = r#"{"input_data": [[true, false], [0, 1]]}"#;
		assert_eq!(read(text, &truths).unwrap(), [[1.0, 0.0, 0.0, 1.0]]);
		let singles = [("a", 1), ("b", 1)];
		let text = r#"{"input_data": [[1, 2], [3, 4]]}"#;
		assert_eq!(read(text, &singles).unwrap(), [[1.0, 2.0], [3.0, 4.0]]);
		let two = [("x", 2), ("rate", 1)];
		for text in
			[r#"{"input_data": [[1, 2], [3]]}"#, r#"{"input_data": {"rate": 3, "x": [1, 2]}}"#]
		{
			assert_eq!(read(text, &two).unwrap(), [[1.0, 2.0, 3.0]]);
		}
		for text in [
			r#"{"input_data": [[[1, 2], [3]], [[4, 5], [6]]]}"#,
			r#"[{"rate": 3, "x": [1, 2]}, {"x": [4, 5], "rate": [6]}]"#,
		] {
			assert_eq!(read(text, &two).unwrap(), [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
		}
		// As many numbers, but not for these inputs.
		let error = read(r#"[[[1], [2, 3]]]"#, &two).unwrap_err();
		assert!(error.ends_with("expected 2 numbers for x in each row, got 1"), "{error}");
	}
}
