//! Eight field elements at a time, with AVX-512 IFMA.
//!
//! An element is five limbs of 52 bits, in Montgomery form with `R = 2^260`. Both fields of BN254
//! are below `2^254`, so a product of numbers below `a p` and `b p` comes out below
//! `(1 + a b / 64) p`: sums and differences need no reduction before they are multiplied, as long
//! as the bounds noted at each function are kept. Nothing here is constant-time.
//!
//! The functions are safe to call where the compiler knows of the features, which is inside a
//! [`fearless_simd::kernel`]; it takes a token that proves that the processor has them.

use std::{
	arch::x86_64::{
		__m512i, _mm512_add_epi64, _mm512_and_si512, _mm512_madd52hi_epu64, _mm512_madd52lo_epu64,
		_mm512_mask_mov_epi64, _mm512_movepi64_mask, _mm512_or_si512, _mm512_permutex2var_epi64,
		_mm512_set1_epi64, _mm512_set_epi64, _mm512_setzero_si512, _mm512_slli_epi64,
		_mm512_srai_epi64, _mm512_srli_epi64, _mm512_sub_epi64, _mm512_test_epi64_mask,
		_mm512_unpackhi_epi64, _mm512_unpacklo_epi64,
	},
	marker::PhantomData,
};

use ark_ff::PrimeField;
use fearless_simd::{prelude::*, u64x8, Avx512};

/// Lanes of a vector.
pub const LANES: usize = 8;

const LIMB: u32 = 52;
const MASK: u64 = (1 << LIMB) - 1;

/// Four limbs of 64 bits as five of 52.
pub const fn split(x: [u64; 4]) -> [u64; 5] {
	[
		x[0] & MASK,
		(x[0] >> 52 | x[1] << 12) & MASK,
		(x[1] >> 40 | x[2] << 24) & MASK,
		(x[2] >> 28 | x[3] << 36) & MASK,
		x[3] >> 16,
	]
}

/// `-1 / p` modulo `2^52`.
const fn inverse(p: u64) -> u64 {
	let mut inverse = 1u64;
	let mut i = 0;
	// Each step doubles the number of bits that are right.
	while i < 6 {
		inverse = inverse.wrapping_mul(2u64.wrapping_sub(p.wrapping_mul(inverse)));
		i += 1;
	}
	inverse.wrapping_neg() & MASK
}

/// A prime below `2^254` in the form that the lanes want.
pub trait Prime: 'static {
	/// The prime's field in arkworks.
	type Field: PrimeField<BigInt = ark_ff::BigInt<4>>;
	/// The prime in 52-bit limbs.
	const LIMBS: [u64; 5] = split(Self::Field::MODULUS.0);
	/// `-1 / p` modulo `2^52`.
	const INVERSE: u64 = inverse(Self::Field::MODULUS.0[0]);
}

/// The field that coordinates of points are in.
pub struct Coordinates;
impl Prime for Coordinates {
	type Field = ark_bn254::Fq;
}

/// The field of scalars.
pub struct Scalars;
impl Prime for Scalars {
	type Field = ark_bn254::Fr;
}

/// Eight elements: limb by limb, one lane for each element.
pub struct Lanes<P> {
	limbs: [__m512i; 5],
	prime: PhantomData<P>,
}

impl<P> Clone for Lanes<P> {
	#[inline(always)]
	fn clone(&self) -> Self {
		*self
	}
}
impl<P> Copy for Lanes<P> {}

#[inline]
#[target_feature(enable = "avx512f")]
fn splat(value: u64) -> __m512i {
	_mm512_set1_epi64(value as i64)
}

/// The vector with these elements.
#[inline]
#[target_feature(enable = "avx512f")]
pub fn vector(x: &[u64; 8]) -> __m512i {
	let [a, b, c, d, e, f, g, h] = x.map(|x| x as i64);
	_mm512_set_epi64(h, g, f, e, d, c, b, a)
}

/// Writes a vector's elements.
#[inline]
#[target_feature(enable = "avx512f")]
pub fn store(token: Avx512, vector: __m512i, to: &mut [u64; 8]) {
	let vector: u64x8<Avx512> = vector.simd_into(token);
	*to = vector.into();
}

impl<P: Prime> Lanes<P> {
	/// From limbs below `2^52`.
	#[inline(always)]
	pub fn of(limbs: [__m512i; 5]) -> Self {
		Self { limbs, prime: PhantomData }
	}

	/// The five limbs of the elements, the lowest first.
	#[inline(always)]
	pub fn limbs(self) -> [__m512i; 5] {
		self.limbs
	}

