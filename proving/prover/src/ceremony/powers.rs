//! Phase 1: the powers of a secret that many people made and nobody knows, read from the file that
//! snarkjs writes and public ceremonies publish (`.ptau`).
//!
//! A file of power p holds `tau^i` in G1 for `i < 2^(p+1) - 1`, in G2 for `i < 2^p`, `alpha tau^i` and
//! `beta tau^i` in G1 for `i < 2^p`, and beta in G2. Numbers are little-endian; coordinates are in
//! Montgomery form (times 2^256), imaginary parts behind real ones. A circuit on a domain of n needs
//! `tau^(2n-1)`, which is the first that a file of `2^p = n` lacks: it takes the next.

use std::path::Path;

use ark_bn254::{Bn254, Fq, Fr, G1Affine, G1Projective, G2Affine, G2Projective};
use ark_ec::{
	pairing::Pairing,
	scalar_mul::BatchMulPreprocessing,
	short_weierstrass::{Affine, Projective},
	AffineRepr, CurveGroup, PrimeGroup,
};
use ark_ff::{BigInt, Field, PrimeField, UniformRand};
use ark_poly::EvaluationDomain;
use rand::{CryptoRng, RngCore};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::error::{mismatch, CeremonyError};
use crate::{
	circom::sections::{self, g1_bytes, g2_bytes, put, Sections},
	files::{self, FileError},
	msm::{msm, Curve, Scalar},
	qap,
	r1cs::R1cs,
};

const MAGIC: &[u8; 4] = b"ptau";
/// No larger file is known, and none fits this circuit's field.
const MAX_POWER: u32 = 28;

/// Sections of the file.
mod section {
	pub const HEADER: u32 = 1;
	pub const TAU_G1: u32 = 2;
	pub const TAU_G2: u32 = 3;
	pub const ALPHA_G1: u32 = 4;
	pub const BETA_G1: u32 = 5;
	pub const BETA_G2: u32 = 6;
	pub const CONTRIBUTIONS: u32 = 7;
}

/// The powers that one circuit or two need, checked.
#[derive(Clone, Debug)]
pub struct Powers {
	/// `tau^i` in G1, twice as many as the domain's size.
	pub(super) tau_g1: Vec<G1Affine>,
	/// `tau^i` in G2, as many as the domain's size, like `alpha_g1` and `beta_g1`.
	pub(super) tau_g2: Vec<G2Affine>,
	/// `alpha tau^i` in G1.
	pub(super) alpha_g1: Vec<G1Affine>,
	/// `beta tau^i` in G1.
	pub(super) beta_g1: Vec<G1Affine>,
	/// The secret beta, in G2.
	pub(super) beta_g2: G2Affine,
	digest: [u8; 64],
	contributions: u32,
}

/// What a phase 1 is about. Whoever knows one of them can forge proofs under every key made of it.
#[derive(Clone)]
pub struct PowersSecrets {
	/// Where polynomials are evaluated.
	pub tau: Fr,
	/// The secret factor alpha of `alpha tau^i`.
	pub alpha: Fr,
	/// The secret factor beta of `beta tau^i`.
	pub beta: Fr,
}

impl PowersSecrets {
	/// Draws all three at random.
	pub fn draw(rng: &mut (impl RngCore + CryptoRng)) -> Self {
		Self { tau: Fr::rand(rng), alpha: Fr::rand(rng), beta: Fr::rand(rng) }
	}
}

impl Drop for PowersSecrets {
	fn drop(&mut self) {
		self.tau.zeroize();
		self.alpha.zeroize();
		self.beta.zeroize();
	}
}

impl ZeroizeOnDrop for PowersSecrets {}

/// An open file, and how far its powers go.
struct Ptau<'a> {
	sections: Sections<'a>,
	power: u32,
}

