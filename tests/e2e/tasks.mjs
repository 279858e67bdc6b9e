// Tasks of 2025-11-25 with the official SDK v1 client through `mcp serve`, in front of server-everything (the SDK's own
// tasks, in both directions) and of our fixture.
import assert from "node:assert/strict";

import { Gateway, check, eventually } from "./harness.mjs";
import { everything, fixture, peer } from "./peers.mjs";

const { Client } = peer("@modelcontextprotocol/sdk/client/index.js");
const { StreamableHTTPClientTransport } = peer("@modelcontextprotocol/sdk/client/streamableHttp.js");
const { InMemoryTaskStore } = peer("@modelcontextprotocol/sdk/experimental/tasks/stores/in-memory.js");
const types = peer("@modelcontextprotocol/sdk/types.js");

const gateway = await Gateway.start({ config: { servers: { everything: everything(), fixture: fixture() } } });

// A client that notes news of tasks and answers every question with `content`.
async function connect(capabilities, content = {}, options = {}) {
  const client = new Client({ name: "sdk-v1-tasks", version: "1" }, { capabilities, ...options });
  const news = [];
  client.setNotificationHandler(types.TaskStatusNotificationSchema, ({ params }) => void news.push(params));
  if (capabilities.elicitation) {
    client.setRequestHandler(types.ElicitRequestSchema, async (request, extra) => {
      const result = { action: "accept", content };
      if (!request.params.task || !extra.taskStore) return result;
      const task = await extra.taskStore.createTask({ ttl: request.params.task.ttl });
      await extra.taskStore.storeTaskResult(task.taskId, "completed", result);
      return { task };
    });
  }
  await client.connect(new StreamableHTTPClientTransport(new URL(gateway.url)));
  await client.listTools();
  return { client, news, tasks: client.experimental.tasks };
}

async function collect(stream) {
  const messages = [];
  for await (const message of stream) messages.push(message);
  return messages;
}

const last = (messages) => messages.at(-1);

check("the capability is told, and tools say whether they run as tasks", async () => {
  const { client } = await connect({});
  assert.ok(client.getServerCapabilities().tasks.requests.tools.call);
  const { tools } = await client.listTools();
  const support = Object.fromEntries(tools.map((tool) => [tool.name, tool.execution?.taskSupport]));
  assert.equal(support["everything__simulate-research-query"], "required");
  assert.equal(support["fixture__slow_compute"], "optional");
  await client.close();
});

check("a task of server-everything runs to its result", async () => {
  const { client, tasks } = await connect({});
  const name = "everything__simulate-research-query";
  const messages = await collect(tasks.callToolStream({ name, arguments: { topic: "gateways" } }, undefined, { task: {} }));
  assert.equal(messages[0].type, "taskCreated");
  assert.equal(last(messages).type, "result");
  assert.match(last(messages).result.content[0].text, /gateways/);
  assert.equal((await tasks.getTask(messages[0].task.taskId)).status, "completed");
  await client.close();
});

check("a task of server-everything asks the user by tasks/result", async () => {
  const { client, tasks } = await connect({ elicitation: { form: {} } }, { interpretation: "snake" });
  const name = "everything__simulate-research-query";
  const asked = await collect(
    tasks.callToolStream({ name, arguments: { topic: "python", ambiguous: true } }, undefined, { task: {} }),
  );
  assert.equal(last(asked).type, "result");
  assert.match(last(asked).result.content[0].text, /snake/i);
  await client.close();
});

check("the fixture's task asks the user, tells its news, and stands in the list", async () => {
  const { client, news, tasks } = await connect({ elicitation: { form: {} } }, { confirm: true });
  const call = { name: "fixture__confirm_delete", arguments: { filename: "a.txt" } };
  const messages = await collect(tasks.callToolStream(call, undefined, { task: { ttl: 60_000 } }));
  assert.equal(last(messages).type, "result");
  assert.equal(last(messages).result.content[0].text, "a.txt deleted");
  const { taskId } = messages[0].task;
  await eventually(() => news.some((task) => task.taskId === taskId && task.status === "completed"), "completed is told");
  const listed = await tasks.listTasks();
  assert.deepEqual(listed.tasks.map((task) => [task.taskId, task.status]), [[taskId, "completed"]]);
  await client.close();
});

check("a task is cancelled, and is nobody else's", async () => {
  const ada = await connect({});
  const bob = await connect({});
  const call = { name: "fixture__slow_compute", arguments: { seconds: 600 } };
  const created = await ada.client.request(
    { method: "tools/call", params: { ...call, task: {} } }, types.CreateTaskResultSchema,
  );
  const { taskId } = created.task;
  await assert.rejects(bob.tasks.getTask(taskId), /task not found/);
  await assert.rejects(bob.tasks.cancelTask(taskId), /task not found/);
  assert.deepEqual((await bob.tasks.listTasks()).tasks, []);
  assert.equal((await ada.tasks.cancelTask(taskId)).status, "cancelled");
  assert.equal((await ada.tasks.getTask(taskId)).status, "cancelled");
  await ada.client.close();
  await bob.client.close();
});

check("a server has its client run a task, and follows it", async () => {
  const capabilities = {
    elicitation: { form: {} },
    tasks: { list: {}, cancel: {}, requests: { elicitation: { create: {} } } },
  };
  const { client } = await connect(capabilities, { name: "Ada" }, { taskStore: new InMemoryTaskStore() });
  const result = await client.callTool({ name: "everything__trigger-elicitation-request-async", arguments: {} });
  assert.match(result.content[0].text, /COMPLETED/);
  assert.match(JSON.stringify(result.content), /Ada/);
  await client.close();
});

check("SIGTERM ends the gateway with status 0 and leaves no process", async () => {
  assert.deepEqual(await gateway.stop(), { code: 0, signal: null });
});
