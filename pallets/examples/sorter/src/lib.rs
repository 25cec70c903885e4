//! # Sorter
//!
//! An example of a pallet that acts on verified inferences: a sorting office for handwritten digits. Root
//! pins what it listens to; from then on each label that is proved of public inputs, the model's first
//! output in clear, is counted in its bin, in the very extrinsic that brought the proof. It shows what a consumer must do:
//!
//! - **Pin the function, not its owner.** A circuit is the hash of its key: whoever pins it has checked
//!   the transcript of that key's ceremony, and need not look at what publishers say of setups.
//!   The pinned model's owner can publish a version on another key, one that they can forge under, or with
//!   other parameters on the same. Neither counts. Where the parameters are a point, a record says whether
//!   they are known to be within their widths ([`zkml_primitives::ParamsRange`]). That is so for good when
//!   it is so once, so whoever pins them looks then.
//! - **Count a thing once.** Anybody can have the same inference recorded again, by another nonce or
//!   request. Inputs that are all in clear are counted once; a private one has as many digests as salts, so
//!   that nothing is counted if there is one.
//! - **Let nobody fill the storage for nothing.** Inputs stay known for as long as their label is
//!   counted, longer than the record, so a deposit of its own is held from whoever brought that. Who
//!   cannot pay it has a record and no count. When root pins anew, counts begin anew and deposits go
//!   back.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod try_state;
pub mod weights;

