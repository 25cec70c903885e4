//! Bad input to every extrinsic: each error of our pallets is reached, what is refused leaves no
//! trace but fee and nonce, and what is cut off, too long or of an unknown kind is no call at all.

mod common;

use std::collections::BTreeSet;

use codec::Encode;
use common::{
	apply, chain, changed, closed_after, errors, go_to, is_bookkeeping, per_axis, possession,
	storage, terms, title, version,
};
use frame_support::{
	storage::{with_transaction, TransactionOutcome},
	traits::fungible::Mutate,
};
use pallet_inference::Call as Ask;
use pallet_model_registry::Call as Own;
use sp_keyring::Sr25519Keyring::{self as Key, Bob, Charlie, Dave, Eve, One};
use sp_runtime::{traits::Dispatchable, DispatchError};
use zkml_attacks::{hostile, ledger::byte_digest};
use zkml_primitives::*;
use zkml_runtime::*;
use zkml_trapdoor::Trapdoor;

const PARAMS: Scalar = Scalar([0x11; 32]);
const ABOVE: Scalar = Scalar([0xff; 32]);
/// Beyond the fee: keeps an account, and pays no deposit.
const LITTLE: Balance = 9 * MILLI;

fn root() -> Vec<u8> {
	sp_io::storage::root(sp_runtime::StateVersion::V1)
}

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
		let all = errors().into_values().filter(|name| name.starts_with(&format!("{pallet}.")));
		let missing: Vec<_> = all.filter(|name| !self.0.contains(name)).collect();
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
		must(Charlie, ask(model, 1, public(&[7]), UNIT, 20));
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
			input: public(&[7]),
			output: public(&[131]),
			ctx: Scalar::ZERO,
			proof: self.trapdoor.prove(&[Scalar::ZERO; 4], 1),
		};
		change(&mut made);
		let context = Context {
			genesis: ModelRegistry::genesis(),
			action: Action::Submit(made.nonce),
			model: made.model,
			version: made.version,
			beneficiary: made.beneficiary.clone(),
			expiry: made.expiry,
			shown: Shown { input: made.input.visibility(), output: made.output.visibility() },
		};
		made.ctx = context.digest();
		let (spec, key) = (common::tensor(1), self.trapdoor.circuit());
		let digest = |role, data: &TensorData| match data {
			TensorData::Public(bytes) => byte_digest(&key, role, &spec, bytes),
			TensorData::Committed(commitment) => *commitment,
		};
		let input = digest(Role::Input, &made.input);
		let output = digest(Role::Output, &made.output);
		made.proof = self.trapdoor.prove(&[PARAMS, input, output, made.ctx], 4);
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
	Ask::request { model, version, input, terms: terms(price, deadline) }
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

