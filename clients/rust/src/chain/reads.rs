//! What the chain knows, typed.

use codec::{Decode, Encode};
use subxt::{dynamic, ext::scale_value::Value};
use zkml_files::hex;
use zkml_primitives::{
	Activity, Answer, CircuitHash, CircuitInfo, Deadline, InferenceItem, Model, ModelId, Rank,
	Record, Refusal, RegistryItem, Request, RequestId, Scalar, StatementId, Submission, Visibility,
	Work, MAX_PAGE,
};
use zkml_programs::ProgramItem;

use super::{
	client::{number, read_at, At, Chain},
	AccountId, Balance, ChainError,
};

/// What an account has.
#[derive(Clone, Copy, Debug, Decode, Default)]
pub struct Account {
	/// Number of its next transaction.
	pub nonce: u32,
	_references: (u32, u32, u32),
	/// What may be spent or held, in the smallest unit.
	pub free: Balance,
	/// What is held as deposits and escrow, in the smallest unit.
	pub held: Balance,
	_frozen: Balance,
	_flags: u128,
}

/// A request as lists have it: of its inputs it says who sees them.
pub type Listed = Request<AccountId, Balance, Balance, Visibility>;

impl Chain {
	/// A circuit, if it is registered.
	///
	/// # Errors
	///
	/// If the node does not answer, or its runtime has no such function of this type.
	pub async fn circuit(
		&self,
		circuit: CircuitHash,
	) -> Result<Option<CircuitInfo<AccountId>>, ChainError> {
		self.read("ModelRegistryApi_circuit", &circuit).await
	}

	/// A model with all its versions, if it is registered.
	///
	/// # Errors
	///
	/// If the node does not answer, or its runtime has no such function of this type.
	pub async fn model(&self, model: ModelId) -> Result<Option<Model<AccountId>>, ChainError> {
		self.read("ModelRegistryApi_model", &model).await
	}

	/// A model that must be there.
	///
	/// # Errors
	///
	/// If there is no such model, or the node does not answer.
	pub async fn known_model(&self, model: ModelId) -> Result<Model<AccountId>, ChainError> {
		let what = || format!("the model {}", hex::show(&model.0));
		self.model(model).await?.ok_or_else(|| ChainError::missing(what()))
	}

	/// Ids of registered models, a page at a time.
	///
	/// # Errors
	///
	/// If the node does not answer, or its runtime has no such function of this type.
	pub async fn models(
		&self,
		start: Option<ModelId>,
		limit: u32,
	) -> Result<Vec<ModelId>, ChainError> {
		self.read("ModelRegistryApi_models", &(start, limit)).await
	}

	/// A request, if it is open.
	///
	/// # Errors
	///
	/// If the node does not answer, or its runtime has no such function of this type.
	pub async fn request(
		&self,
		request: RequestId,
	) -> Result<Option<Request<AccountId, Balance>>, ChainError> {
		self.read("InferenceApi_request", &request).await
	}

	/// A request, if it is open at this block.
	///
	/// # Errors
	///
	/// If the node does not answer, or its runtime has no such function of this type.
	pub async fn request_at(
		&self,
		at: &At,
		request: RequestId,
	) -> Result<Option<Request<AccountId, Balance>>, ChainError> {
		read_at(at, "InferenceApi_request", &request).await
	}

	/// Open requests at this block that a prover with this can answer, at most `limit` (of at most
	/// [`MAX_PAGE`]) behind `start`, in the order of their ranks.
	///
	/// # Errors
	///
	/// If the node does not answer, or its runtime has no such function of this type.
	pub async fn queue(
		&self,
		at: &At,
		work: &Work,
		start: Option<Rank>,
		limit: u32,
	) -> Result<Vec<(Rank, RequestId, Listed)>, ChainError> {
		read_at(at, "InferenceApi_queue", &(work, start, limit)).await
	}

