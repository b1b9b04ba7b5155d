"""Every kind of file that people can ask for, on one screen."""

from csbot.access import May
from csbot.files.file import Kind
from csbot.playbooks.diagram import asking as diagram

KINDS: dict[str, Kind] = {
    diagram.KIND: Kind("picture of the playbook", May.SEE_ACCOUNTS, diagram.make),
}
