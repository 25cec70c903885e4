//! Transforms of eight elements at a time, on processors with AVX2 and FMA; in the order that
//! `vector` has too. Whatever is in memory is reduced.

use std::sync::OnceLock;

use ark_bn254::{Fr, FrConfig};
use ark_ff::{BigInt, Field, PrimeField};
use ark_poly::EvaluationDomain;
use fearless_simd::Avx2;
use rayon::prelude::*;

use super::{powers, reversed, shift, Domain, SIZES};
use crate::{
	avx2::{limbs, rows, transpose, Lanes, LANES},
	field,
	processor::avx2,
};

type Element = Lanes<FrConfig>;

/// Eight elements in memory: limb by limb.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Row([[f64; LANES]; 5]);

const ZERO: Row = Row([[0.0; LANES]; 5]);

/// Rows that are transposed and taken through three levels together.
const SQUARE: usize = 8;
/// Rows that one task works on.
const TASK: usize = 256;

/// Powers of a root for one direction.
struct Twiddles {
	/// The root to the power of the index with its bits reversed: one for each block.
	blocks: Vec<[f64; 5]>,
	/// For each square, those of the last three levels: one, two and four.
	squares: Vec<[Row; 7]>,
}

struct Tables {
	forth: Twiddles,
	back: Twiddles,
	/// For each square, what takes coefficients to the coset; the size is divided by, and made up
	/// for is that factors come in Montgomery form for `2^256` and that products leave in none.
	scale: Vec<[Row; SQUARE]>,
}

/// The tables of each size, made once.
static TABLES: [OnceLock<Tables>; SIZES] = [const { OnceLock::new() }; SIZES];

/// The words that an element of arkworks has in memory, which are `2^256` times what it stands for,
/// less a prime if that is nearer to 0.
fn centred(element: Fr) -> [f64; 5] {
	let words = element.0;
	if words <= Fr::MODULUS_MINUS_ONE_DIV_TWO {
		return limbs(words.0);
	}
	limbs((-element).0 .0).map(|limb| -limb)
}

fn row(element: impl Fn(usize) -> [f64; 5]) -> Row {
	let mut row = ZERO;
	for lane in 0..LANES {
		for (to, limb) in row.0.iter_mut().zip(element(lane)) {
			to[lane] = limb;
		}
	}
	row
}

impl Twiddles {
	fn new(root: Fr, size: usize) -> Self {
		let bits = size.ilog2() - 1;
		// Half of it takes R from 2^256 to 2^255.
		let powers = powers(root, Fr::from(2u8).inverse().unwrap_or_default(), size / 2);
		let twiddle = |block: usize| centred(powers[reversed(block, bits)]);
		let blocks = (0..size / 16).map(twiddle).collect();
		let squares = (0..size / 64)
			.into_par_iter()
			.map(|square| {
				let of = |level: usize, block: usize| {
					row(|lane| twiddle(level * (SQUARE * square + lane) + block))
				};
				[of(1, 0), of(2, 0), of(2, 1), of(4, 0), of(4, 1), of(4, 2), of(4, 3)]
			})
			.collect();
		Self { blocks, squares }
	}
}

impl Tables {
	fn new(domain: &Domain) -> Self {
		let size = domain.size();
		let bits = size.ilog2();
		// Factors are 2^256 a and 2^256 b, and a product is divided by 2^255, as is each factor when
		// it is scaled. With 2^126 times the root of 2 times the power the result is a b. That root is
		// in the field, since there are roots of unity of order 8.
		let root = Fr::from(2u8).sqrt().unwrap_or_default();
		let factor = Fr::from(2u8).pow([126]) * root * domain.size_inv();
		// In memory elements are 2^256 times what they stand for.
		let factor = factor * Fr::from(2u8).pow([256]).inverse().unwrap_or_default();
		let powers = powers(shift(domain), factor, size);
		let scale = (0..size / 64)
			.into_par_iter()
			.map(|square| {
				std::array::from_fn(|position| {
					row(|lane| centred(powers[reversed(64 * square + 8 * lane + position, bits)]))
				})
			})
			.collect();
		Self {
			forth: Twiddles::new(domain.group_gen_inv(), size),
			back: Twiddles::new(domain.group_gen(), size),
			scale,
		}
	}
}

