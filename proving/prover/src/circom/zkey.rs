//! `.zkey`: a key of snarkjs's own ceremony.
//!
//! snarkjs's prover multiplies the points `P_m` of the odd `2n`-th roots `g^m` with the values of
//! `a b - c` there, ours with those of `a b` alone ([`crate::qap`]). What is missing is linear in the
//! wires: `w_j` times the sum of `C_j(g^m) P_m`, with `C_j` of degree below n. So the points of the
//! last wires are those in the file less these sums, and a proof is what snarkjs's prover would make
//! with the same wires and the same randomness.
//!
//! `C_j` is the sum of `c_kj L_k`, with `L_k` the Lagrange polynomials over the `n`-th roots. So all
//! that is needed are the `R_k = sum L_k(g^m) P_m`; and as `L_k(X) = 1/n sum (X / g^2k)^t`, these are
//! two transforms of the points, with factors `g^t` in between.
//!
//! A public wire's point is the verifier's and stays as it is. It would need the same change if the
//! wire were on the right of a constraint, but in our plain circuits none is: others are refused.

use std::path::Path;

use ark_bn254::{Bn254, Fq, Fr, G1Affine, G1Projective, G2Affine};
use ark_ec::{pairing::Pairing, AffineRepr, CurveGroup};
use ark_ff::{Field, PrimeField};
use ark_poly::EvaluationDomain;
use rand::{CryptoRng, RngCore};
use rayon::prelude::*;
use zkml_groth16::PreparedKey;
use zkml_poseidon::from_field;
use zkml_primitives::Scalar;

use super::{
	check_plain,
	error::CircomError,
	sections::{self, field, read_g1, read_g2, u32_at, Sections, FIELD_BYTES},
};
use crate::{
	ceremony::{random, sums, Columns},
	fft::shift,
	files::FileError,
	keys::{ProvingKey, ProvingKeyFile, VerifyingPoints},
	msm::msm,
	prove::prove,
	qap::{self, Domain},
	r1cs::{R1cs, Wire},
};

const MAGIC: &[u8; 4] = b"zkey";
/// Groth16, among snarkjs's protocols.
const GROTH16: u32 = 1;
/// The header: two fields, three numbers, six points.
const HEADER_BYTES: usize = 2 * (4 + FIELD_BYTES) + 3 * 4 + 3 * 64 + 3 * 128;
/// A coefficient: matrix, row, wire, value.
const TERM: usize = 3 * 4 + FIELD_BYTES;

/// Sections of the file.
mod section {
	pub const PROTOCOL: u32 = 1;
	pub const HEADER: u32 = 2;
	pub const IC: u32 = 3;
	pub const COEFFICIENTS: u32 = 4;
	pub const A: u32 = 5;
	pub const B_G1: u32 = 6;
	pub const B_G2: u32 = 7;
	pub const LAST: u32 = 8;
	pub const H: u32 = 9;
	pub const CONTRIBUTIONS: u32 = 10;
}

/// What a file holds.
#[derive(Clone, Debug)]
pub struct Zkey<K> {
	/// The key in the file.
	pub key: K,
	/// How many contributions the file lists. Nobody checked them here.
	pub contributions: u32,
	/// What snarkjs calls the circuit hash: of the key before the first contribution.
	pub circuit_hash: [u8; 64],
}

