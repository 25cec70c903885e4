//! The runtime as the attacks on records see it: submissions and answers, alone and in batches.

use frame_support::storage::{with_transaction, TransactionOutcome};
use zkml_attacks::ledger::{Ledger, Shape};

use super::*;

/// The runtime as the attacks see it; inside `execute_with`.
pub struct RuntimeLedger;

impl Ledger for RuntimeLedger {
	fn genesis(&self) -> [u8; 32] {
		ModelRegistry::genesis()
	}

	fn account(&self, number: u8) -> [u8; 32] {
		account(number).into()
	}

	fn register(
		&mut self,
		owner: u8,
		trapdoor: &Trapdoor,
		params: Scalar,
		shape: Shape,
	) -> ModelId {
		register_of(&account(owner), trapdoor, params, Share(0), shape).unwrap()
	}

	fn publish(&mut self, owner: u8, trapdoor: &Trapdoor, model: ModelId, params: Scalar) {
		let owner = account(owner);
		let version = version_on(trapdoor, params);
		let possession = possession(trapdoor, &owner, model, 2, params);
		let call = pallet_model_registry::Call::publish { model, version, possession, range: None };
		dispatch(&owner, call).unwrap();
	}

	fn deprecate(&mut self, owner: u8, model: ModelId, version: u32) {
		let call = pallet_model_registry::Call::deprecate { model, version };
		dispatch(&account(owner), call).unwrap();
	}

	fn spec(&self) -> TensorSpec {
		tensor(1)
	}

	fn commit(&mut self, who: u8, commitment: Scalar) {
		let done = dispatch(&account(who), pallet_inference::Call::commit_input { commitment });
		let again = Err("InputAlreadyCommitted".to_owned());
		assert!(done.is_ok() || done == again, "{done:?}");
	}

	fn submit(&mut self, who: u8, submission: Submission<[u8; 32]>) -> Result<StatementId, String> {
		let (who, submission) = (account(who), with_account(submission));
		// The dry run must say the same as the real thing.
		let foretold = Inference::check_submission(who.clone(), submission.clone());
		let before = records();
		let done = dispatch(&who, pallet_inference::Call::submit { submission });
		assert_eq!(done.is_ok(), foretold.is_ok(), "dry run and dispatch disagree");
		done.map(|()| {
			*records().difference(&before).next().expect("what was taken leaves a record")
		})
	}

	fn answer(&mut self, who: u8, answer: Answer<[u8; 32]>) -> Result<StatementId, String> {
		let (who, answer) = (account(who), answer_with_account(answer));
		let foretold = Inference::check_answer(answer.clone());
		let request = answer.request;
		let done = dispatch(&who, answering(answer));
		assert_eq!(done.is_ok(), foretold.is_ok(), "dry run and dispatch disagree");
		done.map(|()| Inference::result(request).expect("what was taken leaves a record").0)
	}

	fn state(&mut self) -> [u8; 32] {
		blake2_256(&sp_io::storage::root(sp_runtime::StateVersion::V1).encode())
	}

	fn is_recorded(&self, statement: StatementId, model: ModelId) -> bool {
		pallet_inference::Records::<Runtime>::get(statement).is_some_and(|r| r.model == model)
	}
}

fn with_account(submission: Submission<[u8; 32]>) -> Submission<AccountId> {
	let Submission { model, version, nonce, expiry, beneficiary, inputs, outputs, ctx, proof } =
		submission;
	let beneficiary = AccountId::from(beneficiary);
	Submission { model, version, nonce, expiry, beneficiary, inputs, outputs, ctx, proof }
}

fn answer_with_account(answer: Answer<[u8; 32]>) -> Answer<AccountId> {
	let Answer { request, beneficiary, outputs, ctx, proof } = answer;
	Answer { request, beneficiary: beneficiary.into(), outputs, ctx, proof }
}

fn records() -> BTreeSet<StatementId> {
	pallet_inference::Records::<Runtime>::iter_keys().collect()
}

/// The runtime, everything being submitted in batches of three: at this place, among honest
/// submissions for a model of another key.
pub struct BatchLedger {
	at: usize,
	company: Trapdoor,
	model: ModelId,
	nonce: u64,
}

/// The account that the company is proved for.
const COMPANY: u8 = 3;

impl BatchLedger {
	/// Registers the company's model, whose parameters are a point where it comes first and last.
	pub fn new(at: usize) -> Self {
		let company = match at {
			1 => Trapdoor::committed(77),
			_ => Trapdoor::with_rounds(77, 1),
		};
		let model = register(&account(COMPANY), &company, Scalar::ZERO, Share(0)).unwrap();
		Self { at, company, model, nonce: 0 }
	}

	/// An honest submission that was never made before.
	fn honest(&mut self) -> Submission<AccountId> {
		self.nonce += 1;
		let expiry = System::block_number() + 10;
		let target = target(self.model, 1, Scalar::ZERO);
		let run: [&[_]; 2] = [&[byte(130)], &[byte(131)]];
		self.company.submission(&target, account(COMPANY), self.nonce, expiry, run)
	}
}

