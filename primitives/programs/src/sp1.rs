//! SP1's digest of public values.

use sha2::{Digest, Sha256};
use zkml_primitives::Scalar;

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
	Sha256::digest(bytes).into()
}

/// SHA-256 without its three highest bits, which makes it a field element.
///
/// A program may use BLAKE3 in its place. Its proofs have another digest and do not verify here, as
/// they do not under SP1's contracts.
pub(crate) fn public_values_digest(values: &[u8]) -> Scalar {
	let mut digest = sha256(values);
	digest[0] &= 0x1f;
	Scalar(digest)
}
