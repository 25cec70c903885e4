//! The files that circom and snarkjs share: a magic number, a version, and sections of a number, a
//! length and contents, all little-endian.
//!
//! Coordinates are in Montgomery form (times 2^256), imaginary parts behind real ones. Zeros stand
//! for infinity.

use std::{
	fs::File,
	io::{self, Read, Seek, SeekFrom},
	path::Path,
};

use ark_bn254::{Fq, Fq2, G1Affine, G2Affine};
use ark_ec::{
	short_weierstrass::{Affine, SWCurveConfig},
	AffineRepr,
};
use ark_ff::{BigInt, PrimeField};
use blake2::{Blake2b512, Digest};
use rayon::prelude::*;

use crate::files::{self, FileError};

const G1_BYTES: usize = 64;
const G2_BYTES: usize = 128;
/// Bytes of an element of either field.
pub(crate) const FIELD_BYTES: usize = 32;
/// No format has more sections.
const MAX_SECTIONS: u32 = 64;

/// An open file and where its sections are.
pub(crate) struct Sections<'a> {
	path: &'a Path,
	file: File,
	/// For each section its number, where its content starts in the file, and how long it is, in
	/// bytes.
	sections: Vec<(u32, u64, u64)>,
}

impl<'a> Sections<'a> {
	/// Opens a file of format version 1 whose sections are all there, each once. `what` names its kind
	/// in errors.
	///
	/// # Errors
	///
	/// If the file cannot be read, is of another kind or version, is cut off or has more behind, or has a section
	/// twice.
	pub fn open(path: &'a Path, magic: &[u8; 4], what: &str) -> Result<Self, FileError> {
		let fail = |error| io_error(path, error);
		let cut = || files::content(path, what, "a file cut off");
		let short = |error: io::Error| match error.kind() {
			io::ErrorKind::UnexpectedEof => cut(),
			_ => fail(error),
		};
		let mut file = File::open(path).map_err(fail)?;
		let end = file.metadata().map_err(fail)?.len();
		let mut head = [0; 12];
		file.read_exact(&mut head).map_err(short)?;
		if &head[..4] != magic {
			return Err(files::content(path, what, "another file"));
		}
		let version = u32_at(&head, 4);
		if version != 1 {
			return Err(files::content(path, "format version 1", version));
		}
		let mut sections: Vec<(u32, u64, u64)> = Vec::new();
		let mut at = 12u64;
		for _ in 0..u32_at(&head, 8).min(MAX_SECTIONS) {
			let mut entry = [0; 12];
			file.read_exact(&mut entry).map_err(short)?;
			let (number, length) = (u32_at(&entry, 0), u64_at(&entry, 4));
			let start = at + 12;
			at = start.checked_add(length).filter(|next| *next <= end).ok_or_else(cut)?;
			if sections.iter().any(|(other, ..)| *other == number) {
				return Err(files::content(path, "each section once", format!("two of {number}")));
			}
			sections.push((number, start, length));
			file.seek(SeekFrom::Start(at)).map_err(fail)?;
		}
		if at != end {
			return Err(files::content(path, format!("{at} bytes"), end));
		}
		Ok(Self { path, file, sections })
	}

	/// An error about what the file holds.
	pub fn error(&self, expected: impl ToString, got: impl ToString) -> FileError {
		files::content(self.path, expected, got)
	}

	/// The first bytes of a section, of so many in all. Nothing is allocated for a section that is not
	/// as long as it should be.
	///
	/// # Errors
	///
	/// If there is no such section of that length, or the file cannot be read.
	pub fn bytes(
		&mut self,
		number: u32,
		length: Option<u64>,
		wanted: usize,
	) -> Result<Vec<u8>, FileError> {
		let found = self.sections.iter().find(|(other, ..)| *other == number);
		let got = found.map_or(0, |(_, _, got)| *got);
		let (_, start, _) = found
			.filter(|_| length.is_none_or(|length| length == got) && got >= wanted as u64)
			.ok_or_else(|| {
				let length = length.unwrap_or(wanted as u64);
				self.error(format!("{length} bytes in section {number}"), got)
			})?;
		let mut bytes = vec![0; wanted];
		let read = self.file.seek(SeekFrom::Start(*start));
		read.and_then(|_| self.file.read_exact(&mut bytes)).map_err(|e| io_error(self.path, e))?;
		Ok(bytes)
	}

