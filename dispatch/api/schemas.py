"""What all JSON forms share: strict types, no unknown fields, bounded and clean text."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints

from dispatch.services.text import clean


class Form(BaseModel):
    """JSON coming in: no unknown field, no silent conversion."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Shape(BaseModel):
    """JSON going out."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


def _whole(value: Any) -> Any:
    # JSON Schema calls 28.0 an integer; "28" and true are not
    return int(value) if isinstance(value, float) and value.is_integer() else value


Int = Annotated[int, BeforeValidator(_whole)]
Text = Annotated[str, StringConstraints(max_length=300), AfterValidator(clean)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=120, strip_whitespace=True), AfterValidator(clean)]
RowId = Annotated[str, StringConstraints(pattern=r"^[0-9a-z]{16}$")]
