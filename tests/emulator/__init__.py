"""Runs compiled templates without AWS: moto, a SageMaker stand-in, Lambda processes and a Databricks stub."""

from .cloud import Cloud, Execution, Stack
from .databricks_stub import Databricks
from .evaluator import UNDEFINED, EvaluationError, evaluate
from .sagemaker import SageMaker, ServiceError

__all__ = [
    "Cloud",
    "Databricks",
    "EvaluationError",
    "Execution",
    "SageMaker",
    "ServiceError",
    "Stack",
    "UNDEFINED",
    "evaluate",
]