	/// BLAKE2b-512 of the whole file.
	///
	/// # Errors
	///
	/// If the file cannot be read.
	pub fn digest(&mut self) -> Result<[u8; 64], FileError> {
		let mut hasher = Blake2b512::new();
		self.file
			.seek(SeekFrom::Start(0))
			.and_then(|_| io::copy(&mut self.file, &mut hasher))
			.map_err(|e| io_error(self.path, e))?;
		Ok(hasher.finalize().into())
	}

	/// The first points of a section, of so many in all: each on the curve and not infinity.
	///
	/// # Errors
	///
	/// If there is no such section of that length, the file cannot be read, or a point is no good.
	pub fn g1(&mut self, number: u32, all: u64, wanted: usize) -> Result<Vec<G1Affine>, FileError> {
		let bytes = self.bytes(number, Some(all * G1_BYTES as u64), wanted * G1_BYTES)?;
		self.points(number, &bytes, G1_BYTES, read_g1)
	}

	/// The same in G2, where they must be in the subgroup too.
	///
	/// # Errors
	///
	/// If there is no such section of that length, the file cannot be read, or a point is no good.
	pub fn g2(&mut self, number: u32, all: u64, wanted: usize) -> Result<Vec<G2Affine>, FileError> {
		let bytes = self.bytes(number, Some(all * G2_BYTES as u64), wanted * G2_BYTES)?;
		self.points(number, &bytes, G2_BYTES, read_g2)
	}

	/// The points of a section that has one for each wire: for those that `has`, and infinity for the
	/// others, which are left out.
	///
	/// # Errors
	///
	/// If there is no such section of that length, the file cannot be read, or a point is no good.
	pub fn g1_of(&mut self, number: u32, has: &[bool]) -> Result<Vec<G1Affine>, FileError> {
		let bytes = self.bytes_of(number, has, G1_BYTES)?;
		self.points(number, &bytes, G1_BYTES, read_g1)
	}

	/// The same in G2.
	///
	/// # Errors
	///
	/// If there is no such section of that length, the file cannot be read, or a point is no good.
	pub fn g2_of(&mut self, number: u32, has: &[bool]) -> Result<Vec<G2Affine>, FileError> {
		let bytes = self.bytes_of(number, has, G2_BYTES)?;
		self.points(number, &bytes, G2_BYTES, read_g2)
	}

	fn bytes_of(&mut self, number: u32, has: &[bool], size: usize) -> Result<Vec<u8>, FileError> {
		let length = has.len() * size;
		let mut bytes = self.bytes(number, Some(length as u64), length)?;
		let zero = |bytes: &[u8]| bytes.iter().all(|byte| *byte == 0);
		let mut points = bytes.chunks_exact(size).zip(has);
		if let Some(at) = points.position(|(bytes, has)| zero(bytes) == *has) {
			let expected = match has[at] {
				true => ("a point", "infinity"),
				false => ("infinity", "a point"),
			};
			let place = format!("{} at place {at} of section {number}", expected.0);
			return Err(self.error(place, expected.1));
		}
		let mut kept = 0;
		for at in has.iter().enumerate().filter_map(|(at, has)| has.then_some(at * size)) {
			bytes.copy_within(at..at + size, kept);
			kept += size;
		}
		bytes.truncate(kept);
		Ok(bytes)
	}

