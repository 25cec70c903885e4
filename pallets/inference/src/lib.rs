//! # Inference
//!
//! ## Overview
//! Requests for inferences, their proved answers, and the records that other pallets act on. The
//! pallet's off-chain worker sees to it that a node with a prover answers open requests by itself.
//!
//! ## Terminology
//! - **request**: a paid question about one model version and its inputs, open until its deadline.
//! - **answer**: outputs and proof for a request. **submission**: the same without a request.
//! - **record**: what remains of a verified inference, under the id of its statement. It is the
//!   entry against replay too: a statement is recorded once, however many proofs of it exist.
//!
//! ## Life of a request
//! `request` (price and deposit held) -> `answer` (verified, recorded, price paid to prover and
//! owner, deposit returned). Or nobody answers: once the deadline and a grace period are over the chain
//! returns everything by itself, in what is left of a block, and anyone may ask for it (`refund`); at once
//! if the version is gone. The grace period is for answers that were handed in in time: their output can
//! be read in the pool, and must not be had for nothing. The record stays until someone calls `prune`
//! after the context expired, when the same statement can no longer come.
//!
//! ## Whose choice
//! The requester says in [`zkml_primitives::Terms`] what an answer has to show, what part of the price the
//! owner may take, and until when. The prover chooses the beneficiary and nothing else.
//!
//! ## Tensors
//! A model has one to eight inputs and as many outputs, each in clear or committed to. What is in clear may
//! have [`zkml_primitives::MAX_TENSOR_BYTES`] in all, of inputs and of outputs; what is larger can be
//! committed to.
//!
//! ## Cost
//! No call, hook or read walks all requests: provers read [`Queue`] by what they have, best paid first;
//! what closes stands by the minute in [`Closing`]. The inputs of a request lie in [`RequestInputs`], beside
//! it, so that who lists requests or returns them reads none.
//!
//! ## Dependencies
//! Models from [`pallet_model_registry::ReadModels`], proofs through [`pallet_verifier::Verify`], a
//! fungible currency with holds. Consumers implement [`OnVerified`] or read [`ReadRecords`].
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod check;
pub mod cost;
mod deposits;
mod escrow;
mod inputs;
pub mod offchain;
mod queue;
mod read;
mod records;
mod requests;
mod terms;
mod traits;
mod try_state;
pub mod weights;

