//! What a circuit will cost, told before any heavy work.

use std::fmt;

use serde::Serialize;

use crate::r1cs::Counts;

/// Setup and proving, estimated from the number of constraints. Times are for two cores of 2020s
/// server hardware and carry over as ratios.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Estimate {
	/// Constraints, exact.
	pub constraints: u64,
	/// Wires, exact.
	pub variables: u64,
	/// The power of two that transforms work on.
	pub domain: u64,
	/// Size of the proving key's file.
	pub proving_key_bytes: u64,
	/// Peak memory of proving.
	pub memory_bytes: u64,
	/// Time of one proof, in milliseconds.
	pub prove_ms: u64,
}

/// Nanoseconds of one proof per point of the domain, measured.
const PROVE_NS: u64 = 6_000;
/// Milliseconds of one proof, whatever its size.
const PROVE_BASE_MS: u64 = 30;
/// Memory of a process that has not begun.
const BASE_BYTES: u64 = 12_000_000;

impl Estimate {
	/// For a circuit of this size.
	pub fn new(counts: &Counts) -> Self {
		let (constraints, variables) = (counts.constraints, counts.wires);
		let domain = constraints.max(1).next_power_of_two();
		let [a, b] = counts.sides();
		// G1 points of 64 bytes: A and B for the wires on each side, one for each wire in its round or
		// the last, H per point of the domain; G2 of 128 for B.
		let proving_key_bytes = a * 64 + b * (64 + 128) + (variables + domain) * 64 + 1_300;
		// In memory: the key, matrices (about six terms of 36 bytes a row), the witness twice, five
		// vectors on the domain, and the bases that multi-exponentiations sort by size of scalar.
		// Allocators keep about half as much again.
		let live = proving_key_bytes * 9 / 8
			+ constraints * 6 * 36
			+ variables * (64 + 72)
			+ (a + b) * 72
			+ domain * (32 * 5 + 72);
		let memory_bytes = live * 3 / 2 + BASE_BYTES;
		let prove_ms = PROVE_BASE_MS + domain * PROVE_NS / 1_000_000;
		Self { constraints, variables, domain, proving_key_bytes, memory_bytes, prove_ms }
	}
}

impl fmt::Display for Estimate {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let megabytes = |bytes: u64| format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10);
		writeln!(f, "constraints    {:>12}", self.constraints)?;
		writeln!(f, "variables      {:>12}", self.variables)?;
		writeln!(f, "domain         {:>12}", self.domain)?;
		writeln!(f, "proving key    {:>12}", megabytes(self.proving_key_bytes))?;
		writeln!(f, "memory         {:>12}", megabytes(self.memory_bytes))?;
		write!(f, "proving time   {:>9} ms", self.prove_ms)
	}
}