	/// The request that came last, if it is open.
	///
	/// # Errors
	///
	/// If the node does not answer, or stores requests in another form.
	pub async fn newest(
		&self,
	) -> Result<Option<(RequestId, Request<AccountId, Balance>)>, ChainError> {
		let next: RequestId = self.value("Inference", "NextRequest").await?.unwrap_or(0);
		let Some(newest) = next.checked_sub(1) else { return Ok(None) };
		Ok(self.request(newest).await?.map(|request| (newest, request)))
	}

	/// The chain's clock, in milliseconds since 1970.
	///
	/// # Errors
	///
	/// If the node does not answer, or stores the clock in another form.
	pub async fn moment(&self) -> Result<u64, ChainError> {
		Ok(self.value("Timestamp", "Now").await?.unwrap_or(0))
	}

	async fn value<T: Decode>(&self, pallet: &str, entry: &str) -> Result<Option<T>, ChainError> {
		let Some(bytes) = self.storage(pallet, entry, Vec::new()).await? else { return Ok(None) };
		let foreign = || ChainError::Foreign { what: format!("the storage {pallet}.{entry}") };
		T::decode(&mut &bytes[..]).map(Some).map_err(|_| foreign())
	}

	/// The record that answered a request.
	///
	/// # Errors
	///
	/// If the node does not answer, or its runtime has no such function of this type.
	pub async fn result(
		&self,
		request: RequestId,
	) -> Result<Option<(StatementId, Record<AccountId, Balance>)>, ChainError> {
		self.read("InferenceApi_result", &request).await
	}

	/// The record of a statement, if it was verified and is not pruned.
	///
	/// # Errors
	///
	/// If the node does not answer, or its runtime has no such function of this type.
	pub async fn record(
		&self,
		statement: StatementId,
	) -> Result<Option<Record<AccountId, Balance>>, ChainError> {
		self.read("InferenceApi_record", &statement).await
	}

	/// Whether an answer would be accepted now.
	///
	/// # Errors
	///
	/// If it would be refused, with the pallet's reason; or if the node does not answer.
	pub async fn check_answer(
		&self,
		answer: &Answer<AccountId>,
	) -> Result<StatementId, ChainError> {
		self.verdict("InferenceApi_check_answer", answer).await
	}

	/// Whether a submission by this account would be accepted now.
	///
	/// # Errors
	///
	/// If it would be refused, with the pallet's reason; or if the node does not answer.
	pub async fn check_submission(
		&self,
		submitter: &AccountId,
		submission: &Submission<AccountId>,
	) -> Result<StatementId, ChainError> {
		self.verdict("InferenceApi_check_submission", &(submitter, submission)).await
	}

	async fn verdict(&self, function: &str, args: &impl Encode) -> Result<StatementId, ChainError> {
		let at = self.best().await?;
		let verdict: Result<StatementId, Refusal> = read_at(&at, function, args).await?;
		verdict.map_err(|refusal| ChainError::refused(at.metadata_ref(), refusal))
	}

	/// What an account has; nothing, if it does not exist.
	///
	/// # Errors
	///
	/// If the node does not answer, or stores accounts in another form.
	pub async fn account(&self, account: &AccountId) -> Result<Account, ChainError> {
		let key = vec![Value::from_bytes(account.0)];
		let bytes = self.storage("System", "Account", key).await?;
		let foreign = || ChainError::Foreign { what: "accounts as this zkml reads them".into() };
		match bytes {
			None => Ok(Account::default()),
			Some(bytes) => Account::decode(&mut &bytes[..]).map_err(|_| foreign()),
		}
	}

	/// Whether this account has announced this private input.
	///
	/// # Errors
	///
	/// If the node does not answer, or stores no private inputs.
	pub async fn input_announced(
		&self,
		account: &AccountId,
		commitment: Scalar,
	) -> Result<bool, ChainError> {
		let key = vec![Value::from_bytes(account.0), Value::from_bytes(commitment.0)];
		Ok(self.storage("Inference", "Inputs", key).await?.is_some())
	}

	/// How many requests are open.
	///
	/// # Errors
	///
	/// If the node does not answer, or its runtime has no such function of this type.
	pub async fn open_count(&self) -> Result<u32, ChainError> {
		let activity: Activity = self.read("InferenceApi_activity", &()).await?;
		Ok(activity.open)
	}

