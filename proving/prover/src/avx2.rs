//! Eight field elements at a time, with AVX2 and FMA.
//!
//! An element is five limbs of 51 bits, in Montgomery form with `R = 2^255`. Limbs are integers in
//! floating point, of either sign, which is exact up to `2^53`: a fused multiplication gives the
//! upper half of a product of limbs, rounded to a multiple of `2^51` by what is added to it, and a
//! second one what that leaves, at most `2^50` either way. Both are read as integers off the bits
//! and summed as such. Each vector is two of the processor's, so that one has something to do while
//! the other waits. Nothing here is constant-time.
//!
//! A number's size is noted in units of the prime. `R` is 2.6 primes, so a product of numbers of
//! sizes `a` and `b` has size `a b / 2.6 + 0.51`. The four lower limbs of a product are at most
//! `2^50` either way, so that sums and differences of a few can go into the next as they are: the
//! product of any two limbs must stay below `2^102`.
//!
//! The functions are safe to call where the compiler knows of the features, which is inside a
//! [`fearless_simd::kernel`]; it takes a token that proves that the processor has them.

use std::{
	arch::x86_64::{
		__m256d, __m256i, _mm256_add_epi64, _mm256_add_pd, _mm256_and_pd, _mm256_and_si256,
		_mm256_andnot_pd, _mm256_blendv_pd, _mm256_castpd_si256, _mm256_castsi256_pd,
		_mm256_fmadd_pd, _mm256_fnmadd_pd, _mm256_or_pd, _mm256_or_si256, _mm256_set1_epi64x,
		_mm256_set1_pd, _mm256_set_pd, _mm256_setzero_pd, _mm256_slli_epi64, _mm256_srli_epi64,
		_mm256_sub_pd, _mm256_xor_pd,
	},
	marker::PhantomData,
};

use fearless_simd::{f64x4, prelude::*, Avx2};

mod lanes;
mod primes;

use lanes::equal;
pub use lanes::{any, blank, columns, lanes, rows, transpose, without_sign};
pub use primes::{limbs, split, Prime};

/// Lanes of a vector.
pub const LANES: usize = 8;

const LIMB: u32 = 51;
const MASK: u64 = (1 << LIMB) - 1;
/// What a limb is added to so that its bits can be read: numbers of either sign up to `2^51`.
const READ: f64 = (3u64 << 51) as f64;
/// What a product is added to so that it is rounded to a multiple of `2^51`; up to `2^102`.
const ROUND: f64 = (3u128 << 102) as f64;
/// The bits of `2^52`, into which a number below can be put.
const PUT: f64 = (1u64 << 52) as f64;
/// Half of what a limb counts up to: `2^50`.
const HALF: u64 = 1 << (LIMB - 1);
/// Keeps sums positive: a multiple of `2^51`, more than any is below 0.
const BIAS: u64 = 1 << 57;
/// The same, less what comes of it with the carry from below.
const CARRIED: u64 = BIAS - (BIAS >> LIMB);

/// Numbers in floating point, a lane each.
pub type Vector = [__m256d; 2];
/// Words, a lane each.
pub type Integers = [__m256i; 2];

/// Eight elements: limb by limb, one lane for each element.
pub struct Lanes<P> {
	limbs: [Vector; 5],
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
#[target_feature(enable = "avx2,fma")]
fn all(value: f64) -> Vector {
	[_mm256_set1_pd(value); 2]
}

#[inline]
#[target_feature(enable = "avx2,fma")]
fn integers(value: u64) -> Integers {
	[_mm256_set1_epi64x(value as i64); 2]
}

#[inline]
#[target_feature(enable = "avx2,fma")]
fn plus(a: Vector, b: Vector) -> Vector {
	[_mm256_add_pd(a[0], b[0]), _mm256_add_pd(a[1], b[1])]
}

#[inline]
#[target_feature(enable = "avx2,fma")]
fn minus(a: Vector, b: Vector) -> Vector {
	[_mm256_sub_pd(a[0], b[0]), _mm256_sub_pd(a[1], b[1])]
}

/// `a b + c`.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn fused(a: Vector, b: Vector, c: Vector) -> Vector {
	[_mm256_fmadd_pd(a[0], b[0], c[0]), _mm256_fmadd_pd(a[1], b[1], c[1])]
}

