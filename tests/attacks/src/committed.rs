//! Attacks on keys whose parameters are a point: on the point, on proofs of range, on the deltas.

use ark_bn254::Fr;
use ark_ec::CurveGroup;
use zkml_groth16::{read_g1, write_g1};
use zkml_primitives::{CircuitKey, CommittedKey, Proof, RangeProof, Scalar, G1, G2};
use zkml_trapdoor::{Trapdoor, COMMITTED_DELTAS};

use crate::{
	hostile::{negated, outside_subgroup, spoilt},
	verifier::{Backend, RANDOMNESS},
};

/// Runs them, beside an honest proof; each answer goes to `refuse`, which sees that it is an error.
pub(crate) fn run(
	backend: &mut impl Backend,
	trapdoor: &Trapdoor,
	inputs: &[Scalar],
	proof: &Proof,
	mut refuse: impl FnMut(String, Result<(), String>),
) {
	let (key, own) = (trapdoor.circuit(), trapdoor.params_point());
	refuse("T5 no parameters".into(), backend.verify(&key, None, inputs, proof));
	for (what, point) in other_points(trapdoor, proof) {
		refuse(format!("T5 {what}"), backend.verify(&key, Some(&point), inputs, proof));
	}
	let plain = Trapdoor::with_rounds(1, 1);
	let given = plain.prove(&[&[Scalar::ZERO], inputs].concat(), RANDOMNESS);
	refuse(
		"T9 parameters for a key that has none".into(),
		backend.verify(&plain.circuit(), Some(&own), inputs, &given),
	);

	let range = trapdoor.prove_range(RANDOMNESS);
	assert_eq!(backend.verify_range(&key, &own, &range), Ok(()), "an honest proof of range");
	for (what, point) in other_points(trapdoor, proof) {
		refuse(format!("range of {what}"), backend.verify_range(&key, &point, &range));
	}
	for (what, bad) in other_ranges(trapdoor, &range, proof) {
		refuse(format!("range with {what}"), backend.verify_range(&key, &own, &bad));
	}
	let other = Trapdoor::committed(2).circuit();
	refuse("range under another key".into(), backend.verify_range(&other, &own, &range));
	refuse(
		"range under a key of another kind".into(),
		backend.verify_range(&plain.circuit(), &own, &range),
	);
}

/// Points that somebody could register who knows no parameters for them, and bytes that are none, by what
/// they are. The proof is one for the key's own parameters.
///
/// # Panics
/// If the key is of another kind.
pub fn other_points(trapdoor: &Trapdoor, proof: &Proof) -> Vec<(&'static str, G1)> {
	let own = trapdoor.params_point();
	let next = trapdoor.clone().with_params_of(Scalar::from_hash([1; 32])).params_point();
	let [w, other, a, c] =
		[&own, &next, &proof.a, &proof.c].map(|g1| read_g1(g1).expect("a point"));
	let alpha = read_g1(trapdoor.circuit().points().alpha).expect("a good key");
	let write = |point: ark_bn254::G1Projective| write_g1(&point.into_affine());
	let mut off = own;
	off.0[63] ^= 1;
	vec![
		("another version's parameters", next),
		("parameters twice", write(w * Fr::from(2))),
		("parameters negated", write(-(w * Fr::from(1)))),
		("two versions' parameters added up", write(w + other)),
		("parameters and A of a proof", write(w + a)),
		("parameters and C of a proof", write(w + c)),
		("parameters and alpha", write(w + alpha)),
		("parameters at infinity", G1([0; 64])),
		("parameters off the curve", off),
		("parameters of all ones", G1([0xff; 64])),
	]
}

