"""Makes the networks of this folder. Run by hand, in a place with numpy, onnx, openvino, tensorflow-cpu, ai-edge-litert and
flatbuffers from their Python packages:

    python3 make.py

Weights are random numbers of a fixed seed.
"""

import pathlib
import shutil
import sys

import numpy as np

HERE = pathlib.Path(__file__).parent
RANDOM = np.random.default_rng(7)
W1 = RANDOM.standard_normal((4, 8), np.float32)
B1 = RANDOM.standard_normal(8, np.float32)
W2 = RANDOM.standard_normal((8, 3), np.float32)
KERNEL = RANDOM.standard_normal((2, 3, 3, 3), np.float32)


def make_onnx() -> None:
    import onnx
    from onnx import TensorProto as T
    from onnx import helper as h
    from onnx import numpy_helper as nh

    def save(name, nodes, inputs, outputs, weights=(), check=True):
        graph = h.make_graph(nodes, name, [h.make_tensor_value_info(*one) for one in inputs],
                             [h.make_tensor_value_info(*one) for one in outputs], list(weights))
        model = h.make_model(graph, opset_imports=[h.make_opsetid("", 17)], ir_version=8, producer_name="make.py")
        if check:
            onnx.checker.check_model(model)
        (HERE / f"{name}.onnx").write_bytes(model.SerializeToString(deterministic=True))

    f = T.FLOAT
    save("sum", [h.make_node("Add", ["a", "b"], ["c"])], [("a", f, [2, 3]), ("b", f, [2, 3])], [("c", f, [2, 3])])
    save("mlp", [h.make_node("Gemm", ["x", "w1", "b1"], ["h"]), h.make_node("Relu", ["h"], ["r"]),
                 h.make_node("MatMul", ["r", "w2"], ["l"]), h.make_node("Softmax", ["l"], ["y"])],
         [("x", f, ["batch", 4])], [("y", f, ["batch", 3])],
         [nh.from_array(W1, "w1"), nh.from_array(B1, "b1"), nh.from_array(W2, "w2")])
    save("conv", [h.make_node("Conv", ["x", "k"], ["c"], pads=[1, 1, 1, 1]), h.make_node("Relu", ["c"], ["y"])],
         [("x", f, [1, 3, 8, 8])], [("y", f, [1, 2, 8, 8])], [nh.from_array(KERNEL, "k")])
    kinds = [("half", T.FLOAT16), ("double", T.DOUBLE), ("byte", T.UINT8), ("int", T.INT32), ("long", T.INT64),
             ("bool", T.BOOL)]
    save("types", [h.make_node("Identity", [name], [f"{name}_out"]) for name, _ in kinds],
         [(name, kind, [2]) for name, kind in kinds], [(f"{name}_out", kind, [2]) for name, kind in kinds])
    save("any_rank", [h.make_node("Abs", ["x"], ["y"])], [("x", f, None)], [("y", f, None)], check=False)
    save("deep", [h.make_node("Reshape", ["x", "s"], ["y"])], [("x", f, [4])], [("y", f, [1] * 9 + [4])],
         [nh.from_array(np.array([1] * 9 + [4], np.int64), "s")])
    save("many", [h.make_node("Reshape", ["x", "s"], ["y"])], [("x", f, [1])], [("y", f, None)],
         [nh.from_array(np.array([1 << 40, 1 << 40], np.int64), "s")], check=False)
    save("huge", [h.make_node("Expand", ["x", "s"], ["y"])], [("x", f, [1])], [("y", f, None)],
         [nh.from_array(np.array([1 << 24, 1 << 24], np.int64), "s")], check=False)

    save("circle", [h.make_node("Add", ["c", "b"], ["c"])], [("b", f, [2, 3])], [("c", f, [2, 3])], check=False)
    save("lacks_input", [h.make_node("Conv", ["x"], ["y"])], [("x", f, [1, 3, 8, 8])], [("y", f, None)], check=False)
    save("no_match", [h.make_node("Add", ["a", "b"], ["c"])], [("a", f, [2, "n"]), ("b", f, [2, 3])],
         [("c", f, [2, 3])], check=False)

    def outside(name, location):
        weight = T()
        weight.name, weight.data_type, weight.data_location = "w", f, T.EXTERNAL
        weight.dims.extend([4])
        for key, value in (("location", location), ("offset", "0"), ("length", "16")):
            weight.external_data.add(key=key, value=value)
        save(name, [h.make_node("Add", ["x", "w"], ["y"])], [("x", f, [4])], [("y", f, [4])], [weight], check=False)

    (HERE / "outside.bin").write_bytes(np.array([1, 2, 3, 4], np.float32).tobytes())
    outside("outside", "outside.bin")
    outside("outside_up", "../nn/outside.bin")
    outside("outside_root", "/etc/hostname")
    outside("outside_memory", "*/_ORT_MEM_ADDR_/*")


def make_openvino() -> None:
    import openvino as ov
    from openvino import opset13 as op

    def save(name, inputs, result):
        model = ov.Model([result], inputs, name)
        ov.save_model(model, HERE / f"{name}.xml", compress_to_fp16=False)
        weights = HERE / f"{name}.bin"
        if weights.stat().st_size == 0:
            weights.unlink()

    def parameter(name, *shape):
        made = op.parameter(list(shape), ov.Type.f32, name=name)
        made.output(0).set_names({name})
        return made

    a, b = parameter("a", 2, 3), parameter("b", 2, 3)
    save("sum", [a, b], op.add(a, b))
    x = parameter("x", -1, 4)
    hidden = op.relu(op.add(op.matmul(x, op.constant(W1), False, False), op.constant(B1.reshape(1, 8))))
    save("mlp", [x], op.softmax(op.matmul(hidden, op.constant(W2), False, False), 1))
    image = parameter("x", 1, 3, 8, 8)
    save("conv", [image], op.relu(op.convolution(image, op.constant(KERNEL), [1, 1], [1, 1], [1, 1], [1, 1])))


