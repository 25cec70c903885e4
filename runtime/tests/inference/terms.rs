//! What a requester agreed to: whether the output is shown, the share of the owner, the deadline.

use super::*;

/// An answer whose output is a commitment, proved as such.
fn hidden_answer(trapdoor: &Trapdoor, request: RequestId, by: &AccountId) -> Answer<AccountId> {
	answer_with(trapdoor, request, by, &hidden(Scalar::from_hash([8; 32])), 4)
}

#[test]
fn a_prover_that_hides_the_output_is_not_paid_unless_that_was_asked_for() {
	chain().execute_with(|| {
		let (owner, user, prover) = (account(1), account(2), account(3));
		let trapdoor = Trapdoor::new(5);
		let model = register(&owner, &trapdoor, PARAMS, Share(200_000)).unwrap();
		let request = ask(&user, model, 100 * UNIT, 20);
		let before = [&owner, &user, &prover].map(total);
		let unseen = hidden_answer(&trapdoor, request, &prover);
		let refused = dispatch(&prover, answering(unseen.clone()));
		assert_eq!(refused, Err("OutputVisibility".into()));
		dispatch(&prover, answering_all(vec![unseen])).unwrap();
		assert_eq!([&owner, &user, &prover].map(total), before);
		assert!(Inference::result(request).is_none());

		let outputs = list([Visibility::Private]);
		let terms = Terms { outputs, ..terms(100 * UNIT, 20) };
		let private = pallet_inference::NextRequest::<Runtime>::get();
		dispatch(&user, Call::request { model, version: 1, inputs: one(7), terms }).unwrap();
		let shown = answer(&trapdoor, private, &prover, 131, 3);
		assert_eq!(
			dispatch(&prover, answering(shown)),
			Err("OutputVisibility".into()),
			"what was to stay hidden is not shown to everybody"
		);
		let answer = hidden_answer(&trapdoor, private, &prover);
		dispatch(&prover, answering(answer)).unwrap();
		assert_eq!(total(&prover), before[2] + 80 * UNIT);
	});
}

#[test]
fn an_owner_takes_no_more_than_the_requester_accepts() {
	chain().execute_with(|| {
		let (owner, user, prover) = (account(1), account(2), account(3));
		let trapdoor = Trapdoor::new(5);
		let model = register(&owner, &trapdoor, PARAMS, Share(200_000)).unwrap();
		let ask = |max_owner_share| {
			let terms = Terms { max_owner_share: Share(max_owner_share), ..terms(10 * UNIT, 20) };
			dispatch(&user, Call::request { model, version: 1, inputs: one(7), terms })
		};
		assert_eq!(ask(199_999), Err("OwnerShare".into()));
		ask(200_000).unwrap();
		// Neither before nor after the request does a higher share count.
		let share = |share| {
			dispatch(&owner, pallet_model_registry::Call::set_share { model, share }).unwrap();
		};
		share(Share(Share::WHOLE));
		assert_eq!(ask(200_000), Err("OwnerShare".into()));
		let before = total(&prover);
		let answer = answer(&trapdoor, 0, &prover, 131, 3);
		dispatch(&prover, answering(answer)).unwrap();
		assert_eq!(total(&prover), before + 8 * UNIT);
	});
}

#[test]
fn an_answer_in_the_grace_period_counts_and_a_refund_does_not() {
	chain().execute_with(|| {
		let (owner, user, prover) = (account(1), account(2), account(3));
		let trapdoor = Trapdoor::new(5);
		let model = register(&owner, &trapdoor, PARAMS, Share(0)).unwrap();
		let request = ask(&user, model, 100 * UNIT, 20);
		let before = total(&prover);
		let answer = answer(&trapdoor, request, &prover, 131, 3);
		// The requester has read the output in the pool.
		for block in [21, closed_after(20) - 1] {
			go_to(block);
			let race = dispatch(&user, Call::refund { request });
			assert_eq!(race, Err("RequestOpen".into()));
		}
		dispatch(&prover, answering(answer)).unwrap();
		assert_eq!(total(&prover), before + 100 * UNIT);
	});
}

