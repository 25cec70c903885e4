//! What the chain knows of programs of other tools, and keys as the verifier has them.

use codec::Decode;
use subxt::ext::scale_value::Value;
use zkml_files::hex;
use zkml_groth16::PreparedKey;
use zkml_primitives::{CircuitHash, CircuitKey, SetupClaim, SetupLevel, StatementId};
use zkml_programs::{ContextPlace, ProgramId, ProgramKind, ProgramRecord};

use super::{client::Chain, AccountId, Balance, ChainError};

/// The name of the pallet in the runtime's metadata.
const PROGRAMS: &str = "Programs";

/// What is stored of a registered key.
#[derive(Clone, Debug, Decode)]
pub struct KeyDetails {
	/// Number of programs that use it.
	pub users: u32,
	/// Who brought it, and may remove it.
	pub registrant: AccountId,
	/// The registrant's deposit, in the smallest unit.
	pub deposit: Balance,
}

/// What is stored of a registered program.
#[derive(Clone, Debug, Decode)]
pub struct ProgramDetails {
	/// The name of the key that its proofs are verified under.
	pub key: CircuitHash,
	/// What is fixed beside it.
	pub kind: ProgramKind,
	/// Where its context is, if it has one.
	pub context: Option<ContextPlace>,
	/// How the setup of the key was run, as the registrant says.
	pub setup: SetupLevel,
	/// Number of its records that are stored.
	pub records: u32,
	/// Who brought it, and may remove it.
	pub registrant: AccountId,
	/// The registrant's deposit, in the smallest unit.
	pub deposit: Balance,
}

impl ProgramDetails {
	/// What is said of the setup of its key, and by whom.
	pub fn setup(&self) -> SetupClaim<AccountId> {
		SetupClaim { level: self.setup, by: self.registrant }
	}
}

impl Chain {
	/// What is known of a program's key, if it is registered.
	///
	/// # Errors
	///
	/// If the node does not answer, or stores keys in another form.
	pub async fn program_key(&self, key: CircuitHash) -> Result<Option<KeyDetails>, ChainError> {
		self.typed(PROGRAMS, "Keys", key.0).await
	}

	/// A program, if it is registered.
	///
	/// # Errors
	///
	/// If the node does not answer, or stores programs in another form.
	pub async fn program(&self, program: ProgramId) -> Result<Option<ProgramDetails>, ChainError> {
		self.typed(PROGRAMS, "Programs", program.0).await
	}

	/// A program that must be there.
	///
	/// # Errors
	///
	/// If there is no such program, or the node does not answer.
	pub async fn known_program(&self, program: ProgramId) -> Result<ProgramDetails, ChainError> {
		let what = || format!("the program {}", hex::show(&program.0));
		self.program(program).await?.ok_or_else(|| ChainError::missing(what()))
	}

	/// The record of a claim.
	///
	/// # Errors
	///
	/// If the node does not answer, or stores records in another form.
	pub async fn program_record(
		&self,
		statement: StatementId,
	) -> Result<Option<ProgramRecord<AccountId, Balance>>, ChainError> {
		self.typed(PROGRAMS, "Records", statement.0).await
	}

	/// A verifying key by which the chain checks proofs, of models and others.
	///
	/// # Errors
	///
	/// If there is no such key, or the node does not answer.
	pub async fn verifying_key(&self, hash: CircuitHash) -> Result<CircuitKey, ChainError> {
		let stored: Option<PreparedKey> = self.typed("Verifier", "Keys", hash.0).await?;
		let what = || format!("the verifying key {}", hex::show(&hash.0));
		stored.map(|stored| stored.key).ok_or_else(|| ChainError::missing(what()))
	}

	/// A value under a key of 32 bytes.
	async fn typed<T: Decode>(
		&self,
		pallet: &str,
		entry: &str,
		key: [u8; 32],
	) -> Result<Option<T>, ChainError> {
		let Some(bytes) = self.storage(pallet, entry, vec![Value::from_bytes(key)]).await? else {
			return Ok(None);
		};
		let mut rest = &bytes[..];
		match T::decode(&mut rest) {
			Ok(value) if rest.is_empty() => Ok(Some(value)),
			_ => {
				let what = format!("the storage {pallet}.{entry} as this zkml reads it");
				Err(ChainError::Foreign { what })
			}
		}
	}
}
