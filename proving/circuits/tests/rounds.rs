//! Attacks on the commit round, one test a way of cheating, by a prover that has its own code.
//!
//! The circuit says that the output, as it stands in the statement, is the square of a secret in
//! `0..16`; the lookup is the one that all models use. The verifier derives the challenge.

use crate::common::rng;
use ark_bn254::Fr;
use ark_ec::CurveGroup;
use ark_ff::{AdditiveGroup, BigInteger, Field, PrimeField};
use rand_chacha::ChaCha20Rng;
use zkml_circuits::{
	circuit::Public,
	gadgets::{
		logup::{self, Rows},
		Backend, Constraints,
	},
	r1cs::{Lc, R1cs},
	setup::generate,
	ProvingKey,
};
use zkml_groth16::{prepare, verify, write_g1, PreparedKey, VerifyError};
use zkml_poseidon::{from_field, to_field, Direct};
use zkml_primitives::{CircuitHash, ModelId, ParamsKind, Proof, Scalar, Statement, Tensor, G1};
use zkml_prover::prove::{commit, prove, Commitment};

/// Where the public inputs are.
const PUBLIC: Public = Public::of(ParamsKind::Input);
/// Rows of the table.
const ROWS: u32 = 16;
/// The wire of the secret. The multiplicities follow it; then, behind the challenge, the inverse of the
/// query and the quotients of the rows.
const SECRET: usize = 6;

struct Square {
	system: R1cs,
	key: ProvingKey,
	prepared: PreparedKey,
	rng: ChaCha20Rng,
}

/// What a prover puts into the round.
#[derive(Clone)]
struct Round {
	secret: Fr,
	counts: Vec<Fr>,
}

impl Round {
	/// As the prover of models does it.
	fn honest(secret: u64) -> Self {
		let counts = (0..u64::from(ROWS)).map(|row| Fr::from(u64::from(row == secret))).collect();
		Self { secret: Fr::from(secret), counts }
	}

	/// Wires up to the challenge.
	fn wires(&self, statement: &Statement) -> Vec<Fr> {
		let mut wires = vec![Fr::ONE; SECRET];
		for (wire, input) in wires[1..].iter_mut().zip(statement.public_inputs::<Direct>()) {
			*wire = to_field(&input).unwrap();
		}
		wires.push(self.secret);
		wires.extend(&self.counts);
		wires
	}

	/// All wires: behind the challenge there is no choice if each query's and row's constraint is to
	/// hold, and what is left is whether the sums agree.
	fn complete(&self, statement: &Statement, challenge: Fr) -> Vec<Fr> {
		let mut wires = self.wires(statement);
		wires[PUBLIC.challenge as usize] = challenge;
		wires.push((challenge - self.secret).inverse().unwrap());
		let rows = (0..u64::from(ROWS)).map(|row| (challenge - Fr::from(row)).inverse().unwrap());
		wires.extend(self.counts.iter().zip(rows).map(|(count, inverse)| inverse * count));
		wires
	}

	/// With the multiplicity of row 0 that makes up for a secret which is in no row, at one challenge.
	fn outside(secret: u64, challenge: Fr) -> Self {
		let secret = Fr::from(secret);
		let mut counts = vec![Fr::ZERO; ROWS as usize];
		counts[0] = challenge * (challenge - secret).inverse().unwrap();
		Self { secret, counts }
	}
}

impl Square {
	fn new() -> Self {
		let mut constraints = Constraints::new(5);
		let b = &mut constraints;
		let secret = b.wires(1);
		assert_eq!(secret as usize, SECRET);
		let secret = Lc::wire(secret);
		b.look_up(&Rows::Below(ROWS), secret.clone(), |row| row as u32);
		b.group("square", |g| g.enforce(secret.clone(), secret.clone(), Lc::wire(PUBLIC.output)));
		let lookups = logup::commit(b);
		b.close_round();
		logup::constrain(b, &lookups, &Lc::wire(PUBLIC.challenge));
		let system = constraints.finish().0;
		let mut rng = rng(31);
		let key = generate(&system, &mut rng, &|_, _, _| ()).unwrap();
		let prepared = prepare(&key.circuit_key(None).unwrap()).unwrap();
		Self { system, key, prepared, rng }
	}

	/// That the output is the square of a number in the table.
	fn statement(&self, root: u64) -> Statement {
		Statement {
			circuit: self.prepared.key.hash(),
			model: ModelId([1; 32]),
			version: 1,
			params: Scalar::ZERO,
			inputs: vec![Scalar::ZERO].try_into().unwrap(),
			outputs: vec![from_field(Fr::from(root * root))].try_into().unwrap(),
			ctx: Scalar::from_hash([7; 32]),
		}
	}

	fn commit(&mut self, round: &Round, statement: &Statement) -> Commitment {
		commit(&self.system, &self.key, 0, &round.wires(statement), &mut self.rng)
	}

