"""`/api/v1/profiles`: who watches.

No passwords: profiles keep the places of one family apart, they protect nothing. A request says by
`?profile=<id>` whose history it is about; without, it is that of the profile always there.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from litestar import delete, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.exceptions import NotFoundException, ValidationException
from litestar.params import PathParameter, QueryParameter, RawBody, SkipValidation

from blobhls.api.bodies import BodyOperation, decode_body
from blobhls.api.parameters import given
from blobhls.index.viewing.viewer_data import ViewerData
from blobhls.index.viewing.viewer_profiles import DEFAULT_PROFILE, LONGEST_NAME, ViewerProfile

_BODY_LIMIT: Final = 4096  # bytes
_NAME: Final = {"minLength": 1, "maxLength": LONGEST_NAME}  # checked without spaces around it

ViewingDependency = NamedDependency[SkipValidation[ViewerData]]
ProfileDependency = NamedDependency[SkipValidation[str]]
ProfileIdParameter = Annotated[str, PathParameter(description="Id of a profile.")]


class ProfileValue(msgspec.Struct, frozen=True):
    """Somebody who watches."""

    id: str  # `default` for the one that is always there
    name: str


class ProfileName(msgspec.Struct, frozen=True):
    """How a profile is called."""

    name: Annotated[str, msgspec.Meta(extra_json_schema=_NAME)]


class NameOperation(BodyOperation):
    """How OpenAPI describes `ProfileName`."""

    body = ProfileName


def profile_dependencies(viewing: ViewerData) -> dict[str, Provide]:
    """Return what handlers need that are about somebody's history: `viewing` and `profile_id`."""

    def chosen(
        profile: Annotated[
            str, QueryParameter(description="Id of the profile whose history it is about.")
        ] = DEFAULT_PROFILE,
    ) -> str:
        return viewing.profiles.get(profile).profile_id

    return {"viewing": given(viewing), "profile_id": Provide(chosen, sync_to_thread=False)}


@get(
    "/profiles",
    sync_to_thread=True,
    tags=["profiles"],
    summary="List profiles",
    description="In the order they were made; the one with the id `default` is always there.",
    response_description="All profiles.",
)
def list_profiles(viewing: ViewingDependency) -> list[ProfileValue]:
    """Return every profile."""
    return [_value(profile) for profile in viewing.profiles.all()]


@post(
    "/profiles",
    sync_to_thread=True,
    request_max_body_size=_BODY_LIMIT,
    operation_class=NameOperation,
    tags=["profiles"],
    summary="Make a profile",
    description="Names differ by more than case. There are 50 profiles at most.",
    response_description="The new profile.",
    raises=[ValidationException],
)
def post_profile(body: RawBody, viewing: ViewingDependency) -> ProfileValue:
    """Make a profile; 400 for a name that is taken or can't be one."""
    return _value(viewing.profiles.add(decode_body(body, ProfileName).name))


@put(
    "/profiles/{profile_key:str}",
    sync_to_thread=True,
    request_max_body_size=_BODY_LIMIT,
    operation_class=NameOperation,
    tags=["profiles"],
    summary="Rename a profile",
    description="Its history stays. The profile `default` can be renamed too.",
    response_description="The profile.",
    raises=[ValidationException, NotFoundException],
)
def put_profile(
    profile_key: ProfileIdParameter, body: RawBody, viewing: ViewingDependency
) -> ProfileValue:
    """Rename a profile; 404 for an unknown one."""
    return _value(viewing.profiles.rename(profile_key, decode_body(body, ProfileName).name))


@delete(
    "/profiles/{profile_key:str}",
    sync_to_thread=True,
    tags=["profiles"],
    summary="Remove a profile",
    description="With its history. The profile `default` can't be removed.",
    response_description="The profile is gone.",
    raises=[ValidationException, NotFoundException],
)
def delete_profile(profile_key: ProfileIdParameter, viewing: ViewingDependency) -> None:
    """Remove a profile; 404 for an unknown one."""
    viewing.profiles.remove(profile_key)


def _value(profile: ViewerProfile) -> ProfileValue:
    return ProfileValue(profile.profile_id, profile.name)


PROFILE_HANDLERS = (list_profiles, post_profile, put_profile, delete_profile)
"""To be mounted at `/api/v1`; need what `profile_dependencies` gives."""
