//! The off-chain worker in the real runtime, with a prover, a clock and a pool of the test's own.

mod common;

use std::{
	collections::{BTreeMap, BTreeSet},
	sync::{Arc, Mutex},
	time::Instant,
};

use codec::{Decode, DecodeAll, Encode};
use common::*;
use frame_support::{
	storage::{with_transaction, TransactionOutcome},
	traits::Hooks,
};
use pallet_inference::{offchain::crypto::KEY_TYPE, Call, NextRequest, Requests};
use sp_core::offchain::{
	storage::OffchainDb, testing::TestPersistentOffchainDB, HttpError, HttpRequestId,
	HttpRequestStatus, OffchainDbExt, OffchainStorage, OffchainWorkerExt, OpaqueNetworkState,
	Timestamp, TransactionPool, TransactionPoolExt, STORAGE_PREFIX,
};
use sp_keystore::{testing::MemoryKeystore, Keystore, KeystoreExt};
use sp_runtime::DispatchError;
use zkml_primitives::{
	prover_api::{JobId, JobState, Offers, ProveJob, ProveReply, Question, Taken, MOST_JOBS},
	prover_policy::{MOST_ASIDE, SET_ASIDE},
	*,
};
use zkml_runtime::*;
use zkml_trapdoor::Trapdoor;

const PARAMS: Scalar = Scalar([0x11; 32]);
const FOREIGN: Scalar = Scalar([0x12; 32]);
/// The account of the preset that answers requests.
const RICH: &str = "//Alice//zkml";
const POOR: &str = "//Nobody//zkml";
/// Where the worker keeps what it remembers.
const STATE: &[u8] = b"zkml::worker::state";

type Job = ProveJob<AccountId>;

/// A prover as the worker sees it.
#[derive(Default)]
struct Prover {
	offers: Vec<Work>,
	/// Those it will not take.
	refuses: BTreeSet<RequestId>,
	/// What it was given, in the order in which it came.
	jobs: Vec<Job>,
	/// What it has proved.
	proved: BTreeMap<JobId, ProveReply>,
	/// What it was asked for, by path.
	calls: Vec<String>,
}

impl Prover {
	fn answer(&mut self, path: &str, body: &[u8]) -> Vec<u8> {
		self.calls.push(path.into());
		match path {
			"/jobs" => {
				let jobs = Vec::<Job>::decode_all(&mut &body[..]).unwrap();
				let taken: Vec<Taken> = jobs
					.into_iter()
					.map(|job| match self.refuses.contains(&job.request) {
						true => Taken::Refused("no\u{1b}[2J".into()),
						false => {
							self.jobs.push(job);
							Taken::Yes
						}
					})
					.collect();
				taken.encode()
			}
			"/states" => {
				let question = Question::decode_all(&mut &body[..]).unwrap();
				let state = |id: &JobId| match self.proved.get(id) {
					Some(reply) => Some(JobState::Done(reply.clone())),
					None => Some(JobState::Pending),
				};
				question.jobs.iter().map(state).collect::<Vec<_>>().encode()
			}
			"/forget" => {
				let gone = Vec::<JobId>::decode_all(&mut &body[..]).unwrap();
				self.jobs.retain(|job| !gone.contains(&job.id()));
				Vec::new()
			}
			page => {
				let page: usize = page.strip_prefix("/offers/").unwrap().parse().unwrap();
				let rest = self.offers.iter().skip(page * 2);
				let work: Vec<_> = rest.clone().take(2).copied().collect();
				Offers { work, more: rest.count() > 2, folder: "models".into() }.encode()
			}
		}
	}

	fn requests(&self) -> Vec<RequestId> {
		self.jobs.iter().map(|job| job.request).collect()
	}
}

/// The worker's way to its prover.
struct Line {
	prover: Arc<Mutex<Prover>>,
	path: String,
	body: Vec<u8>,
	answer: Vec<u8>,
}

impl sp_core::offchain::Externalities for Line {
	fn is_validator(&self) -> bool {
		true
	}

	fn network_state(&self) -> Result<OpaqueNetworkState, ()> {
		Err(())
	}

	fn timestamp(&mut self) -> Timestamp {
		Timestamp::from_unix_millis(1_000)
	}

	fn sleep_until(&mut self, _: Timestamp) {}

	fn random_seed(&mut self) -> [u8; 32] {
		[0; 32]
	}

