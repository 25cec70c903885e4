//! Sums of multiples of points.
//!
//! Pippenger's buckets over signed windows, with additions in affine coordinates: the points of a
//! window are sorted by bucket and added in pairs, pair upon pair, and all divisions of a block of
//! pairs are one inversion (Montgomery's trick): six multiplications an addition, where mixed
//! coordinates need eleven. Scalars above half the order are negated, so that a small negative
//! number is as cheap as a small positive one, and the width of the windows follows from the
//! scalars' sizes: most wires of a neural network are a few bits wide.

use ark_bn254::Fr;
use ark_ec::{
	short_weierstrass::{Affine, Projective, SWCurveConfig},
	AffineRepr,
};
use ark_ff::{AdditiveGroup, BigInt, BigInteger, Field, PrimeField, Zero};
use rayon::prelude::*;

/// A scalar in its canonical form.
pub type Scalar = BigInt<4>;

/// Pairs that share an inversion.
const BLOCK: usize = 512;
/// Fewest points of a task of its own.
const TASK: usize = 4096;

/// Bits of a scalar that is small: few windows, whose width suits them.
const SMALL: u32 = 48;

/// `sum scalars[i] * points[i]`. Both have the same length; scalars are below the order.
pub fn msm<P: SWCurveConfig>(points: &[Affine<P>], scalars: &[Scalar]) -> Projective<P> {
	let signed: Vec<Signed> = scalars.par_iter().with_min_len(1024).map(Signed::new).collect();
	let large = signed.iter().filter(|s| s.bits > SMALL).count();
	if large == 0 || large == signed.len() {
		return pippenger(points, &signed);
	}
	let part = |is_large: bool| {
		let chosen = points.iter().zip(&signed).filter(|(_, s)| (s.bits > SMALL) == is_large);
		let (points, scalars): (Vec<Affine<P>>, Vec<Signed>) =
			chosen.filter(|(_, s)| s.bits > 0).map(|(p, s)| (*p, *s)).unzip();
		pippenger(&points, &scalars)
	};
	let (small, large) = rayon::join(|| part(false), || part(true));
	small + large
}

fn pippenger<P: SWCurveConfig>(points: &[Affine<P>], scalars: &[Signed]) -> Projective<P> {
	let width = width(scalars);
	let longest = scalars.iter().map(|s| s.bits).max().unwrap_or(0);
	let windows = window_count(longest, width);
	let threads = rayon::current_num_threads().max(1);
	let used =
		|window: u32| scalars.iter().filter(|s| window_count(s.bits, width) > window).count();
	let tasks: Vec<(u32, std::ops::Range<usize>)> = (0..windows)
		.flat_map(|window| {
			// A few windows alone would not keep all threads at work.
			let parts = if windows as usize >= 2 * threads { 1 } else { threads };
			let parts = parts.min(used(window) / TASK).max(1);
			let (count, step) = (scalars.len(), scalars.len().div_ceil(parts));
			let end = move |part: usize| (part * step).min(count);
			(0..parts).map(move |part| (window, end(part)..end(part + 1)))
		})
		.collect();
	let sums: Vec<(u32, Projective<P>)> = tasks
		.into_par_iter()
		.with_max_len(1)
		.map(|(window, range)| {
			let part = Window { width, index: window };
			(window, part.sum(&points[range.clone()], &scalars[range]))
		})
		.collect();
	let mut total = Projective::zero();
	for window in (0..windows).rev() {
		for _ in 0..width {
			total.double_in_place();
		}
		sums.iter().filter(|(of, _)| *of == window).for_each(|(_, sum)| total += sum);
	}
	total
}

/// Windows of a number of so many bits. Digits up to `2^(width-1) - 1` leave less than two bits of the
/// highest window unused, for `width` of 2 and more.
fn window_count(bits: u32, width: u32) -> u32 {
	(bits + 2).div_ceil(width)
}

/// A scalar's size and sign.
#[derive(Clone, Copy)]
struct Signed {
	size: Scalar,
	bits: u32,
	negative: bool,
}

