//! Sums of multiples of points.
//!
//! Pippenger's buckets over signed windows, with additions in affine coordinates throughout: many
//! independent additions share one inversion (Montgomery's trick), six multiplications an addition
//! where mixed coordinates need eleven. Buckets are sums of neighbours, pair upon pair, in the
//! order of a counting sort; and so is the weighted sum of the buckets, by
//! `sum i B_i = 2 sum i (B_2i + B_2i+1) + sum B_2i+1`. So one operation, the addition of many pairs
//! of points, takes nearly all the time; `Adder` is that operation, for all processors
//! (`portable`) or for eight additions at a time (`vector`).
//!
//! Scalars above half the order are negated, so that a small negative number is as cheap as a small
//! positive one, and the width of the windows follows from the scalars' sizes: most wires of a
//! neural network are a few bits wide.

use std::{borrow::Cow, ops::Range};

use ark_bn254::{g1, g2, FqConfig};
use ark_ec::{
	short_weierstrass::{Affine, Projective, SWCurveConfig},
	CurveGroup,
};
use ark_ff::{AdditiveGroup, BigInt, Zero};
use rayon::prelude::*;

use crate::field::{Element, Pair};

#[cfg(target_arch = "x86_64")]
mod avx2;
mod portable;
#[cfg(target_arch = "x86_64")]
mod vector;
mod windows;

pub use windows::Signed;
use windows::Windows;

/// A scalar in its canonical form.
pub type Scalar = BigInt<4>;

/// Bits of a scalar that is small: few windows, whose width suits them.
const SMALL: u32 = 48;
/// Scalars that are looked at together to see which are small.
const SORTED: usize = 1024;
/// Sums whose scalars have fewer bits than these together take longer with AVX2: points are converted for
/// it, and few blocks are full.
#[cfg(target_arch = "x86_64")]
const SHORT: u32 = 1 << 14;
/// Scalars whose digits lie together, at most and, if there are fewer than threads could share, at
/// least.
const CHUNKS: [usize; 2] = [4096, 256];
/// Fewer additions than these cost more with an inversion than without.
const FEW: u32 = 32;

/// Additions that share an inversion. Terms are copied together, since reading them where they are
/// would wait for memory in the midst of arithmetic.
struct Block<T> {
	/// Two for each sum: doubled, plus one for the opposite point. None if no point is an opposite one.
	indices: Vec<u32>,
	/// Whether there are indices.
	signed: bool,
	/// The points at these indices, as terms: negated where an index says so.
	terms: Vec<T>,
	/// Where the sums go.
	to: Vec<u32>,
}

/// A task's memory, kept from one use to the next.
struct Work<A: Adder> {
	adder: A,
	block: Block<A::Point>,
	scratch: A::Scratch,
	spare: Vec<A::Point>,
}

impl<A: Adder> Work<A> {
	fn new(adder: A) -> Self {
		let block = Block {
			indices: Vec::with_capacity(2 * A::BLOCK),
			signed: false,
			terms: Vec::with_capacity(2 * A::BLOCK),
			to: Vec::with_capacity(A::BLOCK),
		};
		Self { adder, block, scratch: A::Scratch::default(), spare: Vec::new() }
	}

	/// Adds what is in the block. Of points that are in no order the indices are there, and not the terms.
	fn run(&mut self, from: &[A::Point], to: &mut [A::Point]) {
		let (adder, block) = (self.adder, &mut self.block);
		if block.to.is_empty() {
			return;
		}
		if block.signed {
			let term = |index: &u32| adder.term(&from[*index as usize / 2], index % 2 == 1);
			block.terms.extend(block.indices.iter().map(term));
		}
		adder.add(block, to, &mut self.scratch);
		block.indices.clear();
		block.terms.clear();
		block.to.clear();
	}

	/// The sum of each segment of points, whose lengths are `counts`; in the order of the points,
	/// or of `order`, which holds doubled indices, plus one for the opposite point.
	fn reduce(
		&mut self,
		points: &[A::Point],
		order: Option<&[u32]>,
		mut counts: Vec<u32>,
	) -> Vec<A::Point> {
		let mut points = self.halve(points, order, &mut counts);
		while counts.iter().any(|count| *count > 1) {
			let additions: u32 = counts.iter().map(|count| count / 2).sum();
			// All segments are brought back to affine, also those with nothing to add.
			let short = counts.len() <= FEW as usize && additions < FEW;
			if short && counts.iter().any(|count| *count > 2) {
				return self.finish(&points, &counts);
			}
			let halved = self.halve(&points, None, &mut counts);
			self.spare = std::mem::replace(&mut points, halved);
		}
		let mut next = points.iter();
		let sums = counts
			.iter()
			.map(|count| if *count > 0 { next.next() } else { None }.map_or(A::NEUTRAL, |p| *p))
			.collect();
		self.spare = points;
		sums
	}

