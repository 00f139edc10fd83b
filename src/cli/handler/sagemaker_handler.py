"""Serves the ONNX model of this archive in the cloud, with the steps of its inference.json.

Written by `inpoint pack --with-sagemaker-handler`. It has the four functions that SageMaker's framework containers call:
model_fn, input_fn, predict_fn and output_fn. Answers are those that `inpoint predict --json` gives.

Requests: application/json (the input itself, or {"inputs": …, "parameters": {"topK": 1}}), text/plain for texts,
text/csv for one row of a table, image/png and image/jpeg (or application/x-image) for pictures.
"""

import csv
import io
import json
import math
import os
import re
import unicodedata

import numpy as np
import onnxruntime

JS_SPACE = "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
NUMPY_TYPES = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(float16)": np.float16,
    "tensor(int8)": np.int8,
    "tensor(uint8)": np.uint8,
    "tensor(int16)": np.int16,
    "tensor(uint16)": np.uint16,
    "tensor(int32)": np.int32,
    "tensor(uint32)": np.uint32,
    "tensor(int64)": np.int64,
    "tensor(uint64)": np.uint64,
    "tensor(bool)": np.bool_,
    "tensor(string)": np.object_,
}
TENSOR_NAMES = {
    np.dtype(kind).name: name
    for kind, name in [
        (np.float32, "float32"), (np.float64, "float64"), (np.float16, "float16"), (np.int8, "int8"),
        (np.uint8, "uint8"), (np.int16, "int16"), (np.uint16, "uint16"), (np.int32, "int32"), (np.uint32, "uint32"),
        (np.int64, "int64"), (np.uint64, "uint64"), (np.bool_, "bool"), (np.object_, "string"),
    ]
}


def model_fn(model_dir):
    with open(os.path.join(model_dir, "inference.json"), encoding="utf-8") as file:
        manifest = json.load(file)
    path = manifest["model"] if isinstance(manifest["model"], str) else manifest["model"][0]["file"]
    session = onnxruntime.InferenceSession(os.path.join(model_dir, path), providers=["CPUExecutionProvider"])
    return TASKS[manifest["task"]](manifest, session, model_dir)


def input_fn(request_body, content_type="application/json"):
    kind = (content_type or "application/json").split(";")[0].strip().lower()
    if kind.startswith("image/") or kind == "application/x-image":
        return {"inputs": bytes(request_body), "parameters": {}}
    text = request_body.decode("utf-8") if isinstance(request_body, (bytes, bytearray)) else request_body
    if kind in ("text/csv", "text/plain"):
        return {"inputs": text.rstrip("\r\n"), "parameters": {}}
    if kind != "application/json":
        raise ValueError(f"Content type {kind} is not known: send application/json, text/plain, text/csv or an image.")
    body = json.loads(text)
    if isinstance(body, dict) and "inputs" in body and set(body) <= {"inputs", "parameters"}:
        return {"inputs": body["inputs"], "parameters": body.get("parameters") or {}}
    return {"inputs": body, "parameters": {}}


def predict_fn(data, model):
    return model.answer(data["inputs"], data["parameters"])


def output_fn(prediction, accept="application/json"):
    return json.dumps(prediction, ensure_ascii=False)


