//! Rows of a table, picked by computed indices: for each of Q indices one of N rows of W elements.
//!
//! - **Selected**: a bit for each row and index, which add up to 1 and select the index; the results are the sum of
//!   the rows, each times its bit. Cost: N constraints an index, for constants nothing else; for a computed table
//!   a product of the matrix of bits and the table ([`super::product`]).
//! - **By fingerprints**, in circuits with a commit round: a row's is `F_t(z) = t + sum_j z^(j+1) r_tj`, an index's with
//!   its results `G_q(z) = x_q + sum_j z^(j+1) y_qj`, where indices count from the first row. At `w = z^D` the circuit
//!   says `u_q (w - G_q) = 1`, `v_t (w - F_t) = m_t` and `sum u_q = sum v_t`, with `m_t` the number of times that row t
//!   is picked. Cost: a wire for each result, `W + 1` constraints an index, one and a wire a row of constants, whatever
//!   their number, `W + 1` of a computed one, one a table; powers of the challenge, up to W and for D.
//!
//! Soundness of the first: all bits are 0 or 1, their sum is 1 as a field element, and there are fewer than the
//! modulus; so one of them is 1, and it is that of the index, whose number it gives. Then results are the row.
//!
//! Soundness of the second: indices, results, computed rows and multiplicities are combinations of wires of the commit
//! round, so all F and G are known, as polynomials, before the challenge. Let P be the set of those, `c_p` the
//! number of indices with `G_q = p` less the multiplicities of rows with `F_t = p`, and
//! `R = sum_p c_p / (W - p(Z)) = N(Z, W) / prod_p (W - p(Z))` in two variables. If some `G_q` is no row's, its `c_p` is 1
//! to Q, and at `W = p(Z)` N is `c_p` times a product of differences of different polynomials: N is not 0. Its degree in Z
//! is at most `(|P| - 1) W < D`, so `N(Z, Z^D)` is not 0 either, since no two of its terms meet (Kronecker), and has a
//! degree of at most `D (|P| - 1)`. At every other challenge the sums differ, unless `w = F_t(z)` for a row, where `v_t` is
//! free: `Z^D - F_t(Z)` has D roots at most. Together no more than `D (Q + 2 N)` of `2^248` challenges, [`bad_challenges`]; a
//! table for which that is above `2^36` is not looked up this way. So each `G_q` is some `F_t` as a polynomial: `x_q = t`, and
//! the results are row t, whatever field elements those are.
//!
//! One challenge for both, `w = z`, would not do: `1 / (z - F_t(z))` of different polynomials can add up to nothing.

use ark_bn254::Fr;
use ark_ff::{batch_inversion, AdditiveGroup, Field};

use super::{
	polynomial::{evaluate, Powers},
	product,
	range::Checks,
	Backend, FieldElement, Integer, Reader, Witness,
};
use crate::{
	graph::{Pick, Product, Table},
	r1cs::field,
};

/// Most challenges, as a power of two, at which a wrong row may pass.
const BAD: u32 = 36;

/// What the challenge is to say of picked rows.
pub struct Claim<B: Backend> {
	rows: Rows<B>,
	width: usize,
	/// Index by index, from 0 up, with the results.
	queries: Vec<(B::Int, Vec<B::Int>)>,
	/// The row of each.
	places: B::Known<Vec<usize>>,
	/// For each row how many of the queries pick it.
	multiplicities: Vec<B::Int>,
}

/// The rows of a table.
enum Rows<B: Backend> {
	Constant(Vec<i32>),
	Computed(Vec<B::Int>),
}

/// The exponent D of the power of the challenge that fingerprints are compared at, a power of two.
fn exponent(pick: &Pick, queries: u64) -> u64 {
	let all = (u64::from(pick.rows) + queries).saturating_mul(pick.width.into());
	all.checked_add(1).and_then(u64::checked_next_power_of_two).unwrap_or(1 << 63)
}

/// Challenges at which a wrong row may pass, of `2^248`.
pub fn bad_challenges(pick: &Pick, queries: u64) -> u64 {
	exponent(pick, queries).saturating_mul(queries.saturating_add(2 * u64::from(pick.rows)))
}

/// The product of bits and table.
fn selection(pick: &Pick, queries: u64) -> Product {
	// The plan has that many elements.
	Product { batch: 1, rows: queries as u32, inner: pick.rows, columns: pick.width }
}

/// Constraints in the cheaper way, but for powers of the challenge in part.
pub fn cost(checks: &Checks, pick: &Pick, queries: u64) -> u64 {
	match by_fingerprints(checks, pick, queries) {
		true => fingerprint_cost(pick, queries),
		false => selected_cost(checks, pick, queries),
	}
}

