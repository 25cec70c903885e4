//! gnark: what `WriteTo` and `WriteRawTo` make of a verifying key, a proof and a public witness.
//!
//! Numbers are big-endian, imaginary part first. The two highest bits of a point's first byte tell
//! compressed points (y the lower or the upper of its two values), uncompressed ones and infinity
//! apart. A key has two points in G1 that its verifier does not use.

use zkml_groth16::PointError;
use zkml_primitives::{ProgramKey, Proof, Scalar, G1, G2, MAX_PROGRAM_IC};

use crate::{
	cursor::Cursor,
	error, evm, ic_points,
	number::{Field, Radix},
	points::{at, Point},
	without_rounds, Form, FormatError,
};

const MASK: u8 = 0b11 << 6;
const INFINITY: u8 = 0b01 << 6;
const LOWER: u8 = 0b10 << 6;
const UPPER: u8 = 0b11 << 6;

/// Bytes before the values of a witness.
const HEADER: usize = 12;

/// A key with what only gnark keeps.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Key {
	/// What a verifier needs.
	pub key: ProgramKey,
	/// beta in G1, unused. None is infinity, which is written for keys of other tools.
	pub beta_g1: Option<G1>,
	/// delta in G1, unused.
	pub delta_g1: Option<G1>,
	/// How the file ends.
	pub tail: Tail,
}

/// The end of a key without commitments, which differs by version.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Tail {
	/// Two counts of zero: newer versions.
	Counts,
	/// A count of zero and a key for commitments that is not used: up to version
	/// 0.10.
	Pedersen(Box<[G2; 2]>),
}

impl From<ProgramKey> for Key {
	fn from(key: ProgramKey) -> Self {
		Self { key, beta_g1: None, delta_g1: None, tail: Tail::Counts }
	}
}

/// Which form a key's or proof's bytes are in, by their first point.
pub fn form(bytes: &[u8]) -> Form {
	match bytes.first() {
		Some(byte) if byte & MASK == 0 => Form::Uncompressed,
		_ => Form::Compressed,
	}
}

/// Reads a verifying key, which must have no commitments.
///
/// # Errors
///
/// If the bytes are not of that form and length, the key has commitments, or a point is no good.
pub fn read_key(bytes: &[u8], form: Form) -> Result<Key, FormatError> {
	let mut cursor = Cursor::new("verification key", bytes);
	let alpha = point(&mut cursor, form, "alpha")?;
	let beta_g1 = maybe_point(&mut cursor, form, "beta in G1")?;
	let beta = point(&mut cursor, form, "beta")?;
	let gamma = point(&mut cursor, form, "gamma")?;
	let delta_g1 = maybe_point(&mut cursor, form, "delta in G1")?;
	let delta = point(&mut cursor, form, "delta")?;
	let count = u32::from_be_bytes(cursor.take()?);
	if !(1..=MAX_PROGRAM_IC).contains(&count) {
		return Err(error::ic_count(count.into()));
	}
	let mut ic: Vec<G1> = Vec::new();
	for index in 0..count {
		ic.push(point(&mut cursor, form, &format!("K[{index}]"))?);
	}
	without_commitments(&mut cursor, "a key")?;
	let tail = if cursor.left() == 4 {
		without_commitments(&mut cursor, "a key")?;
		Tail::Counts
	} else {
		let unused = "unused commitment key";
		let pair = [point(&mut cursor, form, unused)?, point(&mut cursor, form, unused)?];
		Tail::Pedersen(Box::new(pair))
	};
	cursor.end()?;
	let key = ProgramKey { alpha, beta, gamma, delta, ic: ic_points(ic)? };
	Ok(Key { key, beta_g1, delta_g1, tail })
}

