//! The prover's half of a builder.

use ark_bn254::Fr;

use crate::r1cs::{field, place, Rows};

/// The wires' values in the order of allocation, and what was looked up.
#[derive(Clone, Debug, Default)]
pub struct Witness {
	/// Wire by wire.
	pub wires: Vec<Fr>,
	/// The tables, in the order of first use.
	pub tables: Vec<Rows>,
	/// Table and row, in the order of the builder's queries.
	pub queries: Vec<(usize, u32)>,
}

impl Witness {
	/// With values for the first wires.
	pub fn new(wires: Vec<Fr>) -> Self {
		Self { wires, ..Self::default() }
	}

	/// The next wire's value.
	pub fn push(&mut self, value: Fr) {
		self.wires.push(value);
	}

	/// The same for a number.
	pub fn push_integer(&mut self, value: i64) {
		self.wires.push(field(value));
	}

	/// The lowest `count` bits of a number that is not negative.
	pub fn push_bits(&mut self, value: i64, count: u32) {
		self.wires.extend((0..count).map(|i| Fr::from(value >> i & 1)));
	}

	/// Looks up a row of a table.
	pub fn look_up(&mut self, table: &Rows, row: u32) {
		let table = place(&mut self.tables, table);
		self.queries.push((table, row));
	}
}
