//! Two circuits that commit to the same wires, and what is asked of these.

mod common;

use ark_bn254::{Bn254, Fr, G1Affine, G2Affine};
use ark_ec::pairing::Pairing;
use ark_ff::{Field, UniformRand, Zero};
use common::rng;
use zkml_prover::{
	linked::generate_linked,
	prove::commit_once,
	r1cs::{Builder, Lc, Place, R1cs},
	setup::{generate, SetupError},
	setup_linked,
};

/// How two words are used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Use {
	/// Each in a factor of its own.
	Apart,
	/// In each other's factors, but not in the same one: two inputs that share a product.
	Crossed,
	/// In one factor, as two biases of one sum.
	Together,
	/// In two factors, with the same weights.
	TogetherTwice,
	/// In two factors with other weights: they are bound, though not by a row each.
	TogetherOtherwise,
	/// One of them nowhere.
	Nowhere,
	/// One of them in a product, too.
	InProduct,
}

/// Four public inputs; a salt and two words; a round of one wire.
fn inference(used: Use) -> R1cs {
	let mut builder = Builder::new(4);
	builder.group("words");
	let [salt, one, two] = [(); 3].map(|()| Lc::wire(builder.wire()));
	builder.close_committed();
	let y = Lc::wire(builder.wire());
	builder.close_round();
	let (x, zero) = (Lc::wire(1), Lc::default());
	builder.enforce(&salt, &zero, &zero);
	let both = one.plus(&two.times(Fr::from(1u64 << 20)));
	match used {
		Use::Apart => {
			builder.enforce(&one, &x, &zero);
			builder.enforce(&two, &x, &y);
		}
		Use::Crossed => builder.enforce(&one.plus(&x), &two.plus(&y), &zero),
		Use::Together => builder.enforce(&both, &x, &y),
		Use::TogetherTwice => {
			builder.enforce(&both, &x, &y);
			builder.enforce(&both, &y, &zero);
		}
		Use::TogetherOtherwise => {
			builder.enforce(&both, &x, &y);
			builder.enforce(&one.plus(&two), &y, &zero);
		}
		Use::Nowhere => builder.enforce(&one, &x, &y),
		Use::InProduct => {
			builder.enforce(&one, &x, &two);
			builder.enforce(&two, &x, &y);
		}
	}
	builder.finish().0
}

/// One public input; a salt and so many words; each word is the square of a wire of the round.
fn ranges(words: u32, in_factor: bool) -> R1cs {
	let mut builder = Builder::new(1);
	builder.group("ranges");
	let committed = builder.wires(1 + words);
	builder.close_committed();
	let round = builder.wires(1 + words);
	builder.close_round();
	for (word, own) in (committed..round).zip(round..) {
		let (word, own) = (Lc::wire(word), Lc::wire(own));
		builder.enforce(&own, &own, &word);
		if in_factor {
			builder.enforce(&word, &Lc::default(), &Lc::default());
		}
	}
	builder.finish().0
}

#[test]
fn circuits_whose_words_are_not_bound_one_by_one_are_not_linked() {
	let rng = &mut rng(21);
	let mut linked = |inference: &R1cs, ranges: &R1cs| match setup_linked(
		[inference, ranges],
		[0; 32],
		rng,
		&|_, _, _| (),
	) {
		Ok(_) => true,
		Err(SetupError::NotLinked { .. }) => false,
		Err(error) => panic!("{error}"),
	};
	for used in [
		Use::Apart,
		Use::Crossed,
		Use::Together,
		Use::TogetherTwice,
		Use::TogetherOtherwise,
		Use::Nowhere,
		Use::InProduct,
	] {
		let expected = matches!(used, Use::Apart | Use::Crossed);
		assert_eq!(linked(&inference(used), &ranges(2, false)), expected, "{used:?}");
	}
	let apart = inference(Use::Apart);
	assert!(!linked(&apart, &ranges(1, false)) && !linked(&apart, &ranges(3, false)));
	assert!(!linked(&apart, &ranges(2, true)));
	// Nor the other way round, nor one with itself, nor circuits that commit to nothing.
	assert!(!linked(&ranges(2, false), &apart) && !linked(&apart, &apart));
	let nothing = Builder::new(4).finish().0;
	assert!(!linked(&nothing, &nothing));
}