	/// The same in projective coordinates, with one inversion for all.
	fn finish(&self, mut points: &[A::Point], counts: &[u32]) -> Vec<A::Point> {
		let sums: Vec<Projective<A::Curve>> = counts
			.iter()
			.map(|count| {
				let (segment, rest) = points.split_at(*count as usize);
				points = rest;
				segment.iter().map(|point| self.adder.unload(point)).sum()
			})
			.collect();
		let sums = Projective::normalize_batch(&sums);
		self.adder.load(&sums, None).into_owned()
	}

	/// Halves every segment: neighbours are added, one that is left over stays.
	fn halve(
		&mut self,
		from: &[A::Point],
		order: Option<&[u32]>,
		counts: &mut [u32],
	) -> Vec<A::Point> {
		let total: usize = counts.iter().map(|count| count.div_ceil(2) as usize).sum();
		let mut to = std::mem::take(&mut self.spare);
		to.resize(total, A::NEUTRAL);
		let (mut read, mut write) = (0, 0);
		self.block.signed = order.is_some();
		for count in counts {
			let mut pairs = *count as usize / 2;
			while pairs > 0 {
				let block = &mut self.block;
				let some = pairs.min(A::BLOCK - block.to.len());
				let range = read..read + 2 * some;
				match order {
					Some(order) => block.indices.extend_from_slice(&order[range]),
					None => block.terms.extend_from_slice(&from[range]),
				}
				block.to.extend(write as u32..(write + some) as u32);
				read += 2 * some;
				write += some;
				pairs -= some;
				if self.block.to.len() == A::BLOCK {
					self.run(from, &mut to);
				}
			}
			if *count % 2 == 1 {
				let index = order.map_or(2 * read as u32, |order| order[read]);
				let point = &from[index as usize / 2];
				to[write] = if index % 2 == 1 { self.adder.negate(point) } else { *point };
				read += 1;
				write += 1;
			}
			*count = count.div_ceil(2);
		}
		self.run(from, &mut to);
		to
	}
}

/// Adds points in affine coordinates.
trait Adder: Copy + Sync {
	/// Where points are from and where sums go.
	type Curve: SWCurveConfig;
	/// A point as it is kept.
	type Point: Copy + Send + Sync;
	/// Room that one block after another uses.
	type Scratch: Default;
	/// The point that adds nothing (at infinity).
	const NEUTRAL: Self::Point;
	/// How many additions share an inversion at most.
	const BLOCK: usize;

	/// The points of these indices, or all.
	fn load<'a>(
		&self,
		points: &'a [Affine<Self::Curve>],
		indices: Option<&[u32]>,
	) -> Cow<'a, [Self::Point]>;
	/// The point as it was.
	fn unload(&self, point: &Self::Point) -> Affine<Self::Curve>;
	/// The point that gives the neutral one when it is added to this.
	fn negate(&self, point: &Self::Point) -> Self::Point;
	/// The point or its opposite, as a term for [`Adder::add`] and for nothing else.
	fn term(&self, point: &Self::Point, negative: bool) -> Self::Point;
	/// Adds `block.terms` two by two, and writes the sums to the indices `block.to`. There is one
	/// sum at least.
	fn add(
		&self,
		block: &mut Block<Self::Point>,
		to: &mut [Self::Point],
		scratch: &mut Self::Scratch,
	);
}

/// A curve with sums of multiples.
pub trait Curve: SWCurveConfig {
	/// Sums the multiples of the points of these indices, or of all; there is a scalar for each.
	#[doc(hidden)]
	fn sum(
		points: &[Affine<Self>],
		indices: Option<&[u32]>,
		scalars: Vec<Signed>,
	) -> Projective<Self>;

	/// The same as it is done on processors of which nothing is known.
	#[doc(hidden)]
	fn portable_sum(
		points: &[Affine<Self>],
		indices: Option<&[u32]>,
		scalars: Vec<Signed>,
	) -> Projective<Self>;
}

