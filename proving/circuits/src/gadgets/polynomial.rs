//! Dense operations whose parameters are [`words`]: all rows of `y = W x + b` at once, as an
//! identity of polynomials at the challenge.
//!
//! The elements of the input are coefficients of polynomials `X_c`, one for each channel of a [`Layout`],
//! and the words of a pack those of `P_c`. Where they stand is chosen so that the coefficient of
//! `sum_c P_c X_c` at a row's exponent is the sum of that row's products, of all outputs of the pack as
//! digits. So, with Y the polynomial that has there the packed results less the packed biases, and at all
//! other exponents what the prover says (*junk*), `sum_c P_c(z) X_c(z) = Y(z)`.
//!
//! Cost: for each group a constraint and wire for each element of the input but one of each channel; for
//! each pack one for each word and each coefficient; for each result a wire and a loose range; a few powers
//! of the challenge. With one row that is a product for each word, or for two of them if there are several
//! packs, and one for two inputs.
//!
//! Soundness: words are fixed before any proof, and input, results and junk are in the commit round, so all
//! coefficients are known before the challenge. Both sides have degree below the number of coefficients;
//! if they differ anywhere they differ at all but so many of `2^248` challenges. Each pack has an
//! equation of its own. So at a row's exponent `sum_k word_k x_k + bias = sum_j 2^(s j) y_j`. With words whose
//! digits are within their widths the true sums `t_j` are in their range, from m up; both `t_j - m` and
//! `y_j - m` are in `[0, 2^s)`, so they are equal, as in [`super::matmul`]. With any other words there is at most
//! one y, the digits of one number below `2^253`, or none.

use std::collections::BTreeMap;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};

use super::{
	packing::Packing,
	range::{self, Checks},
	words::{self, Pack},
	Backend, FieldElement, Integer, Reader,
};
use crate::{
	graph::MatMul,
	layout::{Channel, Layout},
	r1cs::field,
};

/// What the challenge is to say of the results of a group.
pub struct Claim<B: Backend> {
	layout: Layout,
	/// Channel by channel the elements of the input.
	x: Vec<Vec<B::Int>>,
	packs: Vec<(Pack<B::Field>, Coefficients<B>)>,
	/// Whether two channels share a product, see [`words::paired`].
	paired: bool,
}

/// The coefficients of a pack, by exponent; with the bias in those of rows.
type Coefficients<B> = Vec<<B as Backend>::Field>;

/// How the rows of an operation are told apart: in the way that costs least. One row is told apart from
/// none, and its channels have one weight each, in order, as [`words::paired`] takes them. (A word that meets
/// padding alone costs a row in either way.)
fn layout(dense: &MatMul, group: u32, packs: usize) -> Layout {
	let sequence = dense.sequence(group);
	match dense.convolution(group).filter(|_| dense.rows > 1) {
		Some(windows) if windows.cost(packs) < sequence.cost(packs) => windows,
		_ => sequence,
	}
}

/// The results, and what is left to say of them at the challenge; `words` are the operation's packs.
pub fn results<B: Backend>(
	b: &mut B,
	checks: &Checks,
	dense: &MatMul,
	packing: &Packing,
	words: Vec<Pack<B::Field>>,
	x: &[B::Int],
	known: &B::Known<&[i64]>,
) -> (Vec<B::Int>, Vec<Claim<B>>) {
	let (outputs, groups) = (dense.outputs(), dense.groups as usize);
	let count = dense.rows as usize * groups * outputs;
	let y: Vec<B::Int> = (0..count).map(|i| b.wire(|of| of.known(known)[i])).collect();
	for y in &y {
		range::loose(b, checks, &y.offset(-packing.range.min), packing.bits);
	}
	let (base, per_group) = (packing.base(), words::packs(dense, packing));
	let mut words = words.into_iter();
	let claims = (0..groups).map(|group| {
		let layout = layout(dense, group as u32, per_group);
		let channel = |channel: &Channel| {
			channel.inputs.iter().map(|(at, _)| x[*at as usize].clone()).collect()
		};
		let x: Vec<Vec<B::Int>> = layout.channels.iter().map(channel).collect();
		let mut packs = Vec::with_capacity(per_group);
		for (number, pack) in words.by_ref().take(per_group).enumerate() {
			let junk = b.know(|of| junk::<B>(of, &layout, &x, &pack.weights));
			let mut coefficients: Vec<Option<B::Field>> = vec![None; layout.coefficients as usize];
			for (row, exponent) in layout.outputs.iter().enumerate() {
				let first = (row * groups + group) * outputs;
				let own = number * packing.size..((number + 1) * packing.size).min(outputs);
				let digits: Vec<B::Field> = own.map(|j| y[first + j].clone().into()).collect();
				let sum = B::Field::packed(base, &digits).minus(&pack.bias);
				coefficients[*exponent as usize] = Some(sum);
			}
			let all = coefficients.into_iter().enumerate();
			let all = all.map(|(exponent, known)| match known {
				Some(sum) => sum,
				None => b.field_wire(|of| of.known(&junk)[exponent]),
			});
			let all = all.collect();
			packs.push((pack, all));
		}
		Claim { layout, x, packs, paired: words::paired(dense, packing) }
	});
	let claims = claims.collect();
	(y, claims)
}

