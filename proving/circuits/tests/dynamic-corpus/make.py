"""Networks of floats as `onnxruntime.quantization.quantize_dynamic` writes them, and ONNX Runtime's answers.

    pip install -r requirements.txt && python3 make.py

Writes corpus.bin, the same bytes for the same packages. `../dynamic.rs` compiles every model and holds what it
says to the answers, which are near each other: what ONNX Runtime rounds to 8 bits by a scale that it computes
from the numbers themselves is not rounded there.

Records until the end of the file, little-endian: name (u32 length, bytes), model (the same), smallest and largest
input (f32 each), number of inputs (u32), and for each input its values and the answer (u32 count, f32 each).
"""
import struct
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto as T
from onnx import helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

F = np.float32
RNG = np.random.default_rng(5)
LOW, HIGH = -2.0, 2.0
INPUTS = 8


def model(shape, nodes, constants):
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", T.FLOAT, shape)],
        [helper.make_tensor_value_info("y", T.FLOAT, None)],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="")


def drawn(*shape, inputs):
    return (RNG.normal(0, 1, shape) / np.sqrt(inputs)).astype(F)


def matrices():
    """Two layers as torch writes them, and one as scikit-learn's converters do."""
    nodes = [
        helper.make_node("Gemm", ["x", "w1", "b1"], ["a"], name="first", transB=1),
        helper.make_node("Relu", ["a"], ["r"], name="relu"),
        helper.make_node("MatMul", ["r", "w2"], ["m"], name="second"),
        helper.make_node("Add", ["m", "b2"], ["y"], name="bias"),
    ]
    constants = {
        "w1": drawn(12, 8, inputs=8), "b1": drawn(12, inputs=4), "w2": drawn(12, 4, inputs=12), "b2": drawn(4, inputs=4),
    }
    return model([1, 8], nodes, constants)


def images():
    """Two convolutions, a mean, and a layer."""
    nodes = [
        helper.make_node("Conv", ["x", "k1", "b1"], ["a"], name="first", pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["a"], ["r"], name="relu"),
        helper.make_node("Conv", ["r", "k2"], ["c"], name="second", strides=[2, 2]),
        helper.make_node("Relu", ["c"], ["s"], name="relu2"),
        helper.make_node("GlobalAveragePool", ["s"], ["p"], name="pool"),
        helper.make_node("Flatten", ["p"], ["f"], name="flat"),
        helper.make_node("Gemm", ["f", "w", "b"], ["y"], name="last"),
    ]
    constants = {
        "k1": drawn(4, 2, 3, 3, inputs=18), "b1": drawn(4, inputs=4), "k2": drawn(5, 4, 3, 3, inputs=36),
        "w": drawn(5, 3, inputs=5), "b": drawn(3, inputs=4),
    }
    return model([1, 2, 7, 7], nodes, constants)


def quantised(made, **options):
    with tempfile.TemporaryDirectory() as folder:
        path, result = Path(folder) / "float.onnx", Path(folder) / "quantised.onnx"
        onnx.save(made, path)
        quantize_dynamic(path, result, **options)
        return onnx.load(result)


def main():
    out, count = bytearray(), 0
    text = lambda data: struct.pack("<I", len(data)) + data
    floats = lambda a: struct.pack("<I", a.size) + a.astype("<f4").tobytes()
    for network in [matrices, images]:
        made = network()
        shape = [d.dim_value for d in made.graph.input[0].type.tensor_type.shape.dim]
        inputs = [RNG.uniform(LOW, HIGH, shape).astype(F) for _ in range(INPUTS)]
        for kind in [QuantType.QInt8, QuantType.QUInt8]:
            for per_channel in [False, True]:
                name = f"{network.__name__}-{kind.name}-{'channels' if per_channel else 'tensors'}"
                result = quantised(made, weight_type=kind, per_channel=per_channel)
                print(name, [node.op_type for node in result.graph.node])
                run = ort.InferenceSession(result.SerializeToString(), providers=["CPUExecutionProvider"])
                whole = ort.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
                out += text(name.encode()) + text(result.SerializeToString()) + struct.pack("<ffI", LOW, HIGH, INPUTS)
                worst, largest = 0.0, 0.0
                for x in inputs:
                    y, z = run.run(None, {"x": x})[0], whole.run(None, {"x": x})[0]
                    worst, largest = max(worst, np.abs(y - z).max()), max(largest, np.abs(y).max())
                    out += floats(x) + floats(y)
                print(f"  {worst / largest:.4f} of the largest from the floats")
                count += 1
    Path(__file__).with_name("corpus.bin").write_bytes(out)
    print(count, "models,", len(out), "bytes")


main()