/// Reads snarkjs's key for a plain system, as a file that names the settings it was made for.
///
/// Checked: sizes; that the coefficients are the circuit's; that each point is on its curve and in its
/// subgroup, and infinity exactly where the circuit has nothing; that delta, beta and the points of
/// the wires' `B` are the same in both groups; that gamma is the generator; that verifiers take the
/// key; that a proof of `witness` verifies, which should be random. Whether the points are
/// those of a phase 1 and of the contributions listed is for `snarkjs zkey verify` to say.
///
/// `progress` is told what is being done, and how many steps of how many are.
///
/// # Errors
///
/// If something is not as it is checked to be, or there is no witness.
pub fn import_zkey<R: RngCore + CryptoRng>(
	path: &Path,
	settings: [u8; 32],
	system: &R1cs,
	witness: impl FnOnce(&mut R) -> Result<Vec<Fr>, CircomError>,
	rng: &mut R,
	progress: &dyn Fn(&str, u64, u64),
) -> Result<Zkey<ProvingKeyFile>, CircomError> {
	let Zkey { key, contributions, circuit_hash } = read_zkey(path, system, rng, progress)?;
	let inputs = system.public - 1;
	let key = ProvingKeyFile::new(settings, key, None).ok_or(CircomError::Kind { inputs })?;
	progress("proving a random input", 0, 1);
	let prepared = zkml_groth16::prepare(key.circuit_key()).map_err(CircomError::Key)?;
	let wires = witness(rng)?;
	try_key(system, &key, &prepared, &wires, rng)?;
	Ok(Zkey { key, contributions, circuit_hash })
}

/// Proves a random witness. It finds mistakes, such as the key of a circuit of the same size, before
/// anybody registers the key; not malice.
fn try_key(
	system: &R1cs,
	key: &ProvingKeyFile,
	prepared: &PreparedKey,
	wires: &[Fr],
	rng: &mut (impl RngCore + CryptoRng),
) -> Result<(), CircomError> {
	let constraints = system.len();
	let proof = prove(system, key.key(), wires, None, &[], rng)
		.ok_or(CircomError::TooLarge { constraints })?;
	let inputs: Vec<Scalar> = wires[1..system.public].iter().map(|w| from_field(*w)).collect();
	zkml_groth16::verify(prepared, &inputs, &proof).map_err(CircomError::Unsound)
}

/// What the header counts: wires, public inputs without the constant, points of the domain.
fn counts(system: &R1cs, domain: &Domain) -> [u32; 3] {
	[system.wires, system.public - 1, domain.size()].map(|count| count as u32)
}

/// The points of a key in the header.
struct Head {
	alpha: G1Affine,
	beta_g1: G1Affine,
	beta: G2Affine,
	gamma: G2Affine,
	delta_g1: G1Affine,
	delta: G2Affine,
}

impl Head {
	fn read(bytes: &[u8]) -> Option<Self> {
		let (alpha, rest) = bytes.split_at_checked(64)?;
		let (beta_g1, rest) = rest.split_at_checked(64)?;
		let (beta, rest) = rest.split_at_checked(128)?;
		let (gamma, rest) = rest.split_at_checked(128)?;
		let (delta_g1, delta) = rest.split_at_checked(64)?;
		Some(Self {
			alpha: read_g1(alpha)?,
			beta_g1: read_g1(beta_g1)?,
			beta: read_g2(beta)?,
			gamma: read_g2(gamma)?,
			delta_g1: read_g1(delta_g1)?,
			delta: read_g2(delta)?,
		})
	}
}

