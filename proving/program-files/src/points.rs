//! Points between the wire, where both coordinates are written, and formats that leave y out.

use ark_bn254::{Fq, Fq2, G1Affine, G2Affine};
use ark_ff::{BigInteger, PrimeField};
use zkml_groth16::{read_g1, read_g2, write_g1, write_g2, PointError};
use zkml_primitives::{G1, G2};

use crate::FormatError;

/// Whether y is above -y, as numbers; of a pair, the imaginary part decides unless it is zero.
fn is_upper(y: &[u8]) -> bool {
	let half = Fq::MODULUS_MINUS_ONE_DIV_TWO.to_bytes_be();
	let part = y.chunks_exact(32).find(|part| part.iter().any(|byte| *byte != 0));
	part.is_some_and(|part| part > half.as_slice())
}

fn coordinate(bytes: &[u8; 32]) -> Result<Fq, PointError> {
	if bytes.as_slice() < Fq::MODULUS.to_bytes_be().as_slice() {
		Ok(Fq::from_be_bytes_mod_order(bytes))
	} else {
		Err(PointError::NotCanonical)
	}
}

/// Points that formats read and write.
pub(crate) trait Point: Copy {
	/// x, big-endian, imaginary part first.
	type X: AsRef<[u8]> + AsMut<[u8]> + Copy;
	/// An x of zeros.
	const NO_X: Self::X;
	/// A point of zeros.
	const ZERO: Self;

	/// The coordinates on the wire.
	fn bytes(&self) -> &[u8];
	/// The coordinates on the wire, to be written.
	fn bytes_mut(&mut self) -> &mut [u8];
	/// Refuses what is no point of the group.
	fn check(&self) -> Result<(), PointError>;
	/// The point with this x and the upper or lower y, checked.
	fn from_x(x: &Self::X, upper: bool) -> Result<Self, PointError>;

	/// x, and whether y is the upper one.
	fn pack(&self) -> (Self::X, bool) {
		let mut packed = Self::NO_X;
		let (x, y) = self.bytes().split_at(packed.as_ref().len());
		packed.as_mut().copy_from_slice(x);
		(packed, is_upper(y))
	}

	/// The point, if it is one of the group.
	fn checked(self, what: &str) -> Result<Self, FormatError> {
		self.check().map_err(at(what))?;
		Ok(self)
	}
}

/// Puts a point's fault in its place.
pub(crate) fn at(what: &str) -> impl Fn(PointError) -> FormatError + '_ {
	move |error| FormatError::Point { what: what.into(), error }
}

impl Point for G1 {
	type X = [u8; 32];
	const NO_X: Self::X = [0; 32];
	const ZERO: Self = Self([0; 64]);

	fn bytes(&self) -> &[u8] {
		&self.0
	}

	fn bytes_mut(&mut self) -> &mut [u8] {
		&mut self.0
	}

	fn check(&self) -> Result<(), PointError> {
		read_g1(self).map(|_| ())
	}

	fn from_x(x: &Self::X, upper: bool) -> Result<Self, PointError> {
		let x = coordinate(x)?;
		let (low, high) = G1Affine::get_ys_from_x_unchecked(x).ok_or(PointError::NotOnCurve)?;
		Ok(write_g1(&G1Affine::new_unchecked(x, if upper { high } else { low })))
	}
}

impl Point for G2 {
	type X = [u8; 64];
	const NO_X: Self::X = [0; 64];
	const ZERO: Self = Self([0; 128]);

	fn bytes(&self) -> &[u8] {
		&self.0
	}

	fn bytes_mut(&mut self) -> &mut [u8] {
		&mut self.0
	}

	fn check(&self) -> Result<(), PointError> {
		read_g2(self).map(|_| ())
	}

	fn from_x(x: &Self::X, upper: bool) -> Result<Self, PointError> {
		let [c1, c0]: [_; 2] = [first(x), second(x)];
		let x = Fq2::new(coordinate(&c0)?, coordinate(&c1)?);
		let (low, high) = G2Affine::get_ys_from_x_unchecked(x).ok_or(PointError::NotOnCurve)?;
		let point = write_g2(&G2Affine::new_unchecked(x, if upper { high } else { low }));
		// The curve over the extension has points outside the subgroup.
		point.check()?;
		Ok(point)
	}
}

fn first(pair: &[u8; 64]) -> [u8; 32] {
	let mut out = [0; 32];
	out.copy_from_slice(&pair[..32]);
	out
}

fn second(pair: &[u8; 64]) -> [u8; 32] {
	let mut out = [0; 32];
	out.copy_from_slice(&pair[32..]);
	out
}
