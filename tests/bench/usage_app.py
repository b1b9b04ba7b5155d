"""csbot's web application with one more address that does nothing: the floor beside it."""

from dataclasses import replace

import uvicorn
from fastapi import Request, Response
from fastapi.responses import JSONResponse

from csbot.settings import Settings
from csbot.wiring import wire
from handlers.web import SERVER, create


def main() -> None:
    settings = Settings.load()
    unpaced = settings.config.usage.model_copy(update={"events_per_minute": 10**9})
    config = settings.config.model_copy(update={"usage": unpaced})
    app = create(wire(replace(settings, config=config)))

    @app.post("/empty")
    async def empty(request: Request) -> Response:
        await request.body()
        return JSONResponse({"success": True})

    port = settings.env.port
    uvicorn.run(app, host="127.0.0.1", port=port, **SERVER)


if __name__ == "__main__":
    main()
