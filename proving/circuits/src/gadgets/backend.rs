//! What gadgets are described to.
//!
//! A gadget is one function, generic over its back end. [`super::Constraints`] builds its constraints,
//! at setup; [`super::Witness`] works out the values of its wires, at proving time. Both run the same
//! function, so they have the same wires in the same order.
//!
//! What one of them alone does is a closure that the other never calls. A *hint* says what the prover
//! puts on a wire: it reads values by a [`Reader`], of which the builder has none. A *group* of
//! constraints writes them by a [`Group`], of which the witness has none; so a proof is made without
//! synthesis.

use ark_bn254::Fr;

use super::logup::{Lookups, Rows};
use crate::r1cs::Wire;

/// What collects a circuit's constraints, or the values of its wires.
pub trait Backend: Sized {
	/// An integer: a combination of wires, or its value.
	type Int: Integer;
	/// A field element: a combination of wires, or its value.
	type Field: FieldElement + From<Self::Int>;
	/// What the prover knows and the builder does not.
	type Known<T>;
	/// What hints read values by.
	type Reader: Reader<Self>;

	/// A new wire for an integer.
	fn wire(&mut self, hint: impl FnOnce(&Self::Reader) -> i64) -> Self::Int;

	/// A new wire for a field element.
	fn field_wire(&mut self, hint: impl FnOnce(&Self::Reader) -> Fr) -> Self::Field;

	/// New wires for the lowest bits of a number that is not negative, the lowest first, each
	/// constrained to be 0 or 1 (group `range.bit`); gives the number that they make.
	fn bits(&mut self, count: u32, hint: impl FnOnce(&Self::Reader) -> i64) -> Self::Int;

	/// A public input or challenge, which the prover knows by now.
	fn public(&mut self, wire: Wire, hint: impl FnOnce(&Self::Reader) -> Fr) -> Self::Field;

	/// What several hints have in common, worked out once.
	fn know<T>(&self, hint: impl FnOnce(&Self::Reader) -> T) -> Self::Known<T>;

	/// Combinations of wires that are there, whose values the prover has by a shorter way.
	fn linear<T>(
		&self,
		combination: impl FnOnce() -> T,
		value: impl FnOnce(&Self::Reader) -> T,
	) -> T;

	/// Constraints that only together have a meaning, and their name.
	fn group(&mut self, name: &'static str, constraints: impl FnOnce(&mut Group<'_, Self::Field>));

	/// The value must be in the table; `row` says in which row it is.
	fn look_up(&mut self, table: &Rows, value: Self::Int, row: impl FnOnce(i64) -> u32);

	/// All that was looked up; nothing may be looked up from here on.
	fn take_lookups(&mut self) -> Lookups<Self>;

	/// Ends the wires that are committed to once: all so far, of which no round has any.
	fn close_committed(&mut self);

	/// Ends a commit round: wires to come are chosen after its challenge.
	fn close_round(&mut self);

	/// Tells what costs are counted by.
	fn note(&mut self, note: Note);
}

/// What the cost of a circuit depends on, or is told by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Note {
	/// A range of exactly so many values is asked for.
	Exact(u64),
	/// A range of at least so many bits is asked for.
	Loose(u32),
	/// A part of the circuit ends here.
	Part,
}

/// Reads values for hints.
pub trait Reader<B: Backend> {
	/// The value of an integer.
	fn int(&self, number: &B::Int) -> i64;

	/// A field element's value.
	fn field(&self, element: &B::Field) -> Fr;

	/// What the prover knows.
	fn known<'a, T>(&self, known: &'a B::Known<T>) -> &'a T;
}

/// A linear combination that is an integer. Values are calculated modulo `2^64`, which makes no
/// difference to what is read: every hint reads numbers that fit 64 bits.
pub trait Integer: Clone {
	/// The number itself, as a multiple of the wire that is 1.
	fn constant(value: i64) -> Self;

	/// The sum of `factor * number`.
	fn sum<'a>(parts: impl IntoIterator<Item = (i64, &'a Self)>) -> Self
	where
		Self: 'a;

	/// The number times `2^exponent`.
	fn shifted(&self, exponent: u32) -> Self;

	/// Half of an even number.
	fn halved(&self) -> Self;

	/// The sum with another.
	fn plus(&self, other: &Self) -> Self {
		Self::sum([(1, self), (1, other)])
	}

	/// The difference from another.
	fn minus(&self, other: &Self) -> Self {
		Self::sum([(1, self), (-1, other)])
	}

	/// The sum with a constant.
	fn offset(&self, value: i64) -> Self {
		self.plus(&Self::constant(value))
	}

	/// The product with a constant.
	fn times(&self, factor: i64) -> Self {
		Self::sum([(factor, self)])
	}
}

/// A linear combination that may be any element of the field.
pub trait FieldElement: Clone {
	/// The element itself, as a multiple of the wire that is 1.
	fn constant(value: Fr) -> Self;

	/// The sum of `factor * element`.
	fn sum<'a>(parts: impl IntoIterator<Item = (Fr, &'a Self)>) -> Self
	where
		Self: 'a;

	/// The sum with another.
	fn plus(&self, other: &Self) -> Self;

	/// The difference from another.
	fn minus(&self, other: &Self) -> Self;

	/// The number with these digits to a base, the lowest first.
	fn packed(base: Fr, digits: &[Self]) -> Self {
		let powers = std::iter::successors(Some(Fr::from(1)), |power| Some(*power * base));
		Self::sum(powers.zip(digits))
	}

	/// The sum with a constant.
	fn offset(&self, value: Fr) -> Self {
		self.plus(&Self::constant(value))
	}
}

/// Writes the constraints of a group.
pub struct Group<'a, F> {
	enforce: &'a mut dyn FnMut(&F, &F, &F),
}

impl<'a, F: FieldElement> Group<'a, F> {
	/// What is written goes to `enforce`.
	pub fn new(enforce: &'a mut dyn FnMut(&F, &F, &F)) -> Self {
		Self { enforce }
	}

	/// `a b = c`.
	pub fn enforce(&mut self, a: impl Into<F>, b: impl Into<F>, c: impl Into<F>) {
		(self.enforce)(&a.into(), &b.into(), &c.into());
	}

	/// `a b = 0`.
	pub fn vanish(&mut self, a: impl Into<F>, b: impl Into<F>) {
		self.enforce(a, b, F::constant(Fr::from(0)));
	}

	/// Enforces `a = b`, in one constraint.
	pub fn equal(&mut self, a: impl Into<F>, b: impl Into<F>) {
		self.vanish(a.into().minus(&b.into()), F::constant(Fr::from(1)));
	}

	/// `x` is 0 or 1.
	pub fn boolean(&mut self, x: impl Into<F>) {
		let x = x.into();
		self.vanish(x.clone(), x.offset(-Fr::from(1)));
	}
}
