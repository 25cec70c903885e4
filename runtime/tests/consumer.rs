//! The example consumer: what it counts, what it holds for it, and how that comes back.

use crate::common::{chain, invariants::label_deposit, *};
use frame_support::{
	traits::fungible::{Inspect, InspectHold, Mutate},
	weights::Weight,
};
use pallet_inference::{Consumers, Deposit, ForRecord, OnVerified};
use pallet_sorter::{Bins, Call, HoldReason, Pin, Shift};
use sp_runtime::{traits::Dispatchable, DispatchError, DispatchResult};
use zkml_attacks::ledger::Shape;
use zkml_primitives::*;
use zkml_runtime::*;
use zkml_trapdoor::{byte, public_digest, Trapdoor};

const PARAMS: Scalar = Scalar([0x11; 32]);

/// A model on a key with or without a round, pinned.
struct Office {
	trapdoor: Trapdoor,
	model: ModelId,
	nonce: u64,
}

impl Office {
	fn new(rounds: usize) -> Self {
		let trapdoor = Trapdoor::with_rounds(5, rounds);
		let model = register(&account(1), &trapdoor, PARAMS, Share(0)).unwrap();
		let office = Self { trapdoor, model, nonce: 0 };
		office.pin(true);
		office
	}

	fn pin(&self, some: bool) {
		let circuit = self.trapdoor.circuit().hash();
		let pin = Pin { model: self.model, circuit, params: PARAMS };
		Sorter::pin(RuntimeOrigin::root(), some.then_some(pin)).unwrap();
	}

	/// Has this output of this input recorded; returns the digests of the inputs.
	fn submit(&mut self, who: &AccountId, input: u8, output: u8) -> Tensors<Scalar> {
		self.nonce += 1;
		let target = target(self.model, 1, PARAMS);
		let expiry = System::block_number() + 10;
		let run: [&[_]; 2] = [&[byte(input)], &[byte(output)]];
		let submission = self.trapdoor.submission(&target, who.clone(), self.nonce, expiry, run);
		dispatch(who, pallet_inference::Call::submit { submission }).unwrap();
		list([public_digest(&self.trapdoor.circuit(), Role::Input, &tensor(1), &[input])])
	}
}

fn held(who: &AccountId) -> Balance {
	Balances::balance_on_hold(&RuntimeHoldReason::Sorter(HoldReason::Counted), who)
}

fn bins() -> Vec<(u8, u64)> {
	let mut bins: Vec<_> = Bins::<Runtime>::iter().collect();
	bins.sort();
	bins
}

#[test]
fn an_input_is_counted_once_and_its_deposit_comes_back_when_the_shift_is_over() {
	for rounds in 0..2 {
		chain().execute_with(|| {
			let mut office = Office::new(rounds);
			let (prover, other) = (account(2), account(3));
			let first = office.submit(&prover, 130, 131);
			let second = office.submit(&other, 131, 131);
			office.submit(&other, 132, 135);
			// The same again, by whomever, and whatever it is said to show.
			office.submit(&prover, 131, 131);
			office.submit(&other, 130, 135);
			assert_eq!(bins(), [(3, 2), (7, 1)]);
			assert_eq!([held(&prover), held(&other)], [label_deposit(), 2 * label_deposit()]);
			let forget = |shift, inputs: &Tensors<Scalar>| {
				dispatch(&account(4), Call::forget { shift, inputs: inputs.clone() })
			};
			assert_eq!(forget(1, &first), Err("ShiftNotOver".into()));

			office.pin(true);
			assert_eq!((bins(), Shift::<Runtime>::get()), (vec![], 2));
			let again = office.submit(&other, 131, 131);
			assert_eq!(again, second);
			assert_eq!(bins(), [(3, 1)], "a new shift counts anew");
			let before = Balances::total_balance(&prover);
			forget(1, &first).unwrap();
			forget(1, &second).unwrap();
			assert_eq!(forget(1, &second), Err("InputNotFound".into()));
			assert_eq!(forget(2, &second), Err("ShiftNotOver".into()));
			assert_eq!([held(&prover), held(&other)], [0, 2 * label_deposit()]);
			assert_eq!(Balances::total_balance(&prover), before);

			office.pin(false);
			office.submit(&other, 135, 131);
			assert_eq!(bins(), []);
		});
	}
}

