//! T1 to T9 on one program after the other.

use super::*;

/// How submissions come: alone, or as one of three at this place.
#[derive(Clone, Copy, Debug)]
pub enum Way {
	Alone,
	Batch(usize),
}

const WAYS: [Way; 4] = [Way::Alone, Way::Batch(0), Way::Batch(1), Way::Batch(2)];

pub struct Bench {
	way: Way,
	company: (ProgramId, Trapdoor),
	number: u64,
}

fn records() -> BTreeSet<StatementId> {
	Records::<Runtime>::iter_keys().collect()
}

impl Bench {
	pub fn new(way: Way) -> Self {
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

	pub fn submit(&mut self, who: u8, submission: Submission) -> Result<(), String> {
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
	pub fn refused(&mut self, what: &str, error: Option<&str>, submission: Submission) {
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
