//! T1 to T9 against programs of every tool, alone and in batches; and the life of a program.

mod common;
#[path = "../../proving/program-files/tests/program_files/vector.rs"]
#[allow(dead_code)]
mod vector;

use std::collections::BTreeSet;

use common::*;
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

/// How submissions come: alone, or as one of three at this place.
#[derive(Clone, Copy, Debug)]
enum Way {
	Alone,
	Batch(usize),
}

const WAYS: [Way; 4] = [Way::Alone, Way::Batch(0), Way::Batch(1), Way::Batch(2)];

struct Bench {
	way: Way,
	company: (ProgramId, Trapdoor),
	number: u64,
}

fn records() -> BTreeSet<StatementId> {
	Records::<Runtime>::iter_keys().collect()
}

impl Bench {
	fn new(way: Way) -> Self {
		let trapdoor = Trapdoor::with_inputs(90, 2);
		let program = register_program(&key_of(&trapdoor), ProgramKind::Groth16, None).unwrap();
		Self { way, company: (program, trapdoor), number: 0 }
	}

	/// An honest submission that was never made before.
	fn companion(&mut self) -> Submission {
		self.number += 1;
		let (program, trapdoor) = &self.company;
		let mut number = Scalar::ZERO;
		number.0[24..].copy_from_slice(&self.number.to_be_bytes());
		let claim = claim(vec![number, Scalar::ZERO]);
		let proof = prove(trapdoor, &ProgramKind::Groth16, &claim);
		Submission { program: *program, claim, proof, bound: None }
	}

	fn submit(&mut self, who: u8, submission: Submission) -> Result<(), String> {
		let who = account(who);
		let Way::Batch(at) = self.way else {
			return dispatch(&who, Call::submit { submission });
		};
		let mut submissions = vec![self.companion(), self.companion()];
		submissions.insert(at, submission);
		let before = records().len();
		System::reset_events();
		// What is refused is taken back with its company.
		with_transaction(|| {
			let submissions = submissions.try_into().unwrap();
			dispatch(&who, Call::submit_batch { submissions }).unwrap();
			let mut refused =
				System::events().into_iter().filter_map(|record| match record.event {
					RuntimeEvent::Programs(Event::SubmissionRefused { index, error }) => {
						assert_eq!(index as usize, at, "the company is refused: {error:?}");
						Some(name(&error))
					}
					_ => None,
				});
			let refused = (refused.next(), refused.next());
			assert_eq!(refused.1, None);
			let recorded = records().len() - before;
			match refused.0 {
				Some(error) => {
					assert_eq!(recorded, 2, "the company of {error}");
					TransactionOutcome::Rollback(Ok::<_, DispatchError>(Err(error)))
				}
				None => {
					assert_eq!(recorded, 3);
					TransactionOutcome::Commit(Ok(Ok(())))
				}
			}
		})
		.unwrap()
	}

	/// Must be refused, for this reason if there is one to expect, and leave nothing.
	fn refused(&mut self, what: &str, error: Option<&str>, submission: Submission) {
		let before = storage();
		let answer = self.submit(2, submission);
		let got = answer.expect_err(&format!("{what} is taken, {:?}", self.way));
		if let Some(error) = error {
			assert_eq!(got, error, "{what}, {:?}", self.way);
		}
		let left = changed(&before, &storage());
		assert!(left.iter().all(|key| is_bookkeeping(key)), "{what} left a trace: {got}");
	}
}

/// The claim with one bit of what it says flipped, in turns.
fn flipped(honest: &Claim) -> Vec<(String, Claim)> {
	let mut out = Vec::new();
	let mut add = |what: String, claim: Claim| out.push((what, claim));
	let last = |bytes: &[u8]| {
		let mut flipped = bytes.to_vec();
		let end = flipped.len() - 1;
		flipped[end] ^= 1;
		flipped.try_into().unwrap()
	};
	match honest.clone() {
		Claim::Inputs(inputs) => {
			for index in 0..inputs.len() {
				let mut flipped = inputs.to_vec();
				flipped[index].0[31] ^= 1;
				add(format!("T1 input {index}"), claim(flipped));
			}
		}
		Claim::Risc0 { selector, journal } => {
			add("T1 journal".into(), Claim::Risc0 { selector, journal: last(&journal) });
		}
		Claim::Sp1V5 { selector, public_values } => {
			let public_values = last(&public_values);
			add("T1 public values".into(), Claim::Sp1V5 { selector, public_values });
		}
		Claim::Sp1V6 { selector, exit_code, vk_root, nonce, public_values } => {
			let other = last(&public_values);
			let claim = |nonce, public_values| Claim::Sp1V6 {
				selector,
				exit_code,
				vk_root,
				nonce,
				public_values,
			};
			add("T1 public values".into(), claim(nonce, other));
			let mut flipped = nonce;
			flipped[31] ^= 1;
			add("T1 nonce".into(), claim(flipped, public_values));
		}
	}
	out
}

