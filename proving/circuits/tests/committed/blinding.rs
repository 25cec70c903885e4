//! Keys of somebody who wants to know the words: points that no verifier sees, and that hide them.

use ark_bn254::{Fq, Fr, G1Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, Field, PrimeField, UniformRand};
use zkml_circuits::{prove::ProveError, setup, Keys, Prover, ProverError};
use zkml_groth16::{prepare_params, verify_range, write_g1};
use zkml_prover::{ProvingKeyFile, RangeKeyFile};

use super::keyed::{one_row, Keyed, Waste};
use crate::common::rng;

/// A point for the salt that comes to nothing with every other salt. It is on no curve of prime order, and
/// formulas for sums of points do not look at the curve.
fn even() -> G1Affine {
	G1Affine::new_unchecked(Fq::from(2), Fq::ZERO)
}

/// The commitment to the words that nothing hides.
fn bare(keyed: &Keyed, words: &[Fr]) -> G1Affine {
	let bases = keyed.key.committed.iter().zip(words).skip(1);
	bases.map(|(base, word)| *base * word).sum::<ark_bn254::G1Projective>().into_affine()
}

#[test]
fn a_salt_is_no_salt_if_its_point_is_infinity_or_off_the_curve() {
	let mut keyed = Keyed::new(one_row());
	for point in [G1Affine::identity(), even()] {
		let mut words = keyed.words();
		while words[0].into_bigint().0[0] & 1 == 1 {
			words[0] = Fr::rand(&mut keyed.rng);
		}
		let honest = keyed.point(&words);
		assert_ne!(honest, bare(&keyed, &words));
		let kept = std::mem::replace(&mut keyed.key.committed[0], point);
		let seen = keyed.point(&words);
		assert_eq!(seen, bare(&keyed, &words));
		// Nobody who sees it is warned.
		assert!(prepare_params(&keyed.prepared, &write_g1(&seen)).is_ok());
		// So nobody commits with such a key.
		assert!(!keyed.key.hides());
		let linked =
			(keyed.range_key.range_key().unwrap(), zkml_groth16::write_g2(&keyed.link.epsilon));
		let settings = keyed.model.settings_hash();
		let file = ProvingKeyFile::new(settings, keyed.key.clone(), Some(linked)).unwrap();
		let refused = Prover::new(keyed.model.clone(), file);
		assert!(matches!(refused, Err(ProverError::Blinding)));
		keyed.key.committed[0] = kept;
		assert!(keyed.key.hides());
	}
}

/// The range circuit's salt is left out of its commitment, and put into that of the round, where another wire
/// has the same value. Everything verifies.
#[test]
fn a_range_key_whose_salt_is_elsewhere_gives_proofs_that_hold_and_tell() {
	let mut per = Fr::ZERO;
	let mut keyed = Keyed::with(one_row(), |Waste { ranges, .. }| {
		per = ranges.committed * ranges.rounds[0].inverse().unwrap();
	});
	let (salt, moved) = (keyed.range_key.committed[0], keyed.range_key.rounds[0].query[0]);
	let words = keyed.words();
	let parameters = keyed.model.parameters().to_vec();
	let point = keyed.point(&words);
	let guess = |keyed: &Keyed| {
		let bases = keyed.range_key.committed.iter().zip(&words).skip(1);
		bases.map(|(base, word)| *base * word).sum::<ark_bn254::G1Projective>().into_affine()
	};
	for hostile in [false, true] {
		if hostile {
			keyed.range_key.committed[0] = G1Affine::identity();
			keyed.range_key.rounds[0].query[0] = (moved + salt * per).into_affine();
			keyed.link.query[1] = G1Affine::identity();
		}
		let own: Vec<Fr> =
			[Fr::rand(&mut keyed.rng)].into_iter().chain(words[1..].to_vec()).collect();
		let proof = keyed.range_proof(point, (&own, &parameters), (words[0], &words[1..]));
		assert_eq!(verify_range(&keyed.under(point), &proof), Ok(()));
		assert_eq!(proof.params == write_g1(&guess(&keyed)), hostile);
		assert_eq!(keyed.range_key.hides(), !hostile);

		let Keys { ranges, .. } = setup(&keyed.model, &mut rng(1), &|_, _, _| ()).unwrap();
		let (key, link) = (keyed.range_key.clone(), keyed.link.clone());
		let mut file: RangeKeyFile = ranges.unwrap();
		(file.key, file.link) = (key.into(), link);
		let under = keyed.under(point);
		let circuit = keyed.model.range_circuit().unwrap();
		let own = (words.as_slice(), parameters.as_slice());
		let proved = circuit.prove(&file, &under, own, Fr::rand(&mut rng(2)), &mut rng(3));
		match hostile {
			false => assert!(proved.is_ok()),
			true => assert!(matches!(proved, Err(ProveError::RangeKey(_)))),
		}
	}
}

/// Without delta in G1 nothing hides A and what the round commits to.
#[test]
fn a_range_key_with_another_delta_is_refused() {
	let keyed = Keyed::new(one_row());
	for point in [G1Affine::identity(), G1Affine::generator(), even()] {
		let mut key = keyed.range_key.clone();
		key.delta_g1 = point;
		assert!(!key.hides());
	}
	assert!(keyed.range_key.hides());
}
