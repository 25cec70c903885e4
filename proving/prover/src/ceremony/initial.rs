//! From powers to the key before the first contribution, in the exponent: nobody sees the secrets.

use ark_bn254::{Fr, G1Affine, G2Affine};
use ark_ec::{
	short_weierstrass::{Affine, Projective, SWCurveConfig},
	AffineRepr, CurveGroup,
};
use ark_ff::{BigInteger, PrimeField, Zero};
use ark_poly::EvaluationDomain;
use rayon::prelude::*;

use super::{error::CeremonyError, powers::Powers};
use crate::{
	keys::{ProvingKey, Round, VerifyingPoints},
	msm::{msm, Curve},
	qap::{self, Domain},
	r1cs::{Matrix, R1cs, Wire},
};

/// Wires per step of the progress report.
const STEP: usize = 1 << 10;
/// From this many terms on, sorting into buckets is faster than term by term, as measured.
const LONG: usize = 24;
/// Bits of a coefficient that is doubled and added rather than decomposed.
const SHORT: u32 = 64;

/// The key of a system with gamma and all deltas 1: what [`crate::setup::generate_from`] would make
/// with the powers' secrets. It is no key to use: verifiers refuse it.
///
/// The points of `tau` in the Lagrange bases are inverse transforms of its powers; the columns of
/// the matrices are sums of those. `progress` is told what is being done, and how many steps of how
/// many are.
///
/// # Errors
///
/// If the system is too large for the field or the powers.
pub fn initial_key(
	system: &R1cs,
	powers: &Powers,
	progress: &dyn Fn(&str, u64, u64),
) -> Result<ProvingKey, CeremonyError> {
	let constraints = system.len();
	let too_large = || CeremonyError::TooLarge { constraints };
	let domain = qap::domain(constraints).ok_or_else(too_large)?;
	let size = domain.size();
	let double = Domain::new(2 * size).ok_or_else(too_large)?;
	powers.check_size(size)?;

	// A transform of twice the size takes twice as long, and one in G2 about three times.
	let stage = |done| progress("transforming the powers", done, 8);
	stage(0);
	let tau = lagrange(&powers.tau_g1[..size], &domain);
	stage(1);
	let alpha = lagrange(&powers.alpha_g1[..size], &domain);
	stage(2);
	let beta = lagrange(&powers.beta_g1[..size], &domain);
	stage(3);
	let twice = lagrange(&powers.tau_g1[..2 * size], &double);
	let even: Vec<G1Affine> = twice.iter().copied().step_by(2).collect();
	let h = twice.into_iter().skip(1).step_by(2).collect();
	stage(5);
	let tau_g2 = lagrange(&powers.tau_g2[..size], &domain);
	stage(8);

	let [a, b, c] = [&system.a, &system.b, &system.c].map(|matrix| Columns::new(matrix, system));
	let total = (system.wires + system.a_wires.len() + 2 * system.b_wires.len()) as u64;
	let done = std::cell::Cell::new(0);
	let report = |wires: usize| {
		done.set(done.get() + wires as u64);
		progress("summing the columns", done.get(), total);
	};
	let all: Vec<Wire> = (0..system.wires as Wire).collect();
	let mixed = sums(&all, &report, |wire| {
		let parts = [(&a, &beta), (&b, &alpha), (&c, &even)];
		parts.into_iter().flat_map(move |(columns, basis)| columns.terms(wire, basis))
	});
	let a_points = sums(&system.a_wires, &report, |wire| a.terms(wire, &tau));
	let b_g1 = sums(&system.b_wires, &report, |wire| b.terms(wire, &tau));
	let b_g2 = sums(&system.b_wires, &report, |wire| b.terms(wire, &tau_g2));

	let (g1, g2) = (G1Affine::generator(), G2Affine::generator());
	Ok(ProvingKey {
		verifying: VerifyingPoints {
			alpha: powers.alpha_g1[0],
			beta: powers.beta_g2,
			gamma: g2,
			delta: g2,
			committed: (system.committed > 0).then_some(g2),
			rounds: vec![g2; system.rounds.len()],
			ic: mixed[..system.public].to_vec(),
		},
		beta_g1: powers.beta_g1[0],
		delta_g1: g1,
		committed: mixed[system.committed()].to_vec(),
		rounds: (0..system.rounds.len())
			.map(|i| Round { delta_g1: g1, query: mixed[system.round(i)].to_vec() })
			.collect(),
		a: a_points,
		b_g1,
		b_g2,
		h,
		last: mixed[system.last()].to_vec(),
	})
}

