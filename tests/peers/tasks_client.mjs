// A client of 2025-11-25 that wants its call as a task: the SDK of npm, with its experimental tasks.
//
//   node tasks_client.mjs FOLDER URL TOOL '{"name": "value", …}'
//
// FOLDER is where `@modelcontextprotocol/sdk` is installed. What happens goes to standard output as lines of JSON.

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, url, tool, given] = process.argv.slice(2);
const { resolve } = createRequire(join(folder, 'here.js'));
const sdk = (path) => import(pathToFileURL(resolve(`@modelcontextprotocol/sdk/${path}`)));
const { Client } = await sdk('client/index.js');
const { StreamableHTTPClientTransport } = await sdk('client/streamableHttp.js');
const { ElicitRequestSchema, CallToolResultSchema } = await sdk('types.js');

const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);
const client = new Client(
  { name: 'tasks-client', version: '1' }, { capabilities: { elicitation: { form: {} } } });
client.setRequestHandler(ElicitRequestSchema, async ({ params }) => {
  say({ asked: params.message, related: params._meta?.['io.modelcontextprotocol/related-task']?.taskId });
  const [name, field] = Object.entries(params.requestedSchema.properties)[0];
  return { action: 'accept', content: { [name]: (field.oneOf ?? [{ const: 'Ada' }])[0].const } };
});
await client.connect(new StreamableHTTPClientTransport(new URL(url)));

let { tools } = await client.listTools();
for (let left = 100; left && !tools.some(({ name }) => name === tool); left -= 1) {
  await new Promise((later) => setTimeout(later, 100));
  ({ tools } = await client.listTools());
}
say({ support: tools.find(({ name }) => name === tool)?.execution?.taskSupport });
const call = { name: tool, arguments: JSON.parse(given) };
for await (const message of client.experimental.tasks.callToolStream(call, CallToolResultSchema,
  { task: { ttl: 60_000 } })) {
  if (message.type === 'error') say({ error: String(message.error) });
  else if (message.type === 'result') say({ result: message.result });
  else say({ [message.type]: message.task });
}
say({ listed: (await client.experimental.tasks.listTasks()).tasks });
await client.close();
