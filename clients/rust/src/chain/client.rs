//! The connection to one node.

use std::sync::Arc;

use codec::{Decode, Encode};
use subxt::{
	backend::LegacyBackend,
	client::{ClientAtBlock, OnlineClient, OnlineClientAtBlockImpl},
	config::{RpcConfigFor, SubstrateConfig},
	error::{BackendError, RpcError, RuntimeApiError},
	rpcs::{methods::legacy::LegacyRpcMethods, Error as RpcsError, RpcClient},
};
use zkml_files::text;

use super::{ChainError, PATIENCE};

/// The state of one block.
pub type At = ClientAtBlock<SubstrateConfig, OnlineClientAtBlockImpl<SubstrateConfig>>;

/// A node and its chain.
pub struct Chain {
	pub(super) rpc: LegacyRpcMethods<RpcConfigFor<SubstrateConfig>>,
	online: OnlineClient<SubstrateConfig>,
}

impl Chain {
	/// Connects. Says which URL was tried when nobody is there.
	pub async fn connect(url: &str) -> Result<Self, ChainError> {
		let shown = text::without_passwords(url);
		let unreachable = |reason: String| {
			// The client library may repeat the URL.
			let reason = reason.replace(url, &shown);
			ChainError::Unreachable { url: shown.to_string(), reason }
		};
		if !(url.starts_with("ws://") || url.starts_with("wss://")) {
			return Err(unreachable("the URL must start with ws:// or wss://".into()));
		}
		// The client library repeats whose error it is at every layer.
		let reason = |error: &dyn std::fmt::Display| {
			let text = text::one_line(&error.to_string());
			text.rsplit("client error: ").next().unwrap_or(&text).to_owned()
		};
		let attempt = tokio::time::timeout(PATIENCE, async {
			let client = RpcClient::from_insecure_url(url)
				.await
				.map_err(|error| unreachable(reason(&error)))?;
			let backend = LegacyBackend::builder().build(client.clone());
			let online =
				OnlineClient::from_backend_with_config(SubstrateConfig::new(), Arc::new(backend))
					.await
					.map_err(|error| unreachable(reason(&error)))?;
			Ok(Self { rpc: LegacyRpcMethods::new(client), online })
		});
		attempt
			.await
			.unwrap_or_else(|_| Err(unreachable(format!("no answer in {} s", PATIENCE.as_secs()))))
	}

	/// Hash of block 0.
	pub fn genesis(&self) -> [u8; 32] {
		self.online.genesis_hash().0
	}

	/// The newest block. Finality is a matter for whoever acts on a result; a command that has to
	/// send one transaction after another would wait three blocks for each.
	pub async fn best(&self) -> Result<At, ChainError> {
		let hash = self.rpc.chain_get_block_hash(None).await.map_err(ChainError::other)?;
		let hash = hash.ok_or_else(|| ChainError::missing("a best block"))?;
		self.online.at_block(hash).await.map_err(ChainError::other)
	}

	/// The state of a block by its number, if the node has it.
	pub async fn at(&self, block: u32) -> Result<At, ChainError> {
		self.online.at_block(u64::from(block)).await.map_err(ChainError::other)
	}

	/// Number of the last block that is final.
	pub async fn finalized(&self) -> Result<u32, ChainError> {
		let hash = self.rpc.chain_get_finalized_head().await.map_err(ChainError::other)?;
		let header = self.rpc.chain_get_header(Some(hash)).await.map_err(ChainError::other)?;
		let header = header.ok_or_else(|| ChainError::missing("a final block"))?;
		Ok(header.number as u32)
	}

	/// Number of the newest block.
	pub async fn height(&self) -> Result<u32, ChainError> {
		Ok(number(self.best().await?.block_number()))
	}

	/// Calls a function of the runtime at the newest block.
	pub async fn read<T: Decode>(
		&self,
		function: &str,
		args: &impl Encode,
	) -> Result<T, ChainError> {
		read_at(&self.best().await?, function, args).await
	}
}

/// Calls a function of the runtime at this block.
pub async fn read_at<T: Decode>(
	at: &At,
	function: &str,
	args: &impl Encode,
) -> Result<T, ChainError> {
	let foreign =
		|how: &str| ChainError::Foreign { what: format!("the runtime function {function}{how}") };
	let called = at.runtime_apis().call_raw(function, Some(&args.encode())).await;
	let bytes = called.map_err(|error| match is_unknown(&error) {
		true => foreign(""),
		false => ChainError::other(error),
	})?;
	let mut rest = &bytes[..];
	match T::decode(&mut rest) {
		Ok(value) if rest.is_empty() => Ok(value),
		_ => Err(foreign(" as this zkml reads it")),
	}
}

/// Whether the runtime has no such function; the node says so in words only.
fn is_unknown(error: &RuntimeApiError) -> bool {
	let RuntimeApiError::CannotCallApi(BackendError::Rpc(RpcError::ClientError(RpcsError::User(
		user,
	)))) = error
	else {
		return false;
	};
	let data = user.data.as_ref().map_or("", |data| data.get());
	[data, &user.message].iter().any(|text| text.contains("is not found"))
}

/// Block numbers of this chain have 32 bits.
pub fn number(block: u64) -> u32 {
	u32::try_from(block).unwrap_or(u32::MAX)
}
