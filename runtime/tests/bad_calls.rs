//! Bad input to every extrinsic: each error of our pallets is reached, what is refused leaves no
//! trace but fee and nonce, and what is cut off, too long or of an unknown kind is no call at all.

mod params;
mod registry;
mod requests;

use std::collections::BTreeSet;

use crate::common::{
	self, answering, answering_all, apply, chain, changed, closed_after, errors, go_to, hidden,
	is_bookkeeping, list, one, per_axis, possession, storage, terms, title, version,
};
use codec::Encode;
use frame_support::{
	storage::{with_transaction, TransactionOutcome},
	traits::fungible::Mutate,
};
use pallet_inference::Call as Ask;
use pallet_model_registry::Call as Own;
use sp_keyring::Sr25519Keyring::{self as Key, Bob, Charlie, Dave, Eve, One};
use sp_runtime::{traits::Dispatchable, DispatchError};
use zkml_attacks::hostile;
use zkml_primitives::*;
use zkml_runtime::*;
use zkml_trapdoor::{byte, public_digest, Trapdoor};

const PARAMS: Scalar = Scalar([0x11; 32]);
const ABOVE: Scalar = Scalar([0xff; 32]);
/// Beyond the fee: keeps an account, and pays no deposit.
const LITTLE: Balance = 9 * MILLI;

fn root() -> Vec<u8> {
	sp_io::storage::root(sp_runtime::StateVersion::V1)
}

/// Pallets of which every error is met here.
const HERE: [&str; 4] = ["Inference", "ModelRegistry", "Sorter", "Verifier"];
/// Those whose errors have files of their own: `programs.rs`.
const ELSEWHERE: [&str; 1] = ["Programs"];

/// The errors by which calls were refused.
#[derive(Default)]
struct Refusals(BTreeSet<String>);

impl Refusals {
	/// The call must fail with this error, and leave nothing but fee and nonce.
	fn add(&mut self, who: Key, call: impl Into<RuntimeCall>, error: &str) {
		let call = call.into();
		let before = root();
		// No storage layer around it: the call itself must undo what it did.
		let done = call.clone().dispatch(RuntimeOrigin::signed(who.to_account_id()));
		let got = done.map(|_| "no error".into()).unwrap_or_else(|e| title(&e.error));
		assert_eq!(got, error, "{call:?}");
		assert_eq!(root(), before, "{error} left a trace: {call:?}");

		let signed = common::extrinsic(who, call.clone());
		let fee = TransactionPayment::query_info(signed.clone(), signed.encoded_size() as u32);
		Balances::mint_into(&who.to_account_id(), fee.partial_fee).unwrap();
		let before = storage();
		let account = System::account(who.to_account_id());
		let outcome = apply(who, call).unwrap_or_else(|e| panic!("{error} kept out: {e:?}"));
		assert_eq!(outcome.map_err(|e| title(&e)), Err(error.to_owned()));
		let after = System::account(who.to_account_id());
		assert_eq!(after.nonce, account.nonce + 1, "{error}");
		assert!(after.data.free < account.data.free, "{error} cost no fee");
		assert_eq!(after.data.reserved, account.data.reserved, "{error} holds something");
		let own = frame_system::Account::<Runtime>::hashed_key_for(who.to_account_id());
		// Fees are burnt where a block has no author.
		let issuance = pallet_balances::TotalIssuance::<Runtime>::hashed_key();
		for key in changed(&before, &storage()) {
			let paid = key == own || key == issuance;
			assert!(paid || is_bookkeeping(&key), "{error} changed {key:02x?}");
		}
		self.0.insert(error.into());
	}

	/// The same for an account that has money for the fee alone.
	fn poor(&mut self, call: impl Into<RuntimeCall>, error: &str) {
		Balances::set_balance(&One.to_account_id(), LITTLE);
		self.add(One, call, error);
	}

	/// That every variant of a pallet's error is among them.
	fn cover(&self, pallet: &str) {
		assert!(HERE.contains(&pallet), "{pallet} is not said to be here");
		let all = errors().values().filter(|name| name.starts_with(&format!("{pallet}.")));
		let missing: Vec<_> = all.filter(|name| !self.0.contains(*name)).collect();
		assert!(missing.is_empty(), "no call was refused by {missing:?}");
	}
}

fn must(who: Key, call: impl Into<RuntimeCall>) {
	let origin = RuntimeOrigin::signed(who.to_account_id());
	call.into().dispatch(origin).unwrap_or_else(|e| panic!("{}", title(&e.error)));
}

fn public(bytes: &[u8]) -> TensorData {
	TensorData::Public(bytes.to_vec().try_into().unwrap())
}

/// Bob's model on Bob's circuit, and a request of Charlie's.
struct World {
	trapdoor: Trapdoor,
	model: ModelId,
	request: RequestId,
}

impl World {
	fn new() -> Self {
		let trapdoor = Trapdoor::new(5);
		let model = common::register(&Bob.to_account_id(), &trapdoor, PARAMS, Share(0)).unwrap();
		must(Charlie, ask(model, 1, byte(7), UNIT, 20));
		Self { trapdoor, model, request: 0 }
	}

