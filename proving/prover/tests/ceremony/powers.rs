//! Powers of a secret: the keys they make, and what is refused.

use super::*;

pub fn same_points<InG1: Query<G1Affine>, InG2: Query<G2Affine>>(
	a: &ProvingKey<InG1, InG2>,
	b: &ProvingKey,
) {
	let (v, w) = (&a.verifying, &b.verifying);
	assert_eq!((v.alpha, &v.ic, a.beta_g1, a.delta_g1), (w.alpha, &w.ic, b.beta_g1, b.delta_g1));
	assert_eq!((v.beta, v.gamma, v.delta, &v.rounds), (w.beta, w.gamma, w.delta, &w.rounds));
	let same = |query: &InG1, other: &[G1Affine], what| {
		assert_eq!(*query.all().unwrap(), *other, "{what}");
	};
	same(&a.a, &b.a, "points of left factors");
	same(&a.b_g1, &b.b_g1, "points of right factors");
	assert_eq!(*a.b_g2.all().unwrap(), *b.b_g2);
	same(&a.h, &b.h, "the products' points");
	same(&a.last, &b.last, "the last wires' points");
	assert_eq!((v.committed, &a.committed), (w.committed, &b.committed));
	assert_eq!(a.rounds.len(), b.rounds.len());
	for (a, b) in a.rounds.iter().zip(&b.rounds) {
		assert_eq!(a.delta_g1, b.delta_g1);
		same(&a.query, &b.query, "a round's points");
	}
}

pub fn power_for(system: &R1cs) -> u32 {
	system.len().next_power_of_two().trailing_zeros() + 1
}

#[test]
fn powers_of_known_secrets_give_the_key_that_a_setup_with_them_gives() {
	let (folder, rng) = (Folder::new(), &mut rng(5));
	let path = folder.file("powers.ptau");
	for system in [system(0, 9), system(1, 1), system(2, 77), dense(50)] {
		let secrets = PowersSecrets::draw(rng);
		write_powers(&path, power_for(&system), &secrets, &quiet).unwrap();
		let key = initial_key(&system, &powers(&path, [&system]), &quiet).unwrap();
		let (point, one) = (secrets.tau, Fr::ONE);
		let rounds = vec![one; system.rounds.len()];
		let (alpha, beta) = (secrets.alpha, secrets.beta);
		let waste =
			ToxicWaste { point, alpha, beta, gamma: one, delta: one, committed: one, rounds };
		same_points(&key, &generate_from(&system, &waste, &quiet).unwrap());
	}
}

#[test]
fn a_phase_1_that_snarkjs_made_and_verified_is_read() {
	let system = system(2, 9);
	let powers = powers(&two_contributions(), [&system]);
	assert_eq!(powers.contributions(), 2);
	initial_key(&system, &powers, &quiet).unwrap();
}

#[test]
fn powers_that_are_none_are_refused_by_what_they_lack() {
	let (folder, system) = (Folder::new(), system(2, 9));
	assert!((9..=16).contains(&system.len()), "offsets below are for a domain of 16");
	let path = folder.file("powers.ptau");
	let refused = |bytes: &[u8], words: &str| {
		std::fs::write(&path, bytes).unwrap();
		let error = Powers::load(&path, [&system], &mut rng(2), &quiet).unwrap_err().to_string();
		assert!(error.contains(words), "{words:?} not in {error:?}");
		assert!(error.contains("expected ") && error.contains("got "), "{error}");
	};
	let good = std::fs::read(two_contributions()).unwrap();
	for length in (0..good.len()).step_by(131) {
		refused(&good[..length], "got a file cut off");
	}
	refused(&[&good[..], &[0]].concat(), " bytes, got ");
	refused(&[b"ptax", &good[4..]].concat(), "got another file");
	let with = |at: usize, to: &[u8]| {
		let mut changed = good.clone();
		changed[at..at + to.len()].copy_from_slice(to);
		changed
	};
	refused(&with(4, &[2]), "format version 1, got 2");
	// The header's section: its entry at 12, the modulus at 28, the power at 60.
	refused(&with(28, &[0]), "powers over BN254");
	refused(&with(60, &[4]), "powers up to 2^5 or more for this circuit, got up to 2^4");
	refused(&with(60, &[6]), "bytes in section 2");
	refused(&with(60, &[29]), "powers up to 2^1 .. 2^28");

	// Sections follow each other: number, length, content.
	let mut starts = [0; 8];
	let mut at = 12;
	while at < good.len() {
		let number = u32::from_le_bytes(good[at..at + 4].try_into().unwrap()) as usize;
		let length = u64::from_le_bytes(good[at + 4..at + 12].try_into().unwrap()) as usize;
		starts[number] = at + 12;
		at += 12 + length;
	}
	let [_, _, tau_g1, tau_g2, alpha, beta, beta_g2, _] = starts;
	for (start, number) in [(tau_g1, 2), (tau_g2, 3), (alpha, 4), (beta, 5), (beta_g2, 6)] {
		let words = format!("points of the curve's group in section {number}");
		refused(&with(start, &[good[start] ^ 1]), &words);
		refused(&with(start, &[0; 64]), &words);
		refused(&with(start, &[0xff; 32]), &words);
		refused(&with(start - 12, &[number as u8 + 20]), &format!("in section {number}, got 0"));
	}
	// Good points, elsewhere: each check by itself.
	let point = |at: usize, size: usize| good[at..at + size].to_vec();
	refused(&with(tau_g1, &point(tau_g1 + 64, 64)), "the generators as powers of exponent 0");
	refused(&with(tau_g2, &point(tau_g2 + 128, 128)), "the generators as powers of exponent 0");
	refused(&with(tau_g1 + 64, &point(tau_g1, 64)), "a secret that is 1");
	refused(&with(alpha, &point(tau_g1, 64)), "a secret that is 1");
	refused(&with(beta, &point(tau_g1, 64)), "a secret that is 1");
	refused(&with(tau_g1 + 16 * 64, &point(tau_g1, 64)), "a root of unity");
	for index in [2, 3, 15, 17, 31] {
		let words = "powers of one tau in G1, got other points";
		refused(&with(tau_g1 + index * 64, &point(alpha, 64)), words);
	}
	for index in [0, 1, 15] {
		let at = alpha + index * 64;
		refused(&with(at, &point(tau_g1 + 64 * 5, 64)), "powers of tau, times alpha");
		let at = beta + index * 64;
		refused(&with(at, &point(tau_g1 + 64 * 5, 64)), "powers of tau, times beta");
	}
	for index in [2, 15] {
		let words = "powers of the same tau in G2";
		refused(&with(tau_g2 + index * 128, &point(beta_g2, 128)), words);
	}
	refused(&with(tau_g2 + 128, &point(beta_g2, 128)), "powers of one tau in G1");
	refused(&with(beta_g2, &point(tau_g2 + 128, 128)), "the same beta in G2");
	// All of another's alpha is fine: alpha is anything. All of beta is not, for beta is in G2 too.
	refused(&with(beta, &point(alpha, 64 * 32)), "the same beta in G2");
	std::fs::write(&path, &good).unwrap();
	assert!(Powers::load(&path, [&system], &mut rng(2), &quiet).is_ok());
}
