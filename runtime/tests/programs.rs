//! T1 to T9 against programs of every tool, alone and in batches; and the life of a program.

mod attacks;
#[path = "../../proving/program-files/tests/program_files/vector.rs"]
#[allow(dead_code)]
mod vector;

use std::collections::BTreeSet;

use crate::common::{self, chain, *};
use attacks::{Bench, Way};
use frame_support::storage::{with_transaction, TransactionOutcome};
use pallet_programs::{Call, Event, Records};
use sp_runtime::DispatchError;
use vector::claim;
use zkml_attacks::hostile::{plus, spoilt};
use zkml_primitives::*;
use zkml_programs::{
	public_inputs, Bound, Claim, ContextPlace, ProgramId, ProgramKind, ProgramSubmission,
};
use zkml_runtime::*;
use zkml_trapdoor::{rerandomise, Trapdoor};

type Submission = ProgramSubmission<AccountId>;

/// A program and one honest submission for it; with a trapdoor any other claim can be proved too.
#[derive(Clone)]
struct Subject {
	name: String,
	kind: ProgramKind,
	key: ProgramKey,
	honest: Submission,
	trapdoor: Option<Trapdoor>,
}

const OWNER: u8 = 1;
const WORD: [u8; 32] = [1; 32];

fn key_of(trapdoor: &Trapdoor) -> ProgramKey {
	let CircuitKey::Program(key) = trapdoor.circuit() else { panic!("made with inputs") };
	key
}

/// Registers key and program.
fn register_program(
	key: &ProgramKey,
	kind: ProgramKind,
	context: Option<ContextPlace>,
) -> Result<ProgramId, String> {
	let owner = account(OWNER);
	let hash = CircuitKey::Program(key.clone()).hash();
	if !pallet_programs::Keys::<Runtime>::contains_key(hash) {
		dispatch(&owner, Call::register_key { key: key.clone() })?;
	}
	register_as(&owner, hash, kind, context, SetupLevel::SingleParty)
}

/// Registers a program on a key that is there.
fn register_as(
	who: &AccountId,
	key: CircuitHash,
	kind: ProgramKind,
	context: Option<ContextPlace>,
	setup: SetupLevel,
) -> Result<ProgramId, String> {
	dispatch(who, Call::register { key, kind, context, setup })?;
	Ok(ProgramId::derive(who, key, &kind, &context))
}

fn prove(trapdoor: &Trapdoor, kind: &ProgramKind, claim: &Claim) -> Proof {
	trapdoor.prove(&public_inputs(kind, &key_of(trapdoor), claim).unwrap(), 1)
}

/// A real proof of each tool.
fn published() -> Vec<Subject> {
	let names = [
		"snarkjs-1-input",
		"semaphore-v4",
		"gnark-binary-1-input",
		"arkworks-1-input",
		"risc0-v2.0",
		"risc0-v3.0",
		"risc0-v5.0-rc",
		"sp1-v5.0.0",
		"sp1-v6.0.0",
	];
	let subject = |name: &str| {
		let parts = vector::named(name).read().unwrap();
		let program = register_program(&parts.key, parts.program, None).unwrap();
		let (claim, proof) = parts.shown.unwrap();
		let honest = Submission { program, claim, proof, bound: None };
		let (kind, key, name) = (parts.program, parts.key, name.to_owned());
		Subject { name, kind, key, honest, trapdoor: None }
	};
	names.map(subject).into()
}

