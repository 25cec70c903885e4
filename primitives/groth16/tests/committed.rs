//! Keys whose parameters are a point: which are refused, and what a proof under one holds for.

use ark_bn254::{Fr, G1Affine, G1Projective};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::Field;
use zkml_groth16::{
	prepare, prepare_params, read_g1, read_g2, verify, verify_batch, verify_range, write_g1,
	write_g2, BatchItem, Element, KeyError, PointError, PreparedKey, VerifyError,
};
use zkml_primitives::{CircuitKey, CommittedKey, Scalar, COMMITTED_INPUTS, G1, G2};
use zkml_trapdoor::{Trapdoor, COMMITTED_DELTAS};

fn scalar(number: u8) -> Scalar {
	Scalar::from_hash([number; 32])
}

fn inputs(number: u8) -> Vec<Scalar> {
	(0..COMMITTED_INPUTS as u8).map(|index| scalar(number.wrapping_add(index))).collect()
}

fn keyed(key: &PreparedKey, point: &G1) -> PreparedKey {
	key.clone().with_params(prepare_params(key, point).expect("a good point"))
}

fn point(wire: &G1) -> G1Affine {
	read_g1(wire).expect("a good point")
}

fn write(point: G1Projective) -> G1 {
	write_g1(&point.into_affine())
}

fn deltas(key: &mut CommittedKey) -> [&mut G2; COMMITTED_DELTAS] {
	let CommittedKey { delta, round, params, range, link, .. } = key;
	[delta, round, params, &mut range.delta, &mut range.round, &mut range.params, link]
}

fn committed(trapdoor: &Trapdoor) -> CommittedKey {
	let CircuitKey::Committed(key) = trapdoor.circuit() else { panic!("made as one") };
	key
}

#[test]
fn no_delta_may_be_another_the_generator_gamma_or_beta_up_to_sign() {
	let trapdoor = Trapdoor::committed(1);
	for own_gamma in [false, true] {
		let trapdoor = match own_gamma {
			true => trapdoor.clone().with_own_gamma(),
			false => trapdoor.clone(),
		};
		let mut good = committed(&trapdoor);
		let CommittedKey { beta, gamma, .. } = good;
		let generator = write_g2(&ark_bn254::G2Affine::generator());
		let all = deltas(&mut good).map(|delta| *delta);
		prepare(&CircuitKey::Committed(good)).expect("an honest key");
		let with = |index: usize, value: G2, negative: bool| {
			let mut key = good;
			let value = read_g2(&value).unwrap();
			*deltas(&mut key)[index] = write_g2(&if negative { -value } else { value });
			prepare(&CircuitKey::Committed(key)).map(|_| ())
		};
		for negative in [false, true] {
			for index in 0..COMMITTED_DELTAS {
				for other in (0..COMMITTED_DELTAS).filter(|other| *other != index) {
					let refused = with(index, all[other], negative);
					assert_eq!(refused, Err(KeyError::DeltasEqual), "{index} as {other}");
				}
				let refused = with(index, generator, negative);
				assert_eq!(refused, Err(KeyError::DeltaIsGenerator), "{index}");
				assert_eq!(with(index, beta, negative), Err(KeyError::BetaNotItsOwn), "{index}");
				if own_gamma {
					let refused = with(index, gamma, negative);
					assert_eq!(refused, Err(KeyError::GammaEqualsDelta), "{index}");
				}
			}
		}
	}
}

#[test]
fn each_point_of_a_key_is_looked_at_and_named() {
	let good = committed(&Trapdoor::committed(1));
	let names = [
		Element::Delta,
		Element::RoundDelta(0),
		Element::Params,
		Element::RangeDelta,
		Element::RangeRound,
		Element::RangeParams,
		Element::Link,
	];
	for (index, name) in names.into_iter().enumerate() {
		let mut key = good;
		deltas(&mut key)[index].0[127] ^= 1;
		let error = KeyError::Point(name, PointError::NotOnCurve);
		assert_eq!(prepare(&CircuitKey::Committed(key)).map(|_| ()), Err(error));
	}
	for index in 0..2u8 {
		let mut key = good;
		key.range.ic[usize::from(index)].0 = [0; 64];
		let error = KeyError::Point(Element::RangeIc(index), PointError::Identity);
		assert_eq!(prepare(&CircuitKey::Committed(key)).map(|_| ()), Err(error));
	}
}

#[test]
fn a_point_for_parameters_is_on_the_curve_canonical_and_not_infinity() {
	let trapdoor = Trapdoor::committed(1);
	let key = prepare(&trapdoor.circuit()).unwrap();
	for (bytes, error) in [
		([0; 64], PointError::Identity),
		([0xff; 64], PointError::NotCanonical),
		([1; 64], PointError::NotOnCurve),
	] {
		let refused = prepare_params(&key, &G1(bytes)).map(|_| ());
		assert_eq!(refused, Err(VerifyError::Point(Element::Params, error)));
	}
	for other in [Trapdoor::new(1), Trapdoor::with_rounds(1, 1), Trapdoor::with_inputs(1, 3)] {
		let other = prepare(&other.circuit()).unwrap();
		let refused = prepare_params(&other, &trapdoor.params_point()).map(|_| ());
		assert_eq!(refused, Err(VerifyError::Params));
	}
}

