"""``/v1/editions/{edition}/files/{name}``: the files of an edition, which never change and may be kept for ever."""

from fastapi.responses import Response

from data.base.errors import NotFound
from service.base.routes import NO_PARAMETERS, Respond, api_router, documented

OCTETS = "application/octet-stream"

router = api_router("editions")


@router.get(
    "/v1/editions/{edition}/files/{name:path}",
    response_class=Response,
    operation_id="getEditionFile",
    summary="A file of an edition",
    responses=documented("not_found", "artifact_corrupt", media_type=OCTETS),
    dependencies=NO_PARAMETERS,
)
def edition_file(edition: str, name: str, respond: Respond) -> Response:
    """Draws and documents as they were published, by their names in the manifest; a recall changes nothing of them."""
    issue = respond.named(respond.snapshot.named.record(edition))
    if name not in issue.manifest["files"]:
        raise NotFound(
            "file", name, allowed=sorted(issue.manifest["files"])[:5], hint="files of the manifest lists them"
        )
    return respond.file(lambda: issue.content(name), media_type=OCTETS, remember=False)
