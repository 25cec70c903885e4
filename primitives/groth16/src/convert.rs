//! Between wire bytes and curve points.

use ark_bn254::{Fq, Fq2, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::{BigInt, PrimeField};
use zkml_primitives::{G1, G2};

use crate::{
	miller::{lines, Lines},
	PointError,
};

/// A coordinate: 32 bytes big-endian, below q.
pub(crate) fn read_fq(bytes: &[u8; 32]) -> Option<Fq> {
	let mut limbs = [0; 4];
	for (limb, chunk) in limbs.iter_mut().zip(bytes.rchunks_exact(8)) {
		*limb = chunk.iter().fold(0, |n: u64, byte| n << 8 | u64::from(*byte));
	}
	Fq::from_bigint(BigInt(limbs))
}

pub(crate) fn write_fq(value: Fq) -> [u8; 32] {
	let mut out = [0; 32];
	for (to, limb) in out.rchunks_exact_mut(8).zip(value.into_bigint().0) {
		to.copy_from_slice(&limb.to_be_bytes());
	}
	out
}

fn coordinate(bytes: &[u8], index: usize) -> Result<Fq, PointError> {
	bytes.as_chunks::<32>().0.get(index).and_then(read_fq).ok_or(PointError::NotCanonical)
}

/// Reads a point of G1. The curve has cofactor 1, so being on it is being in the subgroup.
pub fn read_g1(wire: &G1) -> Result<G1Affine, PointError> {
	if wire.0 == [0; 64] {
		return Err(PointError::Identity);
	}
	let point = G1Affine::new_unchecked(coordinate(&wire.0, 0)?, coordinate(&wire.0, 1)?);
	if point.is_on_curve() {
		Ok(point)
	} else {
		Err(PointError::NotOnCurve)
	}
}

/// Reads a point of G2, with the curve and subgroup checks. The latter takes most of the time.
pub fn read_g2(wire: &G2) -> Result<G2Affine, PointError> {
	read_g2_lines(wire)?;
	read_g2_unchecked(wire)
}

/// Reads a point of G2 as its lines, with all checks of [`read_g2`].
pub(crate) fn read_g2_lines(wire: &G2) -> Result<Lines, PointError> {
	let point = read_g2_unchecked(wire)?;
	if !point.is_on_curve() {
		return Err(PointError::NotOnCurve);
	}
	lines(&point).ok_or(PointError::NotInSubgroup)
}

/// For points that passed [`read_g2`] before they were stored.
pub(crate) fn read_g2_unchecked(wire: &G2) -> Result<G2Affine, PointError> {
	if wire.0 == [0; 128] {
		return Err(PointError::Identity);
	}
	let at = |index| coordinate(&wire.0, index);
	Ok(G2Affine::new_unchecked(Fq2::new(at(1)?, at(0)?), Fq2::new(at(3)?, at(2)?)))
}

/// Writes a point of G1; infinity becomes zeros, which no reader accepts.
pub fn write_g1(point: &G1Affine) -> G1 {
	let mut out = [0; 64];
	if let Some((x, y)) = point.xy() {
		out[..32].copy_from_slice(&write_fq(x));
		out[32..].copy_from_slice(&write_fq(y));
	}
	G1(out)
}

/// Writes a point of G2, imaginary parts first; infinity becomes zeros, which no reader accepts.
pub fn write_g2(point: &G2Affine) -> G2 {
	let mut out = [0; 128];
	if let Some((x, y)) = point.xy() {
		for (to, value) in out.chunks_exact_mut(32).zip([x.c1, x.c0, y.c1, y.c0]) {
			to.copy_from_slice(&write_fq(value));
		}
	}
	G2(out)
}
