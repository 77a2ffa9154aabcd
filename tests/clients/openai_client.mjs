// Commands through the official Node client; see README.md. Node finds it by the folder that it is run in.
import { createRequire } from 'node:module';
import process from 'node:process';
import readline from 'node:readline';

const require = createRequire(`${process.cwd()}/`);
const { OpenAI, APIError } = require('openai');
const { makeParseableResponseFormat } = require('openai/lib/parser');

const place = {
  type: 'object',
  properties: { city: { type: 'string', maxLength: 20 }, zone: { type: 'integer' }, is_open: { type: 'boolean' } },
  required: ['city', 'zone', 'is_open'],
  additionalProperties: false,
};

async function stream(client, command) {
  const chunks = [];
  for await (const chunk of await client.chat.completions.create({ ...command.body, stream: true })) {
    chunks.push(chunk);
    if (chunks.length === command.stop_after) break;
  }
  return chunks;
}

async function parse(client, command) {
  const wanted = { type: 'json_schema', json_schema: { name: 'place', strict: true, schema: place } };
  const format = makeParseableResponseFormat(wanted, (text) => JSON.parse(text));
  const answer = await client.chat.completions.parse({ ...command.body, response_format: format });
  return answer.choices[0].message.parsed;
}

async function run(client, command) {
  switch (command.do) {
    case 'chat':
      return client.chat.completions.create(command.body);
    case 'text':
      return client.completions.create(command.body);
    case 'embed':
      return client.embeddings.create(command.body);
    case 'stream':
      return stream(client, command);
    case 'accumulate':
      return client.chat.completions.stream(command.body).finalChatCompletion();
    case 'parse':
      return parse(client, command);
    case 'models': {
      const models = [];
      for await (const model of client.models.list()) models.push(model);
      return models;
    }
    case 'model':
      return client.models.retrieve(command.id);
    default:
      throw new Error(`no such command: ${command.do}`);
  }
}

const [baseURL, apiKey] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
for await (const line of readline.createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = { ok: await run(client, JSON.parse(line)) };
  } catch (error) {
    if (!(error instanceof APIError)) throw error;
    const { status, code, param, type, message } = error;
    answer = { error: { class: error.constructor.name, status: status ?? null, code, param, type, message } };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
