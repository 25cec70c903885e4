//! Field elements one at a time, on any processor.
//!
//! Numbers are in arkworks' form, with `R = 2^256`, but below `2p` instead of `p`: products need no
//! subtraction at their end. Sums and differences are put right with masks. A branch would be
//! guessed wrong half the time, which takes as long as a third of a product. Nothing here is
//! constant-time.

use std::marker::PhantomData;

use ark_bn254::{Fq, Fq2, FqConfig};
use ark_ff::{BigInt, Field, Fp, MontBackend, MontConfig};

/// An element of a field whose prime is below `2^254`; 32 bytes.
pub struct Element<P>([u64; 4], PhantomData<P>);

impl<P> Clone for Element<P> {
	#[inline(always)]
	fn clone(&self) -> Self {
		*self
	}
}
impl<P> Copy for Element<P> {}

/// The sum of two numbers modulo `2^256`.
#[inline(always)]
fn sum(a: [u64; 4], b: [u64; 4]) -> [u64; 4] {
	let (x, carry) = a[0].carrying_add(b[0], false);
	let (y, carry) = a[1].carrying_add(b[1], carry);
	let (z, carry) = a[2].carrying_add(b[2], carry);
	[x, y, z, a[3].carrying_add(b[3], carry).0]
}

/// The difference modulo `2^256`, and whether it is negative.
#[inline(always)]
fn difference(a: [u64; 4], b: [u64; 4]) -> ([u64; 4], bool) {
	let (x, borrow) = a[0].borrowing_sub(b[0], false);
	let (y, borrow) = a[1].borrowing_sub(b[1], borrow);
	let (z, borrow) = a[2].borrowing_sub(b[2], borrow);
	let (w, borrow) = a[3].borrowing_sub(b[3], borrow);
	([x, y, z, w], borrow)
}

/// The number, or 0.
#[inline(always)]
fn only_if(condition: bool, x: [u64; 4]) -> [u64; 4] {
	let mask = u64::from(condition).wrapping_neg();
	[x[0] & mask, x[1] & mask, x[2] & mask, x[3] & mask]
}

impl<P: MontConfig<4>> Element<P> {
	const PRIME: [u64; 4] = P::MODULUS.0;
	const DOUBLE: [u64; 4] = {
		let [a, b, c, d] = P::MODULUS.0;
		[a << 1, b << 1 | a >> 63, c << 1 | b >> 63, d << 1 | c >> 63]
	};

	/// `1 / 2^64` modulo the prime: with `k = -1 / p` modulo `2^64` it is `(k p + 1) / 2^64`.
	const FOLD: [u64; 4] = {
		const fn step(word: u64, factor: u64, carry: u64) -> (u64, u64) {
			let sum = word as u128 * factor as u128 + carry as u128;
			(sum as u64, (sum >> 64) as u64)
		}
		let [a, b, c, d] = P::MODULUS.0;
		// The lowest word of the product is 2^64 - 1.
		let (_, carry) = step(a, P::INV, 1);
		let (a, carry) = step(b, P::INV, carry);
		let (b, carry) = step(c, P::INV, carry);
		let (c, d) = step(d, P::INV, carry);
		[a, b, c, d]
	};

	/// From an element of arkworks, whose words in memory are the same.
	#[inline(always)]
	pub const fn new(element: Fp<MontBackend<P, 4>, 4>) -> Self {
		Self::raw(element.0 .0)
	}

	/// From the words that it has in memory, below `2p`.
	#[inline(always)]
	pub const fn raw(words: [u64; 4]) -> Self {
		Self(words, PhantomData)
	}

	/// To an element of arkworks, whose words are below the prime.
	#[inline(always)]
	pub fn field(self) -> Fp<MontBackend<P, 4>, 4> {
		Fp::new_unchecked(BigInt(self.below_prime()))
	}

	/// The number that it stands for.
	#[inline(always)]
	pub fn integer(self) -> BigInt<4> {
		BigInt(self.times(Self::raw([1, 0, 0, 0])).below_prime())
	}

	#[inline(always)]
	fn below_prime(self) -> [u64; 4] {
		let (less, negative) = difference(self.0, Self::PRIME);
		sum(less, only_if(negative, Self::PRIME))
	}

	/// From below `4p` to below `2p`.
	#[inline(always)]
	pub fn reduce(self) -> Self {
		let (less, negative) = difference(self.0, Self::DOUBLE);
		Self::raw(sum(less, only_if(negative, Self::DOUBLE)))
	}

