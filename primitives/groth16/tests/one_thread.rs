//! arkworks computes on all cores if anything in the build asks it to, as the prover does; what a
//! validator verifies must cost the same on all machines.

use zkml_groth16::{
	prepare, prepare_params, verify, verify_batch, verify_range, BatchItem, PreparedKey,
};
use zkml_primitives::Scalar;
use zkml_trapdoor::Trapdoor;

/// A test program of its own, with one test: what is looked at is the whole process.
#[test]
fn nothing_leaves_the_thread_of_its_caller() {
	let trapdoors = [(1, 4), (2, 16), (3, 64)].map(|(seed, n)| (Trapdoor::with_inputs(seed, n), n));
	let keys: Vec<PreparedKey> = trapdoors
		.iter()
		.map(|(trapdoor, _)| prepare(&trapdoor.circuit()).expect("a good key"))
		.collect();
	let mut items = Vec::new();
	for (key, (trapdoor, count)) in trapdoors.iter().enumerate() {
		for number in 1..=40 {
			let inputs = vec![Scalar::from_hash([number; 32]); *count];
			let proof = trapdoor.prove(&inputs, number.into());
			assert_eq!(verify(&keys[key], &inputs, &proof), Ok(()));
			items.push(BatchItem { key: key as u32, inputs, proof });
		}
	}
	assert_eq!(verify_batch(&keys, &items).singly, 0);
	items[0].inputs[0] = Scalar::ZERO;
	assert_eq!(verify_batch(&keys, &items).singly, 120);
	let committed = Trapdoor::committed(4);
	let key = prepare(&committed.circuit()).expect("a good key");
	let params = prepare_params(&key, &committed.params_point()).expect("a good point");
	assert_eq!(verify_range(&key.with_params(params), &committed.prove_range(1)), Ok(()));
	// Rayon sets its threads up when it is first used, and refuses to be told how after that.
	let unused = rayon::ThreadPoolBuilder::new().num_threads(1).build_global();
	assert!(unused.is_ok(), "something used rayon: {unused:?}");
}