def make_tflite() -> None:
    import flatbuffers
    from ai_edge_litert import schema_py_generated as S

    def buffer(data=None):
        made = S.BufferT()
        made.data = None if data is None else np.frombuffer(np.ascontiguousarray(data).tobytes(), np.uint8)
        return made

    def tensor(name, shape, index):
        made = S.TensorT()
        made.name, made.shape, made.type, made.buffer = name, shape, S.TensorType.FLOAT32, index
        return made

    def operator(index, inputs, outputs, kind, options):
        made = S.OperatorT()
        made.opcodeIndex, made.inputs, made.outputs = index, inputs, outputs
        made.builtinOptionsType, made.builtinOptions = kind, options
        return made

    def save(name, codes, buffers, tensors, operators, inputs, outputs):
        model = S.ModelT()
        model.version, model.description, model.buffers = 3, "make.py", [buffer(), *buffers]
        model.operatorCodes = []
        for code in codes:
            made = S.OperatorCodeT()
            made.builtinCode = made.deprecatedBuiltinCode = code
            made.version = 1
            model.operatorCodes.append(made)
        graph = S.SubGraphT()
        graph.name, graph.tensors, graph.operators = "main", tensors, operators
        graph.inputs, graph.outputs = inputs, outputs
        model.subgraphs = [graph]
        builder = flatbuffers.Builder(1024)
        builder.Finish(model.Pack(builder), b"TFL3")
        (HERE / f"{name}.tflite").write_bytes(bytes(builder.Output()))

    B = S.BuiltinOperator
    save("sum", [B.ADD], [], [tensor(name, [2, 3], 0) for name in "abc"],
         [operator(0, [0, 1], [2], S.BuiltinOptions.AddOptions, S.AddOptionsT())], [0, 1], [2])
    save("more_outputs", [B.ADD], [], [tensor(name, [2, 3], 0) for name in "abcd"],
         [operator(0, [0, 1], [2, 3], S.BuiltinOptions.AddOptions, S.AddOptionsT())], [0, 1], [2])
    relu = S.FullyConnectedOptionsT()
    relu.fusedActivationFunction = S.ActivationFunctionType.RELU
    softmax = S.SoftmaxOptionsT()
    softmax.beta = 1.0
    save("mlp", [B.FULLY_CONNECTED, B.SOFTMAX], [buffer(W1.T), buffer(B1), buffer(W2.T)],
         [tensor("x", [1, 4], 0), tensor("w1", [8, 4], 1), tensor("b1", [8], 2), tensor("w2", [3, 8], 3),
          tensor("h", [1, 8], 0), tensor("l", [1, 3], 0), tensor("y", [1, 3], 0)],
         [operator(0, [0, 1, 2], [4], S.BuiltinOptions.FullyConnectedOptions, relu),
          operator(0, [4, 3, -1], [5], S.BuiltinOptions.FullyConnectedOptions, S.FullyConnectedOptionsT()),
          operator(1, [5], [6], S.BuiltinOptions.SoftmaxOptions, softmax)], [0], [6])


def make_tensorflow() -> None:
    import tensorflow as tf

    def save(name, build):
        graph = tf.Graph()
        with graph.as_default():
            build(tf.compat.v1)
        (HERE / f"{name}.pb").write_bytes(graph.as_graph_def().SerializeToString(deterministic=True))

    def placeholder(v1, name, *shape):
        return v1.placeholder(tf.float32, list(shape), name=name)

    save("sum", lambda v1: v1.add(placeholder(v1, "a", 2, 3), placeholder(v1, "b", 2, 3), name="c"))
    save("mlp", lambda v1: v1.nn.softmax(
        tf.matmul(tf.nn.relu(tf.matmul(placeholder(v1, "x", None, 4), W1) + B1), W2), name="y"))
    for name, size in (("many", 1 << 40), ("huge", 1 << 24)):
        save(name, lambda v1, size=size: v1.fill(
            tf.constant([size, size], tf.int64), v1.reshape(placeholder(v1, "x", 1), []), name="y"))
    save("reads_file", lambda v1: v1.add(
        tf.strings.length(tf.io.read_file("/etc/hostname")), v1.placeholder(tf.int32, [1], name="x"), name="y"))

    class Mlp(tf.Module):
        def __init__(self):
            super().__init__()
            self.w1, self.b1, self.w2 = tf.Variable(W1), tf.Variable(B1), tf.Variable(W2)

        @tf.function(input_signature=[tf.TensorSpec([None, 4], tf.float32, "x"),
                                      tf.TensorSpec([None, 3], tf.float32, "add")])
        def __call__(self, x, add):
            logits = tf.matmul(tf.nn.relu(tf.matmul(x, self.w1) + self.b1), self.w2) + add
            return {"y": tf.nn.softmax(logits), "best": tf.argmax(logits, axis=1)}

    folder = HERE / "mlp_saved"
    shutil.rmtree(folder, ignore_errors=True)
    module = Mlp()
    tf.saved_model.save(module, str(folder), signatures={"serving_default": module.__call__})


if __name__ == "__main__":
    for part in sys.argv[1:] or ["onnx", "openvino", "tflite", "tensorflow"]:
        globals()[f"make_{part}"]()