type G1 = portable::Portable<g1::Config, Element<FqConfig>>;
type G2 = portable::Portable<g2::Config, Pair>;

impl Curve for g1::Config {
	fn sum(
		points: &[Affine<Self>],
		indices: Option<&[u32]>,
		scalars: Vec<Signed>,
	) -> Projective<Self> {
		#[cfg(target_arch = "x86_64")]
		if let Some(adder) = vector::Vectors::new() {
			return pippenger(adder, points, indices, scalars);
		}
		#[cfg(target_arch = "x86_64")]
		if let Some(adder) = avx2::Vectors::new() {
			let bits = scalars.iter().fold(0u32, |sum, scalar| sum.saturating_add(scalar.bits));
			if bits >= SHORT {
				return pippenger(adder, points, indices, scalars);
			}
		}
		Self::portable_sum(points, indices, scalars)
	}

	fn portable_sum(
		points: &[Affine<Self>],
		indices: Option<&[u32]>,
		scalars: Vec<Signed>,
	) -> Projective<Self> {
		pippenger(G1::new(), points, indices, scalars)
	}
}

impl Curve for g2::Config {
	fn sum(
		points: &[Affine<Self>],
		indices: Option<&[u32]>,
		scalars: Vec<Signed>,
	) -> Projective<Self> {
		Self::portable_sum(points, indices, scalars)
	}

	fn portable_sum(
		points: &[Affine<Self>],
		indices: Option<&[u32]>,
		scalars: Vec<Signed>,
	) -> Projective<Self> {
		pippenger(G2::new(), points, indices, scalars)
	}
}

/// `sum scalars[i] * points[i]`. Both have the same length, below `2^31`; scalars are below the
/// order.
pub fn msm<P: Curve>(points: &[Affine<P>], scalars: &[Scalar]) -> Projective<P> {
	by_size(points, &|i| &scalars[i], P::sum)
}

/// The same with the scalars at these places.
pub fn msm_at<P: Curve>(points: &[Affine<P>], scalars: &[Scalar], places: &[u32]) -> Projective<P> {
	by_size(points, &|i| &scalars[places[i] as usize], P::sum)
}

/// The same as [`msm`] as it is done on processors of which nothing is known.
pub fn portable<P: Curve>(points: &[Affine<P>], scalars: &[Scalar]) -> Projective<P> {
	by_size(points, &|i| &scalars[i], P::portable_sum)
}

/// Scalars of one size in sums of their own. Nothing is kept of all of them: there may be millions.
fn by_size<'a, P: SWCurveConfig>(
	points: &[Affine<P>],
	scalar: &(dyn Fn(usize) -> &'a Scalar + Sync),
	sum: impl Fn(&[Affine<P>], Option<&[u32]>, Vec<Signed>) -> Projective<P> + Sync,
) -> Projective<P> {
	let of = |start: usize| -> [Vec<u32>; 2] {
		let mut parts = [const { Vec::new() }; 2];
		for i in start..points.len().min(start + SORTED) {
			match Signed::new(scalar(i)).bits {
				0 => {}
				bits => parts[usize::from(bits > SMALL)].push(i as u32),
			}
		}
		parts
	};
	let starts = (0..points.len()).into_par_iter().step_by(SORTED);
	let parts: Vec<[Vec<u32>; 2]> = starts.map(of).collect();
	let part = |size: usize| {
		let indices: Vec<&[u32]> = parts.iter().map(|part| &part[size][..]).collect();
		let indices = indices.concat();
		let signed = |i: &u32| Signed::new(scalar(*i as usize));
		let scalars: Vec<Signed> = indices.par_iter().with_min_len(1024).map(signed).collect();
		let all = indices.len() == points.len();
		sum(points, (!all).then_some(&indices[..]), scalars)
	};
	let (small, large) = rayon::join(|| part(0), || part(1));
	small + large
}

