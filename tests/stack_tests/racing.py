"""One of several processes that deploy the same statement at the same instant.

``python -m tests.stack_tests.racing UNIQUE``: says "ready", and for each line that it is given deploys and
says the job's id. The stack's addresses come from the environment, as the command line takes them.
"""

import os
import sys

from airflow_bluegreen.actions.deploy import deploy
from airflow_bluegreen.actions.read_release import load_project, plan_release
from airflow_bluegreen.cli.session import endpoints_from
from tests.stack_tests.mini import files, platform_of


def main() -> None:
    unique = sys.argv[1]
    platform = platform_of(endpoints_from(os.environ), files(unique))
    plan = plan_release(platform, environment="local", release="v1")
    profile = load_project(platform.repository, "v1").profiles["local"]
    platform.jobs.jobs()  # imports and connections are there
    print("ready", flush=True)
    for _ in sys.stdin:
        jobs = deploy(platform, plan, f"t_{unique}", profile, lambda line: print(line, file=sys.stderr))
        print(jobs[0].job_id, flush=True)


if __name__ == "__main__":
    main()
