//! Every error of requests and records.

use super::*;

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
		must(
			Bob,
			Own::publish { model, version: version(circuit, params), possession, range: None },
		);
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
