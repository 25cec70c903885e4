//! Models of several inputs and outputs: what is kept of a request and where, and what a record says.

use zkml_attacks::{ledger::Shape, KINDS};
use zkml_trapdoor::byte;

use super::*;

const SHAPE: Shape = Shape { inputs: 3, outputs: 2 };

/// Three inputs of which one is private.
fn inputs() -> Tensors<TensorData> {
	list([byte(7), TensorData::Committed(Scalar::from_hash([4; 32])), byte(9)])
}

fn asked(model: ModelId, user: &AccountId) -> RequestId {
	let request = pallet_inference::NextRequest::<Runtime>::get();
	let outputs = list([Visibility::Public, Visibility::Private]);
	let terms = Terms { outputs, ..terms(UNIT, 20) };
	dispatch(user, Call::request { model, version: 1, inputs: inputs(), terms }).unwrap();
	request
}

#[test]
fn a_record_tells_each_input_by_its_digest_and_each_output_as_the_requester_chose() {
	for kind in KINDS {
		chain().execute_with(|| {
			let (owner, user, prover) = (account(1), account(2), account(3));
			let trapdoor = kind(5);
			let model = register_of(&owner, &trapdoor, PARAMS, Share(0), SHAPE).unwrap();
			let trapdoor = trapdoor.with_params_of(PARAMS);
			let request = asked(model, &user);
			let stored = pallet_inference::Requests::<Runtime>::get(request).unwrap();
			let outputs = list([byte(131), TensorData::Committed(Scalar::from_hash([5; 32]))]);
			let answer = answer_with(&trapdoor, request, &prover, &outputs, 3);
			let foretold = Inference::check_answer(answer.clone()).unwrap();
			dispatch(&prover, answering(answer)).unwrap();

			let (statement, record) = Inference::result(request).unwrap();
			assert_eq!(statement, foretold);
			assert_eq!(record.inputs, stored.digests);
			assert_eq!(record.inputs[1], Scalar::from_hash([4; 32]));
			let key = trapdoor.circuit();
			let first = public_digest(&key, Role::Input, &tensor(1), &[7]);
			assert_eq!(record.inputs[0], first);
			assert_eq!(record.input_visibilities, visibilities(&inputs()));
			assert_eq!(record.outputs, outputs);
			assert_eq!(pallet_inference::RequestInputs::<Runtime>::get(request), None);
			assert_eq!(held(&user), 0);
		});
	}
}

#[test]
fn lists_of_requests_say_who_sees_an_input_and_a_request_by_itself_has_it() {
	chain().execute_with(|| {
		let (owner, user) = (account(1), account(2));
		let trapdoor = Trapdoor::with_rounds(5, 1);
		let model = register_of(&owner, &trapdoor, PARAMS, Share(0), SHAPE).unwrap();
		let request = asked(model, &user);
		let full = Inference::request_with_inputs(request).unwrap();
		assert_eq!(full.inputs, inputs());
		let work = full.work();
		assert_eq!(work.openings, list([Scalar::from_hash([4; 32])]));
		assert!(work.hides_outputs, "one of the two outputs is to be hidden");
		let listed = full.with_inputs(visibilities(&inputs()));
		assert_eq!(Inference::open_requests(None, 10), [(request, listed.clone())]);
		let queue = Inference::queue(&work, None, 10);
		assert_eq!(queue.into_iter().map(|(_, _, one)| one).collect::<Vec<_>>(), [listed]);
		let job = Inference::job(request, account(3)).unwrap();
		let outputs = list([Visibility::Public, Visibility::Private]);
		assert_eq!((job.inputs, job.outputs), (inputs(), outputs));
	});
}

#[test]
fn a_batch_answers_what_it_is_paid_for_and_refuses_the_rest() {
	chain().execute_with(|| {
		let (owner, user, prover) = (account(1), account(2), account(3));
		let trapdoor = Trapdoor::with_rounds(5, 1);
		let model = register(&owner, &trapdoor, PARAMS, Share(0)).unwrap();
		let requests = [0; 3].map(|_| ask(&user, model, UNIT, 20));
		let answers = requests.map(|request| answer(&trapdoor, request, &prover, 131, 3));
		let answers = Vec::from(answers).try_into().unwrap();
		dispatch(&prover, Call::answer_batch { answers, input_bytes: 2 }).unwrap();
		let answered = requests.map(|request| Inference::result(request).is_some());
		assert_eq!(answered, [true, true, false]);
		let unpaid = pallet_inference::Error::<Runtime>::InputBytes;
		let unpaid = DispatchError::from(unpaid).stripped();
		assert!(System::events().iter().any(|record| matches!(
			&record.event,
			RuntimeEvent::Inference(pallet_inference::Event::AnswerRefused { request, error })
				if *request == requests[2] && *error == unpaid
		)));
	});
}

#[test]
fn a_request_of_full_size_is_answered_and_its_bytes_cost_those_who_read_them_alone() {
	chain().execute_with(|| {
		let (owner, user, prover) = (account(1), account(2), account(3));
		let trapdoor = Trapdoor::with_rounds(5, 1);
		let key = trapdoor.circuit();
		let mut version = version(key.hash(), PARAMS);
		for value in [&mut version.inputs[0], &mut version.outputs[0]] {
			value.tensor.dims = vec![MAX_TENSOR_BYTES / 4, 4].try_into().unwrap();
		}
		dispatch(&owner, pallet_model_registry::Call::register_circuit { key }).unwrap();
		let model = ModelId::derive(&owner, version.circuit, PARAMS);
		let possession = possession(&trapdoor, &owner, model, 1, PARAMS);
		let owner_share = Share(0);
		let call =
			pallet_model_registry::Call::register { version, owner_share, possession, range: None };
		dispatch(&owner, call).unwrap();
		let full = |byte: u8| {
			let bytes = vec![byte; MAX_TENSOR_BYTES as usize];
			list([TensorData::Public(bytes.try_into().unwrap())])
		};
		let terms = || terms(UNIT, 20);
		let ask = |inputs| {
			let request = pallet_inference::NextRequest::<Runtime>::get();
			let call = Call::request { model, version: 1, inputs, terms: terms() };
			dispatch(&user, call).map(|()| request)
		};
		let request = ask(full(7)).unwrap();
		// A megabyte holds ten tokens.
		assert!(held(&user) > UNIT + 26 * UNIT / 10);
		let listed = Inference::open_requests(None, 1).encode();
		assert!(listed.len() < 600, "{} bytes for one in a list", listed.len());
		let answer = answer_with(&trapdoor, request, &prover, &full(131), 3);
		let weight = |input_bytes| {
			let answer = answer.clone();
			let call = RuntimeCall::from(Call::answer { answer, input_bytes });
			call.get_dispatch_info().call_weight.ref_time()
		};
		let (with, without) = (weight(MAX_TENSOR_BYTES), weight(0));
		println!("256 KiB in and out: {with} ps, of which {} for the inputs", with - without);
		assert!(with > without);
		let unpaid = Call::answer { answer: answer.clone(), input_bytes: MAX_TENSOR_BYTES - 1 };
		assert_eq!(dispatch(&prover, unpaid), Err("InputBytes".into()));
		dispatch(&prover, answering(answer)).unwrap();
		assert_eq!(Inference::result(request).unwrap().1.outputs, full(131));
		assert_eq!(held(&user), 0);
	});
}