#[test]
fn every_error_of_the_registry_and_of_keys_is_reached_and_leaves_no_trace() {
	chain().execute_with(|| {
		let world = World::new();
		let (model, trapdoor) = (world.model, &world.trapdoor);
		let (circuit, unknown) = (trapdoor.circuit().hash(), ModelId([9; 32]));
		let bob = Bob.to_account_id();
		let mut refusals = Refusals::default();
		go_to(5);

		let CircuitKey::Plain(good) = Trapdoor::new(6).circuit() else {
			unreachable!("it is plain")
		};
		let key = |change: &dyn Fn(&mut VerifyingKey)| {
			let mut key = good;
			change(&mut key);
			Own::register_circuit { key: CircuitKey::Plain(key) }
		};
		let CircuitKey::Rounds(with_round) = Trapdoor::with_rounds(6, 1).circuit() else {
			unreachable!("it has a round")
		};
		let rounds = |change: &dyn Fn(&mut RoundsKey)| {
			let mut key = with_round.clone();
			change(&mut key);
			Own::register_circuit { key: CircuitKey::Rounds(key) }
		};
		let outside = hostile::outside_subgroup();
		for (call, error) in [
			(key(&|k| k.alpha.0 = [0xff; 64]), "KeyPointNotCanonical"),
			(key(&|k| k.ic[4].0[63] ^= 1), "KeyPointNotOnCurve"),
			(key(&|k| k.beta = outside), "KeyPointNotInSubgroup"),
			(key(&|k| k.delta.0 = [0; 128]), "KeyPointIsIdentity"),
			(key(&|k| k.delta = good.gamma), "KeyDeltaIsGenerator"),
			(key(&|k| k.gamma = good.delta), "KeyGammaEqualsDelta"),
			(key(&|k| k.beta = good.gamma), "KeyBetaNotItsOwn"),
			(rounds(&|k| k.rounds = vec![k.delta].try_into().unwrap()), "KeyDeltasEqual"),
			(rounds(&|k| k.rounds = Default::default()), "KeyWithoutRounds"),
			(rounds(&|k| k.ic = k.ic[1..].to_vec().try_into().unwrap()), "KeyIcLength"),
			(Own::register_circuit { key: trapdoor.circuit() }, "KeyAlreadyExists"),
		] {
			refusals.add(Bob, call, &format!("Verifier.{error}"));
		}
		let theirs = Own::register_circuit { key: CircuitKey::Plain(good) };
		refusals.poor(theirs, "ModelRegistry.CannotAfford");
		let remove = |circuit| Own::remove_circuit { circuit };
		refusals.add(Bob, remove(CircuitHash([9; 32])), "ModelRegistry.CircuitNotFound");
		refusals.add(Eve, remove(circuit), "ModelRegistry.NotRegistrant");
		refusals.add(Bob, remove(circuit), "ModelRegistry.CircuitInUse");

		// What both ways of adding a version refuse.
		let next = Scalar::from_hash([2; 32]);
		type Change<'a> = &'a dyn Fn(&mut ModelVersion, &mut Possession);
		let register = |who: Key, change: Change<'_>| {
			let id = ModelId::derive(&who.to_account_id(), circuit, next);
			let mut version = version(circuit, next);
			let mut possession = possession(trapdoor, &who.to_account_id(), id, 1, next);
			change(&mut version, &mut possession);
			Own::register { version, owner_share: Share(0), possession }
		};
		let publish = |who: Key, model, change: Change<'_>| {
			let mut version = version(circuit, next);
			let mut possession = possession(trapdoor, &who.to_account_id(), model, 2, next);
			change(&mut version, &mut possession);
			Own::publish { model, version, possession }
		};
		let dims = |dims: &[u32]| dims.to_vec().try_into().unwrap();
		let text = <[u8]>::to_vec;
		let changes: [(Change<'_>, &str); 22] = [
			(&|v, _| v.circuit = CircuitHash([9; 32]), "ModelRegistry.CircuitNotFound"),
			(&|v, _| v.input.bits = 0, "ModelRegistry.TensorWidth"),
			(&|v, _| v.output.bits = 33, "ModelRegistry.TensorWidth"),
			(&|v, _| v.input.dims = dims(&[0]), "ModelRegistry.TensorShape"),
			(&|v, _| v.output.dims = dims(&[4_097]), "ModelRegistry.TensorShape"),
			(&|v, _| v.output.dims = dims(&[u32::MAX; 4]), "ModelRegistry.TensorShape"),
			(&|v, _| v.input.max = 128, "ModelRegistry.TensorRange"),
			(&|v, _| v.output.min = 101, "ModelRegistry.TensorRange"),
			(&|v, _| v.input.scales = per_axis(1, &[3]), "ModelRegistry.TensorAxis"),
			(&|v, _| v.output.scales = per_axis(0, &[3, 3]), "ModelRegistry.TensorScales"),
			(&|v, _| v.input.scales = per_axis(0, &[0]), "ModelRegistry.TensorMantissa"),
			(
				&|v, _| v.params = ParamsCommitment::Poseidon(ABOVE),
				"ModelRegistry.ParamsNotCanonical",
			),
			(
				&|v, _| v.labels = vec![text(b"7\n").try_into().unwrap()].try_into().unwrap(),
				"ModelRegistry.TextNotPlain",
			),
			(&|v, _| v.accuracy = text(&[0xff]).try_into().unwrap(), "ModelRegistry.TextNotPlain"),
			(
				&|v, _| v.content.uri = text(b"\x1b[2A").try_into().unwrap(),
				"ModelRegistry.TextNotPlain",
			),
			(&|_, p| p.expiry = 4, "ModelRegistry.PossessionExpired"),
			(&|_, p| p.expiry += 1, "Verifier.ProofInvalid"),
			(&|v, _| v.params = ParamsCommitment::Poseidon(PARAMS), "Verifier.ProofInvalid"),
			(&|_, p| p.output = ABOVE, "Verifier.InputNotCanonical"),
			(&|_, p| p.input.0[31] ^= 1, "Verifier.ProofInvalid"),
			(&|_, p| p.proof = trapdoor.prove(&[Scalar::ZERO; 4], 1), "Verifier.ProofInvalid"),
			(
				&|_, p| p.proof.commitments = vec![p.proof.a].try_into().unwrap(),
				"Verifier.ProofCommitmentCount",
			),
		];
		for (change, error) in changes {
			refusals.add(Eve, register(Eve, change), error);
			refusals.add(Bob, publish(Bob, model, change), error);
		}
		let Own::register { possession: honest, .. } = register(Eve, &|_, _| {}) else { panic!() };
		for (proof, error) in bad_points(&honest.proof) {
			let call = register(Eve, &|_, p| p.proof.clone_from(&proof));
			refusals.add(Eve, call, &format!("Verifier.Proof{error}"));
		}
		let call = registration(trapdoor, Share(0));
		refusals.add(Bob, call, "ModelRegistry.ModelAlreadyExists");
		let call = registration(trapdoor, Share(Share::WHOLE + 1));
		refusals.add(Bob, call, "ModelRegistry.ShareTooLarge");
		refusals.poor(register(One, &|_, _| {}), "ModelRegistry.CannotAfford");

		// What only the owner may do, to a model that exists.
		let owners: [fn(ModelId) -> Own<Runtime>; 4] = [
			|model| Own::deprecate { model, version: 1 },
			|model| Own::transfer { model, to: Eve.to_account_id() },
			|model| Own::set_share { model, share: Share(1) },
			|model| Own::remove { model },
		];
		for call in owners {
			refusals.add(Bob, call(unknown), "ModelRegistry.ModelNotFound");
			refusals.add(Eve, call(model), "ModelRegistry.NotOwner");
		}
		refusals.add(Bob, publish(Bob, unknown, &|_, _| {}), "ModelRegistry.ModelNotFound");
		refusals.add(Eve, publish(Eve, model, &|_, _| {}), "ModelRegistry.NotOwner");
		let share = Own::set_share { model, share: Share(Share::WHOLE + 1) };
		refusals.add(Bob, share, "ModelRegistry.ShareTooLarge");
		for number in [0, 2, u32::MAX] {
			let call = Own::deprecate { model, version: number };
			refusals.add(Bob, call, "ModelRegistry.VersionNotFound");
		}
		refusals.add(Bob, Own::remove { model }, "ModelRegistry.VersionActive");
		must(Bob, Own::deprecate { model, version: 1 });
		refusals.add(Bob, owners[0](model), "ModelRegistry.VersionDeprecated");
		must(Bob, Own::transfer { model, to: One.to_account_id() });
		refusals.poor(publish(One, model, &|_, _| {}), "ModelRegistry.CannotAfford");
		must(One, Own::transfer { model, to: bob });
		on_a_broken_chain(|| {
			pallet_model_registry::Models::<Runtime>::mutate(model, |details| {
				details.as_mut().unwrap().latest = 256;
			});
			refusals.add(Bob, publish(Bob, model, &|_, _| {}), "ModelRegistry.TooManyVersions");

			// A chain that lost a key, or half of it, has other troubles, but verifies nothing.
			pallet_verifier::Keys::<Runtime>::mutate(circuit, |key| {
				key.as_mut().unwrap().alpha_beta.0 = [0xff; 384];
			});
			refusals.add(Eve, register(Eve, &|_, _| {}), "Verifier.KeyCorrupt");
			pallet_verifier::Keys::<Runtime>::remove(circuit);
			refusals.add(Eve, register(Eve, &|_, _| {}), "Verifier.KeyNotFound");
			let program = Trapdoor::with_inputs(6, 4).circuit();
			let prepared = zkml_groth16::prepare(&program).unwrap();
			pallet_verifier::Keys::<Runtime>::insert(circuit, prepared);
			refusals.add(Eve, register(Eve, &|_, _| {}), "Verifier.KeyKind");
			let call = Own::register_circuit { key: program };
			refusals.add(Bob, call, "ModelRegistry.KeyKind");
		});

		refusals.cover("ModelRegistry");
		refusals.cover("Verifier");
	});
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
	Own::register { version: version(circuit, PARAMS), owner_share, possession }
}

