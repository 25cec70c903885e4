//! Words beyond their widths, the range proof, and the link that says whose words it is of.

use ark_bn254::{Fr, G1Affine, G1Projective};
use ark_ec::CurveGroup;
use ark_ff::{AdditiveGroup, Field, UniformRand};
use zkml_circuits::{
	gadgets::{logup, lookup, range::Checks, Backend, Constraints},
	graph::{Lookup, Op},
	plan::Interval,
	prove::ProveError,
	r1cs::{field, Lc},
	setup, Keys, Prover, Trace,
};
use zkml_groth16::{prepare, read_g1, verify_range, write_g1, KeyError, VerifyError};
use zkml_primitives::{RangeProof, G1};

use super::keyed::{one_row, Keyed, CTX, REFUSED};
use crate::{
	common::layers::{Fill, Layers, Sizes},
	common::rng,
};

/// The first weight is no number of 8 bits, and the result of inputs of 3 is still one of its range.
fn wide(keyed: &mut Keyed) -> (Vec<Fr>, Trace) {
	let mut words = keyed.words();
	words[1] = Fr::from(200);
	words[2] = -Fr::from(190);
	words[3] = Fr::ZERO;
	let mut trace = keyed.trace(3);
	trace.values[1][0] = 30;
	(words, trace)
}

/// Parameters whose digits come closest to the words of [`wide`].
fn closest() -> Vec<Vec<i32>> {
	vec![vec![127, -128], vec![0]]
}

#[test]
fn words_beyond_their_width_prove_one_answer_and_are_not_within_it() {
	let mut keyed = Keyed::new(one_row());
	let (words, trace) = wide(&mut keyed);
	let point = keyed.point(&words);
	// Without a range proof they are as good as any, and whatever comes has one answer.
	let (statement, proof) = keyed.proof(&words, &trace, point);
	assert_eq!(keyed.verify(point, &statement, &proof), Ok(()));
	for other in [-1, 1, 29, 31, 600, -600] {
		let mut lie = trace.clone();
		lie.values[1][0] = other;
		let (statement, proof) = keyed.proof(&words, &lie, point);
		assert_eq!(keyed.verify(point, &statement, &proof), REFUSED);
	}
	// Where the sum is out of its range there is none.
	let mut none = keyed.trace(0);
	none.values[0] = vec![15, 0];
	none.values[1][0] = 3000;
	let largest = keyed.model.plan().ranges[1][0].max;
	assert!(largest >= 3000, "{largest}: it would do for an answer");
	let mut far = words.clone();
	far[1] = Fr::from(1u64 << 40);
	let far_point = keyed.point(&far);
	for y in [3000, largest, 0, -1] {
		none.values[1][0] = y;
		let (statement, proof) = keyed.proof(&far, &none, far_point);
		assert_eq!(keyed.verify(far_point, &statement, &proof), REFUSED);
	}

	// The range circuit has no digits for them.
	let circuit = keyed.model.range_circuit().unwrap();
	let wires =
		circuit.assign(&words, &closest()).complete(&circuit, Fr::from(1u64 << 40)).unwrap();
	assert_eq!(keyed.ranges.first_broken(&wires), Some("words.weights"));
	let own = (words.as_slice(), &closest()[..]);
	let proof = keyed.range_proof(point, own, (words[0], &words[1..]));
	assert_eq!(verify_range(&keyed.under(point), &proof), REFUSED);
	// Honest words in its place have, and are others.
	let others = keyed.words();
	let parameters = keyed.model.parameters().to_vec();
	for linked in [&words, &others] {
		let own = (others.as_slice(), &parameters[..]);
		let proof = keyed.range_proof(point, own, (words[0], &linked[1..]));
		assert_eq!(verify_range(&keyed.under(point), &proof), REFUSED);
	}
	let honest = keyed.point(&others);
	let own = (others.as_slice(), &parameters[..]);
	let proof = keyed.range_proof(honest, own, (others[0], &others[1..]));
	assert_eq!(verify_range(&keyed.under(honest), &proof), Ok(()));
	// Nor is it of any other point, nor with another V or K.
	assert_eq!(verify_range(&keyed.under(point), &proof), REFUSED);
	for changed in [
		RangeProof { params: write_g1(&honest), ..proof.clone() },
		RangeProof { link: proof.params, ..proof.clone() },
		RangeProof { params: moved(proof.params, keyed.range_key.delta_g1), ..proof.clone() },
		RangeProof { params: moved(proof.params, keyed.range_key.committed[1]), ..proof.clone() },
		RangeProof { link: moved(proof.link, keyed.link.query[2]), ..proof },
	] {
		assert_eq!(verify_range(&keyed.under(honest), &changed), REFUSED);
	}
}

