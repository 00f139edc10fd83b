/** The name of a command. */
export type CommandName = 'pack' | 'inspect' | 'verify' | 'predict' | 'transform';

const exitCodes = `Exit codes
  0    all is well
  1    the model or the data are not right: a check failed, a record was refused
  2    the command cannot be understood
  3    files: the archive cannot be read (not there, broken, unsafe, too large), or the output not written
  130  interrupted with Ctrl+C; 143 by SIGTERM, 129 by SIGHUP
`;

/** What `inpoint --help` says. */
export const overview: string = `inpoint makes, examines and runs the model.tar.gz that a web page can serve.

Usage
  inpoint pack DIR -o model.tar.gz     make an archive of a folder
  inpoint inspect FILE|DIR|URL         what is in it, what it needs, what is missing
  inpoint verify FILE                  is it whole, and does it still answer as it should
  inpoint predict FILE INPUT…          answer inputs, as the page would
  inpoint transform FILE DATA -o OUT   answer all records of a file
  inpoint COMMAND --help               more of each, with examples

From a trained model to a page
  1. Export the model to ONNX where it was trained, into a folder: model.onnx, with tokenizer.json or
     preprocessor_config.json beside it if it has them.
  2. inpoint inspect ./folder          says what else is needed, and how to get it
  3. inpoint pack ./folder -o model.tar.gz --golden golden.json
  4. Put model.tar.gz on any static host, and in the page:
     const endpoint = await deploy('/model.tar.gz')

Options of every command
  -h, --help       this, or a command's own
  -V, --version    the version
      --debug      where an error came from
      --model PATH which model to serve, where there are several
      --dtype TYPE which variant of the model: fp32, fp16, q8, int8, uint8, q4, q4f16, bnb4
  Colours are left out where NO_COLOR is set or the output is no terminal.

${exitCodes}`;

