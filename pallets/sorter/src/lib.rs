//! # Sorter
//!
//! An example of a pallet that acts on verified inferences: a sorting office for handwritten
//! digits. Root pins one model and, if it likes, the one setup whose transcript it checked; from then
//! on each public label that the model proves is counted in its bin, in the very extrinsic that
//! brought the proof. It shows the two things a consumer must do: look at *which* model spoke, and
//! at *who could have forged* it.
#![cfg_attr(not(feature = "std"), no_std)]

#[cfg(feature = "runtime-benchmarks")]
extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
pub mod weights;

pub use pallet::*;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
	use super::WeightInfo;
	use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
	use frame_support::pallet_prelude::*;
	use frame_system::pallet_prelude::*;
	use pallet_inference::OnVerified;
	use zkml_primitives::{ModelId, Record, SetupLevel, StatementId, TensorData};

	/// Which model is listened to.
	#[derive(
		Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
	)]
	pub struct Pin {
		/// The model.
		pub model: ModelId,
		/// The transcript of the only setup that counts; any setup does if there is none. The
		/// registrant says how a setup was run: only a transcript that you checked tells.
		pub ceremony: Option<[u8; 32]>,
	}

	#[pallet::pallet]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config: frame_system::Config {
		/// Measured costs.
		type WeightInfo: WeightInfo;
	}

	/// The model that is listened to.
	#[pallet::storage]
	pub type Pinned<T> = StorageValue<_, Pin>;

	/// How often each label was proved. A label is one byte, so there are at most 256 bins.
	#[pallet::storage]
	pub type Bins<T> = StorageMap<_, Twox64Concat, u8, u64, ValueQuery>;

	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// Another model is listened to, or none.
		ModelPinned {
			/// Which.
			pin: Option<Pin>,
		},
		/// A proved label went into its bin.
		Sorted {
			/// The statement that proves it.
			statement: StatementId,
			/// The label.
			label: u8,
			/// How many the bin holds now.
			count: u64,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// The model's output is not one byte in clear.
		NotALabel,
		/// The model's key is not from the setup that was pinned; who made it could forge labels.
		SetupNotPinned,
	}

	#[pallet::call(weight = T::WeightInfo)]
	impl<T: Config> Pallet<T> {
		/// Listens to a model from now on, or to none. Root only.
		#[pallet::call_index(0)]
		pub fn pin(origin: OriginFor<T>, pin: Option<Pin>) -> DispatchResult {
			ensure_root(origin)?;
			Pinned::<T>::set(pin.clone());
			Self::deposit_event(Event::ModelPinned { pin });
			Ok(())
		}
	}

	impl<T: Config, Balance> OnVerified<T::AccountId, Balance> for Pallet<T> {
		fn on_verified(
			statement: StatementId,
			record: &Record<T::AccountId, Balance>,
		) -> DispatchResult {
			let Some(pin) = Pinned::<T>::get().filter(|pin| pin.model == record.model) else {
				return Ok(());
			};
			let setup_counts = match pin.ceremony {
				Some(transcript) => {
					matches!(record.setup, SetupLevel::Ceremony(of) if of == transcript)
				}
				None => true,
			};
			ensure!(setup_counts, Error::<T>::SetupNotPinned);
			let label = match &record.output {
				// Offset binary of 8 bits: zero is 128.
				TensorData::Public(bytes) => match bytes[..] {
					[byte] => byte.wrapping_sub(128),
					_ => return Err(Error::<T>::NotALabel.into()),
				},
				TensorData::Committed(_) => return Err(Error::<T>::NotALabel.into()),
			};
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
}
