#!/usr/bin/env python3
"""Writes operators.json: what ONNX's own schemas say of every version of every operator.

    python3 -m venv venv && venv/bin/pip install onnx==1.23.2 onnxruntime==1.32.0
    venv/bin/python make.py

A line for each operator: domain, name, forms. A form: the operator-set versions that define it,
attributes as [name, type, required, default], inputs and outputs as [name, "one" | "optional" |
"variadic"]. Versions that differ in types or words alone are one form. Of onnxruntime's own domain
only the operators named below are listed.
"""

import json
import os

import onnx
import onnxruntime
from onnxruntime.capi.onnxruntime_pybind11_state import get_all_operator_schema

DOMAINS = ["", "ai.onnx.ml"]
MICROSOFT = {
    "BiasGelu", "DequantizeLinear", "FastGelu", "FusedConv", "FusedGemm", "FusedMatMul", "Gelu",
    "QGemm", "QLinearAdd", "QLinearAveragePool", "QLinearConcat", "QLinearConv",
    "QLinearGlobalAveragePool", "QLinearLeakyRelu", "QLinearMul", "QLinearReduceMean",
    "QLinearSigmoid", "QLinearSoftmax", "QLinearWhere", "QuantizeLinear", "QuickGelu",
    "SkipLayerNormalization",
}
NUMBERS = ["one", "optional", "variadic"]


def default(attribute):
    value = getattr(attribute, "default_value", None)
    if value is None:
        # onnxruntime's is the message in bytes.
        value = onnx.AttributeProto()
        value.ParseFromString(attribute._default_value)
    if not value.type:
        return None
    value = onnx.helper.get_attribute_value(value)
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, (int, float, str)):
        return value
    return [v.decode() if isinstance(v, bytes) else v for v in value] or None


def parameters(items):
    return [[item.name, NUMBERS[int(getattr(item.option, "value", item.option))]] for item in items]


def form(schema):
    attributes = [
        [name, attribute.type.name, attribute.required, default(attribute)]
        for name, attribute in sorted(schema.attributes.items())
    ]
    return {
        "attributes": attributes,
        "inputs": parameters(schema.inputs),
        "outputs": parameters(schema.outputs),
    }


def main():
    schemas = [s for s in onnx.defs.get_all_schemas_with_history() if s.domain in DOMAINS]
    schemas += [
        s
        for s in get_all_operator_schema()
        if s.domain == "com.microsoft" and s.name in MICROSOFT
    ]
    operators = {}
    newest = {}
    for schema in sorted(schemas, key=lambda s: (s.domain, s.name, s.since_version)):
        newest[schema.domain] = max(newest.get(schema.domain, 0), schema.since_version)
        forms = operators.setdefault((schema.domain, schema.name), [])
        same = [f for f in forms[-1:] if all(f[k] == v for k, v in form(schema).items())]
        if same:
            same[0]["since"].append(schema.since_version)
        else:
            forms.append({"since": [schema.since_version], **form(schema)})
    newest[""] = onnx.defs.onnx_opset_version()
    lines = [
        json.dumps({"domain": domain, "name": name, "forms": forms}, separators=(",", ":"))
        for (domain, name), forms in operators.items()
    ]
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "operators.json")
    with open(path, "w") as file:
        file.write('{"onnx":"%s","onnxruntime":"%s",\n' % (onnx.__version__, onnxruntime.__version__))
        file.write('"newest":%s,\n"operators":[\n' % json.dumps(newest, separators=(",", ":")))
        file.write(",\n".join(lines) + "\n]}\n")


main()