impl Powers {
	/// Reads what the largest of some systems needs, and checks it: each point is on its curve, in its
	/// subgroup and not infinity; all are powers of one tau, times alpha or beta; no secret is 1 and tau is
	/// no root of unity in use. Who made them, and whether that was more than one, no check can tell: compare
	/// [`Self::digest`] with the published one.
	///
	/// `progress` is told what is being done, and how many steps of how many are.
	///
	/// # Errors
	///
	/// If the file cannot be read, holds too few powers for the constraints, or what it holds is not powers
	/// of one secret.
	pub fn load<'a>(
		path: &Path,
		systems: impl IntoIterator<Item = &'a R1cs>,
		rng: &mut (impl RngCore + CryptoRng),
		progress: &dyn Fn(&str, u64, u64),
	) -> Result<Self, CeremonyError> {
		// The others take the first of these, and roots of unity of a smaller domain are ones of the larger.
		let constraints = systems.into_iter().map(R1cs::len).max().unwrap_or(0);
		let domain = qap::domain(constraints).ok_or(CeremonyError::TooLarge { constraints })?;
		let size = domain.size();
		if size < 2 {
			return Err(mismatch("circuit", "at least 2 constraints", constraints));
		}
		let stage = |done| progress("checking the powers", done, 6);
		stage(0);
		let mut ptau = Ptau::open(path)?;
		let least = size.trailing_zeros() + 1;
		if ptau.power < least {
			let expected = format!("powers up to 2^{least} or more for this circuit");
			let got = format!("up to 2^{}", ptau.power);
			return Err(files::content(path, expected, got).into());
		}
		let contributions = ptau.contributions()?;
		let digest = ptau.sections.digest()?;
		stage(1);
		let power = ptau.power;
		let tau_g1 = ptau.sections.g1(section::TAU_G1, (2 << power) - 1, 2 * size)?;
		stage(2);
		let tau_g2 = ptau.sections.g2(section::TAU_G2, 1 << power, size)?;
		stage(4);
		let alpha_g1 = ptau.sections.g1(section::ALPHA_G1, 1 << power, size)?;
		let beta_g1 = ptau.sections.g1(section::BETA_G1, 1 << power, size)?;
		let beta_g2 = ptau.sections.g2(section::BETA_G2, 1, 1)?[0];
		let powers = Self { tau_g1, tau_g2, alpha_g1, beta_g1, beta_g2, digest, contributions };
		stage(5);
		if let Some((expected, got)) = powers.inconsistency(size, rng) {
			return Err(files::content(path, expected, got).into());
		}
		stage(6);
		Ok(powers)
	}

	/// BLAKE2b-512 of the whole file, as `b2sum` prints it and public ceremonies publish it.
	pub fn digest(&self) -> [u8; 64] {
		self.digest
	}

	/// How many contributions the file says that it has. Nobody checked them here.
	pub fn contributions(&self) -> u32 {
		self.contributions
	}

	/// Refuses a domain that these do not suffice for.
	pub(super) fn check_size(&self, size: usize) -> Result<(), CeremonyError> {
		let got = self.tau_g2.len();
		if got >= size {
			return Ok(());
		}
		Err(mismatch("powers", format!("those of a domain of {size}"), format!("of {got}")))
	}

	/// What the powers should be and are not.
	fn inconsistency(
		&self,
		size: usize,
		rng: &mut (impl RngCore + CryptoRng),
	) -> Option<(&'static str, &'static str)> {
		let Self { tau_g1, tau_g2, alpha_g1, beta_g1, beta_g2, .. } = self;
		let (g1, g2) = (G1Affine::generator(), G2Affine::generator());
		if tau_g1[0] != g1 || tau_g2[0] != g2 {
			return Some(("the generators as powers of exponent 0", "other points"));
		}
		// Points with equal x are equal up to sign.
		if [tau_g1[1], alpha_g1[0], beta_g1[0]].iter().any(|point| point.x == g1.x) {
			return Some(("powers that somebody contributed to", "a secret that is 1"));
		}
		if tau_g1[size].x == g1.x {
			return Some(("a tau outside the domain", "a root of unity"));
		}
		let coefficients = random(2 * size - 1, rng);
		let same = |powers: &[G1Affine]| {
			let (low, high) = neighbours(powers, &coefficients);
			Bn254::pairing(low, tau_g2[1]) == Bn254::pairing(high, g2)
		};
		for (what, powers) in [("tau", tau_g1), ("alpha tau", alpha_g1), ("beta tau", beta_g1)] {
			if !same(powers) {
				return Some(match what {
					"tau" => ("powers of one tau in G1", "other points"),
					"alpha tau" => ("powers of tau, times alpha", "other points"),
					_ => ("powers of tau, times beta", "other points"),
				});
			}
		}
		let (low, high) = neighbours(tau_g2, &coefficients);
		if Bn254::pairing(tau_g1[1], low) != Bn254::pairing(g1, high) {
			return Some(("powers of the same tau in G2", "other points"));
		}
		if Bn254::pairing(beta_g1[0], g2) != Bn254::pairing(g1, *beta_g2) {
			return Some(("the same beta in G2", "another point"));
		}
		None
	}
}