/// Writes a verifying key, with what only gnark keeps.
pub fn write_key(key: &Key, form: Form) -> Vec<u8> {
	let Key { key: ProgramKey { alpha, beta, gamma, delta, ic }, beta_g1, delta_g1, tail } = key;
	let maybe = |point: &Option<G1>| point.map_or(infinity(form), |point| spell(&point, form));
	let mut out = spell(alpha, form);
	out.extend(maybe(beta_g1));
	out.extend([beta, gamma].into_iter().flat_map(|point| spell(point, form)));
	out.extend(maybe(delta_g1));
	out.extend(spell(delta, form));
	// The type bounds it.
	out.extend((ic.len() as u32).to_be_bytes());
	out.extend(ic.iter().flat_map(|point| spell(point, form)));
	out.extend([0; 4]);
	match tail {
		Tail::Counts => out.extend([0; 4]),
		Tail::Pedersen(pair) => out.extend(pair.iter().flat_map(|point| spell(point, form))),
	}
	out
}

/// Reads a proof, which must have no commitments.
///
/// # Errors
///
/// If the bytes are not of that form and length, the proof has commitments, or a point is no good.
pub fn read_proof(bytes: &[u8], form: Form) -> Result<Proof, FormatError> {
	// Points first, a count, as many points, one more. Other lengths are files of another kind, of
	// which the first points would say nothing that helps.
	let point = infinity(form).len();
	let left = bytes.len().checked_sub(4 * point + 4 + point);
	if left.is_none_or(|left| left % point != 0) {
		let expected =
			"164 bytes as WriteTo makes them, 324 of WriteRawTo or 256 of MarshalSolidity";
		return Err(error::length("proof", expected, bytes.len()));
	}
	let mut cursor = Cursor::new("proof", bytes);
	let proof = points(&mut cursor, form)?;
	without_commitments(&mut cursor, "a proof")?;
	if maybe_point::<G1>(&mut cursor, form, "proof of knowledge")?.is_some() {
		let expected = "the point at infinity, since there are no commitments";
		return Err(error::form("proof of knowledge", expected, "another point"));
	}
	cursor.end()?;
	Ok(proof)
}

/// Writes a proof without commitments.
///
/// # Errors
///
/// If the proof has round commitments.
pub fn write_proof(proof: &Proof, form: Form) -> Result<Vec<u8>, FormatError> {
	let mut out = write_points(proof, form)?;
	out.extend([0; 4]);
	out.extend(infinity(form));
	Ok(out)
}

/// Reads the three points of a proof alone, without counts and what belongs to commitments.
///
/// # Errors
///
/// If the bytes are not of that form and length, or a point is no good.
pub fn read_points(bytes: &[u8], form: Form) -> Result<Proof, FormatError> {
	let mut cursor = Cursor::new("proof", bytes);
	let proof = points(&mut cursor, form)?;
	cursor.end()?;
	Ok(proof)
}

/// Writes the three points of a proof alone.
///
/// # Errors
///
/// If the proof has round commitments.
pub fn write_points(proof: &Proof, form: Form) -> Result<Vec<u8>, FormatError> {
	without_rounds(proof)?;
	Ok([spell(&proof.a, form), spell(&proof.b, form), spell(&proof.c, form)].concat())
}

/// Reads a public witness: how many are public, how many secret (none), how many follow, and those.
///
/// # Errors
///
/// If the counts do not fit the length, inputs are secret, or a number is at or above the group
/// order.
pub fn read_inputs(bytes: &[u8]) -> Result<Vec<Scalar>, FormatError> {
	let mut cursor = Cursor::new("public witness", bytes);
	if bytes.len() < HEADER || !(bytes.len() - HEADER).is_multiple_of(32) {
		let expected = "a header of 12 bytes and 32 for each input";
		return Err(error::form("public witness", expected, format!("{} bytes", bytes.len())));
	}
	let public = u32::from_be_bytes(cursor.take()?);
	let secret = u32::from_be_bytes(cursor.take()?);
	let length = u32::from_be_bytes(cursor.take()?);
	error::input_count("public witness", usize::try_from(public).unwrap_or(usize::MAX))?;
	if secret != 0 {
		let got = format!("{secret} of them");
		return Err(error::form("public witness", "no secret values", got));
	}
	if length != public {
		let expected = format!("{public} values, as many as it says are public");
		return Err(error::form("public witness", &expected, length.to_string()));
	}
	let mut inputs = Vec::new();
	for index in 0..public {
		let number: [u8; 32] = cursor.take()?;
		let place = format!("public witness[{index}]");
		inputs.push(Scalar(Field::Scalar.check(&place, number, || Radix::Hex.write(&number))?));
	}
	cursor.end()?;
	Ok(inputs)
}

