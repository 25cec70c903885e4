//! Ceremonies for two circuits with the same committed wires.

use zkml_groth16::{prepare, prepare_params, verify, verify_range};
use zkml_poseidon::{from_field, to_field};
use zkml_primitives::{RangeProof, Scalar};
use zkml_prover::{
	in_turn,
	linked::generate_linked,
	prove::{commit, commit_once, prove},
	ProvingKeyFile, RangeKeyFile,
};

use super::{
	phase1::{power_for, same_points},
	*,
};

/// Which points each factor of a contribution divides.
pub const NAMES: [&str; 7] = [
	"the last wires' points",
	"the points of round 1",
	"the committed wires' points",
	"the range circuit's last wires' points",
	"the range circuit's points of round 1",
	"the range circuit's committed wires' points",
	"the link's points",
];
const VALUES: [u64; 3] = [5, 7, 11];

/// Multiplies the input and each committed value; `times` is a constant in one row.
pub fn inference(times: u64) -> R1cs {
	let mut builder = Builder::new(4);
	builder.group("rows");
	let salt = builder.wire();
	let values = builder.wires(VALUES.len() as u32);
	builder.close_committed();
	builder.enforce(&Lc::wire(salt), &Lc::default(), &Lc::default());
	let first = builder.wires(VALUES.len() as u32);
	for index in 0..VALUES.len() as u32 {
		builder.enforce(&Lc::wire(values + index), &Lc::wire(1), &Lc::wire(first + index));
	}
	builder.close_round();
	let last = builder.wire();
	let left = Lc::wire(first).times(Fr::from(times));
	builder.enforce(&left, &Lc::wire(4), &Lc::wire(last));
	builder.finish().0
}

/// Has each committed value as a product, and so many rows besides; `times` is a constant in some.
pub fn range(more: usize, times: u64) -> R1cs {
	let mut builder = Builder::new(1);
	builder.group("rows");
	let count = VALUES.len() as u32 + 1;
	let committed = builder.wires(count);
	builder.close_committed();
	let same = builder.wires(count);
	for index in 0..count {
		let [left, right] =
			[same, committed].map(|first| Lc::wire(first + index).times(Fr::from(times)));
		builder.enforce(&left, &Lc::wire(0), &right);
	}
	builder.close_round();
	let last = builder.wire();
	builder.enforce(&Lc::wire(same), &Lc::wire(1), &Lc::wire(last));
	for _ in 0..more {
		builder.enforce(&Lc::wire(last), &Lc::default(), &Lc::default());
	}
	builder.finish().0
}

/// Whether proofs of both circuits and the link verify.
fn prove_both(bench: &Bench, key: &ProvingKeyFile, ranges: &RangeKeyFile) {
	let rng = &mut rng(21);
	let one = Fr::ONE;
	let values = VALUES.map(Fr::from);
	let [salt, own] = [(); 2].map(|()| Fr::rand(rng));
	let committed = |salt: Fr| [vec![salt], values.to_vec()].concat();

	let (system, points) = (&bench.system, key.key());
	let public = [3u64, 2, 8, 6].map(Fr::from);
	let products: Vec<Fr> = values.iter().map(|value| *value * public[0]).collect();
	let last = products[0] * Fr::from(9) * public[3];
	let wires = [vec![one], public.to_vec(), committed(salt), products, vec![last]].concat();
	assert_eq!(system.first_broken(&wires), None);
	let once = commit_once(system, points, &committed(salt));
	let round = commit(system, points, 0, &wires, rng);
	let proof = prove(system, points, &wires, Some(&once), &[round], rng).unwrap();
	let prepared = prepare(key.circuit_key()).unwrap();
	let params = prepare_params(&prepared, &write_g1(&once.point)).unwrap();
	let prepared = prepared.with_params(params);
	let inputs: Vec<Scalar> = public.into_iter().map(from_field).collect();
	assert_eq!(verify(&prepared, &inputs, &proof), Ok(()));

	let (system, points) = (bench.range.as_ref().unwrap(), &ranges.key);
	let point = write_g1(&in_turn::commit_once(points, &committed(own)));
	let mut wires = [vec![one; 2], committed(own), committed(own), vec![own]].concat();
	let round = in_turn::commit(system, points, 0, &wires, rng).unwrap();
	let link = ranges.link.point([salt, own], &values);
	let bound = [round.wire()];
	let z = RangeProof::challenge(key.circuit_hash(), &params.point, &point, &bound);
	wires[1] = to_field(&z).unwrap();
	*wires.last_mut().unwrap() = own * wires[1];
	assert_eq!(system.first_broken(&wires), None);
	let proof = in_turn::prove(system.clone(), points, wires, &[round], rng).unwrap().unwrap();
	let proof = RangeProof { params: point, link, proof };
	assert_eq!(verify_range(&prepared, &proof), Ok(()));
	let other = ranges.link.point([salt, own], &[5u64, 7, 12].map(Fr::from));
	assert!(verify_range(&prepared, &RangeProof { link: other, ..proof }).is_err());
}

