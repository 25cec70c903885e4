//! Eight additions at a time, on processors with AVX2 and FMA.

use std::borrow::Cow;

use ark_bn254::{g1::Config, Fq, FqConfig, G1Affine};
use ark_ec::AffineRepr;
use ark_ff::{batch_inversion, AdditiveGroup, Field, PrimeField};
use fearless_simd::Avx2;
use rayon::prelude::*;

use super::{Adder, Block};
use crate::{
	avx2::{any, blank, columns, lanes, limbs, rows, without_sign, Integers, Lanes, Vector, LANES},
	field,
};

type Element = Lanes<FqConfig>;

/// A point: four words of x and four of y, in Montgomery form with `R = 2^255`, both below two
/// primes. The neutral point is all zeros; of others x has the prime instead of 0. As a term its
/// highest bit says that it is to be negated.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub struct Point([[u64; 4]; 2]);

/// Adds points of G1, eight at a time by AVX2.
#[derive(Clone, Copy)]
pub struct Vectors(Avx2);

impl Vectors {
	/// If the processor is fit for it.
	pub fn new() -> Option<Self> {
		crate::processor::avx2().map(Self)
	}
}

/// For each group of eight additions, what slopes are divided by, and the products of those before.
#[derive(Default)]
pub struct Scratch {
	denominators: Vec<Element>,
	products: Vec<Element>,
}

impl Adder for Vectors {
	type Curve = Config;
	type Point = Point;
	type Scratch = Scratch;
	const NEUTRAL: Point = Point([[0; 4]; 2]);
	const BLOCK: usize = 2048;

	fn load<'a>(&self, points: &'a [G1Affine], indices: Option<&[u32]>) -> Cow<'a, [Point]> {
		let load = |point: &G1Affine| match point.is_zero() {
			true => Self::NEUTRAL,
			false => Point([halved(point.x), halved(point.y)]),
		};
		let loaded: Vec<_> = match indices {
			None => points.par_iter().with_min_len(1024).map(load).collect(),
			Some(indices) => {
				let load = |index: &u32| load(&points[*index as usize]);
				indices.par_iter().with_min_len(1024).map(load).collect()
			}
		};
		loaded.into()
	}

	fn unload(&self, point: &Point) -> G1Affine {
		if *point.0.as_flattened() == [0; 8] {
			return G1Affine::identity();
		}
		// As elements with R = 2^256 the coordinates look half as large as they are.
		let [x, y] = point.0.map(|words| element(words).double());
		G1Affine::new_unchecked(x, y)
	}

	fn negate(&self, point: &Point) -> Point {
		if *point.0.as_flattened() == [0; 8] {
			return *point;
		}
		Point([point.0[0], (-element(point.0[1])).0 .0])
	}

	fn term(&self, point: &Point, negative: bool) -> Point {
		let [x, [a, b, c, d]] = point.0;
		Point([x, [a, b, c, d | u64::from(negative) << 63]])
	}

	fn add(&self, block: &mut Block<Point>, to: &mut [Point], scratch: &mut Scratch) {
		// Groups are full: the last addition is done more than once.
		while !block.to.len().is_multiple_of(LANES) {
			block.terms.extend_from_within(block.terms.len() - 2..);
			block.to.extend_from_within(block.to.len() - 1..);
		}
		let product = first_pass(self.0, &block.terms, scratch);
		second_pass(self.0, &block.terms, &block.to, scratch, &inverses(&product), to);
	}
}

/// Half of an element, which is the same with `R = 2^255`; the prime instead of 0.
fn halved(element: Fq) -> [u64; 4] {
	let mut half = element.0 .0;
	if half == [0; 4] {
		return Fq::MODULUS.0;
	}
	if half[0] % 2 == 1 {
		let (mut carry, prime) = (false, Fq::MODULUS.0);
		for (word, prime) in half.iter_mut().zip(prime) {
			(*word, carry) = word.carrying_add(prime, carry);
		}
	}
	let [a, b, c, d] = half;
	[a >> 1 | b << 63, b >> 1 | c << 63, c >> 1 | d << 63, d >> 1]
}

/// Words of a number below two primes as an element of arkworks, whose R is `2^256`.
fn element(words: [u64; 4]) -> Fq {
	field::Element::<FqConfig>::raw(words).field()
}

/// The inverses of eight elements, none zero.
fn inverses(words: &[[u64; 4]; LANES]) -> [[u64; 4]; LANES] {
	// v stands for v / 2^255, its inverse for 2^510 / v; with R = 2^256, 2^512 / (4 v) comes out.
	let mut elements = words.map(|words| element(words).double().double());
	batch_inversion(&mut elements);
	elements.map(|inverse| inverse.0 .0)
}

