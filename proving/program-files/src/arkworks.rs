//! arkworks: `VerifyingKey<Bn254>` and `Proof<Bn254>` of `ark-groth16`, and lists of `Fr`, as
//! `CanonicalSerialize` writes them.
//!
//! Numbers are little-endian, real part first. The two highest bits of a point's last byte are
//! flags: y is the upper of its two values, and infinity. They are there in the uncompressed form
//! too, where arkworks reads a wrong sign without a word. Here one point has one spelling.

use zkml_groth16::PointError;
use zkml_primitives::{ProgramKey, Proof, Scalar, G1, G2, MAX_PROGRAM_IC};

use crate::{
	cursor::Cursor,
	error, evm, ic_points,
	number::{Field, Radix},
	points::{at, Point},
	without_rounds, Form, FormatError,
};

const UPPER: u8 = 0x80;
const INFINITY: u8 = 0x40;

/// Reads a key of `ark_groth16`, in the canonical serialisation.
///
/// # Errors
///
/// If the bytes are not of that form and length, a point is no good, or there are too many of them.
pub fn read_key(bytes: &[u8], form: Form) -> Result<ProgramKey, FormatError> {
	let mut cursor = Cursor::new("verification key", bytes);
	let alpha = point(&mut cursor, form, "alpha")?;
	let beta = point(&mut cursor, form, "beta")?;
	let gamma = point(&mut cursor, form, "gamma")?;
	let delta = point(&mut cursor, form, "delta")?;
	let count = u64::from_le_bytes(cursor.take()?);
	if !(1..=u64::from(MAX_PROGRAM_IC)).contains(&count) {
		return Err(error::ic_count(count));
	}
	let mut ic: Vec<G1> = Vec::new();
	for index in 0..count {
		ic.push(point(&mut cursor, form, &format!("IC[{index}]"))?);
	}
	cursor.end()?;
	Ok(ProgramKey { alpha, beta, gamma, delta, ic: ic_points(ic)? })
}

/// Writes a key of `ark_groth16`, in the canonical serialisation.
pub fn write_key(key: &ProgramKey, form: Form) -> Vec<u8> {
	let mut out = spell(&key.alpha, form);
	for point in [&key.beta, &key.gamma, &key.delta] {
		out.extend(spell(point, form));
	}
	out.extend((key.ic.len() as u64).to_le_bytes());
	out.extend(key.ic.iter().flat_map(|point| spell(point, form)));
	out
}

/// Reads a proof of `ark_groth16`: A, B, C.
///
/// # Errors
///
/// If the bytes are not of that form and length, or a point is no good.
pub fn read_proof(bytes: &[u8], form: Form) -> Result<Proof, FormatError> {
	let mut cursor = Cursor::new("proof", bytes);
	let (a, b): (G1, G2) = (point(&mut cursor, form, "A")?, point(&mut cursor, form, "B")?);
	let c: G1 = point(&mut cursor, form, "C")?;
	cursor.end()?;
	evm::checked(a, b, c)
}

/// Writes a proof of `ark_groth16`: A, B, C.
///
/// # Errors
///
/// If the proof has round commitments.
pub fn write_proof(proof: &Proof, form: Form) -> Result<Vec<u8>, FormatError> {
	without_rounds(proof)?;
	Ok([spell(&proof.a, form), spell(&proof.b, form), spell(&proof.c, form)].concat())
}

/// Reads public inputs as arkworks writes `Vec<Fr>`: how many, then each.
///
/// # Errors
///
/// If the bytes are not of that length, or a number is at or above the group order.
pub fn read_inputs(bytes: &[u8]) -> Result<Vec<Scalar>, FormatError> {
	let mut cursor = Cursor::new("public inputs", bytes);
	let count = u64::from_le_bytes(cursor.take()?);
	error::input_count("public inputs", usize::try_from(count).unwrap_or(usize::MAX))?;
	let mut inputs = Vec::new();
	for _ in 0..count {
		inputs.push(read_input(&cursor.take::<32>()?)?);
	}
	cursor.end()?;
	Ok(inputs)
}

/// Writes public inputs as arkworks writes `Vec<Fr>`.
pub fn write_inputs(inputs: &[Scalar]) -> Vec<u8> {
	let mut out = (inputs.len() as u64).to_le_bytes().to_vec();
	out.extend(inputs.iter().flat_map(write_input));
	out
}

/// Reads one public input, 32 bytes.
///
/// # Errors
///
/// If there are not 32 bytes, or the number is at or above the group order.
pub fn read_input(bytes: &[u8]) -> Result<Scalar, FormatError> {
	let mut cursor = Cursor::new("public input", bytes);
	let mut number: [u8; 32] = cursor.take()?;
	cursor.end()?;
	number.reverse();
	let number = Field::Scalar.check("public input", number, || Radix::Hex.write(&number))?;
	Ok(Scalar(number))
}

/// Writes one public input.
pub fn write_input(input: &Scalar) -> [u8; 32] {
	let mut out = input.0;
	out.reverse();
	out
}

fn point<P: Point>(cursor: &mut Cursor<'_>, form: Form, what: &str) -> Result<P, FormatError> {
	match form {
		Form::Compressed => {
			let mut x = P::NO_X;
			cursor.fill(x.as_mut())?;
			x.as_mut().reverse();
			let flags = take_flags(x.as_mut().first_mut());
			if flags & INFINITY != 0 {
				return Err(at(what)(PointError::Identity));
			}
			P::from_x(&x, flags & UPPER != 0).map_err(at(what))
		}
		Form::Uncompressed => {
			let mut point = P::ZERO;
			cursor.fill(point.bytes_mut())?;
			let flags = take_flags(point.bytes_mut().last_mut());
			if flags & INFINITY != 0 {
				return Err(at(what)(PointError::Identity));
			}
			let half = point.bytes().len() / 2;
			point.bytes_mut().chunks_exact_mut(half).for_each(<[u8]>::reverse);
			let point = point.checked(what)?;
			let (_, upper) = point.pack();
			if upper != (flags & UPPER != 0) {
				return Err(FormatError::Spelling { what: what.into() });
			}
			Ok(point)
		}
	}
}

/// The two highest bits, which are cleared. A coordinate has none of its own there.
fn take_flags(byte: Option<&mut u8>) -> u8 {
	let Some(byte) = byte else { return 0 };
	let flags = *byte & (UPPER | INFINITY);
	*byte ^= flags;
	flags
}

fn spell<P: Point>(point: &P, form: Form) -> Vec<u8> {
	let (x, upper) = point.pack();
	let mut out = match form {
		Form::Compressed => x.as_ref().to_vec(),
		Form::Uncompressed => point.bytes().to_vec(),
	};
	let part = x.as_ref().len();
	out.chunks_exact_mut(part).for_each(<[u8]>::reverse);
	if let Some(last) = out.last_mut().filter(|_| upper) {
		*last |= UPPER;
	}
	out
}
