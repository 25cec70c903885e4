//! The node that a verb speaks to.

use zkml_client::chain::{Chain, ChainError, Fate};
use zkml_primitives::RequestId;

use crate::{error::CliError, output::Progress};

/// Connects to a node.
pub async fn connect(url: &str) -> Result<Chain, CliError> {
	let _progress = Progress::start("waiting for the node");
	Chain::connect(url).await.map_err(|error| match &error {
		ChainError::Unreachable { reason, .. } => {
			let advice = advice(reason);
			CliError::NoNode { source: error, advice }
		}
		_ => error.into(),
	})
}

/// What to try where nobody answers.
fn advice(reason: &str) -> &'static str {
	let reason = reason.to_ascii_lowercase();
	let says = |words: &[&str]| words.iter().any(|word| reason.contains(word));
	if says(&["must start with", "url", "port"]) {
		"--url or ZKML_URL takes one such as ws://127.0.0.1:9944"
	} else if says(&["tls", "certificate", "corrupt message"]) {
		"a node itself speaks ws://, a proxy before it wss://"
	} else if says(&["dns", "lookup", "name or service"]) {
		"is the host's name right, and is there a network?"
	} else {
		"`zkml-node --dev` starts one here, --url or ZKML_URL names another"
	}
}

/// What became of a request, which may take some searching.
pub async fn fate(chain: &Chain, request: RequestId) -> Result<Fate, ChainError> {
	let _progress = Progress::start("searching the block in which the request closed");
	chain.fate(request).await
}