	/// The sum as it is, below `4p`.
	#[inline(always)]
	pub fn plus_unreduced(self, other: Self) -> Self {
		Self::raw(sum(self.0, other.0))
	}

	/// The difference plus `2p`, below `4p`.
	#[inline(always)]
	pub fn minus_unreduced(self, other: Self) -> Self {
		Self::raw(difference(sum(self.0, Self::DOUBLE), other.0).0)
	}

	#[inline(always)]
	pub fn plus(self, other: Self) -> Self {
		self.plus_unreduced(other).reduce()
	}

	#[inline(always)]
	pub fn minus(self, other: Self) -> Self {
		let (less, negative) = difference(self.0, other.0);
		Self::raw(sum(less, only_if(negative, Self::DOUBLE)))
	}

	/// The product divided by `R`: below `a b p / R + p` and a `2^62`th of `p`, of factors `a` below `3p`
	/// and `b`. That is below `2p` if both are, or if one is below `4p` and the first below `p`, since
	/// `5p < R`.
	#[inline(always)]
	pub fn times(self, other: Self) -> Self {
		let a = self.0;
		let [b, c, d, e] = other.0;
		// What is left of the first words is five words long, below a + 2^64 p, and after the third four,
		// below a + 2p, hence below R.
		let r = Self::fold(add_product([0; 5], a, b));
		let r = Self::fold(add_product(r, a, c));
		let r = Self::shift(add_product(r, a, d));
		let [r0, r1, r2, r3, _] = Self::shift(add_product(r, a, e));
		Self::raw([r0, r1, r2, r3])
	}

	/// Divided by `2^64`: the lowest word times [`Self::FOLD`] is added to the others. Four products where
	/// [`Self::shift`] takes five, and what it adds is `2^64` times as much.
	#[inline(always)]
	fn fold([m, r1, r2, r3, r4]: [u64; 5]) -> [u64; 5] {
		let [a, b, c, d] = Self::FOLD;
		let (r1, carry) = a.carrying_mul_add(m, r1, 0);
		let (r2, carry) = b.carrying_mul_add(m, r2, carry);
		let (r3, carry) = c.carrying_mul_add(m, r3, carry);
		let (r4, r5) = d.carrying_mul_add(m, r4, carry);
		[r1, r2, r3, r4, r5]
	}

	/// Divided by `2^64`: such a multiple of the prime is added, below `2^64` primes, that the lowest word
	/// becomes 0 (Montgomery).
	#[inline(always)]
	fn shift([r0, r1, r2, r3, r4]: [u64; 5]) -> [u64; 5] {
		let [a, b, c, d] = Self::PRIME;
		let m = r0.wrapping_mul(P::INV);
		let (_, carry) = a.carrying_mul_add(m, r0, 0);
		let (r1, carry) = b.carrying_mul_add(m, r1, carry);
		let (r2, carry) = c.carrying_mul_add(m, r2, carry);
		let (r3, carry) = d.carrying_mul_add(m, r3, carry);
		[r1, r2, r3, r4 + carry, 0]
	}
}

/// `r + a b`, which is below `2^320`.
#[inline(always)]
fn add_product([r0, r1, r2, r3, r4]: [u64; 5], a: [u64; 4], b: u64) -> [u64; 5] {
	let (r0, carry) = a[0].carrying_mul_add(b, r0, 0);
	let (r1, carry) = a[1].carrying_mul_add(b, r1, carry);
	let (r2, carry) = a[2].carrying_mul_add(b, r2, carry);
	let (r3, carry) = a[3].carrying_mul_add(b, r3, carry);
	[r0, r1, r2, r3, r4 + carry]
}

/// What coordinates of points are.
pub trait Coordinate: Copy + Send + Sync {
	/// The same in arkworks.
	type Field: Field;
	const ZERO: Self;
	const ONE: Self;

	fn new(element: &Self::Field) -> Self;
	fn field(self) -> Self::Field;
	fn plus(self, other: Self) -> Self;
	fn minus(self, other: Self) -> Self;
	fn times(self, other: Self) -> Self;
	fn square(self) -> Self;
	/// Whether it is written as [`Coordinate::ZERO`].
	fn is_blank(&self) -> bool;
	/// Whether it is 0.
	fn is_zero(&self) -> bool;
	/// Whether [`Self::is_blank`] may be true: hardly ever if it is not.
	fn may_be_blank(&self) -> bool;
	/// Whether [`Self::is_zero`] may be true: hardly ever if it is not.
	fn may_be_zero(&self) -> bool;
	/// The opposite if so it is asked.
	fn negated_if(self, condition: bool) -> Self;
	/// The same in less time. Of 0 it may be `2p`, which sums and products take.
	fn flipped_if(self, condition: bool) -> Self;
	/// Of what is not 0.
	fn inverse(self) -> Self {
		Self::new(&self.field().inverse().unwrap_or_default())
	}
}