/// The same for any plain system, and without a proof.
///
/// # Errors
///
/// If the file cannot be read, the system has rounds or a public wire in a product, or the key is not one
/// for it.
pub fn read_zkey(
	path: &Path,
	system: &R1cs,
	rng: &mut (impl RngCore + CryptoRng),
	progress: &dyn Fn(&str, u64, u64),
) -> Result<Zkey<ProvingKey>, CircomError> {
	check_plain(system.committed > 0, system.rounds.len())?;
	let products = system.c.wires();
	if let Some(wire) = products.first().copied().filter(|wire| (*wire as usize) < system.public) {
		return Err(CircomError::PublicProduct { wire });
	}
	let constraints = system.len();
	let domain = qap::domain(constraints).ok_or(CircomError::TooLarge { constraints })?;
	let stage = |done| progress("reading the key", done, 4);
	stage(0);
	let mut file = Sections::open(path, MAGIC, "a key in snarkjs's format")?;
	let head = header(&mut file, system, &domain)?;
	check_coefficients(&mut file, system)?;
	stage(1);
	let in_some = |lists: &[&[Wire]]| {
		let mut has = vec![false; system.wires];
		lists.iter().for_each(|list| list.iter().for_each(|wire| has[*wire as usize] = true));
		has
	};
	let (in_a, in_b) = (in_some(&[&system.a_wires]), in_some(&[&system.b_wires]));
	let in_any = in_some(&[&system.a_wires, &system.b_wires, &products]);
	let ic = file.g1(section::IC, system.public as u64, system.public)?;
	let a = file.g1_of(section::A, &in_a)?;
	let b_g1 = file.g1_of(section::B_G1, &in_b)?;
	stage(2);
	let b_g2 = file.g2_of(section::B_G2, &in_b)?;
	stage(3);
	let points = file.g1_of(section::LAST, &in_any[system.last()])?;
	let h = file.g1(section::H, domain.size() as u64, domain.size())?;
	let tail = file.bytes(section::CONTRIBUTIONS, None, 68)?;
	let contributions = u32_at(&tail, 64);
	let mut circuit_hash = [0; 64];
	circuit_hash.copy_from_slice(&tail[..64]);
	check_pairs(&head, (&b_g1, &b_g2), rng)?;
	stage(4);

	// Wires that are in no constraint have infinity.
	let mut points = points.into_iter();
	let mut point = |has: &bool| if *has { points.next() } else { None }.unwrap_or_default();
	let last: Vec<G1Affine> = in_any[system.last()].iter().map(&mut point).collect();
	let last = change_basis(system, &domain, last, &h, progress);
	let Head { alpha, beta_g1, beta, gamma, delta_g1, delta } = head;
	let (committed, rounds) = (None, Vec::new());
	let verifying = VerifyingPoints { alpha, beta, gamma, delta, committed, rounds, ic };
	let rounds = Vec::new();
	let committed = Vec::new();
	let key =
		ProvingKey { verifying, beta_g1, delta_g1, committed, rounds, a, b_g1, b_g2, h, last };
	Ok(Zkey { key, contributions, circuit_hash })
}

/// Reads protocol and header, whose counts must be the circuit's.
fn header(file: &mut Sections<'_>, system: &R1cs, domain: &Domain) -> Result<Head, CircomError> {
	let protocol = u32_at(&file.bytes(section::PROTOCOL, Some(4), 4)?, 0);
	if protocol != GROTH16 {
		let got = format!("one of protocol {protocol}");
		return Err(file.error("a key of Groth16, protocol 1", got).into());
	}
	let bytes = file.bytes(section::HEADER, Some(HEADER_BYTES as u64), HEADER_BYTES)?;
	let fields = [field(&Fq::MODULUS), field(&Fr::MODULUS)].concat();
	let (got, rest) = bytes.split_at(fields.len());
	if got != fields {
		return Err(file.error("a key over BN254", "another curve").into());
	}
	let (expected, got) = (counts(system, domain), [0, 4, 8].map(|at| u32_at(rest, at)));
	if expected != got {
		let words = |[wires, public, domain]: [u32; 3]| {
			format!("{wires} wires, {public} public inputs and a domain of {domain}")
		};
		let expected = format!("a key for {}", words(expected));
		return Err(file.error(expected, format!("one for {}", words(got))).into());
	}
	let head = Head::read(&rest[12..])
		.ok_or_else(|| file.error("points of the curve's groups in the header", "others"))?;
	if head.gamma != G2Affine::generator() {
		return Err(CircomError::Points {
			expected: "gamma to be the generator, as snarkjs makes it",
			got: "another point",
		});
	}
	Ok(head)
}

