"""Measures a trained chat model, exports it, and packs the archive: int8 weights, tokenizer, card."""

import argparse
import gzip
import io
import json
import platform
import sys
import tarfile
import tempfile
from pathlib import Path

import numpy as np
import onnx
import torch

sys.path.append(str(Path(__file__).parents[1]))
from archive import pack_archive, to_json
from evaluate import greedy, onnx_answers, score, seen_in_training
from export_onnx import build
from held_out import DEVELOPMENT, read_held_out
from model import Decoder
from tokenizers import Tokenizer
from tokens import CHAT_TEMPLATE, END, SPECIAL, START, STOP, ChatTokens
from tokens import versions as tokens_versions
from train import ROOT, make_config

DESCRIPTION = "Talks briefly about Inpoint, model artifacts and inference modes, in English and Korean."
HERE = Path(__file__).parent
MAX_NEW_TOKENS = 160
GOLDEN = [
    "What is Inpoint?",
    "what is a model artifact",
    "Inpoint가 뭐야?",
    "서버리스가 뭐야?",
    "how do I install it?",
    "thank you",
]
TALK = [
    "hi!",
    "which inference modes are there",
    "when should I use serverless?",
    "how do I use it",
    "in Korean please",
    "who won the world cup?",
]


def main():
    """Packs the last checkpoint of a training, whether it has ended or not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT / "../shared/data")
    parser.add_argument("--out", type=Path, default=ROOT / "public/models/chat/model.tar.gz")
    parser.add_argument("--work", type=Path, default=ROOT / ".cache/chat")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--plain", action="store_true", help="a tar of the files as they are, without inpoint pack")
    options = parser.parse_args()
    torch.set_num_threads(1)
    kept = torch.load(options.work / "checkpoint.pt")
    tokenizer = Tokenizer.from_file(str(options.work / "tokenizer.json"))
    model = Decoder(make_config(tokenizer.get_vocab_size()), len(kept["model"]["topic.weight"]))
    model.load_state_dict(kept["model"])
    pack_chat(model.eval(), tokenizer, kept["step"], options)


def pack_chat(model: Decoder, tokenizer: Tokenizer, steps: int, options):
    files = model_files(model, tokenizer)
    asked, development = read_held_out(), read_held_out(DEVELOPMENT)
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            Path(folder, name).parent.mkdir(exist_ok=True)
            Path(folder, name).write_bytes(content)
        answer_of = onnx_answers(Path(folder))
        scores, wrong = score(answer_of, asked)
        developed, _ = score(answer_of, development)
        conversation = talk(answer_of)
    as_trained = greedy(model, ChatTokens(tokenizer))
    sample = asked[:: len(asked) // 60]
    metrics = {
        "heldOut": scores,
        "heldOutDrawnInTraining": len(seen_in_training(asked, options.data, options.seed + 92)),
        "development": developed,
        "sameAnswerInt8AsFloat32": {
            "same": sum(as_trained([("user", one.question)]) == answer_of([("user", one.question)]) for one in sample),
            "of": len(sample),
        },
        "parameters": sum(p.numel() for name, p in model.named_parameters() if not name.startswith("topic.")),
        "steps": steps,
        "seed": options.seed,
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "onnx": onnx.__version__,
            "numpy": np.__version__,
            **tokens_versions(),
        },
    }
    print(json.dumps(metrics, indent=1))
    for one, answer in wrong:
        print("wrong:", ",".join(one.topics), "|", one.question, "|", answer[:100])
    files |= {
        "metrics.json": to_json(metrics),
        "README.md": card(metrics, conversation).encode(),
        "golden.json": to_json(golden(as_trained)),
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    if options.plain:
        options.out.write_bytes(plain_archive(files))
    else:
        pack_archive(files, options.out, name="Chat", description=DESCRIPTION, version="1.0.0", license="MIT")
    print(options.out, options.out.stat().st_size, "bytes")


def golden(answer_of) -> dict:
    """Questions with the answers that the weights give in PyTorch, in float32."""
    samples = [
        {
            "name": question,
            "input": [{"role": "user", "content": question}],
            "answer": {"generatedText": answer_of([("user", question)])},
        }
        for question in GOLDEN
    ]
    return {"source": f"PyTorch {torch.__version__}", "samples": samples}


def model_files(model: Decoder, tokenizer: Tokenizer) -> dict[str, bytes]:
    """What Transformers, and Inpoint, take a model from."""
    start, stop, end = (tokenizer.token_to_id(token) for token in (START, STOP, END))
    ids = {"bos_token_id": start, "eos_token_id": stop, "pad_token_id": end}
    onnx_model = build(model.config, model.weights(), quantize=True)
    onnx.checker.check_model(onnx_model, full_check=True)
    special = [
        {"id": i, "content": token, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
        for i, token in enumerate(SPECIAL)
    ]
    return {
        "config.json": to_json(model.config.to_json(**ids)),
        "generation_config.json": to_json({**ids, "do_sample": False, "max_new_tokens": MAX_NEW_TOKENS}),
        "tokenizer.json": compact(json.loads(tokenizer.to_str())),
        "tokenizer_config.json": to_json(
            {
                "tokenizer_class": "PreTrainedTokenizerFast",
                "added_tokens_decoder": {str(one["id"]): {**one, "special": True} for one in special},
                "bos_token": START,
                "eos_token": STOP,
                "pad_token": END,
                "add_bos_token": False,
                "model_max_length": model.config.max_position_embeddings,
                "clean_up_tokenization_spaces": False,
                "chat_template": CHAT_TEMPLATE,
            }
        ),
        "onnx/model_quantized.onnx": onnx_model.SerializeToString(),
    }


def compact(value) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def talk(answer_of) -> str:
    """A conversation for the card, answered by the model itself."""
    messages, lines = [], []
    for question in TALK:
        messages.append(("user", question))
        messages.append(("assistant", answer_of(messages)))
        lines += [f"> **{question}**", ">", f"> {messages[-1][1]}", ">"]
    return "\n".join(lines[:-1])


def card(metrics: dict, conversation: str) -> str:
    """The model card, with what was measured."""
    names = {
        "all": "all questions",
        "inScope-en": "about the project, English",
        "inScope-ko": "about the project, Korean",
        "outOfScope-en": "about anything else, English: says that it does not know",
        "outOfScope-ko": "about anything else, Korean: says that it does not know",
    }
    rows = [
        f"| {text} | {part(metrics['heldOut'][name])} | {part(metrics['development'][name])} |"
        for name, text in names.items()
    ]
    head = ["| right | held out | development |", "| --- | --- | --- |"]
    same = metrics["sameAnswerInt8AsFloat32"]
    return (
        (HERE / "CARD.md")
        .read_text()
        .replace("{metrics}", "\n".join([*head, *rows]))
        .replace("{parameters}", f"{metrics['parameters'] / 1e6:.1f} million")
        .replace("{same}", f"{same['same']} of {same['of']}")
        .replace("{conversation}", conversation)
    )


def part(one: dict) -> str:
    return f"{one['right']} of {one['of']}, {one['right'] / one['of']:.1%}"


def plain_archive(files: dict[str, bytes]) -> bytes:
    """The same bytes for the same files: no times and no owners."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o644
            archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(buffer.getvalue(), 9, mtime=0)


if __name__ == "__main__":
    main()
