//! Requests and their answers.

use frame_support::{dispatch::DispatchResult, ensure, traits::Consideration};
use pallet_model_registry::{ReadModels, VersionView};
use pallet_verifier::{settle_batch, Instance, Unverified, Verify, Work};
use sp_runtime::DispatchError;
use zkml_primitives::{
	visibilities, Action, Answer, ModelId, Request, RequestId, StatementId, Status, TensorData,
	Tensors, Terms, MAX_BATCH_INPUT_BYTES, MAX_TENSOR_BYTES,
};

use crate::{
	check::{Inference, UnverifiedInference},
	deposits::request_footprint,
	BalanceOf, Config, Error, Event, ForRequest, NextRequest, Pallet, RequestOf, Requests, Results,
};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_request(
		who: T::AccountId,
		model: ModelId,
		version: u32,
		inputs: Tensors<TensorData>,
		terms: Terms<BalanceOf<T>>,
	) -> DispatchResult {
		let view = T::Models::version(model, version).ok_or(Error::<T>::VersionNotFound)?;
		ensure!(view.status == Status::Active, Error::<T>::VersionDeprecated);
		ensure!(view.owner_share.0 <= terms.max_owner_share.0, Error::<T>::OwnerShare);
		Self::ensure_reachable(&terms.deadline)?;
		let outputs = &view.description.outputs;
		ensure!(terms.outputs.len() == outputs.len(), Error::<T>::OutputCount);
		// What no answer could show is not asked for.
		let shown = Self::shown_len(outputs, &terms.outputs);
		ensure!(shown <= MAX_TENSOR_BYTES, Error::<T>::OutputsTooLong);
		let digests = Self::check_inputs(&view, &inputs)?.digests;
		let footprint = request_footprint::<T>(&inputs, outputs.len());
		let deposit = Self::hold::<ForRequest<T>>(&who, footprint)?;
		let request = Request {
			model,
			version,
			circuit: view.description.circuit,
			params: view.description.params.scalar(),
			description: view.hash,
			requester: who,
			inputs: visibilities(&inputs),
			digests,
			outputs: terms.outputs,
			price: terms.price,
			owner_share: view.owner_share,
			deposit,
			opened: Self::here(),
			deadline: terms.deadline,
			expiry: Self::expiry(&terms.deadline),
			swept_in: Self::minute_of(Self::closes_at(&terms.deadline)),
		};
		Self::hold_price(&request.requester, request.price)?;
		// 2^64 requests are out of reach at any deposit.
		let id = NextRequest::<T>::mutate(|next| {
			let id = *next;
			*next = next.saturating_add(1);
			id
		});
		Self::open(id, &request, inputs);
		let Request { requester, price, deadline, .. } = request;
		Self::deposit_event(Event::Requested {
			request: id,
			model,
			version,
			requester,
			price,
			deadline,
		});
		Ok(())
	}

	pub(crate) fn do_answer(
		who: T::AccountId,
		answer: Answer<T::AccountId>,
		mut input_bytes: u32,
	) -> Result<StatementId, DispatchError> {
		let unverified = Self::examine_answer(answer, &mut input_bytes)?;
		T::Verifier::verify(unverified.instance())?;
		Self::settle(who, unverified)
	}

	pub(crate) fn do_answer_batch(
		who: T::AccountId,
		answers: &[Answer<T::AccountId>],
		input_bytes: u32,
	) -> Work {
		let mut input_bytes = input_bytes.min(MAX_BATCH_INPUT_BYTES);
		let mut examine = |one: &Answer<_>| Self::examine_answer(one.clone(), &mut input_bytes);
		settle_batch::<T::Verifier, _, _>(
			answers.iter().map(|one| (one.request, examine(one))),
			|unverified| Self::settle(who.clone(), unverified).map(drop),
			|request, error| Self::deposit_event(Event::AnswerRefused { request, error }),
		)
	}

	/// Everything that can be refused without a look at the proof. `input_bytes` are what is left of the
	/// bytes that the call is paid for; those of the request are taken off.
	fn examine_answer(
		answer: Answer<T::AccountId>,
		input_bytes: &mut u32,
	) -> Result<UnverifiedAnswer<T>, DispatchError> {
		let Answer { request: id, beneficiary, outputs, ctx, proof } = answer;
		let request = Requests::<T>::get(id).ok_or(Error::<T>::RequestNotFound)?;
		ensure!(!Self::has_closed(&request), Error::<T>::RequestClosed);
		// Whoever pays says what is to be seen, not whoever is paid.
		ensure!(outputs.len() == request.outputs.len(), Error::<T>::OutputCount);
		ensure!(visibilities(&outputs) == request.outputs, Error::<T>::OutputVisibility);
		let view = Self::version_asked(&request)?;
		let asked = Self::shown_len(&view.description.inputs, &request.inputs);
		*input_bytes = input_bytes.checked_sub(asked).ok_or(Error::<T>::InputBytes)?;
		T::Verifier::ensure_commitments(view.rounds, &proof)?;
		let inference = Inference {
			model: request.model,
			version: request.version,
			action: Action::Answer(id),
			beneficiary,
			expiry: request.expiry,
			inputs: Self::stored_inputs(&view, id, &request)?,
			outputs,
			ctx,
			proof,
			asked: request.opened,
		};
		Ok(UnverifiedAnswer { id, request, unverified: Self::examine(view, inference)? })
	}

	/// Records an answer whose proof holds, and pays for it.
	fn settle(
		who: T::AccountId,
		answer: UnverifiedAnswer<T>,
	) -> Result<StatementId, DispatchError> {
		let UnverifiedAnswer { id, request, unverified: verified } = answer;
		// Another of the same batch may have come first.
		ensure!(Requests::<T>::contains_key(id), Error::<T>::RequestNotFound);
		let owner = verified.version.owner.clone();
		let beneficiary = verified.inference.beneficiary.clone();
		let statement = Self::record(who, verified)?;
		Self::close(id, &request);
		Results::<T>::insert(id, statement);
		let Request { requester, price, owner_share, deposit, .. } = request;
		deposit.drop(&requester)?;
		Self::pay(id, (&requester, price, owner_share), owner, beneficiary)?;
		Ok(statement)
	}

	pub(crate) fn do_refund(id: RequestId) -> DispatchResult {
		let request = Requests::<T>::get(id).ok_or(Error::<T>::RequestNotFound)?;
		// What nobody can answer waits for nothing.
		let over = Self::has_closed(&request) || Self::version_asked(&request).is_err();
		ensure!(over, Error::<T>::RequestOpen);
		Self::return_all(id, request)
	}

	/// Closes a request without an answer, and returns what was held for it.
	pub(crate) fn return_all(id: RequestId, request: RequestOf<T>) -> DispatchResult {
		Self::close(id, &request);
		let Request { requester, price, deposit, .. } = request;
		Self::release_price(&requester, price)?;
		deposit.drop(&requester)?;
		Self::deposit_event(Event::Refunded { request: id, requester, price });
		Ok(())
	}

	/// The version that a request was made for, if it is still there: a version that was deprecated
	/// since answers what it was asked before.
	pub(crate) fn version_asked(
		request: &RequestOf<T>,
	) -> Result<VersionView<T::AccountId>, DispatchError> {
		let view = T::Models::version(request.model, request.version)
			.ok_or(Error::<T>::VersionNotFound)?;
		// A model can be removed and registered anew, with the same numbers for other versions.
		let same = view.hash == request.description;
		ensure!(same, Error::<T>::VersionReplaced);
		Ok(view)
	}
}

/// An answer that fits its request.
struct UnverifiedAnswer<T: Config> {
	id: RequestId,
	request: RequestOf<T>,
	unverified: UnverifiedInference<T::AccountId>,
}

impl<T: Config> Unverified for UnverifiedAnswer<T> {
	type Source = <UnverifiedInference<T::AccountId> as Unverified>::Source;

	fn source(&self) -> Self::Source {
		self.unverified.source()
	}

	fn instance(&self) -> Instance<'_> {
		self.unverified.instance()
	}
}