/// The file lists left and right factors, row by row, each coefficient times 2^512: those of snarkjs's
/// prover. They must be the circuit's, since else the key is of another one.
fn check_coefficients(file: &mut Sections<'_>, system: &R1cs) -> Result<(), FileError> {
	let sides = [&system.a, &system.b];
	let terms: usize = sides.iter().map(|matrix| matrix.terms()).sum();
	let length = 4 + terms * TERM;
	let bytes = file.bytes(section::COEFFICIENTS, Some(length as u64), length)?;
	let counted = u32_at(&bytes, 0);
	if counted as usize != terms {
		return Err(file.error(format!("{terms} coefficients in section 4"), counted));
	}
	let montgomery = Fr::from(2).pow([256]);
	let entry = |side: usize, row: usize, (wire, value): (Wire, Fr)| {
		let mut entry = Vec::with_capacity(TERM);
		[side as u32, row as u32, wire].iter().for_each(|n| entry.extend(n.to_le_bytes()));
		// In memory it is times 2^256 already.
		sections::put_integer(&mut entry, &(value * montgomery).0);
		entry
	};
	let mut listed = bytes[4..].chunks_exact(TERM);
	for row in 0..system.len() {
		for (side, matrix) in sides.iter().enumerate() {
			let same = |term| listed.next() == Some(&entry(side, row, term));
			if !matrix.row(row).all(same) {
				let expected = format!("this circuit's coefficients in row {row} of section 4");
				return Err(file.error(expected, "those of another"));
			}
		}
	}
	Ok(())
}

/// That what is in both groups is the same there. Delta in G1 blinds A, and no verifier sees it; a
/// wire whose B is not the same twice would make proofs verify only while it is 0.
fn check_pairs(
	head: &Head,
	(b_g1, b_g2): (&[G1Affine], &[G2Affine]),
	rng: &mut (impl RngCore + CryptoRng),
) -> Result<(), CircomError> {
	let same = |g1: G1Affine, g2: G2Affine| {
		Bn254::pairing(g1, G2Affine::generator()) == Bn254::pairing(G1Affine::generator(), g2)
	};
	let wrong = |expected| Err(CircomError::Points { expected, got: "others" });
	if !same(head.delta_g1, head.delta) {
		return wrong("delta to be the same in G1 and G2");
	}
	if !same(head.beta_g1, head.beta) {
		return wrong("beta to be the same in G1 and G2");
	}
	let numbers = random(b_g1.len(), rng);
	if !same(msm(b_g1, &numbers).into_affine(), msm(b_g2, &numbers).into_affine()) {
		return wrong("the points of right factors to be the same in G1 and G2");
	}
	Ok(())
}

/// From the last wires' points as snarkjs has them to those that we have, with the points of the odd
/// roots.
fn change_basis(
	system: &R1cs,
	domain: &Domain,
	last: Vec<G1Affine>,
	h: &[G1Affine],
	progress: &dyn Fn(&str, u64, u64),
) -> Vec<G1Affine> {
	let stage = |done| progress("changing the basis", done, 4);
	stage(0);
	let mut points: Vec<G1Projective> = h.iter().map(|p| p.into_group()).collect();
	domain.fft_in_place(&mut points);
	stage(1);
	let mut factors = vec![domain.size_inv(); points.len()];
	let root = shift(domain);
	for t in 1..factors.len() {
		factors[t] = factors[t - 1] * root;
	}
	points.par_iter_mut().zip(&factors).for_each(|(point, factor)| *point *= factor);
	stage(2);
	domain.fft_in_place(&mut points);
	// With the inverse root, only the order is another.
	points[1..].reverse();
	let basis = G1Projective::normalize_batch(&points);
	stage(3);
	let columns = Columns::new(&system.c, system);
	let wires: Vec<Wire> = system.last().map(|wire| wire as Wire).collect();
	let less = sums(&wires, &|_| (), |wire| columns.terms(wire, &basis));
	let last: Vec<G1Projective> = last.iter().zip(&less).map(|(l, r)| *l - *r).collect();
	stage(4);
	G1Projective::normalize_batch(&last)
}