impl Signed {
	fn new(scalar: &Scalar) -> Self {
		let negative = *scalar > Fr::MODULUS_MINUS_ONE_DIV_TWO;
		let mut size = *scalar;
		if negative {
			size = Fr::MODULUS;
			size.sub_with_borrow(scalar);
		}
		Self { size, bits: size.num_bits(), negative }
	}

	/// `width` bits from `start` up.
	fn bits(&self, start: u32, width: u32) -> u32 {
		let (limb, shift) = ((start / 64) as usize, start % 64);
		let Some(low) = self.size.0.get(limb) else { return 0 };
		let mut value = low >> shift;
		if shift + width > 64 {
			value |= self.size.0.get(limb + 1).map_or(0, |high| high << (64 - shift));
		}
		(value & ((1 << width) - 1)) as u32
	}

	/// The digit of a window, from `-2^(width-1)` to `2^(width-1)`.
	///
	/// Adding `2^(width-1)` to every window and taking it off again makes digits signed; what is
	/// carried into a window follows from the bits below it.
	fn digit(&self, window: u32, width: u32) -> i32 {
		if window_count(self.bits, width) <= window {
			return 0;
		}
		let half = 1u32 << (width - 1);
		let raw = self.bits(window * width, width);
		let digit = (raw + u32::from(self.carry(window, width))) as i32;
		let digit = if digit >= half as i32 { digit - (1 << width) } else { digit };
		if self.negative {
			-digit
		} else {
			digit
		}
	}

	/// Whether the windows below carry into this one: the nearest window below that is not one less
	/// than half decides.
	fn carry(&self, window: u32, width: u32) -> bool {
		let half = 1u32 << (width - 1);
		for below in (0..window).rev() {
			let raw = self.bits(below * width, width);
			if raw != half - 1 {
				return raw >= half;
			}
		}
		false
	}
}

/// The width of a window that costs least for scalars of these sizes.
fn width(scalars: &[Signed]) -> u32 {
	let mut longer = [0u64; 257];
	for scalar in scalars {
		longer[scalar.bits as usize] += 1;
	}
	for bits in (0..256).rev() {
		longer[bits] += longer[bits + 1];
	}
	let longest = longer.iter().rposition(|n| *n > 0).unwrap_or(0) as u32;
	// A bucket takes a mixed and a full addition, about 4.5 times a shared one.
	let cost = |width: &u32| -> u64 {
		let windows = window_count(longest, *width);
		let adds: u64 = (0..windows).map(|i| longer[(i * width).min(256) as usize]).sum();
		adds + u64::from(windows) * (9 << (width - 1)) / 2
	};
	(2..=15).min_by_key(cost).unwrap_or(2)
}

struct Window {
	width: u32,
	index: u32,
}

impl Window {
	/// The sum of digits times points.
	fn sum<P: SWCurveConfig>(&self, points: &[Affine<P>], scalars: &[Signed]) -> Projective<P> {
		let buckets = 1usize << (self.width - 1);
		let digits: Vec<i32> = scalars.iter().map(|s| s.digit(self.index, self.width)).collect();
		let mut counts = vec![0u32; buckets];
		for digit in digits.iter().filter(|d| **d != 0) {
			counts[digit.unsigned_abs() as usize - 1] += 1;
		}
		let mut next = Vec::with_capacity(buckets);
		let mut total = 0;
		for count in &counts {
			next.push(total);
			total += *count as usize;
		}
		let mut sorted = vec![Affine::<P>::identity(); total];
		for (digit, point) in digits.iter().zip(points) {
			if *digit != 0 {
				let at = &mut next[digit.unsigned_abs() as usize - 1];
				sorted[*at] = if *digit < 0 { -*point } else { *point };
				*at += 1;
			}
		}
		while counts.iter().any(|count| *count > 1) {
			add_pairs(&mut sorted, &mut counts);
		}
		// One point a bucket now: the sum of index times bucket, by running sums from the top.
		let mut points = sorted.iter().rev();
		let (mut running, mut sum) = (Projective::<P>::zero(), Projective::<P>::zero());
		for count in counts.iter().rev() {
			if *count > 0 {
				if let Some(point) = points.next() {
					running += point;
				}
			}
			sum += running;
		}
		sum
	}
}

