"""An environment of fake servers whose project is in a real git repository."""

from dataclasses import replace

from airflow_bluegreen.clients.git import GitRepository
from airflow_bluegreen.hooks.platform import Site
from tests.airflow import shared_cluster


def open_site(project: str, environment: str, ref: str) -> Site:
    """For ``[bluegreen] site``. Raises UnknownRefError as the real one does."""
    repository = GitRepository(project)
    repository.resolve(ref)
    site = shared_cluster.open_site(project, environment, ref)
    return Site(platform=replace(site.platform, repository=repository), profile=site.profile)
