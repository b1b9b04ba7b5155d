"""rich_text: sections, lists, quotes and preformatted text."""

from csbot.workspace.blockkit.schema import (
    Check,
    anything,
    choice,
    flag,
    items,
    obj,
    string,
    tagged,
    whole,
)

STYLE = obj(
    {},
    {
        name: flag
        for name in (
            "bold",
            "italic",
            "strike",
            "code",
            "underline",
            "highlight",
            "client_highlight",
            "unlink",
        )
    },
)
ID = string(255)
INLINE: dict[str, Check] = {
    "text": obj({"text": string(40_000, 0)}, {"style": STYLE}),
    "link": obj({"url": string(3000)}, {"text": string(3000), "style": STYLE, "unsafe": flag}),
    "emoji": obj({"name": ID}, {"unicode": ID, "style": STYLE, "skin_tone": whole(1, 6)}),
    "user": obj({"user_id": ID}, {"style": STYLE}),
    "usergroup": obj({"usergroup_id": ID}, {"style": STYLE}),
    "channel": obj({"channel_id": ID}, {"style": STYLE}),
    "broadcast": obj({"range": choice("here", "channel", "everyone")}, {"style": STYLE}),
    "date": obj(
        {"timestamp": whole(0, 10**11), "format": string(255)},
        {"url": string(3000), "fallback": string(255), "style": STYLE},
    ),
    "color": obj({"value": string(32)}, {"style": STYLE}),
}
RUN = items(tagged(INLINE, "rich text element"), 0, 1000)
SECTION = obj({"elements": RUN}, {})
LIST = obj(
    {
        "style": choice("bullet", "ordered"),
        "elements": items(tagged({"rich_text_section": SECTION}, "element"), 1, 1000),
    },
    {"indent": whole(0, 8), "border": whole(0, 1), "offset": whole(0, 10_000)},
)
PARTS = tagged(
    {
        "rich_text_section": SECTION,
        "rich_text_list": LIST,
        "rich_text_quote": obj({"elements": RUN}, {"border": whole(0, 1)}),
        "rich_text_preformatted": obj(
            {"elements": RUN}, {"border": whole(0, 1), "language": string(64)}
        ),
    },
    "rich text element",
)
RICH_TEXT = obj({"elements": items(PARTS, 1, 1000)}, {"block_id": anything})