/// The sum of integers and of a vector's bits.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn tally(sum: &mut Integers, bits: Vector) {
	sum[0] = _mm256_add_epi64(sum[0], _mm256_castpd_si256(bits[0]));
	sum[1] = _mm256_add_epi64(sum[1], _mm256_castpd_si256(bits[1]));
}

/// The lowest 51 bits, less `less`.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn low(x: Integers, less: f64) -> Vector {
	let [mask, put] = [integers(MASK), integers(PUT.to_bits())];
	let low = |i: usize| _mm256_or_si256(_mm256_and_si256(x[i], mask[i]), put[i]);
	let low = [_mm256_castsi256_pd(low(0)), _mm256_castsi256_pd(low(1))];
	minus(low, all(PUT + less))
}

/// Adds what is above the lowest 51 bits.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn carry(from: Integers, to: &mut Integers) {
	to[0] = _mm256_add_epi64(to[0], _mm256_srli_epi64::<51>(from[0]));
	to[1] = _mm256_add_epi64(to[1], _mm256_srli_epi64::<51>(from[1]));
}

/// Adds the upper halves of `a b_j` to `sums[j + 1]` and the lower ones to `sums[j]`, for `j` from
/// `FROM` to below `TO`; of the last no upper half is taken if `CUT`, and of that before the first
/// the upper half alone if `LEAD`.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn row<const I: usize, const FROM: usize, const TO: usize, const CUT: bool, const LEAD: bool>(
	sums: &mut [Integers; 10],
	a: Vector,
	b: &[Vector; 5],
) {
	let [round, read] = [all(ROUND), all(ROUND + READ)];
	macro_rules! term {
		($j:literal) => {
			if FROM <= $j && $j < TO {
				let upper = fused(a, b[$j], round);
				let lower = fused(a, b[$j], minus(read, upper));
				tally(&mut sums[I + $j], lower);
				if !(CUT && $j + 1 == TO) {
					tally(&mut sums[I + $j + 1], upper);
				}
			} else if LEAD && $j + 1 == FROM {
				tally(&mut sums[I + $j + 1], fused(a, b[$j], round));
			}
		};
	}
	term!(0);
	term!(1);
	term!(2);
	term!(3);
	term!(4);
}

/// Has all vectors in a function's frame at addresses that are multiples of their size. Where the
/// frame begins is chance otherwise, and half of them lie across two lines of the cache.
#[repr(align(32))]
struct Aligned;

/// What sums of columns begin with: what the bits of `uppers` and `lowers` are too much.
const fn begin(lowers: u64, uppers: u64, more: u64) -> u64 {
	more.wrapping_sub(lowers.wrapping_mul(READ.to_bits()))
		.wrapping_sub(uppers.wrapping_mul(ROUND.to_bits()))
}

impl<P: Prime> Lanes<P> {
	/// An element in each lane, from its five limbs, the lowest first.
	#[inline(always)]
	pub fn of(limbs: [Vector; 5]) -> Self {
		Self { limbs, prime: PhantomData }
	}

	/// The five limbs of the elements, the lowest first.
	#[inline(always)]
	pub fn limbs(self) -> [Vector; 5] {
		self.limbs
	}

	/// The same element in all lanes, given by its limbs.
	#[inline]
	#[target_feature(enable = "avx2,fma")]
	pub fn splat(limbs: [f64; 5]) -> Self {
		let [a, b, c, d, e] = limbs;
		Self::of([all(a), all(b), all(c), all(d), all(e)])
	}

	/// The sum, limb by limb.
	#[inline]
	#[target_feature(enable = "avx2,fma")]
	pub fn plus(self, other: Self) -> Self {
		let [a, b] = [self.limbs, other.limbs];
		let limb = |i: usize| plus(a[i], b[i]);
		Self::of([limb(0), limb(1), limb(2), limb(3), limb(4)])
	}