	fn http_request_start(&mut self, _: &str, uri: &str, _: &[u8]) -> Result<HttpRequestId, ()> {
		self.path = uri.strip_prefix("http://prover").ok_or(())?.into();
		self.body.clear();
		Ok(HttpRequestId(1))
	}

	fn http_request_add_header(&mut self, _: HttpRequestId, _: &str, _: &str) -> Result<(), ()> {
		Ok(())
	}

	fn http_request_write_body(
		&mut self,
		_: HttpRequestId,
		chunk: &[u8],
		_: Option<Timestamp>,
	) -> Result<(), HttpError> {
		self.body.extend_from_slice(chunk);
		Ok(())
	}

	fn http_response_wait(
		&mut self,
		ids: &[HttpRequestId],
		_: Option<Timestamp>,
	) -> Vec<HttpRequestStatus> {
		self.answer = self.prover.lock().unwrap().answer(&self.path, &self.body);
		vec![HttpRequestStatus::Finished(200); ids.len()]
	}

	fn http_response_headers(&mut self, _: HttpRequestId) -> Vec<(Vec<u8>, Vec<u8>)> {
		Vec::new()
	}

	fn http_response_read_body(
		&mut self,
		_: HttpRequestId,
		buffer: &mut [u8],
		_: Option<Timestamp>,
	) -> Result<usize, HttpError> {
		let n = buffer.len().min(self.answer.len());
		buffer[..n].copy_from_slice(&self.answer[..n]);
		self.answer.drain(..n);
		Ok(n)
	}

	fn set_authorized_nodes(&mut self, _: Vec<sp_core::OpaquePeerId>, _: bool) {}
}

/// Transactions that were handed in.
#[derive(Clone, Default)]
struct Pool(Arc<Mutex<Vec<Vec<u8>>>>);

impl TransactionPool for Pool {
	fn submit_transaction(&mut self, extrinsic: Vec<u8>) -> Result<(), ()> {
		self.0.lock().unwrap().push(extrinsic);
		Ok(())
	}
}

/// A node with a worker.
struct Desk {
	chain: Chain,
	prover: Arc<Mutex<Prover>>,
	pool: Pool,
	storage: TestPersistentOffchainDB,
	trapdoor: Trapdoor,
	model: ModelId,
	foreign: ModelId,
	worker: AccountId,
}

impl Desk {
	/// With a model that the prover has, and one that it lacks.
	fn new(key: &str) -> Self {
		let mut chain = chain();
		let trapdoor = Trapdoor::with_rounds(5, 1);
		let (model, foreign) = chain.execute_with(|| {
			let owner = account(1);
			let model = register(&owner, &trapdoor, PARAMS, Share(0)).unwrap();
			let other = Trapdoor::with_rounds(6, 1);
			(model, register(&owner, &other, FOREIGN, Share(0)).unwrap())
		});
		let circuit = trapdoor.circuit().hash();
		let work = Work { circuit, params: PARAMS, opening: None, output: Visibility::Public };
		let prover = Prover { offers: vec![work], ..Default::default() };
		let prover = Arc::new(Mutex::new(prover));
		let storage = TestPersistentOffchainDB::new();
		let pool = Pool::default();
		let keystore = MemoryKeystore::new();
		let public = keystore.sr25519_generate_new(KEY_TYPE, Some(key)).unwrap();
		let line = Line {
			prover: prover.clone(),
			path: String::new(),
			body: Vec::new(),
			answer: Vec::new(),
		};
		chain.register_extension(OffchainDbExt::new(OffchainDb::new(storage.clone())));
		chain.register_extension(OffchainWorkerExt::new(line));
		chain.register_extension(TransactionPoolExt::new(pool.clone()));
		chain.register_extension(KeystoreExt::new(keystore));
		let worker = AccountId::from(public.0);
		let mut desk = Self { chain, prover, pool, storage, trapdoor, model, foreign, worker };
		desk.set(b"zkml::prover-url", b"http://prover".to_vec());
		desk.set(b"zkml::prover-token", b"token".to_vec());
		desk
	}

	fn set(&mut self, key: &[u8], value: impl Encode) {
		self.storage.set(STORAGE_PREFIX, key, &value.encode());
	}

	fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
		OffchainStorage::get(&self.storage, STORAGE_PREFIX, key)
	}

	/// Thousands are asked, so that not all are looked at after each.
	fn ask(&mut self, model: ModelId, price: Balance, deadline: u32) -> RequestId {
		self.chain.execute_apart(|| {
			let request = NextRequest::<Runtime>::get();
			let input = TensorData::Public(vec![7].try_into().unwrap());
			let terms = terms(price, deadline);
			dispatch(&account(2), Call::request { model, version: 1, input, terms }).unwrap();
			request
		})
	}

	/// The worker's run after the next block.
	fn run(&mut self) {
		self.chain.execute_apart(|| {
			let now = System::block_number() + 1;
			frame_system::BlockHash::<Runtime>::insert(now - 1, sp_core::H256::repeat_byte(1));
			go_to(now);
			System::reset_events();
			// Whatever a worker does to the state is lost with its run.
			let undone = with_transaction(|| {
				Inference::offchain_worker(now);
				TransactionOutcome::Rollback(Ok::<_, DispatchError>(()))
			});
			undone.unwrap();
		});
	}

	fn given(&self) -> Vec<RequestId> {
		self.prover.lock().unwrap().requests()
	}

	/// The prover proves what it was given.
	fn prove(&mut self) {
		let jobs = self.prover.lock().unwrap().jobs.clone();
		for job in jobs {
			let answer = self
				.chain
				.execute_with(|| answer(&self.trapdoor, job.request, &job.beneficiary, 131, 3));
			assert_eq!(answer.ctx, job.ctx(), "the context that the job is bound to");
			let reply = ProveReply { output: answer.output, proof: answer.proof, prove_ms: 40 };
			self.prover.lock().unwrap().proved.insert(job.id(), reply);
		}
	}

	/// Takes the one transaction out of the pool.
	fn sent(&mut self) -> Option<UncheckedExtrinsic> {
		let mut transactions = std::mem::take(&mut *self.pool.0.lock().unwrap());
		assert!(transactions.len() <= 1, "one transaction at a time");
		transactions.pop().map(|bytes| Decode::decode(&mut &bytes[..]).unwrap())
	}

	/// Takes a transaction into the block; its tip.
	fn include(&mut self, transaction: UncheckedExtrinsic) -> Balance {
		self.chain.execute_with(|| {
			System::set_block_consumed_resources(Default::default(), 0);
			Executive::apply_extrinsic(transaction).unwrap().unwrap();
			let paid = System::events().into_iter().find_map(|record| match record.event {
				RuntimeEvent::TransactionPayment(
					pallet_transaction_payment::Event::TransactionFeePaid { tip, .. },
				) => Some(tip),
				_ => None,
			});
			paid.expect("a fee was paid")
		})
	}

	fn is_open(&mut self, request: RequestId) -> bool {
		self.chain.execute_with(|| Requests::<Runtime>::contains_key(request))
	}
}

#[test]
fn a_request_is_proved_and_answered_whatever_waits_for_others() {
	let mut desk = Desk::new(RICH);
	// Better paid, older, and nothing for this prover.
	for _ in 0..300 {
		desk.ask(desk.foreign, 2 * UNIT, 1_000);
	}
	let mine = desk.ask(desk.model, UNIT, 1_000);
	desk.run();
	assert_eq!(desk.given(), [mine], "in the first run");
	desk.prove();
	desk.run();
	let transaction = desk.sent().expect("an answer");
	desk.include(transaction);
	assert!(!desk.is_open(mine));
	desk.run();
	assert!(desk.sent().is_none());
	assert_eq!(desk.given(), [] as [RequestId; 0], "the prover was told to forget it");
}

#[test]
fn the_best_paid_comes_first_then_the_nearest_deadline() {
	let mut desk = Desk::new(RICH);
	let requests = [(5, 500), (6, 400), (5, 300), (20, 900)]
		.map(|(price, deadline)| desk.ask(desk.model, price * UNIT, deadline));
	let late = desk.ask(desk.model, 99 * UNIT, 2);
	desk.run();
	desk.run();
	let [a, b, c, d] = requests;
	let given = desk.given();
	assert!(given.contains(&late), "in the first run it was in time");
	let rest: Vec<_> = given.into_iter().filter(|request| *request != late).collect();
	assert_eq!(rest, [d, c, b, a]);
}