#[test]
fn a_proof_holds_for_the_parameters_that_it_was_made_for_and_no_others() {
	let trapdoor = Trapdoor::committed(1);
	let key = prepare(&trapdoor.circuit()).unwrap();
	let (own, given) = (trapdoor.params_point(), inputs(1));
	let proof = trapdoor.prove(&given, 3);
	assert_eq!(verify(&keyed(&key, &own), &given, &proof), Ok(()));
	assert_eq!(verify(&key, &given, &proof), Err(VerifyError::Params));
	let w = point(&own);
	let other = point(&trapdoor.clone().with_params_of(scalar(9)).params_point());
	let CommittedKey { alpha, ic, .. } = committed(&trapdoor);
	let made = [
		other.into_group(),
		w * Fr::from(2),
		-w.into_group(),
		w + other,
		w + point(&alpha),
		w + point(&ic[1]),
		w + point(&proof.a),
		w + point(&proof.c),
		w + point(&proof.commitments[0]),
		w + G1Affine::generator(),
	];
	for made in made {
		let keyed = keyed(&key, &write(made));
		assert_eq!(verify(&keyed, &given, &proof), Err(VerifyError::Equation));
		// Nor does what a proof can be shifted by make up for it: C and the round's commitment.
		let shifts = [w - made, made - w];
		for shift in shifts {
			let mut moved = proof.clone();
			moved.c = write(point(&proof.c) + shift);
			assert!(verify(&keyed, &given, &moved).is_err());
			let mut moved = proof.clone();
			let shifted = write(point(&proof.commitments[0]) + shift);
			moved.commitments = vec![shifted].try_into().unwrap();
			assert!(verify(&keyed, &given, &moved).is_err());
		}
	}
	// A key without such parameters takes none.
	let rounds = Trapdoor::with_rounds(1, 1);
	let prepared = prepare(&rounds.circuit()).unwrap();
	let given = [&inputs(1)[..], &[scalar(7)]].concat();
	let proof = rounds.prove(&given, 3);
	assert_eq!(verify(&prepared, &given, &proof), Ok(()));
	let with = prepared.with_params(prepare_params(&key, &own).unwrap());
	assert_eq!(verify(&with, &given, &proof), Err(VerifyError::Params));
}

/// Why the deltas must differ: under such keys, which [`prepare`] refuses, a proof for one version's
/// parameters is made into one for another's by anybody.
#[test]
fn under_a_key_with_equal_deltas_parameters_can_be_exchanged() {
	// Delta is 0, that of the round 1, that for parameters 2.
	for other in [0, 1] {
		let bad = Trapdoor::committed(1).with_deltas_equal(other, 2);
		assert_eq!(prepare(&bad.circuit()), Err(KeyError::DeltasEqual));
		// alpha and beta are those of a good key.
		let good = prepare(&Trapdoor::committed(1).circuit()).unwrap();
		let key = PreparedKey { key: bad.circuit(), ..good };
		let victim = bad.clone().with_params_of(scalar(9)).params_point();
		let difference = point(&bad.params_point()) - point(&victim);
		let mut proof = bad.prove(&inputs(1), 3);
		assert_eq!(verify(&keyed(&key, &bad.params_point()), &inputs(1), &proof), Ok(()));
		match other {
			0 => proof.c = write(point(&proof.c) + difference),
			_ => {
				let moved = write(point(&proof.commitments[0]) + difference);
				proof.commitments = vec![moved].try_into().unwrap();
			}
		}
		assert_eq!(verify(&keyed(&key, &victim), &inputs(1), &proof), Ok(()), "the attack is real");
	}
	// With delta_0 = gamma, what is public could be taken back: W' = W + (x - x') IC_1.
	let bad = Trapdoor::committed(1).with_gamma_equal_to_params();
	assert_eq!(prepare(&bad.circuit()), Err(KeyError::GammaEqualsDelta));
	let good = prepare(&Trapdoor::committed(1).circuit()).unwrap();
	let key = PreparedKey { key: bad.circuit(), ..good };
	let (given, mut claimed) = (inputs(1), inputs(1));
	claimed[0] = scalar(200);
	let shift = point(&committed(&bad).ic[1]) * (field(&given[0]) - field(&claimed[0]));
	let registered = write(point(&bad.params_point()) + shift);
	let proof = bad.prove(&given, 3);
	assert_eq!(verify(&keyed(&key, &registered), &claimed, &proof), Ok(()), "the attack is real");
}

fn field(scalar: &Scalar) -> Fr {
	use ark_ff::PrimeField;
	Fr::from_be_bytes_mod_order(&scalar.0)
}

