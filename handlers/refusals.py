"""Errors that no address answers by itself, in the form of all others: error, field, mend."""

from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from handlers.receive import Rejected

MENDS = {
    HTTPStatus.NOT_FOUND: "there is nothing at this address: /docs shows all there are",
    HTTPStatus.METHOD_NOT_ALLOWED: "use a method of the Allow header",
}
FAULT = Rejected(
    HTTPStatus.INTERNAL_SERVER_ERROR,
    "a fault of csbot's",
    field="",
    mend="the log has it; send the same again later",
)


def answer_in_json(app: FastAPI) -> None:
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(Exception, _fault)


def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  it is registered for these
    status = HTTPStatus(error.status_code)
    mend = MENDS.get(status, "see /docs")
    made = Rejected(status, status.phrase.lower(), field="", mend=mend).response()
    made.headers.update(error.headers or {})
    return made


def _gone(_: Request, __: Exception) -> Response:
    """Nobody reads it; without it the server would log a fault."""
    return Response(status_code=HTTPStatus.BAD_REQUEST)


def _fault(_: Request, __: Exception) -> Response:
    return FAULT.response()
