//! What the integers of a tensor mean, for people and programs.

use zkml_primitives::{Scale, Scales, TensorSpec};

/// Ranges that are shown of a tensor with a scale for each index of an axis.
const SHOWN: usize = 6;
/// Significant digits for people, less one.
const DIGITS: i32 = 5;

fn worth(scale: Scale) -> f64 {
	f64::from(scale.mantissa) * (-f64::from(scale.shift)).exp2()
}

/// What the integer 1 is worth in an element; not a number if there is no such element.
pub fn unit(spec: &TensorSpec, index: usize) -> f64 {
	spec.scale(index).map_or(f64::NAN, worth)
}

/// Values in real numbers, each by its own scale.
pub fn reals(spec: &TensorSpec, values: &[i32]) -> Vec<f64> {
	let real = |(index, value): (usize, &i32)| f64::from(*value) * unit(spec, index);
	values.iter().enumerate().map(real).collect()
}

/// Whether integers stand for themselves.
pub fn plain(spec: &TensorSpec) -> bool {
	spec.scales.all().iter().all(|scale| *scale == Scale::ONE)
}

/// A number in about six digits.
pub fn short(number: f64) -> String {
	let digits = DIGITS as usize;
	let scientific = format!("{number:.digits$e}");
	let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
	let trimmed = |digits: &str| match digits.contains('.') {
		true => digits.trim_end_matches('0').trim_end_matches('.').to_owned(),
		false => digits.to_owned(),
	};
	match exponent.parse() {
		Ok(exponent @ -5..=14) => {
			let decimals = (DIGITS - exponent).max(0) as usize;
			trimmed(&format!("{number:.decimals$}"))
		}
		_ => format!("{}e{exponent}", trimmed(mantissa)),
	}
}

/// Part of an element's range by which a number may change when it is rounded before that is said.
pub const ROUNDED: f64 = 0.005;

/// What to say of numbers that rounding changes by more than half a per cent of their element's
/// range, if there are any.
pub fn rounding(spec: &TensorSpec, reals: &[f32], values: &[i32]) -> Option<String> {
	// A range of one value is a step wide.
	let range = (f64::from(spec.max) - f64::from(spec.min)).max(1.0);
	let change = |(index, (real, value)): (usize, (&f32, &i32))| {
		let steps = f64::from(*value) - f64::from(*real) / unit(spec, index);
		(index, *real, steps.abs() / range)
	};
	let all = reals.iter().zip(values).enumerate().map(change);
	let large: Vec<_> = all.filter(|(_, _, part)| *part > ROUNDED).collect();
	let (index, real, part) =
		large.iter().copied().reduce(|most, one| if one.2 > most.2 { one } else { most })?;
	let (taken, step) = (f64::from(*values.get(index)?) * unit(spec, index), unit(spec, index));
	Some(format!(
		"{} of {} input values are rounded by more than half a per cent of their range; most of all \
		 value {index}: {real} is taken as {} ({} % of the range, in steps of {})",
		large.len(),
		values.len(),
		short(taken),
		short((part * 1000.0).round() / 10.0),
		short(step)
	))
}

/// Values for people: in real numbers, with the integers that were proved beside them if those are
/// others.
pub fn words(spec: &TensorSpec, values: &[i32]) -> String {
	if !plain(spec) {
		let reals: Vec<_> = reals(spec, values).into_iter().map(short).collect();
		let integers = if values.len() == 1 { "integer" } else { "integers" };
		return format!("{} ({integers} {})", reals.join(", "), integer_words(values));
	}
	integer_words(values)
}

fn integer_words(values: &[i32]) -> String {
	match values {
		[value] => value.to_string(),
		values => format!("{values:?}"),
	}
}

/// A specification in words.
pub fn describe(spec: &TensorSpec) -> String {
	let dims: Vec<String> = spec.dims.iter().map(u32::to_string).collect();
	let range = |scale: &Scale| {
		let [min, max] = [spec.min, spec.max].map(|end| short(f64::from(end) * worth(*scale)));
		format!("{min} to {max}")
	};
	let meaning = match &spec.scales {
		_ if plain(spec) => String::new(),
		Scales::PerTensor(scale) => {
			format!("; real {} in steps of {}", range(scale), short(worth(*scale)))
		}
		Scales::PerAxis { axis, scales } => {
			let mut ranges: Vec<_> = scales.iter().take(SHOWN).map(range).collect();
			if let Some(more @ 1..) = scales.len().checked_sub(SHOWN) {
				ranges.push(format!("{more} more"));
			}
			format!("; real, by the index on axis {axis}: {}", ranges.join(", "))
		}
	};
	let (dims, width) = (dims.join("x"), width(spec.min, spec.max));
	format!("{dims} integers in {}..={}, {width}{meaning}", spec.min, spec.max)
}

