//! Elements picked from the inputs, laid end to end.

use crate::{
	graph::{GraphError, MAX_ELEMENTS, NONE},
	interval::Interval,
};

/// The range of each element of the result.
pub fn ranges(
	name: &str,
	picks: &[u32],
	inputs: &[&[Interval]],
) -> Result<Vec<Interval>, GraphError> {
	let error =
		|expected: String, got: String| Err(GraphError::Node { node: name.into(), expected, got });
	if picks.is_empty() {
		return error("at least 1 element".into(), "none".into());
	}
	// One value may stand among the inputs any number of times.
	let taken: u64 = inputs.iter().map(|input| input.len() as u64).sum();
	if taken > MAX_ELEMENTS {
		return error(format!("inputs of at most {MAX_ELEMENTS} elements"), taken.to_string());
	}
	let all = inputs.concat();
	let mut ranges = Vec::with_capacity(picks.len());
	for pick in picks {
		ranges.push(match all.get(*pick as usize) {
			Some(range) => *range,
			None if *pick == NONE => Interval::only(0),
			None => return error(format!("elements below {}", all.len()), pick.to_string()),
		});
	}
	Ok(ranges)
}

/// The elements. The plan has checked that they are there.
pub fn evaluate(picks: &[u32], inputs: &[&[i64]]) -> Vec<i64> {
	let whole;
	let all = match inputs {
		[only] => *only,
		several => {
			whole = several.concat();
			whole.as_slice()
		}
	};
	picks.iter().map(|pick| if *pick == NONE { 0 } else { all[*pick as usize] }).collect()
}
