//! Transforms of eight elements at a time, on processors with AVX-512 IFMA.

use std::sync::OnceLock;

use ark_bn254::Fr;
use ark_ff::{BigInt, Field};
use ark_poly::EvaluationDomain;
use fearless_simd::Avx512;

use super::{
	eights::{self, All, Eights},
	Domain, SIZES,
};
use crate::{
	ifma::{split, store, transpose, vector, Lanes, Scalars, LANES},
	processor::avx512,
};

type Element = Lanes<Scalars>;
type Row = eights::Row<u64>;
type Tables = eights::Tables<u64>;

static TABLES: All<u64> = [const { OnceLock::new() }; SIZES];

/// Nothing if the processor lacks what it takes, or the domain is too small.
pub fn product_on_coset(domain: &Domain, a: &[Fr], b: &[Fr]) -> Option<Vec<BigInt<4>>> {
	eights::product_on_coset(Vectors(avx512()?), domain, a, b)
}

#[derive(Clone, Copy)]
struct Vectors(Avx512);

impl Eights for Vectors {
	type Limb = u64;
	const TASK: usize = 512;

	/// 16 takes R from `2^256` to `2^260`.
	fn twiddle() -> Fr {
		Fr::from(16)
	}

	/// Factors are `2^256 a` and `2^256 b`, and a product is divided by `2^260`, as is each factor when
	/// it is scaled. With `2^134` times the power the result is `a b`.
	fn scale(domain: &Domain) -> Fr {
		let factor = Fr::from(2u8).pow([134]) * domain.size_inv();
		// In memory elements are 2^256 times what they stand for.
		factor * Fr::from(2u8).pow([256]).inverse().unwrap_or_default()
	}

	fn tables() -> &'static All<u64> {
		&TABLES
	}

	fn value(value: Fr) -> [u64; 5] {
		split(value.0 .0)
	}

	fn constant(value: Fr) -> [u64; 5] {
		split(value.0 .0)
	}

	fn forth_2(self, low: &mut [Row], high: &mut [Row], twiddle: &[u64; 5]) {
		forth_2(self.0, low, high, twiddle);
	}

	fn back_2(self, low: &mut [Row], high: &mut [Row], twiddle: &[u64; 5]) {
		back_2(self.0, low, high, twiddle);
	}

	fn forth_4(self, quarters: [&mut [Row]; 4], twiddles: &[[u64; 5]; 3]) {
		forth_4(self.0, quarters, twiddles);
	}

	fn back_4(self, quarters: [&mut [Row]; 4], twiddles: &[[u64; 5]; 3]) {
		back_4(self.0, quarters, twiddles);
	}

	fn square(self, rows: &mut [Row], block: usize, tables: &Tables) {
		square(self.0, rows, block, tables);
	}

	fn multiply(self, a: &[Row], b: &[Row], product: &mut [BigInt<4>]) {
		multiply(self.0, a, b, product);
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
	fn square(token: Avx512, rows: &mut [Row], block: usize, tables: &Tables) {
		let (down, up) = (tables.forth.levels(block), tables.back.levels(block));
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