/// Nothing if the processor lacks what it takes, or the domain is too small.
pub fn product_on_coset(domain: &Domain, a: &[Fr], b: &[Fr]) -> Option<Vec<BigInt<4>>> {
	let token = avx2()?;
	let size = domain.size();
	if size < 64 {
		return None;
	}
	let tables = TABLES.get(size.ilog2() as usize)?.get_or_init(|| Tables::new(domain));
	let to_coset = |values: &[Fr]| {
		let mut rows = load(values);
		let run = Run { token, tables };
		run.transform(&mut rows, 0);
		rows
	};
	let (a, b) = rayon::join(|| to_coset(a), || to_coset(b));
	let mut product = vec![BigInt([0; 4]); size];
	product
		.par_chunks_mut(LANES * TASK)
		.zip(a.par_chunks(TASK).zip(b.par_chunks(TASK)))
		.for_each(|(product, (a, b))| multiply(token, a, b, product));
	Some(product)
}

fn load(values: &[Fr]) -> Vec<Row> {
	let rows = values.par_chunks_exact(LANES).with_min_len(TASK);
	rows.map(|values| row(|lane| limbs(values[lane].0 .0))).collect()
}

#[derive(Clone, Copy)]
struct Run<'a> {
	token: Avx2,
	tables: &'a Tables,
}

impl Run<'_> {
	/// Takes a block to its coefficients and back to values on the coset. Blocks are numbered
	/// within their level.
	fn transform(self, rows: &mut [Row], block: usize) {
		let Self { token, tables } = self;
		if rows.len() == SQUARE {
			return square(token, rows, block, tables);
		}
		let [forth, back] = [&tables.forth.blocks, &tables.back.blocks];
		let half = rows.len() / 2;
		if half == SQUARE {
			let (low, high) = rows.split_at_mut(half);
			forth_2(token, low, high, &forth[block]);
			self.transform(low, 2 * block);
			self.transform(high, 2 * block + 1);
			return back_2(token, low, high, &back[block]);
		}
		let by =
			|twiddles: &[[f64; 5]]| [twiddles[block], twiddles[2 * block], twiddles[2 * block + 1]];
		let (forth, back) = (by(forth), by(back));
		self.each(rows, |quarters| forth_4(token, quarters, &forth));
		let quarter = half / 2;
		let below = |(i, rows): (usize, &mut [Row])| self.transform(rows, 4 * block + i);
		if quarter > TASK {
			rows.par_chunks_mut(quarter).enumerate().for_each(below);
		} else {
			rows.chunks_mut(quarter).enumerate().for_each(below);
		}
		self.each(rows, |quarters| back_4(token, quarters, &back));
	}

	/// Runs a kernel on the quarters of a block, in parts if they are long.
	fn each(self, rows: &mut [Row], kernel: impl Fn([&mut [Row]; 4]) + Sync) {
		let half = rows.len() / 2;
		let (low, high) = rows.split_at_mut(half);
		let (a, b) = low.split_at_mut(half / 2);
		let (c, d) = high.split_at_mut(half / 2);
		if half / 2 <= TASK {
			return kernel([a, b, c, d]);
		}
		let low = a.par_chunks_mut(TASK).zip(b.par_chunks_mut(TASK));
		let high = c.par_chunks_mut(TASK).zip(d.par_chunks_mut(TASK));
		low.zip(high).for_each(|((a, b), (c, d))| kernel([a, b, c, d]));
	}
}

#[inline]
#[target_feature(enable = "avx2,fma")]
fn get(row: &Row) -> Element {
	Element::get(&row.0)
}