class Task:
    """What the tasks share: feeding the model by roles, and finding its outputs."""

    def __init__(self, manifest, session, folder):
        self.manifest = manifest
        self.session = session
        self.folder = folder
        self.steps = manifest.get("preprocess") or []
        self.feeds = manifest.get("feeds") or {}
        self.results = manifest.get("results") or {}
        self.constants = {}
        for name, feed in self.feeds.items():
            if isinstance(feed, dict) and "constant" in feed:
                constant = feed["constant"]
                kind = NUMPY_TYPES[self.input(name).type]
                self.constants[name] = np.array(constant["data"], dtype=kind).reshape(constant["dims"])
        self.inputs = [one for one in session.get_inputs() if one.name not in self.constants]

    def input(self, name):
        return next(one for one in self.session.get_inputs() if one.name == name)

    def role_of(self, one, roles):
        said = self.feeds.get(one.name)
        if isinstance(said, str):
            return said
        if one.name in roles:
            return one.name
        return roles[0] if len(self.inputs) == 1 else None

    def run(self, feeds):
        outputs = [one.name for one in self.session.get_outputs()]
        return dict(zip(outputs, self.session.run(None, {**self.constants, **feeds})))

    def run_roles(self, by_role):
        feeds = {}
        for one in self.inputs:
            role = self.role_of(one, list(by_role))
            if role not in by_role:
                raise ValueError(f"The model wants an input {one.name!r}, which this task does not give.")
            feeds[one.name] = np.asarray(by_role[role]).astype(NUMPY_TYPES[one.type])
        return self.run(feeds)

    def result(self, outputs, *names):
        said = next((self.results[name] for name in names if name in self.results), None)
        if said is not None:
            return outputs[said]
        for name in names:
            if name in outputs:
                return outputs[name]
        if len(outputs) == 1:
            return next(iter(outputs.values()))
        raise ValueError(f"The model gave none of {names}; it gave {list(outputs)}.")


def rank(values, labels, steps, parameters):
    if "topK" in parameters and not (type(parameters["topK"]) is int and parameters["topK"] > 0):
        raise ValueError("The parameter topK is a whole number above 0.")
    scores = [float(value) for value in np.ravel(values).astype(np.float64)]
    lowest, count = -math.inf, parameters.get("topK")
    for step in steps:
        kind = step["step"]
        if kind == "softmax" and len(scores) > 1:
            powers = [math.exp(score - max(scores)) for score in scores]
            scores = [power / sum(powers) for power in powers]
        elif kind in ("softmax", "sigmoid"):
            scores = [sigmoid(score) for score in scores]
        elif kind == "complement":
            scores = [1 - scores[0], scores[0]]
        elif kind == "threshold":
            lowest = step["min"]
        elif kind == "top-k":
            count = step["k"] if count is None else count
    named = [(labels[i] if i < len(labels) else f"LABEL_{i}", score) for i, score in enumerate(scores)]
    best = sorted((one for one in named if one[1] >= lowest), key=lambda one: -one[1])
    return {"labels": [{"label": label, "score": score} for label, score in best[: 5 if count is None else count]]}


def sigmoid(x):
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


class TensorTask(Task):
    """Tensors by name in and out, as {"type", "dims", "data"}."""

    def answer(self, inputs, parameters):
        feeds = {}
        for one in self.inputs:
            given = inputs[one.name]
            given = given.get("$tensor", given)
            feeds[one.name] = np.array(given["data"], dtype=NUMPY_TYPES[one.type]).reshape(given["dims"])
        return {
            name: {"type": TENSOR_NAMES[value.dtype.name], "dims": list(value.shape), "data": plain(value)}
            for name, value in self.run(feeds).items()
        }


def plain(array):
    values = array.ravel().tolist()
    return [None if isinstance(value, float) and not math.isfinite(value) else value for value in values]