impl BatchLedger {
	/// An honest answer to a request that is made for it, at no price.
	fn answer_of_company(&self) -> Answer<AccountId> {
		let request = pallet_inference::NextRequest::<Runtime>::get();
		let (inputs, terms) = (one(130), terms(0, System::block_number() + 5));
		let call = pallet_inference::Call::request { model: self.model, version: 1, inputs, terms };
		dispatch(&account(COMPANY), call).unwrap();
		answer(&self.company, request, &account(COMPANY), 131, 3)
	}
}

/// Sends something with its company. What is refused is taken back with that, after it was seen that it
/// left what the company leaves alone; the error is the answer.
fn in_company<T: Clone>(
	one: T,
	send: impl Fn(Option<T>),
	refusal: impl Fn(pallet_inference::Event<Runtime>) -> Option<DispatchError>,
) -> Result<(), String> {
	let aside = |one: Option<T>| {
		with_transaction(|| {
			System::reset_events();
			let before = records().len();
			let count = 2 + usize::from(one.is_some());
			send(one);
			let refused: Vec<_> = System::events()
				.into_iter()
				.filter_map(|record| match record.event {
					RuntimeEvent::Inference(event) => refusal(event),
					_ => None,
				})
				.collect();
			assert_eq!(records().len() - before + refused.len(), count, "all are answered for");
			let left: BTreeMap<_, _> =
				storage().into_iter().filter(|(key, _)| !is_bookkeeping(key)).collect();
			TransactionOutcome::Rollback(Ok::<_, DispatchError>((refused, left)))
		})
		.unwrap()
	};
	let (refused, left) = aside(Some(one.clone()));
	let Some(error) = refused.first() else {
		send(Some(one));
		return Ok(());
	};
	let error = name(error);
	let (_, alone) = aside(None);
	assert_eq!(changed(&alone, &left), Vec::<Vec<u8>>::new(), "{error} left a trace");
	Err(error)
}

impl Ledger for BatchLedger {
	fn genesis(&self) -> [u8; 32] {
		RuntimeLedger.genesis()
	}

	fn account(&self, number: u8) -> [u8; 32] {
		RuntimeLedger.account(number)
	}

	fn register(
		&mut self,
		owner: u8,
		trapdoor: &Trapdoor,
		params: Scalar,
		shape: Shape,
	) -> ModelId {
		RuntimeLedger.register(owner, trapdoor, params, shape)
	}

	fn publish(&mut self, owner: u8, trapdoor: &Trapdoor, model: ModelId, params: Scalar) {
		RuntimeLedger.publish(owner, trapdoor, model, params);
	}

	fn deprecate(&mut self, owner: u8, model: ModelId, version: u32) {
		RuntimeLedger.deprecate(owner, model, version);
	}

	fn spec(&self) -> TensorSpec {
		RuntimeLedger.spec()
	}

	fn commit(&mut self, who: u8, commitment: Scalar) {
		RuntimeLedger.commit(who, commitment);
	}

	fn submit(&mut self, who: u8, submission: Submission<[u8; 32]>) -> Result<StatementId, String> {
		let (who, submission) = (account(who), with_account(submission));
		let company = vec![self.honest(), self.honest()];
		let before = records();
		let send = |submission: Option<Submission<AccountId>>| {
			let mut submissions = company.clone();
			submission.into_iter().for_each(|one| submissions.insert(self.at, one));
			let submissions = submissions.try_into().unwrap();
			dispatch(&who, pallet_inference::Call::submit_batch { submissions }).unwrap();
		};
		in_company(submission, send, |event| match event {
			pallet_inference::Event::SubmissionRefused { index, error } => {
				assert_eq!(index as usize, self.at, "the company is refused: {error:?}");
				Some(error)
			}
			_ => None,
		})?;
		let model_of =
			|id: &StatementId| pallet_inference::Records::<Runtime>::get(id).unwrap().model;
		Ok(*records()
			.difference(&before)
			.find(|id| model_of(id) != self.model)
			.expect("the company's is another model"))
	}

	fn answer(&mut self, who: u8, answer: Answer<[u8; 32]>) -> Result<StatementId, String> {
		let (who, answer) = (account(who), answer_with_account(answer));
		let request = answer.request;
		let send = |answer: Option<Answer<AccountId>>| {
			let mut answers = vec![self.answer_of_company(), self.answer_of_company()];
			answer.into_iter().for_each(|one| answers.insert(self.at, one));
			dispatch(&who, answering_all(answers)).unwrap();
		};
		in_company(answer, send, |event| match event {
			pallet_inference::Event::AnswerRefused { request: of, error } => {
				assert_eq!(of, request, "the company is refused: {error:?}");
				Some(error)
			}
			_ => None,
		})?;
		Ok(Inference::result(request).expect("what was taken leaves a record").0)
	}

