"""What the models are asked: texts whose beginnings differ, so that no prefix is shared unless it shall be."""

import json
import subprocess
import sys

from parts.program import folder
from parts.report import ROOT, SLUICE

sys.path.insert(0, str(ROOT / "tests"))
from standin.llm import LlmStandIn  # noqa: E402

TOPICS = ["a lighthouse", "the tide", "an old bridge", "a clockmaker", "the first snow", "a river port", "a long train",
          "the desert", "a garden", "two brothers", "a stolen map", "the harvest", "a mountain hut", "the market",
          "a storm", "an island", "the night bus", "a violin", "the last letter", "a silver coin"]
FILLER = ("It was late, and nobody in the house had slept. The wind came from the sea, the lamps were lit one after the "
          "other, and somebody counted the steps on the stairs. ")
CARD = {"type": "object", "required": ["name", "age", "city", "likes", "reason"], "additionalProperties": False,
        "properties": {"name": {"type": "string", "maxLength": 30}, "age": {"type": "integer"},
                       "city": {"type": "string", "maxLength": 30},
                       "likes": {"type": "array", "items": {"type": "string", "maxLength": 20}, "minItems": 4,
                                 "maxItems": 4},
                       "reason": {"type": "string", "maxLength": 120}}}
FILES = 20


def story(number, fillers=0):
    return (f"Story {number}. Write a very long and detailed story about {TOPICS[number % len(TOPICS)]}. "
            + FILLER * fillers)


def chat(text, tokens, **more):
    return {"messages": [{"role": "user", "content": text}], "max_tokens": tokens, "temperature": 0, **more}


def card(number, tokens):
    return chat(f"Card {number}. Describe a person who knows {TOPICS[number % len(TOPICS)]}, as JSON with name, age, city, "
                "four things the person likes, and a reason.", tokens,
                response_format={"type": "json_schema", "json_schema": {"name": "card", "strict": True, "schema": CARD}})


def change():
    """A diff of 20 files."""
    text = []
    for number in range(FILES):
        name = f"src/part_{number}.cc"
        text += [f"diff --git a/{name} b/{name}", f"--- a/{name}", f"+++ b/{name}",
                 f"@@ -1,9 +1,13 @@ int function_{number}(int value)", "   int sum = 0;",
                 "   for (int i = 0; i < value; ++i) {"]
        text += [f"-    sum += table[i] * {k};" for k in range(3)]
        text += [f"+    if (i < size_{k}) sum += lookup(table, i, {k + number});" for k in range(7)]
        text += ["   }", "   log(sum);", "   count(sum);", "   return sum;"]
    return "\n".join(text) + "\n"


def review_requests(answer_tokens):
    """The requests with which a review of these files looks for defects, about one file in each."""
    with folder() as temporary, LlmStandIn() as llm:
        llm.rule(".", {"findings": [], "first": [], "verdicts": [], "summary": ""})
        (temporary / "change.diff").write_text(change(), encoding="utf-8")
        subprocess.run([SLUICE, "review", "--diff", temporary / "change.diff", "--llm", llm.url + "/v1", "--llm-model",
                        llm.model, "--set", "model-prompt-tokens=1100", "--set", "model-max-calls=100"],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        bodies = [entry["body"] for entry in llm.requests("chat")]
    bodies = [json.loads(body) if isinstance(body, (str, bytes)) else body for body in bodies]
    kept = ("messages", "response_format", "temperature")
    bodies = [{key: body[key] for key in kept if key in body} for body in bodies]
    return [{**body, "max_tokens": answer_tokens} for body in bodies if "Task FIND. At most" in
            body["messages"][-1]["content"]]


def unshared(bodies):
    """The same, each with a beginning of its own."""
    def own(number, body):
        first, *others = body["messages"]
        return {**body, "messages": [{**first, "content": f"Review {number}. {first['content']}"}, *others]}

    return [own(number, body) for number, body in enumerate(bodies)]