	fn prove(&mut self, wires: &[Fr], commitment: Commitment) -> Proof {
		prove(&self.system, &self.key, wires, None, &[commitment], &mut self.rng).unwrap()
	}

	/// The answer of whoever derives the challenge.
	fn verify(&self, statement: &Statement, proof: &Proof) -> Result<(), VerifyError> {
		verify(&self.prepared, &inputs(statement, proof), proof)
	}

	/// An honest proof.
	fn honest(&mut self, root: u64) -> (Statement, Proof) {
		let (statement, round) = (self.statement(root), Round::honest(root));
		let commitment = self.commit(&round, &statement);
		let challenge = derived(&statement, &commitment);
		let wires = round.complete(&statement, challenge);
		assert_eq!(self.system.first_broken(&wires), None);
		let proof = self.prove(&wires, commitment);
		assert_eq!(self.verify(&statement, &proof), Ok(()));
		(statement, proof)
	}
}

fn inputs(statement: &Statement, proof: &Proof) -> Vec<Scalar> {
	let tensors = [Tensor::Committed, Tensor::Committed];
	statement.round_inputs::<Direct>(
		ParamsKind::Input,
		&tensors[..1],
		&tensors[1..],
		&proof.commitments,
	)
}

fn derived(statement: &Statement, commitment: &Commitment) -> Fr {
	to_field(&statement.challenge(&[commitment.wire()])).unwrap()
}

/// The lie is a real one: the equation holds at the challenge that the prover chose, and only the
/// hash stands against it.
#[test]
fn a_chosen_challenge_proves_anything_and_is_not_the_verifiers() {
	let mut square = Square::new();
	let statement = square.statement(99);
	let chosen = Fr::from(123_456_789);
	let round = Round::outside(99, chosen);
	let wires = round.complete(&statement, chosen);
	assert_eq!(square.system.first_broken(&wires), None);
	let commitment = square.commit(&round, &statement);
	let proof = square.prove(&wires, commitment);
	let mut chosen_inputs = inputs(&statement, &proof);
	chosen_inputs[4] = from_field(chosen);
	assert_eq!(verify(&square.prepared, &chosen_inputs, &proof), Ok(()));
	assert_eq!(square.verify(&statement, &proof), Err(VerifyError::Equation));

	// Nor does it help to make the round fit the challenge that the first try led to: it changes it.
	let next = derived(&statement, &commitment);
	let round = Round::outside(99, next);
	let wires = round.complete(&statement, next);
	let proof = square.prove(&wires, commitment);
	assert_eq!(square.verify(&statement, &proof), Err(VerifyError::Equation));
	let commitment = square.commit(&round, &statement);
	let proof = square.prove(&wires, commitment);
	assert_eq!(square.verify(&statement, &proof), Err(VerifyError::Equation));
}

#[test]
fn a_value_outside_the_table_is_refused_whatever_the_multiplicities() {
	let mut square = Square::new();
	let statement = square.statement(99);
	let nothing = Round { secret: Fr::from(99), counts: vec![Fr::ZERO; ROWS as usize] };
	let one_row = Round { counts: Round::honest(3).counts, ..nothing.clone() };
	let aimed = Round::outside(99, Fr::from(5_555));
	for round in [nothing, one_row, aimed] {
		let commitment = square.commit(&round, &statement);
		let wires = round.complete(&statement, derived(&statement, &commitment));
		assert_eq!(square.system.first_broken(&wires), Some("lookup.sum"));
		let proof = square.prove(&wires, commitment);
		assert_eq!(square.verify(&statement, &proof), Err(VerifyError::Equation));
	}
}

#[test]
fn wrong_multiplicities_are_refused_even_of_a_value_in_the_table() {
	let mut square = Square::new();
	let statement = square.statement(3);
	let honest = Round::honest(3);
	let changed = |change: &dyn Fn(&mut Vec<Fr>)| {
		let mut round = honest.clone();
		change(&mut round.counts);
		round
	};
	for round in [
		changed(&|counts| counts[3] = Fr::ZERO),
		changed(&|counts| counts[3] += Fr::ONE),
		changed(&|counts| counts[4] += Fr::ONE),
		changed(&|counts| counts.swap(3, 4)),
		changed(&|counts| counts.iter_mut().for_each(|count| *count = -*count)),
	] {
		let commitment = square.commit(&round, &statement);
		let wires = round.complete(&statement, derived(&statement, &commitment));
		let proof = square.prove(&wires, commitment);
		assert_eq!(square.verify(&statement, &proof), Err(VerifyError::Equation));
	}
}

