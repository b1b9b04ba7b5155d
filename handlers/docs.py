"""/docs: the description of the addresses for other systems, drawn without any other host."""

from importlib.resources import files
from typing import Any

from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import FileResponse, HTMLResponse
from starlette.exceptions import HTTPException

from handlers.described import SECURITY

HOW = """
Other systems tell csbot what customers do. Every delivery is stored once, however often it comes.

**1. Show who you are.** Systems that sign what they send need only their secret in
`CSBOT_WEBHOOK_SECRETS` (Stripe's in `STRIPE_WEBHOOK_SECRET`). For any other make a key, good for
one source, and send it as the user name of Basic authorization:

    csbot keys create surveys --name "Survey tool"
    curl -u KEY: -H 'Content-Type: application/json' -d @answer.json HOST/webhooks/surveys

**2. Look at the answer.** `stored` is done; `waiting for its account` is kept, and taken up when
the account appears. An error says `error`, `field` and `mend`. After 429 and 503 wait for as long
as `Retry-After` says, and send the same again.

**3. See what did not fit.** `csbot inbox list`, `csbot inbox show ID`, `csbot inbox retry ID`.
"""
PARTS = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript"}
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
GUARDS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>csbot: connect your data</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<main id="docs"></main>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
START = """SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#docs",
  defaultModelsExpandDepth: -1,
  tryItOutEnabled: false,
  validatorUrl: null,
});
"""


def routes() -> APIRouter:
    router = APIRouter(include_in_schema=False)
    shipped = files("fastapi_offline") / "static"

    @router.get("/docs")
    async def docs() -> Response:
        return HTMLResponse(PAGE, headers=GUARDS)

    @router.get("/docs/start.js")
    async def start() -> Response:
        return Response(START, media_type="text/javascript", headers=GUARDS)

    @router.get("/docs/{part}")
    async def part(part: str) -> Response:
        if part not in PARTS:
            raise HTTPException(404)
        return FileResponse(str(shipped / part), media_type=PARTS[part], headers=GUARDS)

    return router


def describe(app: FastAPI) -> None:
    """Have the schema say how one shows who one is."""
    drawn = app.openapi

    def finished() -> dict[str, Any]:
        schema = drawn()
        schema.setdefault("components", {})["securitySchemes"] = SECURITY
        return schema

    app.openapi = finished  # type: ignore[method-assign]  # as FastAPI's documentation has it