pub use pallet::*;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
	use super::WeightInfo;
	use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
	use frame_support::{
		pallet_prelude::*,
		traits::{Consideration, Footprint},
	};
	use frame_system::pallet_prelude::*;
	use pallet_inference::OnVerified;
	use zkml_primitives::{
		CircuitHash, ModelId, Record, Scalar, StatementId, TensorData, Tensors, Visibility,
	};

	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// What is listened to.
	#[derive(
		Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
	)]
	pub struct Pin {
		/// The model that is listened to.
		pub model: ModelId,
		/// The only circuit by which it counts: one whose key's transcript whoever pins it has
		/// checked.
		pub circuit: CircuitHash,
		/// What stands for the only parameters with which it counts: their commitment, or the digest of a point.
		pub params: Scalar,
	}

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config: frame_system::Config {
		/// The deposit for inputs that are remembered.
		type Consideration: Consideration<Self::AccountId, Footprint>;
		/// The measured costs of this pallet's calls.
		type WeightInfo: WeightInfo;
	}

	/// What is listened to.
	#[pallet::storage]
	pub type Pinned<T> = StorageValue<_, Pin>;

	/// How often root has pinned. What was counted before the last time counts no more.
	#[pallet::storage]
	pub type Shift<T> = StorageValue<_, u32, ValueQuery>;

	/// How often each label was proved. A label is one byte, so there are at most 256 bins.
	#[pallet::storage]
	pub type Bins<T> = StorageMap<_, Twox64Concat, u8, u64, ValueQuery>;

	/// The digests of inputs that were counted in each shift, and who pays for remembering them.
	#[pallet::storage]
	pub type Counted<T: Config> = StorageDoubleMap<
		_,
		Twox64Concat,
		u32,
		Blake2_128Concat,
		Tensors<Scalar>,
		(T::AccountId, T::Consideration),
	>;

	/// Why funds are held.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// Inputs are remembered.
		Counted,
	}

	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// Something else is listened to, or nothing, and all bins are empty.
		ModelPinned {
			/// What is listened to from now on; nothing if root took the pin away.
			pin: Option<Pin>,
			/// The shift that begins.
			shift: u32,
		},
		/// A proved label went into its bin.
		Sorted {
			/// The statement that proves it.
			statement: StatementId,
			/// The index of the class that was proved.
			label: u8,
			/// How many the bin holds now.
			count: u64,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// The model spoke by another circuit than the pinned one; who made its key could forge.
		CircuitNotPinned,
		/// The model spoke with other parameters than the pinned ones.
		ParamsNotPinned,
		/// An input is private, so nobody can tell whether these were counted before.
		InputHidden,
		/// The label of these inputs was counted before.
		AlreadyCounted,
		/// The model's first output is not one byte in clear.
		NotALabel,
		/// No such inputs are remembered.
		InputNotFound,
		/// The label of these inputs counts still.
		ShiftNotOver,
		/// Who brought the record cannot afford the deposit for remembering its inputs.
		CannotAfford,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call(weight = T::WeightInfo)]
	impl<T: Config> Pallet<T> {
		/// Listens to something from now on, or to nothing, and empties the bins. Root only.
		#[pallet::call_index(0)]
		pub fn pin(origin: OriginFor<T>, pin: Option<Pin>) -> DispatchResult {
			ensure_root(origin)?;
			Pinned::<T>::set(pin.clone());
			// There are no more.
			let _ = Bins::<T>::clear(256, None);
			let shift = Shift::<T>::mutate(|shift| {
				*shift = shift.saturating_add(1);
				*shift
			});
			Self::deposit_event(Event::ModelPinned { pin, shift });
			Ok(())
		}

		/// Forgets inputs, by their digests, that were counted in a shift that is over, and returns their
		/// deposit. Anyone may call.
		#[pallet::call_index(1)]
		pub fn forget(origin: OriginFor<T>, shift: u32, inputs: Tensors<Scalar>) -> DispatchResult {
			ensure_signed(origin)?;
			ensure!(shift != Shift::<T>::get(), Error::<T>::ShiftNotOver);
			let (who, ticket) =
				Counted::<T>::take(shift, inputs).ok_or(Error::<T>::InputNotFound)?;
			ticket.drop(&who)
		}
	}

	impl<T: Config, Deposit> OnVerified<T::AccountId, Deposit> for Pallet<T> {
		fn on_verified(
			statement: StatementId,
			record: &Record<T::AccountId, Deposit>,
		) -> DispatchResult {
			let Some(pin) = Pinned::<T>::get().filter(|pin| pin.model == record.model) else {
				return Ok(());
			};
			ensure!(record.circuit == pin.circuit, Error::<T>::CircuitNotPinned);
			ensure!(record.params == pin.params, Error::<T>::ParamsNotPinned);
			let seen = record.input_visibilities.iter().all(|one| *one == Visibility::Public);
			ensure!(seen, Error::<T>::InputHidden);
			let shift = Shift::<T>::get();
			let known = Counted::<T>::contains_key(shift, &record.inputs);
			ensure!(!known, Error::<T>::AlreadyCounted);
			let label = match record.outputs.first() {
				// Offset binary of 8 bits: zero is 128.
				Some(TensorData::Public(bytes)) => match bytes[..] {
					[byte] => byte.wrapping_sub(128),
					_ => return Err(Error::<T>::NotALabel.into()),
				},
				_ => return Err(Error::<T>::NotALabel.into()),
			};
			let footprint = Self::footprint(record.inputs.len());
			let ticket = T::Consideration::new(&record.depositor, footprint)
				.map_err(|_| Error::<T>::CannotAfford)?;
			Counted::<T>::insert(shift, &record.inputs, (&record.depositor, ticket));
			let count = Bins::<T>::mutate(label, |count| {
				*count = count.saturating_add(1);
				*count
			});
			Self::deposit_event(Event::Sorted { statement, label, count });
			Ok(())
		}

		fn weight() -> Weight {
			T::WeightInfo::on_verified()
		}
	}

	impl<T: Config> Pallet<T> {
		/// What so many inputs that are remembered take: their key, and who pays.
		pub fn footprint(inputs: usize) -> Footprint {
			let one = Footprint::from_mel::<(u32, T::AccountId, T::Consideration)>();
			// So short a list has one byte for its length.
			let digests = (Scalar::max_encoded_len() as u64).saturating_mul(inputs as u64);
			Footprint { size: one.size.saturating_add(digests).saturating_add(1), ..one }
		}
	}
}