/// The constraints if a selector of bits picks each row.
fn selected_cost(checks: &Checks, pick: &Pick, queries: u64) -> u64 {
	let bits = if pick.rows == 1 { 0 } else { queries * u64::from(pick.rows) };
	match pick.table {
		Table::OneHot | Table::Constant(_) => bits,
		Table::Computed => bits + product::cost(checks, &selection(pick, queries)),
	}
}

/// The constraints if rows are compared by fingerprints at the challenge.
fn fingerprint_cost(pick: &Pick, queries: u64) -> u64 {
	let (rows, width) = (u64::from(pick.rows), u64::from(pick.width));
	let point = u64::from(exponent(pick, queries).ilog2());
	let table = match pick.table {
		Table::OneHot | Table::Constant(_) => rows + width - 1,
		Table::Computed => rows * (width + 1),
	};
	queries * (width + 1) + table + 1 + point
}

/// Whether rows are told by fingerprints: where that costs less.
pub fn by_fingerprints(checks: &Checks, pick: &Pick, queries: u64) -> bool {
	let possible = match checks {
		Checks::Bits => false,
		Checks::Tables { .. } => bad_challenges(pick, queries) <= 1 << BAD,
	};
	possible
		&& pick.table != Table::OneHot
		&& fingerprint_cost(pick, queries) < selected_cost(checks, pick, queries)
}

/// What is left to say of the results.
pub enum Left<B: Backend> {
	/// That a product is one.
	Products(Vec<product::Claim<B>>),
	/// That rows are the table's.
	Rows(Claim<B>),
}

/// The rows that are picked, and what is left to say of them at the challenge; the prover knows their values.
pub fn results<B: Backend>(
	b: &mut B,
	checks: &Checks,
	pick: &Pick,
	(x, table): (&[B::Int], &[B::Int]),
	known: &B::Known<&[i64]>,
) -> (Vec<B::Int>, Left<B>) {
	let at: Vec<B::Int> = x.iter().map(|x| x.offset(-pick.first)).collect();
	let width = pick.width as usize;
	if by_fingerprints(checks, pick, x.len() as u64) {
		let results: Vec<B::Int> =
			(0..x.len() * width).map(|i| b.wire(|of| of.known(known)[i])).collect();
		let places = b.know(|of| at.iter().map(|at| of.int(at) as usize).collect::<Vec<_>>());
		let counts = b.know(|of| {
			let mut counts = vec![0i64; pick.rows as usize];
			of.known(&places).iter().for_each(|row| counts[*row] += 1);
			counts
		});
		let multiplicities =
			(0..pick.rows as usize).map(|row| b.wire(|of| of.known(&counts)[row])).collect();
		let rows = match &pick.table {
			Table::Constant(values) => Rows::Constant(values.clone()),
			Table::OneHot | Table::Computed => Rows::Computed(table.to_vec()),
		};
		let own = results.chunks_exact(width).map(<[B::Int]>::to_vec);
		let queries = at.into_iter().zip(own).collect();
		return (results, Left::Rows(Claim { rows, width, queries, places, multiplicities }));
	}
	let bits: Vec<Vec<B::Int>> = at.iter().map(|at| selectors(b, pick.rows, at)).collect();
	match &pick.table {
		Table::OneHot => (bits.concat(), Left::Products(Vec::new())),
		Table::Constant(values) => {
			let selected = |bits: &Vec<B::Int>, column: usize| {
				let column = values.iter().skip(column).step_by(width);
				B::Int::sum(column.map(|value| i64::from(*value)).zip(bits))
			};
			let results = b.linear(
				|| {
					let row = |bits| (0..width).map(move |column| selected(bits, column));
					bits.iter().flat_map(row).collect()
				},
				|of| of.known(known).iter().map(|value| B::Int::constant(*value)).collect(),
			);
			(results, Left::Products(Vec::new()))
		}
		Table::Computed => {
			let shape = selection(pick, x.len() as u64);
			let (results, claims) =
				product::results(b, checks, &shape, [&bits.concat(), table], known);
			(results, Left::Products(claims))
		}
	}
}

/// For each row whether it is the one that is picked; the first two follow from the others.
fn selectors<B: Backend>(b: &mut B, rows: u32, at: &B::Int) -> Vec<B::Int> {
	if rows == 1 {
		// The plan has but one index.
		return vec![B::Int::constant(1)];
	}
	let others: Vec<B::Int> =
		(2..i64::from(rows)).map(|row| b.wire(|of| i64::from(of.int(at) == row))).collect();
	let second = at.minus(&B::Int::sum((2..).zip(&others)));
	let rest = B::Int::sum([(1, &second)].into_iter().chain(others.iter().map(|bit| (1, bit))));
	let first = B::Int::constant(1).minus(&rest);
	let all: Vec<B::Int> = [first, second].into_iter().chain(others).collect();
	b.group("pick.selector", |g| all.iter().for_each(|bit| g.boolean(bit.clone())));
	all
}

