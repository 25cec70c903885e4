//! What the runtime tells the node about a block: metrics and instant sealing live on it.

mod common;

use common::*;
use frame_system::Event as SystemEvent;
use pallet_inference::Call;
use sp_runtime::DispatchError;
use zkml_primitives::*;
use zkml_runtime::*;
use zkml_runtime_api::runtime_decl_for_inference_api::InferenceApi;
use zkml_trapdoor::Trapdoor;

const PARAMS: Scalar = Scalar([0x11; 32]);

fn byte(value: u8) -> TensorData {
	TensorData::Public(vec![value].try_into().unwrap())
}

fn ask(model: ModelId, deadline: u32) -> RequestId {
	let request = pallet_inference::NextRequest::<Runtime>::get();
	let call = Call::request { model, version: 1, input: byte(7), price: UNIT, deadline };
	dispatch(&account(2), call).unwrap();
	request
}

/// What the node would be told at this point.
fn activity() -> Activity {
	<Runtime as InferenceApi<Block, AccountId, Balance>>::activity()
}

#[test]
fn a_request_is_open_up_to_its_deadline_and_no_longer_refunded_or_not() {
	chain().execute_with(|| {
		let model = register(&account(1), &Trapdoor::new(5), PARAMS, Share(0)).unwrap();
		assert_eq!(activity().open, 0);
		let (early, late) = (ask(model, 20), ask(model, 40));
		assert_eq!(activity().open, 2);
		go_to(20);
		assert_eq!(activity().open, 2, "the block of the deadline still takes an answer");
		go_to(21);
		assert!(Inference::job(early, account(1)).is_some(), "nobody took it out of storage");
		assert_eq!(activity().open, 1, "but it keeps no node busy");
		go_to(41);
		assert_eq!(activity().open, 0);
		for request in [early, late] {
			dispatch(&account(3), Call::refund { request }).unwrap();
			assert_eq!(activity().open, 0);
		}
	});
}

#[test]
fn an_answer_closes_its_request_and_is_counted_beside_the_refused_one() {
	chain().execute_with(|| {
		let trapdoor = Trapdoor::new(5);
		let model = register(&account(1), &trapdoor, PARAMS, Share(0)).unwrap();
		let requests = [ask(model, 20), ask(model, 20)];
		let mut answers = requests.map(|r| answer(&trapdoor, r, &account(3), 131, 3));
		answers[1].output = byte(132);
		let answers = answers.to_vec().try_into().unwrap();
		dispatch(&account(3), Call::answer_batch { answers }).unwrap();
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
