"""The rule on the files of the published arm that a cohort is compared with."""

from ..control import read_control
from .rule import Data


def faults_of_control(data: Data):
    """What is wrong with the digitized curve or the pseudo-patients of `external_control`."""
    yield from read_control(data.meta)[1]
