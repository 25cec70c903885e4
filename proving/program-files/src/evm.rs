//! What EVM verifiers take: EIP-197 words, which are also this chain's wire.
//!
//! A proof is eight words of 32 bytes, big-endian: A.x, A.y, B.x, B.y, C.x, C.y, where the
//! coordinates of B are two words each, imaginary part first. Contracts call it `uint256[8]`, and
//! gnark's `MarshalSolidity` writes those bytes.
//!
//! In JSON the words are a list of numbers, or a call's arguments as snarkjs prints them: lists for
//! A, B, C and the inputs.

use serde_json::Value;
use zkml_primitives::{ProgramKey, Proof, Scalar, G1, G2, MAX_PROGRAM_IC};

use crate::{
	cursor::Cursor,
	error, ic_points,
	json::{self, Node},
	number::{Field, Radix},
	points::Point,
	strict::{self, Fault, Tree},
	without_rounds, FormatError,
};

/// Bytes of a proof.
const PROOF: usize = 8 * 32;
/// Words of a key before the points for inputs.
const KEY_WORDS: usize = 14;

/// Reads a proof of eight words, big-endian: A, B, C in the order of EIP-197.
///
/// # Errors
///
/// If there are not 256 bytes, or a point is no good.
pub fn read_proof(bytes: &[u8]) -> Result<Proof, FormatError> {
	if bytes.len() != PROOF {
		return Err(error::length("proof", "256 bytes, eight words of 32", bytes.len()));
	}
	let mut cursor = Cursor::new("proof", bytes);
	let proof = proof(&mut cursor)?;
	cursor.end()?;
	Ok(proof)
}

pub(crate) fn proof(cursor: &mut Cursor<'_>) -> Result<Proof, FormatError> {
	let (a, b, c) = (cursor.take()?, cursor.take()?, cursor.take()?);
	checked(G1(a), G2(b), G1(c))
}

/// A proof of points that are checked, by the names that other errors use.
pub(crate) fn checked(a: G1, b: G2, c: G1) -> Result<Proof, FormatError> {
	let (a, b, c) = (a.checked("A")?, b.checked("B")?, c.checked("C")?);
	Ok(Proof { a, b, c, commitments: Default::default() })
}

/// Writes a proof as eight words, big-endian: A, B, C in the order of EIP-197.
///
/// # Errors
///
/// If the proof has round commitments.
pub fn write_proof(proof: &Proof) -> Result<Vec<u8>, FormatError> {
	without_rounds(proof)?;
	Ok([&proof.a.0[..], &proof.b.0, &proof.c.0].concat())
}

/// Reads a JSON list of eight numbers, as World ID publishes proofs, or a call's arguments.
///
/// # Errors
///
/// If the file is no such list, a number is too large, or a point is no good.
pub fn read_words(file: &[u8]) -> Result<Proof, FormatError> {
	let value = parse("proof", file)?;
	let node = Node::new("proof", &value);
	let words = match call(&node)? {
		None => node.array::<8>()?.to_vec(),
		Some([a, b, c, ..]) => {
			let [b_x, b_y] = b.array()?;
			let pairs = [a, b_x, b_y, c];
			let words: Result<Vec<_>, _> = pairs.iter().map(Node::array::<2>).collect();
			words?.concat()
		}
	};
	let mut bytes = Vec::with_capacity(256);
	for word in &words {
		bytes.extend(word.number(Field::Base)?);
	}
	read_proof(&bytes)
}

/// Reads public inputs: a JSON list of numbers, or the last of a call's arguments.
///
/// # Errors
///
/// If the file is no such list, or a number is at or above the group order.
pub fn read_inputs(file: &[u8]) -> Result<Vec<Scalar>, FormatError> {
	let value = parse("public inputs", file)?;
	let node = Node::new("public inputs", &value);
	match call(&node)? {
		Some([.., inputs]) => inputs.inputs(),
		None => node.inputs(),
	}
}

/// Whether a file has a call's arguments, a proof and its public inputs.
pub fn is_call(file: &[u8]) -> bool {
	let value = parse("call", file);
	value.is_ok_and(|value| matches!(call(&Node::new("call", &value)), Ok(Some(_))))
}

