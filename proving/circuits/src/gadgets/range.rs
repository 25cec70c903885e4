//! Ranges: that a number is not negative and not too large.
//!
//! Every other gadget proves its inequalities here, in one of two ways:
//!
//! - **Bits** (kind plain): `n` boolean wires that recompose the value; `n + 1` constraints.
//! - **Tables** (kind rounds): the value is cut into limbs of `w` bits, each looked up in the table
//!   of `0..2^w` ([`super::logup`]); one constraint a limb, and the lowest limb is no wire but what
//!   the others leave.
//!
//! Soundness of both: bits or limbs in their range sum up to an integer of `[0, 2^B)`, `B <= 80`, and
//! equal the value as field elements; a negative number is above `r - 2^80` and has no such sum.

use codec::{Decode, Encode};

use super::{logup::Rows, Backend, Integer, Note, Reader};

/// How ranges are proved, and with it the circuit's kind.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub enum Checks {
	/// By bits: plain Groth16.
	#[codec(index = 0)]
	Bits,
	/// By lookups: one commit round.
	#[codec(index = 1)]
	Tables {
		/// Width w of a limb.
		limb: u8,
		/// Sizes of further tables, for ranges that are asked for often enough to be worth one.
		exact: Vec<u32>,
	},
}

/// Width of the numbers below `n`.
fn width(n: u64) -> u32 {
	64 - (n - 1).leading_zeros()
}

/// How a range of exactly `n` values is proved.
enum Exact {
	/// One query in a table of that size.
	Table,
	/// A loose check is exact.
	Loose,
	/// Loose checks of the value and of `n - 1 - value`.
	Both,
}

impl Checks {
	/// Commit rounds of the circuit.
	pub fn rounds(&self) -> usize {
		match self {
			Self::Bits => 0,
			Self::Tables { .. } => 1,
		}
	}

	fn exact(&self, n: u64) -> Exact {
		match self {
			Self::Bits if n.is_power_of_two() => Exact::Loose,
			Self::Bits => Exact::Both,
			Self::Tables { limb, exact } => {
				if exact.iter().any(|size| u64::from(*size) == n) {
					Exact::Table
				} else if n.is_power_of_two() && width(n).is_multiple_of((*limb).into()) {
					Exact::Loose
				} else {
					Exact::Both
				}
			}
		}
	}

	/// How many constraints [`loose`] makes for so many bits.
	pub fn loose_cost(&self, bits: u32) -> u32 {
		match self {
			Self::Bits => bits + 1,
			Self::Tables { limb, .. } => bits.div_ceil((*limb).into()).max(1),
		}
	}

	/// How many constraints [`exact`] makes for a value below `n`.
	pub fn exact_cost(&self, n: u64) -> u64 {
		match self.exact(n) {
			Exact::Table => 1,
			Exact::Loose => self.loose_cost(width(n)).into(),
			Exact::Both => 2 * u64::from(self.loose_cost(width(n))),
		}
	}

	/// The width `B` that [`loose`] proves.
	pub fn loose_width(&self, bits: u32) -> u32 {
		filled(self, bits).1
	}

	/// Lookups that a table of its own would save for each range of `n` values.
	pub fn saving(&self, n: u64) -> u64 {
		let Self::Tables { limb, .. } = self else { return 0 };
		let limbs = u64::from(width(n).div_ceil((*limb).into()));
		match self.exact(n) {
			Exact::Table => 0,
			Exact::Loose => limbs.saturating_sub(1),
			Exact::Both => (2 * limbs).saturating_sub(1),
		}
	}
}

/// `0 <= value < 2^B` for some `B` of `bits` and up to a limb more; by bits, `B` is `bits`.
pub fn loose<B: Backend>(b: &mut B, checks: &Checks, value: &B::Int, bits: u32) {
	b.note(Note::Loose(bits));
	limbs(b, checks, value, 0, bits);
}

/// The same for `2^spare value`.
fn limbs<B: Backend>(b: &mut B, checks: &Checks, value: &B::Int, spare: u32, bits: u32) {
	match checks {
		Checks::Bits => {
			let sum = b.bits(bits, |of| of.int(value) << spare);
			b.group("range.recompose", |g| g.equal(sum, value.shifted(spare)));
		}
		Checks::Tables { .. } if bits == 0 => {
			b.group("range.zero", |g| g.equal(value.shifted(spare), B::Int::constant(0)));
		}
		Checks::Tables { limb, .. } => {
			let limb = u32::from(*limb);
			let table = Rows::Below(1 << limb);
			let mask = (1 << limb) - 1;
			let mut lowest = value.shifted(spare);
			for i in 1..bits.div_ceil(limb) {
				let whole = |of: &B::Reader| i128::from(of.int(value)) << spare;
				let part = b.wire(|of| (whole(of) >> (limb * i)) as i64 & mask);
				lowest = lowest.minus(&part.shifted(limb * i));
				b.look_up(&table, part, |part| part as u32);
			}
			b.look_up(&table, lowest, |lowest| lowest as u32);
		}
	}
}

/// `0 <= value < n`, exactly.
pub fn exact<B: Backend>(b: &mut B, checks: &Checks, value: &B::Int, n: u64) {
	b.note(Note::Exact(n));
	match checks.exact(n) {
		Exact::Table => b.look_up(&Rows::Below(n as u32), value.clone(), |value| value as u32),
		Exact::Loose => limbs(b, checks, value, 0, width(n)),
		Exact::Both => {
			limbs(b, checks, value, 0, width(n));
			limbs(b, checks, &B::Int::constant(n as i64 - 1).minus(value), 0, width(n));
		}
	}
}

/// A new number of `0..n`. By bits it has no wire of its own.
pub fn fresh<B: Backend>(
	b: &mut B,
	checks: &Checks,
	n: u64,
	hint: impl FnOnce(&B::Reader) -> i64,
) -> B::Int {
	if *checks != Checks::Bits {
		let value = b.wire(hint);
		exact(b, checks, &value, n);
		return value;
	}
	let value = b.bits(width(n), hint);
	if !n.is_power_of_two() {
		limbs(b, checks, &B::Int::constant(n as i64 - 1).minus(&value), 0, width(n));
	}
	value
}

/// The remainder of a division by `2^shift`: with `v = 2^shift h + value` for integers `v` and `h`,
/// that `value` is in `[0, 2^shift)`.
///
/// By tables `2^e value` is checked to be in `[0, 2^(shift + e))`, where `e` fills the last limb: then
/// `2^e v = 2^(shift + e) h + 2^e value` is a division of integers with its one remainder, so `h` is
/// the quotient of `v` by `2^shift` too, whatever field element `value` is.
pub fn remainder<B: Backend>(b: &mut B, checks: &Checks, value: &B::Int, shift: u32) {
	b.note(Note::Loose(shift));
	let (spare, bits) = filled(checks, shift);
	limbs(b, checks, value, spare, bits);
}

/// Bits that fill the last limb, and the width with them.
fn filled(checks: &Checks, bits: u32) -> (u32, u32) {
	match checks {
		Checks::Bits => (0, bits),
		Checks::Tables { limb, .. } => {
			let filled = bits.next_multiple_of((*limb).into());
			(filled - bits, filled)
		}
	}
}
