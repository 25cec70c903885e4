//! RISC Zero's digests: SHA-256 over named structures.
//!
//! A structure is hashed as the hash of its name, the digests in it, its numbers in four bytes each
//! and how many digests there are in two, the numbers little-endian.

use sha2::{Digest, Sha256};
use zkml_primitives::{ProgramKey, Scalar};

use crate::sp1::sha256;

/// What stands for "none" among digests.
const NONE: [u8; 32] = [0; 32];

fn tagged(name: &str, digests: &[&[u8; 32]], numbers: &[u32]) -> [u8; 32] {
	let mut hash = Sha256::new_with_prefix(sha256(name.as_bytes()));
	for digest in digests {
		hash.update(digest);
	}
	for number in numbers {
		hash.update(number.to_le_bytes());
	}
	// There are four at most.
	hash.update((digests.len() as u16).to_le_bytes());
	hash.finalize().into()
}

/// The digest of a claim that the guest halted with exit code 0 and left this journal.
///
/// Other ends have other digests, so a proof of a guest that paused, was cut off or failed does not
/// verify. The same goes for a receipt that rests on assumptions not yet proven.
fn claim_digest(image_id: &[u8; 32], journal: &[u8]) -> [u8; 32] {
	let journal = sha256(journal);
	let assumptions = &NONE;
	let output = tagged("risc0.Output", &[&journal, assumptions], &[]);
	// The memory is not looked at after a halt: program counter 0, no root.
	let after = tagged("risc0.SystemState", &[&NONE], &[0]);
	let (halted, exit_code) = (0, 0);
	let input = &NONE;
	tagged("risc0.ReceiptClaim", &[input, image_id, &after, &output], &[halted, exit_code])
}

/// A digest as two field elements: each half a little-endian number.
fn halves(digest: &[u8; 32]) -> [Scalar; 2] {
	let mut out = [Scalar::ZERO; 2];
	for (scalar, half) in out.iter_mut().zip(digest.chunks_exact(16)) {
		for (to, from) in scalar.0[16..].iter_mut().zip(half.iter().rev()) {
			*to = *from;
		}
	}
	out
}

/// RISC Zero's digest of a verifying key: over the SHA-256 of each point, whose bytes are the wire's.
pub fn key_digest(key: &ProgramKey) -> [u8; 32] {
	let list = key.ic.iter().rev().fold(NONE, |rest, point| {
		tagged("risc0_groth16.VerifyingKey.IC", &[&sha256(&point.0), &rest], &[])
	});
	let g2 = [key.beta, key.gamma, key.delta].map(|point| sha256(&point.0));
	let [beta, gamma, delta] = &g2;
	let digests = [&sha256(&key.alpha.0), beta, gamma, delta, &list];
	tagged("risc0_groth16.VerifyingKey", &digests, &[])
}

/// The first bytes of a digest over all that a release fixes.
pub(crate) fn selector(
	control_root: &[u8; 32],
	control_id: &[u8; 32],
	key: &ProgramKey,
) -> [u8; 4] {
	let mut little_endian = *control_id;
	little_endian.reverse();
	let digests = [control_root, &little_endian, &key_digest(key)];
	let [a, b, c, d, ..] = tagged("risc0.Groth16ReceiptVerifierParameters", &digests, &[]);
	[a, b, c, d]
}

/// The five public inputs.
pub(crate) fn inputs(
	image_id: &[u8; 32],
	control_root: &[u8; 32],
	control_id: &[u8; 32],
	journal: &[u8],
) -> [Scalar; 5] {
	let [root_0, root_1] = halves(control_root);
	let [claim_0, claim_1] = halves(&claim_digest(image_id, journal));
	[root_0, root_1, claim_0, claim_1, Scalar(*control_id)]
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn halves_are_little_endian_numbers() {
		let mut digest = [0; 32];
		(digest[0], digest[16], digest[31]) = (1, 2, 3);
		let [low, high] = halves(&digest);
		assert_eq!((low.0[31], low.0[30], low.0[16]), (1, 0, 0));
		assert_eq!((high.0[31], high.0[16], high.0[15]), (2, 3, 0));
	}
}