/// All coefficients of the products of polynomials.
fn junk<B: Backend>(
	of: &B::Reader,
	layout: &Layout,
	x: &[Vec<B::Int>],
	words: &[B::Field],
) -> Vec<Fr> {
	// With a coefficient for each row there is no junk.
	if layout.outputs.len() == layout.coefficients as usize {
		return Vec::new();
	}
	let mut sums = vec![Fr::ZERO; layout.coefficients as usize];
	for (channel, x) in layout.channels.iter().zip(x) {
		for ((_, at), x) in channel.inputs.iter().zip(x) {
			let x = of.int(x);
			if x == 0 {
				continue;
			}
			let x = field(x);
			for (k, above) in &channel.weights {
				sums[(at + above) as usize] += x * of.field(&words[*k as usize]);
			}
		}
	}
	sums
}

/// Powers of the challenge, each worked out once.
pub struct Powers<B: Backend> {
	known: BTreeMap<u64, B::Field>,
}

impl<B: Backend> Powers<B> {
	/// Of this challenge, of which its first power is known.
	pub fn new(challenge: B::Field) -> Self {
		Self { known: BTreeMap::from([(1, challenge)]) }
	}

	/// One of them; the exponent is not 0.
	pub(super) fn get(&mut self, b: &mut B, exponent: u64) -> B::Field {
		if let Some(power) = self.known.get(&exponent) {
			return power.clone();
		}
		let (half, rest) = (exponent / 2, exponent - exponent / 2);
		let (left, right) = (self.get(b, rest), self.get(b, half));
		let power = times(b, "challenge.power", &left, &right);
		self.known.insert(exponent, power.clone());
		power
	}
}

/// A product on a wire.
pub(super) fn times<B: Backend>(
	b: &mut B,
	group: &'static str,
	left: &B::Field,
	right: &B::Field,
) -> B::Field {
	let product = b.field_wire(|of| of.field(left) * of.field(right));
	b.group(group, |g| g.enforce(left.clone(), right.clone(), product.clone()));
	product
}

/// A polynomial at the challenge, by Horner's rule: coefficients and exponents, the highest first.
pub(super) fn evaluate<B: Backend>(
	b: &mut B,
	group: &'static str,
	powers: &mut Powers<B>,
	terms: impl IntoIterator<Item = (B::Field, u64)>,
) -> B::Field {
	let mut terms = terms.into_iter();
	let Some((mut sum, mut above)) = terms.next() else { return B::Field::constant(Fr::ZERO) };
	let mut lower = |b: &mut B, sum: &B::Field, by: u64| match by {
		0 => sum.clone(),
		_ => {
			let power = powers.get(b, by);
			times(b, group, sum, &power)
		}
	};
	for (coefficient, exponent) in terms {
		sum = lower(b, &sum, above - exponent).plus(&coefficient);
		above = exponent;
	}
	lower(b, &sum, above)
}

/// Constrains the results of a group at the challenge.
pub fn constrain<B: Backend>(b: &mut B, claim: &Claim<B>, powers: &mut Powers<B>) {
	let Claim { layout, x, packs, paired } = claim;
	let mut at = Vec::with_capacity(layout.channels.len());
	for (channel, x) in layout.channels.iter().zip(x) {
		let terms = channel.inputs.iter().zip(x).rev();
		let terms = terms.map(|((_, exponent), x)| (x.clone().into(), u64::from(*exponent)));
		at.push(evaluate(b, "polynomial.input", powers, terms));
	}
	// A channel has one weight, if two share a product.
	let pairs = if *paired { at.as_chunks::<2>() } else { (&[][..], at.as_slice()) };
	let common: Vec<_> = pairs.0.iter().map(|[x, y]| times(b, "polynomial.common", x, y)).collect();
	let mut used = vec![false; packs.first().map_or(0, |(pack, _)| pack.weights.len())];
	for (k, _) in layout.channels.iter().flat_map(|channel| &channel.weights) {
		used[*k as usize] = true;
	}
	for (pack, coefficients) in packs {
		// Each word has a row of its own, or the commitment would not say what it is.
		b.group("polynomial.unused", |g| {
			let zero = B::Field::constant(Fr::ZERO);
			for (word, _) in pack.weights.iter().zip(&used).filter(|(_, used)| !**used) {
				g.vanish(word.clone(), zero.clone());
			}
		});
		let mut products = Vec::with_capacity(at.len());
		for ([x, y], [p, q]) in pairs.0.iter().zip(pack.weights.as_chunks::<2>().0) {
			products.push(times(b, "polynomial.pair", &x.plus(q), &y.plus(p)));
		}
		let single = layout.channels[2 * pairs.0.len()..].iter();
		for (channel, x) in single.zip(pairs.1) {
			let terms = channel.weights.iter().rev();
			let weight = |k: &u32| pack.weights[*k as usize].clone();
			let terms = terms.map(|(k, exponent)| (weight(k), u64::from(*exponent)));
			let weights = evaluate(b, "polynomial.weights", powers, terms);
			products.push(times(b, "polynomial.product", &weights, x));
		}
		let terms = (0..).zip(coefficients.iter().cloned());
		let terms: Vec<_> = terms.map(|(exponent, sum)| (sum, exponent)).collect();
		let result = evaluate(b, "polynomial.result", powers, terms.into_iter().rev());
		b.group("polynomial.identity", |g| {
			let one = Fr::ONE;
			let products = products.iter().map(|product| (one, product));
			let sum = B::Field::sum(products.chain(common.iter().map(|product| (-one, product))));
			g.equal(sum, result);
		});
	}
}
