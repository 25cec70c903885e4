//! The committed chain specifications are the runtime's presets.

use std::path::Path;

use zkml_runtime::genesis_presets::{get_preset, preset_names};

/// After a deliberate change, write them anew with `ZKML_WRITE_SPECS=1 cargo test -p zkml-runtime`.
#[test]
fn the_committed_presets_are_the_runtimes() {
	let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../chain-specs");
	assert_eq!(preset_names().len(), 2);
	for name in preset_names() {
		let patch: serde_json::Value =
			serde_json::from_slice(&get_preset(&name).expect("a preset that is listed")).unwrap();
		let text = format!("{}\n", serde_json::to_string_pretty(&patch).unwrap());
		let path = folder.join(format!("{}.json", AsRef::<str>::as_ref(&name)));
		if std::env::var_os("ZKML_WRITE_SPECS").is_some() {
			std::fs::write(&path, &text).unwrap();
		}
		let committed = std::fs::read_to_string(&path).unwrap_or_default();
		assert_eq!(committed, text, "{} differs from the runtime's preset", path.display());
	}
}

#[test]
fn the_development_worker_is_the_account_of_its_key() {
	use sp_core::Pair;
	let pair = sp_core::sr25519::Pair::from_string("//Alice//zkml", None).unwrap();
	assert_eq!(pair.public().0, zkml_runtime::genesis_presets::DEV_WORKER);
}