/// Programs of each tool's shape whose claims are bound, on keys with a known secret.
fn bound() -> Vec<Subject> {
	let risc0 = ProgramKind::Risc0 { image_id: WORD, control_root: WORD, control_id: WORD };
	let v5 = ProgramKind::Sp1V5 { vkey: WORD, verifier_hash: [3; 32] };
	let v6 = ProgramKind::Sp1V6 { vkey: WORD, vk_root: [2; 32], verifier_hash: [3; 32] };
	let shapes = [
		("Groth16", ProgramKind::Groth16, 3, ContextPlace::Input(1)),
		("RISC Zero", risc0, 5, ContextPlace::Bytes(4)),
		("SP1 v5", v5, 2, ContextPlace::Bytes(0)),
		("SP1 v6", v6, 5, ContextPlace::Bytes(7)),
	];
	let subject = |(seed, (name, kind, inputs, place)): (u64, (&str, _, usize, _))| {
		let trapdoor = Trapdoor::with_inputs(40 + seed, inputs);
		let key = key_of(&trapdoor);
		let program = register_program(&key, kind, Some(place)).unwrap();
		let bound = Bound { nonce: 5, beneficiary: account(2), expiry: 30 };
		let claim = claim_with(&kind, &key, place, Programs::context(program, &bound));
		let proof = prove(&trapdoor, &kind, &claim);
		let honest = Submission { program, claim, proof, bound: Some(bound) };
		Subject { name: format!("bound {name}"), kind, key, honest, trapdoor: Some(trapdoor) }
	};
	(1..).zip(shapes).map(subject).collect()
}

/// A claim of a kind with this context at its place.
fn claim_with(kind: &ProgramKind, key: &ProgramKey, place: ContextPlace, ctx: Scalar) -> Claim {
	let public = |start: u32| {
		let mut bytes = vec![9; 60];
		bytes[start as usize..][..32].copy_from_slice(&ctx.0);
		bytes.try_into().unwrap()
	};
	let selector = kind.selector(key).unwrap_or_default();
	match (kind, place) {
		(ProgramKind::Groth16, ContextPlace::Input(index)) => {
			let mut inputs = vec![Scalar::from_hash([8; 32]); key.ic.len() - 1];
			inputs[usize::from(index)] = ctx;
			claim(inputs)
		}
		(ProgramKind::Risc0 { .. }, ContextPlace::Bytes(at)) => {
			Claim::Risc0 { selector, journal: public(at) }
		}
		(ProgramKind::Sp1V5 { .. }, ContextPlace::Bytes(at)) => {
			Claim::Sp1V5 { selector, public_values: public(at) }
		}
		(ProgramKind::Sp1V6 { vk_root, .. }, ContextPlace::Bytes(at)) => Claim::Sp1V6 {
			selector,
			exit_code: [0; 32],
			vk_root: *vk_root,
			nonce: [6; 32],
			public_values: public(at),
		},
		_ => panic!("a place that the kind has not"),
	}
}

#[test]
fn another_nonce_of_sp1_is_the_same_statement() {
	chain().execute_with(|| {
		let subject = bound().pop().unwrap();
		let mut bench = Bench::new(Way::Alone);
		bench.submit(2, subject.honest.clone()).unwrap();
		let Claim::Sp1V6 { selector, exit_code, vk_root, public_values, .. } = subject.honest.claim
		else {
			panic!("the last is SP1 v6")
		};
		let claim = Claim::Sp1V6 { selector, exit_code, vk_root, nonce: [7; 32], public_values };
		let proof = prove(&subject.trapdoor.unwrap(), &subject.kind, &claim);
		let again = Submission { claim, proof, ..subject.honest };
		bench.refused("another nonce", Some("AlreadyRecorded"), again);
	});
}