	fn state(&mut self) -> [u8; 32] {
		RuntimeLedger.state()
	}

	fn is_recorded(&self, statement: StatementId, model: ModelId) -> bool {
		RuntimeLedger.is_recorded(statement, model)
	}
}

/// A ledger to which all that is submitted comes as the answer to a request for just that: the same model,
/// version and inputs, open for as long, with each output to be seen as it is. What is refused is taken
/// back with its request.
pub struct AnswerLedger<L> {
	inner: L,
	/// The number of the request that nonce 0 stands for.
	first: RequestId,
}

/// The account that asks.
const REQUESTER: u8 = 2;

impl<L: Ledger> AnswerLedger<L> {
	/// Brings answers to this ledger.
	pub fn new(inner: L) -> Self {
		Self { inner, first: 0 }
	}

	/// The number of the request that a nonce stands for. Two more are for the company of a batch.
	fn number(&self, nonce: u64) -> RequestId {
		self.first + 4 * nonce
	}

	/// Asks for what is submitted, unless it was asked for and answered.
	fn ask(&self, submission: &Submission<[u8; 32]>) -> Result<(), String> {
		let (model, version) = (submission.model, submission.version);
		let request = self.number(submission.nonce);
		if request < pallet_inference::NextRequest::<Runtime>::get() {
			return Ok(());
		}
		// As if others had asked so often.
		pallet_inference::NextRequest::<Runtime>::put(request);
		let mut outputs = visibilities(&submission.outputs).into_inner();
		// As many as there are, so that it is the answer that has too few or too many.
		if let Some(count) = count_outputs(model, version) {
			outputs.resize(count, Visibility::Public);
		}
		let deadline = submission.expiry - configs::AnswerGrace::get().block;
		let outputs = Tensors::try_from(outputs).unwrap();
		let terms = Terms { outputs, ..terms(UNIT, deadline) };
		let inputs = submission.inputs.clone();
		let call = pallet_inference::Call::request { model, version, inputs, terms };
		dispatch(&account(REQUESTER), call)
	}

	/// Asks, and answers. A refused answer must leave the request as it was.
	fn bring(&mut self, who: u8, submission: Submission<[u8; 32]>) -> Result<StatementId, String> {
		self.ask(&submission).inspect_err(|error| {
			let of_question = error.starts_with("Input") || error.starts_with("Version");
			assert!(of_question, "{error} before there was an answer");
		})?;
		let asked = self.state();
		let request = self.number(submission.nonce);
		let Submission { beneficiary, outputs, ctx, proof, .. } = submission;
		let done = self.inner.answer(who, Answer { request, beneficiary, outputs, ctx, proof });
		assert!(done.is_ok() || self.state() == asked, "{done:?} left a trace");
		done
	}
}

/// How many outputs a version has, if there is one.
fn count_outputs(model: ModelId, version: u32) -> Option<usize> {
	let versions = ModelRegistry::model_info(model)?.versions;
	let about = versions.into_iter().find(|one| one.number == version)?;
	Some(about.description.outputs.len())
}

impl<L: Ledger> Ledger for AnswerLedger<L> {
	fn genesis(&self) -> [u8; 32] {
		self.inner.genesis()
	}

	fn account(&self, number: u8) -> [u8; 32] {
		self.inner.account(number)
	}

	fn register(
		&mut self,
		owner: u8,
		trapdoor: &Trapdoor,
		params: Scalar,
		shape: Shape,
	) -> ModelId {
		self.first = pallet_inference::NextRequest::<Runtime>::get();
		self.inner.register(owner, trapdoor, params, shape)
	}

	fn publish(&mut self, owner: u8, trapdoor: &Trapdoor, model: ModelId, params: Scalar) {
		self.inner.publish(owner, trapdoor, model, params);
	}

	fn deprecate(&mut self, owner: u8, model: ModelId, version: u32) {
		self.inner.deprecate(owner, model, version);
	}

	fn spec(&self) -> TensorSpec {
		self.inner.spec()
	}

	fn commit(&mut self, who: u8, commitment: Scalar) {
		self.inner.commit(who, commitment);
	}

	fn action(&self, nonce: u64) -> Action {
		Action::Answer(self.number(nonce))
	}

	fn submit(&mut self, who: u8, submission: Submission<[u8; 32]>) -> Result<StatementId, String> {
		with_transaction(|| match self.bring(who, submission) {
			Ok(id) => TransactionOutcome::Commit(Ok::<_, DispatchError>(Ok(id))),
			Err(error) => TransactionOutcome::Rollback(Ok(Err(error))),
		})
		.unwrap()
	}

	fn answer(&mut self, who: u8, answer: Answer<[u8; 32]>) -> Result<StatementId, String> {
		self.inner.answer(who, answer)
	}

	fn state(&mut self) -> [u8; 32] {
		self.inner.state()
	}

	fn is_recorded(&self, statement: StatementId, model: ModelId) -> bool {
		self.inner.is_recorded(statement, model)
	}
}
