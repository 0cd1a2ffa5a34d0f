# SPDX-License-Identifier: MIT
"""The Spark code in the README gives the answers of one process, in Spark's local mode.

    spark_test.py BIN            BIN: the folder of newsclf and libnewsclf.so
    spark_test.py BIN --speed MODEL LINES
                                 documents per second with one and two executor threads instead

Exit status 77: skipped, pyspark or Java is missing.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
BIN = Path(sys.argv[1]).resolve()
os.environ["PATH"] = f"{BIN}:{os.environ['PATH']}"
os.environ["NEWSCLF_LIBRARY"] = str(BIN / "libnewsclf.so")
os.environ["PYTHONPATH"] = str(PROJECT / "src/python")
os.environ["PYSPARK_PYTHON"] = sys.executable
os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
sys.path.insert(0, os.environ["PYTHONPATH"])
try:
    import pandas
    from pyspark import SparkFiles
    from pyspark.sql import SparkSession
except ImportError as error:
    print(f"skipped: {error}; scripts/setup.sh --all installs it")
    sys.exit(77)
if shutil.which("java") is None:
    print("skipped: Java is not installed")
    sys.exit(77)
import newsclf


def start(threads):
    return (SparkSession.builder.master(f"local[{threads}]").appName("newsclf")
            .config("spark.ui.enabled", "false").config("spark.log.level", "ERROR")
            .config("spark.sql.execution.arrow.maxRecordsPerBatch", "1000").getOrCreate())


def run_recipe(spark, posts):
    """Runs the code of the README; returns the frame and the strings that it makes."""
    section = (PROJECT / "README.md").read_text(encoding="utf-8").split("## Past one machine")[1]
    code = re.search(r"^```python\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)[1]
    names = {"newsclf": newsclf, "os": os, "SparkFiles": SparkFiles, "spark": spark, "posts": posts}
    exec(code, names)
    return names["labelled"], names["answers"]


def answers_of_program(model, lines, *options):
    return subprocess.run(["newsclf", "predict", model, "-q", *options], check=True, text=True,
                          input="".join(line + "\n" for line in lines),
                          stdout=subprocess.PIPE).stdout.splitlines()


def label_arrow(batches):
    """For mapInArrow."""
    import pyarrow
    model = newsclf.load(SparkFiles.get("news.safetensors"))
    model.threads = 1
    for batch in batches:
        labels = model.predict(batch["text"].to_pylist())
        yield pyarrow.record_batch([batch["id"], batch["text"], pyarrow.array(labels)],
                                   names=["id", "text", "label"])


def in_arrow(posts):
    return posts.mapInArrow(label_arrow, "id long, text string, label string")


def test():
    lines = [" ".join(path.read_text(encoding="utf-8").split())
             for path in sorted((PROJECT / "data/sample/test").glob("*/*"))] * 60
    shutil.copy(PROJECT / "tests/fixtures/model/model.safetensors", "news.safetensors")
    expected = answers_of_program("news.safetensors", lines)
    spark = start(2)
    posts = spark.createDataFrame(pandas.DataFrame({"id": range(len(lines)), "text": lines}))
    labelled, answers = run_recipe(spark, posts.repartition(4))
    for frame in (labelled, in_arrow(posts.repartition(4))):
        found = {row.id: row.label for row in frame.collect()}
        assert [found[i] for i in range(len(lines))] == [line.split("\t")[0] for line in expected]
    assert sorted(answers.collect()) == sorted(expected)
    _, answers = run_recipe(spark, posts.coalesce(1))
    assert answers.collect() == expected  # in the order of the documents of a partition
    spark.stop()
    print(f"spark: mapInPandas, mapInArrow and pipe gave the answers of one process to {len(lines)} lines")


def measure(model, path):
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    shutil.copy(model, "news.safetensors")
    for threads in (1, 2):
        spark = start(threads)
        posts = spark.createDataFrame(pandas.DataFrame({"id": range(len(lines)), "text": lines}))
        posts = posts.repartition(2 * threads).cache()
        posts.count()
        for name, label in (("mapInPandas", lambda: run_recipe(spark, posts)[0]),
                            ("mapInArrow", lambda: in_arrow(posts)),
                            ("pipe", lambda: run_recipe(spark, posts)[1])):
            seconds = []
            for _ in range(4):
                begin = time.monotonic()
                assert label().count() == len(lines)
                seconds.append(time.monotonic() - begin)
            best = sorted(seconds[1:])[1]  # the first starts Python
            print(f"local[{threads}] {name}: {len(lines) / best:,.0f} documents/s")
        spark.stop()


with tempfile.TemporaryDirectory() as folder:
    arguments = [str(Path(name).resolve()) for name in sys.argv[3:]]
    os.chdir(folder)
    if arguments:
        measure(*arguments)
    else:
        test()
    os.chdir("/")