/// Writes a public witness.
pub fn write_inputs(inputs: &[Scalar]) -> Vec<u8> {
	// A key has no more than 64 of them.
	let count = (inputs.len() as u32).to_be_bytes();
	let mut out = [count, [0; 4], count].concat();
	out.extend(inputs.iter().flat_map(|input| input.0));
	out
}

fn points(cursor: &mut Cursor<'_>, form: Form) -> Result<Proof, FormatError> {
	let a = point(cursor, form, "A")?;
	let b = point(cursor, form, "B")?;
	evm::checked(a, b, point(cursor, form, "C")?)
}

/// Reads a count that must be zero.
fn without_commitments(cursor: &mut Cursor<'_>, what: &'static str) -> Result<(), FormatError> {
	match u32::from_be_bytes(cursor.take()?) {
		0 => Ok(()),
		got => Err(FormatError::Commitments { what, got: got as usize }),
	}
}

fn point<P: Point>(cursor: &mut Cursor<'_>, form: Form, what: &str) -> Result<P, FormatError> {
	maybe_point(cursor, form, what)?.ok_or_else(|| at(what)(PointError::Identity))
}

/// Reads a point in either form; none is the one at infinity.
fn maybe_point<P: Point>(
	cursor: &mut Cursor<'_>,
	form: Form,
	what: &str,
) -> Result<Option<P>, FormatError> {
	let flag = |bytes: &mut [u8]| {
		let first = bytes.first_mut()?;
		let flag = *first & MASK;
		*first ^= flag;
		Some((flag, bytes.iter().all(|byte| *byte == 0)))
	};
	let wrong = |expected: &str, flag: u8| {
		Err(error::form(what, expected, format!("flag bits {:02b}", flag >> 6)))
	};
	match form {
		Form::Compressed => {
			let mut x = P::NO_X;
			cursor.fill(x.as_mut())?;
			match flag(x.as_mut()) {
				Some((INFINITY, true)) => Ok(None),
				Some((flag @ (LOWER | UPPER), _)) => {
					P::from_x(&x, flag == UPPER).map(Some).map_err(at(what))
				}
				other => wrong("a compressed point", other.map_or(0, |(flag, _)| flag)),
			}
		}
		Form::Uncompressed => {
			let mut point = P::ZERO;
			cursor.fill(point.bytes_mut())?;
			match flag(point.bytes_mut()) {
				Some((INFINITY, true)) => Ok(None),
				Some((0, _)) => point.checked(what).map(Some),
				other => wrong("an uncompressed point", other.map_or(0, |(flag, _)| flag)),
			}
		}
	}
}

fn spell<P: Point>(point: &P, form: Form) -> Vec<u8> {
	match form {
		Form::Compressed => {
			let (mut x, upper) = point.pack();
			if let Some(first) = x.as_mut().first_mut() {
				*first |= if upper { UPPER } else { LOWER };
			}
			x.as_ref().to_vec()
		}
		Form::Uncompressed => point.bytes().to_vec(),
	}
}

/// The bytes of the point at infinity of G1.
fn infinity(form: Form) -> Vec<u8> {
	let length = match form {
		Form::Compressed => 32,
		Form::Uncompressed => 64,
	};
	let mut out = vec![0; length];
	out[0] = INFINITY;
	out
}
