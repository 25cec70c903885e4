//! What is left to say of results at the challenge, once all of the commit round is there.

use ark_bn254::Fr;

use super::{
	pick,
	polynomial::{self, Powers},
	product, sort, Backend, Witness,
};

/// What one gadget has left to say.
pub enum Claim<B: Backend> {
	/// Of a dense operation with words.
	Words(polynomial::Claim<B>),
	/// Of a product of two computed matrices.
	Product(product::Claim<B>),
	/// Of rows that were picked.
	Pick(pick::Claim<B>),
	/// Of numbers in order.
	Order(sort::Claim<B>),
}

/// Constrains what a claim says, at the challenge that `powers` are of.
pub fn constrain<B: Backend>(b: &mut B, claim: &Claim<B>, powers: &mut Powers<B>) {
	match claim {
		Claim::Words(claim) => polynomial::constrain(b, claim, powers),
		Claim::Product(claim) => product::constrain(b, claim, powers),
		Claim::Pick(claim) => pick::constrain(b, claim, powers),
		Claim::Order(claim) => {
			let z = powers.get(b, 1);
			sort::constrain(b, claim, &z);
		}
	}
}

/// Whether nothing can be proved with a challenge, though all is true.
pub fn fails(claim: &Claim<Witness>, challenge: Fr) -> bool {
	match claim {
		Claim::Words(_) | Claim::Product(_) | Claim::Order(_) => false,
		Claim::Pick(claim) => pick::is_row(claim, challenge),
	}
}
