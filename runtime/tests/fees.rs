//! What a transaction costs, who gets it, what a block has room for, and what is no transaction.

use std::collections::BTreeSet;

use crate::common::{
	account, apply, chain, changed, extrinsic, extrinsic_with, is_bookkeeping, ours, storage,
};
use codec::{Encode, MaxEncodedLen};
use frame_support::{
	dispatch::{DispatchClass, GetDispatchInfo},
	storage::{with_transaction, TransactionOutcome},
	traits::{fungible::Mutate, GetCallMetadata, Hooks},
};
use frame_system::Call as SystemCall;
use pallet_balances::Call as BalancesCall;
use pallet_sudo::Call as SudoCall;
use pallet_transaction_payment::Multiplier;
use sp_keyring::Sr25519Keyring::{self as Key, Alice, Bob};
use sp_runtime::{
	generic::Era,
	traits::{DispatchTransaction, One, TransactionExtension, TransactionExtensionMetadata},
	transaction_validity::{InvalidTransaction, TransactionSource, TransactionValidityError},
	BoundedVec, Digest, DigestItem, DispatchError, FixedPointNumber,
};
use zkml_primitives::{
	Scalar, Submission, TensorData, Tensors, MAX_BATCH, MAX_TENSORS, MAX_TENSOR_BYTES,
};
use zkml_runtime::{
	configs::{RuntimeBlockLength, RuntimeBlockWeights},
	*,
};

/// What a block full of another's bytes cost when such calls were let in, and bytes cost nothing.
const COST_OF_A_SHUT_BLOCK: Balance = UNIT / 2_000;

/// What the pool would say, with nothing changed by the question.
fn ask_pool(signed: UncheckedExtrinsic) -> Result<(), TransactionValidityError> {
	with_transaction(|| {
		let source = TransactionSource::External;
		let answer = Executive::validate_transaction(source, signed, Hash::zero());
		TransactionOutcome::Rollback(Ok::<_, DispatchError>(answer))
	})
	.expect("nothing fails but the transaction")
	.map(|_| ())
}

fn validate(who: Key, call: &RuntimeCall) -> Result<(), TransactionValidityError> {
	ask_pool(extrinsic(who, call.clone()))
}

/// Every call that only root may make, and those that nobody may sign.
fn for_root() -> Vec<RuntimeCall> {
	let somebody = || Address::Id(account(3));
	let upgrade = || Hash::repeat_byte(1);
	vec![
		SystemCall::set_heap_pages { pages: 64 }.into(),
		SystemCall::set_code { code: vec![1; 100] }.into(),
		SystemCall::set_code_without_checks { code: vec![1; 100] }.into(),
		SystemCall::set_storage { items: vec![(b"k".to_vec(), vec![7; 1_000])] }.into(),
		SystemCall::kill_storage { keys: vec![b"k".to_vec()] }.into(),
		SystemCall::kill_prefix { prefix: b"k".to_vec(), subkeys: 1 }.into(),
		SystemCall::authorize_upgrade { code_hash: upgrade() }.into(),
		SystemCall::authorize_upgrade_without_checks { code_hash: upgrade() }.into(),
		pallet_timestamp::Call::set { now: 1 }.into(),
		pallet_grandpa::Call::note_stalled { delay: 1, best_finalized_block_number: 1 }.into(),
		pallet_sorter::Call::pin { pin: None }.into(),
		BalancesCall::force_transfer { source: somebody(), dest: somebody(), value: 1 }.into(),
		BalancesCall::force_unreserve { who: somebody(), amount: 1 }.into(),
		BalancesCall::force_set_balance { who: somebody(), new_free: 1 }.into(),
		BalancesCall::force_adjust_total_issuance {
			direction: pallet_balances::AdjustmentDirection::Increase,
			delta: 1,
		}
		.into(),
	]
}

/// Every call that only sudo's key may sign, alone and around a call of each class.
fn for_sudo() -> Vec<RuntimeCall> {
	let somebody = || Address::Id(account(3));
	let mut all = vec![
		SystemCall::apply_authorized_upgrade { code: vec![1; 100] }.into(),
		SudoCall::set_key { new: somebody() }.into(),
		SudoCall::remove_key {}.into(),
	];
	let plain = RuntimeCall::from(SystemCall::remark { remark: vec![] });
	for call in for_root().into_iter().chain([plain]) {
		let weight = call.get_dispatch_info().call_weight;
		all.extend([
			SudoCall::sudo { call: Box::new(call.clone()) }.into(),
			SudoCall::sudo_unchecked_weight { call: Box::new(call.clone()), weight }.into(),
			SudoCall::sudo_as { who: somebody(), call: Box::new(call) }.into(),
		]);
	}
	all
}