fn finish(bench: &Bench, ceremony: &Ceremony) -> (ProvingKeyFile, RangeKeyFile) {
	let verified = ceremony.verify(&bench.origins(), &mut rng(3), &quiet).unwrap();
	let (key, ranges) = verified.finish().unwrap();
	(key, ranges.unwrap())
}

#[test]
fn keys_of_two_people_prove_inferences_and_ranges() {
	let bench = Bench::linked();
	let (key, ranges) = finish(&bench, &bench.after(2));
	prove_both(&bench, &key, &ranges);
	let path = bench.folder.file("ranges");
	ranges.save(&path, true).unwrap();
	let loaded = RangeKeyFile::load(&path).unwrap();
	assert!(loaded.is_of(key.circuit_key()));
	prove_both(&bench, &key, &loaded);
	let (others, other_ranges) = finish(&bench, &bench.after(3));
	assert!(!ranges.is_of(others.circuit_key()) && !other_ranges.is_of(key.circuit_key()));
}

#[test]
fn linked_keys_are_those_of_a_setup_with_the_products_of_all_secrets() {
	let folder = Folder::new();
	let path = folder.file("powers.ptau");
	let rng = &mut rng(31);
	// The range circuit has the smaller domain, the same, and the larger.
	for more in [0, 8, 20] {
		let (system, range) = (inference(9), range(more, 1));
		let phase1 = PowersSecrets::draw(rng);
		let power = power_for(&system).max(power_for(&range));
		write_powers(&path, power, &phase1, &quiet).unwrap();
		let powers = powers(&path, [&system, &range]);
		let bench = Bench { folder: Folder::new(), system, range: Some(range), powers };
		let people: Vec<Vec<Fr>> =
			(0..2).map(|_| (0..7).map(|_| Fr::rand(rng)).collect()).collect();
		let ceremony = bench.with_secrets(&people).unwrap();
		let (key, ranges) = finish(&bench, &ceremony);
		prove_both(&bench, &key, &ranges);

		// A setup draws the powers' secrets, deltas that it does not use, and those of each circuit in the
		// order of factors.
		let deltas = people[0].iter().zip(&people[1]).map(|(one, two)| *one * two);
		let unused = [Fr::from(2u64); 3];
		let drawn = [phase1.tau, phase1.alpha, phase1.beta].into_iter().chain(unused).chain(deltas);
		let script = drawn.flat_map(|secret| secret.0 .0).collect();
		let systems = [&bench.system, bench.range.as_ref().unwrap()];
		let (one, other, link) = generate_linked(systems, &mut Fixed(script, 0), &quiet).unwrap();
		same_points(key.key(), &one);
		same_points(&ranges.key, &other);
		assert_eq!((ranges.link.epsilon, &ranges.link.query), (link.epsilon, &link.query));
	}
}

#[test]
fn points_divided_by_another_secret_are_named() {
	let bench = Bench::linked();
	let parts = Parts::of(&bench.bytes(&bench.after(2)));
	let points = parts.points();
	for (index, name) in NAMES.into_iter().enumerate() {
		let mut changed = points.clone();
		for point in &mut changed[1 + index] {
			// Some wires are in no row.
			if point.0 != [0; 64] {
				let read = zkml_groth16::read_g1(point).unwrap();
				*point = write_g1(&(read * Fr::from(3)).into_affine());
			}
		}
		bench.refused(&parts.with_points(&changed), &format!("{name}: expected those of"));
	}
}

#[test]
fn a_factor_that_leaves_any_delta_or_epsilon_is_refused() {
	let bench = Bench::linked();
	let parts = Parts::of(&bench.bytes(&bench.after(2)));
	for index in 0..7 {
		let words = format!("expected a secret in factor {index}, got one that leaves a delta");
		let one = write_g1(&G1Affine::generator());
		bench.refused(&parts.with(|p| p.1[0].factors[index].image = one), &words);
		let none = parts.with(|p| {
			p.1[1].factors.remove(index);
		});
		bench.refused(&none, "expected a factor for each of 7 deltas, got 6");
	}
	let six = parts.with(|p| p.0.circuits = Circuits::TwoRounds);
	bench.refused(&six, "expected a ceremony, got points for another number of deltas");
}

