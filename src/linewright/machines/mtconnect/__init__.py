"""MTConnect: machines that tell what they do and obey nobody, and an agent that shows virtual machines the same way."""

from linewright.machines.mtconnect.client import Client, Refused
from linewright.machines.mtconnect.documents import BadDocument
from linewright.machines.mtconnect.follow import Gap, Position, follow
from linewright.machines.mtconnect.publish import serve

__all__ = ["BadDocument", "Client", "Gap", "Position", "Refused", "follow", "serve"]
