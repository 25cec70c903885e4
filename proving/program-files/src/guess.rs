//! What a file looks to be, for those who do not say, and for words about files in a wrong place.

use std::fmt;

use crate::{
	json::{self, Node},
	strict,
};

/// Whose JSON it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
	/// JSON of snarkjs: a key, a proof or both.
	Snarkjs,
	/// JSON of gnark: a key or a proof.
	Gnark,
	/// JSON of Garaga: a key or a proof.
	Garaga,
	/// Words for a contract, or a list of public inputs: lists have no names.
	List,
	/// A receipt of RISC Zero, or its parts.
	Risc0,
	/// A fixture of SP1.
	Sp1,
	/// JSON of anything else.
	Other,
}

impl fmt::Display for Kind {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(match self {
			Self::Snarkjs => "that looks like snarkjs's",
			Self::Gnark => "that looks like gnark's",
			Self::Garaga => "that looks like Garaga's",
			Self::List => "that is a list, as of words for a contract or of public inputs",
			Self::Risc0 => "that looks like RISC Zero's",
			Self::Sp1 => "that looks like a fixture of SP1",
			Self::Other => "of no tool that is known here",
		})
	}
}

/// What a file looks to be if it is JSON. Files of several things are what their parts are.
pub fn kind(file: &[u8]) -> Option<Kind> {
	if !strict::looks_like_json(file) {
		return None;
	}
	let Ok(value) = json::parse("file", file) else { return Some(Kind::Other) };
	let node = Node::new("file", &value);
	if node.is_list() {
		return Some(Kind::List);
	}
	let parts = [Some(node.clone()), part(&node, &json::KEY), part(&node, &json::PROOF)];
	let found = parts.iter().flatten().find_map(named);
	found.or(Some(Kind::Other))
}

fn part<'a>(node: &Node<'a>, names: &[&str]) -> Option<Node<'a>> {
	node.any(names).ok().flatten()
}

fn named(node: &Node<'_>) -> Option<Kind> {
	let has = |names: &[&str]| names.iter().any(|name| matches!(node.find(name), Ok(Some(_))));
	for (kind, names) in [
		(Kind::Garaga, &["elliptic_curve_id", "eliptic_curve_id"][..]),
		(Kind::Snarkjs, &["vk_alpha_1", "pi_a"]),
		(Kind::Gnark, &["G1", "Ar"]),
		(Kind::Risc0, &["seal", "sealHex", "inner", "receipt"]),
		(Kind::Sp1, &["publicValues"]),
	] {
		if has(names) {
			return Some(kind);
		}
	}
	None
}

/// The names of public inputs, in the order in which they are read, where a file has names.
pub fn signal_names(file: &[u8]) -> Option<Vec<String>> {
	let value = json::parse("file", file).ok()?;
	Node::new("file", &value).public().ok()?.names()
}

/// Whether a file has public inputs beside a proof or a key.
pub fn has_inputs(file: &[u8]) -> bool {
	match json::parse("file", file).as_ref().map(|value| Node::new("file", value)) {
		Ok(node) if !node.is_list() => part(&node, &json::INPUTS).is_some(),
		_ => crate::evm::is_call(file),
	}
}
