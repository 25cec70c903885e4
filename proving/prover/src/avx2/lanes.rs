//! What is done with lanes, whatever they hold.

use std::arch::x86_64::{
	__m256d, __m256i, _mm256_and_si256, _mm256_castpd_si256, _mm256_castsi256_pd, _mm256_cmp_pd,
	_mm256_cmpeq_epi64, _mm256_movemask_pd, _mm256_or_pd, _mm256_or_si256,
	_mm256_permute2x128_si256, _mm256_set1_epi64x, _mm256_set_epi64x, _mm256_setzero_si256,
	_mm256_unpackhi_epi64, _mm256_unpacklo_epi64, _CMP_EQ_OQ,
};

use fearless_simd::{prelude::*, u64x4, Avx2};

use super::{Integers, Vector, LANES};

/// The lanes in which both are the same.
#[inline]
#[target_feature(enable = "avx2")]
pub fn equal(a: __m256d, b: __m256d) -> __m256d {
	_mm256_cmp_pd::<_CMP_EQ_OQ>(a, b)
}

/// Whether the mask has any lane.
#[inline]
#[target_feature(enable = "avx2")]
pub fn any(mask: Vector) -> bool {
	_mm256_movemask_pd(_mm256_or_pd(mask[0], mask[1])) != 0
}

/// A mask's lanes as bits.
#[inline]
#[target_feature(enable = "avx2")]
pub fn lanes(mask: Vector) -> u32 {
	(_mm256_movemask_pd(mask[0]) | _mm256_movemask_pd(mask[1]) << 4) as u32
}

/// All but the highest bit.
#[inline]
#[target_feature(enable = "avx2,fma")]
pub fn without_sign(words: Integers) -> Integers {
	words.map(|words| _mm256_and_si256(words, _mm256_set1_epi64x(i64::MAX)))
}

/// The lanes in which no word is set.
#[inline]
#[target_feature(enable = "avx2")]
pub fn blank(words: &[Integers; 4]) -> Vector {
	let half = |i: usize| {
		let [a, b, c, d] = words.map(|word| word[i]);
		let all = _mm256_or_si256(_mm256_or_si256(a, b), _mm256_or_si256(c, d));
		_mm256_castsi256_pd(_mm256_cmpeq_epi64(all, _mm256_setzero_si256()))
	};
	[half(0), half(1)]
}

/// Four rows to columns, which is columns to rows as well.
#[inline]
#[target_feature(enable = "avx2")]
fn square([a, b, c, d]: [__m256i; 4]) -> [__m256i; 4] {
	let (ab, cd) = (_mm256_unpacklo_epi64(a, b), _mm256_unpacklo_epi64(c, d));
	let (ba, dc) = (_mm256_unpackhi_epi64(a, b), _mm256_unpackhi_epi64(c, d));
	[
		_mm256_permute2x128_si256::<0x20>(ab, cd),
		_mm256_permute2x128_si256::<0x20>(ba, dc),
		_mm256_permute2x128_si256::<0x31>(ab, cd),
		_mm256_permute2x128_si256::<0x31>(ba, dc),
	]
}

/// Four words of each lane, word by word.
#[inline]
#[target_feature(enable = "avx2")]
pub fn columns(row: impl Fn(usize) -> [u64; 4]) -> [Integers; 4] {
	let row = |lane: usize| {
		let [a, b, c, d] = row(lane).map(|word| word as i64);
		_mm256_set_epi64x(d, c, b, a)
	};
	let front = square([row(0), row(1), row(2), row(3)]);
	let back = square([row(4), row(5), row(6), row(7)]);
	[[front[0], back[0]], [front[1], back[1]], [front[2], back[2]], [front[3], back[3]]]
}

/// What [`columns`] has taken apart.
#[inline]
#[target_feature(enable = "avx2")]
pub fn rows(token: Avx2, columns: [Integers; 4]) -> [[u64; 4]; LANES] {
	let half = |i: usize| square(columns.map(|column| column[i]));
	let ([a, b, c, d], [e, f, g, h]) = (half(0), half(1));
	[a, b, c, d, e, f, g, h].map(|row| {
		let row: u64x4<Avx2> = row.simd_into(token);
		row.into()
	})
}

/// Rows of eight lanes to columns, limb by limb.
#[inline]
#[target_feature(enable = "avx2")]
pub fn transpose(rows: [Vector; LANES]) -> [Vector; LANES] {
	let part = |first: usize, half: usize| {
		let row = |i: usize| _mm256_castpd_si256(rows[first + i][half]);
		let [a, b, c, d] = square([row(0), row(1), row(2), row(3)]);
		[a, b, c, d].map(|row| _mm256_castsi256_pd(row))
	};
	let (p, q, r, s) = (part(0, 0), part(4, 0), part(0, 1), part(4, 1));
	[
		[p[0], q[0]],
		[p[1], q[1]],
		[p[2], q[2]],
		[p[3], q[3]],
		[r[0], s[0]],
		[r[1], s[1]],
		[r[2], s[2]],
		[r[3], s[3]],
	]
}
