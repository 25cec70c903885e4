//! A node with a worker: its chain, its prover, its pool.

use super::*;

pub type Job = ProveJob<AccountId>;

/// A prover as the worker sees it.
#[derive(Default)]
pub struct Prover {
	pub offers: Vec<Work>,
	/// Those it will not take.
	pub refuses: BTreeSet<RequestId>,
	/// What it was given, in the order in which it came.
	pub jobs: Vec<Job>,
	/// What it has proved.
	pub proved: BTreeMap<JobId, ProveReply>,
	/// What it was asked for, by path.
	pub calls: Vec<String>,
}

impl Prover {
	pub fn answer(&mut self, path: &str, body: &[u8]) -> Vec<u8> {
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
				let work: Vec<_> = rest.clone().take(2).cloned().collect();
				Offers { work, more: rest.count() > 2, folder: "models".into() }.encode()
			}
		}
	}

	pub fn requests(&self) -> Vec<RequestId> {
		self.jobs.iter().map(|job| job.request).collect()
	}
}

/// The worker's way to its prover.
pub struct Line {
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
pub struct Pool(Arc<Mutex<Vec<Vec<u8>>>>);

impl TransactionPool for Pool {
	fn submit_transaction(&mut self, extrinsic: Vec<u8>) -> Result<(), ()> {
		self.0.lock().unwrap().push(extrinsic);
		Ok(())
	}
}

/// A node with a worker.
pub struct Desk {
	pub chain: Chain,
	pub prover: Arc<Mutex<Prover>>,
	pub pool: Pool,
	pub storage: TestPersistentOffchainDB,
	pub trapdoor: Trapdoor,
	pub model: ModelId,
	pub foreign: ModelId,
	/// It has an input of full size, and its parameters are those of `model`.
	pub large: ModelId,
	pub worker: AccountId,
}

impl Desk {
	/// With models that the prover has, and one that it lacks.
	pub fn new(key: &str) -> Self {
		let mut chain = chain();
		let trapdoor = Trapdoor::with_rounds(5, 1);
		let circuit = trapdoor.circuit().hash();
		let (model, foreign, large) = chain.execute_with(|| {
			let (owner, other_owner) = (account(1), account(4));
			let model = register(&owner, &trapdoor, PARAMS, Share(0)).unwrap();
			let other = Trapdoor::with_rounds(6, 1);
			let foreign = register(&owner, &other, FOREIGN, Share(0)).unwrap();
			let mut version = version(circuit, PARAMS);
			version.inputs[0].tensor.dims = vec![MAX_TENSOR_BYTES].try_into().unwrap();
			let large = ModelId::derive(&other_owner, circuit, PARAMS);
			let possession = possession(&trapdoor, &other_owner, large, 1, PARAMS);
			let call = pallet_model_registry::Call::register {
				version,
				owner_share: Share(0),
				possession,
				range: None,
			};
			dispatch(&other_owner, call).unwrap();
			(model, foreign, large)
		});
		let openings = Default::default();
		let work = Work { circuit, params: PARAMS, openings, hides_outputs: false };
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
		let mut desk =
			Self { chain, prover, pool, storage, trapdoor, model, foreign, large, worker };
		desk.set(b"zkml::prover-url", b"http://prover".to_vec());
		desk.set(b"zkml::prover-token", b"token".to_vec());
		desk
	}

	pub fn set(&mut self, key: &[u8], value: impl Encode) {
		self.storage.set(STORAGE_PREFIX, key, &value.encode());
	}

	pub fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
		OffchainStorage::get(&self.storage, STORAGE_PREFIX, key)
	}

	/// Thousands are asked, so that not all are looked at after each.
	pub fn ask(&mut self, model: ModelId, price: Balance, deadline: u32) -> RequestId {
		self.ask_about(model, one(7), terms(price, deadline))
	}

	/// About an input that has as many bytes as there may be.
	pub fn ask_full(&mut self, model: ModelId, price: Balance) -> RequestId {
		let bytes = vec![7; MAX_TENSOR_BYTES as usize].try_into().unwrap();
		self.ask_about(model, list([TensorData::Public(bytes)]), terms(price, 1_000))
	}

	/// About an input in clear, with an output that is to be hidden.
	pub fn ask_hidden(&mut self, model: ModelId, price: Balance) -> RequestId {
		let outputs = list([Visibility::Private]);
		self.ask_about(model, one(7), Terms { outputs, ..terms(price, 1_000) })
	}

	fn ask_about(
		&mut self,
		model: ModelId,
		inputs: Tensors<TensorData>,
		terms: Terms<Balance>,
	) -> RequestId {
		self.chain.execute_apart(|| {
			let request = NextRequest::<Runtime>::get();
			dispatch(&account(2), Call::request { model, version: 1, inputs, terms }).unwrap();
			request
		})
	}

	/// The worker's run after the next block.
	pub fn run(&mut self) {
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

	pub fn given(&self) -> Vec<RequestId> {
		self.prover.lock().unwrap().requests()
	}

	/// The prover proves what it was given.
	pub fn prove(&mut self) {
		let jobs = self.prover.lock().unwrap().jobs.clone();
		for job in jobs {
			let outputs = match job.outputs[0] {
				Visibility::Public => one(131),
				Visibility::Private => hidden(Scalar::from_hash([9; 32])),
			};
			let answer = self.chain.execute_with(|| {
				answer_with(&self.trapdoor, job.request, &job.beneficiary, &outputs, 3)
			});
			assert_eq!(answer.ctx, job.ctx(), "the context that the job is bound to");
			let Answer { outputs, proof, .. } = answer;
			let reply = ProveReply { outputs, proof, prove_ms: 40 };
			self.prover.lock().unwrap().proved.insert(job.id(), reply);
		}
	}

	/// Takes the one transaction out of the pool.
	pub fn sent(&mut self) -> Option<UncheckedExtrinsic> {
		let mut transactions = std::mem::take(&mut *self.pool.0.lock().unwrap());
		assert!(transactions.len() <= 1, "one transaction at a time");
		transactions.pop().map(|bytes| Decode::decode(&mut &bytes[..]).unwrap())
	}

	/// Takes a transaction into the block; its tip.
	pub fn include(&mut self, transaction: UncheckedExtrinsic) -> Balance {
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

	pub fn is_open(&mut self, request: RequestId) -> bool {
		self.chain.execute_with(|| Requests::<Runtime>::contains_key(request))
	}
}
