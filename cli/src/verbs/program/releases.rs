//! Releases of zkVMs: what each fixes beside the program.
//!
//! The numbers are those that the projects publish, taken from the files named below; the same stand
//! in `tests/vectors` with the commits they were read at, and a test compares the two.
//!
//! - RISC Zero, github.com/risc0/risc0-ethereum: `contracts/src/groth16/ControlID.sol` for control
//!   root and id (for v2.1 github.com/risc0/risc0, `risc0/circuit/recursion/src/control_id.rs`, where
//!   the id's bytes are in the other order), `Groth16Verifier.sol` beside it for the key, which all
//!   releases share.
//! - SP1, github.com/succinctlabs/sp1: `crates/verifier`, the file `groth16_vk.bin`; for the root of
//!   version 6, github.com/succinctlabs/sp1-contracts: `SP1VerifierGroth16.sol` of the release.

use zkml_client::hex;
use zkml_primitives::ProgramKey;
use zkml_program_files::sp1;
use zkml_programs::ProgramKind;

/// A release of RISC Zero.
pub struct Risc0 {
	/// As `--release` has it.
	pub name: &'static str,
	/// Root of the tree of its recursion programs, 32 bytes in hex.
	pub control_root: &'static str,
	/// Its last recursion program, big-endian.
	pub control_id: &'static str,
}

/// A release of SP1.
pub struct Sp1 {
	/// As `--release` has it.
	pub name: &'static str,
	/// The root of its recursion programs; none up to version 5.
	pub vk_root: Option<&'static str>,
	/// Its key file in hex.
	pub key: &'static str,
}

/// Releases of RISC Zero.
pub const RISC0: [Risc0; 5] = [
	Risc0 {
		name: "v2.0",
		control_root: "539032186827b06719244873b17b2d4c122e2d02cfb1994fe958b2523b844576",
		control_id: "04446e66d300eb7fb45c9726bb53c793dda407a62e9601618bb43c5c14657ac0",
	},
	Risc0 {
		name: "v2.1",
		control_root: "884389273e128b32475b334dec75ee619b77cb33d41c332021fe7e44c746ee60",
		control_id: "04446e66d300eb7fb45c9726bb53c793dda407a62e9601618bb43c5c14657ac0",
	},
	Risc0 {
		name: "v2.2",
		control_root: "ce52bf56033842021af3cf6db8a50d1b7535c125a34f1a22c6fdcf002c5a1529",
		control_id: "04446e66d300eb7fb45c9726bb53c793dda407a62e9601618bb43c5c14657ac0",
	},
	Risc0 {
		name: "v3.0",
		control_root: "a54dc85ac99f851c92d7c96d7318af41dbe7c0194edfcc37eb4d422a998c1f56",
		control_id: "04446e66d300eb7fb45c9726bb53c793dda407a62e9601618bb43c5c14657ac0",
	},
	Risc0 {
		name: "v5.0-rc",
		control_root: "b1f64013f70bbb386a8b3a3d63552c5cb5ea4a549ec7fb1ecc2a031dbf488167",
		control_id: "04446e66d300eb7fb45c9726bb53c793dda407a62e9601618bb43c5c14657ac0",
	},
];

/// RISC Zero's key, as arkworks writes it compressed.
pub const RISC0_KEY: &str =
	"e2f26dbea299f5223b646cb1fb33eadb059d9407559d7441dfd902e3a79a4d2dabb73dc17fbc13021e2471e0\
	 c08bd67d8401f52b73d6d07483794cad4778180e0c06f33bbc4c79a9cadef253a68084d382f17788f885c9af\
	 d176f7cb2f036789edf692d95cbdde46ddda5ef7d422436779445c5e66006a42761e1f12efde0018c212f3ae\
	 b785e49712e7a9353349aaf1255dfb31b7bf60723a480d9293938e1933033e7fea1f40604eaacf699d4be9aa\
	 cc577054a0db22d9129a1728ff85a01a1c3af829b62bf4914c0bcf2c81a4bd577190eff5f194ee9bac95faef\
	 d53cb0030600000000000000e43bdc655d0f9d730535554d9caa611ddd152c081a06a932a8e1d5dc259aac12\
	 3f42a188f683d869873ccc4c119442e57b056e03e2fa92f2028c97bc20b9078747c30f85444697fdf436e348\
	 711c011115963f855197243e4b39e6cbe236ca8ba7f2042e11f9255afbb6c6e2c3accb88e401f2aac21c097c\
	 92b3fbdb99f98a9b0dcd6c075ada6ed0ddfece1d4a2d005f61a7d5df0b75c18a5b2374d64e495fab93d4c4b1\
	 200394d5253cce2f25a59b862ee8e4cd43686603faa09d5d0d3c1c8f";

