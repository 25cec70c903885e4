//! Which tables a circuit with lookups has: those that cost the fewest constraints.

use crate::{
	circuit::Cost,
	gadgets::{range::Checks, Ranges},
	graph::GraphError,
};

/// Widths of a limb that are tried.
const LIMBS: std::ops::RangeInclusive<u8> = 4..=16;
/// Largest table for a range of its own.
const LARGEST: u64 = 1 << 16;

/// Widths of a limb that are counted after an estimate.
const COUNTED: usize = 2;

/// Tables that will do until the best are chosen.
pub fn unchosen() -> Checks {
	Checks::Tables { limb: 8, exact: Vec::new() }
}

/// Estimates the circuit that has this cost for each width of a limb, with tables of their own for the ranges that are
/// asked for exactly and often, counts the most promising, and takes the smallest.
///
/// The estimate is exact but for private weights, whose products are shared by the width of a limb.
pub fn choose(cost: impl Fn(&Checks) -> Cost) -> Checks {
	let first = unchosen();
	let asked = cost(&first).ranges;
	let mut candidates: Vec<(u64, Checks)> = LIMBS.map(|limb| candidate(&asked, limb)).collect();
	candidates.sort_by_key(|(constraints, _)| *constraints);
	candidates.truncate(COUNTED);
	let best = candidates.into_iter().min_by_key(|(_, checks)| cost(checks).counts.constraints);
	best.map_or(first, |(_, checks)| checks)
}

/// The tables with limbs of a width, and about how many constraints they and their queries make.
fn candidate(asked: &Ranges, limb: u8) -> (u64, Checks) {
	let plain = Checks::Tables { limb, exact: Vec::new() };
	let worth = |(n, times): (&u64, &u64)| {
		let rows = n + 1;
		(*n <= LARGEST && times * plain.saving(*n) > rows).then_some(*n as u32)
	};
	let exact: Vec<u32> = asked.exact.iter().filter_map(worth).collect();
	let rows: u64 = exact.iter().map(|n| u64::from(*n) + 1).sum::<u64>() + (1 << limb) + 1;
	let checks = Checks::Tables { limb, exact };
	let loose = asked.loose.iter().map(|(bits, times)| times * u64::from(checks.loose_cost(*bits)));
	let ranges = asked.exact.iter().map(|(n, times)| times * checks.exact_cost(*n));
	(loose.sum::<u64>() + ranges.sum::<u64>() + rows, checks)
}

/// Refuses tables that no circuit has.
///
/// # Errors
///
/// If limbs or exact tables are of sizes that no circuit has, or the latter are too many or not in order.
pub fn check(checks: &Checks) -> Result<(), GraphError> {
	let Checks::Tables { limb, exact } = checks else { return Ok(()) };
	let sizes = exact.iter().all(|size| (2..=LARGEST as u32).contains(size));
	if LIMBS.contains(limb) && sizes && exact.is_sorted_by(|a, b| a < b) && exact.len() <= 64 {
		return Ok(());
	}
	Err(GraphError::Node {
		node: "lookups".into(),
		expected: format!("limbs of {LIMBS:?} bits and tables of 2 to {LARGEST} rows"),
		got: format!("limbs of {limb} bits and tables of {exact:?} rows"),
	})
}