	/// The same element in all lanes, given by its limbs.
	#[inline]
	#[target_feature(enable = "avx512f")]
	pub fn splat(limbs: [u64; 5]) -> Self {
		Self::of([
			splat(limbs[0]),
			splat(limbs[1]),
			splat(limbs[2]),
			splat(limbs[3]),
			splat(limbs[4]),
		])
	}

	/// From the four 64-bit words of each lane's number.
	#[inline]
	#[target_feature(enable = "avx512f")]
	pub fn unpack(words: [__m512i; 4]) -> Self {
		let [a, b, c, d] = words;
		let mask = splat(MASK);
		let join = |low, high| _mm512_and_si512(_mm512_or_si512(low, high), mask);
		Self::of([
			_mm512_and_si512(a, mask),
			join(_mm512_srli_epi64::<52>(a), _mm512_slli_epi64::<12>(b)),
			join(_mm512_srli_epi64::<40>(b), _mm512_slli_epi64::<24>(c)),
			join(_mm512_srli_epi64::<28>(c), _mm512_slli_epi64::<36>(d)),
			_mm512_srli_epi64::<16>(d),
		])
	}

	/// To four 64-bit words, for numbers below `2^256`.
	#[inline]
	#[target_feature(enable = "avx512f")]
	pub fn pack(self) -> [__m512i; 4] {
		let [a, b, c, d, e] = self.limbs;
		[
			_mm512_or_si512(a, _mm512_slli_epi64::<52>(b)),
			_mm512_or_si512(_mm512_srli_epi64::<12>(b), _mm512_slli_epi64::<40>(c)),
			_mm512_or_si512(_mm512_srli_epi64::<24>(c), _mm512_slli_epi64::<28>(d)),
			_mm512_or_si512(_mm512_srli_epi64::<36>(d), _mm512_slli_epi64::<16>(e)),
		]
	}

	/// Carries, so that all limbs but the highest are below `2^52`. Limbs may be negative, the
	/// number may not.
	#[inline]
	#[target_feature(enable = "avx512f")]
	fn carried(limbs: [__m512i; 5]) -> Self {
		let mask = splat(MASK);
		let [a, b, c, d, e] = limbs;
		let b = _mm512_add_epi64(b, _mm512_srai_epi64::<52>(a));
		let c = _mm512_add_epi64(c, _mm512_srai_epi64::<52>(b));
		let d = _mm512_add_epi64(d, _mm512_srai_epi64::<52>(c));
		let e = _mm512_add_epi64(e, _mm512_srai_epi64::<52>(d));
		Self::of([
			_mm512_and_si512(a, mask),
			_mm512_and_si512(b, mask),
			_mm512_and_si512(c, mask),
			_mm512_and_si512(d, mask),
			e,
		])
	}

	/// The sum, not reduced.
	#[inline]
	#[target_feature(enable = "avx512f")]
	pub fn plus(self, other: Self) -> Self {
		let [a, b] = [self.limbs, other.limbs];
		Self::carried([
			_mm512_add_epi64(a[0], b[0]),
			_mm512_add_epi64(a[1], b[1]),
			_mm512_add_epi64(a[2], b[2]),
			_mm512_add_epi64(a[3], b[3]),
			_mm512_add_epi64(a[4], b[4]),
		])
	}

	/// The difference plus `K p`, not reduced. `other` is at most `K p`.
	#[inline]
	#[target_feature(enable = "avx512f")]
	pub fn minus<const K: u64>(self, other: Self) -> Self {
		let [a, b] = [self.limbs, other.limbs];
		let term =
			|i: usize| _mm512_add_epi64(_mm512_sub_epi64(a[i], b[i]), splat(K * P::LIMBS[i]));
		Self::carried([term(0), term(1), term(2), term(3), term(4)])
	}

	/// The product divided by `R`, below `(1 + a b / 64) p` for factors below `a p` and `b p`.
	#[inline]
	#[target_feature(enable = "avx512f,avx512ifma")]
	pub fn times(self, other: Self) -> Self {
		let [a, b] = [self.limbs, other.limbs];
		let zero = _mm512_setzero_si512();
		let mut t = [zero; 10];
		// Nothing overflows: a column is a sum of at most 20 numbers of 52 bits.
		for i in 0..5 {
			for j in 0..5 {
				t[i + j] = _mm512_madd52lo_epu64(t[i + j], a[i], b[j]);
				t[i + j + 1] = _mm512_madd52hi_epu64(t[i + j + 1], a[i], b[j]);
			}
		}
		let per = splat(P::INVERSE);
		for i in 0..5 {
			let m = _mm512_madd52lo_epu64(zero, t[i], per);
			for j in 0..5 {
				let p = splat(P::LIMBS[j]);
				t[i + j] = _mm512_madd52lo_epu64(t[i + j], m, p);
				t[i + j + 1] = _mm512_madd52hi_epu64(t[i + j + 1], m, p);
			}
			t[i + 1] = _mm512_add_epi64(t[i + 1], _mm512_srli_epi64::<52>(t[i]));
		}
		Self::carried([t[5], t[6], t[7], t[8], t[9]])
	}

