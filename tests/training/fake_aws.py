"""Run by the training Python: Amazon S3 and Bedrock as moto plays them; a bucket named `data` is there.

Prints its address. Jobs end as the path given by the first argument says: a file with Completed or Failed in it.
Ends when stdin is closed.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

os.environ |= {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}

import boto3
from moto.bedrock.models import bedrock_backends
from moto.server import ThreadedMotoServer

REGION = "us-west-2"
ACCOUNT = "123456789012"


def end_jobs(ending: Path, over: threading.Event) -> None:
    """moto leaves every job in progress; this ends those that have been seen so."""
    while not over.wait(0.3):
        for job in list(bedrock_backends[ACCOUNT][REGION].model_customization_jobs.values()):
            if job.status == "InProgress":
                over.wait(0.7)
                job.status = ending.read_text()


def main() -> None:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    s3 = boto3.client("s3", region_name=REGION, endpoint_url=f"http://{host}:{port}")
    s3.create_bucket(Bucket="data", CreateBucketConfiguration={"LocationConstraint": REGION})
    over = threading.Event()
    thread = threading.Thread(target=end_jobs, args=(Path(sys.argv[1]), over))
    thread.start()
    sys.stdout.write(f"http://{host}:{port}" + "\n")
    sys.stdout.flush()
    for line in sys.stdin:  # a key to show
        body = s3.get_object(Bucket="data", Key=line.strip())["Body"].read()
        sys.stdout.write(body.decode().replace("\n", "\x1e") + "\n")
        sys.stdout.flush()
    over.set()
    thread.join()
    server.stop()


if __name__ == "__main__":
    main()
