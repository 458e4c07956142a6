"""A folder to the Hugging Face hub: the one place that sends anything, and only when it is asked to."""

import re
from pathlib import Path

from wannb.refusal import Refusal

NAME = re.compile(r"[\w.-]+/[\w.-]+")


def checked(name: str) -> str:
    """`name`, where it is `owner/name`; raises Refusal otherwise."""
    if not NAME.fullmatch(name):
        raise Refusal(f"{name!r} is no name on the hub: write owner/name.")
    return name


def push(folder: Path, name: str, private: bool = False, update: bool = False, endpoint: str | None = None) -> str:
    """Make the model repository `name` (owner/name), put the files of `folder` into it, and return its address.

    update: into one that is there already, in place of its files of the same names. The token is the one that
    `hf auth login` left or `HF_TOKEN`. Raises Refusal where there is none, no way to the hub, no right to the name, or
    it is taken.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.utils import HfHubHTTPError, LocalTokenNotFoundError, get_token

    checked(name)
    if not get_token():
        raise Refusal(f"{name} was not pushed, there is no token for the hub: run `hf auth login`, or set HF_TOKEN.")
    api = HfApi(endpoint=endpoint)
    try:
        address = api.create_repo(name, private=private, exist_ok=update)
        api.upload_folder(repo_id=name, folder_path=folder, commit_message="LoRA pair, card and workflow")
    except LocalTokenNotFoundError as error:
        raise Refusal(_sentence(name, 401)) from error
    except HfHubHTTPError as error:
        raise Refusal(_sentence(name, error.response.status_code if error.response is not None else 0)) from error
    except (OSError, RuntimeError) as error:  # no net: every HTTP library has its own kinds of these
        raise Refusal(_offline(name, error)) from error
    except Exception as error:
        if "httpx" in type(error).__module__ or "requests" in type(error).__module__:
            raise Refusal(_offline(name, error)) from error
        raise
    return str(address)


def _sentence(name: str, status: int) -> str:
    why = {
        401: "does not know the token: run `hf auth login` again",
        403: "forbids it: the token needs the right to write, and the owner must be you or an organization of yours",
        404: "knows no such owner: write your own name before the slash",
        409: "has it already: choose another name, or say --update to put the files into it",
    }
    return f"{name} was not pushed, the hub {why.get(status, f'answered {status}: try again later')}."


def _offline(name: str, error: Exception) -> str:
    return f"{name} was not pushed, the hub cannot be reached ({type(error).__name__}): try again with a network."