	/// The difference, limb by limb.
	#[inline]
	#[target_feature(enable = "avx2,fma")]
	pub fn minus(self, other: Self) -> Self {
		let [a, b] = [self.limbs, other.limbs];
		let limb = |i: usize| minus(a[i], b[i]);
		Self::of([limb(0), limb(1), limb(2), limb(3), limb(4)])
	}

	/// The product divided by `R`.
	#[inline(never)]
	#[target_feature(enable = "avx2,fma")]
	pub fn times(self, other: Self) -> Self {
		std::hint::black_box(&mut Aligned);
		let (a, b) = (self.limbs, other.limbs);
		// In column k are k + 1 lower and k upper halves, up to five. Carries of the bias are taken
		// off where they arrive; what is to be balanced has half a limb more.
		const B: u64 = CARRIED;
		let sum = |lowers, uppers, more| integers(begin(lowers, uppers, more));
		let mut t = [
			sum(1, 0, BIAS),
			sum(2, 1, B),
			sum(3, 2, B),
			sum(4, 3, B),
			sum(5, 4, B),
			// The upper sums get those of the multiple of the prime as well.
			sum(8, 10, B - (BIAS >> LIMB) + HALF),
			sum(6, 8, B + HALF),
			sum(4, 6, B + HALF),
			sum(2, 4, B + HALF),
			sum(0, 2, 0u64.wrapping_sub(BIAS >> LIMB)),
		];
		row::<0, 0, 5, false, false>(&mut t, a[0], &b);
		row::<1, 0, 5, false, false>(&mut t, a[1], &b);
		row::<2, 0, 5, false, false>(&mut t, a[2], &b);
		row::<3, 0, 5, false, false>(&mut t, a[3], &b);
		row::<4, 0, 5, false, false>(&mut t, a[4], &b);
		let [t0, mut t1, mut t2, mut t3, mut t4, ..] = t;
		carry(t0, &mut t1);
		carry(t1, &mut t2);
		carry(t2, &mut t3);
		carry(t3, &mut t4);
		carry(t4, &mut t[5]);
		let lows = [low(t0, 0.0), low(t1, 0.0), low(t2, 0.0), low(t3, 0.0), low(t4, 0.0)];
		// The multiple of the prime that takes these away.
		let inverse = Self::splat(P::INVERSE).limbs;
		let zero = integers(0);
		let mut m = [
			sum(1, 0, BIAS + HALF),
			sum(2, 1, B + HALF),
			sum(3, 2, B + HALF),
			sum(4, 3, B + HALF),
			sum(5, 4, B + HALF),
			zero,
			zero,
			zero,
			zero,
			zero,
		];
		row::<0, 0, 5, true, false>(&mut m, lows[0], &inverse);
		row::<1, 0, 4, true, false>(&mut m, lows[1], &inverse);
		row::<2, 0, 3, true, false>(&mut m, lows[2], &inverse);
		row::<3, 0, 2, true, false>(&mut m, lows[3], &inverse);
		row::<4, 0, 1, true, false>(&mut m, lows[4], &inverse);
		let [m0, mut m1, mut m2, mut m3, mut m4, ..] = m;
		carry(m0, &mut m1);
		carry(m1, &mut m2);
		carry(m2, &mut m3);
		carry(m3, &mut m4);
		let half = HALF as f64;
		let m = [low(m0, half), low(m1, half), low(m2, half), low(m3, half), low(m4, half)];
		// The lower half of the sum is a multiple of R. Which one, its highest column tells: those
		// below move it by less than ten.
		let prime = Self::splat(P::LIMBS).limbs;
		t[4] = sum(5, 4, BIAS + HALF);
		tally(&mut t[4], plus(lows[4], all(PUT)));
		for sum in &mut t[4] {
			*sum =
				_mm256_add_epi64(*sum, _mm256_set1_epi64x((PUT.to_bits() as i64).wrapping_neg()));
		}
		row::<0, 4, 5, false, true>(&mut t, m[0], &prime);
		row::<1, 3, 5, false, true>(&mut t, m[1], &prime);
		row::<2, 2, 5, false, true>(&mut t, m[2], &prime);
		row::<3, 1, 5, false, true>(&mut t, m[3], &prime);
		row::<4, 0, 5, false, false>(&mut t, m[4], &prime);
		let [.., t4, mut t5, mut t6, mut t7, mut t8, mut t9] = t;
		carry(t4, &mut t5);
		carry(t5, &mut t6);
		carry(t6, &mut t7);
		carry(t7, &mut t8);
		carry(t8, &mut t9);
		tally(&mut t9, all(READ));
		let highest = [_mm256_castsi256_pd(t9[0]), _mm256_castsi256_pd(t9[1])];
		let highest = minus(highest, all(READ));
		Self::of([low(t5, half), low(t6, half), low(t7, half), low(t8, half), highest])
	}
}

