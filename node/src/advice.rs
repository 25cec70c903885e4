//! Commands that are printed as somebody can type them: with the program, the base path and the chain
//! of the node that prints them.

use std::path::Path;

use crate::cli::Cli;

/// What commands of this node's owner begin with and go on with.
#[derive(Clone, Debug)]
pub struct Advice {
	program: String,
	place: String,
}

impl Advice {
	/// For the node that was started so.
	pub fn new(cli: &Cli) -> Self {
		let program = std::env::args().next().unwrap_or_else(|| "zkml-node".into());
		let shared = &cli.run.shared_params;
		let mut place = String::new();
		if let Some(path) = &shared.base_path {
			place = format!(" --base-path {}", quoted(&path.to_string_lossy()));
		}
		let chain = shared.chain_id(shared.is_dev());
		place += &format!(" --chain {}", quoted(&chain));
		Self { program: quoted(&program), place }
	}

	/// What to do when a validator has no network key at this path.
	pub fn network_key(&self, path: &Path) -> String {
		let Self { program, place } = self;
		let folder = if place.contains("--base-path") { "" } else { " --default-base-path" };
		format!(
			"expected the network key of this validator in {}, got no such file. Others find a \
			 validator by it, so it is made once, before the first start:\n  \
			 {program} key generate-node-key{folder}{place}",
			path.display()
		)
	}

	/// How the worker gets a key.
	pub fn worker_key(&self) -> String {
		let Self { program, place } = self;
		format!(
			"Make one, insert it and start again:\n  \
			 (umask 077; {program} key generate --output-type json | \
			 sed -n 's/.*\"secretPhrase\": \"\\(.*\\)\".*/\\1/p' > worker.phrase)\n  \
			 {program} key insert{place} --key-type zkml --scheme sr25519 --suri worker.phrase\n\
			 Its account, which pays the fees, is the SS58 address of:\n  \
			 {program} key inspect worker.phrase"
		)
	}
}

/// A word as a shell reads it.
fn quoted(word: &str) -> String {
	let plain = |c: char| c.is_ascii_alphanumeric() || "/._-=:@".contains(c);
	if !word.is_empty() && word.chars().all(plain) {
		return word.to_owned();
	}
	format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
	use super::*;
	use sc_cli::SubstrateCli;

	fn advice(args: &[&str]) -> Advice {
		let cli = Cli::try_from_iter(std::iter::once(&"zkml-node").chain(args)).unwrap();
		Advice { program: "zkml-node".into(), ..Advice::new(&cli) }
	}

	#[test]
	fn the_network_key_is_made_where_the_node_looks() {
		let given = advice(&["--validator", "--base-path", "my data", "--chain", "net.json"]);
		let said = given.network_key(Path::new("x"));
		let command = "zkml-node key generate-node-key --base-path 'my data' --chain net.json";
		assert_eq!(said.lines().last().unwrap().trim(), command);
		let said = advice(&["--validator", "--chain", "local"]).network_key(Path::new("x"));
		let command = "zkml-node key generate-node-key --default-base-path --chain local";
		assert_eq!(said.lines().last().unwrap().trim(), command);
	}

	#[test]
	fn words_survive_the_shell() {
		assert_eq!(quoted("a/b-c.json"), "a/b-c.json");
		assert_eq!(quoted(""), "''");
		assert_eq!(quoted("it's $HOME"), r"'it'\''s $HOME'");
	}
}