/// One step of an addition in place: where its terms are, and where the sum goes.
struct Step {
	from: usize,
	pair: bool,
	to: usize,
}

/// Halves every bucket: neighbours are added, one that is left over stays.
fn add_pairs<P: SWCurveConfig>(points: &mut Vec<Affine<P>>, counts: &mut [u32]) {
	let (mut read, mut write) = (0, 0);
	let mut block = Vec::with_capacity(BLOCK);
	let mut scratch = Scratch::default();
	for count in counts.iter_mut() {
		let end = read + *count as usize;
		while read < end {
			let pair = end - read > 1;
			block.push(Step { from: read, pair, to: write });
			read += if pair { 2 } else { 1 };
			write += 1;
			if block.len() == BLOCK {
				scratch.run(points, &mut block);
			}
		}
		*count = count.div_ceil(2);
	}
	scratch.run(points, &mut block);
	points.truncate(write);
}

/// Room for a block's divisions.
struct Scratch<F> {
	denominators: Vec<F>,
	products: Vec<F>,
}

impl<F> Default for Scratch<F> {
	fn default() -> Self {
		Self { denominators: Vec::with_capacity(BLOCK), products: Vec::with_capacity(BLOCK) }
	}
}

impl<F: Field> Scratch<F> {
	/// Runs the steps in order; a step writes no further than it has read.
	fn run<P: SWCurveConfig<BaseField = F>>(
		&mut self,
		points: &mut [Affine<P>],
		block: &mut Vec<Step>,
	) {
		self.denominators.clear();
		self.products.clear();
		let mut product = F::ONE;
		for step in block.iter() {
			let denominator = match step.pair {
				true => denominator(&points[step.from], &points[step.from + 1]),
				false => F::ONE,
			};
			self.products.push(product);
			self.denominators.push(denominator);
			product *= denominator;
		}
		// No denominator is zero.
		let mut inverse = product.inverse().unwrap_or(F::ONE);
		for (product, denominator) in self.products.iter_mut().zip(&self.denominators).rev() {
			*product *= inverse;
			inverse *= denominator;
		}
		for (step, inverse) in block.drain(..).zip(&self.products) {
			points[step.to] = match step.pair {
				true => sum(&points[step.from], &points[step.from + 1], inverse),
				false => points[step.from],
			};
		}
	}
}

/// What the slope of a sum is divided by; 1 if there is no slope.
fn denominator<P: SWCurveConfig>(p: &Affine<P>, q: &Affine<P>) -> P::BaseField {
	if p.is_zero() || q.is_zero() {
		return P::BaseField::ONE;
	}
	let difference = q.x - p.x;
	if !difference.is_zero() {
		return difference;
	}
	// Equal points are doubled; opposite ones cancel. No point has order 2.
	match p.y == q.y && !p.y.is_zero() {
		true => p.y.double(),
		false => P::BaseField::ONE,
	}
}

/// `p + q` on a curve `y^2 = x^3 + b`, given the inverse of [`denominator`].
fn sum<P: SWCurveConfig>(p: &Affine<P>, q: &Affine<P>, inverse: &P::BaseField) -> Affine<P> {
	if p.is_zero() {
		return *q;
	}
	if q.is_zero() {
		return *p;
	}
	let slope = if p.x != q.x {
		(q.y - p.y) * inverse
	} else if p.y == q.y && !p.y.is_zero() {
		let square = p.x.square();
		(square.double() + square) * inverse
	} else {
		return Affine::identity();
	};
	let x = slope.square() - p.x - q.x;
	Affine::new_unchecked(x, slope * (p.x - x) - p.y)
}