/// The arguments of a call of a verifier, if that is what it is: lists for A, B, C and the inputs.
fn call<'a>(node: &Node<'a>) -> Result<Option<[Node<'a>; 4]>, FormatError> {
	let items = node.items()?;
	let lists = items.first().is_some_and(Node::is_list);
	Ok(if lists && items.len() == 4 { items.try_into().ok() } else { None })
}

/// snarkjs prints the arguments with commas between them and no brackets around.
fn parse(what: &str, file: &[u8]) -> Result<Tree, FormatError> {
	match json::parse(what, file) {
		Err(FormatError::Json { fault: after @ Fault::After { .. }, .. }) => {
			let whole = [b"[", file.trim_ascii(), b"]"].concat();
			let refused = |_| FormatError::Json { what: what.into(), fault: after };
			strict::parse(&whole).map_err(refused)
		}
		other => other,
	}
}

/// Writes a JSON list of eight decimal strings.
///
/// # Errors
///
/// If the proof has round commitments.
pub fn write_words(proof: &Proof) -> Result<Value, FormatError> {
	let bytes = write_proof(proof)?;
	Ok(bytes.chunks_exact(32).map(|word| Value::from(Radix::Decimal.write(word))).collect())
}

/// Reads a key: a JSON list of numbers, the coordinates of alpha, beta, gamma, delta and of
/// the point for 1 and for each input, in the order and spelling of a proof's.
///
/// # Errors
///
/// If the file is no such list, a number is too large, or a point is no good.
pub fn read_key(file: &[u8]) -> Result<ProgramKey, FormatError> {
	let value = json::parse("verification key", file)?;
	let words = Node::new("verification key", &value).items()?;
	if words.len() > KEY_WORDS + 2 * MAX_PROGRAM_IC as usize {
		let expected = format!("at most {MAX_PROGRAM_IC} points for inputs");
		return Err(error::length("verification key", expected, words.len()));
	}
	let mut bytes = Vec::with_capacity(words.len() * 32);
	for word in &words {
		bytes.extend(word.number(Field::Base)?);
	}
	let mut cursor = Cursor::new("verification key", &bytes);
	let alpha = G1(cursor.take()?).checked("alpha")?;
	let beta = G2(cursor.take()?).checked("beta")?;
	let gamma = G2(cursor.take()?).checked("gamma")?;
	let delta = G2(cursor.take()?).checked("delta")?;
	let mut ic = Vec::new();
	while cursor.left() > 0 {
		ic.push(G1(cursor.take()?).checked(&format!("IC[{}]", ic.len()))?);
	}
	if ic.is_empty() {
		return Err(error::ic_count(0));
	}
	Ok(ProgramKey { alpha, beta, gamma, delta, ic: ic_points(ic)? })
}

/// Writes a key as [`read_key`] reads it.
pub fn write_key(key: &ProgramKey) -> Value {
	let ProgramKey { alpha, beta, gamma, delta, ic } = key;
	let mut bytes = [&alpha.0[..], &beta.0, &gamma.0, &delta.0].concat();
	bytes.extend(ic.iter().flat_map(|point| point.0));
	bytes.chunks_exact(32).map(|word| Value::from(Radix::Decimal.write(word))).collect()
}

/// Four bytes that name a release, then a proof: how contracts of zkVMs tell releases apart.
pub(crate) fn selector(cursor: &mut Cursor<'_>) -> Result<[u8; 4], FormatError> {
	cursor.take()
}

/// The bytes that a zkVM made public, if they fit.
pub(crate) fn public_bytes<B>(what: &str, bytes: &[u8]) -> Result<B, FormatError>
where
	B: TryFrom<Vec<u8>>,
{
	let most = zkml_programs::MAX_PUBLIC_BYTES;
	let long = || error::length(what, format!("at most {most} bytes"), bytes.len());
	if bytes.len() > most as usize {
		return Err(long());
	}
	bytes.to_vec().try_into().map_err(|_| long())
}
