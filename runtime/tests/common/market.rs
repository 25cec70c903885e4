//! Requests, payments and the consumer of the runtime, as T10 sees them.

use codec::Decode;
use frame_support::traits::{
	fungible::{Inspect, InspectHold},
	LockableCurrency, WithdrawReasons,
};
use pallet_inference::Call as Ask;
use pallet_model_registry::Call as Own;
use zkml_attacks::market::{Described, Market};

use super::*;

/// The runtime; inside `execute_with`.
pub struct RuntimeMarket;

const LOCK: [u8; 8] = *b"the lock";

impl Market for RuntimeMarket {
	fn now(&self) -> u32 {
		System::block_number()
	}

	fn wait_until(&mut self, block: u32) {
		go_to(block);
	}

	fn grace(&self) -> u32 {
		configs::AnswerGrace::get().block
	}

	fn balance(&self, who: u8) -> u128 {
		Balances::total_balance(&account(who))
	}

	fn held(&self, who: u8) -> u128 {
		Balances::total_balance_on_hold(&account(who))
	}

	fn freeze(&mut self, who: u8, frozen: bool) {
		match frozen {
			true => {
				Balances::set_lock(LOCK, &account(who), Balance::MAX, WithdrawReasons::all());
			}
			false => Balances::remove_lock(LOCK, &account(who)),
		}
	}

	fn describe(&mut self, owner: u8, described: &Described<'_>) -> ModelId {
		let Described { trapdoor, model, number, params, setup, shape } = *described;
		let (owner, key) = (account(owner), trapdoor.circuit());
		let circuit = key.hash();
		if ModelRegistry::circuit_info(circuit).is_none() {
			dispatch(&owner, Own::register_circuit { key }).unwrap();
		}
		let version = ModelVersion { setup, ..version_of(trapdoor, params, shape) };
		let named = || ModelId::derive(&owner, circuit, version.params.scalar());
		let id = model.unwrap_or_else(named);
		let target = target_of(id, number, params, shape);
		let possession = possession_of(trapdoor, &owner, target);
		let call = match model {
			Some(model) => Own::publish { model, version, possession, range: None },
			None => Own::register { version, owner_share: Share(0), possession, range: None },
		};
		dispatch(&owner, call).unwrap();
		id
	}

	fn set_share(&mut self, owner: u8, model: ModelId, share: Share) {
		dispatch(&account(owner), Own::set_share { model, share }).unwrap();
	}

	fn remove(&mut self, owner: u8, model: ModelId) -> Result<(), String> {
		dispatch(&account(owner), Own::remove { model })
	}

	fn end_wait(&mut self, model: ModelId) {
		end_wait(model);
	}

	fn ask(
		&mut self,
		who: u8,
		model: ModelId,
		version: u32,
		inputs: &[TensorData],
		terms: Terms<u128>,
	) -> Result<RequestId, String> {
		let request = pallet_inference::NextRequest::<Runtime>::get();
		let inputs = inputs.to_vec().try_into().unwrap();
		dispatch(&account(who), Ask::request { model, version, inputs, terms })?;
		Ok(request)
	}

	fn request(&self, request: RequestId) -> Option<Request<[u8; 32], u128>> {
		let request = Inference::request_with_inputs(request)?;
		Some(Request::decode(&mut &request.encode()[..]).expect("an account is 32 bytes"))
	}

	fn refund(&mut self, who: u8, request: RequestId) -> Result<(), String> {
		dispatch(&account(who), Ask::refund { request })
	}

	fn prune(&mut self, who: u8, statement: StatementId) -> Result<(), String> {
		dispatch(&account(who), Ask::prune { statement })
	}

	fn published(&self, model: ModelId, version: u32) -> [u8; 32] {
		let info = ModelRegistry::model_info(model).expect("registered");
		let found = info.versions.into_iter().find(|one| one.number == version);
		found.expect("published").description.hash()
	}

	fn recorded(&self, statement: StatementId) -> [u8; 32] {
		pallet_inference::Records::<Runtime>::get(statement).expect("on record").description
	}

	fn claim(&self, statement: StatementId) -> SetupClaim<[u8; 32]> {
		let record = pallet_inference::Records::<Runtime>::get(statement).expect("on record");
		SetupClaim { level: record.setup.level, by: record.setup.by.into() }
	}

	fn pin(&mut self, model: ModelId, circuit: CircuitHash, params: Scalar) {
		let pin = Some(pallet_sorter::Pin { model, circuit, params });
		Sorter::pin(RuntimeOrigin::root(), pin).unwrap();
	}

	fn counted(&self) -> u64 {
		pallet_sorter::Bins::<Runtime>::iter_values().sum()
	}
}
