"""files.*: the upload in three steps, with a file that is not usable at once."""

from csbot.workspace.model import Json, Message, StoredFile
from csbot.workspace.refusal import SlackRefusal
from csbot.workspace.state import BOT_ID, BOT_USER
from csbot.workspace.web_api.call import Call, method

ALT_TEXT_MOST = 1000
POLLS_UNTIL_READY = 2  # files.info answers without a mimetype this often


@method(
    "files.getUploadURLExternal",
    4,
    scopes=["files:write"],
    required="filename length",
    optional="alt_txt snippet_type",
)
def get_upload_url(call: Call) -> Json:
    if len(call.text("alt_txt")) > ALT_TEXT_MOST:
        raise SlackRefusal("alt_txt_too_large")
    length = call.number("length", 0, most=1 << 30, error="invalid_arguments")
    file_id = call.ws.new_id("F")
    file = StoredFile(file_id, call.text("filename"), length, call.text("alt_txt"))
    call.ws.files[file_id] = file
    return {"upload_url": f"{call.ws.base_url}/files/{file_id}", "file_id": file_id}


@method(
    "files.completeUploadExternal",
    4,
    scopes=["files:write"],
    required="files",
    optional="blocks channel_id channels initial_comment thread_ts",
)
def complete_upload(call: Call) -> Json:
    wanted = call.structure("files", "invalid_arguments")
    if not isinstance(wanted, list) or not wanted:
        raise SlackRefusal("invalid_arguments")
    found = [_uploaded(call, row) for row in wanted]
    channel = call.joined_channel("channel_id") if call.text("channel_id") else None
    for file in found:
        file.complete, file.polls_until_ready = True, POLLS_UNTIL_READY
    if channel:
        _share(call, channel.id, found)
    return {"files": [{"id": file.id, "title": file.title} for file in found]}


@method("files.info", 4, scopes=["files:read"], required="file", optional="count cursor limit page")
def info(call: Call) -> Json:
    file = call.ws.files.get(call.text("file"))
    if file is None or not file.complete:
        raise SlackRefusal("file_not_found")
    file.polls_until_ready -= 1
    return {"file": _shown(file)}


@method("files.delete", 3, scopes=["files:write"], required="file")
def delete(call: Call) -> Json:
    if call.ws.files.pop(call.text("file"), None) is None:
        raise SlackRefusal("file_not_found")
    return {}


def _uploaded(call: Call, row: object) -> StoredFile:
    wanted = row if isinstance(row, dict) else {}
    file = call.ws.files.get(str(wanted.get("id")))
    if file is None or len(file.content) != file.length:
        raise SlackRefusal("file_not_found")
    file.title = str(wanted.get("title") or file.name)
    return file


def _share(call: Call, channel_id: str, files: list[StoredFile]) -> None:
    text = call.text("initial_comment")
    ts = call.ws.new_ts(channel_id)
    thread_ts = call.text("thread_ts") or None
    message = Message(channel_id, ts, BOT_USER, text, thread_ts=thread_ts, bot_id=BOT_ID)
    message.subtype = "file_share"
    message.files = [file.as_shared() for file in files]
    call.ws.post(message)


def _shown(file: StoredFile) -> Json:
    body: Json = {"id": file.id, "name": file.name, "title": file.title, "size": file.length}
    return {**body, "mimetype": file.kind if file.ready else "", "alt_txt": file.alt_text}
