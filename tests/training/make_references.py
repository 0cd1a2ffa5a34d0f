#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Records PyTorch's results for a small network, for tests/training/reference_test.cpp.

Logits, loss, gradients, five steps of Adam and of AdamW, and five of row-rmsprop without and with
weight decay: RowRmsprop below on the first layer's weight, Adam or AdamW on the rest.
Computed in float64, recorded with the 9 digits of a float32.

To refresh tests/fixtures/mlp_reference.json:  make_references.py
To compare it with what PyTorch computes now:  make_references.py --check
Exit status: 1 if they differ by more than 1e-6, 77 without PyTorch.
"""
import json
import sys
from pathlib import Path

try:
    import numpy
    import torch
    from torch.nn.functional import cross_entropy, embedding_bag, linear, relu
except ImportError as error:
    print(f"make_references.py: skipped: {error}")
    sys.exit(77)

FILE = Path(__file__).resolve().parent.parent / "fixtures" / "mlp_reference.json"
TOLERANCE = 1e-6
LR = 0.01
WEIGHT_DECAY = 5.0
INPUTS, HIDDEN1, HIDDEN2, LABELS = 7, 5, 4, 3

# A document is a label and {column: value}. No document contains column 5; the second batch skips
# columns 0 and 3; the fourth batch contains only empty documents.
BATCHES = [
    [(0, {0: 1.0, 2: 0.5, 3: 2.0}), (2, {1: 1.5, 2: 1.0}), (1, {}), (1, {0: 0.25, 4: 0.75, 6: 1.0})],
    [(1, {1: 1.0}), (0, {2: 2.0, 6: 0.5}), (2, {1: 0.5, 4: 1.25})],
    [(2, {0: 0.5, 3: 1.0, 6: 0.25}), (0, {}), (0, {4: 3.0}), (1, {2: 0.125, 3: 0.5})],
    [(1, {}), (2, {})],
    [(0, {0: 2.0, 1: 0.5}), (1, {3: 1.0, 6: 1.0})],
]


def start():
    """The weights before the first step: odd multiples of 1/32, which are exact in a float32."""

    def values(*shape, factor):
        count = numpy.prod(shape)
        grid = [(2 * ((factor * i * i + 3 * i + factor) % 23) - 19) / 32 for i in range(count)]
        return torch.tensor(grid, dtype=torch.float64).reshape(shape).requires_grad_()

    return {
        "hidden1.weight": values(INPUTS, HIDDEN1, factor=5),
        "hidden1.bias": values(HIDDEN1, factor=7),
        "hidden2.weight": values(HIDDEN2, HIDDEN1, factor=9),
        "hidden2.bias": values(HIDDEN2, factor=11),
        "output.weight": values(LABELS, HIDDEN2, factor=13),
        "output.bias": values(LABELS, factor=15),
    }


def csr(batch):
    """The batch as offsets (one more than documents), columns, values and labels."""
    offsets, columns, values = [0], [], []
    for _, document in batch:
        columns += document.keys()
        values += document.values()
        offsets.append(len(columns))
    return offsets, columns, values, [label for label, _ in batch]


def dense_first_layer(weight, batch):
    rows = torch.zeros(len(batch), INPUTS, dtype=torch.float64)
    for r, (_, document) in enumerate(batch):
        for column, value in document.items():
            rows[r, column] = value
    return rows @ weight


def sparse_first_layer(weight, batch):
    offsets, columns, values, _ = csr(batch)
    return embedding_bag(
        torch.tensor(columns, dtype=torch.int64),
        weight,
        torch.tensor(offsets[:-1]),
        mode="sum",
        sparse=True,
        per_sample_weights=torch.tensor(values, dtype=torch.float64),
    )


def logits_of(weights, batch, first_layer):
    x = relu(first_layer(weights["hidden1.weight"], batch) + weights["hidden1.bias"])
    x = relu(linear(x, weights["hidden2.weight"], weights["hidden2.bias"]))
    return linear(x, weights["output.weight"], weights["output.bias"])


def loss_of(weights, batch, first_layer):
    labels = torch.tensor([label for label, _ in batch])
    return cross_entropy(logits_of(weights, batch, first_layer), labels)


def plain(weights):
    return {name: numbers(tensor) for name, tensor in weights.items()}


def numbers(tensor):
    """Floats that JSON writes with the digits of a float32."""
    return [float(str(numpy.float32(x))) for x in tensor.detach().flatten().tolist()]


def steps(make_optimizers, first_layer):
    """The weights after each batch, with one step per batch."""
    weights = start()
    optimizers = make_optimizers(weights)
    after = []
    for batch in BATCHES:
        for optimizer in optimizers:
            optimizer.zero_grad()
        loss_of(weights, batch, first_layer).backward()
        for optimizer in optimizers:
            optimizer.step()
        after.append(plain(weights))
    return after


def adam(weights):
    return [torch.optim.Adam(weights.values(), lr=LR)]


def decaying(weights, names, weight_decay=WEIGHT_DECAY):
    """AdamW over some of the weights: biases do not decay."""
    groups = [
        {"params": [weights[n] for n in names if n.endswith("weight")], "weight_decay": weight_decay},
        {"params": [weights[n] for n in names if n.endswith("bias")], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=LR)


def adamw(weights):
    return [decaying(weights, weights)]


class RowRmsprop:
    """RMSprop with the bias correction of Adam on the rows that a step touches, implemented on the
    dense weight. A row has one mean square; every row decays in every step, touched or not."""

    def __init__(self, weight, weight_decay):
        self.weight, self.weight_decay = weight, weight_decay
        self.v = torch.zeros(weight.shape[0], 1).double()
        self.t = 0

    def zero_grad(self):
        self.weight.grad = None

    def step(self):
        self.t += 1
        gradient = self.weight.grad.coalesce()
        rows, g = gradient.indices()[0], gradient.values()
        with torch.no_grad():
            self.weight *= 1 - LR * self.weight_decay
            self.v[rows] = 0.999 * self.v[rows] + 0.001 * (g * g).mean(1, keepdim=True)
            factor = LR * (1 - 0.999**self.t) ** 0.5
            self.weight[rows] -= factor * g / (self.v[rows].sqrt() + 1e-8)


def row_rmsprop(weight_decay):
    def make(weights):
        behind = [name for name in weights if name != "hidden1.weight"]
        return [RowRmsprop(weights["hidden1.weight"], weight_decay),
                decaying(weights, behind, weight_decay)]

    return make


def references():
    weights = start()
    logits = logits_of(weights, BATCHES[0], dense_first_layer)
    loss = loss_of(weights, BATCHES[0], dense_first_layer)
    loss.backward()
    return {
        "made_by": "tests/training/make_references.py",
        "shape": [INPUTS, HIDDEN1, HIDDEN2, LABELS],
        "batches": [dict(zip(("offsets", "columns", "values", "labels"), csr(b))) for b in BATCHES],
        "weights": plain(weights),
        "logits": numbers(logits),
        "loss": numbers(loss)[0],
        "gradients": {name: numbers(tensor.grad) for name, tensor in weights.items()},
        "lr": LR,
        "adam": steps(adam, dense_first_layer),
        "row_rmsprop": steps(row_rmsprop(0.0), sparse_first_layer),
        "weight_decay": WEIGHT_DECAY,
        "adamw": steps(adamw, dense_first_layer),
        "row_rmspropw": steps(row_rmsprop(WEIGHT_DECAY), sparse_first_layer),
    }


def dump(value, indent=""):
    """JSON with every array of numbers on one line."""
    deeper = indent + "  "
    if isinstance(value, dict):
        parts = [f"{json.dumps(key)}: {dump(part, deeper)}" for key, part in value.items()]
        brackets = "{}"
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        parts = [dump(part, deeper) for part in value]
        brackets = "[]"
    else:
        return json.dumps(value)
    lines = ",\n".join(deeper + part for part in parts)
    return f"{brackets[0]}\n{lines}\n{indent}{brackets[1]}"


def difference(recorded, computed, where=""):
    """A description of the first difference between the two, or None."""
    if isinstance(computed, dict) and isinstance(recorded, dict):
        if list(recorded) != list(computed):
            return f"{where}: has {list(recorded)}, not {list(computed)}"
        pairs = [(f"{where}/{key}", recorded[key], computed[key]) for key in computed]
    elif isinstance(computed, list) and isinstance(recorded, list):
        if len(recorded) != len(computed):
            return f"{where}: has {len(recorded)} elements, not {len(computed)}"
        pairs = [(f"{where}/{i}", *pair) for i, pair in enumerate(zip(recorded, computed))]
    elif isinstance(computed, float) and isinstance(recorded, (int, float)):
        close = abs(recorded - computed) <= TOLERANCE * max(1, abs(computed))
        return None if close else f"{where}: is {recorded}, not {computed}"
    else:
        return None if recorded == computed else f"{where}: is {recorded!r}, not {computed!r}"
    return next(filter(None, (difference(a, b, path) for path, a, b in pairs)), None)


def main():
    computed = references()
    if sys.argv[1:] == ["--check"]:
        found = difference(json.loads(FILE.read_text()), computed)
        if found:
            print(f"{FILE}: {found}; if that is meant, run make_references.py without --check")
            sys.exit(1)
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        FILE.write_text(dump(computed) + "\n")


if __name__ == "__main__":
    main()