fn moved(point: G1, by: G1Affine) -> G1 {
	write_g1(&(read_g1(&point).unwrap() + by).into_affine())
}

/// If epsilon is what is below W or V, or nothing, the two parts of the link are there apart from each other:
/// in a key, or as sums of the powers that everybody has after a ceremony. Then both sides may hold different
/// words.
#[test]
fn a_link_whose_epsilon_is_known_below_other_points_links_nothing() {
	for (below, refused) in [
		("W", Some(KeyError::DeltasEqual)),
		("V", Some(KeyError::DeltasEqual)),
		("nothing", Some(KeyError::DeltaIsGenerator)),
		("itself", None),
	] {
		let (mut delta_0, mut own) = (Fr::ZERO, Fr::ZERO);
		let mut keyed = Keyed::with(one_row(), |waste| {
			(delta_0, own) = (waste.inference.committed, waste.ranges.committed);
			waste.epsilon = match below {
				"W" => delta_0,
				"V" => own,
				"nothing" => Fr::ONE,
				_ => waste.epsilon,
			};
		});
		assert_eq!(prepare(keyed.circuit_key()).err(), refused);
		let (words, _) = wide(&mut keyed);
		let (point, others) = (keyed.point(&words), keyed.words());
		let parameters = keyed.model.parameters().to_vec();
		let proof = keyed.range_proof(point, (&others, &parameters), (words[0], &others[1..]));
		assert_eq!(verify_range(&keyed.under(point), &proof), REFUSED);
		// What is missing in K is the difference of the words in the parts of the first circuit.
		let missing = |parts: &[G1Affine]| -> G1Projective {
			let differences = words.iter().zip(&others).map(|(word, other)| *word - other);
			parts.iter().zip(differences).skip(1).map(|(part, by)| *part * by).sum()
		};
		let (first, second) = (&keyed.key.committed, &keyed.range_key.committed);
		let scaled = |parts: &[G1Affine], by: Fr| -> Vec<G1Affine> {
			parts.iter().map(|part| (*part * by).into_affine()).collect()
		};
		let both = &keyed.link.query[1..];
		let tries = [
			("W", missing(first)),
			("V", missing(both) - missing(second)),
			("nothing", missing(&scaled(first, delta_0))),
			("nothing", missing(both) - missing(&scaled(second, own))),
		];
		for (works, missing) in tries {
			let link = write_g1(&(read_g1(&proof.link).unwrap() + missing).into_affine());
			let forged = RangeProof { link, ..proof.clone() };
			let expected = if works == below { Ok(()) } else { REFUSED };
			assert_eq!(verify_range(&keyed.under(point), &forged), expected, "{works}");
		}
	}
}

/// With one delta under W and V, what is missing in V can be in W: the link sums both.
#[test]
fn with_one_delta_under_both_points_w_makes_up_for_the_other_s_words() {
	for equal in [true, false] {
		let mut keyed = Keyed::with(one_row(), |waste| {
			if equal {
				waste.ranges.committed = waste.inference.committed;
			}
		});
		assert_eq!(prepare(keyed.circuit_key()).err(), equal.then_some(KeyError::DeltasEqual));
		let (words, _) = wide(&mut keyed);
		let (others, parameters) = (keyed.words(), keyed.model.parameters().to_vec());
		let differences = words.iter().zip(&others).map(|(word, other)| *word - other);
		let parts = keyed.range_key.committed.iter().zip(differences).skip(1);
		let missing: G1Projective = parts.map(|(part, by)| *part * by).sum();
		let point = (missing + keyed.point(&words)).into_affine();
		let proof = keyed.range_proof(point, (&others, &parameters), (words[0], &words[1..]));
		let expected = if equal { Ok(()) } else { REFUSED };
		assert_eq!(verify_range(&keyed.under(point), &proof), expected);
	}
}

/// A range circuit of wider weights, for as many words.
#[test]
fn a_range_circuit_of_another_model_is_refused() {
	let mut layers = Layers::new(2, (0, 15), Fill::Highest, 6);
	layers.matrix(Sizes { weight_bits: 16, ..Sizes::dense(1) });
	let (other, mut keyed) = (layers.bare(), Keyed::new(one_row()));
	let rng = &mut rng(8);
	let theirs = Keyed::new(other.clone());
	let words =
		[&[Fr::rand(rng)], &other.describe().words(other.parameters(), Fr::ZERO)[1..]].concat();
	let point = keyed.point(&words);
	assert_eq!(theirs.ranges.committed, keyed.ranges.committed);
	// It is another key, and so another circuit: nobody names it apart.
	assert_ne!(theirs.circuit_key().hash(), keyed.circuit_key().hash());
	let parameters = other.parameters().to_vec();
	let (model, ranges) = (keyed.model.clone(), keyed.ranges.clone());
	keyed.model = other.clone();
	keyed.ranges = theirs.ranges.clone();
	let own = std::mem::replace(&mut keyed.range_key, theirs.range_key.clone());
	let mut proof = keyed.range_proof(point, (&words, &parameters), (words[0], &words[1..]));
	for link in [keyed.link.clone(), theirs.link.clone()] {
		proof.link = link.point([words[0], words[0]], &words[1..]);
		assert_eq!(verify_range(&keyed.under(point), &proof), REFUSED);
	}
	(keyed.model, keyed.ranges, keyed.range_key) = (model, ranges, own);

	let Keys { ranges, .. } = setup(&other, rng, &|_, _, _| ()).unwrap();
	let Keys { proving, .. } = setup(&keyed.model, rng, &|_, _, _| ()).unwrap();
	let prover = Prover::new(keyed.model, proving).unwrap();
	let refused = prover.prove_ranges(&ranges.unwrap(), rng);
	assert!(matches!(refused, Err(ProveError::RangeKey(_))));
}