	/// An honest answer by Dave.
	fn answer(&self) -> Answer<AccountId> {
		common::answer(&self.trapdoor, self.request, &Dave.to_account_id(), 131, 3)
	}

	/// A submission that is honest up to what `change` makes of it before it is proved.
	fn submission(&self, change: impl Fn(&mut Submission<AccountId>)) -> Submission<AccountId> {
		let mut made = Submission {
			model: self.model,
			version: 1,
			nonce: 1,
			expiry: 30,
			beneficiary: Dave.to_account_id(),
			inputs: one(7),
			outputs: one(131),
			ctx: Scalar::ZERO,
			proof: self.trapdoor.prove(&[Scalar::ZERO; 4], 1),
		};
		change(&mut made);
		let target = common::target(made.model, made.version, PARAMS);
		let (inputs, outputs) = (visibilities(&made.inputs), visibilities(&made.outputs));
		let (action, shown) = (Action::Submit(made.nonce), Shown { inputs, outputs });
		let context = target.context(action, made.beneficiary.clone(), made.expiry, shown);
		let run = [&made.inputs[..], &made.outputs[..]];
		(made.ctx, made.proof) = self.trapdoor.prove_inference(&target, &context, run, 4);
		made
	}
}

fn ask(
	model: ModelId,
	version: u32,
	input: TensorData,
	price: Balance,
	deadline: u32,
) -> Ask<Runtime> {
	Ask::request { model, version, inputs: list([input]), terms: terms(price, deadline) }
}