#[test]
fn a_link_with_points_that_changed_places_is_refused() {
	let bench = Bench::linked();
	let parts = Parts::of(&bench.bytes(&bench.after(2)));
	let points = parts.points();
	let link = points.len() - 1;
	assert_eq!(points[link].len(), 2 + VALUES.len());
	for (one, other) in [(0, 1), (1, 2), (2, 3), (3, 4)] {
		let mut changed = points.clone();
		changed[link].swap(one, other);
		bench.refused(&parts.with_points(&changed), "the link's points: expected those of");
	}
	// Those of a circuit by itself, under a delta that somebody knows.
	let mut changed = points.clone();
	changed[link][2] = points[3][1];
	bench.refused(&parts.with_points(&changed), "the link's points: expected those of");
}

#[test]
fn points_and_transcripts_of_another_pair_are_refused() {
	let bench = Bench::linked();
	let parts = Parts::of(&bench.bytes(&bench.after(2)));
	let points = parts.points();
	// The same people with the same secrets, and another circuit of the same size.
	let swapped = |system: R1cs, range: R1cs| {
		let other = Bench::of(system, Some(range));
		Parts::of(&other.bytes(&other.after(2)))
	};
	let other = swapped(inference(9), range(0, 2));
	let of_other = other.points();
	for (index, name) in NAMES.iter().enumerate().skip(4) {
		let mut changed = points.clone();
		assert_eq!(changed[1 + index].len(), of_other[1 + index].len());
		changed[1 + index] = of_other[1 + index].clone();
		bench.refused(&parts.with_points(&changed), &format!("{name}: expected those of"));
	}
	bench.refused(&other.payload(), "expected one of a range circuit of constraints");
	let another = swapped(inference(10), range(0, 1));
	bench.refused(&another.payload(), "expected one of constraints");
	// Contributions to one pair are none to another.
	let elsewhere = "at this place in this ceremony";
	bench.refused(&parts.with(|p| p.1 = other.1.clone()), elsewhere);
	bench.refused(&parts.with(|p| p.0.circuits = other.0.circuits), elsewhere);
	// A ceremony for one circuit is none for two.
	let single = Bench::new(1);
	let error = single.after(2).verify(&bench.origins(), &mut rng(3), &quiet).unwrap_err();
	assert!(error.to_string().contains("expected one of constraints"), "{error}");
}

#[test]
fn circuits_that_cannot_be_linked_begin_no_ceremony() {
	let bench = Bench::linked();
	let (system, range) = (&bench.system, bench.range.as_ref().unwrap());
	let refused = |origins: Origins<'_>, words: &str| {
		let error = Ceremony::new(&origins, &quiet).unwrap_err().to_string();
		assert!(error.contains(words), "{words:?} not in {error:?}");
		assert!(error.contains("expected ") && error.contains("got "), "{error}");
	};
	refused(Origins { range: None, ..bench.origins() }, "expected its range circuit as well");
	let factor = "circuit: expected each committed wire in a factor of its own";
	refused(Origins { system: range, range: Some(system), ..bench.origins() }, factor);
	let product = "range circuit: expected each committed wire in a product of its own";
	refused(Origins { range: Some(system), ..bench.origins() }, product);
	let plain = super::system(1, 9);
	let none = "circuit: expected committed wires for a range circuit, got none";
	refused(Origins { system: &plain, ..bench.origins() }, none);
	// A circuit that the chain has no kind for.
	for (inputs, rounds) in [(2, 1), (1, 0)] {
		let mut builder = Builder::new(inputs);
		builder.group("rows");
		let first = builder.wires(4);
		builder.close_committed();
		for wire in first..first + 4 {
			builder.enforce(&Lc::wire(0), &Lc::wire(0), &Lc::wire(wire));
		}
		(0..rounds).for_each(|_| builder.close_round());
		let other = builder.finish().0;
		let words = "range circuit: expected 1 public inputs and 1 rounds";
		refused(Origins { range: Some(&other), ..bench.origins() }, words);
	}
	// Powers that were read for the smaller circuit alone.
	let powers = powers(&two_contributions(), [range]);
	refused(Origins { powers: &powers, ..bench.origins() }, "expected those of a domain of 16");
}
