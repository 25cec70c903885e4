//! Who votes twice in a round of GRANDPA is on record, by whoever has the proof.

use crate::common::{chain, *};
use codec::{Decode, Encode};
use sp_consensus_grandpa::{localized_payload, AuthorityId, EquivocationProof, RoundNumber, SetId};
use sp_core::Pair;
use sp_keyring::Ed25519Keyring;
use sp_runtime::{
	traits::Dispatchable,
	transaction_validity::{InvalidTransaction, TransactionSource, TransactionValidityError},
};
use sp_staking::offence::OffenceReportSystem;
use zkml_runtime::*;

type Proof = EquivocationProof<Hash, BlockNumber>;
type Call = pallet_grandpa::Call<Runtime>;

/// A vote for a block: its hash and number.
type Vote = (Hash, BlockNumber);

const ONE: Vote = (Hash::repeat_byte(1), 7);
const OTHER: Vote = (Hash::repeat_byte(2), 7);

/// Two prevotes that an authority signed in one round, as a node puts them together.
fn proof(key: Ed25519Keyring, set: SetId, round: RoundNumber, votes: [Vote; 2]) -> Proof {
	// A message says what kind of vote it is; a prevote is 0.
	let signed = votes.map(|vote| {
		let message = localized_payload(round, set, &(0u8, vote));
		(vote, key.pair().sign(&message))
	});
	let encoded = (set, 0u8, round, key.public(), signed).encode();
	Proof::decode(&mut &encoded[..]).expect("the parts in their order")
}

fn unsigned(proof: Proof) -> Call {
	let key_owner_proof = pallet_equivocations::InState;
	Call::report_equivocation_unsigned { equivocation_proof: Box::new(proof), key_owner_proof }
}

/// What the pool of the node that has the proof says.
fn pool(proof: Proof, source: TransactionSource) -> Result<(), TransactionValidityError> {
	Grandpa::validate_unsigned(source, &unsigned(proof)).map(drop)
}

fn report(proof: Proof) -> Result<(), &'static str> {
	let call = RuntimeCall::from(unsigned(proof));
	call.dispatch(RuntimeOrigin::none()).map(drop).map_err(|error| error.error.into())
}

fn on_record() -> Vec<AuthorityId> {
	pallet_equivocations::Reported::<Runtime>::iter_keys().collect()
}

#[test]
fn an_authority_that_votes_twice_is_named_on_chain_once() {
	chain().execute_with(|| {
		let alice = AuthorityId::from(Ed25519Keyring::Alice.public());
		let proof = |round| proof(Ed25519Keyring::Alice, 0, round, [ONE, OTHER]);
		assert_eq!(pool(proof(3), TransactionSource::Local), Ok(()));
		assert!(pool(proof(3), TransactionSource::External).is_err(), "not from strangers");
		assert_eq!(report(proof(3)), Ok(()));
		let event =
			pallet_equivocations::Event::Equivocated { authority: alice.clone(), set: 0, round: 3 };
		System::assert_last_event(event.into());
		assert_eq!(on_record(), [alice]);
		assert_eq!(report(proof(4)), Err("DuplicateOffenceReport"));
		let stale = Err(InvalidTransaction::Stale.into());
		assert_eq!(pool(proof(4), TransactionSource::Local), stale);
	});
}

#[test]
fn anybody_can_report_for_nothing_if_the_proof_is_right() {
	chain().execute_with(|| {
		let call = Call::report_equivocation {
			equivocation_proof: Box::new(proof(Ed25519Keyring::Alice, 0, 1, [OTHER, ONE])),
			key_owner_proof: pallet_equivocations::InState,
		};
		let origin = RuntimeOrigin::signed(account(3));
		let done = RuntimeCall::from(call).dispatch(origin).unwrap();
		assert_eq!(done.pays_fee, frame_support::dispatch::Pays::No);
		assert_eq!(on_record().len(), 1);
	});
}

#[test]
fn what_proves_nothing_changes_nothing() {
	let alice = Ed25519Keyring::Alice;
	let forged = {
		// Bob's signatures under Alice's name.
		let mut encoded = proof(Ed25519Keyring::Bob, 0, 1, [ONE, OTHER]).encode();
		encoded[17..49].copy_from_slice(&alice.public().0);
		Proof::decode(&mut &encoded[..]).unwrap()
	};
	for (proof, reason) in [
		(proof(alice, 0, 1, [ONE, ONE]), "InvalidEquivocationProof"),
		(proof(alice, 1, 1, [ONE, OTHER]), "InvalidEquivocationProof"),
		(proof(Ed25519Keyring::Bob, 0, 1, [ONE, OTHER]), "InvalidKeyOwnershipProof"),
		(forged, "InvalidEquivocationProof"),
	] {
		chain().execute_with(|| {
			assert_eq!(report(proof.clone()), Err(reason));
			let refused = Err(InvalidTransaction::BadProof.into());
			assert_eq!(pool(proof.clone(), TransactionSource::Local), refused);
			let evidence = (proof, pallet_equivocations::InState);
			assert_eq!(Equivocations::check_evidence(evidence), refused);
			assert!(on_record().is_empty());
		});
	}
}