/// The releases of SP1 that `--release` knows, oldest first.
pub const SP1: [Sp1; 3] = [
	Sp1 {
		name: "v5.0.0",
		vk_root: None,
		key: "ad4d9aa7e302d9df41749d5507949d05dbea33fbb16c643b22f599a2be6df2e2e1a1575c2e494d3613e95e43\
		      b622318d9225c820e46acd08e8c987b44051195bc967032fcbf776d1afc985f88877f182d38480a653f2deca\
		      a9794cbc3bf3060c0e187847ad4c798374d0d6732bf501847dd68bc0e071241e0213bc7fc13db7ab998e9393\
		      920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c21800deef121f1e76426a00665e5c4479\
		      674322d4f75edadd46debd5cd992f6edd8e5739a73d657e832a336791977332a4b96e5bbfdcb9903afe487db\
		      9aa6cb5ddcc7cb8de715675f21f01ecc9b46d236e0865e0cc020024521998269845f74e603ff41f4ba0c37fe\
		      2caf27354d28e4b8f83d3b76777a63b327d736bffb0122ed00000003a6091e1cafb0ad8a4ea0a694cd3743eb\
		      f524779233db734c451d28b58aa9758e861c3fd0fd3da25d2607c227d090cca750ed36c6ec878755e537c1c4\
		      8951fb4c84eab241388a79817fe0e0e2ead0b2ec4ffdec51a16028dee020634fd129e71c0000000000000000",
	},
	Sp1 {
		name: "v6.0.0",
		vk_root: Some("008cd56e10c2fe24795cff1e1d1f40d3a324528d315674da45d26afb376e8670"),
		key: "e838edbc8aee47ec511c2837d538a49ffd752370e06ed44e109b4c0f35be6e3aabbbc51c6076754b04eb297e\
		      3eac8a0c76aba01b10f2455b7f6ace31f0bb8170828cbe84124fba3ad76d33e6ca441f570726da5692cae533\
		      5a52209a15b9fd452f6457660eeb88acf2baf1e7aefc0958da27058879cc77ba162d2df754aaf933998e9393\
		      920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c21800deef121f1e76426a00665e5c4479\
		      674322d4f75edadd46debd5cd992f6ede4e2137a99f2749aa034638b5af8c93bdc02599305efa5fee4ec66d3\
		      658726ceef21b62705c5d7f4a7482bf1a69c35db8858584d6f155381b22022a71f817afa08da56e9eb0d183a\
		      64e55881a5ed90cfdb0ed5229e588ec3de4452045b2445b100000006ea2cd5881e62ead81dc6997cfff99774\
		      5379facd38c972e0825deedb0e4fa564e19e17d13bc5f5ae36d78093cd6d112374a69844b7d058a7a0a62493\
		      f1c369c4a58c71a2309359a248879ba915796e5e2e655acebace0ae7ef8fda2d40d2b2d6c945b0f65ee8acfc\
		      e0b22bab7a27663bfaf8eed78d511a96a54b50f307cd2a23a90b3cba8ec4c97f171261b17b9c90e101b65934\
		      db12f4a299d4d5b939e9235ce2474ea30b64abc35269a0c55be5972965bf920e937c3d1927da5e89e60cf916\
		      0000000000000000",
	},
	Sp1 {
		name: "v6.1.0",
		vk_root: Some("002f850ee998974d6cc00e50cd0814b098c05bfade466d28573240d057f25352"),
		key: "e1c7d728a5fd961fc179ec5eab938f564deba5b271e1c90c2c29a79648418fc182e78e216b27cb2b30abd22d\
		      17fb65b747ad8050d18e543498522d01a2c3fe79dc3c9339849225980c7d3f824f80d19e2a9c2554b6ab2160\
		      fa9635528f693fc00d964538da2653f2e62499571e6c78afb8909d3ea8107f306bd6928253680a3a998e9393\
		      920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c21800deef121f1e76426a00665e5c4479\
		      674322d4f75edadd46debd5cd992f6edd7e00b2ca4f62668135017ed8a68894e104ac26dfd9bf376634b42af\
		      9e5ae50e91b7e9276171bb0efd647fc63e38bbfba3076f20daca8cd52bcc7284d9b1c6eb1723616533dd6ae5\
		      3502c9c506a81f23f543d68750b5133ebfbe1f4746b3b01100000006acd6bf7f164af0b6b0bbbe0fdcb06ee0\
		      c1ba07f8e6eb2f9f3943a90cb1d402908f5460f3b7221705435e745da21e276536379c0113c13c4255e7ae10\
		      1f1e90bf8b0ae6e491bc04c544da9e8cd4857d201b4cfa0222dbe96aac97f044fdf1c922c97c875a6ebd0999\
		      b06e7267ff3d8a6bf859bb9635abae07cb6b3534ba409a839807204ddcd27506ba72e17b55227b0bf310136e\
		      cb40c74acd52f3ccfbcba9f7808c7b7c98d78c07a2c4be5f6be7082ba41021611f9a2dfc016f8bbb37d36bee\
		      0000000000000000",
	},
];

