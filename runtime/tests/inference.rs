//! Requests, payments, records, and the pallets' answers to bad input.

mod conservation;
mod several;
mod terms;

use crate::common::{chain, ledger::RuntimeLedger, *};
use codec::Encode;
use frame_support::{
	dispatch::GetDispatchInfo,
	traits::{
		fungible::{Inspect, InspectHold},
		Get, LockableCurrency, OnIdle, WithdrawReasons,
	},
	weights::Weight,
};
use pallet_inference::{Call, ReadRecords, WeightInfo};
use sp_runtime::DispatchError;
use zkml_attacks::ledger::Ledger;
use zkml_primitives::*;
use zkml_runtime::*;
use zkml_trapdoor::{public_digest, rerandomise, Trapdoor};

const PARAMS: Scalar = Scalar([0x11; 32]);

fn ask(who: &AccountId, model: ModelId, price: Balance, deadline: u32) -> RequestId {
	let request = pallet_inference::NextRequest::<Runtime>::get();
	let terms = terms(price, deadline);
	dispatch(who, Call::request { model, version: 1, inputs: one(7), terms }).unwrap();
	request
}

fn total(who: &AccountId) -> Balance {
	Balances::total_balance(who)
}

fn held(who: &AccountId) -> Balance {
	Balances::total_balance_on_hold(who)
}

#[test]
fn an_answer_is_recorded_paid_and_found_again() {
	chain().execute_with(|| {
		let (owner, user, prover) = (account(1), account(2), account(3));
		let trapdoor = Trapdoor::new(5);
		let model = register(&owner, &trapdoor, PARAMS, Share(100_000)).unwrap();
		let held_before = held(&owner);
		let before = [&owner, &user, &prover].map(total);
		let request = ask(&user, model, 10 * UNIT, 20);
		assert!(held(&user) > 10 * UNIT, "price and deposit are held");

		let answer = answer(&trapdoor, request, &prover, 131, 3);
		let foretold = Inference::check_answer(answer.clone()).expect("a good answer");
		dispatch(&prover, answering(answer.clone())).unwrap();

		let (statement, record) = Inference::result(request).expect("answered");
		assert_eq!(statement, foretold);
		assert_eq!(record.outputs, one(131));
		let claim = SetupClaim { level: SetupLevel::SingleParty, by: owner.clone() };
		assert_eq!(record.setup, claim);
		assert_eq!(Inference::record(statement), Some(record));
		assert_eq!(held(&user), 0, "price paid, deposit returned");
		assert_eq!(held(&owner), held_before);
		assert_eq!(total(&user), before[1] - 10 * UNIT);
		assert_eq!(total(&owner), before[0] + UNIT);
		assert_eq!(total(&prover), before[2] + 9 * UNIT);

		let again = dispatch(&prover, answering(answer));
		assert_eq!(again, Err("RequestNotFound".into()), "nobody is paid twice");
	});
}

#[test]
fn several_answers_stand_or_fall_alone() {
	chain().execute_with(|| {
		let (owner, user, prover) = (account(1), account(2), account(3));
		let trapdoor = Trapdoor::new(5);
		let model = register(&owner, &trapdoor, PARAMS, Share(0)).unwrap();
		let requests = [0; 3].map(|_| ask(&user, model, UNIT, 20));
		let mut answers = requests.map(|r| answer(&trapdoor, r, &prover, 131, 3));
		answers[1].outputs = one(132);
		dispatch(&prover, answering_all(answers.to_vec())).unwrap();
		assert!(Inference::result(requests[0]).is_some());
		assert!(Inference::result(requests[1]).is_none());
		assert!(Inference::result(requests[2]).is_some());
		let invalid =
			DispatchError::from(pallet_verifier::Error::<Runtime>::ProofInvalid).stripped();
		assert!(System::events().iter().any(|record| matches!(
			&record.event,
			RuntimeEvent::Inference(pallet_inference::Event::AnswerRefused { request, error })
				if *request == requests[1] && *error == invalid
		)));
	});
}

#[test]
fn a_batch_of_nothing_is_not_free_and_a_larger_one_costs_more() {
	let weight = |call: RuntimeCall| call.get_dispatch_info().call_weight.ref_time();
	let answers = |count: usize| {
		let answer = Answer {
			request: 1,
			beneficiary: account(3),
			outputs: one(7),
			ctx: Scalar::ZERO,
			proof: Proof {
				a: G1([0; 64]),
				b: G2([0; 128]),
				c: G1([0; 64]),
				commitments: Default::default(),
			},
		};
		let answers = vec![answer; count].try_into().unwrap();
		weight(Call::answer_batch { answers, input_bytes: 0 }.into())
	};
	let submissions = weight(Call::submit_batch { submissions: Default::default() }.into());
	assert!(submissions > 0);
	assert!(0 < answers(0) && answers(0) < answers(1));
	// The batch may not hold, and then each proof is looked at alone.
	let alone = <Runtime as pallet_inference::Config>::WeightInfo::verification(0).ref_time();
	assert!(answers(128) - answers(0) > 128 * alone);
}