/// Numbers of 128 bits.
pub(crate) fn random(count: usize, rng: &mut (impl RngCore + CryptoRng)) -> Vec<Scalar> {
	(0..count).map(|_| BigInt([rng.next_u64(), rng.next_u64(), 0, 0])).collect()
}

/// A random combination of all points but the last, and the same of all but the first.
fn neighbours<P: Curve>(
	points: &[Affine<P>],
	coefficients: &[Scalar],
) -> (Projective<P>, Projective<P>) {
	let count = points.len() - 1;
	let coefficients = &coefficients[..count];
	(msm(&points[..count], coefficients), msm(&points[1..], coefficients))
}

impl<'a> Ptau<'a> {
	fn open(path: &'a Path) -> Result<Self, FileError> {
		let mut sections = Sections::open(path, MAGIC, "powers in snarkjs's format")?;
		let header = sections.bytes(section::HEADER, Some(44), 44)?;
		if header[..36] != sections::field(&Fq::MODULUS) {
			return Err(sections.error("powers over BN254", "another curve"));
		}
		let power = sections::u32_at(&header, 36);
		if !(1..=MAX_POWER).contains(&power) {
			let expected = format!("powers up to 2^1 .. 2^{MAX_POWER}");
			return Err(sections.error(expected, format!("2^{power}")));
		}
		Ok(Self { sections, power })
	}

	fn contributions(&mut self) -> Result<u32, FileError> {
		let bytes = self.sections.bytes(section::CONTRIBUTIONS, None, 4)?;
		Ok(sections::u32_at(&bytes, 0))
	}
}

/// Writes powers of these secrets, in the same format and with no contribution in its list: who
/// calls this knows them, so the file is for rehearsals and tests, and says so.
///
/// # Errors
///
/// If the power is out of range or the file cannot be written.
pub fn write_powers(
	path: &Path,
	power: u32,
	secrets: &PowersSecrets,
	progress: &dyn Fn(&str, u64, u64),
) -> Result<(), CeremonyError> {
	if !(1..=MAX_POWER).contains(&power) {
		return Err(mismatch("--power", format!("1 to {MAX_POWER}"), power));
	}
	let PowersSecrets { tau, alpha, beta } = secrets;
	let one: u64 = 1 << power;
	let count = 2 * one as usize - 1;
	let mut exponents = Zeroizing::new(Vec::with_capacity(count));
	let mut next = Fr::ONE;
	for _ in 0..count {
		exponents.push(next);
		next *= tau;
	}
	let (g1, g2) = (G1Projective::generator(), G2Projective::generator());
	let table = BatchMulPreprocessing::new(g1, count);
	let stage = |done| progress("making powers", done, 6);
	let mut bytes = sections::start(MAGIC, 1, 7);
	let mut header = sections::field(&Fq::MODULUS);
	[power, power].iter().for_each(|n| header.extend_from_slice(&n.to_le_bytes()));
	put(&mut bytes, section::HEADER, &header);
	let times = |factor: &Fr| -> Zeroizing<Vec<Fr>> {
		Zeroizing::new(exponents[..one as usize].iter().map(|e| *e * factor).collect())
	};
	stage(0);
	put(&mut bytes, section::TAU_G1, &g1_bytes(&table.batch_mul(&exponents)));
	stage(2);
	let table_g2 = BatchMulPreprocessing::new(g2, one as usize);
	let points = table_g2.batch_mul(&exponents[..one as usize]);
	put(&mut bytes, section::TAU_G2, &g2_bytes(&points));
	stage(4);
	put(&mut bytes, section::ALPHA_G1, &g1_bytes(&table.batch_mul(&times(alpha))));
	put(&mut bytes, section::BETA_G1, &g1_bytes(&table.batch_mul(&times(beta))));
	put(&mut bytes, section::BETA_G2, &g2_bytes(&[(g2 * beta).into_affine()]));
	put(&mut bytes, section::CONTRIBUTIONS, &0u32.to_le_bytes());
	stage(6);
	Ok(files::write(path, &bytes, false)?)
}