/// Copies of a good proof that are wrong in one point each, with the error's end.
fn bad_points(good: &Proof) -> [(Proof, &'static str); 5] {
	let with = |change: fn(&mut Proof)| {
		let mut proof = good.clone();
		change(&mut proof);
		proof
	};
	[
		(with(|p| p.a.0 = [0xff; 64]), "PointNotCanonical"),
		(with(|p| p.c.0[63] ^= 1), "PointNotOnCurve"),
		(with(|p| p.b = hostile::outside_subgroup()), "PointNotInSubgroup"),
		(with(|p| p.b.0 = [0; 128]), "PointIsIdentity"),
		(with(|p| core::mem::swap(&mut p.a, &mut p.c)), "Invalid"),
	]
}

/// Does something to a chain whose state is none that could be, and takes it all back.
fn on_a_broken_chain(work: impl FnOnce()) {
	with_transaction(|| {
		work();
		TransactionOutcome::Rollback(Ok::<_, DispatchError>(()))
	})
	.unwrap();
}

/// The registration by which the world's model came to be.
fn registration(trapdoor: &Trapdoor, owner_share: Share) -> Own<Runtime> {
	let (bob, circuit) = (Bob.to_account_id(), trapdoor.circuit().hash());
	let id = ModelId::derive(&bob, circuit, PARAMS);
	let possession = possession(trapdoor, &bob, id, 1, PARAMS);
	Own::register { version: version(circuit, PARAMS), owner_share, possession, range: None }
}

#[test]
fn the_errors_of_every_pallet_are_met_here_or_elsewhere() {
	let pallets: BTreeSet<_> =
		errors().values().filter_map(|name| name.split('.').next()).collect();
	let known: BTreeSet<_> = HERE.into_iter().chain(ELSEWHERE).collect();
	assert_eq!(pallets, known, "a pallet is new: who meets its errors?");
}

#[test]
fn a_proof_that_does_not_hold_is_refused_alike_as_answer_and_as_submission() {
	chain().execute_with(|| {
		let world = World::new();
		let mut refusals = Refusals::default();
		let (answer, submission) = (world.answer(), world.submission(|_| {}));
		for (proof, error) in bad_points(&answer.proof) {
			let answer = Answer { proof, ..answer.clone() };
			refusals.add(Dave, answering(answer), &format!("Verifier.Proof{error}"));
		}
		for (proof, error) in bad_points(&submission.proof) {
			let submission = Submission { proof, ..submission.clone() };
			refusals.add(Dave, Ask::submit { submission }, &format!("Verifier.Proof{error}"));
		}
		let flipped = Answer { outputs: one(132), ..answer.clone() };
		refusals.add(Dave, answering(flipped), "Verifier.ProofInvalid");
		let flipped = Submission { inputs: one(8), ..submission.clone() };
		refusals.add(Dave, Ask::submit { submission: flipped }, "Verifier.ProofInvalid");
		// Somebody else may carry a good one to the chain, but has to pay for its place there.
		refusals.poor(answering(answer), "Inference.CannotAfford");
		refusals.poor(Ask::submit { submission }, "Inference.CannotAfford");
		let request = ask(world.model, 1, public(&[7]), 0, 9);
		refusals.poor(request, "Inference.CannotAfford");
	});
}

#[test]
fn answers_of_which_none_is_good_leave_nothing_but_their_events() {
	chain().execute_with(|| {
		let world = World::new();
		let answer = world.answer();
		let bad = |change: &dyn Fn(&mut Answer<AccountId>)| {
			let mut answer = answer.clone();
			change(&mut answer);
			answer
		};
		let answers = vec![
			bad(&|a| a.request = 99),
			bad(&|a| a.ctx.0[31] ^= 1),
			bad(&|a| a.outputs = list([public(&[1, 2])])),
			bad(&|a| a.outputs = list([byte(131), byte(131)])),
			bad(&|a| a.outputs = one(132)),
			bad(&|a| a.proof.a.0 = [0; 64]),
		];
		let before = storage();
		must(Dave, answering_all(answers));
		let left: Vec<_> =
			changed(&before, &storage()).into_iter().filter(|key| !is_bookkeeping(key)).collect();
		assert_eq!(left, Vec::<Vec<u8>>::new());
		let refused = |event| match event {
			RuntimeEvent::Inference(pallet_inference::Event::AnswerRefused { error, .. }) => {
				Some(title(&error))
			}
			_ => None,
		};
		let reasons: Vec<_> =
			System::events().into_iter().filter_map(|record| refused(record.event)).collect();
		assert_eq!(
			reasons,
			[
				"Inference.RequestNotFound",
				"Inference.ContextMismatch",
				"Inference.OutputLength",
				"Inference.OutputCount",
				"Verifier.ProofInvalid",
				"Verifier.ProofPointIsIdentity",
			]
		);
	});
}

#[test]
fn every_error_of_the_consumer_undoes_its_work_and_leaves_the_record() {
	chain().execute_with(|| {
		let world = World::new();
		let mut refusals = Refusals::default();
		let (model, circuit) = (world.model, world.trapdoor.circuit().hash());
		let pinned = |circuit, params| Some(pallet_sorter::Pin { model, circuit, params });
		// No block takes it of anybody who signs: `fees.rs`.
		let call: RuntimeCall = pallet_sorter::Call::pin { pin: pinned(circuit, PARAMS) }.into();
		let refused = call.dispatch(RuntimeOrigin::signed(Bob.to_account_id()));
		assert_eq!(refused.unwrap_err().error, DispatchError::BadOrigin);
		let pin = |circuit, params| {
			Sorter::pin(RuntimeOrigin::root(), pinned(circuit, params)).unwrap();
		};
		let bins = || pallet_sorter::Bins::<Runtime>::iter().collect::<Vec<_>>();
		let mut fails = |who: Key, submission: Submission<AccountId>, error: &str| {
			System::reset_events();
			let (before, records) = (bins(), pallet_inference::Records::<Runtime>::iter().count());
			must(who, Ask::submit { submission });
			assert_eq!(bins(), before, "{error} was counted");
			assert_eq!(pallet_inference::Records::<Runtime>::iter().count(), records + 1);
			let failed = System::events().into_iter().find_map(|record| match record.event {
				RuntimeEvent::Inference(pallet_inference::Event::ConsumerFailed {
					error, ..
				}) => Some(title(&error)),
				_ => None,
			});
			assert_eq!(failed.as_deref(), Some(error));
			refusals.0.insert(error.into());
		};
		pin(circuit, PARAMS);
		let unseen = world.submission(|s| s.outputs = hidden(Scalar::ZERO));
		fails(Dave, unseen, "Sorter.NotALabel");
		must(Dave, Ask::commit_input { commitment: Scalar::ZERO });
		let unseen = world.submission(|s| s.inputs = hidden(Scalar::ZERO));
		fails(Dave, unseen, "Sorter.InputHidden");
		must(Dave, Ask::submit { submission: world.submission(|s| s.nonce = 2) });
		fails(Dave, world.submission(|s| s.nonce = 3), "Sorter.AlreadyCounted");
		// It has what the record costs, and not what it costs to remember the input.
		Balances::set_balance(&One.to_account_id(), 20 * MILLI);
		let other = world.submission(|s| s.inputs = one(8));
		fails(One, other, "Sorter.CannotAfford");
		let key = world.trapdoor.circuit();
		let digest = public_digest(&key, Role::Input, &common::tensor(1), &[7]);
		let forget = |shift, digest| pallet_sorter::Call::forget { shift, inputs: list([digest]) };
		pin(CircuitHash([9; 32]), PARAMS);
		fails(Dave, world.submission(|s| s.nonce = 4), "Sorter.CircuitNotPinned");
		pin(circuit, Scalar::ZERO);
		fails(Dave, world.submission(|s| s.nonce = 5), "Sorter.ParamsNotPinned");
		let now = pallet_sorter::Shift::<Runtime>::get();
		refusals.add(Eve, forget(now, digest), "Sorter.ShiftNotOver");
		refusals.add(Eve, forget(now - 1, digest), "Sorter.InputNotFound");
		must(Eve, forget(1, digest));
		refusals.add(Eve, forget(1, digest), "Sorter.InputNotFound");
		refusals.cover("Sorter");
	});
}