#[test]
fn programs_and_models_have_nothing_to_do_with_each_other() {
	chain().execute_with(|| {
		let owner = account(OWNER);
		// A program's key is no model's circuit, before and after it is registered here.
		let trapdoor = Trapdoor::with_inputs(1, 4);
		let register = |key: CircuitKey| {
			dispatch(&owner, pallet_model_registry::Call::register_circuit { key })
		};
		assert_eq!(register(trapdoor.circuit()), Err("KeyKind".into()));
		register_program(&key_of(&trapdoor), ProgramKind::Groth16, None).unwrap();
		assert_eq!(register(trapdoor.circuit()), Err("KeyKind".into()));
		let circuit = trapdoor.circuit().hash();
		let version = version(circuit, Scalar::ZERO);
		let model = ModelId::derive(&owner, circuit, Scalar::ZERO);
		let possession = possession(&Trapdoor::new(1), &owner, model, 1, Scalar::ZERO);
		let owner_share = Share(0);
		let call =
			pallet_model_registry::Call::register { version, owner_share, possession, range: None };
		assert_eq!(dispatch(&owner, call), Err("CircuitNotFound".into()));
		// Nor is a model's key a program's.
		let model = Trapdoor::new(2);
		common::register(&owner, &model, Scalar::ZERO, Share(0)).unwrap();
		let (key, kind) = (model.circuit().hash(), ProgramKind::Groth16);
		let setup = SetupLevel::SingleParty;
		let call = Call::register { key, kind, context: None, setup };
		assert_eq!(dispatch(&owner, call), Err("KeyNotFound".into()));
		// The same points may be both, under different names; a record of the one is none of the other.
		let CircuitKey::Plain(plain) = model.circuit() else { panic!("plain") };
		let VerifyingKey { alpha, beta, gamma, delta, ic } = plain;
		let copy = ProgramKey { alpha, beta, gamma, delta, ic: ic.to_vec().try_into().unwrap() };
		let program = register_program(&copy, ProgramKind::Groth16, None).unwrap();
		let inputs = vec![Scalar::ZERO; 4];
		let proof = model.prove(&inputs, 1);
		let submission = Submission { program, claim: claim(inputs), proof, bound: None };
		dispatch(&owner, Call::submit { submission }).unwrap();
		assert_eq!(Records::<Runtime>::iter().count(), 1);
		assert_eq!(pallet_inference::Records::<Runtime>::iter().count(), 0);
	});
}

/// T10: the first to bring a universal key, RISC Zero's or SP1's, says what it likes of its setup.
#[test]
fn the_registrant_of_a_universal_key_labels_no_program_but_its_own() {
	chain().execute_with(|| {
		let (forger, honest, prover) = (account(OWNER), account(2), account(3));
		let said = SetupLevel::Ceremony([0x66; 32]);
		for name in ["risc0-v3.0", "sp1-v6.0.0"] {
			let parts = vector::named(name).read().unwrap();
			let hash = CircuitKey::Program(parts.key.clone()).hash();
			dispatch(&forger, Call::register_key { key: parts.key }).unwrap();
			let theirs = register_as(&forger, hash, parts.program, None, said).unwrap();
			// The same program is another's too, and says its own.
			let single = SetupLevel::SingleParty;
			let own = register_as(&honest, hash, parts.program, None, single).unwrap();
			assert_ne!(theirs, own, "{name}");
			let again = register_as(&honest, hash, parts.program, None, said);
			assert_eq!(again, Err("ProgramAlreadyExists".into()), "{name}: a claim is not changed");
			let (claim, proof) = parts.shown.unwrap();
			for (program, level, by) in [(theirs, said, &forger), (own, single, &honest)] {
				let (claim, proof) = (claim.clone(), proof.clone());
				let statement = program.statement(&claim);
				let submission = Submission { program, claim, proof, bound: None };
				dispatch(&prover, Call::submit { submission }).unwrap();
				let record = Programs::record_of(statement).unwrap();
				assert_eq!(record.setup, SetupClaim { level, by: by.clone() }, "{name}");
			}
			// The key stays, whatever its registrant wants.
			let remove = || Call::remove_key { key: hash };
			assert_eq!(dispatch(&forger, remove()), Err("KeyInUse".into()));
			assert_eq!(dispatch(&honest, remove()), Err("NotRegistrant".into()));
		}
	});
}