#[inline]
#[target_feature(enable = "avx2,fma")]
fn put(token: Avx2, element: Element, row: &mut Row) {
	element.reduce().put(token, &mut row.0);
}

/// Forth: `u + w v` and `u - w v`. The twiddle has size 0.5, so sizes grow from `s` to
/// `1.2 s + 0.51`, and limbs by `2^50`. Three levels take 0.51 to 2.8 and `2^52`.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn forth(u: Element, v: Element, w: Element) -> (Element, Element) {
	let v = v.times(w);
	(u.plus(v), u.minus(v))
}

/// Back: `u + v`, and `(u - v) w` whose size is `0.51 + 0.2 s`. Sizes and limbs of the sum double.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn back(u: Element, v: Element, w: Element) -> (Element, Element) {
	(u.plus(v), u.minus(v).times(w))
}

fearless_simd::kernel!(
	fn forth_2(token: Avx2, low: &mut [Row], high: &mut [Row], twiddle: &[f64; 5]) {
		let w = Element::splat(*twiddle);
		for (low, high) in low.iter_mut().zip(high) {
			let (u, v) = forth(get(low), get(high), w);
			put(token, u, low);
			put(token, v, high);
		}
	}
);

fearless_simd::kernel!(
	fn back_2(token: Avx2, low: &mut [Row], high: &mut [Row], twiddle: &[f64; 5]) {
		let w = Element::splat(*twiddle);
		for (low, high) in low.iter_mut().zip(high) {
			let (u, v) = back(get(low), get(high), w);
			put(token, u, low);
			put(token, v, high);
		}
	}
);

fearless_simd::kernel!(
	/// Two levels. The twiddles are the block's and its halves'.
	fn forth_4(token: Avx2, quarters: [&mut [Row]; 4], twiddles: &[[f64; 5]; 3]) {
		let [a, b, c, d] = quarters;
		let w = twiddles.map(|twiddle| Element::splat(twiddle));
		for (((a, b), c), d) in a.iter_mut().zip(b).zip(c).zip(d) {
			let (a0, c0) = forth(get(a), get(c), w[0]);
			let (b0, d0) = forth(get(b), get(d), w[0]);
			let (a1, b1) = forth(a0, b0, w[1]);
			let (c1, d1) = forth(c0, d0, w[2]);
			put(token, a1, a);
			put(token, b1, b);
			put(token, c1, c);
			put(token, d1, d);
		}
	}
);

fearless_simd::kernel!(
	/// Two levels.
	fn back_4(token: Avx2, quarters: [&mut [Row]; 4], twiddles: &[[f64; 5]; 3]) {
		let w = twiddles.map(|twiddle| Element::splat(twiddle));
		let [a, b, c, d] = quarters;
		for (((a, b), c), d) in a.iter_mut().zip(b).zip(c).zip(d) {
			let (a0, b0) = back(get(a), get(b), w[1]);
			let (c0, d0) = back(get(c), get(d), w[2]);
			let (a1, c1) = back(a0, c0, w[0]);
			let (b1, d1) = back(b0, d0, w[0]);
			put(token, a1, a);
			put(token, b1, b);
			put(token, c1, c);
			put(token, d1, d);
		}
	}
);

/// Rows to columns: element by element of each block of eight.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn turned(rows: [Element; 8]) -> [Element; 8] {
	let [a, b, c, d, e, f, g, h] = rows.map(|row| row.limbs());
	let limb = |i: usize| transpose([a[i], b[i], c[i], d[i], e[i], f[i], g[i], h[i]]);
	let [v, w, x, y, z] = [limb(0), limb(1), limb(2), limb(3), limb(4)];
	let element = |i: usize| Element::of([v[i], w[i], x[i], y[i], z[i]]);
	[element(0), element(1), element(2), element(3), element(4), element(5), element(6), element(7)]
}