/// Why: the point is to both openings, and rows that have the words together cannot tell them apart.
#[test]
fn dependent_words_have_two_openings_of_one_point() {
	let rng = &mut rng(22);
	let base = Fr::from(1u64 << 20);
	for used in [Use::Together, Use::TogetherTwice, Use::Nowhere, Use::Apart, Use::Crossed] {
		let system = inference(used);
		let key = generate(&system, rng, &|_, _, _| ()).unwrap();
		let salt = Fr::rand(rng);
		let one = [salt, Fr::from(5), Fr::from(7)];
		let two = match used {
			Use::Nowhere => [salt, one[1], one[2] + Fr::ONE],
			_ => [salt, one[1] + base, one[2] - Fr::ONE],
		};
		let [first, second] = [one, two].map(|words| commit_once(&system, &key, &words).point);
		let free = system.loose_committed(Place::Factors).is_some();
		assert_eq!(first == second, free, "{used:?}");
		assert_eq!(free, !matches!(used, Use::Apart | Use::Crossed));
	}
}

/// K is there for one pair of commitments: those to the same words, of domains of different size too.
#[test]
fn a_link_is_of_both_commitments_to_the_same_words() {
	let rng = &mut rng(23);
	for more in [0, 60] {
		let inference = inference(Use::Crossed);
		let mut builder = Builder::new(1);
		builder.group("ranges");
		let committed = builder.wires(3);
		builder.close_committed();
		let round = builder.wires(3);
		builder.close_round();
		for (word, own) in (committed..round).zip(round..) {
			builder.enforce(&Lc::wire(own), &Lc::wire(own), &Lc::wire(word));
		}
		(0..more).for_each(|_| builder.enforce(&Lc::wire(round), &Lc::default(), &Lc::default()));
		let ranges = builder.finish().0;
		let (key, other, link) =
			generate_linked([&inference, &ranges], rng, &|_, _, _| ()).unwrap();
		let deltas = [&key, &other].map(|key| key.verifying.committed.unwrap());
		let holds = |w: G1Affine, v: G1Affine, k: G1Affine| {
			let g2: [G2Affine; 3] = [deltas[0], deltas[1], link.epsilon];
			Bn254::multi_pairing([w, v, -k], g2).is_zero()
		};
		let salts = [Fr::rand(rng), Fr::rand(rng)];
		let words = [Fr::from(5), -Fr::from(7)];
		let commit = |salts: [Fr; 2], words: [Fr; 2]| {
			let with = |salt| [&[salt], &words[..]].concat();
			let w = commit_once(&inference, &key, &with(salts[0])).point;
			let v = commit_once(&ranges, &other, &with(salts[1])).point;
			(w, v, zkml_groth16::read_g1(&link.point(salts, &words)).unwrap())
		};
		let (w, v, k) = commit(salts, words);
		assert!(holds(w, v, k));
		let changed = [
			([salts[1], salts[0]], words),
			([salts[0] + Fr::ONE, salts[1]], words),
			(salts, [words[0] + Fr::ONE, words[1]]),
			(salts, [words[1], words[0]]),
		];
		for (salts, words) in changed {
			let (other_w, other_v, other_k) = commit(salts, words);
			assert!(holds(other_w, other_v, other_k));
			assert_eq!(holds(other_w, v, other_k), other_v == v);
			assert_eq!(holds(w, other_v, other_k), other_w == w);
			assert!(!holds(other_w, other_v, k));
			assert!(!holds(w, v, other_k));
		}
	}
}