	/// All points in some bytes, or none.
	fn points<T: Send>(
		&self,
		number: u32,
		bytes: &[u8],
		size: usize,
		read: impl Fn(&[u8]) -> Option<T> + Send + Sync,
	) -> Result<Vec<T>, FileError> {
		bytes.par_chunks_exact(size).map(read).collect::<Option<_>>().ok_or_else(|| {
			let expected = format!("points of the curve's group in section {number}");
			self.error(expected, "something else")
		})
	}
}

/// A point on the curve that is not infinity.
pub(crate) fn read_g1(bytes: &[u8]) -> Option<G1Affine> {
	let point = G1Affine::new_unchecked(read_fq(bytes, 0)?, read_fq(bytes, 1)?);
	finite(&point).then_some(point)
}

/// A point of the subgroup that is not infinity.
pub(crate) fn read_g2(bytes: &[u8]) -> Option<G2Affine> {
	let at = |index| read_fq(bytes, index);
	let (x, y) = (Fq2::new(at(0)?, at(1)?), Fq2::new(at(2)?, at(3)?));
	let point = G2Affine::new_unchecked(x, y);
	let good = finite(&point) && point.is_in_correct_subgroup_assuming_on_curve();
	good.then_some(point)
}

/// Whether the coordinates are a point's; zeros stand for infinity.
fn finite<P: SWCurveConfig>(point: &Affine<P>) -> bool {
	!point.is_zero() && point.is_on_curve()
}

fn io_error(path: &Path, error: io::Error) -> FileError {
	FileError::Io { path: path.to_owned(), action: "read", error }
}

/// The callers know that the bytes are there.
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
	bytes[at..at + 4].iter().rev().fold(0, |n, byte| n << 8 | u32::from(*byte))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
	bytes[at..at + 8].iter().rev().fold(0, |n, byte| n << 8 | u64::from(*byte))
}

/// A coordinate in Montgomery form, which must be below the modulus there too.
fn read_fq(bytes: &[u8], index: usize) -> Option<Fq> {
	let limbs = [0, 8, 16, 24].map(|at| u64_at(bytes, FIELD_BYTES * index + at));
	(BigInt(limbs) < Fq::MODULUS).then(|| Fq::new_unchecked(BigInt(limbs)))
}

/// The beginning of a file of so many sections.
pub(crate) fn start(magic: &[u8; 4], version: u32, sections: u32) -> Vec<u8> {
	[magic.as_slice(), &version.to_le_bytes(), &sections.to_le_bytes()].concat()
}

/// Appends a section: its number, the length of its content in bytes, the content.
pub(crate) fn put(to: &mut Vec<u8>, number: u32, content: &[u8]) {
	to.extend_from_slice(&number.to_le_bytes());
	to.extend_from_slice(&(content.len() as u64).to_le_bytes());
	to.extend_from_slice(content);
}

/// A number of 256 bits.
pub(crate) fn put_integer(to: &mut Vec<u8>, value: &BigInt<4>) {
	value.0.iter().for_each(|limb| to.extend_from_slice(&limb.to_le_bytes()));
}

/// How a header says which field numbers are of: their bytes, and the modulus.
pub(crate) fn field(modulus: &BigInt<4>) -> Vec<u8> {
	let mut bytes = (FIELD_BYTES as u32).to_le_bytes().to_vec();
	put_integer(&mut bytes, modulus);
	bytes
}

/// Points as sections hold them.
pub(crate) fn g1_bytes(points: &[G1Affine]) -> Vec<u8> {
	let mut bytes = Vec::with_capacity(points.len() * G1_BYTES);
	for p in points {
		[p.x, p.y].iter().for_each(|c| put_integer(&mut bytes, &c.0));
	}
	bytes
}

/// The same in G2.
pub(crate) fn g2_bytes(points: &[G2Affine]) -> Vec<u8> {
	let mut bytes = Vec::with_capacity(points.len() * G2_BYTES);
	for p in points {
		[p.x.c0, p.x.c1, p.y.c0, p.y.c1].iter().for_each(|c| put_integer(&mut bytes, &c.0));
	}
	bytes
}