#[test]
fn what_is_held_for_an_answer_is_paid_whatever_the_requester_froze() {
	chain().execute_with(|| {
		let (owner, user, prover) = (account(1), account(2), account(3));
		let trapdoor = Trapdoor::new(5);
		let model = register(&owner, &trapdoor, PARAMS, Share(0)).unwrap();
		let request = ask(&user, model, 100 * UNIT, 20);
		Balances::set_lock(*b"all of i", &user, Balance::MAX, WithdrawReasons::all());
		let before = total(&prover);
		let answer = answer(&trapdoor, request, &prover, 131, 3);
		dispatch(&prover, answering(answer)).unwrap();
		assert_eq!(total(&prover), before + 100 * UNIT);
	});
}

#[test]
fn a_deadline_is_over_when_both_its_block_and_its_moment_are() {
	chain().execute_with(|| {
		let (owner, user) = (account(1), account(2));
		let trapdoor = Trapdoor::new(5);
		let model = register(&owner, &trapdoor, PARAMS, Share(0)).unwrap();
		let ask = |block, moment| {
			let request = pallet_inference::NextRequest::<Runtime>::get();
			let deadline = Deadline { block, moment };
			let terms = Terms { deadline, ..terms(UNIT, 0) };
			dispatch(&user, Call::request { model, version: 1, inputs: one(7), terms })?;
			Ok::<_, String>(request)
		};
		let refund = |request| dispatch(&user, Call::refund { request });
		let late = closed_after(20);
		// A burst: fast blocks, on the same clock. Then a chain that stood still.
		let (by_time, by_block) = (ask(2, moment_of(20)).unwrap(), ask(20, 0).unwrap());
		System::set_block_number(late + 5);
		assert_eq!(refund(by_time), Err("RequestOpen".into()));
		refund(by_block).unwrap();
		go_to(late);
		refund(by_time).unwrap();
		let both = ask(late + 5, moment_of(late + 5)).unwrap();
		go_to(late + 1);
		pallet_timestamp::Now::<Runtime>::put(moment_of(late + 500));
		assert_eq!(refund(both), Err("RequestOpen".into()));
		go_to(closed_after(late + 5));
		refund(both).unwrap();
		// Neither may be over from the start, nor too far ahead.
		let now = System::block_number();
		assert_eq!(ask(now - 1, moment_of(now - 1)), Err("Expired".into()));
		assert_eq!(ask(now, u64::MAX), Err("TooFarAhead".into()));
		assert_eq!(ask(u32::MAX, 0), Err("TooFarAhead".into()));
	});
}

#[test]
fn requests_that_closed_are_returned_without_being_asked_within_the_weight_that_is_left() {
	chain().execute_with(|| {
		let (owner, user) = (account(1), account(2));
		let model = register(&owner, &Trapdoor::new(5), PARAMS, Share(0)).unwrap();
		let before = (total(&user), held(&user));
		let open = || pallet_inference::Requests::<Runtime>::count();
		let idle = |weight| Inference::on_idle(System::block_number(), weight);
		for _ in 0..300 {
			ask(&user, model, UNIT, 20);
		}
		ask(&user, model, UNIT, 60);
		let all = <Runtime as frame_system::Config>::BlockWeights::get().max_block;
		idle(all);
		assert_eq!(open(), 301, "nothing has closed yet");
		// The minute after the one in which they close.
		go_to(closed_after(20) + 20);
		let step = pallet_inference::cost::refund::<Runtime>();
		let used = idle(step.saturating_mul(10));
		assert!(used.all_lte(step.saturating_mul(10)), "no more than what is left");
		assert!((295..301).contains(&open()), "a few fit, got {} open", open());
		for _ in 0..3 {
			assert!(idle(all).all_lte(all));
		}
		assert_eq!(open(), 1);
		// A chain that stood still: the clock is past the deadline, the block is not.
		pallet_timestamp::Now::<Runtime>::put(moment_of(500));
		idle(all);
		assert_eq!(open(), 1, "its block has not come");
		go_to(600);
		for _ in 0..10 {
			idle(all);
		}
		assert_eq!(open(), 0);
		assert_eq!((total(&user), held(&user)), before);
		assert_eq!(idle(Weight::zero()), Weight::zero());
	});
}