	/// The first open requests behind `after`, in the order in which the chain keeps them.
	///
	/// # Errors
	///
	/// If the node does not answer, or its runtime has no such function of this type.
	pub async fn open_page(
		&self,
		at: &At,
		after: Option<RequestId>,
		limit: u32,
	) -> Result<Vec<(RequestId, Listed)>, ChainError> {
		read_at(at, "InferenceApi_open_requests", &(after, limit.min(MAX_PAGE))).await
	}

	/// Block and clock of a state.
	///
	/// # Errors
	///
	/// If the node does not answer, or stores the clock in another form.
	pub async fn now(&self, at: &At) -> Result<Deadline, ChainError> {
		let bytes = self.storage_at(at, "Timestamp", "Now", vec![]).await?;
		let foreign = |_| ChainError::Foreign { what: "a clock as this zkml reads it".into() };
		let moment = bytes.map_or(Ok(0), |bytes| u64::decode(&mut &bytes[..]).map_err(foreign))?;
		Ok(Deadline { block: number(at.block_number()), moment })
	}

	/// How long after its deadline a request still takes an answer; nothing, if the runtime says nothing.
	///
	/// # Errors
	///
	/// If the node does not answer.
	pub async fn grace(&self) -> Result<Deadline, ChainError> {
		Ok(self.constant("Inference", "AnswerGrace").await?.unwrap_or_default())
	}

	pub(super) async fn storage(
		&self,
		pallet: &str,
		entry: &str,
		key: Vec<Value>,
	) -> Result<Option<Vec<u8>>, ChainError> {
		self.storage_at(&self.best().await?, pallet, entry, key).await
	}

	pub(super) async fn storage_at(
		&self,
		at: &At,
		pallet: &str,
		entry: &str,
		key: Vec<Value>,
	) -> Result<Option<Vec<u8>>, ChainError> {
		let address = dynamic::storage::<Vec<Value>, Value>(pallet, entry);
		let foreign = || ChainError::Foreign { what: format!("the storage {pallet}.{entry}") };
		let storage = at.storage();
		let entry = storage.entry(address).map_err(|_| foreign())?;
		// The raw value, without the default that a reader of this entry would fall back to.
		let key = entry.fetch_key(key).map_err(|_| foreign())?;
		match storage.fetch_raw(key).await {
			Ok(bytes) => Ok(Some(bytes)),
			Err(subxt::error::StorageError::NoValueFound) => Ok(None),
			Err(error) => Err(ChainError::other(error)),
		}
	}

	/// What an account must keep; neither a fee nor a deposit is taken from it.
	///
	/// # Errors
	///
	/// If the node does not answer.
	pub async fn least_balance(&self) -> Result<Balance, ChainError> {
		Ok(self.constant("Balances", "ExistentialDeposit").await?.unwrap_or_default())
	}

	/// One of a pallet's constants, if the runtime has one of this name and type.
	async fn constant<T: Decode>(&self, pallet: &str, name: &str) -> Result<Option<T>, ChainError> {
		let at = self.best().await?;
		let pallet = at.metadata_ref().pallet_by_name(pallet);
		let found = pallet.and_then(|pallet| pallet.constant_by_name(name));
		Ok(found.and_then(|it| T::decode(&mut &it.value()[..]).ok()))
	}

	/// What is held of an account while all of these are stored.
	///
	/// # Errors
	///
	/// If the node does not answer, or its runtime has no such function of this type.
	pub async fn deposit<I: Item>(&self, items: &[I]) -> Result<Balance, ChainError> {
		self.read(I::QUOTE, &items).await
	}
}

/// Something that is stored for a deposit.
pub trait Item: Encode {
	/// The function of the runtime that quotes it.
	const QUOTE: &'static str;
}

impl Item for RegistryItem {
	const QUOTE: &'static str = "ModelRegistryApi_deposit_for";
}

impl Item for InferenceItem {
	const QUOTE: &'static str = "InferenceApi_deposit_for";
}

impl Item for ProgramItem<AccountId> {
	const QUOTE: &'static str = "ProgramsApi_deposit_for";
}
