//! What a circuit will cost, told before any heavy work.

use std::{fmt, sync::OnceLock, time::Instant};

use ark_bn254::{Fr, G1Affine, G1Projective};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{Field, PrimeField};
use serde::Serialize;

use crate::{in_turn::PIECE, msm, r1cs::Counts};

/// Setup and proving, estimated from the number of constraints. The time is that of this machine, with
/// as many threads as there are, from a sum of points that is timed once in a process.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Estimate {
	/// Number of constraints, exact.
	pub constraints: u64,
	/// Number of wires, exact.
	pub variables: u64,
	/// The power of two that transforms work on.
	pub domain: u64,
	/// Size of the proving key's file, in bytes.
	pub proving_key_bytes: u64,
	/// Peak memory of a process that proves, in bytes.
	pub memory_bytes: u64,
	/// Time of one proof, in milliseconds.
	pub prove_ms: u64,
}

/// Points of the sum that is timed.
const SAMPLE: usize = 1 << 11;
/// Runs of it, of which the fastest counts.
const RUNS: usize = 3;
/// Time of a proof per point of its domain, in times of the sample per point, measured on models of
/// 2^12 to 2^18 points: most is a sum of one point for each, the rest transforms and smaller sums.
const PROVE: f64 = 1.2;
/// Sums that a proof takes besides, whatever its size, in samples.
const PROVE_BASE: f64 = 4.0;
/// Memory of a process that has not begun. This and the two below were fitted to peaks of processes that load a
/// key and prove, by the example `measure`, with two threads.
const BASE_BYTES: u64 = 12_000_000;
/// Bytes that building a circuit takes for each term of its matrices.
const BUILDING: u64 = 70;
/// The same of a circuit that is built by a process which built another before.
const BUILDING_ONCE: u64 = 40;

impl Estimate {
	/// For a circuit of this size.
	pub fn new(counts: &Counts) -> Self {
		let (constraints, variables) = (counts.constraints, counts.wires);
		let domain = constraints.max(1).next_power_of_two();
		let [a, b] = counts.sides();
		// G1 points of 64 bytes: A and B for the wires on each side, one for each wire in its round or
		// the last, H per point of the domain; G2 of 128 for B.
		let proving_key_bytes = a * 64 + b * (64 + 128) + (variables + domain) * 64 + 1_300;
		let memory_bytes = BASE_BYTES + held(counts) + shared(building(counts), at_once(counts));
		let samples = PROVE_BASE + PROVE * domain as f64 / SAMPLE as f64;
		let prove_ms = (samples * sample_ms()).ceil() as u64;
		Self { constraints, variables, domain, proving_key_bytes, memory_bytes, prove_ms }
	}

	/// Of a proof that is made once by [`crate::in_turn`], by a process that has a prover of another circuit.
	pub fn once(counts: &Counts, other: &Counts) -> Self {
		let memory_bytes = BASE_BYTES + held(other) + building(other) + in_turn(counts);
		Self { memory_bytes, ..Self::new(counts) }
	}
}

/// The power of two that transforms work on.
fn domain(counts: &Counts) -> u64 {
	counts.constraints.max(1).next_power_of_two()
}

/// Bytes that matrices take: 8 a term, and ends and group of each row.
fn matrices(counts: &Counts) -> u64 {
	counts.terms * 8 + counts.constraints * 14 + counts.sides().iter().sum::<u64>() * 4
}

/// Bytes of key and matrices.
fn held(counts: &Counts) -> u64 {
	let [a, b] = counts.sides();
	let key = (a + b + counts.wires + domain(counts)) * 72 + b * 136;
	key + matrices(counts)
}

/// Bytes that building the matrices needs, which allocators keep.
fn building(counts: &Counts) -> u64 {
	counts.terms * BUILDING
}

/// Bytes that two tasks need, of which one comes after the other: what allocators kept is in pieces, of which about
/// half can be used again.
fn shared(first: u64, second: u64) -> u64 {
	first.max(second) + first.min(second) / 2
}

/// Bytes that a proof takes beside, if its sums are made at once: the witness twice, tables and five vectors on
/// the domain, and of each sum points, digits and buckets.
fn at_once(counts: &Counts) -> u64 {
	let ([a, b], domain) = (counts.sides(), domain(counts));
	let summed = a + 2 * b + counts.wires + domain;
	counts.wires * 64 + domain * (115 + 176) + summed * 100
}

/// The same if its sums are made in turn, with matrices that are built for it: one vector is left of those on
/// the domain, and of a sum there is a piece.
fn in_turn(counts: &Counts) -> u64 {
	let domain = domain(counts);
	let built = matrices(counts) + counts.terms * BUILDING_ONCE;
	built + counts.wires * 64 + domain * (115 + 32) + domain.min(PIECE as u64) * 300
}

/// Milliseconds that a sum of [`SAMPLE`] points with scalars of full size takes here.
fn sample_ms() -> f64 {
	static ONCE: OnceLock<f64> = OnceLock::new();
	*ONCE.get_or_init(|| {
		let (mut point, step) = (G1Projective::from(G1Affine::generator()), G1Affine::generator());
		let points: Vec<G1Projective> = (0..SAMPLE)
			.map(|_| {
				point += step;
				point
			})
			.collect();
		let points = G1Projective::normalize_batch(&points);
		let mut scalar = Fr::from(3u64);
		let scalars: Vec<_> = (0..SAMPLE)
			.map(|_| {
				scalar = scalar.square() + Fr::ONE;
				scalar.into_bigint()
			})
			.collect();
		let run = |_| {
			let start = Instant::now();
			let _ = std::hint::black_box(msm::msm(&points, &scalars));
			start.elapsed().as_secs_f64() * 1e3
		};
		(0..RUNS).map(run).fold(f64::INFINITY, f64::min)
	})
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