impl<P: Prime> Lanes<P> {
	/// With the four lower limbs from `-2^50` to `2^50`.
	#[inline]
	#[target_feature(enable = "avx2,fma")]
	pub fn carried(self) -> Self {
		let round = all(ROUND);
		let carry = |from: Vector, to: Vector| {
			let above = minus(plus(from, round), round);
			(minus(from, above), fused(above, all(1.0 / (1u64 << LIMB) as f64), to))
		};
		let [a, b, c, d, e] = self.limbs;
		let (a, b) = carry(a, b);
		let (b, c) = carry(b, c);
		let (c, d) = carry(c, d);
		let (d, e) = carry(d, e);
		Self::of([a, b, c, d, e])
	}

	/// To size 0.51, carried. With as many primes taken off, no limb may pass `2^53`.
	#[inline]
	#[target_feature(enable = "avx2,fma")]
	pub fn reduce(self) -> Self {
		let whole = all(READ);
		let primes = minus(fused(self.limbs[4], all(P::PER), whole), whole);
		let prime = Self::splat(P::LIMBS).limbs;
		let limb = |i: usize| {
			let [a, b] = self.limbs[i];
			let less = |a, half: usize| _mm256_fnmadd_pd(primes[half], prime[i][half], a);
			[less(a, 0), less(b, 1)]
		};
		Self::of([limb(0), limb(1), limb(2), limb(3), limb(4)]).carried()
	}

	/// From the four 64-bit words of each lane's number.
	#[inline]
	#[target_feature(enable = "avx2,fma")]
	pub fn unpack(words: [Integers; 4]) -> Self {
		let half = |i: usize| {
			let [a, b, c, d] = words.map(|word| word[i]);
			[
				a,
				_mm256_or_si256(_mm256_srli_epi64::<51>(a), _mm256_slli_epi64::<13>(b)),
				_mm256_or_si256(_mm256_srli_epi64::<38>(b), _mm256_slli_epi64::<26>(c)),
				_mm256_or_si256(_mm256_srli_epi64::<25>(c), _mm256_slli_epi64::<39>(d)),
				_mm256_srli_epi64::<12>(d),
			]
		};
		let (front, back) = (half(0), half(1));
		let limb = |i: usize| low([front[i], back[i]], 0.0);
		Self::of([limb(0), limb(1), limb(2), limb(3), limb(4)])
	}

	/// A number of size 0.51, and one prime more, to four 64-bit words: positive, and below two
	/// primes.
	#[inline]
	#[target_feature(enable = "avx2,fma")]
	pub fn pack(self) -> [Integers; 4] {
		let limbs = self.plus(Self::splat(P::LIMBS)).limbs;
		let read = |i: usize, more: u64| {
			let mut sum = integers(begin(1, 0, more));
			tally(&mut sum, plus(limbs[i], all(READ)));
			sum
		};
		let (a, mut b, mut c) = (read(0, BIAS), read(1, CARRIED), read(2, CARRIED));
		let (mut d, mut e) = (read(3, CARRIED), read(4, 0u64.wrapping_sub(BIAS >> LIMB)));
		carry(a, &mut b);
		carry(b, &mut c);
		carry(c, &mut d);
		carry(d, &mut e);
		let half = |i: usize| {
			let limb = |x: Integers| _mm256_and_si256(x[i], integers(MASK)[i]);
			let (a, b, c, d, e) = (limb(a), limb(b), limb(c), limb(d), e[i]);
			[
				_mm256_or_si256(a, _mm256_slli_epi64::<51>(b)),
				_mm256_or_si256(_mm256_srli_epi64::<13>(b), _mm256_slli_epi64::<38>(c)),
				_mm256_or_si256(_mm256_srli_epi64::<26>(c), _mm256_slli_epi64::<25>(d)),
				_mm256_or_si256(_mm256_srli_epi64::<39>(d), _mm256_slli_epi64::<12>(e)),
			]
		};
		let (front, back) = (half(0), half(1));
		[[front[0], back[0]], [front[1], back[1]], [front[2], back[2]], [front[3], back[3]]]
	}