#[test]
fn a_request_that_nobody_answers_is_refunded_in_full_and_only_then() {
	chain().execute_with(|| {
		let (owner, user) = (account(1), account(2));
		let trapdoor = Trapdoor::new(5);
		let model = register(&owner, &trapdoor, PARAMS, Share(0)).unwrap();
		let before = (total(&user), held(&user));
		let request = ask(&user, model, UNIT, 20);
		let late = answer(&trapdoor, request, &owner, 131, 3);
		go_to(closed_after(20) - 1);
		let early = dispatch(&owner, Call::refund { request });
		assert_eq!(early, Err("RequestOpen".into()));
		go_to(closed_after(20));
		let expired = dispatch(&owner, answering(late));
		assert_eq!(expired, Err("RequestClosed".into()));
		dispatch(&owner, Call::refund { request }).unwrap();
		assert_eq!((total(&user), held(&user)), before);
		let again = dispatch(&owner, Call::refund { request });
		assert_eq!(again, Err("RequestNotFound".into()));
	});
}

#[test]
fn a_record_is_pruned_when_its_statement_can_no_longer_come_and_not_before() {
	chain().execute_with(|| {
		let (owner, user, prover) = (account(1), account(2), account(3));
		let trapdoor = Trapdoor::new(5);
		let model = register(&owner, &trapdoor, PARAMS, Share(0)).unwrap();
		let request = ask(&user, model, 0, 20);
		let answer = answer(&trapdoor, request, &prover, 131, 3);
		dispatch(&prover, answering(answer)).unwrap();
		let (statement, _) = Inference::result(request).unwrap();
		assert!(held(&prover) > 0);
		// It was paid for: its prover cannot take it away when the request would have closed.
		let life: u32 = <Runtime as pallet_inference::Config>::RecordLife::get();
		go_to(1 + life);
		assert_eq!(dispatch(&user, Call::prune { statement }), Err("RecordLive".into()));
		go_to(2 + life);
		dispatch(&user, Call::prune { statement }).unwrap();
		assert_eq!(held(&prover), 0);
		assert_eq!(Inference::result(request), None);
		assert_eq!(pallet_inference::Results::<Runtime>::get(request), None);
		assert_eq!(dispatch(&user, Call::prune { statement }), Err("RecordNotFound".into()));
	});
}

#[test]
fn a_request_of_a_deprecated_version_is_still_answered_but_no_new_one_taken() {
	chain().execute_with(|| {
		let (owner, user, prover) = (account(1), account(2), account(3));
		let trapdoor = Trapdoor::new(5);
		let model = register(&owner, &trapdoor, PARAMS, Share(0)).unwrap();
		let request = ask(&user, model, UNIT, 20);
		RuntimeLedger.deprecate(1, model, 1);
		let new = Call::request { model, version: 1, inputs: one(7), terms: terms(0, 20) };
		assert_eq!(dispatch(&user, new), Err("VersionDeprecated".into()));
		let answer = answer(&trapdoor, request, &prover, 131, 3);
		dispatch(&prover, answering(answer)).unwrap();
	});
}

#[test]
fn a_private_input_must_be_announced_by_the_account_that_submits() {
	chain().execute_with(|| {
		let (owner, user) = (account(1), account(2));
		let trapdoor = Trapdoor::new(5);
		let model = register(&owner, &trapdoor, PARAMS, Share(0)).unwrap();
		let (input, output) = (Scalar::from_hash([6; 32]), Scalar::from_hash([8; 32]));
		let (genesis, action) = (ModelRegistry::genesis(), Action::Submit(1));
		let ctx = Context {
			genesis,
			action,
			model,
			version: 1,
			beneficiary: user.clone(),
			expiry: 30,
			shown: Shown::nothing(1, 1),
		};
		let submission = Submission {
			model,
			version: 1,
			nonce: 1,
			expiry: 30,
			beneficiary: user.clone(),
			inputs: hidden(input),
			outputs: hidden(output),
			ctx: ctx.digest(),
			proof: trapdoor.prove(&[PARAMS, input, output, ctx.digest()], 4),
		};
		let submit = || Call::submit { submission: submission.clone() };
		let commit = || Call::commit_input { commitment: input };
		assert_eq!(dispatch(&user, submit()), Err("InputNotCommitted".into()));
		dispatch(&owner, commit()).unwrap();
		assert_eq!(dispatch(&user, submit()), Err("InputNotCommitted".into()));
		dispatch(&user, commit()).unwrap();
		assert_eq!(dispatch(&user, commit()), Err("InputAlreadyCommitted".into()));
		dispatch(&user, submit()).unwrap();
		dispatch(&user, Call::withdraw_input { commitment: input }).unwrap();
		let again = dispatch(&user, Call::withdraw_input { commitment: input });
		assert_eq!(again, Err("InputNotCommitted".into()));
		let bad = Call::commit_input { commitment: Scalar([0xff; 32]) };
		assert_eq!(dispatch(&user, bad), Err("InputNotCanonical".into()));
	});
}

