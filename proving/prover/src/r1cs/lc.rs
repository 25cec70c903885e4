//! Linear combinations of wires.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field, One, Zero};

use super::{Wire, ONE};

/// A linear combination of wires: terms in ascending order of wires, no wire twice.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Lc {
	pub(super) terms: Vec<(Wire, Fr)>,
}

impl Lc {
	/// A single wire.
	pub fn wire(wire: Wire) -> Self {
		Self { terms: vec![(wire, Fr::ONE)] }
	}

	/// A constant.
	pub fn constant(value: Fr) -> Self {
		Self { terms: if value.is_zero() { vec![] } else { vec![(ONE, value)] } }
	}

	/// A signed constant.
	pub fn integer(value: i64) -> Self {
		Self::constant(field(value))
	}

	/// The sum of `coefficient * combination`.
	pub fn sum<'a>(parts: impl IntoIterator<Item = (Fr, &'a Lc)>) -> Self {
		let mut terms = Vec::new();
		for (factor, part) in parts {
			if factor.is_one() {
				terms.extend_from_slice(&part.terms);
			} else if !factor.is_zero() {
				terms.extend(part.terms.iter().map(|(wire, c)| (*wire, *c * factor)));
			}
		}
		Self::collect(terms)
	}

	/// From terms in any order.
	fn collect(mut terms: Vec<(Wire, Fr)>) -> Self {
		terms.sort_unstable_by_key(|(wire, _)| *wire);
		terms.dedup_by(|later, earlier| {
			let same = later.0 == earlier.0;
			if same {
				earlier.1 += later.1;
			}
			same
		});
		terms.retain(|(_, c)| !c.is_zero());
		Self { terms }
	}

	/// `sum 2^i * wires[i]` over wires that follow each other.
	pub fn bits(first: Wire, count: u32) -> Self {
		let mut power = Fr::ONE;
		let mut terms = Vec::with_capacity(count as usize);
		for i in 0..count {
			terms.push((first + i, power));
			power.double_in_place();
		}
		Self { terms }
	}

	/// The sum with another combination.
	pub fn plus(&self, other: &Lc) -> Self {
		Self::sum([(Fr::ONE, self), (Fr::ONE, other)])
	}

	/// The difference from another combination.
	pub fn minus(&self, other: &Lc) -> Self {
		Self::sum([(Fr::ONE, self), (-Fr::ONE, other)])
	}

	/// The sum with a signed constant.
	pub fn offset(&self, value: i64) -> Self {
		self.plus(&Self::integer(value))
	}

	/// The product with a constant.
	pub fn times(&self, factor: Fr) -> Self {
		Self::sum([(factor, self)])
	}

	/// The value under an assignment.
	pub fn evaluate(&self, wires: &[Fr]) -> Fr {
		self.terms.iter().map(|(wire, c)| wires[*wire as usize] * c).sum()
	}
}

/// A signed integer as a field element.
pub fn field(value: i64) -> Fr {
	Fr::from(value)
}