#[test]
fn a_range_proof_without_its_commitment_is_refused() {
	let mut keyed = Keyed::new(one_row());
	let words = keyed.words();
	let (point, parameters) = (keyed.point(&words), keyed.model.parameters().to_vec());
	let proof = keyed.range_proof(point, (&words, &parameters), (words[0], &words[1..]));
	assert_eq!(verify_range(&keyed.under(point), &proof), Ok(()));
	for count in [0, 2] {
		let mut other = proof.clone();
		other.proof.commitments = vec![proof.proof.commitments[0]; count].try_into().unwrap();
		let error = VerifyError::CommitmentCount { expected: 1, got: count as u8 };
		assert_eq!(verify_range(&keyed.under(point), &other), Err(error));
	}
	assert_eq!(verify_range(&keyed.prepared, &proof), Err(VerifyError::Params));
}

/// Why each result is a wire with a range of its own. A table that is asked for a fraction has two answers,
/// and words that are fractions would ask.
#[test]
fn a_fraction_has_two_answers_in_a_table_and_is_no_result() {
	// 3 at 0 and 0 at 1, behind a range of two bits: the rows are 3 and 4.
	let checks = Checks::Tables { limb: 2, exact: vec![] };
	let function = Lookup { min: 0, values: vec![3, 0] };
	let part = lookup::Part::new(&checks, &function, Interval { min: 0, max: 1 });
	let mut constraints = Constraints::new(0);
	let x = Lc::wire(constraints.wires(1));
	lookup::value(&mut constraints, &checks, &part, &x);
	let logup::Lookups { tables, queries } = constraints.take_lookups();
	let answers = |x: Fr| -> Vec<i64> {
		let passes = |y: &i64| {
			queries.iter().all(|query| {
				let (table, value) = (&tables[query.table], [Fr::ONE, x, field(*y)]);
				let value = query.value.evaluate(&value);
				(0..table.count()).any(|row| field(table.at(row)) == value)
			})
		};
		(-8..8).filter(passes).collect()
	};
	let quarter = Fr::from(4).inverse().unwrap();
	assert_eq!([Fr::ZERO, Fr::ONE, quarter].map(answers), [vec![3], vec![0], vec![2, 3]]);

	// Behind a layer there is no fraction.
	let mut layers = Layers::new(1, (0, 1), Fill::Random, 3);
	layers.matrix(Sizes { weight_bits: 2, bias_bits: 1, ..Sizes::dense(1) });
	let function = Lookup { min: -3, values: vec![3, 0, 3, 0, 3] };
	layers.push(&[layers.last()], Op::Lookup(function));
	let mut keyed = Keyed::new(layers.bare());
	let mut words = keyed.words();
	let mut tried = 0;
	for inverse in 1..=64u64 {
		words[1] = Fr::from(inverse).inverse().unwrap();
		words[2] = Fr::ZERO;
		for (y, result) in (-3..=1).flat_map(|y| [(y, 3), (y, 0)]) {
			let mut trace = keyed.trace(1);
			(trace.values[1][0], trace.values[2][0]) = (y, result);
			let right = inverse == 1 && y == 1 && result == 3;
			let Some(wires) = attempt(&keyed, &words, &trace) else { continue };
			assert_eq!(keyed.system.first_broken(&wires).is_none(), right);
			tried += 1;
		}
	}
	assert!(tried >= 64);
}

/// The wires at some challenge, if what is asked of tables is in them.
fn attempt(keyed: &Keyed, words: &[Fr], trace: &Trace) -> Option<Vec<Fr>> {
	let (y, result) = (trace.values[1][0], trace.values[2][0]);
	let row = (y + 3) as usize;
	([3, 0, 3, 0, 3][row] == result)
		.then(|| keyed.complete(keyed.assign(words, trace, CTX), Fr::from(1u64 << 40)))
}