#[test]
fn bad_requests_are_refused_by_reason() {
	chain().execute_with(|| {
		let (owner, user) = (account(1), account(2));
		let model = register(&owner, &Trapdoor::new(5), PARAMS, Share(0)).unwrap();
		let request = |model, version, inputs, price, deadline| {
			dispatch(&user, Call::request { model, version, inputs, terms: terms(price, deadline) })
		};
		let poor = AccountId::from([0x77; 32]);
		let wide = list([TensorData::Public(vec![1, 2].try_into().unwrap())]);
		let not_canonical = hidden(Scalar([0xff; 32]));
		go_to(5);
		assert_eq!(request(ModelId([9; 32]), 1, one(7), 0, 9), Err("VersionNotFound".into()));
		assert_eq!(request(model, 2, one(7), 0, 9), Err("VersionNotFound".into()));
		assert_eq!(request(model, 1, wide, 0, 9), Err("InputLength".into()));
		assert_eq!(request(model, 1, one(255), 0, 9), Err("InputOutOfRange".into()));
		assert_eq!(request(model, 1, not_canonical, 0, 9), Err("InputNotCanonical".into()));
		assert_eq!(request(model, 1, one(7), 0, 4), Err("Expired".into()));
		assert_eq!(request(model, 1, one(7), 0, 8 * DAYS), Err("TooFarAhead".into()));
		assert_eq!(request(model, 1, one(7), Balance::MAX, 9), Err("CannotAfford".into()));
		let call = Call::request { model, version: 1, inputs: one(7), terms: terms(0, 9) };
		assert_eq!(dispatch(&poor, call), Err("CannotAfford".into()));
	});
}

#[test]
fn a_re_randomised_answer_pays_its_beneficiary_and_nobody_else() {
	chain().execute_with(|| {
		let (owner, user, prover, thief) = (account(1), account(2), account(3), account(4));
		let trapdoor = Trapdoor::new(5);
		let model = register(&owner, &trapdoor, PARAMS, Share(0)).unwrap();
		let request = ask(&user, model, UNIT, 20);
		let mut stolen = answer(&trapdoor, request, &prover, 131, 3);
		stolen.proof = rerandomise(&stolen.proof, 99);
		let mine = Answer { beneficiary: thief.clone(), ..stolen.clone() };
		let claimed =
			Answer { ctx: Inference::job(request, thief.clone()).unwrap().ctx(), ..mine.clone() };
		assert_eq!(dispatch(&thief, answering(mine)), Err("ContextMismatch".into()));
		assert_eq!(dispatch(&thief, answering(claimed)), Err("ProofInvalid".into()));
		let before = total(&prover);
		dispatch(&thief, answering(stolen)).unwrap();
		assert_eq!(total(&prover), before + UNIT);
	});
}

#[test]
fn a_version_that_was_swapped_under_a_request_cannot_answer_it() {
	chain().execute_with(|| {
		let (owner, user) = (account(1), account(2));
		let trapdoor = Trapdoor::new(5);
		let circuit = trapdoor.circuit().hash();
		let model = register(&owner, &trapdoor, PARAMS, Share(0)).unwrap();
		let registry = |call: pallet_model_registry::Call<Runtime>| dispatch(&owner, call).unwrap();
		let publish = |params| {
			let version = version(circuit, params);
			let possession = possession(&trapdoor, &owner, model, 2, params);
			registry(pallet_model_registry::Call::publish {
				model,
				version,
				possession,
				range: None,
			});
		};
		publish(Scalar::from_hash([2; 32]));
		let request = pallet_inference::NextRequest::<Runtime>::get();
		let call = Call::request { model, version: 2, inputs: one(7), terms: terms(UNIT, 20) };
		dispatch(&user, call).unwrap();
		let honest = answer(&trapdoor, request, &owner, 131, 3);
		// The same id and number again, for other parameters.
		for version in [1, 2] {
			registry(pallet_model_registry::Call::deprecate { model, version });
		}
		end_wait(model);
		registry(pallet_model_registry::Call::remove { model });
		let possession = possession(&trapdoor, &owner, model, 1, PARAMS);
		let first = version(circuit, PARAMS);
		registry(pallet_model_registry::Call::register {
			version: first,
			owner_share: Share(0),
			possession,
			range: None,
		});
		publish(Scalar::from_hash([3; 32]));
		let swapped = dispatch(&owner, answering(honest));
		assert_eq!(swapped, Err("VersionReplaced".into()));
		// Nobody can answer it any more, so nobody has to wait.
		dispatch(&user, Call::refund { request }).unwrap();
		assert_eq!(held(&user), 0);
	});
}

