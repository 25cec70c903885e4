//! Eight additions at a time, on processors with AVX-512 IFMA.

use std::{
	arch::x86_64::{
		__m512i, _mm512_and_si512, _mm512_cmpeq_epi64_mask, _mm512_movepi64_mask, _mm512_or_si512,
		_mm512_set1_epi64, _mm512_setzero_si512, _mm512_test_epi64_mask,
	},
	borrow::Cow,
};

use ark_bn254::{g1::Config, Fq, G1Affine};
use ark_ec::AffineRepr;
use ark_ff::{batch_inversion, BigInt, Field, Fp};
use fearless_simd::Avx512;
use rayon::prelude::*;

use super::{Adder, Block};
use crate::{
	ifma::{store, transpose, vector, Coordinates, Lanes, LANES},
	processor::avx512,
};

type Element = Lanes<Coordinates>;

/// Points that are converted at a time.
const CHUNK: usize = 1024;

/// A point: four words of x and four of y, in Montgomery form with `R = 2^260`, both below the
/// prime. The neutral point is all zeros, which is not on the curve. One line of the cache. As a term
/// its highest bit says that it is to be negated.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub struct Point([u64; 8]);

/// Adds points of G1, eight at a time by AVX-512 IFMA.
#[derive(Clone, Copy)]
pub struct Vectors(Avx512);

impl Vectors {
	/// If the processor is fit for it.
	pub fn new() -> Option<Self> {
		avx512().map(Self)
	}
}

impl Adder for Vectors {
	type Curve = Config;
	type Point = Point;
	/// For each group of eight additions, the products of all denominators before.
	type Scratch = Vec<Element>;
	const NEUTRAL: Point = Point([0; 8]);
	const BLOCK: usize = 4096;

	fn load<'a>(&self, points: &'a [G1Affine], indices: Option<&[u32]>) -> Cow<'a, [Point]> {
		let length = indices.map_or(points.len(), <[u32]>::len);
		let mut loaded = vec![Self::NEUTRAL; length];
		loaded.par_chunks_mut(CHUNK).enumerate().for_each(|(chunk, loaded)| {
			for (i, to) in (chunk * CHUNK..).zip(loaded.iter_mut()) {
				let point = &points[indices.map_or(i, |indices| indices[i] as usize)];
				if !point.is_zero() {
					to.0[..4].copy_from_slice(&point.x.0 .0);
					to.0[4..].copy_from_slice(&point.y.0 .0);
				}
			}
			convert(self.0, loaded);
		});
		loaded.into()
	}

	fn unload(&self, point: &Point) -> G1Affine {
		if point.0 == [0; 8] {
			return G1Affine::identity();
		}
		// As elements with R = 2^256 the coordinates look 2^4 times as large as they are.
		let [x, y] = halves(&point.0).map(|element| element * sixteenth());
		G1Affine::new_unchecked(x, y)
	}

	fn negate(&self, point: &Point) -> Point {
		if point.0 == [0; 8] {
			return *point;
		}
		let [_, y] = halves(&point.0);
		let mut negated = *point;
		negated.0[4..].copy_from_slice(&(-y).0 .0);
		negated
	}

	fn term(&self, point: &Point, negative: bool) -> Point {
		let [a, b, c, d, e, f, g, h] = point.0;
		Point([a, b, c, d, e, f, g, h | u64::from(negative) << 63])
	}

	fn add(&self, block: &mut Block<Point>, to: &mut [Point], products: &mut Vec<Element>) {
		// Groups are full: the last addition is done more than once.
		while !block.to.len().is_multiple_of(LANES) {
			block.terms.extend_from_within(block.terms.len() - 2..);
			block.to.extend_from_within(block.to.len() - 1..);
		}
		let product = first_pass(self.0, &block.terms, products);
		second_pass(self.0, &block.terms, &block.to, products, &inverses(&product), to);
	}
}

/// Words as an element of arkworks, whose R is `2^256`.
fn element(words: [u64; 4]) -> Fq {
	Fp::new_unchecked(BigInt(words))
}

