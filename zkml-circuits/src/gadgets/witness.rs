//! The prover's half of a builder.

use ark_bn254::Fr;

use crate::r1cs::field;

/// The wires' values in the order of allocation, and what was looked up.
#[derive(Clone, Debug, Default)]
pub struct Witness {
	/// Wire by wire.
	pub wires: Vec<Fr>,
	/// The tables' sizes, in the order of first use.
	pub tables: Vec<u32>,
	/// Table and value, in the order of the builder's queries.
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

	/// Looks a value up in the table of `0..size`.
	pub fn look_up(&mut self, size: u32, value: u32) {
		let known = self.tables.iter().position(|table| *table == size);
		let table = known.unwrap_or_else(|| {
			self.tables.push(size);
			self.tables.len() - 1
		});
		self.queries.push((table, value));
	}
}