fn name(call: &RuntimeCall) -> String {
	let about = call.get_call_metadata();
	format!("{}.{}", about.pallet_name, about.function_name)
}

#[test]
fn nobody_but_sudo_gets_a_call_of_root_or_sudo_into_the_pool_or_a_block() {
	chain().execute_with(|| {
		let before = storage();
		let refused = |who, call: RuntimeCall, reason: InvalidTransaction| {
			// What only block authors make is refused before anything else is asked.
			let mandatory = call.get_dispatch_info().class == DispatchClass::Mandatory;
			let pool = if mandatory { InvalidTransaction::MandatoryValidation } else { reason };
			assert_eq!(validate(who, &call), Err(pool.into()), "{call:?} of {who}");
			let block = apply(who, call.clone()).map(|_| ());
			assert_eq!(block, Err(reason.into()), "{call:?} of {who}");
		};
		for call in for_root() {
			refused(Bob, call.clone(), InvalidTransaction::Call);
			// Sudo's key is no root either: it wraps the call, and pays nothing.
			refused(Alice, call, InvalidTransaction::Call);
		}
		for call in for_sudo() {
			refused(Bob, call, InvalidTransaction::BadSigner);
		}
		let after = changed(&before, &storage());
		let after: Vec<_> = after.into_iter().filter(|key| !is_bookkeeping(key)).collect();
		assert_eq!(after, Vec::<Vec<u8>>::new(), "no account paid, nothing is stored");
		for call in for_sudo() {
			// The timestamp's call is for block authors, whoever wraps it.
			let mandatory = call.get_dispatch_info().class == DispatchClass::Mandatory;
			let said = validate(Alice, &call);
			assert_eq!(said.is_err(), mandatory, "{call:?}: {said:?}");
		}
	});
}

#[test]
fn what_anybody_may_sign_is_of_the_normal_class() {
	let anybody = [
		"System.remark",
		"System.remark_with_event",
		"Balances.transfer_allow_death",
		"Balances.transfer_keep_alive",
		"Balances.transfer_all",
		"Balances.upgrade_accounts",
		"Balances.burn",
		// Their proof of a key's ownership is a type without values.
		"Grandpa.report_equivocation",
		"Grandpa.report_equivocation_unsigned",
	];
	// Ours are looked at in `bad_bytes.rs`, which has one of each.
	let ours = ours();
	let known: BTreeSet<String> = anybody
		.map(str::to_owned)
		.into_iter()
		.chain(for_root().iter().chain(&for_sudo()).map(name))
		.filter(|name| !ours.contains(name.split('.').next().unwrap()))
		.collect();
	let mut all = BTreeSet::new();
	let mut add = |pallet: &str, calls: &[&str]| {
		all.extend(calls.iter().map(|call| format!("{pallet}.{call}")));
	};
	for pallet in RuntimeCall::get_module_names() {
		if !ours.contains(pallet) {
			add(pallet, RuntimeCall::get_call_names(pallet));
		}
	}
	assert_eq!(all, known, "a call is new: who may sign it, and of what class is it?");
}

#[test]
fn to_clients_the_extensions_are_those_of_the_sdk() {
	type Sdk = (
		frame_system::AuthorizeCall<Runtime>,
		frame_system::CheckNonZeroSender<Runtime>,
		frame_system::CheckSpecVersion<Runtime>,
		frame_system::CheckTxVersion<Runtime>,
		frame_system::CheckGenesis<Runtime>,
		frame_system::CheckEra<Runtime>,
		frame_system::CheckNonce<Runtime>,
		frame_system::CheckWeight<Runtime>,
		pallet_transaction_payment::ChargeTransactionPayment<Runtime>,
		frame_system::WeightReclaim<Runtime>,
	);
	let names = |all: Vec<TransactionExtensionMetadata>| -> Vec<_> {
		all.into_iter().map(|one| one.identifier).collect()
	};
	assert_eq!(
		names(<TxExtension as TransactionExtension<RuntimeCall>>::metadata()),
		names(<Sdk as TransactionExtension<RuntimeCall>>::metadata()),
	);
	assert!(CheckSender.encode().is_empty());
	// An era of one byte, a nonce and a tip.
	assert_eq!(extension(0, Era::Immortal, 0).encode(), [0, 0, 0]);
	chain().execute_with(|| {
		let zero = AccountId::from([0; 32]);
		let call = RuntimeCall::from(SystemCall::remark { remark: vec![] });
		let (info, source) = (call.get_dispatch_info(), TransactionSource::External);
		let said =
			CheckSender.validate_only(RuntimeOrigin::signed(zero), &call, &info, 0, source, 0);
		let refused = TransactionValidityError::Invalid(InvalidTransaction::BadSigner);
		assert_eq!(said.map(|_| ()).unwrap_err(), refused, "what the SDK's refuses is refused");
	});
}

