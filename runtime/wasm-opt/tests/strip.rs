//! What is kept of a module, and which modules are refused.

use wasm_opt::{without_dwarf, OptimizationOptions, Pass};

/// Version 1 of the binary format.
const HEADER: &[u8] = b"\0asm\x01\0\0\0";
/// Type, function and code section of one function from an i32 to an i32.
const TYPE: &[u8] = &[1, 6, 1, 0x60, 1, 0x7f, 1, 0x7f];
const FUNCTION: &[u8] = &[3, 2, 1, 0];
/// `local.get 0`.
const CODE: &[u8] = &[10, 6, 1, 4, 0, 0x20, 0, 0x0b];
/// The same with `i32.extend8_s` behind it.
const EXTENDING: &[u8] = &[10, 7, 1, 5, 0, 0x20, 0, 0xc0, 0x0b];

/// A custom section.
fn custom(name: &str, bytes: &[u8]) -> Vec<u8> {
	let mut section = vec![0, (1 + name.len() + bytes.len()) as u8, name.len() as u8];
	section.extend_from_slice(name.as_bytes());
	section.extend_from_slice(bytes);
	section
}

#[test]
fn dwarf_goes_and_all_else_stays() {
	let (version, info) = (custom("runtime_version", &[7; 9]), custom(".debug_info", &[1; 30]));
	let (line, names) = (custom(".debug_line", &[2; 3]), custom("producers", &[0]));
	let whole = [HEADER, &info, TYPE, FUNCTION, &version, CODE, &line, &names].concat();
	let kept = [HEADER, TYPE, FUNCTION, &version, CODE, &names].concat();
	assert_eq!(without_dwarf(&whole).unwrap(), kept);
	assert_eq!(without_dwarf(&kept).unwrap(), kept);
}

#[test]
fn what_is_newer_or_broken_is_refused() {
	let module = |code: &[u8]| [HEADER, TYPE, FUNCTION, code].concat();
	assert!(without_dwarf(&module(CODE)).is_ok());
	let error = without_dwarf(&module(EXTENDING)).unwrap_err();
	assert!(error.message().contains("sign extension"), "{error}");
	// A header alone is a module, and so is one with types; functions want their code.
	let whole = [HEADER.len(), HEADER.len() + TYPE.len()];
	for cut in 0..module(CODE).len() {
		let kept = without_dwarf(&module(CODE)[..cut]);
		assert_eq!(kept.is_ok(), whole.contains(&cut), "cut at {cut}: {kept:?}");
	}
}

#[test]
fn files_are_written_over() {
	let path = std::env::temp_dir().join(format!("wasm-opt-{}.wasm", std::process::id()));
	let debug = custom(".debug_str", &[1; 5]);
	std::fs::write(&path, [HEADER, TYPE, FUNCTION, CODE, &debug].concat()).unwrap();
	let mut options = OptimizationOptions::new_opt_level_0();
	options.mvp_features_only().debug_info(true).add_pass(Pass::StripDwarf);
	options.add_pass(Pass::SignextLowering).run(&path, &path).unwrap();
	assert_eq!(std::fs::read(&path).unwrap(), [HEADER, TYPE, FUNCTION, CODE].concat());
	std::fs::write(&path, b"no module").unwrap();
	let error = options.run(&path, &path).unwrap_err().to_string();
	assert!(error.starts_with("expected a module of WebAssembly 1.0, got: "), "{error}");
	std::fs::remove_file(path).unwrap();
}
