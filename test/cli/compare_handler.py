"""Runs the SageMaker handler of packed archives over their golden samples, and compares.

    python3 compare_handler.py FOLDER TOLERANCE

FOLDER is an unpacked archive. Prints one line of JSON: how many samples were compared, how many were refused as they
should be, and what differs. Needs onnxruntime, NumPy, and tokenizers or Pillow where the archive's model does.
"""

import importlib.util
import json
import os
import sys


def differences(expected, actual, tolerance, at="answer"):
    if isinstance(expected, dict):
        if not isinstance(actual, dict):
            return [f"{at} is {actual!r}"]
        return [one for key in expected for one in differences(expected[key], actual.get(key), tolerance, f"{at}.{key}")]
    if isinstance(expected, list):
        if not isinstance(actual, list) or len(expected) != len(actual):
            return [f"{at} is {actual!r}, not {expected!r}"]
        pairs = enumerate(zip(expected, actual))
        return [one for i, (a, b) in pairs for one in differences(a, b, tolerance, f"{at}[{i}]")]
    if isinstance(expected, (int, float)) and not isinstance(expected, bool):
        isNumber = isinstance(actual, (int, float))
        close = isNumber and abs(actual - expected) <= tolerance * max(1, abs(expected))
        return [] if close else [f"{at} is {actual!r}, not {expected!r}"]
    return [] if expected == actual else [f"{at} is {actual!r}, not {expected!r}"]


def request(folder, sample):
    given, options = sample.get("input", sample.get("feeds")), sample.get("options") or {}
    if isinstance(given, dict) and "$file" in given:
        with open(os.path.join(folder, given["$file"]), "rb") as file:
            return file.read(), "image/png", options
    return json.dumps({"inputs": given, "parameters": options}), "application/json", {}


def main(folder, tolerance):
    spec = importlib.util.spec_from_file_location("inference", os.path.join(folder, "code", "inference.py"))
    handler = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(handler)
    model = handler.model_fn(folder)
    with open(os.path.join(folder, "golden.json"), encoding="utf-8") as file:
        samples = json.load(file)["samples"]
    compared, refused, problems = 0, 0, []
    for index, sample in enumerate(samples):
        name = sample.get("name", str(index))
        body, kind, options = request(folder, sample)
        try:
            data = handler.input_fn(body, kind)
            data["parameters"].update(options)
            answer = json.loads(handler.output_fn(handler.predict_fn(data, model), "application/json"))
        except Exception as error:
            if "error" in sample:
                refused += 1
            else:
                problems.append(f"{name}: {error!r}")
            continue
        if "error" in sample:
            problems.append(f"{name}: it was answered, and should be refused")
            continue
        expected = sample.get("answer")
        if expected is None:
            expected = sample["outputs"]
        if isinstance(expected, dict) and all(isinstance(one, dict) and "$tensor" in one for one in expected.values()):
            expected = {key: one["$tensor"] for key, one in expected.items()}
        compared += 1
        problems += [f"{name}: {one}" for one in differences(expected, answer, tolerance)[:2]]
    print(json.dumps({"compared": compared, "refused": refused, "problems": problems}))


main(sys.argv[1], float(sys.argv[2]))