/// Claims that are refused before their proofs are looked at.
fn senseless(subject: &Subject) -> Vec<(&'static str, &'static str, Claim)> {
	match subject.honest.claim.clone() {
		Claim::Inputs(inputs) => {
			let mut out = Vec::new();
			let mut aliased = inputs.to_vec();
			if let Some(alias) = plus(&inputs[0].0, &Scalar::MODULUS) {
				aliased[0] = Scalar(alias);
				out.push(("T2 input plus r", "NotCanonical", claim(aliased.clone())));
			}
			aliased[0] = Scalar([0xff; 32]);
			out.push(("T2 input of all ones", "NotCanonical", claim(aliased)));
			out.push(("T7 no input", "InputCount", claim(vec![])));
			let long = vec![Scalar::ZERO; inputs.len() + 1];
			out.push(("T7 an input too many", "InputCount", claim(long)));
			out.push(("T7 as many as fit", "InputCount", claim(vec![Scalar::ZERO; 64])));
			let journal = Default::default();
			let other = Claim::Risc0 { selector: [0; 4], journal };
			out.push(("T7 another tool's claim", "ClaimOfAnotherTool", other));
			out
		}
		Claim::Risc0 { journal, .. } => vec![
			("T7 no selector", "SelectorMismatch", Claim::Risc0 { selector: [0; 4], journal }),
			("T7 another tool's claim", "ClaimOfAnotherTool", claim(vec![Scalar::ZERO; 5])),
		],
		Claim::Sp1V5 { public_values, .. } => {
			let selector = [0; 4];
			vec![
				("T7 no selector", "SelectorMismatch", Claim::Sp1V5 { selector, public_values }),
				("T7 another tool's claim", "ClaimOfAnotherTool", claim(vec![Scalar::ZERO; 2])),
			]
		}
		Claim::Sp1V6 { selector, exit_code, vk_root, nonce, public_values } => {
			let with = |selector, exit_code, vk_root, nonce| {
				let public_values = public_values.clone();
				Claim::Sp1V6 { selector, exit_code, vk_root, nonce, public_values }
			};
			let mut failed = exit_code;
			failed[31] ^= 1;
			let high = plus(&nonce, &Scalar::MODULUS).unwrap_or([0xff; 32]);
			vec![
				("T2 nonce plus r", "NotCanonical", with(selector, exit_code, vk_root, high)),
				(
					"T2 exit code r",
					"ExitCodeNotZero",
					with(selector, Scalar::MODULUS, vk_root, nonce),
				),
				("T7 exit code", "ExitCodeNotZero", with(selector, failed, vk_root, nonce)),
				("T7 another root", "VkRootMismatch", with(selector, exit_code, [9; 32], nonce)),
				("T7 no selector", "SelectorMismatch", with([0; 4], exit_code, vk_root, nonce)),
			]
		}
	}
}

/// Programs that are nearly this one.
fn others(kind: &ProgramKind) -> Vec<ProgramKind> {
	let mut out = Vec::new();
	match *kind {
		ProgramKind::Groth16 => {}
		ProgramKind::Risc0 { image_id, control_root, control_id } => {
			let mut other = image_id;
			other[31] ^= 1;
			out.push(ProgramKind::Risc0 { image_id: other, control_root, control_id });
			let mut other = control_root;
			other[0] ^= 1;
			out.push(ProgramKind::Risc0 { image_id, control_root: other, control_id });
		}
		ProgramKind::Sp1V5 { vkey, verifier_hash } => {
			let mut other = vkey;
			other[31] ^= 1;
			out.push(ProgramKind::Sp1V5 { vkey: other, verifier_hash });
		}
		ProgramKind::Sp1V6 { vkey, vk_root, verifier_hash } => {
			let mut other = vkey;
			other[31] ^= 1;
			out.push(ProgramKind::Sp1V6 { vkey: other, vk_root, verifier_hash });
			let mut other = vk_root;
			other[31] ^= 1;
			out.push(ProgramKind::Sp1V6 { vkey, vk_root: other, verifier_hash });
		}
	}
	out
}

