//! Transforms of eight elements at a time, on processors with AVX2 and FMA. Whatever is in memory is
//! reduced.

use std::sync::OnceLock;

use ark_bn254::{Fr, FrConfig};
use ark_ff::{BigInt, Field, PrimeField};
use ark_poly::EvaluationDomain;
use fearless_simd::Avx2;

use super::{
	eights::{self, All, Eights},
	Domain, SIZES,
};
use crate::{
	avx2::{limbs, rows, transpose, Lanes, LANES},
	field,
	processor::avx2,
};

type Element = Lanes<FrConfig>;
type Row = eights::Row<f64>;
type Tables = eights::Tables<f64>;

static TABLES: All<f64> = [const { OnceLock::new() }; SIZES];

/// Nothing if the processor lacks what it takes, or the domain is too small.
pub fn product_on_coset(domain: &Domain, a: &[Fr], b: &[Fr]) -> Option<Vec<BigInt<4>>> {
	eights::product_on_coset(Vectors(avx2()?), domain, a, b)
}

#[derive(Clone, Copy)]
struct Vectors(Avx2);

impl Eights for Vectors {
	type Limb = f64;
	const TASK: usize = 256;

	/// Half of it takes R from `2^256` to `2^255`.
	fn twiddle() -> Fr {
		Fr::from(2u8).inverse().unwrap_or_default()
	}

	/// Factors are `2^256 a` and `2^256 b`, and a product is divided by `2^255`, as is each factor when
	/// it is scaled. With `2^126` times the root of 2 times the power the result is `a b`. That root is
	/// in the field, since there are roots of unity of order 8.
	fn scale(domain: &Domain) -> Fr {
		let root = Fr::from(2u8).sqrt().unwrap_or_default();
		let factor = Fr::from(2u8).pow([126]) * root * domain.size_inv();
		// In memory elements are 2^256 times what they stand for.
		factor * Fr::from(2u8).pow([256]).inverse().unwrap_or_default()
	}

	fn tables() -> &'static All<f64> {
		&TABLES
	}

	fn value(value: Fr) -> [f64; 5] {
		limbs(value.0 .0)
	}

	/// Less a prime if that is nearer to 0.
	fn constant(value: Fr) -> [f64; 5] {
		match value.0 <= Fr::MODULUS_MINUS_ONE_DIV_TWO {
			true => limbs(value.0 .0),
			false => limbs((-value).0 .0).map(|limb| -limb),
		}
	}

	fn forth_2(self, low: &mut [Row], high: &mut [Row], twiddle: &[f64; 5]) {
		forth_2(self.0, low, high, twiddle);
	}

	fn back_2(self, low: &mut [Row], high: &mut [Row], twiddle: &[f64; 5]) {
		back_2(self.0, low, high, twiddle);
	}

	fn forth_4(self, quarters: [&mut [Row]; 4], twiddles: &[[f64; 5]; 3]) {
		forth_4(self.0, quarters, twiddles);
	}

	fn back_4(self, quarters: [&mut [Row]; 4], twiddles: &[[f64; 5]; 3]) {
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
	/// Two levels towards values of a block's quarters, by the block's twiddle and its halves'.
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
	fn square(token: Avx2, rows: &mut [Row], block: usize, tables: &Tables) {
		let (down, up) = (tables.forth.levels(block), tables.back.levels(block));
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
	/// The products of elements, in the order of the rows, as integers below the prime.
	fn multiply(token: Avx2, a: &[Row], b: &[Row], product: &mut [BigInt<4>]) {
		for ((a, b), product) in a.iter().zip(b).zip(product.chunks_exact_mut(LANES)) {
			let words = get(a).times(get(b)).reduce().pack();
			for (to, row) in product.iter_mut().zip(rows(token, words)) {
				*to = field::Element::<FrConfig>::raw(row).field().0;
			}
		}
	}
);