#[test]
fn inputs_are_counted_once_together_and_the_label_is_the_first_output() {
	chain().execute_with(|| {
		let (trapdoor, prover) = (Trapdoor::with_rounds(5, 1), account(2));
		let shape = Shape { inputs: 2, outputs: 2 };
		let model = register_of(&account(1), &trapdoor, PARAMS, Share(0), shape).unwrap();
		let circuit = trapdoor.circuit().hash();
		Sorter::pin(RuntimeOrigin::root(), Some(Pin { model, circuit, params: PARAMS })).unwrap();
		let target = target_of(model, 1, PARAMS, shape);
		let mut nonce = 0;
		let mut submit = |inputs: [TensorData; 2], outputs: [TensorData; 2]| {
			nonce += 1;
			let run: [&[_]; 2] = [&inputs, &outputs];
			let submission = trapdoor.submission(&target, prover.clone(), nonce, 9, run);
			dispatch(&prover, pallet_inference::Call::submit { submission }).unwrap();
		};
		let commitment = Scalar::from_hash([9; 32]);
		let secret = || TensorData::Committed(commitment);
		submit([byte(1), byte(2)], [byte(131), secret()]);
		submit([byte(1), byte(2)], [byte(132), byte(133)]);
		assert_eq!(bins(), [(3, 1)], "the same inputs count once");
		submit([byte(2), byte(1)], [byte(131), byte(135)]);
		assert_eq!(bins(), [(3, 2)], "in another order they are others");
		dispatch(&prover, pallet_inference::Call::commit_input { commitment }).unwrap();
		submit([byte(1), secret()], [byte(131), byte(131)]);
		submit([byte(7), byte(7)], [secret(), byte(131)]);
		assert_eq!(bins(), [(3, 2)], "of a private input, or a hidden label, nothing counts");
	});
}

#[test]
fn who_cannot_pay_for_the_memory_has_a_record_and_no_count() {
	chain().execute_with(|| {
		let mut office = Office::new(0);
		let poor = AccountId::from([0x77; 32]);
		Balances::set_balance(&poor, 20 * MILLI);
		office.submit(&poor, 130, 131);
		assert_eq!((bins(), held(&poor)), (vec![], 0));
		assert_eq!(pallet_inference::Records::<Runtime>::iter().count(), 1);
		assert!(System::events().iter().any(|record| matches!(
			record.event,
			RuntimeEvent::Inference(pallet_inference::Event::ConsumerFailed { .. })
		)));
		office.submit(&account(2), 130, 131);
		assert_eq!(bins(), [(3, 1)], "somebody who can pay is counted");
	});
}

/// A consumer that writes and then fails.
struct Failing;

const WRITTEN: &[u8] = b"what a consumer wrote";

impl<Deposit> OnVerified<AccountId, Deposit> for Failing {
	fn on_verified(_: StatementId, _: &Record<AccountId, Deposit>) -> DispatchResult {
		sp_io::storage::set(WRITTEN, b"much");
		Err(DispatchError::Other("on purpose"))
	}

	fn weight() -> Weight {
		Weight::from_parts(7, 5)
	}
}

#[test]
fn a_consumer_that_fails_undoes_what_it_did_and_nothing_of_the_others() {
	type RecordDeposit = Deposit<Runtime, ForRecord<Runtime>>;
	fn check<C: Consumers<AccountId, RecordDeposit>>() {
		chain().execute_with(|| {
			let mut office = Office::new(0);
			office.pin(false);
			office.submit(&account(2), 130, 131);
			office.pin(true);
			let (statement, record) =
				pallet_inference::Records::<Runtime>::iter().next().expect("recorded");
			assert_eq!(C::tell(statement, &record), [DispatchError::Other("on purpose")]);
			assert_eq!(bins(), [(3, 1)]);
			assert_eq!(sp_io::storage::get(WRITTEN), None);
			let sorter = <Sorter as OnVerified<AccountId, RecordDeposit>>::weight();
			assert_eq!(C::weight(), sorter + Weight::from_parts(7, 5));
		});
	}
	check::<(Failing, Sorter)>();
	check::<(Sorter, Failing)>();
}

#[test]
fn nobody_but_root_pins() {
	chain().execute_with(|| {
		let call = RuntimeCall::from(Call::pin { pin: None });
		let refused = call.dispatch(RuntimeOrigin::signed(account(1))).unwrap_err();
		assert_eq!(refused.error, sp_runtime::DispatchError::BadOrigin);
	});
}