/// Constrains picked rows at the challenge, which is no [row](is_row).
pub fn constrain<B: Backend>(b: &mut B, claim: &Claim<B>, powers: &mut Powers<B>) {
	let Claim { rows, width, queries, places, multiplicities } = claim;
	let own: Vec<B::Field> = match rows {
		Rows::Constant(_) => (1..=*width as u64).map(|e| powers.get(b, e)).collect(),
		Rows::Computed(_) => Vec::new(),
	};
	let point = powers.get(b, claim.exponent());
	let fingerprint =
		|b: &mut B, group, powers: &mut Powers<B>, first: B::Field, rest: &[B::Int]| {
			let rest = rest.iter().cloned().map(B::Field::from);
			let all: Vec<_> = [first].into_iter().chain(rest).zip(0..).collect();
			evaluate(b, group, powers, all.into_iter().rev())
		};
	let count = multiplicities.len();
	let mut prints = Vec::with_capacity(count);
	for row in 0..count {
		let first = B::Field::constant(field(row as i64));
		let elements = row * width..(row + 1) * width;
		prints.push(match rows {
			Rows::Constant(values) => {
				let values = values[elements].iter().map(|value| field(i64::from(*value)));
				B::Field::sum([(Fr::ONE, &first)].into_iter().chain(values.zip(&own)))
			}
			Rows::Computed(values) => {
				fingerprint(b, "pick.table", powers, first, &values[elements])
			}
		});
	}
	let inverses = b.know(|of| {
		let mut inverses: Vec<Fr> =
			prints.iter().map(|print| of.field(&point) - of.field(print)).collect();
		batch_inversion(&mut inverses);
		inverses
	});
	let mut sum = Vec::with_capacity(queries.len());
	for (query, (at, results)) in queries.iter().enumerate() {
		let print = fingerprint(b, "pick.result", powers, at.clone().into(), results);
		let inverse = b.field_wire(|of| of.known(&inverses)[of.known(places)[query]]);
		b.group("pick.query", |g| {
			g.enforce(inverse.clone(), point.minus(&print), B::Field::constant(Fr::ONE));
		});
		sum.push(inverse);
	}
	let mut quotients = Vec::with_capacity(count);
	for (row, (print, multiplicity)) in prints.iter().zip(multiplicities).enumerate() {
		let quotient = b.field_wire(|of| match of.int(multiplicity) {
			0 => Fr::ZERO,
			count => field(count) * of.known(&inverses)[row],
		});
		b.group("pick.row", |g| {
			g.enforce(quotient.clone(), point.minus(print), multiplicity.clone());
		});
		quotients.push(quotient);
	}
	b.group("pick.sum", |g| {
		let one = Fr::ONE;
		let parts = sum.iter().map(|inverse| (one, inverse));
		let parts = parts.chain(quotients.iter().map(|quotient| (-one, quotient)));
		g.equal(B::Field::sum(parts), B::Field::constant(Fr::ZERO));
	});
}

impl<B: Backend> Claim<B> {
	/// The exponent of the power of the challenge that fingerprints are compared at.
	fn exponent(&self) -> u64 {
		let (rows, width) = (self.multiplicities.len() as u32, self.width as u32);
		let shape = Pick { first: 0, rows, width, table: Table::Computed };
		exponent(&shape, self.queries.len() as u64)
	}
}

/// Whether a row's fingerprint is what they are compared at, so that nothing can be proved with the challenge: at
/// most as many rows times D of `2^248` are such.
pub fn is_row(claim: &Claim<Witness>, challenge: Fr) -> bool {
	let point = challenge.pow([claim.exponent()]);
	let print = |row: usize| {
		let elements = row * claim.width..(row + 1) * claim.width;
		let lower = |sum: Fr, value: i64| (sum + field(value)) * challenge;
		let rest = match &claim.rows {
			Rows::Constant(values) => {
				values[elements].iter().rev().fold(Fr::ZERO, |sum, v| lower(sum, (*v).into()))
			}
			Rows::Computed(values) => {
				values[elements].iter().rev().fold(Fr::ZERO, |s, v| lower(s, *v))
			}
		};
		rest + field(row as i64)
	};
	(0..claim.multiplicities.len()).any(|row| print(row) == point)
}