/// What it takes to hold a range. On chain a byte more may be needed, where each value is written with
/// half of what its width holds added.
fn width(min: i32, max: i32) -> String {
	// A negative number has as many bits as its complement, and a sign.
	let bits = |value: i32| i32::BITS - (value ^ (value >> 31)).leading_zeros();
	let most = bits(min).max(bits(max));
	match min < 0 {
		true => format!("signed {} bits", most + 1),
		false => format!("unsigned {} bits", most.max(1)),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn spec(scales: Scales) -> TensorSpec {
		let dims = vec![1, 3].try_into().unwrap();
		TensorSpec { dims, bits: 8, min: 0, max: 100, scales }
	}

	fn per_axis(all: &[(u32, u8)]) -> Scales {
		let scales: Vec<_> = all
			.iter()
			.map(|(mantissa, shift)| Scale { mantissa: *mantissa, shift: *shift })
			.collect();
		Scales::PerAxis { axis: 1, scales: scales.try_into().unwrap() }
	}

	#[test]
	fn numbers_have_about_six_digits() {
		for (number, words) in [
			(0.0, "0"),
			(-0.25, "-0.25"),
			(1.0 / 3.0, "0.333333"),
			(120_000.0, "120000"),
			(1_234_567.0, "1234567"),
			(-12.345_678_9, "-12.3457"),
			(99_999.96, "100000"),
			(0.000_012_345_678, "0.0000123457"),
			(1e-9, "1e-9"),
			(1.5e20, "1.5e20"),
			(f64::NAN, "NaN"),
		] {
			assert_eq!(short(number), words);
		}
	}

	#[test]
	fn each_element_reads_by_its_own_scale() {
		let spec = spec(per_axis(&[(1, 7), (1200, 0), (3, 1)]));
		assert_eq!(reals(&spec, &[64, 100, 3]), [0.5, 120_000.0, 4.5]);
		assert_eq!(words(&spec, &[64, 100, 3]), "0.5, 120000, 4.5 (integers [64, 100, 3])");
		// More values than elements: said, not guessed.
		assert!(reals(&spec, &[1; 4])[3].is_nan());
	}

	#[test]
	fn rounding_is_said_where_it_changes_more_than_half_a_per_cent_of_a_range() {
		let coarse = TensorSpec { max: 16, ..spec(Scales::ONE) };
		assert_eq!(rounding(&coarse, &[3.0, 0.05, 16.0], &[3, 0, 16]), None);
		assert_eq!(
			rounding(&coarse, &[0.4, 3.1, 16.0], &[0, 3, 16]).unwrap(),
			"2 of 3 input values are rounded by more than half a per cent of their range; most of all \
			 value 0: 0.4 is taken as 0 (2.5 % of the range, in steps of 1)"
		);
		// Each by its own scale: half a step of a hundred is half a per cent.
		let fine = spec(per_axis(&[(1, 2), (1200, 0), (1, 0)]));
		assert_eq!(rounding(&fine, &[0.125, 600.0, 0.5], &[1, 1, 1]), None);
		let only = TensorSpec { min: 5, max: 5, ..spec(Scales::ONE) };
		assert!(rounding(&only, &[5.0, 5.4, 5.0], &[5; 3]).is_some());
	}

	#[test]
	fn a_width_is_that_of_the_range() {
		for (min, max, words) in [
			(0, 255, "unsigned 8 bits"),
			(0, 256, "unsigned 9 bits"),
			(0, 1, "unsigned 1 bits"),
			(0, 0, "unsigned 1 bits"),
			(-1, 0, "signed 1 bits"),
			(-128, 127, "signed 8 bits"),
			(-129, 0, "signed 9 bits"),
			(-5, 128, "signed 9 bits"),
			(i32::MIN, i32::MAX, "signed 32 bits"),
			(0, i32::MAX, "unsigned 31 bits"),
		] {
			assert_eq!(width(min, max), words, "{min}..={max}");
		}
	}

	#[test]
	fn a_specification_says_what_its_integers_mean() {
		let start = "1x3 integers in 0..=100, unsigned 7 bits";
		assert_eq!(describe(&spec(Scales::ONE)), start);
		let quarter = Scales::PerTensor(Scale { mantissa: 1, shift: 2 });
		let words = format!("{start}; real 0 to 25 in steps of 0.25");
		assert_eq!(describe(&spec(quarter)), words);
		let three = per_axis(&[(1, 2), (1200, 0), (1, 0)]);
		let words =
			format!("{start}; real, by the index on axis 1: 0 to 25, 0 to 120000, 0 to 100");
		assert_eq!(describe(&spec(three)), words);
		let many = describe(&spec(per_axis(&[(1, 2); 9])));
		assert!(many.ends_with("0 to 25, 3 more"), "{many}");
		let six = describe(&spec(per_axis(&[(1, 2); 6])));
		assert!(six.ends_with("0 to 25"), "{six}");
	}
}
