"""`/api/v1/profiles`: viewer profiles.

They have no passwords: profiles separate the histories of a family and protect nothing. A request
names the profile by `?profile=<id>`; without it, the profile is `default`.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from litestar import delete, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.exceptions import ServiceUnavailableException, ValidationException
from litestar.params import PathParameter, QueryParameter, RawBody, SkipValidation

from blobhls.api.bodies import BodyOperation, decode_body
from blobhls.api.errors import WRITING_RAISES
from blobhls.api.parameters import IndexDependency, provide_value
from blobhls.index.access import Index
from blobhls.index.viewing.viewer_data import ViewerData
from blobhls.index.viewing.viewer_profiles import DEFAULT_PROFILE, LONGEST_NAME, ViewerProfile

_BODY_LIMIT: Final = 4096  # bytes
_NAME: Final = {"minLength": 1, "maxLength": LONGEST_NAME}  # checked without surrounding spaces

ViewingDependency = NamedDependency[SkipValidation[ViewerData]]
ProfileDependency = NamedDependency[SkipValidation[str]]
ProfileIdParameter = Annotated[str, PathParameter(description="Id of a profile.")]


class ProfileValue(msgspec.Struct, frozen=True):
    """A viewer profile."""

    id: str  # `default` for the one that always exists
    name: str


class ProfileName(msgspec.Struct, frozen=True):
    """The name of a profile."""

    name: Annotated[str, msgspec.Meta(extra_json_schema=_NAME)]


class NameOperation(BodyOperation):
    """The OpenAPI description of `ProfileName`."""

    body = ProfileName


def profile_dependencies(viewing: ViewerData, index: Index) -> dict[str, Provide]:
    """Return the dependencies of handlers of viewer data: `viewing` and `profile_id`."""

    async def chosen(
        profile: Annotated[
            str, QueryParameter(description="Id of the viewer profile.")
        ] = DEFAULT_PROFILE,
    ) -> str:
        return (await index.lookup(viewing.profiles.get, profile)).profile_id

    return {"viewing": provide_value(viewing), "profile_id": Provide(chosen)}


@get(
    "/profiles",
    sync_to_thread=True,
    tags=["profiles"],
    summary="List profiles",
    description="In the order of creation; the one with the id `default` always exists.",
    response_description="All profiles.",
)
def list_profiles(viewing: ViewingDependency) -> list[ProfileValue]:
    """Return every profile."""
    return [_value(profile) for profile in viewing.profiles.all()]


@post(
    "/profiles",
    request_max_body_size=_BODY_LIMIT,
    operation_class=NameOperation,
    tags=["profiles"],
    summary="Create a profile",
    description="Names differ by more than case. There are 50 profiles at most.",
    response_description="The new profile.",
    raises=[ValidationException, ServiceUnavailableException],
)
async def post_profile(
    body: RawBody, index: IndexDependency, viewing: ViewingDependency
) -> ProfileValue:
    """Create a profile; 400 for a name that is invalid or exists."""
    name = decode_body(body, ProfileName).name
    return _value(await index.write(viewing.profiles.add, name))


@put(
    "/profiles/{profile_key:str}",
    request_max_body_size=_BODY_LIMIT,
    operation_class=NameOperation,
    tags=["profiles"],
    summary="Rename a profile",
    description="Its history stays. The profile `default` can be renamed too.",
    response_description="The profile.",
    raises=[ValidationException, *WRITING_RAISES],
)
async def put_profile(
    profile_key: ProfileIdParameter,
    body: RawBody,
    index: IndexDependency,
    viewing: ViewingDependency,
) -> ProfileValue:
    """Rename a profile; 404 for an unknown one."""
    name = decode_body(body, ProfileName).name
    return _value(await index.write(viewing.profiles.rename, profile_key, name))


@delete(
    "/profiles/{profile_key:str}",
    tags=["profiles"],
    summary="Remove a profile",
    description="With its history. The profile `default` can't be removed.",
    response_description="The profile is gone.",
    raises=[ValidationException, *WRITING_RAISES],
)
async def delete_profile(
    profile_key: ProfileIdParameter, index: IndexDependency, viewing: ViewingDependency
) -> None:
    """Remove a profile; 404 for an unknown one."""
    await index.write(viewing.profiles.remove, profile_key)


def _value(profile: ViewerProfile) -> ProfileValue:
    return ProfileValue(profile.profile_id, profile.name)


PROFILE_HANDLERS = (list_profiles, post_profile, put_profile, delete_profile)
"""To be mounted at `/api/v1`; need `index` and what `profile_dependencies` gives."""
