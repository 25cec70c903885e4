//! What people do in any order neither makes money nor loses it.

use proptest::prelude::*;

use super::*;

/// One step of somebody on the chain.
#[derive(Clone, Copy, Debug)]
enum Step {
	Ask { user: u8, price: Balance },
	Answer { request: u64, prover: u8 },
	Garbage { request: u64, prover: u8 },
	Refund { request: u64 },
	Prune { request: u64 },
	Share { millionths: u32 },
	Wait { blocks: u32 },
}

fn step() -> impl Strategy<Value = Step> {
	prop_oneof![
		3 => (2u8..5, 0..50 * UNIT).prop_map(|(user, price)| Step::Ask { user, price }),
		3 => (0u64..12, 2u8..7).prop_map(|(request, prover)| Step::Answer { request, prover }),
		1 => (0u64..12, 2u8..7).prop_map(|(request, prover)| Step::Garbage { request, prover }),
		1 => (0u64..12).prop_map(|request| Step::Refund { request }),
		1 => (0u64..12).prop_map(|request| Step::Prune { request }),
		1 => (0u32..=1_000_000).prop_map(|millionths| Step::Share { millionths }),
		2 => (1u32..8).prop_map(|blocks| Step::Wait { blocks }),
	]
}

proptest! {
	#![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

	/// Whatever people do, no unit is made or lost, what is held is what is stored for, and when
	/// all is over nothing is held any more.
	#[test]
	fn balances_are_conserved(steps in proptest::collection::vec(step(), 1..40)) {
		chain().execute_with(|| {
			let owner = account(1);
			let trapdoor = Trapdoor::new(5);
			let model = register(&owner, &trapdoor, PARAMS, Share(250_000)).unwrap();
			let everybody = || (0..12).map(|n| total(&account(n))).sum::<Balance>();
			let issued = Balances::total_issuance();
			let sum = everybody();
			for step in steps {
				let now = System::block_number();
				match step {
					Step::Ask { user, price } => {
						ask(&account(user), model, price, now + 5);
					},
					Step::Answer { request, prover } => {
						if Inference::job(request, account(prover)).is_some() {
							let answer = answer(&trapdoor, request, &account(prover), 131, 3);
							let _ = dispatch(&account(prover), answering(answer));
						}
					},
					Step::Garbage { request, prover } => {
						let proof = trapdoor.prove(&[Scalar::ZERO; 4], 1);
						let beneficiary = account(prover);
						let (outputs, ctx) = (one(131), Scalar::ZERO);
						let answer = Answer { request, beneficiary, outputs, ctx, proof };
						assert!(dispatch(&account(prover), answering(answer)).is_err());
					},
					Step::Refund { request } => {
						let _ = dispatch(&owner, Call::refund { request });
					},
					Step::Prune { request } => {
						if let Some((statement, _)) = Inference::result(request) {
							let _ = dispatch(&owner, Call::prune { statement });
						}
					},
					Step::Share { millionths } => {
						let share = Share(millionths);
						let call = pallet_model_registry::Call::set_share { model, share };
						dispatch(&owner, call).unwrap();
					},
					Step::Wait { blocks } => go_to(now + blocks),
				}
				assert_eq!(Balances::total_issuance(), issued);
				assert_eq!(everybody(), sum);
				Inference::do_try_state().unwrap();
			}
			go_to(System::block_number() + 1_000);
			for request in 0..pallet_inference::NextRequest::<Runtime>::get() {
				let _ = dispatch(&owner, Call::refund { request });
				if let Some((statement, _)) = Inference::result(request) {
					dispatch(&owner, Call::prune { statement }).unwrap();
				}
			}
			assert_eq!(everybody(), sum);
			for user in 2..12 {
				assert_eq!(held(&account(user)), 0, "nothing is held for nothing");
			}
		});
	}
}
