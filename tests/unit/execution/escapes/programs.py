"""All escape programs."""

from tests.unit.execution.escapes.calls import CALLS
from tests.unit.execution.escapes.files import READING, WRITING
from tests.unit.execution.escapes.network import NETWORK
from tests.unit.execution.escapes.signals import SIGNALS
from tests.unit.execution.escapes.using_up import USING_UP

ESCAPES = (*USING_UP, *SIGNALS, *READING, *WRITING, *CALLS, *NETWORK)
