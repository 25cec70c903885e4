//! Inputs, outputs and their openings: from files to integers and to what the chain sees.

mod inputs;
mod opening;
mod reals;
mod spec;

pub use inputs::{read_inputs, read_samples, Named};
pub use opening::{Opening, OpeningError, Openings};
pub use reals::{describe, reals, rounding, short, words, ROUNDED};
pub use spec::{ScaleFile, SpecFile, ValueFile};

use zkml_primitives::{one_line, Role, TensorData, TensorSpec, ValueInfo, MAX_TENSOR_BYTES};

use crate::{text, Mismatch};

/// A role in words.
pub fn name(role: Role) -> &'static str {
	match role {
		Role::Input => "input",
		Role::Output => "output",
		Role::Parameters => "parameters",
	}
}

/// An input or output by its role and name, in one line.
pub fn title(role: Role, info: &ValueInfo) -> String {
	format!("{} {}", name(role), one_line(&info.title()))
}

/// Refuses another number of tensors than a model has.
///
/// # Errors
///
/// If there are more or fewer.
pub fn check_tensors(role: Role, infos: &[ValueInfo], count: usize) -> Result<(), Mismatch> {
	if infos.len() == count {
		return Ok(());
	}
	let names: Vec<_> = infos.iter().map(|info| one_line(&info.title())).collect();
	let expected = format!("{}: {}", infos.len(), names.join(", "));
	Err(Mismatch::new(format!("the {}s", name(role)), expected, count))
}

fn check_count(what: &str, spec: &TensorSpec, count: usize) -> Result<(), Mismatch> {
	if count as u64 == u64::from(spec.len()) {
		return Ok(());
	}
	Err(Mismatch::new(what, format!("{} values", spec.len()), format!("{count} values")))
}

/// Refuses values that the specification does not allow.
///
/// # Errors
///
/// If there are more or fewer than the specification has elements, or one is out of its range.
pub fn check_values(what: &str, spec: &TensorSpec, values: &[i32]) -> Result<(), Mismatch> {
	check_count(what, spec, values.len())?;
	match values.iter().position(|value| !(spec.min..=spec.max).contains(value)) {
		None => Ok(()),
		Some(index) => Err(Mismatch::new(
			format!("{what}, value {index}"),
			format!("{}..={}", spec.min, spec.max),
			values.get(index).copied().unwrap_or_default(),
		)),
	}
}

/// The bytes of a public tensor.
///
/// # Errors
///
/// If the specification does not allow the values, or they take more bytes than a public tensor may
/// have.
pub fn public(what: &str, spec: &TensorSpec, values: &[i32]) -> Result<TensorData, Mismatch> {
	check_values(what, spec, values)?;
	let long = || {
		let expected = format!("at most {MAX_TENSOR_BYTES} bytes for a public tensor");
		Mismatch::new(what, expected, format!("{} bytes", spec.byte_len()))
	};
	if !spec.can_be_public() {
		return Err(long());
	}
	let bytes = spec.encode_values(values).unwrap_or_default();
	bytes.try_into().map(TensorData::Public).map_err(|_| long())
}

/// Real numbers as integers of this specification, each by its element's scale, rounded half away
/// from zero. Numbers out of their element's range are refused, not clamped: the answer would be to
/// another question.
///
/// # Errors
///
/// If there are more or fewer numbers than elements, or one is out of its element's range.
pub fn quantize(what: &str, spec: &TensorSpec, reals: &[f32]) -> Result<Vec<i32>, Mismatch> {
	let (min, max) = (f64::from(spec.min), f64::from(spec.max));
	check_count(what, spec, reals.len())?;
	let quantized = |(index, real): (usize, &f32)| {
		let unit = reals::unit(spec, index);
		let value = (f64::from(*real) / unit).round();
		if (min..=max).contains(&value) {
			return Ok(value as i32);
		}
		let expected = format!("a number from {} to {}", short(min * unit), short(max * unit));
		Err(Mismatch::new(format!("{what}, value {index}"), expected, real))
	};
	reals.iter().enumerate().map(quantized).collect()
}

/// Real numbers as integers of a model's inputs, a list for each.
///
/// # Errors
///
/// If there are more or fewer lists than inputs, or [`quantize`] refuses one of them.
pub fn quantize_all(inputs: &[ValueInfo], reals: &[Vec<f32>]) -> Result<Vec<Vec<i32>>, Mismatch> {
	check_tensors(Role::Input, inputs, reals.len())?;
	let all = inputs.iter().zip(reals);
	all.map(|(info, reals)| quantize(&title(Role::Input, info), &info.tensor, reals)).collect()
}

/// The output that a model's labels are about: the first that can be the index of one of so many classes,
/// or else that has as many elements; a single output is.
pub fn labelled(labels: &[String], outputs: &[ValueInfo]) -> Option<usize> {
	let count = labels.len() as u64;
	let class = |info: &ValueInfo| {
		let spec = &info.tensor;
		spec.len() == 1 && spec.min == 0 && i64::from(spec.max) + 1 == count as i64
	};
	let scores = |info: &ValueInfo| u64::from(info.tensor.len()) == count;
	match outputs {
		[_] => Some(0),
		_ if labels.is_empty() => None,
		all => all.iter().position(class).or_else(|| all.iter().position(scores)),
	}
}