fn attack(bench: &mut Bench, subject: &Subject) {
	let Subject { name, kind, key, honest, .. } = subject;
	let with = |claim: Claim| Submission { claim, ..honest.clone() };
	for (what, claim) in flipped(&honest.claim) {
		bench.refused(&format!("{name}: {what}"), None, with(claim));
	}
	for (what, error, claim) in senseless(subject) {
		bench.refused(&format!("{name}: {what}"), Some(error), with(claim));
	}
	for other in others(kind) {
		// A program of another release may be one that no proof can have been made for.
		let Ok(program) = register_program(key, other, None) else { continue };
		let submission = Submission { program, bound: None, ..honest.clone() };
		bench.refused(&format!("{name}: T5 another program"), None, submission);
	}
	for (what, proof) in spoilt(&honest.proof) {
		let submission = Submission { proof, ..honest.clone() };
		bench.refused(&format!("{name}: T7 {what}"), None, submission);
	}
	let mut committed = honest.clone();
	committed.proof.commitments = vec![honest.proof.a].try_into().unwrap();
	let what = format!("{name}: T7 a commitment");
	bench.refused(&what, Some("ProofCommitmentCount"), committed);
	let unknown = Submission { program: ProgramId([5; 32]), ..honest.clone() };
	bench.refused(&format!("{name}: T8 an unknown program"), Some("ProgramNotFound"), unknown);

	bench.submit(2, honest.clone()).unwrap_or_else(|e| panic!("{name}: {e}"));
	let statement = honest.program.statement(&honest.claim);
	let record = Programs::record_of(statement).expect("on record");
	assert_eq!((record.program, &record.claim), (honest.program, &honest.claim));
	bench.refused(&format!("{name}: T3 again"), Some("AlreadyRecorded"), honest.clone());
	let again = Submission { proof: rerandomise(&honest.proof, 7), ..honest.clone() };
	bench.refused(&format!("{name}: T4 re-randomised"), Some("AlreadyRecorded"), again);
	// T9: nothing of it is a model's.
	assert!(pallet_inference::Records::<Runtime>::get(statement).is_none());
	assert_eq!(pallet_inference::Records::<Runtime>::iter().count(), 0);
}

#[test]
fn published_proofs_of_every_tool_are_recorded_once_and_nothing_near_them_is() {
	for way in WAYS {
		chain().execute_with(|| {
			let mut bench = Bench::new(way);
			let subjects = published();
			assert_eq!(subjects.len(), 9);
			subjects.iter().for_each(|subject| attack(&mut bench, subject));
		});
	}
}

#[test]
fn bound_claims_count_for_one_chain_use_and_beneficiary_and_until_they_expire() {
	for way in WAYS {
		chain().execute_with(|| {
			let mut bench = Bench::new(way);
			for subject in bound() {
				elsewhere(&mut bench, &subject);
				attack(&mut bench, &subject);
			}
		});
	}
}

/// T6: a claim that was made for something else, however it is said to be.
fn elsewhere(bench: &mut Bench, subject: &Subject) {
	let Subject { name, kind, key, honest, trapdoor } = subject;
	let trapdoor = trapdoor.as_ref().expect("bound ones have a secret");
	let bound = honest.bound.clone().expect("bound");
	let details = pallet_programs::Programs::<Runtime>::get(honest.program).unwrap();
	let place = details.context.expect("bound");
	let vary = |change: &dyn Fn(&mut Bound<AccountId>)| {
		let mut bound = bound.clone();
		change(&mut bound);
		Some(bound)
	};
	for (what, bound) in [
		("nonce", vary(&|b| b.nonce += 1)),
		("beneficiary", vary(&|b| b.beneficiary = account(3))),
		("expiry", vary(&|b| b.expiry += 1)),
	] {
		let said = Submission { bound: bound.clone(), ..honest.clone() };
		bench.refused(&format!("{name}: T6 another {what}"), Some("ContextMismatch"), said);
		// With the context too, it is another claim, and the proof is none of it.
		let ctx = Programs::context(honest.program, bound.as_ref().unwrap());
		let claim = claim_with(kind, key, place, ctx);
		let made = Submission { bound, claim, ..honest.clone() };
		bench.refused(&format!("{name}: T6 {what}, context too"), Some("ProofInvalid"), made);
	}
	let unbound = Submission { bound: None, ..honest.clone() };
	bench.refused(&format!("{name}: T6 no context"), Some("ContextMissing"), unbound);
	// Proofs that are good for another chain, and for another program.
	let other_chain = honest.program.context([7; 32], &bound);
	let other_program = Programs::context(ProgramId([7; 32]), &bound);
	for (what, ctx) in [("chain", other_chain), ("program", other_program)] {
		let claim = claim_with(kind, key, place, ctx);
		let proof = prove(trapdoor, kind, &claim);
		let made = Submission { claim, proof, ..honest.clone() };
		bench.refused(&format!("{name}: T6 another {what}"), Some("ContextMismatch"), made);
	}
	for (what, error, expiry) in [("past", "Expired", 0), ("far off", "TooFarAhead", 5_000_000)] {
		let bound = Bound { expiry, ..bound.clone() };
		let ctx = Programs::context(honest.program, &bound);
		let claim = claim_with(kind, key, place, ctx);
		let proof = prove(trapdoor, kind, &claim);
		let made = Submission { claim, proof, bound: Some(bound), ..honest.clone() };
		bench.refused(&format!("{name}: T6 {what}"), Some(error), made);
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
		let call = pallet_model_registry::Call::register { version, owner_share, possession };
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
