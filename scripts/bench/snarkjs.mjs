// Times snarkjs's Groth16 prover on what `prover_bench --export FOLDER` wrote: snarkjs.mjs FOLDER [N].
// One process, the curve built once; each proof reads key and witness from their files, as snarkjs does.
import { createRequire } from "node:module";

const require = createRequire(new URL("../../clients/js/package.json", import.meta.url));
const { groth16, wtns, zKey } = require("snarkjs");
const version = require("../../clients/js/package.json").dependencies.snarkjs;

const [folder, repeats = "5"] = process.argv.slice(2);
if (!folder) {
	console.error("expected a folder with circuit.r1cs, circuit.zkey and witness.wtns, got nothing");
	process.exit(2);
}
const file = (name) => `${folder}/${name}`;
const silent = { debug() {}, info() {}, warn() {}, error: console.error };
if (!(await wtns.check(file("circuit.r1cs"), file("witness.wtns"), silent))) {
	throw new Error("the witness does not satisfy the circuit");
}
const key = await zKey.exportVerificationKey(file("circuit.zkey"), silent);
const times = [];
for (let n = 0; n <= Number(repeats); n += 1) {
	const start = performance.now();
	const { proof, publicSignals } = await groth16.prove(file("circuit.zkey"), file("witness.wtns"), silent);
	times.push(performance.now() - start);
	if (!(await groth16.verify(key, publicSignals, proof, silent))) {
		throw new Error("the proof does not verify");
	}
}
// The first warms up.
times.shift();
times.sort((a, b) => a - b);
console.log(JSON.stringify({ snarkjs: version, prove_ms: times[Math.floor(times.length / 2)], times }));
process.exit(0);