pub use deposits::{Deposit, ForInput, ForRecord, ForRequest};
pub use pallet::*;
pub use traits::{Consumers, OnVerified, ReadRecords};
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
	use super::{
		cost,
		deposits::{Deposit, ForInput, ForRecord, ForRequest},
		Consumers, WeightInfo,
	};
	use frame_support::{
		pallet_prelude::*,
		traits::{fungible, PalletInfoAccess, Time},
	};
	use frame_system::{
		offchain::{AppCrypto, CreateSignedTransaction},
		pallet_prelude::*,
	};
	use pallet_model_registry::ReadModels;
	use pallet_verifier::Verify;
	use zkml_primitives::{
		Action, Answer, Deadline, ModelId, Rank, Record, Request, RequestId, Scalar, StatementId,
		Submission, TensorData, Tensors, Terms, Visibility, MAX_BATCH,
	};

	/// The balance type of the currency.
	pub type BalanceOf<T> = <<T as Config>::Currency as fungible::Inspect<
		<T as frame_system::Config>::AccountId,
	>>::Balance;
	/// A request as stored, and in lists: who sees each input.
	pub type RequestOf<T> = RequestWith<T, Visibility>;
	/// A request with its inputs.
	pub type FullRequestOf<T> = RequestWith<T, TensorData>;
	/// A request, with something told of each input.
	pub type RequestWith<T, Input> = Request<
		<T as frame_system::Config>::AccountId,
		BalanceOf<T>,
		Deposit<T, ForRequest<T>>,
		Input,
	>;
	/// A record as stored.
	pub type RecordOf<T> = Record<<T as frame_system::Config>::AccountId, Deposit<T, ForRecord<T>>>;

	/// Version of what is stored.
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config: CreateSignedTransaction<Call<Self>> + frame_system::Config {
		/// Holds deposits and prices.
		type Currency: fungible::Mutate<Self::AccountId, Balance: From<u64>>
			+ fungible::hold::Mutate<Self::AccountId, Reason = Self::RuntimeHoldReason>;
		/// The runtime's reasons for holds.
		type RuntimeHoldReason: From<HoldReason>;
		/// Where versions of models are read from: the registry.
		type Models: ReadModels<Self::AccountId>;
		/// Checks proofs and tensors.
		type Verifier: Verify + PalletInfoAccess;
		/// Who is told of each record.
		type Consumers: Consumers<Self::AccountId, Deposit<Self, ForRecord<Self>>>;
		/// Signs the worker's answers.
		type WorkerId: AppCrypto<Self::Public, Self::Signature>;
		/// Deposit for each stored item.
		#[pallet::constant]
		type DepositBase: Get<BalanceOf<Self>>;
		/// Deposit for each byte of an item.
		#[pallet::constant]
		type DepositPerByte: Get<BalanceOf<Self>>;
		/// Most blocks a deadline or expiry may lie ahead.
		#[pallet::constant]
		type MaxHorizon: Get<u32>;
		/// The chain's clock, in milliseconds since 1970.
		type Clock: Time<Moment = u64>;
		/// Milliseconds from one block to the next, as a rule.
		#[pallet::constant]
		type BlockTime: Get<u64>;
		/// How long after a request's deadline, in blocks and in time, an answer still counts and its
		/// price is not returned.
		#[pallet::constant]
		type AnswerGrace: Get<Deadline>;
		/// Blocks for which the record of an answer stays at least, so that whoever paid can read it.
		#[pallet::constant]
		type RecordLife: Get<u32>;
		/// The measured costs of this pallet's calls.
		type WeightInfo: WeightInfo;
	}

	/// The number of the next request.
	#[pallet::storage]
	pub type NextRequest<T> = StorageValue<_, RequestId, ValueQuery>;

	/// Open requests, and how many there are.
	#[pallet::storage]
	pub type Requests<T: Config> = CountedStorageMap<_, Twox64Concat, RequestId, RequestOf<T>>;

	/// The inputs of open requests.
	#[pallet::storage]
	pub type RequestInputs<T> = StorageMap<_, Twox64Concat, RequestId, Tensors<TensorData>>;

	/// Open requests by [`zkml_primitives::Work::id`], in the order of their ranks.
	#[pallet::storage]
	pub type Queue<T> = StorageDoubleMap<_, Identity, [u8; 32], Identity, Rank, ()>;

	/// Open requests by the minute in which the chain looks whether they have closed.
	#[pallet::storage]
	pub type Closing<T> = StorageDoubleMap<_, Twox64Concat, u32, Twox64Concat, RequestId, ()>;

	/// The first minute whose requests were not all looked at.
	#[pallet::storage]
	pub type NextMinute<T> = StorageValue<_, u32, ValueQuery>;

	/// Verified inferences, by statement.
	#[pallet::storage]
	pub type Records<T: Config> = StorageMap<_, Identity, StatementId, RecordOf<T>>;

	/// Which record answered a request.
	#[pallet::storage]
	pub type Results<T> = StorageMap<_, Twox64Concat, RequestId, StatementId>;

	/// Commitments to private inputs that were announced, with their deposits.
	#[pallet::storage]
	pub type Inputs<T: Config> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		T::AccountId,
		Blake2_128Concat,
		Scalar,
		Deposit<T, ForInput<T>>,
	>;

	/// Why funds are held.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// The price of an open request.
		Escrow,
		/// An open request is stored.
		Request,
		/// A record is stored.
		Record,
		/// A commitment to a private input is stored.
		Input,
	}

	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A commitment to a private input was announced.
		InputCommitted {
			/// The account that announced it and paid its deposit.
			who: T::AccountId,
			/// The salted commitment to the input.
			commitment: Scalar,
		},
		/// A commitment was withdrawn and its deposit returned.
		InputWithdrawn {
			/// The account that had announced it and has its deposit back.
			who: T::AccountId,
			/// The salted commitment to the input.
			commitment: Scalar,
		},
		/// A request was opened.
		Requested {
			/// The number of the request.
			request: RequestId,
			/// The model that is asked.
			model: ModelId,
			/// The version that must answer.
			version: u32,
			/// The account that asked and paid.
			requester: T::AccountId,
			/// The price, held in the smallest unit until the request is answered or refunded.
			price: BalanceOf<T>,
			/// Until when provers should hand in.
			deadline: Deadline,
		},
		/// An inference was verified and recorded.
		Verified {
			/// The id of the statement that was proved, and the key of its record.
			statement: StatementId,
			/// The model that was run.
			model: ModelId,
			/// The model's version, from 1.
			version: u32,
			/// What the proof was for.
			action: Action,
			/// Who is named as the prover.
			beneficiary: T::AccountId,
			/// The outputs in clear, or their commitments.
			outputs: Tensors<TensorData>,
		},
		/// The price of a request was paid.
		Paid {
			/// The number of the request that was answered.
			request: RequestId,
			/// The account that the answer names as its prover.
			prover: T::AccountId,
			/// What the prover got, in the smallest unit.
			prover_amount: BalanceOf<T>,
			/// The account that owns the model.
			owner: T::AccountId,
			/// What the owner got, in the smallest unit.
			owner_amount: BalanceOf<T>,
		},
		/// One of several answers was refused; the others stand.
		AnswerRefused {
			/// The request it was for.
			request: RequestId,
			/// The reason for which it was refused.
			error: DispatchError,
		},
		/// One of several submissions was refused; the others stand.
		SubmissionRefused {
			/// Its place in the call, from 0.
			index: u32,
			/// The reason for which it was refused.
			error: DispatchError,
		},
		/// A request closed without an answer, or its version is gone. Price and deposit were returned.
		Refunded {
			/// The number of the request.
			request: RequestId,
			/// Who got it back.
			requester: T::AccountId,
			/// The price that was returned, in the smallest unit.
			price: BalanceOf<T>,
		},
		/// A record was removed and its deposit returned.
		Pruned {
			/// The id of the statement whose record is gone.
			statement: StatementId,
		},
		/// A consumer of the record failed; what it did was undone, the record stands.
		ConsumerFailed {
			/// The id of the statement whose record the consumer was told of.
			statement: StatementId,
			/// The error that the consumer gave.
			error: DispatchError,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// No model of this id with a version of this number is registered.
		VersionNotFound,
		/// The version takes no new work.
		VersionDeprecated,
		/// No request of this number is open.
		RequestNotFound,
		/// The version is not the one that the request was made for.
		VersionReplaced,
		/// The request's deadline and its grace period have passed.
		RequestClosed,
		/// The request's deadline and its grace period have not passed yet.
		RequestOpen,
		/// The deadline or expiry has passed already.
		Expired,
		/// The deadline or expiry lies further ahead than `MaxHorizon` blocks.
		TooFarAhead,
		/// A public input has not the number of bytes its shape and width ask for.
		InputLength,
		/// An element of a public input lies outside the declared range.
		InputOutOfRange,
		/// The commitment to an input is at or above the group order.
		InputNotCanonical,
		/// The commitment to a private input was not announced by this account.
		InputNotCommitted,
		/// The commitment is announced already.
		InputAlreadyCommitted,
		/// A public output has not the number of bytes its shape and width ask for.
		OutputLength,
		/// An element of a public output lies outside the declared range.
		OutputOutOfRange,
		/// The commitment to an output is at or above the group order.
		OutputNotCanonical,
		/// The proof is bound to another context: another chain, model, version, use, beneficiary or
		/// expiry.
		ContextMismatch,
		/// The same statement is on record.
		AlreadyRecorded,
		/// No such statement is on record.
		RecordNotFound,
		/// The record's context has not expired yet.
		RecordLive,
		/// The account cannot afford the deposit or the price.
		CannotAfford,
		/// The beneficiary's account cannot receive the payment.
		BeneficiaryCannotReceive,
		/// The answer does not show its outputs as the request asks: each in clear, or as a commitment.
		OutputVisibility,
		/// The owner's share of the price is larger than the requester accepts.
		OwnerShare,
		/// There are not as many inputs as the version has.
		InputCount,
		/// There are not as many outputs as the version has, or not as many visibilities of outputs.
		OutputCount,
		/// The public inputs have more than 256 KiB together, or one would have: it can only be committed to.
		InputsTooLong,
		/// The public outputs have more than 256 KiB together, or one would have: it can only be committed to.
		OutputsTooLong,
		/// The call is paid for fewer public bytes of inputs than the requests have that it answers: see its
		/// `input_bytes`. Or they have more than one batch may have.
		InputBytes,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_idle(_: BlockNumberFor<T>, left: Weight) -> Weight {
			Self::sweep(left)
		}

		fn integrity_test() {
			assert!(T::BlockTime::get() > 0, "blocks take time");
		}

		fn offchain_worker(now: BlockNumberFor<T>) {
			super::offchain::run::<T>(now);
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call(weight = <T as Config>::WeightInfo)]
	impl<T: Config> Pallet<T> {
		/// Announces the commitment to a private input, before anything is proved about it.
		#[pallet::call_index(0)]
		pub fn commit_input(origin: OriginFor<T>, commitment: Scalar) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_commit_input(who, commitment)
		}

		/// Withdraws a commitment and returns its deposit.
		#[pallet::call_index(1)]
		pub fn withdraw_input(origin: OriginFor<T>, commitment: Scalar) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_withdraw_input(who, commitment)
		}

		/// Asks for an inference and holds its price until it is answered or has closed.
		#[pallet::call_index(2)]
		#[pallet::weight(cost::request::<T>(inputs))]
		pub fn request(
			origin: OriginFor<T>,
			model: ModelId,
			version: u32,
			inputs: Tensors<TensorData>,
			terms: Terms<BalanceOf<T>>,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_request(who, model, version, inputs, terms)
		}

		/// Answers a request with proved outputs. `input_bytes` are the public bytes of the inputs that it
		/// asks about, which the call pays for; more than there are may be said.
		#[pallet::call_index(3)]
		#[pallet::weight(cost::answer::<T>(answer, *input_bytes))]
		pub fn answer(
			origin: OriginFor<T>,
			answer: Answer<T::AccountId>,
			input_bytes: u32,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_answer(who, answer, input_bytes)?;
			Ok(())
		}

		/// Answers several requests, whose proofs are checked together. Each stands or falls alone;
		/// refused ones leave an event. `input_bytes` are those of [`Pallet::answer`], of all requests
		/// together; no more than [`zkml_primitives::MAX_BATCH_INPUT_BYTES`] are looked at.
		#[pallet::call_index(4)]
		#[pallet::weight(cost::answers::<T>(answers, *input_bytes, None))]
		pub fn answer_batch(
			origin: OriginFor<T>,
			answers: BoundedVec<Answer<T::AccountId>, ConstU32<MAX_BATCH>>,
			input_bytes: u32,
		) -> DispatchResultWithPostInfo {
			let who = ensure_signed(origin)?;
			let work = Self::do_answer_batch(who, &answers, input_bytes);
			Ok(Some(cost::answers::<T>(&answers, input_bytes, Some(work))).into())
		}

		/// Puts a proved inference on record that nobody asked for.
		#[pallet::call_index(5)]
		#[pallet::weight(cost::submission::<T>(submission))]
		pub fn submit(
			origin: OriginFor<T>,
			submission: Submission<T::AccountId>,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_submit(who, submission)?;
			Ok(())
		}

		/// Puts several on record, whose proofs are checked together. Each stands or falls alone;
		/// refused ones leave an event.
		#[pallet::call_index(8)]
		#[pallet::weight(cost::submissions::<T>(submissions, None))]
		pub fn submit_batch(
			origin: OriginFor<T>,
			submissions: BoundedVec<Submission<T::AccountId>, ConstU32<MAX_BATCH>>,
		) -> DispatchResultWithPostInfo {
			let who = ensure_signed(origin)?;
			let work = Self::do_submit_batch(who, &submissions);
			Ok(Some(cost::submissions::<T>(&submissions, Some(work))).into())
		}

		/// Returns price and deposit of a request that nobody answered in time, or that nobody can answer
		/// any more since its version is gone. Anyone may call.
		#[pallet::call_index(6)]
		#[pallet::weight(cost::refund::<T>())]
		pub fn refund(origin: OriginFor<T>, request: RequestId) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_refund(request)
		}

		/// Removes a record whose context has expired, and returns its deposit. Anyone may call.
		#[pallet::call_index(7)]
		pub fn prune(origin: OriginFor<T>, statement: StatementId) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_prune(statement)
		}
	}
}