class TextClassification(Task):
    def __init__(self, manifest, session, folder):
        super().__init__(manifest, session, folder)
        last = self.steps[-1] if self.steps and self.steps[-1]["step"] in ("tokenize", "words") else None
        self.changes = self.steps[:-1] if last else self.steps
        self.words = last if last and last["step"] == "words" else None
        self.tokenizer = None
        if last and last["step"] == "tokenize":
            from tokenizers import Tokenizer

            self.tokenizer = Tokenizer.from_file(os.path.join(folder, last.get("tokenizer", "tokenizer.json")))
            self.tokenizer.no_padding()
            self.tokenizer.no_truncation()
            limits = [last[key] for key in ("maxTokens", "padTo") if last.get(key) is not None]
            if limits:
                self.tokenizer.enable_truncation(min(limits))

    def change(self, text):
        for step in self.changes:
            kind = step["step"]
            if kind == "trim":
                text = text.strip(JS_SPACE)
            elif kind == "lowercase":
                text = text.lower()
            elif kind == "unicode-normalize":
                text = unicodedata.normalize(step["form"], text)
            elif kind == "replace":
                text = re.sub(python_pattern(step), lambda _: step["with"], text, flags=re.ASCII)
            elif kind == "prefix" and "for" not in step:
                text = step["text"] + text
        return text

    def answer(self, inputs, parameters):
        given = {"text": inputs} if isinstance(inputs, str) else inputs
        text, pair = given.get("text"), given.get("textPair")
        if not isinstance(text, str) or not isinstance(pair, (str, type(None))):
            raise ValueError("A text is a string, or {text, textPair}.")
        if not text.strip():
            raise ValueError("The text is empty: there is nothing to say of it.")
        pair = pair or None
        if self.tokenizer:
            texts = (self.change(text),) if pair is None else (self.change(text), self.change(pair))
            encoded = self.tokenizer.encode(*texts)
            row = lambda values: np.array([values], dtype=np.int64)
            outputs = self.run_roles({
                "input_ids": row(encoded.ids),
                "attention_mask": row(encoded.attention_mask),
                "token_type_ids": row(encoded.type_ids),
                "position_ids": row(list(range(len(encoded.ids)))),
            })
        else:
            text = self.change(text)
            role = "text"
            strings = [text]
            if self.words:
                stop = set(self.words.get("stopWords") or [])
                found = [match.group(0) for match in re.finditer(python_pattern(self.words), text, flags=re.ASCII)]
                role, strings = "words", [word for word in found if word not in stop]
            one = next(one for one in self.inputs if self.role_of(one, [role]) == role)
            size = len(one.shape) if one.shape is not None else (2 if self.words else 1)
            shape = [] if size == 0 else [1] * (size - 1) + [len(strings)]
            outputs = self.run({one.name: np.array(strings, dtype=np.object_).reshape(shape)})
        values = self.result(outputs, "logits", "probabilities", "scores")
        return rank(values, self.manifest["labels"], self.manifest["postprocess"], parameters)


class ImageClassification(Task):
    def answer(self, inputs, parameters):
        from PIL import Image, ImageOps

        if not isinstance(inputs, (bytes, bytearray)):
            raise ValueError("A picture is sent as image/png or image/jpeg.")
        image = on_white(ImageOps.exif_transpose(Image.open(io.BytesIO(inputs))))
        one = next(one for one in self.inputs if self.role_of(one, ["pixel_values"]) == "pixel_values")
        channels_last = one.shape[3] in (1, 3) and one.shape[1] not in (1, 3)
        channels = one.shape[3] if channels_last else one.shape[1]
        is_grey = any(step["step"] == "grayscale" for step in self.steps)
        channels = channels if channels in (1, 3) else 1 if is_grey else 3
        if channels == 1 and not is_grey:
            image = image.convert("L")
        numeric = [step["step"] in ("rescale", "normalize") for step in self.steps]
        border = numeric.index(True) if True in numeric else len(self.steps)
        for step in self.steps[:border]:
            image = change_image(image, step)
        pixels = np.asarray(image)
        values = (pixels[:, :, None] if pixels.ndim == 2 else pixels).astype(np.float32)
        for step in self.steps[border:]:
            if step["step"] == "rescale":
                values = (values * step["factor"] + step.get("offset", 0)).astype(np.float32)
            else:
                values = (values - np.float32(step["mean"])) / np.float32(step["std"])
        order = values if channels_last else values.transpose(2, 0, 1)
        outputs = self.run({one.name: np.ascontiguousarray(order[None]).astype(NUMPY_TYPES[one.type])})
        scores = self.result(outputs, "logits", "probabilities", "scores")
        return rank(scores, self.manifest["labels"], self.manifest["postprocess"], parameters)


def on_white(image):
    from PIL import Image

    if image.mode.startswith("I"):
        image = Image.fromarray((np.asarray(image).astype(np.int64) >> 8).astype(np.uint8))
    if image.mode not in ("RGBA", "LA", "PA") and "transparency" not in image.info:
        return image.convert("RGB")
    rgba = np.asarray(image.convert("RGBA")).astype(np.float64)
    alpha = rgba[..., 3:]
    return Image.fromarray(np.rint(rgba[..., :3] * alpha / 255 + 255 - alpha).astype(np.uint8))