/// Proofs of range that are none of these parameters.
fn other_ranges(
	trapdoor: &Trapdoor,
	range: &RangeProof,
	inference: &Proof,
) -> Vec<(String, RangeProof)> {
	let mut out: Vec<_> = spoilt(&range.proof)
		.into_iter()
		.map(|(what, proof)| (what, RangeProof { proof, ..range.clone() }))
		.collect();
	let mut add = |what: &str, change: &dyn Fn(&mut RangeProof)| {
		let mut copy = range.clone();
		change(&mut copy);
		assert_ne!(copy, *range, "{what}: the change must change something");
		out.push((what.to_owned(), copy));
	};
	let next = trapdoor.prove_range(RANDOMNESS + 1);
	let list = |points: &[G1]| points.to_vec().try_into().expect("no more than may be");
	let own = range.proof.commitments[0];
	add("no link", &|range| range.link = G1([0; 64]));
	add("a link off the curve", &|range| range.link.0[63] ^= 1);
	add("another's link", &|range| range.link = next.link);
	add("the commitment for a link", &|range| range.link = range.params);
	add("no commitment of its own", &|range| range.params = G1([0; 64]));
	add("a commitment of its own off the curve", &|range| range.params.0[63] ^= 1);
	add("another's commitment", &|range| range.params = next.params);
	add("another's commitment and link", &|range| {
		(range.params, range.link) = (next.params, next.link);
	});
	add("the inferences' parameters for its own", &|range| range.params = trapdoor.params_point());
	add("another's proof", &|range| range.proof = next.proof.clone());
	add("a proof of an inference", &|range| range.proof = inference.clone());
	add("no round", &|range| range.proof.commitments = list(&[]));
	add("a round too many", &|range| range.proof.commitments = list(&[own, own]));
	add("the commitment in the round's place", &|range| {
		range.proof.commitments = list(&[range.params]);
	});
	out.push(("other parameters".into(), trapdoor.prove_range_unlinked(RANDOMNESS)));
	out
}

/// What sets one point of a key.
type Set = fn(&mut CommittedKey, G2);

const DELTAS: [Set; COMMITTED_DELTAS] = [
	|key, point| key.delta = point,
	|key, point| key.round = point,
	|key, point| key.params = point,
	|key, point| key.range.delta = point,
	|key, point| key.range.round = point,
	|key, point| key.range.params = point,
	|key, point| key.link = point,
];

/// Keys of which a delta is another one, or none, or what it may not be; and bad points of the range
/// circuit's inputs.
pub(crate) fn bad_keys(good: &CommittedKey) -> Vec<(String, CircuitKey)> {
	let mut keys = Vec::new();
	let deltas = [
		good.delta,
		good.round,
		good.params,
		good.range.delta,
		good.range.round,
		good.range.params,
		good.link,
	];
	let names = Trapdoor::delta_names();
	for (index, (set, name)) in DELTAS.iter().zip(names).enumerate() {
		let mut add = |what: String, point: G2| {
			let mut key = *good;
			set(&mut key, point);
			keys.push((format!("{name} {what}"), CircuitKey::Committed(key)));
		};
		for (other, delta) in deltas.iter().enumerate().filter(|(other, _)| *other != index) {
			add(format!("equal to {}", names[other]), *delta);
			add(format!("the negative of {}", names[other]), negated(delta));
		}
		add("the generator".into(), good.gamma);
		add("the generator's negative".into(), negated(&good.gamma));
		add("equal to beta".into(), good.beta);
		add("beta's negative".into(), negated(&good.beta));
		add("at infinity".into(), G2([0; 128]));
		add("outside the subgroup".into(), outside_subgroup());
		// gamma need not be the generator, so it is compared with each delta for itself.
		let gamma = CommittedKey { gamma: deltas[index], ..*good };
		keys.push((format!("gamma equal to {name}"), CircuitKey::Committed(gamma)));
	}
	for index in 0..good.range.ic.len() {
		let mut vary = |what: &str, change: &dyn Fn(&mut G1)| {
			let mut key = *good;
			change(&mut key.range.ic[index]);
			let what = format!("IC[{index}] of the range circuit {what}");
			keys.push((what, CircuitKey::Committed(key)));
		};
		vary("at infinity", &|point| point.0 = [0; 64]);
		vary("off the curve", &|point| point.0[63] ^= 1);
	}
	keys
}
