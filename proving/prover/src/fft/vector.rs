//! Transforms of eight elements at a time, on processors with AVX-512 IFMA.
//!
//! Cooley and Tukey's butterflies forth, Gentleman and Sande's back. A level with `m` blocks of
//! elements multiplies all of block `k` by one power of the root, that of `k` with its bits
//! reversed; so a block can be taken through all levels below, forth and back, before the next is
//! touched, and what is in the cache stays there.

use std::sync::OnceLock;

use ark_bn254::Fr;
use ark_ff::{BigInt, Field};
use ark_poly::EvaluationDomain;
use fearless_simd::Avx512;
use rayon::prelude::*;

use super::{powers, reversed, shift, Domain, SIZES};
use crate::ifma::{split, store, transpose, vector, Lanes, Scalars, LANES};

type Element = Lanes<Scalars>;

/// Eight elements in memory: limb by limb.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Row([[u64; LANES]; 5]);

const ZERO: Row = Row([[0; LANES]; 5]);

/// Rows that are transposed and taken through three levels together.
const SQUARE: usize = 8;
/// Rows that one task works on.
const TASK: usize = 512;

/// Powers of a root for one direction.
struct Twiddles {
	/// The root to the power of the index with its bits reversed: one for each block.
	blocks: Vec<[u64; 5]>,
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

/// The words that an element of arkworks has in memory: `2^256` times what it stands for.
fn limbs(element: Fr) -> [u64; 5] {
	split(element.0 .0)
}

fn row(element: impl Fn(usize) -> Fr) -> Row {
	let mut row = ZERO;
	for lane in 0..LANES {
		for (to, limb) in row.0.iter_mut().zip(limbs(element(lane))) {
			to[lane] = limb;
		}
	}
	row
}

impl Twiddles {
	fn new(root: Fr, size: usize) -> Self {
		let bits = size.ilog2() - 1;
		// 16 takes R from 2^256 to 2^260.
		let powers = powers(root, Fr::from(16), size / 2);
		let twiddle = |block: usize| powers[reversed(block, bits)];
		let blocks = (0..size / 16).map(|block| limbs(twiddle(block))).collect();
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
		// Factors are 2^256 a and 2^256 b, and a product is divided by 2^260, as is each factor when
		// it is scaled. With 2^134 times the power the result is a b.
		let factor = Fr::from(2u8).pow([134]) * domain.size_inv();
		// In memory elements are 2^256 times what they stand for.
		let factor = factor * Fr::from(2u8).pow([256]).inverse().unwrap_or_default();
		let powers = powers(shift(domain), factor, size);
		let scale = (0..size / 64)
			.into_par_iter()
			.map(|square| {
				std::array::from_fn(|position| {
					row(|lane| powers[reversed(64 * square + 8 * lane + position, bits)])
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
	let token = crate::processor::avx512()?;
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
	rows.map(|values| row(|lane| values[lane])).collect()
}

#[derive(Clone, Copy)]
struct Run<'a> {
	token: Avx512,
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
			|twiddles: &[[u64; 5]]| [twiddles[block], twiddles[2 * block], twiddles[2 * block + 1]];
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
#[target_feature(enable = "avx512f")]
fn get(row: &Row) -> Element {
	let [a, b, c, d, e] = &row.0;
	Element::of([vector(a), vector(b), vector(c), vector(d), vector(e)])
}

#[inline]
#[target_feature(enable = "avx512f")]
fn put(token: Avx512, element: Element, row: &mut Row) {
	for (limb, to) in element.limbs().into_iter().zip(&mut row.0) {
		store(token, limb, to);
	}
}

/// Forth: `u + w v` and `u - w v`. Both are below `2p` more than `u`, if `v` is below `64p`: from
/// below `p`, they are below `(2 l + 1) p` after l levels, and there are 27 at most.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn forth(u: Element, v: Element, w: Element) -> (Element, Element) {
	let v = v.times(w);
	(u.plus(v), u.minus::<2>(v))
}

/// Back: `u + v`, and `(u - v) w` which is below `2p`. Both come in at most at `K p`.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn back<const K: u64>(u: Element, v: Element, w: Element) -> (Element, Element) {
	(u.plus(v), u.minus::<K>(v).times(w))
}

fearless_simd::kernel!(
	fn forth_2(token: Avx512, low: &mut [Row], high: &mut [Row], twiddle: &[u64; 5]) {
		let w = Element::splat(*twiddle);
		for (low, high) in low.iter_mut().zip(high) {
			let (u, v) = forth(get(low), get(high), w);
			put(token, u, low);
			put(token, v, high);
		}
	}
);

fearless_simd::kernel!(
	/// From below 3p to below 3p.
	fn back_2(token: Avx512, low: &mut [Row], high: &mut [Row], twiddle: &[u64; 5]) {
		let w = Element::splat(*twiddle);
		for (low, high) in low.iter_mut().zip(high) {
			let (u, v) = back::<3>(get(low), get(high), w);
			put(token, u.reduce::<3>(), low);
			put(token, v, high);
		}
	}
);

fearless_simd::kernel!(
	/// Two levels. The twiddles are the block's and its halves'.
	fn forth_4(token: Avx512, quarters: [&mut [Row]; 4], twiddles: &[[u64; 5]; 3]) {
		let w = twiddles.map(|twiddle| Element::splat(twiddle));
		let [a, b, c, d] = quarters;
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
	/// Two levels, from below 3p to below 3p.
	fn back_4(token: Avx512, quarters: [&mut [Row]; 4], twiddles: &[[u64; 5]; 3]) {
		let w = twiddles.map(|twiddle| Element::splat(twiddle));
		let [a, b, c, d] = quarters;
		for (((a, b), c), d) in a.iter_mut().zip(b).zip(c).zip(d) {
			let (a0, b0) = back::<3>(get(a), get(b), w[1]);
			let (c0, d0) = back::<3>(get(c), get(d), w[2]);
			let (a1, c1) = back::<6>(a0, c0, w[0]);
			let (b1, d1) = back::<2>(b0, d0, w[0]);
			put(token, a1.reduce::<6>().reduce::<3>(), a);
			put(token, b1.reduce::<2>(), b);
			put(token, c1, c);
			put(token, d1, d);
		}
	}
);

/// Rows to columns: element by element of each block of eight.
#[inline]
#[target_feature(enable = "avx512f")]
fn turned(rows: [Element; 8]) -> [Element; 8] {
	let [a, b, c, d, e, f, g, h] = rows.map(|row| row.limbs());
	let limb = |i: usize| transpose([a[i], b[i], c[i], d[i], e[i], f[i], g[i], h[i]]);
	let limbs = [limb(0), limb(1), limb(2), limb(3), limb(4)];
	let [v, w, x, y, z] = limbs;
	let element = |i: usize| Element::of([v[i], w[i], x[i], y[i], z[i]]);
	[element(0), element(1), element(2), element(3), element(4), element(5), element(6), element(7)]
}

/// Three levels forth. The twiddles are the block's, its halves' and its quarters'.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
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

/// Three levels back, from below 2p to below 2p.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512dq")]
fn back_8(x: [Element; 8], w: impl Fn(usize) -> Element) -> [Element; 8] {
	let [a, b, c, d, e, f, g, h] = x;
	let ((a, b), (c, d)) = (back::<2>(a, b, w(3)), back::<2>(c, d, w(4)));
	let ((e, f), (g, h)) = (back::<2>(e, f, w(5)), back::<2>(g, h, w(6)));
	let ((a, c), (b, d)) = (back::<4>(a, c, w(1)), back::<4>(b, d, w(1)));
	let ((e, g), (f, h)) = (back::<4>(e, g, w(2)), back::<4>(f, h, w(2)));
	let ((a, e), (b, f)) = (back::<8>(a, e, w(0)), back::<8>(b, f, w(0)));
	let ((c, g), (d, h)) = (back::<8>(c, g, w(0)), back::<8>(d, h, w(0)));
	// Sums of eight, four and two.
	let a = a.reduce::<8>().reduce::<4>().reduce::<2>();
	let (b, c, d) = (b.reduce::<4>().reduce::<2>(), c.reduce::<2>(), d.reduce::<2>());
	[a, b, c, d, e, f, g, h]
}

fearless_simd::kernel!(
	/// All that is done to a block of eight rows: its levels forth, first of rows and then of what
	/// is in a row, the way to the coset, and the same levels back.
	fn square(token: Avx512, rows: &mut [Row], block: usize, tables: &Tables) {
		let levels = |twiddles: &Twiddles| {
			let of = &twiddles.blocks;
			let at = |level: usize| of[level * block..].iter().take(level).copied();
			let mut all = [[0; 5]; 7];
			let levels = at(1).chain(at(2)).chain(at(4));
			all.iter_mut().zip(levels).for_each(|(to, twiddle)| *to = twiddle);
			all
		};
		let (down, up) = (levels(&tables.forth), levels(&tables.back));
		let [there, here] = [&tables.forth, &tables.back].map(|way| &way.squares[block]);
		let scale = &tables.scale[block];
		let at = |i: usize| get(&rows[i]);
		let x = [at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7)];
		let x = turned(forth_8(x, |i| Element::splat(down[i])));
		let [a, b, c, d, e, f, g, h] = forth_8(x, |i| get(&there[i]));
		let s = |i: usize| get(&scale[i]);
		let (a, b, c, d) = (a.times(s(0)), b.times(s(1)), c.times(s(2)), d.times(s(3)));
		let (e, f, g, h) = (e.times(s(4)), f.times(s(5)), g.times(s(6)), h.times(s(7)));
		let x = turned(back_8([a, b, c, d, e, f, g, h], |i| get(&here[i])));
		for (element, row) in back_8(x, |i| Element::splat(up[i])).into_iter().zip(rows) {
			put(token, element, row);
		}
	}
);

fearless_simd::kernel!(
	/// Products of factors below 3p, as integers.
	fn multiply(token: Avx512, a: &[Row], b: &[Row], product: &mut [BigInt<4>]) {
		for ((a, b), product) in a.iter().zip(b).zip(product.chunks_exact_mut(LANES)) {
			let words = get(a).times(get(b)).reduce::<1>().pack();
			for (i, word) in words.into_iter().enumerate() {
				let mut lanes = [0; LANES];
				store(token, word, &mut lanes);
				for (to, word) in product.iter_mut().zip(lanes) {
					to.0[i] = word;
				}
			}
		}
	}
);