fn pippenger<A: Adder>(
	adder: A,
	points: &[Affine<A::Curve>],
	indices: Option<&[u32]>,
	scalars: Vec<Signed>,
) -> Projective<A::Curve> {
	if scalars.is_empty() {
		return Projective::zero();
	}
	let windows = Windows::best(&scalars);
	let points = adder.load(points, indices);
	let threads = rayon::current_num_threads().max(1);
	let [most, least] = CHUNKS;
	let chunk = scalars.len().div_ceil(threads).clamp(least, most);
	let chunks: Vec<Vec<i16>> =
		scalars.par_chunks(chunk).map(|scalars| windows.digits(scalars)).collect();
	// Digits are all that is left to know of them, in a seventh of the room.
	drop(scalars);
	// A few windows alone would not keep all threads at work.
	let parts = if windows.count as usize >= 2 * threads { 1 } else { threads };
	let step = chunks.len().div_ceil(parts);
	let tasks: Vec<(u32, Range<usize>)> = (0..windows.count)
		.flat_map(|window| {
			let starts = (0..chunks.len()).step_by(step);
			let count = chunks.len();
			starts.map(move |start| (window, start..count.min(start + step)))
		})
		.collect();
	let bucket = |work: &mut Work<A>, (window, range): &(u32, Range<usize>)| {
		let first = range.start * chunk;
		buckets(work, &points, &windows, *window, first, &chunks[range.clone()])
	};
	let buckets: Vec<Vec<A::Point>> =
		tasks.par_iter().with_max_len(1).map_init(|| Work::new(adder), bucket).collect();
	let group = tasks.len().div_ceil(threads);
	let sums: Vec<Vec<Weighted<A::Point>>> = buckets
		.par_chunks(group)
		.map(|buckets| weigh(adder, buckets.concat(), buckets.len()))
		.collect();
	let mut bits = vec![Projective::zero(); (windows.count * windows.width) as usize];
	for ((window, _), sums) in tasks.iter().zip(sums.iter().flatten()) {
		let bits = &mut bits[(window * windows.width) as usize..];
		bits[0] += adder.unload(&sums.all);
		for (bit, sum) in bits.iter_mut().zip(&sums.odds) {
			*bit += adder.unload(sum);
		}
	}
	let mut total = Projective::zero();
	for bit in bits.iter().rev() {
		total.double_in_place();
		total += bit;
	}
	total
}

/// The sums of points by the size of their digits in a window: those of digit 1 and -1 first.
/// `chunks` are the digits of the points from `first` on.
fn buckets<A: Adder>(
	work: &mut Work<A>,
	points: &[A::Point],
	windows: &Windows,
	window: u32,
	first: usize,
	chunks: &[Vec<i16>],
) -> Vec<A::Point> {
	let digits = |chunk: &'_ Vec<i16>| {
		let length = chunk.len() / windows.count as usize;
		window as usize * length..(window as usize + 1) * length
	};
	let mut counts = vec![0u32; windows.buckets() + 1];
	for chunk in chunks {
		for digit in &chunk[digits(chunk)] {
			counts[usize::from(digit.unsigned_abs())] += 1;
		}
	}
	let mut next = Vec::with_capacity(counts.len());
	// Those of digit 0 come first, and are left out.
	let mut start = 0;
	for count in &counts {
		next.push(start);
		start += *count;
	}
	let mut order = vec![0u32; start as usize];
	let mut index = 2 * first as u32;
	for chunk in chunks {
		for digit in &chunk[digits(chunk)] {
			let next = &mut next[usize::from(digit.unsigned_abs())];
			order[*next as usize] = index | u32::from(*digit < 0);
			*next += 1;
			index += 2;
		}
	}
	let zeros = counts.remove(0) as usize;
	work.reduce(points, Some(&order[zeros..]), counts)
}

/// What the weighted sum of an array's points is made of.
struct Weighted<T> {
	/// The sum of all.
	all: T,
	/// The sum of those at odd indices, at each halving: the next is worth twice as much.
	odds: Vec<T>,
}

/// `sum_i (i + 1) points[i]` for each of so many arrays of one length, a power of two, which follow
/// each other.
fn weigh<A: Adder>(adder: A, mut points: Vec<A::Point>, arrays: usize) -> Vec<Weighted<A::Point>> {
	let mut work = Work::new(adder);
	let (mut odds, mut counts) = (Vec::new(), Vec::new());
	while points.len() > arrays {
		odds.extend(points.iter().skip(1).step_by(2));
		counts.extend((0..arrays).map(|_| (points.len() / arrays / 2) as u32));
		let pairs = vec![2; points.len() / 2];
		points = work.reduce(&points, None, pairs);
	}
	let odds = work.reduce(&odds, None, counts);
	let odds = |array| odds.iter().skip(array).step_by(arrays).copied().collect();
	points.iter().enumerate().map(|(i, all)| Weighted { all: *all, odds: odds(i) }).collect()
}