/// A selector, and whose it is if a release in the tables has it. RISC Zero's follow from the key.
pub fn shown(selector: [u8; 4], key: &ProgramKey) -> String {
	let word = |digits: &str| hex::read("a release's constant", digits);
	let risc0 = |release: &&Risc0| {
		let (Ok(control_root), Ok(control_id)) =
			(word(release.control_root), word(release.control_id))
		else {
			return false;
		};
		let kind = ProgramKind::Risc0 { image_id: [0; 32], control_root, control_id };
		kind.selector(key) == Some(selector)
	};
	let sp1 = |release: &&Sp1| {
		let file = ::hex::decode(release.key).unwrap_or_default();
		sp1::read_key(&file).is_ok_and(|(_, hash)| hash.starts_with(&selector))
	};
	let names = RISC0.iter().find(risc0).map(|release| ("RISC Zero", release.name));
	let names = names.or_else(|| SP1.iter().find(sp1).map(|release| ("SP1", release.name)));
	match names {
		Some((tool, release)) => format!("{}, of {tool} {release}", hex::show(&selector)),
		None => hex::show(&selector),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use serde_json::Value;

	fn vector(name: &str) -> Value {
		let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors");
		let text = std::fs::read(format!("{folder}/{name}.json")).unwrap();
		serde_json::from_slice(&text).unwrap()
	}

	#[test]
	fn the_table_is_what_the_projects_published() {
		for release in &RISC0 {
			let vector = vector(&format!("risc0-{}", release.name));
			assert_eq!(vector["envelope"]["control_root"], release.control_root);
			assert_eq!(vector["envelope"]["bn254_control_id_big_endian"], release.control_id);
			let key = &vector["encodings"]["verifying_key_arkworks_compressed"];
			assert_eq!(*key, RISC0_KEY);
		}
		for release in &SP1 {
			let envelope = &vector(&format!("sp1-{}", release.name))["envelope"];
			assert_eq!(envelope["expected_vk_root"].as_str(), release.vk_root);
			assert_eq!(envelope["verifying_key_gnark_compressed"], release.key);
		}
	}

	#[test]
	fn a_selector_is_shown_with_the_release_that_has_it() {
		let key = ::hex::decode(RISC0_KEY).unwrap();
		let key =
			zkml_program_files::arkworks::read_key(&key, zkml_program_files::Form::Compressed)
				.unwrap();
		for (selector, expected) in [
			([0xf5, 0x36, 0x08, 0x5a], "0xf536085a, of RISC Zero v2.1"),
			([0x73, 0xc4, 0x57, 0xba], "0x73c457ba, of RISC Zero v3.0"),
			([0xa4, 0x59, 0x4c, 0x59], "0xa4594c59, of SP1 v5.0.0"),
			([1, 2, 3, 4], "0x01020304"),
		] {
			assert_eq!(shown(selector, &key), expected);
		}
	}
}
