//! Every error of requests and records.

use zkml_attacks::ledger::Shape;

use super::*;

/// A tensor that fits no version here, with the end of the error's name.
fn bad_tensors() -> [(TensorData, &'static str); 6] {
	[
		(public(&[]), "Length"),
		(public(&[1, 2]), "Length"),
		(public(&[0; MAX_TENSOR_BYTES as usize]), "Length"),
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
			add(Eve, ask(model, version, byte(7), 0, 9), "VersionNotFound");
		}
		for (deadline, error) in [(4, "Expired"), (far, "TooFarAhead"), (u32::MAX, "TooFarAhead")] {
			add(Eve, ask(model, 1, byte(7), 0, deadline), error);
		}
		for (tensor, error) in bad_tensors() {
			add(Eve, ask(model, 1, tensor, 0, 9), &format!("Input{error}"));
		}
		must(Bob, Own::set_share { model, share: Share(300_000) });
		let little = Terms { max_owner_share: Share(299_999), ..terms(0, 9) };
		add(Eve, Ask::request { model, version: 1, inputs: one(7), terms: little }, "OwnerShare");
		for price in [2_000_000 * UNIT, Balance::MAX] {
			add(Eve, ask(model, 1, byte(7), price, 9), "CannotAfford");
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
			(|s| s.inputs = hidden(Scalar::from_hash([7; 32])), "InputNotCommitted"),
			(|s| s.nonce += 1, "ContextMismatch"),
			(|s| s.expiry += 1, "ContextMismatch"),
			(|s| s.beneficiary = Eve.to_account_id(), "ContextMismatch"),
			(|s| s.ctx.0[31] ^= 1, "ContextMismatch"),
		];
		for (change, error) in changes {
			add(Dave, submit(&change), error);
		}
		for (tensor, error) in bad_tensors() {
			add(Dave, submit(&|s| s.inputs = list([tensor.clone()])), &format!("Input{error}"));
			add(Dave, submit(&|s| s.outputs = list([tensor.clone()])), &format!("Output{error}"));
		}
		let answer = world.answer();
		let answered = |change: &dyn Fn(&mut Answer<AccountId>)| {
			let mut answer = answer.clone();
			change(&mut answer);
			answering(answer)
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
			add(Dave, answered(&|a| a.outputs = list([tensor.clone()])), error);
		}
		let unseen = hidden(Scalar::from_hash([7; 32]));
		add(Dave, answered(&|a| a.outputs = unseen.clone()), "OutputVisibility");
		for count in [0, 2] {
			let tensors = || Tensors::truncate_from(vec![byte(7); count]);
			let call = Ask::request { model, version: 1, inputs: tensors(), terms: terms(0, 9) };
			add(Eve, call, "InputCount");
			let outputs = Tensors::truncate_from(vec![Visibility::Public; count]);
			let terms = Terms { outputs, ..terms(0, 9) };
			add(Eve, Ask::request { model, version: 1, inputs: one(7), terms }, "OutputCount");
			add(Dave, submit(&|s| s.inputs = tensors()), "InputCount");
			add(Dave, submit(&|s| s.outputs = tensors()), "OutputCount");
			add(Dave, answered(&|a| a.outputs = tensors()), "OutputCount");
		}
		let unpaid = Ask::answer { answer: answer.clone(), input_bytes: 0 };
		add(Dave, unpaid, "InputBytes");
		too_long(&mut add);
		// A price too small for an account to begin with.
		let small = pallet_inference::NextRequest::<Runtime>::get();
		must(Charlie, ask(model, 1, byte(7), 1, 20));
		let newcomer = AccountId::from([0x55; 32]);
		let answer = common::answer(&world.trapdoor, small, &newcomer, 131, 3);
		add(Dave, answering(answer), "BeneficiaryCannotReceive");

		add(Eve, Ask::refund { request: 99 }, "RequestNotFound");
		add(Charlie, Ask::refund { request: world.request }, "RequestOpen");
		add(Eve, Ask::prune { statement: StatementId([9; 32]) }, "RecordNotFound");
		must(Dave, submit(&|_| {}));
		add(Dave, submit(&|_| {}), "AlreadyRecorded");
		add(Eve, submit(&|_| {}), "AlreadyRecorded");
		let statement = pallet_inference::Records::<Runtime>::iter_keys().next().unwrap();
		add(Dave, Ask::prune { statement }, "RecordLive");

		must(Bob, Own::deprecate { model, version: 1 });
		add(Eve, ask(model, 1, byte(7), 0, 9), "VersionDeprecated");
		add(Dave, submit(&|s| s.nonce = 2), "VersionDeprecated");
		let swapped = swapped_version(&world, &mut add);
		add(Dave, swapped, "VersionReplaced");
		go_to(closed_after(20));
		add(Dave, answered(&|_| {}), "RequestClosed");

		refusals.poor(commit(secret), "Inference.CannotAfford");
		refusals.cover("Inference");
	});
}

