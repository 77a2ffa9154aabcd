"""Commands through the official Python client; see README.md."""

import json
import sys

import openai
import pydantic
from openai.types import completion_create_params, embedding_create_params
from openai.types.chat import completion_create_params as chat_create_params


class Place(pydantic.BaseModel):
    city: str = pydantic.Field(max_length=20)
    zone: int
    is_open: bool


FIELDS = {"chat": chat_create_params.CompletionCreateParamsStreaming,
          "text": completion_create_params.CompletionCreateParamsStreaming,
          "embed": embedding_create_params.EmbeddingCreateParams}


def stream(client, command):
    chunks = []
    with client.chat.completions.create(**command["body"], stream=True) as events:
        for chunk in events:
            chunks.append(chunk.model_dump())
            if len(chunks) == command.get("stop_after"):
                break
    return chunks


def accumulate(client, command):
    with client.chat.completions.stream(**command["body"]) as events:
        for _ in events:
            pass
        return events.get_final_completion().model_dump()


def parse(client, command):
    answer = client.chat.completions.parse(**command["body"], response_format=Place)
    return answer.choices[0].message.parsed.model_dump()


def run(client, command):
    match command["do"]:
        case "chat":
            return client.chat.completions.create(**command["body"]).model_dump()
        case "text":
            return client.completions.create(**command["body"]).model_dump()
        case "embed":
            return client.embeddings.create(**command["body"]).model_dump()
        case "stream":
            return stream(client, command)
        case "accumulate":
            return accumulate(client, command)
        case "parse":
            return parse(client, command)
        case "models":
            return [model.model_dump() for model in client.models.list()]
        case "model":
            return client.models.retrieve(command["id"]).model_dump()
        case "fields":
            return sorted(set().union(*(kind.__annotations__ for kind in FIELDS[command["of"]].__mro__
                                        if hasattr(kind, "__annotations__"))))
    raise ValueError(f"no such command: {command['do']}")


def main():
    client = openai.OpenAI(base_url=sys.argv[1], api_key=sys.argv[2], max_retries=0)
    for line in sys.stdin:
        try:
            answer = {"ok": run(client, json.loads(line))}
        except openai.APIError as error:
            answer = {"error": {"class": type(error).__name__, "status": getattr(error, "status_code", None),
                                "code": error.code, "param": error.param, "type": error.type, "message": error.message}}
        print(json.dumps(answer), flush=True)


main()