#[test]
fn bytes_cost_what_bytes_of_a_deposit_cost() {
	chain().execute_with(|| {
		let per_byte = <Runtime as pallet_inference::Config>::DepositPerByte::get();
		assert_eq!(TransactionPayment::length_to_fee(1_000_000), 1_000_000 * per_byte);
		let paid = |len: usize| {
			let before = Balances::free_balance(account(1));
			let call = SystemCall::remark { remark: vec![7; len] };
			apply(Bob, call.into()).unwrap().unwrap();
			before - Balances::free_balance(account(1))
		};
		let (little, much) = (paid(100), paid(100_100));
		assert!(much - little > 100_000 * per_byte, "{little} and {much}");
		// Whoever wants all bytes of a block pays for all bytes of a block.
		let all = *RuntimeBlockLength::get().max.get(DispatchClass::Normal);
		let all = TransactionPayment::length_to_fee(all);
		assert!(all >= 1_000 * COST_OF_A_SHUT_BLOCK, "{all}");
		// And whoever wants all its weight, for that.
		let weight = RuntimeBlockWeights::get().get(DispatchClass::Normal).max_total.unwrap();
		let all = TransactionPayment::weight_to_fee(weight);
		assert!(all >= 1_000 * COST_OF_A_SHUT_BLOCK, "{all}");
	});
}

#[test]
fn the_multiplier_moves_with_the_load_and_is_never_below_one() {
	chain().execute_with(|| {
		let full = RuntimeBlockWeights::get().get(DispatchClass::Normal).max_total.unwrap();
		let now = TransactionPayment::next_fee_multiplier;
		let blocks = |n: u32, share: u64| {
			for _ in 0..n {
				System::set_block_consumed_resources(full / 100 * share, 0);
				TransactionPayment::on_finalize(1);
			}
		};
		let times = |percent: u128| Multiplier::saturating_from_rational(percent, 100);
		blocks(5, 0);
		assert_eq!(now(), Multiplier::one(), "a quiet chain is no cheaper");
		blocks(100, 24);
		assert_eq!(now(), Multiplier::one(), "below the target nothing rises");
		blocks(1, 100);
		assert!(now() > times(107) && now() < times(108), "{:?}", now());
		blocks(9, 100);
		assert!(now() > times(200), "{:?}: twice after ten full blocks", now());
		let before = now();
		blocks(28, 0);
		assert!(now() < before / times(200) * times(102), "half after 28 empty blocks");
		blocks(70, 100);
		assert_eq!(now(), times(10_000), "and a hundred at most");
		// The weight's part of a fee moves, the bytes' does not.
		let call = RuntimeCall::from(SystemCall::remark { remark: vec![] });
		let signed = extrinsic(Bob, call);
		let fee = TransactionPayment::query_fee_details(signed.clone(), 1_000);
		let at_most = fee.inclusion_fee.unwrap();
		pallet_transaction_payment::NextFeeMultiplier::<Runtime>::put(Multiplier::one());
		let at_least = TransactionPayment::query_fee_details(signed, 1_000).inclusion_fee.unwrap();
		assert_eq!(at_most.len_fee, at_least.len_fee);
		assert_eq!(at_most.adjusted_weight_fee, 100 * at_least.adjusted_weight_fee);
	});
}

/// The next block, made by the authority of this slot, or by nobody.
fn begin(slot: Option<u64>) {
	let slot = slot.map(|slot| sp_consensus_aura::Slot::from(slot).encode());
	let log = slot.map(|slot| DigestItem::PreRuntime(sp_consensus_aura::AURA_ENGINE_ID, slot));
	System::reset_events();
	let number = System::block_number() + 1;
	System::initialize(&number, &Hash::repeat_byte(1), &Digest { logs: log.into_iter().collect() });
}

