"""The six guidelines that the tests of the window show."""

from __future__ import annotations

from lora_studio.core.domain import Draft, Scope

WEBAPP, ACME = Scope("project", "webapp"), Scope("org", "acme")
DRAFTS = (
    Draft(
        name="Validate input at the boundary", content="Parse every value that comes from outside.",
        category="security", priority=95, tags=("python", "api"), rationale="One place to refuse.",
        good=("Order.parse(request.json)",), bad=('int(request.json["qty"])',),
    ),
    Draft(
        name="Never log secrets", content="Log the key's name.", category="security", priority=100, tags=("logging",),
    ),
    Draft(name="Small pull requests", content="One thing each.", category="git", priority=60, scope=ACME),
    Draft(name="Names say what", content="Comments say why.", category="style", priority=70, tags=("python",)),
    Draft(name="Prefer pathlib", content="Not os.path.", category="style", priority=50, scope=WEBAPP, tags=("python",)),
    Draft(name="Old rule", content="No longer used.", category="style", priority=10, active=False),
)  # fmt: skip