	/// Takes `K p` off where the number is not below it.
	#[inline]
	#[target_feature(enable = "avx512f,avx512dq")]
	pub fn reduce<const K: u64>(self) -> Self {
		let a = self.limbs;
		let term = |i: usize| _mm512_sub_epi64(a[i], splat(K * P::LIMBS[i]));
		let less = Self::carried([term(0), term(1), term(2), term(3), term(4)]);
		let negative = _mm512_movepi64_mask(less.limbs[4]);
		less.choose(negative, self)
	}

	/// The lanes that are 0 modulo the prime, of numbers below `3 p`.
	#[inline]
	#[target_feature(enable = "avx512f,avx512dq")]
	pub fn is_zero(self) -> u8 {
		let [a, b, c, d, e] = self.reduce::<2>().reduce::<1>().limbs;
		let any = _mm512_or_si512(_mm512_or_si512(a, b), _mm512_or_si512(c, d));
		let any = _mm512_or_si512(any, e);
		!_mm512_test_epi64_mask(any, any)
	}

	/// `other` in the lanes of the mask.
	#[inline]
	#[target_feature(enable = "avx512f")]
	pub fn choose(self, mask: u8, other: Self) -> Self {
		let [a, b] = [self.limbs, other.limbs];
		Self::of([
			_mm512_mask_mov_epi64(a[0], mask, b[0]),
			_mm512_mask_mov_epi64(a[1], mask, b[1]),
			_mm512_mask_mov_epi64(a[2], mask, b[2]),
			_mm512_mask_mov_epi64(a[3], mask, b[3]),
			_mm512_mask_mov_epi64(a[4], mask, b[4]),
		])
	}
}

/// Rows to columns, which is columns to rows as well.
#[inline]
#[target_feature(enable = "avx512f")]
pub fn transpose(rows: [__m512i; 8]) -> [__m512i; 8] {
	let [a, b, c, d, e, f, g, h] = rows;
	let lows = [
		_mm512_unpacklo_epi64(a, b),
		_mm512_unpackhi_epi64(a, b),
		_mm512_unpacklo_epi64(c, d),
		_mm512_unpackhi_epi64(c, d),
	];
	let highs = [
		_mm512_unpacklo_epi64(e, f),
		_mm512_unpackhi_epi64(e, f),
		_mm512_unpacklo_epi64(g, h),
		_mm512_unpackhi_epi64(g, h),
	];
	// lows[0] is a0 b0 a2 b2 a4 b4 a6 b6, lows[2] the same of c and d.
	let first = vector(&[0, 1, 8, 9, 4, 5, 12, 13]);
	let second = vector(&[2, 3, 10, 11, 6, 7, 14, 15]);
	let quads = |x: [__m512i; 4]| {
		[
			// a0 b0 c0 d0 a4 b4 c4 d4, and so on for 1, 2, 3.
			_mm512_permutex2var_epi64(x[0], first, x[2]),
			_mm512_permutex2var_epi64(x[1], first, x[3]),
			_mm512_permutex2var_epi64(x[0], second, x[2]),
			_mm512_permutex2var_epi64(x[1], second, x[3]),
		]
	};
	let [low, high] = [quads(lows), quads(highs)];
	let front = vector(&[0, 1, 2, 3, 8, 9, 10, 11]);
	let back = vector(&[4, 5, 6, 7, 12, 13, 14, 15]);
	[
		_mm512_permutex2var_epi64(low[0], front, high[0]),
		_mm512_permutex2var_epi64(low[1], front, high[1]),
		_mm512_permutex2var_epi64(low[2], front, high[2]),
		_mm512_permutex2var_epi64(low[3], front, high[3]),
		_mm512_permutex2var_epi64(low[0], back, high[0]),
		_mm512_permutex2var_epi64(low[1], back, high[1]),
		_mm512_permutex2var_epi64(low[2], back, high[2]),
		_mm512_permutex2var_epi64(low[3], back, high[3]),
	]
}