/** What `inpoint COMMAND --help` says. */
export const helpOf: Readonly<Record<CommandName, string>> = {
  pack: `inpoint pack makes a model.tar.gz of a folder, and loads the model to see that it works.

Usage
  inpoint pack DIR -o FILE [options]

What it writes
  inference.json first, complete: the task, all steps before and after the model, and the SHA-256 of every file in
  chunks of 4 MiB. Then the small files, the model, and golden samples. The same folder gives the same bytes, whenever
  and wherever it is packed. Nothing of the folder is changed, and no code in it is run. Hidden files (.env, .git) and what
  Python and editors leave behind stay out.

Options
  -o, --output FILE      the archive. A file of that name is written over, once the new one has been read back
      --task TASK        the task, where it cannot be told from the files, or is told wrong
      --golden FILE      inputs with the answers that the training framework gave. All must agree, or nothing is
                         written. Without it, samples are recorded by running the model: they tell later whether
                         answers have changed, and cannot tell whether they are right
      --with-sagemaker-handler
                         adds code/inference.py and code/requirements.txt, which serves the same model with the same steps in the cloud
      --sign KEY         signs it: KEY is a file with an Ed25519 private key in PEM, as openssl genpkey -algorithm ed25519
                         writes it. Pages that deploy with { trust: [publicKey] } take no other archive
      --name, --description, --author, --version, --license, --date TEXT
                         what the archive says of itself
      --json             what was written, as JSON

Examples
  inpoint pack ./sentiment -o sentiment.tar.gz --golden golden.json
  inpoint pack ./churn -o churn.tar.gz --name "Churn" --version 1.4.0 --license MIT
  inpoint pack ./digits -o digits.tar.gz --task image-classification --with-sagemaker-handler

A golden file
  { "source": "transformers 4.57", "tolerance": 1e-4,
    "samples": [ { "input": "I love it", "answer": { "labels": [{ "label": "POSITIVE", "score": 0.9998 }] } },
                 { "input": { "$file": "cat.png" }, "options": { "topK": 1 }, "answer": … } ] }
  Files are relative to the golden file, and none may take the place of another file of the folder. Fields that an
  answer leaves out are not compared. A golden.json of the folder in another format is packed, and not compared with.

${exitCodes}`,

  inspect: `inpoint inspect says what an archive is, what it needs, what is missing and how to mend it.

Usage
  inpoint inspect FILE|DIR|URL [options]

  FILE is a model.tar.gz or an .onnx; DIR a folder as you would pack it, which may also be one made for SageMaker, with
  code/inference.py and a model of another framework: then it says step by step what to do.

Options
      --task TASK        looks at it as this task
      --json             all of it as JSON

Examples
  inpoint inspect model.tar.gz
  inpoint inspect https://example.org/models/model.tar.gz
  inpoint inspect ./sagemaker-model
  inpoint inspect model.tar.gz --json | jq .memory

${exitCodes}`,

  verify: `inpoint verify checks an archive: its checksums, the digest of every file, its description, that its model
loads, and that its golden samples get the answers that they should.

Usage
  inpoint verify FILE [options]

Options
      --trust KEY        fails unless this key signed it: a public key in PEM, or the base64 that pack --sign prints
      --task TASK        serves it as this task
      --json             each check as JSON

Examples
  inpoint verify model.tar.gz
  inpoint verify model.tar.gz && scp model.tar.gz server:

${exitCodes}`,

  predict: `inpoint predict answers inputs with the code that a page runs, and gives the same answers.

Usage
  inpoint predict FILE INPUT… [options]

  INPUT is a file (.png, .jpg, .wav; .txt is one text, .json one input; .jsonl a line an input; .csv a row an input, its
  first row names the columns), - for standard input, a line an input, or else the input itself: a text, a row of CSV, or
  JSON such as '{"question": "…", "context": "…"}'. In JSON, {"$file": "cat.png"} stands for a file. What ends as the
  name of a file is one, and must be there; a text that ends so is given as JSON: '"notes.txt"'.

  Each input is answered in its own right and in order. One that cannot be is an error in its place; the others go on,
  and the exit code is 1 at the end.

Options
      --json             a line of JSON for each answer; always so with -
      --task TASK        serves it as this task
      --top-k N          how many labels to give
      --options JSON     other options of the task: '{"threshold": 0.8}'

Examples
  inpoint predict sentiment.tar.gz "I love it" "I do not"
  inpoint predict digits.tar.gz seven.png --top-k 1
  inpoint predict churn.tar.gz customers.csv --json > answers.jsonl
  cat reviews.txt | inpoint predict sentiment.tar.gz - | jq -r '.labels[0].label'
  inpoint predict detector.tar.gz street.jpg --options '{"threshold": 0.8}'

${exitCodes}`,

  transform: `inpoint transform answers all records of a file, in order and with the same memory however many there are.

Usage
  inpoint transform FILE DATA [-o OUT] [options]

  DATA is a file (.csv, its first row names the columns; .jsonl, .json with one array, .parquet, .txt with a text a line), a
  folder of .png and .jpg, or - for standard input. OUT is .jsonl, .csv or .parquet; without it, results go to standard
  output. OUT has its name once it is complete: after Ctrl+C, or an error, nothing is left of it, and a file of that name
  stays as it was.

Options
  -o, --output FILE          where results go
      --input-format FORMAT  csv, jsonl, json, parquet, text or images, where the name does not tell
      --output-format FORMAT jsonl, csv or parquet, where the name does not tell. Default jsonl
      --columns A,B,…        the names of a CSV's columns, where its first row does not name them
      --input-filter PATH    what of a record the model is given, as JSONPath: '$.text', '$["age","city"]', '$[1:]'
      --output-filter PATH   what of a result is kept: '$.labels[0].label', '$["id","SageMakerOutput"]'
      --join-source input    joins each answer to its record, as SageMakerOutput
      --on-error WHAT        of a record without an answer: fail ends it all, skip leaves it out, record writes the error in
                             its place. Default fail; with the others, the exit code is 1 at the end
      --batch-size N         records that are given to the model together. Default 256
      --max-concurrent-transforms N
                             batches that are with the model at a time. Default 2
      --task TASK            serves it as this task
      --top-k N              how many labels to give
      --options JSON         other options of the task: '{"threshold": 0.8}'

Examples
  inpoint transform churn.tar.gz customers.csv -o churn.csv --join-source input --output-filter '$["id","SageMakerOutput"]'
  inpoint transform sentiment.tar.gz reviews.parquet -o sentiment.parquet --input-filter '$.text' --on-error record
  inpoint transform digits.tar.gz scans/ -o digits.jsonl --top-k 1
  zcat logs.jsonl.gz | inpoint transform topics.tar.gz - --input-format jsonl --input-filter '$.message' > topics.jsonl

${exitCodes}`,
};