impl Coordinate for Element<FqConfig> {
	type Field = Fq;
	const ZERO: Self = Self::raw([0; 4]);
	const ONE: Self = Self::new(Fq::ONE);

	#[inline(always)]
	fn new(element: &Fq) -> Self {
		Self::new(*element)
	}

	#[inline(always)]
	fn field(self) -> Fq {
		self.field()
	}

	#[inline(always)]
	fn plus(self, other: Self) -> Self {
		self.plus(other)
	}

	#[inline(always)]
	fn minus(self, other: Self) -> Self {
		self.minus(other)
	}

	#[inline(always)]
	fn times(self, other: Self) -> Self {
		self.times(other)
	}

	#[inline(always)]
	fn square(self) -> Self {
		self.times(self)
	}

	#[inline(always)]
	fn is_blank(&self) -> bool {
		let [a, b, c, d] = self.0;
		a | b | c | d == 0
	}

	#[inline(always)]
	fn is_zero(&self) -> bool {
		self.is_blank() || self.0 == Self::PRIME
	}

	#[inline(always)]
	fn may_be_blank(&self) -> bool {
		self.0[0] == 0
	}

	#[inline(always)]
	fn may_be_zero(&self) -> bool {
		(self.0[0] == 0) | (self.0[0] == Self::PRIME[0])
	}

	#[inline(always)]
	fn negated_if(self, condition: bool) -> Self {
		// 0 - y is a number below 2p, and y comes back if it is asked for.
		let (negated, y) = (Self::ZERO.minus(self).0, self.0);
		let mask = u64::from(condition).wrapping_neg();
		Self::raw(std::array::from_fn(|i| negated[i] & mask | y[i] & !mask))
	}

	#[inline(always)]
	fn flipped_if(self, condition: bool) -> Self {
		// 2p - y, which is 2p + 1 and all bits of y turned.
		let [a, b, c, d] = Self::DOUBLE;
		let mask = u64::from(condition).wrapping_neg();
		Self::raw(sum(self.0.map(|word| word ^ mask), only_if(condition, [a + 1, b, c, d])))
	}
}

/// An element of the quadratic extension, in which the square of `u` is -1: `a + b u`.
#[derive(Clone, Copy)]
pub struct Pair(Element<FqConfig>, Element<FqConfig>);

impl Coordinate for Pair {
	type Field = Fq2;
	const ZERO: Self = Self(Element::ZERO, Element::ZERO);
	const ONE: Self = Self(Element::ONE, Element::ZERO);

	#[inline(always)]
	fn new(element: &Fq2) -> Self {
		Self(Element::new(element.c0), Element::new(element.c1))
	}

	#[inline(always)]
	fn field(self) -> Fq2 {
		Fq2::new(self.0.field(), self.1.field())
	}

	#[inline(always)]
	fn plus(self, other: Self) -> Self {
		Self(self.0.plus(other.0), self.1.plus(other.1))
	}

	#[inline(always)]
	fn minus(self, other: Self) -> Self {
		Self(self.0.minus(other.0), self.1.minus(other.1))
	}

	#[inline(always)]
	fn times(self, other: Self) -> Self {
		let (low, high) = (self.0.times(other.0), self.1.times(other.1));
		let both = self.0.plus(self.1).times(other.0.plus(other.1));
		Self(low.minus(high), both.minus(low).minus(high))
	}

	#[inline(always)]
	fn square(self) -> Self {
		let (a, b) = (self.0, self.1);
		Self(a.plus(b).times(a.minus(b)), a.plus(a).times(b))
	}

	#[inline(always)]
	fn is_blank(&self) -> bool {
		self.0.is_blank() & self.1.is_blank()
	}

	#[inline(always)]
	fn is_zero(&self) -> bool {
		self.0.is_zero() && self.1.is_zero()
	}

	#[inline(always)]
	fn may_be_blank(&self) -> bool {
		self.0.may_be_blank()
	}

	#[inline(always)]
	fn may_be_zero(&self) -> bool {
		self.0.may_be_zero()
	}

	#[inline(always)]
	fn negated_if(self, condition: bool) -> Self {
		Self(self.0.negated_if(condition), self.1.negated_if(condition))
	}

	#[inline(always)]
	fn flipped_if(self, condition: bool) -> Self {
		Self(self.0.flipped_if(condition), self.1.flipped_if(condition))
	}
}