/// Tensors that can be committed to alone, or of which not both can be shown.
fn too_long(add: &mut impl FnMut(Key, Ask<Runtime>, &str)) {
	let (bob, trapdoor, params) = (Bob.to_account_id(), Trapdoor::new(9), PARAMS);
	let mut version = common::version_of(&trapdoor, params, Shape { inputs: 1, outputs: 2 });
	let dims = |n: u32| vec![n].try_into().unwrap();
	version.inputs[0].tensor.dims = dims(MAX_TENSOR_BYTES + 1);
	version.outputs[0].tensor.dims = dims(MAX_TENSOR_BYTES / 2);
	version.outputs[1].tensor.dims = dims(MAX_TENSOR_BYTES / 2 + 1);
	must(Bob, Own::register_circuit { key: trapdoor.circuit() });
	let model = ModelId::derive(&bob, trapdoor.circuit().hash(), params);
	let target = common::target_of(model, 1, params, Shape { inputs: 1, outputs: 2 });
	let possession = common::possession_of(&trapdoor, &bob, target);
	let owner_share = Share(0);
	must(Bob, Own::register { version, owner_share, possession, range: None });
	use Visibility::{Private, Public};
	let ask = |input: TensorData, outputs| {
		let terms = Terms { outputs: list(outputs), ..terms(0, 9) };
		Ask::request { model, version: 1, inputs: list([input]), terms }
	};
	let secret = TensorData::Committed(Scalar::from_hash([8; 32]));
	let all = public(&[128; MAX_TENSOR_BYTES as usize]);
	add(Eve, ask(all, [Public, Private]), "InputsTooLong");
	add(Eve, ask(secret.clone(), [Public, Public]), "OutputsTooLong");
	must(Eve, ask(secret.clone(), [Public, Private]));
	must(Eve, ask(secret, [Private, Public]));
}

/// An honest answer to a request of a version that is another by now. On the way, of one that is
/// gone.
fn swapped_version(world: &World, add: &mut impl FnMut(Key, Ask<Runtime>, &str)) -> Ask<Runtime> {
	let (trapdoor, model, bob) = (&world.trapdoor, world.model, Bob.to_account_id());
	let circuit = trapdoor.circuit().hash();
	let publish = |params| {
		let possession = possession(trapdoor, &bob, model, 2, params);
		must(
			Bob,
			Own::publish { model, version: version(circuit, params), possession, range: None },
		);
	};
	publish(Scalar::from_hash([2; 32]));
	let request = pallet_inference::NextRequest::<Runtime>::get();
	must(Charlie, ask(model, 2, byte(7), 0, 20));
	let answer = common::answer(trapdoor, request, &Dave.to_account_id(), 131, 3);
	must(Bob, Own::deprecate { model, version: 2 });
	common::end_wait(model);
	must(Bob, Own::remove { model });
	add(Dave, answering(answer.clone()), "VersionNotFound");
	must(Bob, registration(trapdoor, Share(0)));
	publish(Scalar::from_hash([3; 32]));
	answering(answer)
}
