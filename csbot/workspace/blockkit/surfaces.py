"""Whole messages and views: what each surface takes, and what counts over all its blocks."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from csbot.workspace.blockkit.blocks import ANY_BLOCK
from csbot.workspace.blockkit.objects import plain
from csbot.workspace.blockkit.schema import Check, Report, Walk, anything, flag, obj, string

if TYPE_CHECKING:
    from csbot.workspace.state import Workspace

BLOCKS_MOST = {"message": 50, "modal": 100, "home": 100}
MARKDOWN_MOST = 12_000
CHARTS_MOST = 2

__all__ = ["Report", "check_blocks", "check_view"]


def check_blocks(blocks: Any, surface: str, ws: "Workspace") -> Report:
    """Pointers in the report start at the list: "/0/text"."""
    walk = Walk(surface, charts_allowed=ws.charts_allowed, file_ready=_ready_in(ws))
    _check_list(blocks, "", walk)
    return walk.report


def check_view(view: Any, ws: "Workspace", surface: str | None = None) -> Report:
    """Pointers start at the view: "/blocks/0/label"."""
    kind = view.get("type") if isinstance(view, dict) else None
    walk = Walk(str(surface or kind), charts_allowed=ws.charts_allowed, file_ready=_ready_in(ws))
    if kind not in VIEWS or (surface and kind != surface):
        walk.wrong("/type", f"must be one of: {surface or 'modal, home'}", str(surface))
        return walk.report
    VIEWS[str(kind)](view, "", walk)
    return walk.report


def _ready_in(ws: "Workspace") -> Callable[[str], bool]:
    def ready(file_id: str) -> bool:
        file = ws.files.get(file_id)
        return file is not None and file.ready

    return ready


def _check_list(blocks: Any, at: str, walk: Walk) -> None:
    if not isinstance(blocks, list):
        return walk.wrong(at, "must be an array", "array")
    most = BLOCKS_MOST[walk.surface]
    if len(blocks) > most:
        return walk.wrong(at, f"no more than {most} items allowed", str(most))
    for index, block in enumerate(blocks):
        walk.block_type = str(block.get("type")) if isinstance(block, dict) else ""
        ANY_BLOCK(block, f"{at}/{index}", walk)
    kept = [block for block in blocks if isinstance(block, dict)]
    _check_block_ids(kept, at, walk)
    _check_sums(kept, at, walk)


def _check_block_ids(blocks: list[dict[str, Any]], at: str, walk: Walk) -> None:
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        block_id = block.get("block_id")
        if isinstance(block_id, str) and block_id in seen:
            walk.wrong(f"{at}/{index}/block_id", f"`block_id` {block_id} already exists")
        seen |= {block_id} if isinstance(block_id, str) else set()


def _check_sums(blocks: list[dict[str, Any]], at: str, walk: Walk) -> None:
    kinds = [block.get("type") for block in blocks]
    markdown = sum(len(str(b.get("text"))) for b in blocks if b.get("type") == "markdown")
    if markdown > MARKDOWN_MOST:
        walk.wrong(at, f"markdown text must be less than {MARKDOWN_MOST + 1} characters")
    if kinds.count("table") > 1:
        walk.wrong(at, "only_one_table_allowed")
    if kinds.count("data_visualization") > CHARTS_MOST:
        walk.wrong(at, f"no more than {CHARTS_MOST} data_visualization blocks allowed")


def _view_blocks(value: Any, at: str, walk: Walk) -> None:
    _check_list(value, at, walk)


def _submit_for_inputs(view: dict[str, Any], at: str, walk: Walk) -> None:
    blocks = view.get("blocks")
    kinds = (
        [b.get("type") for b in blocks if isinstance(b, dict)] if isinstance(blocks, list) else []
    )
    if "input" in kinds and not view.get("submit"):
        walk.wrong(f"{at}/submit", "missing required field: submit", "submit")


SHARED: dict[str, Check] = {
    "private_metadata": string(3000, 0),
    "callback_id": string(255, 0),
    "external_id": string(255, 0),
}
MODAL = obj(
    {"title": plain(24), "blocks": _view_blocks},
    {
        **SHARED,
        "submit": plain(24),
        "close": plain(24),
        "clear_on_close": flag,
        "notify_on_close": flag,
        "submit_disabled": flag,
    },
    _submit_for_inputs,
)
HOME = obj({"blocks": _view_blocks}, {**SHARED, "title": anything})
VIEWS: dict[str, Check] = {"modal": MODAL, "home": HOME}