#[test]
fn what_is_past_its_deadline_is_not_handed_in() {
	let mut desk = Desk::new(RICH);
	let late = desk.ask(desk.model, UNIT, 3);
	desk.chain.execute_with(|| go_to(3));
	desk.run();
	assert!(desk.is_open(late), "the grace period is not over");
	assert_eq!(desk.given(), [] as [RequestId; 0]);
	let good = desk.ask(desk.model, UNIT, 20);
	desk.run();
	assert_eq!(desk.given(), [good]);
}

#[test]
fn all_that_is_ready_goes_in_one_transaction() {
	let mut desk = Desk::new(RICH);
	for _ in 0..MOST_JOBS + 44 {
		desk.ask(desk.model, UNIT, 1_000);
	}
	desk.run();
	assert_eq!(desk.given().len(), 16, "until it is known how long a proof takes");
	desk.prove();
	desk.run();
	let transaction = desk.sent().expect("answers");
	let RuntimeCall::Inference(Call::answer_batch { answers }) = &transaction.function else {
		panic!("a batch")
	};
	assert_eq!(answers.len(), 16);
	assert_eq!(desk.given().len(), MOST_JOBS, "two blocks of work, as many as are kept in hand");
	desk.prove();
	desk.run();
	assert!(desk.sent().is_none(), "one is on its way");
	desk.include(transaction);
	desk.run();
	let transaction = desk.sent().expect("answers");
	let RuntimeCall::Inference(Call::answer_batch { answers }) = &transaction.function else {
		panic!("a batch")
	};
	assert_eq!(answers.len(), MAX_BATCH as usize, "as many as one call takes");
	let called = desk.prover.lock().unwrap().calls.len();
	assert!(called <= 4 * 4, "four calls a run at most, got {called} in 4 runs");
}

#[test]
fn what_cannot_be_proved_is_set_aside_and_stops_nothing() {
	let mut desk = Desk::new(RICH);
	// More than are ever looked at in one run, and all better paid.
	let bad: Vec<_> = (0..1_500).map(|_| desk.ask(desk.model, 2 * UNIT, 100_000)).collect();
	desk.prover.lock().unwrap().refuses.extend(bad.iter().copied());
	let good = desk.ask(desk.model, UNIT / 2, 100_000);
	let runs = (1..=200).find(|_| {
		desk.run();
		desk.given() == [good]
	});
	println!("found after {runs:?} runs");
	assert!(runs.is_some(), "it waits for ever");
	let remembered = desk.get(STATE).expect("a state");
	assert!(remembered.len() < 16 * MOST_ASIDE, "{} bytes", remembered.len());
	// And each is tried again.
	let before = desk.prover.lock().unwrap().calls.len();
	desk.prover.lock().unwrap().refuses.clear();
	(0..=SET_ASIDE).for_each(|_| desk.run());
	assert!(desk.prover.lock().unwrap().calls.len() > before);
	assert!(desk.given().len() > 1);
}

#[test]
fn every_kind_of_work_has_its_turn() {
	let mut desk = Desk::new(RICH);
	let mine = desk.prover.lock().unwrap().offers[0];
	let request = desk.ask(desk.model, UNIT, 1_000);
	// Three pages of two; what is asked for is on the last.
	let none = |n| Work { opening: Some(Scalar([n; 32])), ..mine };
	desk.prover.lock().unwrap().offers = vec![none(1), none(2), none(3), none(4), none(5), mine];
	desk.run();
	desk.run();
	assert_eq!(desk.given(), [] as [RequestId; 0]);
	desk.run();
	assert_eq!(desk.given(), [request]);
}

#[test]
fn answers_wait_for_funds_and_go_as_soon_as_they_come() {
	let mut desk = Desk::new(POOR);
	let request = desk.ask(desk.model, UNIT, 1_000);
	desk.run();
	desk.prove();
	(0..5).for_each(|_| desk.run());
	assert!(desk.sent().is_none(), "it cannot pay the deposit");
	assert!(desk.is_open(request));
	let worker = desk.worker.clone();
	desk.chain.execute_with(|| {
		let call = pallet_balances::Call::transfer_allow_death {
			dest: Address::Id(worker),
			value: 10 * UNIT,
		};
		dispatch(&account(2), call).unwrap();
	});
	desk.run();
	let transaction = desk.sent().expect("the answer, in the next block");
	desk.include(transaction);
	assert!(!desk.is_open(request));
}