/// From `X^k` to the Lagrange polynomials of a domain, at the point that the powers are of.
fn lagrange<P: Curve<ScalarField = Fr>>(powers: &[Affine<P>], domain: &Domain) -> Vec<Affine<P>> {
	let mut points: Vec<Projective<P>> = powers.iter().map(|p| p.into_group()).collect();
	domain.ifft_in_place(&mut points);
	Projective::normalize_batch(&points)
}

/// A matrix by columns.
pub(crate) struct Columns {
	starts: Vec<usize>,
	terms: Vec<(u32, Fr)>,
}

impl Columns {
	pub fn new(matrix: &Matrix, system: &R1cs) -> Self {
		let rows = || (0..system.len()).flat_map(|i| matrix.row(i).map(move |term| (i, term)));
		let mut starts = vec![0; system.wires + 1];
		rows().for_each(|(_, (wire, _))| starts[wire as usize + 1] += 1);
		for wire in 0..system.wires {
			starts[wire + 1] += starts[wire];
		}
		let mut next = starts.clone();
		let mut terms = vec![(0, Fr::zero()); starts[system.wires]];
		for (row, (wire, coefficient)) in rows() {
			let at = &mut next[wire as usize];
			terms[*at] = (row as u32, coefficient);
			*at += 1;
		}
		Self { starts, terms }
	}

	/// A column's coefficients, each with the point of its row.
	pub fn terms<'a, P: SWCurveConfig>(
		&'a self,
		wire: Wire,
		basis: &'a [Affine<P>],
	) -> impl Iterator<Item = (Affine<P>, Fr)> + 'a {
		let range = self.starts[wire as usize]..self.starts[wire as usize + 1];
		self.terms[range].iter().map(|(row, coefficient)| (basis[*row as usize], *coefficient))
	}
}

/// The sums of the terms of each wire.
pub(crate) fn sums<P, T>(
	wires: &[Wire],
	report: &dyn Fn(usize),
	terms: impl Fn(Wire) -> T + Sync,
) -> Vec<Affine<P>>
where
	P: Curve<ScalarField = Fr>,
	T: Iterator<Item = (Affine<P>, Fr)>,
{
	let mut points = Vec::with_capacity(wires.len());
	for chunk in wires.chunks(STEP) {
		let sums: Vec<Projective<P>> =
			chunk.par_iter().map(|wire| sum(terms(*wire).collect())).collect();
		points.extend(Projective::normalize_batch(&sums));
		report(chunk.len());
	}
	points
}

fn sum<P: Curve<ScalarField = Fr>>(terms: Vec<(Affine<P>, Fr)>) -> Projective<P> {
	if terms.len() >= LONG {
		let (points, scalars): (Vec<_>, Vec<_>) =
			terms.into_iter().map(|(p, c)| (p, c.into_bigint())).unzip();
		return msm(&points, &scalars);
	}
	terms.into_iter().map(|(point, coefficient)| multiple(point, coefficient)).sum()
}

/// Most coefficients are small numbers of either sign.
fn multiple<P: Curve<ScalarField = Fr>>(point: Affine<P>, coefficient: Fr) -> Projective<P> {
	let (plus, minus) = (coefficient.into_bigint(), (-coefficient).into_bigint());
	let (point, size) = if minus < plus { (-point, minus) } else { (point, plus) };
	if size.num_bits() > SHORT {
		return point * if minus < plus { -coefficient } else { coefficient };
	}
	let mut product = Projective::zero();
	for bit in (0..size.num_bits() as usize).rev() {
		product += product;
		if size.get_bit(bit) {
			product += point;
		}
	}
	product
}
