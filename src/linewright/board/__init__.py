"""The board: what the line does, what it will do and what was done to every unit, for a browser and for programs.

A REST API with OpenAPI under /api/v1, one WebSocket that broadcasts the moving picture, and plain pages that draw it.
The board watches the control's decisions (`Watch`), forks the live state for its forecasts (`Outlook`), and does
nothing to the line but through `live`. `make_app` gives the application, `serve` runs it beside the line.
"""

from linewright.board.accounts import Account, Accounts
from linewright.board.app import make_app
from linewright.board.scene import Scene
from linewright.board.server import Address, serve
from linewright.board.watch import Watch

__all__ = ["Account", "Accounts", "Address", "Scene", "Watch", "make_app", "serve"]
