"""One of several processes that deploy the same statement at the same instant; prints the job's id.

``python -m tests.stack_tests.racing UNIQUE SECONDS_SINCE_THE_EPOCH``; the stack's addresses come from the
environment, as the command line takes them.
"""

import os
import sys
import time

from airflow_bluegreen.actions.deploy import deploy
from airflow_bluegreen.actions.read_release import load_project, plan_release
from airflow_bluegreen.cli.session import endpoints_from
from tests.stack_tests.mini import files, platform_of


def main() -> None:
    unique, instant = sys.argv[1], float(sys.argv[2])
    platform = platform_of(endpoints_from(os.environ), files(unique))
    plan = plan_release(platform, environment="local", release="v1")
    profile = load_project(platform.repository, "v1").profiles["local"]
    platform.gateway.explain((), "SELECT 1")  # imports and connections are there
    time.sleep(max(0.0, instant - time.time()))
    (job,) = deploy(platform, plan, f"t_{unique}", profile, lambda line: print(line, file=sys.stderr))
    print(job.job_id)


if __name__ == "__main__":
    main()