def change_image(image, step):
    from PIL import Image

    kind = step["step"]
    if kind == "grayscale":
        return image.convert("L")
    if kind == "reverse-channels":
        return Image.fromarray(np.ascontiguousarray(np.asarray(image)[..., ::-1]))
    if kind == "resize":
        filters = {"nearest": 0, "lanczos": 1, "bilinear": 2, "bicubic": 3, "box": 4, "hamming": 5}
        return image.resize(resolve_size(step["size"], *image.size), filters[step.get("filter", "bilinear")])
    if kind == "center-crop":
        return frame(image, step["width"], step["height"], (image.width - step["width"]) // 2, (image.height - step["height"]) // 2, [0])
    if kind == "pad":
        centred = step.get("place", "center") == "center"
        left = (step["width"] - image.width) // 2 if centred else 0
        top = (step["height"] - image.height) // 2 if centred else 0
        return frame(image, step["width"], step["height"], -left, -top, step.get("color", [0]))
    raise ValueError(f"The step {kind} is not known.")


def resolve_size(rule, width, height):
    if "height" in rule:
        return rule["width"], rule["height"]
    edge = rule["shortestEdge"]
    short, long = min(width, height), max(width, height)
    other = long if short == edge else int(edge * long / short)
    return (edge, other) if width <= height else (other, edge)


def frame(image, width, height, left, top, color):
    from PIL import Image

    bands = len(image.getbands())
    fill = tuple(int(color[min(i, len(color) - 1)]) for i in range(bands))
    framed = Image.new(image.mode, (width, height), fill if bands > 1 else fill[0])
    framed.paste(image, (-left, -top))
    return framed


def python_pattern(step):
    """A step's regular expression as Python has it: what JavaScript writes for a word character is \\w of any script."""
    return step["pattern"].replace(r"[\p{L}\p{N}_]", r"(?u:\w)")


MISSING_WORDS = set(
    "|#N/A|#N/A N/A|#NA|-1.#IND|-1.#QNAN|-NaN|-nan|1.#IND|1.#QNAN|<NA>|N/A|NA|NULL|NaN|None|n/a|nan|null".split("|")
)
NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*", re.IGNORECASE | re.ASCII)


class Table(Task):
    def __init__(self, manifest, session, folder):
        super().__init__(manifest, session, folder)
        self.columns = manifest["columns"]
        for column in self.columns:
            name = column["name"]
            listed = [
                one
                for step in self.steps
                if step["step"] in ("one-hot", "ordinal") and name in step["columns"]
                for one in step["categories"][step["columns"].index(name)]
            ]
            filled = any(step["step"] == "impute" and name in step["columns"] for step in self.steps)
            column["known"] = finder((column.get("values") or []) + [one for one in listed if one is not None])
            column["optional"] = column.get("optional", filled or None in listed)

    def read_row(self, row):
        if isinstance(row, str):
            row = next(csv.reader([row]))
        if isinstance(row, dict):
            unknown = set(row) - {column["name"] for column in self.columns}
            if unknown:
                raise ValueError(f"The table has no column {sorted(unknown)[0]!r}.")
            row = [row.get(column["name"]) for column in self.columns]
        if len(row) != len(self.columns):
            raise ValueError(f"The row has {len(row)} values, and the table has {len(self.columns)} columns.")
        return [read_cell(column, value) for column, value in zip(self.columns, row)]

    def features(self, row):
        names = [column["name"] for column in self.columns]
        cells = self.read_row(row)
        for step in self.steps:
            names, cells = apply_step(step, names, cells)
        return names, cells

    def feeds_of(self, row):
        names, cells = self.features(row)
        groups = self.manifest.get("groups") or {}
        plain_names = [re.sub(r"[^A-Za-z0-9]", "_", name) for name in names]
        place = lambda wanted: names.index(wanted) if wanted in names else plain_names.index(wanted) if wanted in plain_names else None
        feeds = {}
        for one in self.inputs:
            said = self.feeds.get(one.name)
            role = said if isinstance(said, str) else "features" if len(self.inputs) == 1 else one.name
            single = place(role)
            if role in groups:
                values = [cells[place(wanted)] for wanted in groups[role]]
            elif single is not None and (len(self.inputs) > 1 or said is not None):
                values = [cells[single]]
            elif role == "features":
                values = cells
            else:
                raise ValueError(f"The model wants an input {role!r}, which the table does not give.")
            dims = [1] if len(one.shape) == 1 and len(values) == 1 else [1, len(values)]
            kind = NUMPY_TYPES[one.type]
            if kind is np.object_:
                values = ["" if value is None else text_of(value) for value in values]
                feeds[one.name] = np.array(values, dtype=kind).reshape(dims)
            else:
                feeds[one.name] = np.array(values, dtype=np.float64).reshape(dims).astype(kind)
        return feeds


def is_missing(cell):
    return cell is None or (isinstance(cell, float) and math.isnan(cell))


def text_of(value):
    """A value as JavaScript writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    return str(value)


def spellings(value):
    if value is None:
        return []
    return ["true", "True"] if value is True else ["false", "False"] if value is False else [text_of(value)]


def finder(categories):
    places = {}
    for wanted in (True, False):
        for place, category in enumerate(categories):
            if isinstance(category, str) is wanted:
                for key in spellings(category):
                    places.setdefault(key, place)
    missing = categories.index(None) if None in categories else -1

    def find(value):
        if is_missing(value):
            return missing
        for key in spellings(value):
            if key in places:
                return places[key]
        if isinstance(value, str) and NUMBER.fullmatch(value):
            place = places.get(text_of(float(value)), -1)
            if place >= 0 and isinstance(categories[place], (int, float)) and not isinstance(categories[place], bool):
                return place
        return -1

    return find


def read_cell(column, value):
    absent = is_missing(value)
    if isinstance(value, str) and value.strip(JS_SPACE) in MISSING_WORDS:
        absent = column["known"](value) < 0
    if absent:
        if not column["optional"]:
            raise ValueError(f"The column {column['name']!r} has no value.")
        return math.nan if column["type"] == "number" else None
    if column["type"] == "category":
        return value
    if isinstance(value, str) and not NUMBER.fullmatch(value):
        raise ValueError(f"The value {value!r} of the column {column['name']!r} is not a number.")
    return float(value)


def apply_step(step, names, cells):
    kind = step["step"]
    chosen = {names.index(name): i for i, name in enumerate(step["columns"])}
    if kind == "select":
        return list(step["columns"]), [cells[place] for place in chosen]
    if kind == "impute":
        indicator = step.get("indicator", False)
        told = step["columns"] if indicator is True else indicator or []
        behind = max(chosen) + 1
        flags = [1.0 if is_missing(cells[names.index(name)]) else 0.0 for name in told]
        filled = [step["values"][chosen[at]] if at in chosen and is_missing(cell) else cell for at, cell in enumerate(cells)]
        added = [f"missingindicator_{name}" for name in told]
        return names[:behind] + added + names[behind:], filled[:behind] + flags + filled[behind:]
    if kind == "normalize":
        picked = [abs(cells[place]) for place in chosen]
        length = {"max": max(picked), "l1": sum(picked), "l2": math.sqrt(sum(x * x for x in picked))}[step["norm"]]
        return names, [cell / length if at in chosen and length != 0 else cell for at, cell in enumerate(cells)]
    new_names, new_cells = [], []
    for at, (name, cell) in enumerate(zip(names, cells)):
        made = [(name, cell)] if at not in chosen else made_of(step, chosen[at], name, cell)
        new_names += [one for one, _ in made]
        new_cells += [value for _, value in made]
    return new_names, new_cells


def made_of(step, i, name, cell):
    kind = step["step"]
    if kind == "one-hot":
        listed, dropped = step["categories"][i], (step.get("drop") or {i: None})[i]
        found = finder(listed)(cell)
        if found < 0 and step.get("unknown", "error") == "error":
            raise ValueError(f"The column {name!r} knows no {cell!r}.")
        return [
            (f"{name}_{'nan' if category is None else text_of(category)}", 1.0 if place == found else 0.0)
            for place, category in enumerate(listed)
            if place != dropped
        ]
    if kind == "ordinal":
        found = finder(step["categories"][i])(cell)
        if found >= 0 and is_missing(cell):
            return [(name, float(step.get("missing", math.nan)))]
        if found < 0 and step.get("unknown", "error") == "error":
            raise ValueError(f"The column {name!r} knows no {cell!r}.")
        return [(name, float(found if found >= 0 else step["unknown"]))]
    if is_missing(cell):
        return [(name, cell)]
    if kind == "standard-scale":
        return [(name, (cell - step["mean"][i]) / step["scale"][i])]
    if kind == "min-max-scale":
        return [(name, cell * step["scale"][i] + step["min"][i])]
    if kind == "clip":
        return [(name, min(max(cell, step["min"]), step["max"]))]
    if kind == "log1p":
        return [(name, math.log1p(cell))]
    if kind == "bin":
        return [(name, float(sum(edge <= cell for edge in step["edges"][i][1:-1])))]
    raise ValueError(f"The step {kind} is not known.")


class TabularClassification(Table):
    def answer(self, inputs, parameters):
        outputs = self.run(self.feeds_of(inputs))
        labels = self.manifest.get("labels") or []
        said = next((role for role in ("probabilities", "logits", "scores", "label") if role in self.results), None)
        name = self.results[said] if said else self.scores_among(outputs)
        values = outputs[name]
        whole = values.dtype.kind in "iub"
        if values.dtype.kind in "OU" or said == "label" or (whole and said is None):
            value = np.ravel(values)[0]
            label = value if isinstance(value, str) else labels[int(value)] if int(value) < len(labels) else str(int(value))
            return {"labels": [{"label": label, "score": 1}]}
        steps = self.manifest.get("postprocess")
        if steps is None:
            with_labels = any(one != name and other.dtype.kind in "iubOU" for one, other in outputs.items())
            steps = default_steps(said or name, with_labels, values.size == 1 and len(labels) != 1)
        return rank(values, labels, steps, parameters)

    def scores_among(self, outputs):
        fractions = [name for name, value in outputs.items() if isinstance(value, np.ndarray) and value.dtype.kind == "f"]
        for part in ("prob", "logit", "score"):
            for name in fractions:
                if part in name.lower():
                    return name
        if len(fractions) == 1:
            return fractions[0]
        if not fractions and len(outputs) == 1:
            return next(iter(outputs))
        raise ValueError('Name the output with the probabilities under "results" of inference.json.')


def default_steps(name, with_labels, alone):
    if "logit" in name.lower():
        return [{"step": "sigmoid"}, {"step": "complement"}] if alone else [{"step": "softmax"}]
    if "prob" in name.lower() or with_labels:
        return [{"step": "complement"}] if alone else []
    raise ValueError('Say under "postprocess" of inference.json whether the model gives probabilities or logits.')


class TabularRegression(Table):
    def answer(self, inputs, parameters):
        outputs = {name: value for name, value in self.run(self.feeds_of(inputs)).items() if value.dtype.kind != "O"}
        targets = self.manifest.get("targets") or []
        said = next((self.results[role] for role in ("value", "values", "predictions") if role in self.results), None)
        usual = [name for name in ("variable", "predictions", "prediction", "value", "output") if name in outputs]
        if said is not None:
            names = [said]
        elif targets and all(target in outputs for target in targets):
            names = targets
        else:
            names = list(outputs) if len(outputs) == 1 else usual[:1]
        values = [float(value) for name in names for value in np.ravel(outputs[name])]
        for step in self.manifest.get("postprocess") or []:
            if step["step"] == "exp":
                values = [math.exp(value) for value in values]
            elif step["step"] == "expm1":
                values = [math.expm1(value) for value in values]
            else:
                of = lambda numbers, i: numbers[i] if i < len(numbers) else numbers[0]
                values = [value * of(step["scale"], i) + of(step["mean"], i) for i, value in enumerate(values)]
        name = lambda i: targets[i] if i < len(targets) else "value" if len(values) == 1 else f"value_{i}"
        return {"value": values[0], "values": {name(i): value for i, value in enumerate(values)}}


TASKS = {
    "tensor": TensorTask,
    "text-classification": TextClassification,
    "image-classification": ImageClassification,
    "tabular-classification": TabularClassification,
    "tabular-regression": TabularRegression,
}
