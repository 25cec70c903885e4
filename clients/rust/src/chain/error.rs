//! What the node or the chain says, in words.

use subxt::{
	error::{BackendError, DispatchError, ExtrinsicError, RpcError},
	metadata::Metadata,
	rpcs::{Error as RpcsError, UserError},
};
use thiserror::Error;
use zkml_files::text::one_line;
use zkml_primitives::Refusal;

/// JSON-RPC code of a transaction that the pool finds invalid.
const POOL_INVALID: i32 = 1010;
/// Code of a transaction whose place in the pool is taken by a better-paid one.
const POOL_PRIORITY: i32 = 1014;
/// Code of a transaction that the pool has already.
const POOL_KNOWN: i32 = 1013;

/// Anything that goes wrong beyond this machine.
#[derive(Debug, Error)]
pub enum ChainError {
	/// Nobody listens at the node's address.
	#[error("expected a node at {url}, got none: {reason}")]
	Unreachable {
		/// The address that was tried.
		url: String,
		/// Why nothing was heard from it.
		reason: String,
	},
	/// The runtime lacks what this command needs.
	#[error("expected a node of the zkML chain, got one without {what}")]
	Foreign {
		/// What the runtime lacks.
		what: String,
	},
	/// A pallet said no.
	#[error("expected the chain to accept it, got {pallet}.{error}: {doc}")]
	Refused {
		/// Name of the pallet.
		pallet: String,
		/// Name of its error.
		error: String,
		/// What the pallet says about it.
		doc: String,
	},
	/// The runtime said no, outside any pallet.
	#[error("expected the chain to accept it, got: {0}")]
	Dispatch(String),
	/// The pool did not take the transaction.
	#[error("expected the node to take the transaction, got: {0}")]
	Pool(String),
	/// The account is too poor.
	#[error("no funds: expected at least {needed} on {account}, got {has}")]
	NoFunds {
		/// The account that should pay, in SS58.
		account: String,
		/// The amount that it takes, in tokens.
		needed: String,
		/// The amount that it has, in tokens.
		has: String,
	},
	/// It is not on chain.
	#[error("expected {what} on chain, got none")]
	Missing {
		/// What was looked for.
		what: String,
	},
	/// The node threw away what was asked for.
	#[error("expected {what} on this node, got none: it was pruned, an archive node has it")]
	Pruned {
		/// What was looked for.
		what: String,
	},
	/// What was waited for did not come.
	#[error("{0}")]
	Late(String),
	/// The connection or the client library failed.
	#[error("expected an answer from the node, got: {0}")]
	Other(String),
}

impl ChainError {
	/// For what has no words of its own.
	pub fn other(error: impl std::fmt::Display) -> Self {
		Self::Other(one_line(&error.to_string()))
	}

	/// For something that is not there.
	pub fn missing(what: impl Into<String>) -> Self {
		Self::Missing { what: what.into() }
	}

	/// A refusal told by a dry run.
	pub(super) fn refused(metadata: &Metadata, refusal: Refusal) -> Self {
		let Refusal { pallet, error } = refusal;
		match pallet_error(metadata, pallet, error) {
			Some(found) => found,
			None => Self::Dispatch(format!("error {error} of pallet {pallet}")),
		}
	}

	/// Of an extrinsic that is in a block and failed there.
	pub(super) fn dispatch(metadata: &Metadata, error: &DispatchError) -> Self {
		match error {
			DispatchError::Module(module) => Self::refused(
				metadata,
				Refusal { pallet: module.pallet_index(), error: module.error_index() },
			),
			DispatchError::Token(token) => Self::Dispatch(format!("no funds: {token}")),
			other => Self::Dispatch(one_line(&other.to_string())),
		}
	}

	/// A transaction that did not get into the pool. `None`: the account cannot pay, and only the
	/// caller knows how much it has.
	pub(super) fn submission(error: ExtrinsicError) -> Option<Self> {
		let ExtrinsicError::ErrorSubmittingTransaction(BackendError::Rpc(RpcError::ClientError(
			RpcsError::User(user),
		))) = error
		else {
			return Some(Self::other(error));
		};
		pool(&user)
	}
}

/// The pool's codes in words.
fn pool(user: &UserError) -> Option<ChainError> {
	let data = user.data.as_ref().map(|raw| raw.get().trim_matches('"').to_owned());
	let said = data.unwrap_or_else(|| user.message.clone());
	match user.code {
		POOL_INVALID if said.contains("pay some fees") => None,
		POOL_INVALID => Some(ChainError::Pool(format!("it is invalid: {}", one_line(&said)))),
		POOL_KNOWN => Some(ChainError::Pool("it is in the pool already".into())),
		POOL_PRIORITY => Some(ChainError::Pool(
			"another one of this account waits in the pool: try again after the next block".into(),
		)),
		code => Some(ChainError::Pool(format!("{} (code {code})", one_line(&said)))),
	}
}

fn pallet_error(metadata: &Metadata, pallet: u8, error: u8) -> Option<ChainError> {
	let pallet = metadata.pallet_by_error_index(pallet)?;
	let variant = pallet.error_variant_by_index(error)?;
	let doc = variant.docs.join(" ");
	Some(ChainError::Refused {
		pallet: pallet.name().into(),
		error: variant.name.clone(),
		doc: if doc.is_empty() { "no reason is documented".into() } else { doc.trim().into() },
	})
}

#[cfg(test)]
mod tests {
	use super::*;

	fn user(code: i32, data: &str) -> UserError {
		let text = format!(r#"{{"code":{code},"message":"Invalid Transaction","data":"{data}"}}"#);
		serde_json::from_str(&text).unwrap()
	}

	#[test]
	fn codes_of_the_pool_become_words() {
		let data = "Inability to pay some fees (e.g. account balance too low)";
		assert!(pool(&user(1010, data)).is_none());
		let stale = pool(&user(1010, "Transaction is outdated")).unwrap().to_string();
		assert_eq!(
			stale,
			"expected the node to take the transaction, got: it is invalid: Transaction is outdated"
		);
		assert!(pool(&user(1014, "")).unwrap().to_string().contains("after the next block"));
		assert!(pool(&user(1013, "")).unwrap().to_string().contains("in the pool already"));
		assert!(pool(&user(1016, "full")).unwrap().to_string().contains("full (code 1016)"));
	}
}
