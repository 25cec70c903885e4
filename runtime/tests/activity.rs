//! What the runtime tells the node about a block: metrics and instant sealing live on it.

use crate::common::{chain, *};
use frame_support::traits::OnIdle;
use frame_system::Event as SystemEvent;
use pallet_inference::Call;
use sp_runtime::DispatchError;
use zkml_primitives::*;
use zkml_runtime::*;
use zkml_runtime_api::runtime_decl_for_inference_api::InferenceApi;
use zkml_trapdoor::Trapdoor;

const PARAMS: Scalar = Scalar([0x11; 32]);

fn ask(model: ModelId, deadline: u32) -> RequestId {
	let request = pallet_inference::NextRequest::<Runtime>::get();
	let terms = terms(UNIT, deadline);
	let call = Call::request { model, version: 1, inputs: one(7), terms };
	dispatch(&account(2), call).unwrap();
	request
}

/// What the node would be told at this point.
fn activity() -> Activity {
	<Runtime as InferenceApi<Block, AccountId, Balance, _, _, _>>::activity()
}

#[test]
fn a_request_is_open_until_it_is_returned_which_the_chain_does_by_itself() {
	chain().execute_with(|| {
		let model = register(&account(1), &Trapdoor::new(5), PARAMS, Share(0)).unwrap();
		assert_eq!(activity().open, 0);
		let (early, late) = (ask(model, 20), ask(model, 60));
		assert_eq!(activity().open, 2);
		let all = <Runtime as frame_system::Config>::BlockWeights::get().max_block;
		for (block, open) in [(closed_after(20) - 1, 2), (closed_after(20) + 10, 1)] {
			go_to(block);
			Inference::on_idle(block, all);
			assert_eq!(activity().open, open, "at block {block}");
		}
		assert!(Inference::job(early, account(1)).is_none());
		go_to(closed_after(60));
		dispatch(&account(3), Call::refund { request: late }).unwrap();
		assert_eq!(activity().open, 0);
	});
}

#[test]
fn an_answer_closes_its_request_and_is_counted_beside_the_refused_one() {
	chain().execute_with(|| {
		let trapdoor = Trapdoor::new(5);
		let model = register(&account(1), &trapdoor, PARAMS, Share(0)).unwrap();
		let requests = [ask(model, 20), ask(model, 20)];
		let mut answers = requests.map(|r| answer(&trapdoor, r, &account(3), 131, 3));
		answers[1].outputs = one(132);
		dispatch(&account(3), answering_all(answers.to_vec())).unwrap();
		assert_eq!(activity(), Activity { verified: 1, refused: 1, open: 1 });
	});
}

#[test]
fn a_failed_call_counts_as_refused_when_our_pallets_refused_it_and_not_otherwise() {
	chain().execute_with(|| {
		let failed = |dispatch_error: DispatchError| {
			let dispatch_info = Default::default();
			System::deposit_event(SystemEvent::ExtrinsicFailed { dispatch_error, dispatch_info });
			activity().refused
		};
		assert_eq!(failed(pallet_balances::Error::<Runtime>::InsufficientBalance.into()), 0);
		assert_eq!(failed(DispatchError::BadOrigin), 0);
		assert_eq!(failed(pallet_inference::Error::<Runtime>::AlreadyRecorded.into()), 1);
		assert_eq!(failed(pallet_verifier::Error::<Runtime>::ProofInvalid.into()), 2);
	});
}
