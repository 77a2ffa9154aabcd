"""What a bot imports before it does anything."""

import github  # noqa: F401
import httpx  # noqa: F401
import openai  # noqa: F401
import requests  # noqa: F401

print("ready", flush=True)
