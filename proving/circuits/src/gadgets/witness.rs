//! The back end that works out the values of wires.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field, One};

use super::{
	logup::{Lookups, Rows},
	Backend, FieldElement, Group, Integer, Note, Reader,
};
use crate::r1cs::{field, Wire};

/// The wires' values in the order of allocation, and what was looked up. No constraint is made or looked
/// at.
#[derive(Default)]
pub struct Witness {
	/// The value of each wire that there is so far, in order.
	pub wires: Vec<Fr>,
	lookups: Lookups<Self>,
}

/// Values are there to be read.
#[derive(Clone, Copy, Debug)]
pub struct Values;

impl Witness {
	/// With values for the first wires.
	pub fn new(wires: Vec<Fr>) -> Self {
		Self { wires, ..Self::default() }
	}
}

impl Backend for Witness {
	type Int = i64;
	type Field = Fr;
	type Known<T> = T;
	type Reader = Values;

	fn wire(&mut self, hint: impl FnOnce(&Values) -> i64) -> i64 {
		let value = hint(&Values);
		self.wires.push(field(value));
		value
	}

	fn field_wire(&mut self, hint: impl FnOnce(&Values) -> Fr) -> Fr {
		let value = hint(&Values);
		self.wires.push(value);
		value
	}

	fn bits(&mut self, count: u32, hint: impl FnOnce(&Values) -> i64) -> i64 {
		let value = hint(&Values);
		let bit = |i: u32| if value >> i & 1 == 1 { Fr::ONE } else { Fr::ZERO };
		self.wires.extend((0..count).map(bit));
		value
	}

	fn public(&mut self, wire: Wire, hint: impl FnOnce(&Values) -> Fr) -> Fr {
		let value = hint(&Values);
		self.wires[wire as usize] = value;
		value
	}

	fn know<T>(&self, hint: impl FnOnce(&Values) -> T) -> T {
		hint(&Values)
	}

	fn linear<T>(&self, _: impl FnOnce() -> T, value: impl FnOnce(&Values) -> T) -> T {
		value(&Values)
	}

	fn group(&mut self, _: &'static str, _: impl FnOnce(&mut Group<'_, Fr>)) {}

	fn look_up(&mut self, table: &Rows, value: i64, row: impl FnOnce(i64) -> u32) {
		self.lookups.push(table, value, row(value));
	}

	fn take_lookups(&mut self) -> Lookups<Self> {
		std::mem::take(&mut self.lookups)
	}

	fn close_committed(&mut self) {}

	fn close_round(&mut self) {}

	fn note(&mut self, _: Note) {}
}

impl Reader<Witness> for Values {
	fn int(&self, number: &i64) -> i64 {
		*number
	}

	fn field(&self, element: &Fr) -> Fr {
		*element
	}

	fn known<'a, T>(&self, known: &'a T) -> &'a T {
		known
	}
}

impl Integer for i64 {
	fn constant(value: i64) -> Self {
		value
	}

	fn sum<'a>(parts: impl IntoIterator<Item = (i64, &'a Self)>) -> Self {
		let product = |(factor, part): (i64, &i64)| factor.wrapping_mul(*part);
		parts.into_iter().map(product).fold(0, i64::wrapping_add)
	}

	fn shifted(&self, exponent: u32) -> Self {
		// What is shifted out is a multiple of 2^64.
		self.checked_shl(exponent).unwrap_or(0)
	}

	fn halved(&self) -> Self {
		self >> 1
	}
}

impl FieldElement for Fr {
	fn constant(value: Fr) -> Self {
		value
	}

	fn sum<'a>(parts: impl IntoIterator<Item = (Fr, &'a Self)>) -> Self {
		let product =
			|(factor, part): (Fr, &Fr)| if factor.is_one() { *part } else { factor * part };
		parts.into_iter().map(product).sum()
	}

	fn plus(&self, other: &Self) -> Self {
		*self + other
	}

	fn minus(&self, other: &Self) -> Self {
		*self - other
	}
}
