//! `zkml rerandomize`: another valid proof of the same statement, without knowing a witness.
//!
//! Groth16 proofs are malleable by design: from (A, B, C) anyone makes
//! (A / r, r B + r s delta, C + s A) for any r and s. So a chain must never tell proofs apart by
//! their bytes; this tool is for tests of that.

use ark_bn254::Fr;
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{Field, UniformRand};
use rand::rngs::OsRng;
use serde_json::json;
use zkml_client::{hex, proof_file::ProofFile};
use zkml_groth16::{read_g1, read_g2, write_g1, write_g2, PointError};
use zkml_primitives::{CircuitKey, Proof};

use crate::{args::Rerandomize, error::CliError, output::Output};

/// Writes the other proof, once it is known to be good.
pub fn run(args: Rerandomize, out: &Output) -> Result<(), CliError> {
	let mut file = ProofFile::load(&args.proof)?;
	let key = zkml_circuits::load_verifying_key(&args.verifying_key)?;
	file.verify(&key)?;
	let other = rerandomize(&file.proof()?, &key).map_err(|error| {
		CliError::mismatch("the proof", "points that can be read", format!("one that {error}"))
	})?;
	file.set_proof(&other);
	file.verify(&key)?;
	file.save(&args.output)?;
	out.say("another valid proof of the same statement");
	out.field("proof", args.output.display());
	out.finish(json!({
		"proof": args.output.display().to_string(),
		"bytes": hex::show(&file.proof),
	}));
	Ok(())
}

fn rerandomize(proof: &Proof, key: &CircuitKey) -> Result<Proof, PointError> {
	let (a, b, c) = (read_g1(&proof.a)?, read_g2(&proof.b)?, read_g1(&proof.c)?);
	let delta = read_g2(key.points().delta)?;
	// A random element is zero with probability 2^-254; one is as good a choice then.
	let r = Fr::rand(&mut OsRng);
	let s = Fr::rand(&mut OsRng);
	let (r, inverse) = r.inverse().map_or((Fr::ONE, Fr::ONE), |inverse| (r, inverse));
	Ok(Proof {
		a: write_g1(&(a * inverse).into_affine()),
		b: write_g2(&((b.into_group() + delta * s) * r).into_affine()),
		c: write_g1(&(a * s + c).into_affine()),
		// Another commitment would be another challenge.
		commitments: proof.commitments.clone(),
	})
}

#[cfg(test)]
mod tests {
	use super::*;
	use ark_bn254::{G1Affine, G2Affine};
	use zkml_primitives::{Scalar, VerifyingKey, G1};

	/// A key whose trapdoors are known, and a proof made with them: alpha, beta, gamma, delta are
	/// multiples of the generators, and so are the IC points.
	fn simulated() -> (CircuitKey, Proof, [Scalar; 4]) {
		let g1 = |n: u64| G1Affine::generator() * Fr::from(n);
		let g2 = |n: u64| G2Affine::generator() * Fr::from(n);
		let w1 = |p: ark_bn254::G1Projective| write_g1(&p.into_affine());
		let w2 = |p: ark_bn254::G2Projective| write_g2(&p.into_affine());
		let ic: [G1; 5] = core::array::from_fn(|i| w1(g1(20 + i as u64)));
		let key = VerifyingKey {
			alpha: w1(g1(3)),
			beta: w2(g2(5)),
			gamma: w2(g2(1)),
			delta: w2(g2(7)),
			ic,
		};
		let inputs: [u64; 4] = [1, 2, 3, 4];
		let statement = 20 + inputs.iter().zip(21..).map(|(x, point)| x * point).sum::<u64>();
		// A B = alpha beta + statement gamma + C delta, in the exponents, with A = 100 and B = 11.
		let c = Fr::from(1100 - 15 - statement) / Fr::from(7);
		let proof = Proof {
			a: w1(g1(100)),
			b: w2(g2(11)),
			c: w1(G1Affine::generator() * c),
			commitments: Default::default(),
		};
		let scalars = inputs.map(|n| {
			let mut bytes = [0; 32];
			bytes[31] = n as u8;
			Scalar(bytes)
		});
		(CircuitKey::Plain(key), proof, scalars)
	}

	#[test]
	fn the_other_proof_is_valid_and_differs_in_every_point() {
		let (key, proof, inputs) = simulated();
		let prepared = zkml_groth16::prepare(&key).unwrap();
		zkml_groth16::verify(&prepared, &inputs, &proof).unwrap();
		let other = rerandomize(&proof, &key).unwrap();
		zkml_groth16::verify(&prepared, &inputs, &other).unwrap();
		assert!(other.a != proof.a && other.b != proof.b && other.c != proof.c);
	}
}