#[test]
fn the_author_of_a_block_gets_fees_and_tips() {
	chain().execute_with(|| {
		// Three who take turns; the third has no account yet.
		let keys = [Key::Alice, Key::Charlie, Key::One].map(|key| key.public().into());
		pallet_aura::Authorities::<Runtime>::put(BoundedVec::truncate_from(keys.to_vec()));
		let poor = Key::One.to_account_id();
		Balances::set_balance(&poor, 0);
		let issuance = Balances::total_issuance();
		for (slot, author) in [(9, Key::Alice), (10, Key::Charlie), (11, Key::One)] {
			begin(Some(slot));
			let tip = UNIT;
			let nonce = System::account_nonce(Bob.to_account_id());
			let remark = RuntimeCall::from(SystemCall::remark { remark: vec![3; 50] });
			let payload = SignedPayload::new(remark, extension(nonce, Era::Immortal, tip)).unwrap();
			let signature = payload.using_encoded(|bytes| Bob.sign(bytes));
			let (call, extension, _) = payload.deconstruct();
			let from = Address::Id(Bob.to_account_id());
			let signed = UncheckedExtrinsic::new_signed(call, from, signature.into(), extension);
			let balance = |key: Key| Balances::free_balance(key.to_account_id());
			let (payer, payee) = (balance(Bob), balance(author));
			Executive::apply_extrinsic(signed).unwrap().unwrap();
			let paid = payer - balance(Bob);
			assert!(paid > tip, "{paid}");
			assert_eq!(balance(author), payee + paid, "{author} made the block");
			assert_eq!(Balances::total_issuance(), issuance);
		}
		assert!(Balances::free_balance(&poor) > UNIT);
		// A block that names no author's slot gives nobody anything.
		begin(None);
		let before = Balances::free_balance(Bob.to_account_id());
		apply(Bob, SystemCall::remark { remark: vec![3; 50] }.into()).unwrap().unwrap();
		let paid = before - Balances::free_balance(Bob.to_account_id());
		assert_eq!(Balances::total_issuance(), issuance - paid);
	});
}

#[test]
fn the_largest_honest_transactions_fit_and_leave_room_for_an_upgrade() {
	let limits = RuntimeBlockLength::get();
	let normal = *limits.max.get(DispatchClass::Normal) as usize;
	let operational = *limits.max.get(DispatchClass::Operational) as usize;
	// Signature, address, extensions and lengths are well below that.
	let envelope = 1_000;
	// Beside public bytes: commitments and the proof.
	let lists = 2 * Tensors::<TensorData>::max_encoded_len();
	let commitments = 2 * MAX_TENSORS as usize * TensorData::Committed(Scalar::ZERO).encoded_size();
	let bare = Submission::<AccountId>::max_encoded_len() - lists + commitments;
	let alone = 2 * MAX_TENSOR_BYTES as usize + bare;
	println!("largest submission: {alone} bytes of {normal}");
	assert!(4 * alone + envelope < normal, "four of {alone} bytes, {normal} for such calls");
	// With as many as it takes, of 4 KiB in and out.
	let batch = MAX_BATCH as usize * (2 * 4_096 + bare);
	println!("full batch: {batch} bytes of {normal}");
	assert!(batch + envelope < normal, "a batch of {batch} bytes, {normal} for such calls");
	// A full block of others' keeps no upgrade out, however it is sent.
	let wasm = WASM_BINARY.expect("built with the WASM, without SKIP_WASM_BUILD").len();
	println!("runtime: {wasm} bytes of {}", operational - normal);
	assert!(normal + wasm + envelope < operational, "a runtime of {wasm} bytes");
	chain().execute_with(|| {
		let code = vec![1; wasm];
		let upgrade = SystemCall::set_code_without_checks { code };
		let sudo = RuntimeCall::from(SudoCall::sudo { call: Box::new(upgrade.into()) });
		assert_eq!(validate(Alice, &sudo), Ok(()));
		System::set_block_consumed_resources(Default::default(), normal);
		let done = Executive::apply_extrinsic(extrinsic(Alice, sudo)).expect("it fits");
		done.expect("the inner call's fate is in the event");
		// While nothing else gets in.
		let call = RuntimeCall::from(SystemCall::remark { remark: vec![] });
		let full = TransactionValidityError::Invalid(InvalidTransaction::ExhaustsResources);
		assert_eq!(Executive::apply_extrinsic(extrinsic(Bob, call)).unwrap_err(), full);
	});
}

#[test]
fn the_pool_takes_no_more_of_an_account_than_it_can_pay_for() {
	chain().execute_with(|| {
		let call = RuntimeCall::from(SystemCall::remark { remark: vec![] });
		let pays = |nonce, tip| ask_pool(extrinsic_with(Bob, call.clone(), nonce, tip));
		let one = extrinsic_with(Bob, call.clone(), 0, UNIT);
		let fee = TransactionPayment::query_info(one.clone(), one.encoded_size() as u32);
		let each = fee.partial_fee + UNIT;
		let me = Bob.to_account_id();
		Balances::set_balance(&me, 3 * each + EXISTENTIAL_DEPOSIT);
		let short = Err(TransactionValidityError::Invalid(InvalidTransaction::Payment));
		assert_eq!([0, 1, 2].map(|nonce| pays(nonce, UNIT)), [Ok(()); 3]);
		assert_eq!(pays(3, UNIT), short, "a fourth could not be paid for");
		assert_eq!(pays(3, 0), Ok(()), "without its tip it could");
		// What was included no longer waits.
		System::inc_account_nonce(&me);
		assert_eq!(pays(3, UNIT), Ok(()));
		assert_eq!(pays(4, UNIT), short);
		assert_eq!(pays(Nonce::MAX, 0), short);
	});
}