#[test]
fn the_queue_of_a_prover_is_what_it_can_answer_best_paid_first() {
	chain().execute_with(|| {
		let (owner, user) = (account(1), account(2));
		let trapdoor = Trapdoor::new(5);
		let model = register(&owner, &trapdoor, PARAMS, Share(0)).unwrap();
		// The same circuit and parameters under another's name, whose owner takes half.
		let other = {
			let version = version(trapdoor.circuit().hash(), PARAMS);
			let id = ModelId::derive(&user, version.circuit, PARAMS);
			let possession = possession(&trapdoor, &user, id, 1, PARAMS);
			let owner_share = Share(500_000);
			let call = pallet_model_registry::Call::register {
				version,
				owner_share,
				possession,
				range: None,
			};
			dispatch(&user, call).unwrap();
			id
		};
		let foreign = register(&owner, &Trapdoor::new(6), PARAMS, Share(0)).unwrap();
		for _ in 0..150 {
			ask(&user, foreign, 1_000 * UNIT, 20);
		}
		let cheap = ask(&user, model, UNIT, 20);
		let halved = ask(&user, other, 8 * UNIT, 20);
		let dear = ask(&user, model, 9 * UNIT, 20);
		let alike = ask(&user, model, 10 * UNIT, 20);
		let nothing = ask(&user, model, 0, 20);
		let inputs = hidden(Scalar::from_hash([4; 32]));
		let terms = terms(1_000 * UNIT, 20);
		let private = pallet_inference::NextRequest::<Runtime>::get();
		let asked =
			Call::request { model, version: 1, inputs: inputs.clone(), terms: terms.clone() };
		dispatch(&user, asked).unwrap();
		// The same with an output that is to be hidden is for others, who keep openings.
		let terms = Terms { outputs: list([Visibility::Private]), ..terms };
		dispatch(&user, Call::request { model, version: 1, inputs, terms }).unwrap();

		let mut work = pallet_inference::Requests::<Runtime>::get(cheap).unwrap().work();
		let ids = |work: &Work, start| {
			let queue = Inference::queue(work, start, 100);
			queue.into_iter().map(|(_, id, _)| id).collect::<Vec<_>>()
		};
		assert_eq!(ids(&work, None), [dear, alike, halved, cheap, nothing]);
		let (rank, ..) = Inference::queue(&work, None, 2)[1];
		assert_eq!(ids(&work, Some(rank)), [halved, cheap, nothing]);
		work.openings = list([Scalar::from_hash([4; 32])]);
		assert_eq!(ids(&work, None), [private]);
		work.hides_outputs = true;
		assert_eq!(ids(&work, None), [private + 1]);
		work.openings = list([Scalar::from_hash([5; 32])]);
		assert!(ids(&work, None).is_empty());
	});
}

#[test]
fn the_largest_batches_have_room_in_a_block() {
	let normal = frame_support::dispatch::DispatchClass::Normal;
	let limits = <Runtime as frame_system::Config>::BlockWeights::get();
	let most = limits.get(normal).max_extrinsic.expect("a limit").ref_time();
	let proof = |rounds: usize| Proof {
		a: G1([0; 64]),
		b: G2([0; 128]),
		c: G1([0; 64]),
		commitments: vec![G1([0; 64]); rounds].try_into().unwrap(),
	};
	let tensor = |bytes| list([TensorData::Public(vec![7; bytes].try_into().unwrap())]);
	// As many as the worker hands in of so many bytes each.
	for (count, input, output) in [(MAX_BATCH, 1, 1), (112, 9_362, 1), (114, 1, 2_048)] {
		for rounds in 0..=MAX_ROUNDS as usize {
			let answer = Answer {
				request: 1,
				beneficiary: account(3),
				outputs: tensor(output),
				ctx: Scalar::ZERO,
				proof: proof(rounds),
			};
			let answers = vec![answer; count as usize].try_into().unwrap();
			let call =
				RuntimeCall::from(Call::answer_batch { answers, input_bytes: input * count });
			let weight = call.get_dispatch_info().call_weight.ref_time();
			let what = format!(
				"{count} answers of {output} bytes about {input} with {rounds} rounds: {} ms of {}",
				weight / 1_000_000_000,
				most / 1_000_000_000
			);
			println!("{what}");
			assert!(weight <= most, "{what}");
		}
	}
}