/// Eight points, by columns.
struct Terms {
	words: [Integers; 4],
	x: Element,
}

/// One side of eight pairs: the x.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn terms(pairs: &[Point], side: usize) -> Terms {
	let words = columns(|i| pairs[2 * i + side].0[0]);
	Terms { words, x: Element::unpack(words) }
}

/// The y, with its sign.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn y(pairs: &[Point], side: usize) -> Element {
	let [a, b, c, d] = columns(|i| pairs[2 * i + side].0[1]);
	Element::unpack([a, b, c, without_sign(d)]).signed(d)
}

/// The lanes where the formula for the sum of different points does not hold.
struct Special {
	left: Vector,
	right: Vector,
	/// Both have the same x.
	same: Vector,
}

impl Special {
	/// Nothing if there are none.
	#[inline]
	#[target_feature(enable = "avx2,fma")]
	fn of(p: &Terms, q: &Terms, difference: Element) -> Option<Self> {
		let (left, right) = (blank(&p.words), blank(&q.words));
		if !any(left) && !any(right) && !difference.any_suspect() {
			return None;
		}
		let same = difference.carried().reduce().is_zero();
		Some(Self { left, right, same })
	}
}

fearless_simd::kernel!(
	/// Notes the denominators and the products of those before; gives the product of all.
	fn first_pass(token: Avx2, terms: &[Point], scratch: &mut Scratch) -> [[u64; 4]; 8] {
		let one = Element::splat(limbs(halved(Fq::ONE)));
		let mut product = one;
		scratch.products.clear();
		scratch.denominators.clear();
		for pairs in terms.chunks_exact(2 * LANES) {
			let (p, q) = (self::terms(pairs, 0), self::terms(pairs, 1));
			let mut denominator = q.x.minus(p.x);
			if let Some(special) = Special::of(&p, &q, denominator) {
				let y = y(pairs, 0);
				denominator = denominator.choose(special.same, y.plus(y));
				denominator = denominator.choose(special.left, one).choose(special.right, one);
				denominator = denominator.carried().reduce();
			}
			scratch.denominators.push(denominator);
			scratch.products.push(product);
			product = product.times(denominator);
		}
		rows(token, product.reduce().pack())
	}
);

fearless_simd::kernel!(
	/// Adds, given the inverse of the product of all denominators.
	fn second_pass(
		token: Avx2,
		terms: &[Point],
		indices: &[u32],
		scratch: &Scratch,
		inverse: &[[u64; 4]; 8],
		to: &mut [Point],
	) {
		let mut inverse = Element::unpack(columns(|i| inverse[i])).carried();
		let groups = terms.chunks_exact(2 * LANES).zip(indices.chunks_exact(LANES));
		let room = scratch.denominators.iter().zip(&scratch.products);
		for ((pairs, indices), (denominator, product)) in groups.zip(room).rev() {
			let per = inverse.times(*product);
			inverse = inverse.times(*denominator);
			let (p, q) = (self::terms(pairs, 0), self::terms(pairs, 1));
			let (y_p, y_q) = (y(pairs, 0), y(pairs, 1));
			let mut rise = y_q.minus(y_p);
			let special = Special::of(&p, &q, q.x.minus(p.x));
			let mut cancelled = None;
			if let Some(special) = &special {
				// Of points with one x, either both are one or they cancel.
				cancelled = Some((special.same, rise.carried().reduce().is_zero()));
				let square = p.x.times(p.x);
				let three = square.plus(square).plus(square);
				rise = rise.choose(special.same, three);
			}
			let slope = rise.times(per);
			let mut x = slope.times(slope).minus(p.x).minus(q.x).carried().reduce();
			let mut y = slope.times(p.x.minus(x)).minus(y_p).reduce();
			if let Some(special) = &special {
				x = x.choose(special.right, p.x.carried().reduce());
				y = y.choose(special.right, y_p.carried().reduce());
				x = x.choose(special.left, q.x.carried().reduce());
				y = y.choose(special.left, y_q.carried().reduce());
			}
			let (xs, ys) = (rows(token, x.pack()), rows(token, y.pack()));
			for ((index, x), y) in indices.iter().zip(xs).zip(ys) {
				to[*index as usize] = Point([x, y]);
			}
			let Some((special, (same, equal))) = special.zip(cancelled) else { continue };
			let (left, right) = (lanes(special.left), lanes(special.right));
			let neutral = left & right | lanes(same) & !lanes(equal) & !left & !right;
			for (lane, index) in indices.iter().enumerate() {
				if neutral >> lane & 1 == 1 {
					to[*index as usize] = Point([[0; 4]; 2]);
				}
			}
		}
	}
);
