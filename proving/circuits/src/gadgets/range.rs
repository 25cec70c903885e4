//! Ranges: that a number is not negative and not too large.
//!
//! Every other gadget proves its inequalities here, in one of two ways:
//!
//! - **Bits** (kind plain): `n` boolean wires that recompose the value; `n + 1` constraints.
//! - **Tables** (kind rounds): the value is cut into limbs of `w` bits, each looked up in the table
//!   of `0..2^w` ([`super::lookup`]); one constraint a limb, and the lowest limb is no wire but what
//!   the others leave.
//!
//! Soundness of both: bits or limbs in their range sum up to an integer of `[0, 2^B)`, `B <= 80`, and
//! equal the value as field elements; a negative number is above `r - 2^80` and has no such sum.

use ark_bn254::Fr;
use codec::{Decode, Encode};

use super::Witness;
use crate::r1cs::{Builder, Lc, Rows};

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

/// A number that is a power of two.
fn power(exponent: u32) -> Fr {
	Fr::from(1u128 << exponent)
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

	/// Constraints of [`loose`].
	pub fn loose_cost(&self, bits: u32) -> u32 {
		match self {
			Self::Bits => bits + 1,
			Self::Tables { limb, .. } => bits.div_ceil((*limb).into()).max(1),
		}
	}

	/// Constraints of [`exact`].
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

/// Bits of a value, as boolean wires.
fn bits(b: &mut Builder, count: u32) -> Lc {
	let first = b.wires(count);
	b.group("range.bit");
	for i in 0..count {
		b.boolean(first + i);
	}
	Lc::bits(first, count)
}

/// `0 <= value < 2^B` for some `B` of `bits` and up to a limb more; by bits, `B` is `bits`.
pub fn loose(b: &mut Builder, checks: &Checks, value: &Lc, bits: u32) {
	*b.counts().loose.entry(bits).or_default() += 1;
	limbs(b, checks, value, bits);
}

fn limbs(b: &mut Builder, checks: &Checks, value: &Lc, bits: u32) {
	match checks {
		Checks::Bits => {
			let sum = self::bits(b, bits);
			b.group("range.recompose");
			b.equal(&sum, value);
		}
		Checks::Tables { .. } if bits == 0 => {
			b.group("range.zero");
			b.equal(value, &Lc::default());
		}
		Checks::Tables { limb, .. } => {
			let limb = u32::from(*limb);
			let upper = bits.div_ceil(limb) - 1;
			let first = b.wires(upper);
			let mut lowest = value.clone();
			for i in 0..upper {
				let wire = Lc::wire(first + i);
				lowest = lowest.minus(&wire.times(power(limb * (i + 1))));
				b.look_up(&Rows::Below(1 << limb), wire);
			}
			b.look_up(&Rows::Below(1 << limb), lowest);
		}
	}
}

/// Pushes what [`loose`] allocates.
pub fn assign_loose(w: &mut Witness, checks: &Checks, value: i128, bits: u32) {
	match checks {
		Checks::Bits => w.push_bits(value as i64, bits),
		Checks::Tables { .. } if bits == 0 => {}
		Checks::Tables { limb, .. } => {
			let limb = u32::from(*limb);
			let mask = (1i128 << limb) - 1;
			let part = |i: u32| (value >> (limb * i) & mask) as u32;
			for i in 1..bits.div_ceil(limb) {
				w.push_integer(part(i).into());
				w.look_up(&Rows::Below(1 << limb), part(i));
			}
			w.look_up(&Rows::Below(1 << limb), part(0));
		}
	}
}

/// `0 <= value < n`, exactly.
pub fn exact(b: &mut Builder, checks: &Checks, value: &Lc, n: u64) {
	*b.counts().ranges.entry(n).or_default() += 1;
	match checks.exact(n) {
		Exact::Table => b.look_up(&Rows::Below(n as u32), value.clone()),
		Exact::Loose => limbs(b, checks, value, width(n)),
		Exact::Both => {
			limbs(b, checks, value, width(n));
			limbs(b, checks, &Lc::integer(n as i64 - 1).minus(value), width(n));
		}
	}
}

/// Pushes what [`exact`] allocates.
pub fn assign_exact(w: &mut Witness, checks: &Checks, value: i64, n: u64) {
	match checks.exact(n) {
		Exact::Table => w.look_up(&Rows::Below(n as u32), value as u32),
		Exact::Loose => assign_loose(w, checks, value.into(), width(n)),
		Exact::Both => {
			assign_loose(w, checks, value.into(), width(n));
			assign_loose(w, checks, n as i128 - 1 - i128::from(value), width(n));
		}
	}
}

/// A new number of `0..n`. By bits it has no wire of its own.
pub fn fresh(b: &mut Builder, checks: &Checks, n: u64) -> Lc {
	if *checks != Checks::Bits {
		let value = Lc::wire(b.wire());
		exact(b, checks, &value, n);
		return value;
	}
	let value = bits(b, width(n));
	if !n.is_power_of_two() {
		limbs(b, checks, &Lc::integer(n as i64 - 1).minus(&value), width(n));
	}
	value
}

/// Pushes what [`fresh`] allocates.
pub fn assign_fresh(w: &mut Witness, checks: &Checks, value: i64, n: u64) {
	if *checks != Checks::Bits {
		w.push_integer(value);
		return assign_exact(w, checks, value, n);
	}
	assign_exact(w, checks, value, n);
}

/// The remainder of a division by `2^shift`: with `v = 2^shift h + value` for integers `v` and `h`,
/// that `value` is in `[0, 2^shift)`.
///
/// By tables `2^e value` is checked to be in `[0, 2^(shift + e))`, where `e` fills the last limb: then
/// `2^e v = 2^(shift + e) h + 2^e value` is a division of integers with its one remainder, so `h` is
/// the quotient of `v` by `2^shift` too, whatever field element `value` is.
pub fn remainder(b: &mut Builder, checks: &Checks, value: &Lc, shift: u32) {
	*b.counts().loose.entry(shift).or_default() += 1;
	let (spare, bits) = filled(checks, shift);
	limbs(b, checks, &value.times(power(spare)), bits);
}

/// Pushes what [`remainder`] allocates.
pub fn assign_remainder(w: &mut Witness, checks: &Checks, value: i64, shift: u32) {
	let (spare, bits) = filled(checks, shift);
	assign_loose(w, checks, i128::from(value) << spare, bits);
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
