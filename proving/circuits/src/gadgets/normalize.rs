//! A number above 0 as a mantissa and a power of two: `e = floor(log2(x))`, and `m = floor(x * 2^k / 2^e)`,
//! which is in `[2^k, 2^(k+1))`.
//!
//! With E the exponent of the largest `x`: `e` is exactly in `[0, E]`, `q = 2^(E-e)` is looked up
//! ([`lookup`]), and `p = x q`. Where `E > k` the mantissa is a wire and `p - 2^(E-k) m` a remainder
//! ([`range::remainder`]), else it is `2^(k-E) p`. `m - 2^k`, or `p - 2^E`, is exactly in `[0, 2^k)`, or
//! `[0, 2^E)`.
//!
//! Cost: the range of `e`, the lookup, one constraint, the ranges of mantissa and remainder.
//!
//! Soundness: `e` and `q` are what the lookup says, so `p` is `x 2^(E-e)` for some e of `[0, E]`, an integer
//! below `2^88`. Its range says `2^E <= p < 2^(E+1)`, which is true of one such e alone. The
//! mantissa and the remainder are the digits of one integer.

use super::{
	lookup::{self, Part},
	range::{self, Checks},
	Backend, Integer, Reader,
};

/// What all elements of a node have in common.
#[derive(Clone, Debug)]
pub struct Shape {
	/// E of the relation: the exponent of the largest number.
	top: u32,
	/// k of the relation: bits of the mantissa behind its first.
	bits: u32,
	/// The powers by their exponents.
	powers: Part,
}

impl Shape {
	/// For numbers up to `largest`, with mantissas of so many bits behind the first.
	pub fn new(checks: &Checks, bits: u8, largest: i64) -> Self {
		let top = largest.max(1).ilog2();
		let powers = (0..=top).map(|e| 1i64 << (top - e)).collect();
		Self { top, bits: bits.into(), powers: Part::listed(checks, 0, powers) }
	}
}

/// Mantissa and exponent of `x`.
pub fn parts<B: Backend>(b: &mut B, checks: &Checks, shape: &Shape, x: &B::Int) -> [B::Int; 2] {
	let Shape { top, bits, powers } = shape;
	let (top, bits) = (*top, *bits);
	if top == 0 {
		// The number is 1.
		return [B::Int::constant(1 << bits), B::Int::constant(0)];
	}
	let exponent = |of: &B::Reader| i64::from(of.int(x).max(1).ilog2());
	let exponent = range::fresh(b, checks, u64::from(top) + 1, exponent);
	let power = lookup::value(b, checks, powers, &exponent);
	let product = b.wire(|of| of.int(x) * of.int(&power));
	b.group("normalize.product", |g| g.enforce(x.clone(), power, product.clone()));
	if top <= bits {
		range::exact(b, checks, &product.offset(-(1 << top)), 1 << top);
		return [product.shifted(bits - top), exponent];
	}
	let mantissa = b.wire(|of| of.int(&product) >> (top - bits));
	let rest = product.minus(&mantissa.shifted(top - bits));
	range::remainder(b, checks, &rest, top - bits);
	range::exact(b, checks, &mantissa.offset(-(1 << bits)), 1 << bits);
	[mantissa, exponent]
}
