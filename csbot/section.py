"""What every section of `csbot.toml` is like: unknown names are errors, values do not change."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