fn halves(words: &[u64; 8]) -> [Fq; 2] {
	let [a, b, c, d, e, f, g, h] = *words;
	[element([a, b, c, d]), element([e, f, g, h])]
}

fn sixteenth() -> Fq {
	// 16 is not zero.
	Fq::from(16).inverse().unwrap_or_default()
}

/// The inverses of eight elements, none zero, word by word.
fn inverses(words: &[[u64; 8]; 4]) -> [[u64; 8]; 4] {
	let mut elements: [Fq; LANES] =
		std::array::from_fn(|lane| element(words.map(|word| word[lane])));
	batch_inversion(&mut elements);
	// v stands for v / 2^260, its inverse for 2^520 / v; with R = 2^256 it came out as 2^512 / v.
	let factor = Fq::from(256);
	let elements = elements.map(|inverse| (inverse * factor).0 .0);
	std::array::from_fn(|word| elements.map(|element| element[word]))
}

/// `2^260` modulo the prime, which stands for 1.
fn one() -> [u64; 5] {
	crate::ifma::split((Fq::from(16)).0 .0)
}

/// `2^264` modulo the prime: the product with it takes R from `2^256` to `2^260`.
fn factor() -> [u64; 5] {
	crate::ifma::split((Fq::from(256)).0 .0)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn halves_of(columns: [__m512i; 8]) -> [Element; 2] {
	let [a, b, c, d, e, f, g, h] = columns;
	[Lanes::unpack([a, b, c, d]), Lanes::unpack([e, f, g, h])]
}

fearless_simd::kernel!(
	/// Takes points from R = 2^256 to R = 2^260.
	fn convert(token: Avx512, points: &mut [Point]) {
		let factor = Element::splat(factor());
		for group in points.chunks_mut(LANES) {
			let row = |i: usize| vector(&group.get(i).map_or([0; 8], |point| point.0));
			let rows = [row(0), row(1), row(2), row(3), row(4), row(5), row(6), row(7)];
			let [x, y] = halves_of(transpose(rows));
			let [x, y] = [x.times(factor).reduce::<1>(), y.times(factor).reduce::<1>()];
			let rows = join(x, y);
			for (point, row) in group.iter_mut().zip(rows) {
				store(token, row, &mut point.0);
			}
		}
	}
);

#[inline]
#[target_feature(enable = "avx512f")]
fn join(x: Element, y: Element) -> [__m512i; 8] {
	let ([a, b, c, d], [e, f, g, h]) = (x.pack(), y.pack());
	transpose([a, b, c, d, e, f, g, h])
}

/// Eight points, by columns, and which of them are to be negated.
#[derive(Clone, Copy)]
struct Terms {
	words: [__m512i; 8],
	negative: u8,
}

impl Terms {
	#[inline]
	#[target_feature(enable = "avx512f,avx512dq")]
	fn load(pairs: &[Point], side: usize) -> Self {
		let row = |i: usize| vector(&pairs[2 * i + side].0);
		let rows = [row(0), row(1), row(2), row(3), row(4), row(5), row(6), row(7)];
		let mut words = transpose(rows);
		let negative = _mm512_movepi64_mask(words[7]);
		words[7] = _mm512_and_si512(words[7], _mm512_set1_epi64(i64::MAX));
		Self { words, negative }
	}

	#[inline]
	#[target_feature(enable = "avx512f")]
	fn x(&self) -> Element {
		let [a, b, c, d, ..] = self.words;
		Lanes::unpack([a, b, c, d])
	}

	/// With the sign; at most p.
	#[inline]
	#[target_feature(enable = "avx512f")]
	fn y(&self) -> Element {
		let [.., a, b, c, d] = self.words;
		let y = Element::unpack([a, b, c, d]);
		y.choose(self.negative, Element::splat([0; 5]).minus::<1>(y))
	}

	/// The lanes with the neutral point. No point has y = 0.
	#[inline]
	#[target_feature(enable = "avx512f")]
	fn neutral(&self) -> u8 {
		let [.., a, b, c, d] = self.words;
		let any = _mm512_or_si512(_mm512_or_si512(a, b), _mm512_or_si512(c, d));
		!_mm512_test_epi64_mask(any, any)
	}
}

/// Where the formula for the sum of different points does not hold.
struct Special {
	left: u8,
	right: u8,
	/// Both have the same x, and neither is neutral.
	same: u8,
}

impl Special {
	#[inline]
	#[target_feature(enable = "avx512f")]
	fn of(p: &Terms, q: &Terms) -> Self {
		let (left, right) = (p.neutral(), q.neutral());
		let mut same = !(left | right);
		for i in 0..4 {
			same &= _mm512_cmpeq_epi64_mask(p.words[i], q.words[i]);
		}
		Self { left, right, same }
	}

	/// What slopes are divided by, below `2p`: never zero.
	#[inline]
	#[target_feature(enable = "avx512f")]
	fn denominators(&self, p: &Terms, q: &Terms) -> Element {
		let difference = q.x().minus::<1>(p.x());
		if !self.any() {
			return difference;
		}
		let y = p.y();
		let doubled = difference.choose(self.same, y.plus(y));
		doubled.choose(self.left | self.right, Element::splat(one()))
	}

	fn any(&self) -> bool {
		self.left | self.right | self.same != 0
	}
}

fearless_simd::kernel!(
	/// Notes the products of the denominators before each group; gives the product of all.
	fn first_pass(token: Avx512, terms: &[Point], products: &mut Vec<Element>) -> [[u64; 8]; 4] {
		let mut product = Element::splat(one());
		products.clear();
		for pairs in terms.chunks_exact(2 * LANES) {
			let (p, q) = (Terms::load(pairs, 0), Terms::load(pairs, 1));
			products.push(product);
			product = product.times(Special::of(&p, &q).denominators(&p, &q));
		}
		let mut words = [[0; 8]; 4];
		for (word, to) in product.reduce::<1>().pack().into_iter().zip(&mut words) {
			store(token, word, to);
		}
		words
	}
);

fearless_simd::kernel!(
	/// Adds, given the inverse of the product of all denominators.
	fn second_pass(
		token: Avx512,
		terms: &[Point],
		indices: &[u32],
		products: &[Element],
		inverse: &[[u64; 8]; 4],
		to: &mut [Point],
	) {
		let [a, b, c, d] = inverse;
		let mut inverse = Element::unpack([vector(a), vector(b), vector(c), vector(d)]);
		let groups = terms.chunks_exact(2 * LANES).zip(indices.chunks_exact(LANES));
		for ((pairs, indices), product) in groups.zip(products).rev() {
			let (p, q) = (Terms::load(pairs, 0), Terms::load(pairs, 1));
			let special = Special::of(&p, &q);
			let per = inverse.times(*product);
			inverse = inverse.times(special.denominators(&p, &q));
			let (x_p, y_p, x_q) = (p.x(), p.y(), q.x());
			let mut rise = q.y().minus::<1>(y_p);
			let cancelled = match special.same {
				0 => 0,
				// Of points with one x, either both are one or they cancel.
				same => same & !rise.is_zero(),
			};
			if special.same != 0 {
				let square = x_p.times(x_p);
				rise = rise.choose(special.same, square.plus(square).plus(square));
			}
			let slope = rise.times(per);
			// Both below 1.1 p, so x is below 3.1 p and y below 2.1 p.
			let x = slope.times(slope).minus::<1>(x_p).minus::<1>(x_q);
			let y = slope.times(x_p.minus::<4>(x)).minus::<1>(y_p);
			let mut rows = join(x.reduce::<2>().reduce::<1>(), y.reduce::<1>().reduce::<1>());
			if special.any() {
				let terms = join(x_p, y_p.reduce::<1>());
				let others = join(x_q, q.y().reduce::<1>());
				for (lane, row) in rows.iter_mut().enumerate() {
					let is = |mask: u8| mask >> lane & 1 == 1;
					if is(special.left) {
						*row = others[lane];
					} else if is(special.right) {
						*row = terms[lane];
					} else if is(cancelled) {
						*row = _mm512_setzero_si512();
					}
				}
			}
			for (index, row) in indices.iter().zip(rows) {
				store(token, row, &mut to[*index as usize].0);
			}
		}
	}
);
