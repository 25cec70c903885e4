//! The back end that builds constraints.

use std::collections::BTreeMap;

use ark_bn254::Fr;
use ark_ff::Field;

use super::{
	logup::{Lookups, Rows},
	Backend, FieldElement, Group, Integer, Note, Reader,
};
use crate::r1cs::{field, Builder, Counts, Lc, R1cs, Wire};

/// Ranges that a circuit asks for.
#[derive(Clone, Debug, Default)]
pub struct Ranges {
	/// How often a range of each size was asked for exactly.
	pub exact: BTreeMap<u64, u64>,
	/// How often a range of each width was asked for loosely.
	pub loose: BTreeMap<u32, u64>,
}

/// How much there is at some point of the building.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mark {
	/// Number of constraints so far.
	pub constraints: u64,
	/// Number of values looked up so far.
	pub lookups: u64,
}

/// Builds the constraints of gadgets, and collects what they look up. It has no values.
pub struct Constraints {
	builder: Builder,
	lookups: Option<Lookups<Self>>,
	looked_up: u64,
	ranges: Ranges,
	parts: Vec<Mark>,
}

/// Nobody reads values of constraints.
#[derive(Clone, Copy, Debug)]
pub enum Nobody {}

impl Constraints {
	/// With this many public inputs, wires 1 and up, challenges among them.
	pub fn new(public_inputs: usize) -> Self {
		Self::of(Builder::new(public_inputs))
	}

	/// They are counted and forgotten.
	pub fn counting(public_inputs: usize) -> Self {
		Self::of(Builder::counting(public_inputs))
	}

	fn of(builder: Builder) -> Self {
		let (ranges, parts) = (Ranges::default(), Vec::new());
		Self { builder, lookups: Some(Lookups::default()), looked_up: 0, ranges, parts }
	}

	/// The first of several new wires that follow each other, with no gadget around them.
	pub fn wires(&mut self, count: u32) -> Wire {
		self.builder.wires(count)
	}

	/// How much there is so far.
	pub fn mark(&self) -> Mark {
		Mark { constraints: self.builder.constraints(), lookups: self.looked_up }
	}

	/// How much there was where each part ended.
	pub fn parts(&self) -> &[Mark] {
		&self.parts
	}

	/// The ranges asked for so far.
	pub fn ranges(&self) -> &Ranges {
		&self.ranges
	}

	/// Adds the rows that bind the public inputs, and closes the system; see [`Builder::finish`].
	pub fn finish(self) -> (R1cs, Counts) {
		self.builder.finish()
	}
}

impl Backend for Constraints {
	type Int = Lc;
	type Field = Lc;
	type Known<T> = ();
	type Reader = Nobody;

	fn wire(&mut self, _: impl FnOnce(&Nobody) -> i64) -> Lc {
		Lc::wire(self.builder.wire())
	}

	fn field_wire(&mut self, _: impl FnOnce(&Nobody) -> Fr) -> Lc {
		Lc::wire(self.builder.wire())
	}

	fn bits(&mut self, count: u32, _: impl FnOnce(&Nobody) -> i64) -> Lc {
		let first = self.builder.wires(count);
		self.builder.group("range.bit");
		(first..first + count).for_each(|wire| self.builder.boolean(wire));
		Lc::bits(first, count)
	}

	fn public(&mut self, wire: Wire, _: impl FnOnce(&Nobody) -> Fr) -> Lc {
		Lc::wire(wire)
	}

	fn know<T>(&self, _: impl FnOnce(&Nobody) -> T) {}

	fn linear<T>(&self, combination: impl FnOnce() -> T, _: impl FnOnce(&Nobody) -> T) -> T {
		combination()
	}

	fn group(&mut self, name: &'static str, constraints: impl FnOnce(&mut Group<'_, Lc>)) {
		self.builder.group(name);
		let builder = &mut self.builder;
		constraints(&mut Group::new(&mut |a, b, c| builder.enforce(a, b, c)));
	}

	fn look_up(&mut self, table: &Rows, value: Lc, _: impl FnOnce(i64) -> u32) {
		let lookups = self.lookups.as_mut().expect("nothing is looked up behind the round");
		lookups.push(table, value, ());
		self.looked_up += 1;
	}

	fn take_lookups(&mut self) -> Lookups<Self> {
		self.lookups.take().expect("lookups are taken once")
	}

	fn close_committed(&mut self) {
		self.builder.close_committed();
	}

	fn close_round(&mut self) {
		self.builder.close_round();
	}

	fn note(&mut self, note: Note) {
		match note {
			Note::Exact(n) => *self.ranges.exact.entry(n).or_default() += 1,
			Note::Loose(bits) => *self.ranges.loose.entry(bits).or_default() += 1,
			Note::Part => self.parts.push(self.mark()),
		}
	}
}

impl Reader<Constraints> for Nobody {
	fn int(&self, _: &Lc) -> i64 {
		match *self {}
	}

	fn field(&self, _: &Lc) -> Fr {
		match *self {}
	}

	fn known<'a, T>(&self, (): &'a ()) -> &'a T {
		match *self {}
	}
}

impl Integer for Lc {
	fn constant(value: i64) -> Self {
		Lc::integer(value)
	}

	fn sum<'a>(parts: impl IntoIterator<Item = (i64, &'a Self)>) -> Self {
		Lc::sum(parts.into_iter().map(|(factor, part)| (field(factor), part)))
	}

	fn shifted(&self, exponent: u32) -> Self {
		self.times(Fr::from(1u128 << exponent))
	}

	fn halved(&self) -> Self {
		// 2 is not 0 in a field of this size.
		self.times(Fr::from(2).inverse().unwrap_or_default())
	}
}

impl FieldElement for Lc {
	fn constant(value: Fr) -> Self {
		Lc::constant(value)
	}

	fn sum<'a>(parts: impl IntoIterator<Item = (Fr, &'a Self)>) -> Self {
		Lc::sum(parts)
	}

	fn plus(&self, other: &Self) -> Self {
		Lc::plus(self, other)
	}

	fn minus(&self, other: &Self) -> Self {
		Lc::minus(self, other)
	}
}