#[test]
fn a_batch_and_each_proof_alone_say_the_same_of_every_parameters() {
	let (one, other) = (Trapdoor::committed(1), Trapdoor::committed(1).with_params_of(scalar(5)));
	let (second, rounds) = (Trapdoor::committed(2), Trapdoor::with_rounds(3, 1));
	let trapdoors = [&one, &other, &second];
	let mut keys: Vec<_> = trapdoors
		.iter()
		.map(|trapdoor| keyed(&prepare(&trapdoor.circuit()).unwrap(), &trapdoor.params_point()))
		.collect();
	keys.push(prepare(&rounds.circuit()).unwrap());
	keys.push(prepare(&one.circuit()).unwrap());
	let mut items = Vec::new();
	for n in 0..12u8 {
		let key = u32::from(n % 3);
		let proof = trapdoors[key as usize].prove(&inputs(n), n.into());
		items.push(BatchItem { key, inputs: inputs(n), proof });
	}
	let given = [&inputs(50)[..], &[scalar(7)]].concat();
	items.push(BatchItem { key: 3, proof: rounds.prove(&given, 50), inputs: given });
	assert_eq!(verify_batch(&keys, &items).singly, 0, "all hold");
	// Under the other's parameters, and under none.
	items[3].key = 1;
	items[7].key = 0;
	items[9].key = 4;
	let batch = verify_batch(&keys, &items);
	for (index, (item, result)) in items.iter().zip(&batch.results).enumerate() {
		let alone = verify(&keys[item.key as usize], &item.inputs, &item.proof);
		assert_eq!(*result, alone);
		let expected = match index {
			3 | 7 => Err(VerifyError::Equation),
			9 => Err(VerifyError::Params),
			_ => Ok(()),
		};
		assert_eq!(alone, expected, "item {index}");
	}
	assert_eq!(batch.singly, 12);
}

#[test]
fn a_proof_of_range_is_of_one_commitment_under_one_key() {
	let trapdoor = Trapdoor::committed(1);
	let key = prepare(&trapdoor.circuit()).unwrap();
	let own = keyed(&key, &trapdoor.params_point());
	let range = trapdoor.prove_range(3);
	assert_eq!(verify_range(&own, &range), Ok(()));
	assert_eq!(verify_range(&own, &trapdoor.prove_range(4)), Ok(()));
	assert_eq!(verify_range(&key, &range), Err(VerifyError::Params));
	let other = trapdoor.clone().with_params_of(scalar(9));
	let others = keyed(&key, &other.params_point());
	assert_eq!(verify_range(&others, &range), Err(VerifyError::Equation));
	let stranger = Trapdoor::committed(2);
	let theirs = keyed(&prepare(&stranger.circuit()).unwrap(), &stranger.params_point());
	assert_eq!(verify_range(&theirs, &range), Err(VerifyError::Equation));
	// Each equation alone: a good proof whose link is another's, and a good link beside a bad proof.
	let unlinked = trapdoor.prove_range_unlinked(3);
	assert_eq!(verify_range(&own, &unlinked), Err(VerifyError::Equation));
	let mut unproved = range.clone();
	unproved.proof.c = unproved.proof.a;
	assert_eq!(verify_range(&own, &unproved), Err(VerifyError::Equation));
	// Circuit, W, V and what the round committed to enter the challenge, each by itself.
	let (hash, w) = (trapdoor.circuit().hash(), trapdoor.params_point());
	let (v, d) = (range.params, range.proof.commitments[0]);
	let challenge = zkml_primitives::RangeProof::challenge;
	let drawn = challenge(hash, &w, &v, &[d]);
	let another = stranger.circuit().hash();
	assert_ne!(challenge(another, &w, &v, &[d]), drawn);
	assert_ne!(challenge(hash, &other.params_point(), &v, &[d]), drawn);
	assert_ne!(challenge(hash, &w, &d, &[d]), drawn);
	assert_ne!(challenge(hash, &w, &v, &[v]), drawn);
	// Another V alone breaks both equations.
	let mut moved = range.clone();
	let half = Fr::from(2).inverse().unwrap();
	moved.params = write(point(&range.params) * half);
	assert_eq!(verify_range(&own, &moved), Err(VerifyError::Equation));
	let mut short = range.clone();
	short.proof.commitments = Default::default();
	let error = VerifyError::CommitmentCount { expected: 1, got: 0 };
	assert_eq!(verify_range(&own, &short), Err(error));
	for (change, element) in [
		(
			(|range| range.params.0 = [0; 64]) as fn(&mut zkml_primitives::RangeProof),
			Element::Params,
		),
		(|range| range.link.0 = [0; 64], Element::Link),
		(|range| range.proof.a.0 = [0; 64], Element::A),
		(|range| range.proof.b.0 = [0; 128], Element::B),
		(|range| range.proof.c.0 = [0; 64], Element::C),
		(|range| range.proof.commitments[0].0 = [0; 64], Element::Commitment(0)),
	] {
		let mut bad = range.clone();
		change(&mut bad);
		let error = VerifyError::Point(element, PointError::Identity);
		assert_eq!(verify_range(&own, &bad), Err(error));
	}
}