	/// The opposite where the signs' highest bit is set.
	#[inline]
	#[target_feature(enable = "avx2,fma")]
	pub fn signed(self, signs: Integers) -> Self {
		let limb = |i: usize| {
			let [a, b] = self.limbs[i];
			let sign = |x, half: usize| {
				let highest = _mm256_and_pd(_mm256_castsi256_pd(signs[half]), all(-0.0)[half]);
				_mm256_xor_pd(x, highest)
			};
			[sign(a, 0), sign(b, 1)]
		};
		Self::of([limb(0), limb(1), limb(2), limb(3), limb(4)])
	}

	/// `other` in the lanes of the mask.
	#[inline]
	#[target_feature(enable = "avx2,fma")]
	pub fn choose(self, mask: Vector, other: Self) -> Self {
		let limb = |i: usize| {
			let ([a, b], [c, d]) = (self.limbs[i], other.limbs[i]);
			[_mm256_blendv_pd(a, c, mask[0]), _mm256_blendv_pd(b, d, mask[1])]
		};
		Self::of([limb(0), limb(1), limb(2), limb(3), limb(4)])
	}

	/// The lanes that are 0, of numbers of size 0.51.
	#[inline]
	#[target_feature(enable = "avx2,fma")]
	pub fn is_zero(self) -> Vector {
		let half = |i: usize| {
			let limb = |k: usize| equal(self.limbs[k][i], _mm256_setzero_pd());
			let lower = _mm256_and_pd(_mm256_and_pd(limb(0), limb(1)), limb(2));
			_mm256_and_pd(lower, _mm256_and_pd(limb(3), limb(4)))
		};
		[half(0), half(1)]
	}

	/// Whether any lane may be 0 modulo the prime, of differences of numbers from 0 to below two
	/// primes that are unpacked.
	#[inline]
	#[target_feature(enable = "avx2,fma")]
	pub fn any_suspect(self) -> bool {
		// Such a difference is 0 or a prime, and so its lowest limb is that of one, or lacks a carry.
		let prime = split(P::MODULUS.0)[0];
		let (one, other) = (prime as f64, ((1 << LIMB) - prime) as f64);
		let half = |i: usize| {
			let size = _mm256_andnot_pd(all(-0.0)[i], self.limbs[0][i]);
			let zero = equal(size, _mm256_setzero_pd());
			_mm256_or_pd(zero, _mm256_or_pd(equal(size, all(one)[i]), equal(size, all(other)[i])))
		};
		any([half(0), half(1)])
	}

	/// From memory, limb by limb.
	#[inline]
	#[target_feature(enable = "avx2,fma")]
	pub fn get(limbs: &[[f64; LANES]; 5]) -> Self {
		let limb = |i: usize| {
			let [a, b, c, d, e, f, g, h] = limbs[i];
			[_mm256_set_pd(d, c, b, a), _mm256_set_pd(h, g, f, e)]
		};
		Self::of([limb(0), limb(1), limb(2), limb(3), limb(4)])
	}

	/// Writes the limbs to memory: for each limb, that of every lane.
	#[inline]
	#[target_feature(enable = "avx2,fma")]
	pub fn put(self, token: Avx2, limbs: &mut [[f64; LANES]; 5]) {
		for (vector, to) in self.limbs.into_iter().zip(limbs) {
			let [low, high]: [f64x4<Avx2>; 2] = vector.map(|half| half.simd_into(token));
			let (low, high): ([f64; 4], [f64; 4]) = (low.into(), high.into());
			to[..4].copy_from_slice(&low);
			to[4..].copy_from_slice(&high);
		}
	}
}