#[test]
fn a_lost_transaction_is_sent_again_with_a_tip_of_a_tenth_at_most() {
	let mut desk = Desk::new(RICH);
	let request = desk.ask(desk.model, 100 * UNIT, 1_000);
	desk.run();
	desk.prove();
	let sent: Vec<_> = (0..13)
		.map(|_| {
			desk.run();
			desk.sent()
		})
		.collect();
	let times: Vec<usize> = (0..13).filter(|n| sent[*n].is_some()).collect();
	assert_eq!(times, [0, 2, 4, 6, 8, 10, 12]);
	let tips: Vec<Balance> = sent
		.into_iter()
		.flatten()
		.map(|transaction| {
			let before = desk.chain.execute_with(storage);
			let tip = desk.include(transaction);
			desk.chain.execute_with(|| restore(&before));
			tip
		})
		.collect();
	let tenth = 10 * UNIT;
	assert_eq!(tips[..5], [0, tenth / 4, tenth / 2, 3 * tenth / 4, tenth]);
	assert_eq!(tips[5..], [tenth; 2]);
	assert!(desk.is_open(request));
}

#[test]
fn a_lost_transaction_is_sent_again_with_half_of_its_answers() {
	let mut desk = Desk::new(RICH);
	for _ in 0..8 {
		desk.ask(desk.model, UNIT, 1_000);
	}
	desk.run();
	desk.prove();
	let sent: Vec<_> = (0..5)
		.map(|_| {
			desk.run();
			desk.sent()
		})
		.collect();
	let answers = |transaction: &UncheckedExtrinsic| match &transaction.function {
		RuntimeCall::Inference(Call::answer_batch { answers }) => answers.len(),
		other => panic!("a batch, not {other:?}"),
	};
	let counts: Vec<_> = sent.iter().map(|one| one.as_ref().map(answers)).collect();
	assert_eq!(counts, [Some(8), None, Some(4), None, Some(2)]);
	desk.include(sent.into_iter().flatten().last().expect("the last"));
	desk.run();
	assert_eq!(desk.sent().as_ref().map(answers), Some(4), "it grows again");
}

#[test]
fn an_answer_that_is_nearly_late_has_a_tip_at_once() {
	let mut desk = Desk::new(RICH);
	desk.ask(desk.model, 100 * UNIT, 6);
	desk.run();
	desk.prove();
	desk.run();
	let transaction = desk.sent().expect("an answer");
	assert_eq!(desk.include(transaction), 10 * UNIT);
}

/// Puts the state back to what it was.
fn restore(before: &BTreeMap<Vec<u8>, Vec<u8>>) {
	let now = storage();
	for key in changed(before, &now) {
		match before.get(&key) {
			Some(value) => sp_io::storage::set(&key, value),
			None => sp_io::storage::clear(&key),
		}
	}
}

#[test]
fn nothing_is_asked_twice_and_a_lost_memory_loses_nothing() {
	let mut desk = Desk::new(RICH);
	let request = desk.ask(desk.model, UNIT, 1_000);
	(0..3).for_each(|_| desk.run());
	assert_eq!(desk.given(), [request]);
	desk.set(STATE, [0xff_u8; 3]);
	desk.run();
	assert_eq!(desk.given(), [request, request], "the same job is one job to the prover");
	desk.prove();
	desk.run();
	assert!(desk.sent().is_some());
}

/// What one run of the worker reads of the state, in bytes, with so many requests open for a model that
/// its prover has, or lacks.
fn look(open: u32, ours: bool) -> usize {
	let mut desk = Desk::new(RICH);
	let model = if ours { desk.model } else { desk.foreign };
	for _ in 0..open {
		desk.ask(model, UNIT, 100_000);
	}
	desk.chain.execute_apart(System::reset_events);
	desk.chain.commit_all().unwrap();
	let start = Instant::now();
	let ((), proof) = desk.chain.execute_and_prove(|| Inference::offchain_worker(2));
	let (took, size) = (start.elapsed(), proof.encoded_size());
	let whose = if ours { "ours" } else { "foreign" };
	println!("{open:>6} open, {whose:<7}: a run reads {size:>7} bytes of state, {took:>8.1?}");
	size
}

#[test]
fn a_run_costs_the_same_when_a_crowd_is_waiting() {
	for ours in [false, true] {
		look(100, ours);
		let (some, many) = (look(10_000, ours), look(100_000, ours));
		// The same requests are looked at, each in a place of its own of a trie that is a level deeper.
		assert!(many <= 3 * some, "{some} bytes with 10,000 open, {many} with 100,000");
	}
}
