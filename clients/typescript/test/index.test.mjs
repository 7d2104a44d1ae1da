import assert from "node:assert/strict";
import { test } from "node:test";

import { createHeadroom, HeadroomProblem, StillComputing } from "../dist/index.js";

const PROBLEM = { type: "/problems/x", title: "X", status: 422, detail: "x (do y)", remedy: "do y", code: "x", errors: [] };
const GAP = { edition: "e-1", points: [] };
const EVENT = { type: "edition.published", timestamp: "2026-12-01T00:00:00Z", data: { edition: "e-1" } };

/** A fetch that answers from a list: a status with a body and headers, or an error. */
function scripted(...answers) {
  const requests = [];
  const fetch = async (request) => {
    requests.push(request);
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    const [status, body, headers = {}] = answer;
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return new Response(text, { status, headers: { "content-type": "application/json", ...headers } });
  };
  return { fetch, requests };
}

const asking = (service, options = {}) =>
  createHeadroom("http://service/prefix/", { fetch: service.fetch, retry: { firstWait: 1, attempts: 3 }, ...options });
const question = { layer: "power", region: "US", quantiles: [0.1, 0.9] };

test("it asks again after what passes, and lists are one text with commas", async () => {
  const service = scripted([503, PROBLEM, { "retry-after": "0" }], new TypeError("refused"), [200, GAP]);
  assert.deepEqual(await asking(service, { apiKey: "hdr_k" }).gap(question), GAP);
  assert.equal(service.requests.length, 3);
  const address = new URL(service.requests[0].url);
  assert.equal(decodeURIComponent(address.pathname + address.search), "/prefix/v1/gaps?quantiles=0.1,0.9&layer=power&region=US");
  assert.equal(service.requests[0].headers.get("authorization"), "Bearer hdr_k");
});

test("a refusal is raised at once, and so is one that asks for more patience than there is", async () => {
  const refused = (error) => error instanceof HeadroomProblem && error.problem.remedy === "do y";
  await assert.rejects(asking(scripted([422, PROBLEM])).gap(question), refused);
  await assert.rejects(asking(scripted([429, PROBLEM, { "retry-after": "3600" }])).gap(question), refused);
  await assert.rejects(asking(scripted([404, "<html>", { "content-type": "text/html" }])).gap(question), TypeError);
});

test("an evaluation is waited for as long as one is patient", async () => {
  const service = scripted([202, { evaluation: "a", state: "waiting" }]);
  const evaluated = asking(service, { patience: 0 }).evaluate({ region: "US", layers: ["power"] });
  await assert.rejects(evaluated, StillComputing);
});

test("a stream goes on from where it broke off, also before its first event", async () => {
  const kind = { "content-type": "text/event-stream" };
  const service = scripted(
    [200, 'id: 7\nevent: events.begin\ndata: {"type": "events.begin", "data": {"after": 7}}\n\n', kind],
    [200, `id: 8\nevent: edition.published\ndata: ${JSON.stringify(EVENT)}\n\n`, kind],
    [401, PROBLEM],
  );
  const events = asking(service).watch();
  assert.deepEqual((await events.next()).value, { id: 8, ...EVENT });
  await assert.rejects(events.next(), HeadroomProblem);
  assert.deepEqual(service.requests.map((request) => request.headers.get("last-event-id")), [null, "7", "8"]);
});
