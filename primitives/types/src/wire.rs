//! Groth16 over BN254 in fixed-size bytes.
//!
//! Points are uncompressed affine coordinates in EIP-197's order: each coordinate 32 bytes
//! big-endian, G1 as `x, y`, G2 as `x.c1, x.c0, y.c1, y.c0` (imaginary part first). There are no
//! flag bits, so each point has one spelling. The point at infinity would be all zeros; it is
//! refused everywhere.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use crate::{tagged_hash, CircuitHash};

/// Public inputs of a plain circuit: parameters, input, output, context.
pub const PLAIN_INPUTS: usize = 4;

/// A point of G1, 64 bytes.
#[derive(
	Clone,
	Copy,
	Debug,
	Decode,
	DecodeWithMemTracking,
	Encode,
	Eq,
	MaxEncodedLen,
	PartialEq,
	TypeInfo,
)]
pub struct G1(pub [u8; 64]);

/// A point of G2, 128 bytes.
#[derive(
	Clone,
	Copy,
	Debug,
	Decode,
	DecodeWithMemTracking,
	Encode,
	Eq,
	MaxEncodedLen,
	PartialEq,
	TypeInfo,
)]
pub struct G2(pub [u8; 128]);

/// A Groth16 proof, 256 bytes (Groth, EUROCRYPT 2016, eprint 2016/260).
#[derive(
	Clone,
	Copy,
	Debug,
	Decode,
	DecodeWithMemTracking,
	Encode,
	Eq,
	MaxEncodedLen,
	PartialEq,
	TypeInfo,
)]
pub struct Proof {
	/// A in G1.
	pub a: G1,
	/// B in G2.
	pub b: G2,
	/// C in G1.
	pub c: G1,
}

/// The verifying key of a circuit with [`PLAIN_INPUTS`] public inputs, 768 bytes.
#[derive(
	Clone,
	Copy,
	Debug,
	Decode,
	DecodeWithMemTracking,
	Encode,
	Eq,
	MaxEncodedLen,
	PartialEq,
	TypeInfo,
)]
pub struct VerifyingKey {
	/// alpha in G1.
	pub alpha: G1,
	/// beta in G2.
	pub beta: G2,
	/// gamma in G2; the generator is normal here.
	pub gamma: G2,
	/// delta in G2.
	pub delta: G2,
	/// One point for the constant 1, then one per public input.
	pub ic: [G1; PLAIN_INPUTS + 1],
}

/// A circuit's key by kind; later kinds become further variants.
#[derive(
	Clone,
	Copy,
	Debug,
	Decode,
	DecodeWithMemTracking,
	Encode,
	Eq,
	MaxEncodedLen,
	PartialEq,
	TypeInfo,
)]
pub enum CircuitKey {
	/// Groth16 as published, four public inputs.
	#[codec(index = 0)]
	Plain(VerifyingKey),
}

impl CircuitKey {
	/// The circuit's name: a hash over the kind and every byte of the key.
	pub fn hash(&self) -> CircuitHash {
		CircuitHash(tagged_hash(b"zkml/circuit/v1", self))
	}
}