#[test]
fn deposits_come_back_in_the_order_in_which_things_can_go() {
	chain().execute_with(|| {
		let (owner, other) = (account(OWNER), account(3));
		let total = |who: &AccountId| System::account(who).data.free;
		let before = total(&owner);
		let subject = bound().remove(0);
		let program = subject.honest.program;
		let key = CircuitKey::Program(subject.key.clone()).hash();
		let who = account(2);
		let funds = total(&who);
		dispatch(&who, Call::submit { submission: subject.honest.clone() }).unwrap();
		assert!(total(&who) < funds);
		let statement = program.statement(&subject.honest.claim);
		let refused = |who: &AccountId, call: Call<Runtime>, error: &str| {
			assert_eq!(dispatch(who, call), Err(error.to_owned()));
		};
		refused(&owner, Call::remove_key { key }, "KeyInUse");
		refused(&other, Call::remove { program }, "NotRegistrant");
		refused(&owner, Call::remove { program }, "ProgramInUse");
		refused(&other, Call::prune { statement }, "RecordLive");
		go_to(30);
		refused(&other, Call::prune { statement }, "RecordLive");
		go_to(31);
		dispatch(&other, Call::prune { statement }).unwrap();
		assert_eq!(total(&who), funds);
		// It can no longer come.
		let again = Call::submit { submission: subject.honest.clone() };
		refused(&who, again, "Expired");
		refused(&other, Call::prune { statement }, "RecordNotFound");
		dispatch(&owner, Call::remove { program }).unwrap();
		refused(&owner, Call::remove { program }, "ProgramNotFound");
		let gone = Call::submit { submission: subject.honest };
		refused(&who, gone, "ProgramNotFound");
		refused(&other, Call::remove_key { key }, "NotRegistrant");
		dispatch(&owner, Call::remove_key { key }).unwrap();
		refused(&owner, Call::remove_key { key }, "KeyNotFound");
		// The other three shapes are still there.
		let left = before - total(&owner);
		let held = pallet_balances::Holds::<Runtime>::get(&owner);
		assert_eq!(left, held.iter().map(|hold| hold.amount).sum::<Balance>());
		// What is not bound could come again for ever, so it stays.
		let free = published().remove(0);
		dispatch(&who, Call::submit { submission: free.honest.clone() }).unwrap();
		let statement = free.honest.program.statement(&free.honest.claim);
		go_to(1_000_000);
		refused(&who, Call::prune { statement }, "RecordLive");
	});
}

#[test]
fn bad_keys_and_programs_are_refused_by_reason() {
	chain().execute_with(|| {
		let owner = account(OWNER);
		let key = key_of(&Trapdoor::with_inputs(1, 3));
		let refused = |key: ProgramKey, error: &str| {
			assert_eq!(dispatch(&owner, Call::register_key { key }), Err(error.to_owned()));
		};
		let bad = ProgramKey { delta: key.gamma, ..key.clone() };
		refused(bad, "KeyDeltaIsGenerator");
		let unsafe_key = vector::named("snarkjs-unsafe-key").read().unwrap().key;
		refused(unsafe_key, "KeyDeltaIsGenerator");
		let other = key_of(&Trapdoor::with_inputs(1, 3).with_gamma_equal_to_delta());
		refused(other, "KeyGammaEqualsDelta");
		let none = ProgramKey { ic: Default::default(), ..key.clone() };
		refused(none, "KeyIcLength");
		dispatch(&owner, Call::register_key { key: key.clone() }).unwrap();
		refused(key.clone(), "KeyAlreadyExists");

		let refused = |kind, context, error: &str| {
			assert_eq!(register_program(&key, kind, context), Err(error.to_owned()));
		};
		let sp1 = ProgramKind::Sp1V5 { vkey: WORD, verifier_hash: WORD };
		refused(sp1, None, "InputCount");
		let place = |place| Some(place);
		refused(ProgramKind::Groth16, place(ContextPlace::Input(3)), "NoPlaceForContext");
		refused(ProgramKind::Groth16, place(ContextPlace::Bytes(0)), "NoPlaceForContext");
		register_program(&key, ProgramKind::Groth16, place(ContextPlace::Input(2))).unwrap();
		refused(ProgramKind::Groth16, place(ContextPlace::Input(2)), "ProgramAlreadyExists");
		let two = key_of(&Trapdoor::with_inputs(2, 2));
		let high = ProgramKind::Sp1V5 { vkey: [0xff; 32], verifier_hash: WORD };
		assert_eq!(register_program(&two, high, None), Err("NotCanonical".into()));
		for (at, fits) in [(4064, true), (4065, false), (u32::MAX, false)] {
			let answer = register_program(&two, sp1, place(ContextPlace::Bytes(at)));
			assert_eq!(answer.is_ok(), fits, "{at}");
		}
	});
}