/// A commitment whose content and blinding are known serves for one content alone.
#[test]
fn a_commitment_of_other_wires_is_refused() {
	let mut square = Square::new();
	let (of, statement) = (square.statement(3), square.statement(5));
	let reused = square.commit(&Round::honest(3), &of);
	let wires = Round::honest(5).complete(&statement, derived(&statement, &reused));
	assert_eq!(square.system.first_broken(&wires), None);
	let proof = square.prove(&wires, reused);
	assert_eq!(square.verify(&statement, &proof), Err(VerifyError::Equation));
	// With somebody else's, nothing is known of it.
	let (_, other) = square.honest(4);
	let point = zkml_groth16::read_g1(&other.commitments[0]).unwrap();
	let stolen = Commitment { point, blind: Fr::ZERO };
	let wires = Round::honest(5).complete(&statement, derived(&statement, &stolen));
	let proof = square.prove(&wires, stolen);
	assert_eq!(square.verify(&statement, &proof), Err(VerifyError::Equation));
	// And the right one, of the same wires, put beside a proof that was made with another.
	let again = square.commit(&Round::honest(5), &statement);
	let (statement, mut proof) = square.honest(5);
	set(&mut proof, again.wire());
	assert_eq!(square.verify(&statement, &proof), Err(VerifyError::Equation));
}

fn set(proof: &mut Proof, commitment: G1) {
	proof.commitments = vec![commitment].try_into().unwrap();
}

/// The commitment is in the proof, the statement is chosen afterwards. At the old challenge the proof
/// would be good for some of these: nothing but the hash over the statement tells.
#[test]
fn a_statement_changed_after_the_commitment_is_refused() {
	let mut square = Square::new();
	let (statement, proof) = square.honest(3);
	let others = [
		Statement { model: ModelId([2; 32]), ..statement.clone() },
		Statement { version: 2, ..statement.clone() },
		Statement { circuit: CircuitHash([2; 32]), ..statement.clone() },
	];
	for other in others {
		assert_eq!(other.public_inputs::<Direct>(), statement.public_inputs::<Direct>());
		assert_eq!(verify(&square.prepared, &inputs(&statement, &proof), &proof), Ok(()));
		assert_eq!(square.verify(&other, &proof), Err(VerifyError::Equation));
	}
	// The prover itself cannot: same commitment, another context, all late wires anew.
	let round = Round::honest(3);
	let commitment = square.commit(&round, &statement);
	let other = Statement { ctx: Scalar::from_hash([8; 32]), ..statement.clone() };
	let mut wires = round.complete(&statement, derived(&statement, &commitment));
	wires[PUBLIC.ctx as usize] = to_field(&other.ctx).unwrap();
	let proof = square.prove(&wires, commitment);
	assert_eq!(square.verify(&other, &proof), Err(VerifyError::Equation));
}

#[test]
fn an_input_or_challenge_plus_r_is_refused_before_the_pairing() {
	let mut square = Square::new();
	let (statement, proof) = square.honest(3);
	let honest = inputs(&statement, &proof);
	for index in 0..honest.len() {
		let mut aliased = honest.clone();
		let mut alias = to_field(&honest[index]).unwrap().into_bigint();
		assert!(!alias.add_with_carry(&Fr::MODULUS), "twice the order fits 32 bytes");
		aliased[index].0.copy_from_slice(&alias.to_bytes_be());
		assert_eq!(from_field(Fr::from_be_bytes_mod_order(&aliased[index].0)), honest[index]);
		let error = Err(VerifyError::InputNotCanonical(index as u8));
		assert_eq!(verify(&square.prepared, &aliased, &proof), error);
	}
}

/// A commitment without blinding is one that anybody can make of each secret and compare. The
/// verifier cannot tell the difference, so it is the prover's that is tried.
#[test]
fn a_secret_cannot_be_found_by_committing_to_all_there_are() {
	let mut square = Square::new();
	let statement = square.statement(3);
	let guess = |square: &mut Square, seen: G1| {
		(0..u64::from(ROWS)).find(|secret| {
			let made = square.commit(&Round::honest(*secret), &statement);
			let unblinded = made.point - square.key.delta_g1 * made.blind;
			write_g1(&unblinded.into_affine()) == seen
		})
	};
	let honest = square.commit(&Round::honest(3), &statement);
	assert_ne!(honest.blind, Fr::ZERO);
	let bare = (honest.point - square.key.delta_g1 * honest.blind).into_affine();
	assert_eq!(guess(&mut square, write_g1(&bare)), Some(3), "without blinding it is found");
	assert_eq!(guess(&mut square, honest.wire()), None);
	let again = square.commit(&Round::honest(3), &statement);
	assert_ne!(honest.wire(), again.wire());
}

#[test]
fn parts_of_two_proofs_of_one_statement_do_not_mix() {
	let mut square = Square::new();
	let (statement, one) = square.honest(3);
	let (same, other) = square.honest(3);
	assert_eq!(statement, same);
	for parts in 1..15u32 {
		let pick = |bit: u32| if parts & (1 << bit) == 0 { &one } else { &other };
		let mixed = Proof {
			a: pick(0).a,
			b: pick(1).b,
			c: pick(2).c,
			commitments: pick(3).commitments.clone(),
		};
		assert_eq!(square.verify(&statement, &mixed), Err(VerifyError::Equation), "{parts:b}");
	}
}