/// Three levels forth. The twiddles are the block's, its halves' and its quarters'.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn forth_8(x: [Element; 8], w: impl Fn(usize) -> Element) -> [Element; 8] {
	let [a, b, c, d, e, f, g, h] = x;
	let ((a, e), (b, f)) = (forth(a, e, w(0)), forth(b, f, w(0)));
	let ((c, g), (d, h)) = (forth(c, g, w(0)), forth(d, h, w(0)));
	let ((a, c), (b, d)) = (forth(a, c, w(1)), forth(b, d, w(1)));
	let ((e, g), (f, h)) = (forth(e, g, w(2)), forth(f, h, w(2)));
	let ((a, b), (c, d)) = (forth(a, b, w(3)), forth(c, d, w(4)));
	let ((e, f), (g, h)) = (forth(e, f, w(5)), forth(g, h, w(6)));
	[a, b, c, d, e, f, g, h]
}

/// Three levels back, of products.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn back_8(x: [Element; 8], w: impl Fn(usize) -> Element) -> [Element; 8] {
	let [a, b, c, d, e, f, g, h] = x;
	let ((a, b), (c, d)) = (back(a, b, w(3)), back(c, d, w(4)));
	let ((e, f), (g, h)) = (back(e, f, w(5)), back(g, h, w(6)));
	let ((a, c), (b, d)) = (back(a, c, w(1)), back(b, d, w(1)));
	let ((e, g), (f, h)) = (back(e, g, w(2)), back(f, h, w(2)));
	// Sums of four; their difference would be too large to go into a product.
	let (a, e) = (a.reduce(), e.reduce());
	let ((a, e), (b, f)) = (back(a, e, w(0)), back(b, f, w(0)));
	let ((c, g), (d, h)) = (back(c, g, w(0)), back(d, h, w(0)));
	[a, b, c, d, e, f, g, h]
}

fearless_simd::kernel!(
	/// All that is done to a block of eight rows: its levels forth, first of rows and then of what
	/// is in a row, the way to the coset, and the same levels back.
	fn square(token: Avx2, rows: &mut [Row], block: usize, tables: &Tables) {
		let levels = |twiddles: &Twiddles| {
			let of = &twiddles.blocks;
			let at = |level: usize| of[level * block..].iter().take(level).copied();
			let mut all = [[0.0; 5]; 7];
			let levels = at(1).chain(at(2)).chain(at(4));
			all.iter_mut().zip(levels).for_each(|(to, twiddle)| *to = twiddle);
			all
		};
		let (down, up) = (levels(&tables.forth), levels(&tables.back));
		let [there, here] = [&tables.forth, &tables.back].map(|way| &way.squares[block]);
		let scale = &tables.scale[block];
		let at = |i: usize| get(&rows[i]);
		let x = [at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7)];
		let x = forth_8(x, |i| Element::splat(down[i])).map(|x| x.reduce());
		let [a, b, c, d, e, f, g, h] = forth_8(turned(x), |i| get(&there[i]));
		let s = |i: usize| get(&scale[i]);
		let (a, b, c, d) = (a.times(s(0)), b.times(s(1)), c.times(s(2)), d.times(s(3)));
		let (e, f, g, h) = (e.times(s(4)), f.times(s(5)), g.times(s(6)), h.times(s(7)));
		let x = back_8([a, b, c, d, e, f, g, h], |i| get(&here[i])).map(|x| x.reduce());
		for (element, row) in back_8(turned(x), |i| Element::splat(up[i])).into_iter().zip(rows) {
			put(token, element, row);
		}
	}
);

fearless_simd::kernel!(
	/// Products, as integers.
	fn multiply(token: Avx2, a: &[Row], b: &[Row], product: &mut [BigInt<4>]) {
		for ((a, b), product) in a.iter().zip(b).zip(product.chunks_exact_mut(LANES)) {
			let words = get(a).times(get(b)).reduce().pack();
			for (to, row) in product.iter_mut().zip(rows(token, words)) {
				*to = field::Element::<FrConfig>::raw(row).field().0;
			}
		}
	}
);
