//! Hostile bytes for all that a call about a program may carry: what is read has one spelling, is
//! within its bound, and what follows from it is canonical or refused.

use std::fmt::Debug;

use codec::{Decode, DecodeAll, DecodeWithMemTracking, Encode, MaxEncodedLen};
use zkml_fuzz::Fuzz;
use zkml_primitives::{
	ProgramKey, Proof, Scalar, SetupClaim, SetupLevel, G1, G2, MAX_PROGRAM_INPUTS,
};
use zkml_programs::{
	public_inputs, Bound, Claim, ContextPlace, ProgramId, ProgramKind, ProgramRecord,
	ProgramSubmission,
};

type Account = [u8; 32];

/// What comes in a call counts its memory while it is read.
fn again<T>(bytes: &[u8])
where
	T: DecodeWithMemTracking + Encode + Debug + MaxEncodedLen + PartialEq,
{
	read_back::<T>(bytes);
}

/// One spelling, within the bound that weight and deposit are made for.
fn read_back<T: Decode + Encode + Debug + MaxEncodedLen + PartialEq>(bytes: &[u8]) {
	let mut rest = bytes;
	if let Ok(value) = T::decode(&mut rest) {
		let read = &bytes[..bytes.len() - rest.len()];
		assert_eq!(value.encode(), read, "{value:?}");
		assert_eq!(T::decode_all(&mut &read[..]).unwrap(), value);
		assert!(read.len() <= T::max_encoded_len());
	}
}

const READERS: [fn(&[u8]); 7] = [
	again::<ProgramKey>,
	again::<ProgramKind>,
	again::<Claim>,
	again::<ContextPlace>,
	again::<Bound<Account>>,
	again::<ProgramSubmission<Account>>,
	read_back::<ProgramRecord<Account, u128>>,
];

fn key(inputs: usize) -> ProgramKey {
	let (g1, g2) = (G1([1; 64]), G2([2; 128]));
	let ic = vec![g1; inputs + 1].try_into().unwrap();
	ProgramKey { alpha: g1, beta: g2, gamma: g2, delta: g2, ic }
}

fn kinds() -> [ProgramKind; 4] {
	let word = [1; 32];
	[
		ProgramKind::Groth16,
		ProgramKind::Risc0 { image_id: word, control_root: word, control_id: word },
		ProgramKind::Sp1V5 { vkey: word, verifier_hash: word },
		ProgramKind::Sp1V6 { vkey: word, vk_root: word, verifier_hash: word },
	]
}

fn claims() -> [Claim; 4] {
	let (selector, public): (_, Vec<u8>) = ([1; 4], (0..100).collect());
	let public: bounded_collections::BoundedVec<u8, _> = public.try_into().unwrap();
	[
		Claim::Inputs(vec![Scalar([3; 32]); 5].try_into().unwrap()),
		Claim::Risc0 { selector, journal: public.clone() },
		Claim::Sp1V5 { selector, public_values: public.clone() },
		Claim::Sp1V6 {
			selector,
			exit_code: [0; 32],
			vk_root: [1; 32],
			nonce: [4; 32],
			public_values: public,
		},
	]
}

fn good() -> Vec<Vec<u8>> {
	let program = ProgramId([5; 32]);
	let bound = Some(Bound { nonce: 6, beneficiary: [7; 32], expiry: 8 });
	let proof =
		Proof { a: G1([1; 64]), b: G2([2; 128]), c: G1([3; 64]), commitments: Default::default() };
	let mut values = vec![
		(0, key(5).encode()),
		(3, ContextPlace::Bytes(9).encode()),
		(4, bound.clone().unwrap().encode()),
	];
	values.extend(kinds().map(|kind| (1, kind.encode())));
	for claim in claims() {
		values.push((2, claim.encode()));
		let (bound, proof) = (bound.clone(), proof.clone());
		let claim_again = claim.clone();
		values.push((5, ProgramSubmission { program, claim, proof, bound }.encode()));
		let record = ProgramRecord {
			program,
			claim: claim_again,
			bound: None,
			setup: SetupClaim { level: SetupLevel::SingleParty, by: [7u8; 32] },
			block: 9,
			depositor: [7; 32],
			deposit: 10u128,
		};
		values.push((6, record.encode()));
	}
	values.into_iter().map(|(number, value): (u8, _)| [vec![number], value].concat()).collect()
}

#[test]
fn every_type_has_one_spelling_and_is_within_its_bound() {
	let good = good();
	for value in &good {
		READERS[usize::from(value[0])](&value[1..]);
	}
	Fuzz::new(env!("CARGO_MANIFEST_DIR"), "wire", good, 4000).run(|bytes| {
		if let [number, rest @ ..] = bytes {
			READERS[usize::from(*number) % READERS.len()](rest);
		}
	});
}

/// The number of the kind, then a claim.
#[test]
fn a_claim_gives_as_many_canonical_inputs_as_the_key_has_or_is_refused() {
	let good =
		claims().into_iter().zip(0u8..).map(|(claim, at)| [vec![at], claim.encode()].concat());
	Fuzz::new(env!("CARGO_MANIFEST_DIR"), "claims", good.collect(), 3000).run(|bytes| {
		let [number, rest @ ..] = bytes else { return };
		let kind = kinds()[usize::from(*number) % 4];
		let Ok(claim) = Claim::decode(&mut &rest[..]) else { return };
		for inputs in [0, 2, 5, MAX_PROGRAM_INPUTS as usize] {
			let key = key(inputs);
			if let Ok(found) = public_inputs(&kind, &key, &claim) {
				assert_eq!(found.len(), inputs);
				assert!(found.iter().all(|input| input.check().is_ok()));
				assert_eq!(kind.family(), claim.family());
			}
		}
		// The statement is the public data's, whatever the prover chose.
		let program = ProgramId([5; 32]);
		if let Claim::Sp1V6 { selector, exit_code, vk_root, public_values, .. } = claim.clone() {
			let other =
				Claim::Sp1V6 { selector, exit_code, vk_root, nonce: [9; 32], public_values };
			assert_eq!(program.statement(&claim), program.statement(&other));
		}
	});
}