/// A tensor that fits no version here, with the end of the error's name.
fn bad_tensors() -> [(TensorData, &'static str); 6] {
	[
		(public(&[]), "Length"),
		(public(&[1, 2]), "Length"),
		(public(&[0; 4_096]), "Length"),
		(public(&[229]), "OutOfRange"),
		(TensorData::Committed(ABOVE), "NotCanonical"),
		(TensorData::Committed(Scalar(Scalar::MODULUS)), "NotCanonical"),
	]
}

#[test]
fn every_error_of_requests_and_records_is_reached_and_leaves_no_trace() {
	chain().execute_with(|| {
		let world = World::new();
		let (model, unknown) = (world.model, ModelId([9; 32]));
		let mut refusals = Refusals::default();
		let mut add = |who, call: Ask<Runtime>, error: &str| {
			refusals.add(who, call, &format!("Inference.{error}"))
		};
		let far = 5 + 7 * DAYS + 1;
		go_to(5);

		let secret = Scalar::from_hash([6; 32]);
		let commit = |commitment| Ask::commit_input { commitment };
		add(Eve, commit(ABOVE), "InputNotCanonical");
		add(Eve, Ask::withdraw_input { commitment: secret }, "InputNotCommitted");
		must(Eve, commit(secret));
		add(Eve, commit(secret), "InputAlreadyCommitted");
		add(Dave, Ask::withdraw_input { commitment: secret }, "InputNotCommitted");

		for (model, version) in [(unknown, 1), (model, 0), (model, 2), (model, u32::MAX)] {
			add(Eve, ask(model, version, public(&[7]), 0, 9), "VersionNotFound");
		}
		for (deadline, error) in [(4, "Expired"), (far, "TooFarAhead"), (u32::MAX, "TooFarAhead")] {
			add(Eve, ask(model, 1, public(&[7]), 0, deadline), error);
		}
		for (tensor, error) in bad_tensors() {
			add(Eve, ask(model, 1, tensor, 0, 9), &format!("Input{error}"));
		}
		must(Bob, Own::set_share { model, share: Share(300_000) });
		let little = Terms { max_owner_share: Share(299_999), ..terms(0, 9) };
		add(
			Eve,
			Ask::request { model, version: 1, input: public(&[7]), terms: little },
			"OwnerShare",
		);
		for price in [2_000_000 * UNIT, Balance::MAX] {
			add(Eve, ask(model, 1, public(&[7]), price, 9), "CannotAfford");
		}

		type Change = fn(&mut Submission<AccountId>);
		let honest = world.submission(|_| {});
		let submit = |change: &dyn Fn(&mut Submission<AccountId>)| {
			let mut submission = honest.clone();
			change(&mut submission);
			Ask::submit { submission }
		};
		let changes: [(Change, &str); 9] = [
			(|s| s.model = ModelId([9; 32]), "VersionNotFound"),
			(|s| s.version = 2, "VersionNotFound"),
			(|s| s.expiry = 4, "Expired"),
			(|s| s.expiry = u32::MAX, "TooFarAhead"),
			(|s| s.input = TensorData::Committed(Scalar::from_hash([7; 32])), "InputNotCommitted"),
			(|s| s.nonce += 1, "ContextMismatch"),
			(|s| s.expiry += 1, "ContextMismatch"),
			(|s| s.beneficiary = Eve.to_account_id(), "ContextMismatch"),
			(|s| s.ctx.0[31] ^= 1, "ContextMismatch"),
		];
		for (change, error) in changes {
			add(Dave, submit(&change), error);
		}
		for (tensor, error) in bad_tensors() {
			add(Dave, submit(&|s| s.input = tensor.clone()), &format!("Input{error}"));
			add(Dave, submit(&|s| s.output = tensor.clone()), &format!("Output{error}"));
		}
		let answer = world.answer();
		let answered = |change: &dyn Fn(&mut Answer<AccountId>)| {
			let mut answer = answer.clone();
			change(&mut answer);
			Ask::answer { answer }
		};
		add(Dave, answered(&|a| a.request = 99), "RequestNotFound");
		add(Dave, answered(&|a| a.ctx.0[31] ^= 1), "ContextMismatch");
		add(Dave, answered(&|a| a.beneficiary = Eve.to_account_id()), "ContextMismatch");
		for (tensor, error) in bad_tensors() {
			// A commitment is none of what was asked for, whatever it says.
			let error = match tensor {
				TensorData::Public(_) => &format!("Output{error}"),
				TensorData::Committed(_) => "OutputVisibility",
			};
			add(Dave, answered(&|a| a.output = tensor.clone()), error);
		}
		let hidden = TensorData::Committed(Scalar::from_hash([7; 32]));
		add(Dave, answered(&|a| a.output = hidden.clone()), "OutputVisibility");
		// A price too small for an account to begin with.
		let small = pallet_inference::NextRequest::<Runtime>::get();
		must(Charlie, ask(model, 1, public(&[7]), 1, 20));
		let newcomer = AccountId::from([0x55; 32]);
		let answer = common::answer(&world.trapdoor, small, &newcomer, 131, 3);
		add(Dave, Ask::answer { answer }, "BeneficiaryCannotReceive");

		add(Eve, Ask::refund { request: 99 }, "RequestNotFound");
		add(Charlie, Ask::refund { request: world.request }, "RequestOpen");
		add(Eve, Ask::prune { statement: StatementId([9; 32]) }, "RecordNotFound");
		must(Dave, submit(&|_| {}));
		add(Dave, submit(&|_| {}), "AlreadyRecorded");
		add(Eve, submit(&|_| {}), "AlreadyRecorded");
		let statement = pallet_inference::Records::<Runtime>::iter_keys().next().unwrap();
		add(Dave, Ask::prune { statement }, "RecordLive");

		must(Bob, Own::deprecate { model, version: 1 });
		add(Eve, ask(model, 1, public(&[7]), 0, 9), "VersionDeprecated");
		add(Dave, submit(&|s| s.nonce = 2), "VersionDeprecated");
		let swapped = swapped_version(&world, &mut add);
		add(Dave, swapped, "VersionReplaced");
		go_to(closed_after(20));
		add(Dave, answered(&|_| {}), "RequestClosed");

		refusals.poor(commit(secret), "Inference.CannotAfford");
		refusals.cover("Inference");
	});
}

/// An honest answer to a request of a version that is another by now. On the way, of one that is
/// gone.
fn swapped_version(world: &World, add: &mut impl FnMut(Key, Ask<Runtime>, &str)) -> Ask<Runtime> {
	let (trapdoor, model, bob) = (&world.trapdoor, world.model, Bob.to_account_id());
	let circuit = trapdoor.circuit().hash();
	let publish = |params| {
		let possession = possession(trapdoor, &bob, model, 2, params);
		must(Bob, Own::publish { model, version: version(circuit, params), possession });
	};
	publish(Scalar::from_hash([2; 32]));
	let request = pallet_inference::NextRequest::<Runtime>::get();
	must(Charlie, ask(model, 2, public(&[7]), 0, 20));
	let answer = common::answer(trapdoor, request, &Dave.to_account_id(), 131, 3);
	must(Bob, Own::deprecate { model, version: 2 });
	must(Bob, Own::remove { model });
	add(Dave, Ask::answer { answer: answer.clone() }, "VersionNotFound");
	must(Bob, registration(trapdoor, Share(0)));
	publish(Scalar::from_hash([3; 32]));
	Ask::answer { answer }
}

#[test]
fn a_proof_that_does_not_hold_is_refused_alike_as_answer_and_as_submission() {
	chain().execute_with(|| {
		let world = World::new();
		let mut refusals = Refusals::default();
		let (answer, submission) = (world.answer(), world.submission(|_| {}));
		for (proof, error) in bad_points(&answer.proof) {
			let answer = Answer { proof, ..answer.clone() };
			refusals.add(Dave, Ask::answer { answer }, &format!("Verifier.Proof{error}"));
		}
		for (proof, error) in bad_points(&submission.proof) {
			let submission = Submission { proof, ..submission.clone() };
			refusals.add(Dave, Ask::submit { submission }, &format!("Verifier.Proof{error}"));
		}
		let flipped = Answer { output: public(&[132]), ..answer.clone() };
		refusals.add(Dave, Ask::answer { answer: flipped }, "Verifier.ProofInvalid");
		let flipped = Submission { input: public(&[8]), ..submission.clone() };
		refusals.add(Dave, Ask::submit { submission: flipped }, "Verifier.ProofInvalid");
		// Somebody else may carry a good one to the chain, but has to pay for its place there.
		refusals.poor(Ask::answer { answer }, "Inference.CannotAfford");
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
			bad(&|a| a.output = public(&[1, 2])),
			bad(&|a| a.output = public(&[132])),
			bad(&|a| a.proof.a.0 = [0; 64]),
		];
		let before = storage();
		must(Dave, Ask::answer_batch { answers: answers.try_into().unwrap() });
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
		let call = pallet_sorter::Call::pin { pin: pinned(circuit, PARAMS) };
		refusals.add(Bob, call, "BadOrigin");
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
		let hidden = world.submission(|s| s.output = TensorData::Committed(Scalar::ZERO));
		fails(Dave, hidden, "Sorter.NotALabel");
		must(Dave, Ask::commit_input { commitment: Scalar::ZERO });
		let hidden = world.submission(|s| s.input = TensorData::Committed(Scalar::ZERO));
		fails(Dave, hidden, "Sorter.InputHidden");
		must(Dave, Ask::submit { submission: world.submission(|s| s.nonce = 2) });
		fails(Dave, world.submission(|s| s.nonce = 3), "Sorter.AlreadyCounted");
		// It has what the record costs, and not what it costs to remember the input.
		Balances::set_balance(&One.to_account_id(), 20 * MILLI);
		let other = world.submission(|s| s.input = public(&[8]));
		fails(One, other, "Sorter.CannotAfford");
		let digest = byte_digest(&world.trapdoor.circuit(), Role::Input, &common::tensor(1), &[7]);
		let forget = |shift, input| pallet_sorter::Call::forget { shift, input };
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
