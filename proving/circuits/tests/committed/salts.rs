//! What hides the words.

use ark_bn254::{Fr, G1Affine};
use ark_ec::CurveGroup;
use ark_ff::UniformRand;

use super::keyed::{one_row, Keyed};

/// Differences of one weight, or of the bias, that are small.
fn guess(keyed: &Keyed, difference: G1Affine) -> Option<(usize, i64)> {
	let all = keyed.key.committed.iter().enumerate().skip(1);
	all.flat_map(|(index, base)| (-16..=16).map(move |by| (index, base, by)))
		.find(|(_, base, by)| (**base * Fr::from(*by)).into_affine() == difference)
		.map(|(index, _, by)| (index, by))
}

/// The difference of two versions is a commitment to what was retrained, and with one salt nothing hides it.
#[test]
fn a_small_change_is_found_behind_one_salt_and_not_behind_two() {
	let mut keyed = Keyed::new(one_row());
	let words = keyed.words();
	let mut retrained = words.clone();
	retrained[2] -= Fr::from(7);
	let point = keyed.point(&words);
	let difference = |keyed: &Keyed, words: &[Fr]| (keyed.point(words) - point).into_affine();
	let seen = difference(&keyed, &retrained);
	assert_eq!(guess(&keyed, seen), Some((2, -7)));
	retrained[0] = Fr::rand(&mut keyed.rng);
	let seen = difference(&keyed, &retrained);
	assert_eq!(guess(&keyed, seen), None);
}