/// The name of what an output says: of the class of which it is the index, or of the largest of
/// several scores that have a name each, the first of equal ones.
pub fn label(labels: &[String], spec: &TensorSpec, values: &[i32]) -> Option<String> {
	let index = match values {
		// A single score has no class, whatever it is called.
		[_] if labels.len() == 1 => return None,
		[index] => usize::try_from(*index).ok()?,
		_ if labels.len() != values.len() => return None,
		_ => {
			let scores = reals(spec, values).into_iter().enumerate();
			scores.reduce(|best, one| if one.1 > best.1 { one } else { best })?.0
		}
	};
	labels.get(index).cloned()
}

/// An output for people. What a class is called is somebody's word.
pub fn output_words(spec: &TensorSpec, values: &[i32], label: Option<&str>) -> String {
	match (values, label) {
		([value], Some(label)) => format!("{} (class {value})", text::quoted(label)),
		(values, Some(label)) => {
			format!("{}, the largest of {}", text::quoted(label), words(spec, values))
		}
		(values, None) => words(spec, values),
	}
}

#[cfg(test)]
pub(crate) mod tests {
	use super::*;
	use zkml_primitives::{Scale, Scales};

	pub(crate) fn value(name: &str, tensor: TensorSpec) -> ValueInfo {
		ValueInfo { name: name.as_bytes().to_vec().try_into().unwrap(), tensor }
	}

	pub(crate) fn spec() -> TensorSpec {
		let dims = vec![1, 3].try_into().unwrap();
		TensorSpec { dims, bits: 8, min: 0, max: 16, scales: Scales::ONE }
	}

	#[test]
	fn values_outside_the_range_are_named_with_their_place() {
		let error = public("the input", &spec(), &[0, 17, 0]).unwrap_err().to_string();
		assert_eq!(error, "the input, value 1: expected 0..=16, got 17");
		let error = public("the input", &spec(), &[0, 1]).unwrap_err().to_string();
		assert_eq!(error, "the input: expected 3 values, got 2 values");
	}

	#[test]
	fn numbers_are_refused_in_their_own_unit() {
		let scales = Scales::PerTensor(Scale { mantissa: 1, shift: 2 });
		let spec = TensorSpec { scales, ..spec() };
		assert_eq!(quantize("input x", &spec, &[0.0, 0.25, 4.0]).unwrap(), [0, 1, 16]);
		let error = quantize("input x", &spec, &[0.0, 4.5, 0.0]).unwrap_err().to_string();
		assert_eq!(error, "input x, value 1: expected a number from 0 to 4, got 4.5");
		let error = quantize("input x", &spec, &[9.0]).unwrap_err().to_string();
		assert_eq!(error, "input x: expected 3 values, got 1 values");
		let two = [value("x", spec.clone()), value("rate", spec)];
		let error = quantize_all(&two, &[vec![0.0; 3]]).unwrap_err().to_string();
		assert_eq!(error, "the inputs: expected 2: x, rate, got 1");
		let error = quantize_all(&two, &[vec![0.0; 3], vec![0.0]]).unwrap_err().to_string();
		assert_eq!(error, "input rate: expected 3 values, got 1 values");
	}

	/// A rate, a count and a price.
	pub(crate) fn per_axis() -> TensorSpec {
		let scale = |(mantissa, shift)| Scale { mantissa, shift };
		let scales = [(1, 4), (1, 0), (7500, 0)].map(scale).to_vec().try_into().unwrap();
		TensorSpec { scales: Scales::PerAxis { axis: 1, scales }, ..spec() }
	}

	#[test]
	fn a_number_outside_its_elements_range_is_refused_with_that_range() {
		let spec = per_axis();
		assert_eq!(quantize("input x", &spec, &[0.5, 12.0, 120_000.0]).unwrap(), [8, 12, 16]);
		for (reals, words) in [
			([1.2, 0.0, 0.0], "input x, value 0: expected a number from 0 to 1, got 1.2"),
			([1.0, 17.0, 0.0], "input x, value 1: expected a number from 0 to 16, got 17"),
			([1.0, 0.0, 130e3], "input x, value 2: expected a number from 0 to 120000, got 130000"),
		] {
			assert_eq!(quantize("input x", &spec, &reals).unwrap_err().to_string(), words);
		}
	}

	#[test]
	fn an_output_is_called_by_its_class_or_its_largest_score() {
		let labels = ["a", "b", "c"].map(String::from);
		let one = TensorSpec { dims: vec![1].try_into().unwrap(), ..spec() };
		assert_eq!(label(&labels, &one, &[2]).as_deref(), Some("c"));
		assert_eq!(label(&labels, &one, &[3]), None);
		assert_eq!(label(&labels[..1], &one, &[0]), None);
		assert_eq!(output_words(&one, &[2], Some("c")), "\"c\" (class 2)");
		let class = value("class", TensorSpec { max: 2, ..one.clone() });
		let scores = value("scores", spec());
		assert_eq!(labelled(&labels, &[scores.clone(), class]), Some(1));
		assert_eq!(labelled(&labels, &[value("z", one.clone()), scores.clone()]), Some(1));
		assert_eq!(labelled(&[], std::slice::from_ref(&scores)), Some(0));
		assert_eq!(labelled(&[], &[scores.clone(), scores]), None);
		// By what the integers mean, not by their size.
		assert_eq!(label(&labels, &per_axis(), &[16, 2, 0]).as_deref(), Some("b"));
		assert_eq!(label(&labels, &spec(), &[3, 5, 5]).as_deref(), Some("b"));
		assert_eq!(label(&labels[..2], &spec(), &[3, 5, 5]), None);
		let words = output_words(&per_axis(), &[16, 2, 0], Some("b"));
		assert_eq!(words, "\"b\", the largest of 1, 2, 0 (integers [16, 2, 0])");
		assert_eq!(output_words(&spec(), &[3, 5, 5], None), "[3, 5, 5]");
	}
}
