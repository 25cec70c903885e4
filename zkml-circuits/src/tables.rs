//! Which tables a circuit with lookups has: those that cost the fewest constraints.

use crate::{gadgets::range::Checks, graph::GraphError, model::CompiledModel};

/// Widths of a limb that are tried.
const LIMBS: std::ops::RangeInclusive<u8> = 4..=16;
/// Largest table for a range of its own.
const LARGEST: u64 = 1 << 16;

/// Counts the circuit for each width of a limb, with and without tables of their own for the ranges
/// that are asked for exactly, and takes the smallest.
pub fn choose(model: &CompiledModel) -> Checks {
	let constraints = |checks: &Checks| model.describe(checks).cost().counts.constraints;
	let candidates = LIMBS.map(|limb| {
		let plain = Checks::Tables { limb, exact: Vec::new() };
		let ranges = model.describe(&plain).cost().counts.ranges;
		let worth = |(n, times): (u64, u64)| {
			let rows = n + 1;
			(n <= LARGEST && times * plain.saving(n) > rows).then_some(n as u32)
		};
		let exact: Vec<u32> = ranges.into_iter().filter_map(worth).collect();
		Checks::Tables { limb, exact }
	});
	let best = candidates.min_by_key(constraints);
	best.unwrap_or(Checks::Tables { limb: *LIMBS.start(), exact: Vec::new() })
}

/// Refuses tables that no circuit has.
pub fn check(checks: &Checks) -> Result<(), GraphError> {
	let Checks::Tables { limb, exact } = checks else { return Ok(()) };
	let sizes = exact.iter().all(|size| (2..=LARGEST as u32).contains(size));
	if LIMBS.contains(limb) && sizes && exact.is_sorted_by(|a, b| a < b) && exact.len() <= 64 {
		return Ok(());
	}
	Err(GraphError::Layer {
		layer: "lookups".into(),
		expected: format!("limbs of {LIMBS:?} bits and tables of 2 to {LARGEST} rows"),
		got: format!("limbs of {limb} bits and tables of {exact:?} rows"),
	})
}
