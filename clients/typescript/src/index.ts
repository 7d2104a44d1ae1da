/** Asks a Headroom service; every type is generated from its OpenAPI document (`npm run generate`). */

import { EventSourceParserStream } from "eventsource-parser/stream";
import createClient, { type Client } from "openapi-fetch";

import type { components, operations, paths } from "./schema.js";
import { type Retry, asksAgain } from "./retry.js";

type Schemas = components["schemas"];
type QueryOf<Name extends keyof operations> = NonNullable<operations[Name]["parameters"]["query"]>;

export type GapAnswer = Schemas["GapAnswer"];
export type EvaluationAnswer = Schemas["EvaluationAnswer"];
export type EvaluationRequest = Schemas["EvaluationRequest"];
export type SolveAnswer = Schemas["SolveAnswer"];
export type Problem = Schemas["Problem"];
/** A question about cells, as `GET /v1/gaps` takes it. */
export type GapsQuestion = Omit<QueryOf<"getGap">, "format" | "fields" | "shape">;
/** A question about one cell. */
export type GapQuestion = Omit<GapsQuestion, "region" | "layer" | "demand"> & {
  layer: Schemas["Layer"];
  region?: Schemas["Region"];
  demand?: Schemas["DemandConcept"];
};
/** One event; `events.missing`, which stands for events that were removed, has neither id nor timestamp. */
export type HeadroomEvent = {
  id: number | null;
  type: Schemas["EventKind"] | "events.missing";
  timestamp: string | null;
  data: Record<string, unknown>;
};

export type Options = {
  /** Sent with every request; needed where the service asks for one. */
  apiKey?: string;
  /** Another fetch, for proxies and tests. */
  fetch?: typeof globalThis.fetch;
  /** How often a question is asked again, and how long is waited before. */
  retry?: Partial<Retry>;
  /** Milliseconds that an evaluation is waited for. */
  patience?: number;
};

/** The service refused, and said why (RFC 9457): `problem.errors` names parameters and what is allowed. */
export class HeadroomProblem extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem,
  ) {
    super(`${problem.code}: ${problem.detail}`);
    this.name = "HeadroomProblem";
  }
}

/** An evaluation took longer than one wanted to wait; asked again later, it is answered as far as it is. */
export class StillComputing extends Error {
  override name = "StillComputing";
}

const LOOK_MILLISECONDS = 500;
/** A stream that stood so long did not fail: it was ended, as proxies and new versions of a service do. */
const STOOD_MILLISECONDS = 10_000;
/** Type of the message that says after which event a stream begins. */
const BEGIN = "events.begin";

/** A client of the service at `baseUrl`, with its path prefix if it has one. */
export function createHeadroom(baseUrl: string, options: Options = {}) {
  const base = baseUrl.replace(/\/+$/, "");
  const headers: Record<string, string> = options.apiKey ? { Authorization: `Bearer ${options.apiKey}` } : {};
  const retry: Retry = { attempts: 5, firstWait: 250, longestWait: 60_000, ...options.retry };
  const plain = options.fetch ?? globalThis.fetch;
  const patience = options.patience ?? 120_000;
  // Lists are one text with commas, as the OpenAPI document states of every parameter that is one.
  const client: Client<paths, "application/json"> = createClient<paths, "application/json">({
    baseUrl: base,
    headers,
    fetch: asksAgain(plain, retry),
    querySerializer: { array: { style: "form", explode: false } },
  });

  async function waited<Answer extends { state: string }>(first: Answer, again: () => Promise<Answer>): Promise<Answer> {
    const until = Date.now() + patience;
    let answer = first;
    while (answer.state !== "done") {
      if (Date.now() + LOOK_MILLISECONDS > until) throw new StillComputing("the evaluation is not done yet");
      await pause(LOOK_MILLISECONDS);
      answer = await again();
    }
    return answer;
  }

  return {
    /** Every path of the API, typed by it: `client.GET("/v1/coverage")`. */
    client,

    /** Demand, deliverable supply and the gap of one cell. */
    async gap(question: GapQuestion): Promise<GapAnswer> {
      const { layer, region, demand, ...rest } = question;
      const query = { ...rest, layer: [layer], ...(region && { region: [region] }), ...(demand && { demand: [demand] }) };
      const answer = answered(await client.GET("/v1/gaps", { params: { query } }));
      if ("items" in answer) throw new TypeError("one question has several answers: ask gaps()");
      return answer;
    },

    /** The same for every combination of regions, layers, scenarios and readings, up to 50. */
    async gaps(question: GapsQuestion): Promise<GapAnswer[]> {
      const answer = answered(await client.GET("/v1/gaps", { params: { query: question } }));
      return "items" in answer ? answer.items : [answer];
    },

    /** What a scenario does to a region, against base and draw by draw; it is waited for. */
    async evaluate(question: EvaluationRequest): Promise<EvaluationAnswer> {
      const first = answered(await client.POST("/v1/scenarios:evaluate", { body: question }));
      const path = { name: first.evaluation };
      return waited(first, async () =>
        answered(await client.GET("/v1/scenarios/evaluations/{name}", { params: { path } })),
      );
    },

    /** The least change of a lever that reaches a target; it is waited for. */
    async solve(query: QueryOf<"solve">): Promise<SolveAnswer> {
      const ask = async () => answered(await client.GET("/v1/solve", { params: { query } }));
      return waited(await ask(), ask);
    },

    /** What happens, as it happens; a stream that breaks off is gone on with. `after` 0 begins with all there are. */
    async *watch(after?: number, signal?: AbortSignal): AsyncGenerator<HeadroomEvent, void, undefined> {
      let last = after === undefined ? undefined : String(after);
      for (let attempt = 0; !signal?.aborted; attempt += 1) {
        const begun = Date.now();
        const place: Record<string, string> = last === undefined ? {} : { "Last-Event-ID": last };
        const request = new Request(`${base}/v1/events`, {
          headers: { ...headers, ...place, Accept: "text/event-stream" },
          signal: signal ?? null,
        });
        const response = await asksAgain(plain, retry)(request);
        if (!response.ok) throw new HeadroomProblem(response.status, (await response.json()) as Problem);
        if (response.body === null) throw new TypeError("a stream without a body");
        const messages = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
        try {
          for await (const message of messages) {
            last = message.id ?? last;
            attempt = 0;
            if (message.event !== BEGIN) yield eventOf(message.data, message.id);
          }
        } catch (fault) {
          // What breaks off while it is read is a TypeError of fetch.
          if (signal?.aborted || !(fault instanceof TypeError)) throw fault;
        }
        if (Date.now() - begun >= STOOD_MILLISECONDS) attempt = 0;
        if (attempt + 1 >= retry.attempts) throw new TypeError("the stream of events ends at once, again and again");
        await pause(retry.firstWait * 2 ** attempt);
      }
    },
  };
}

export type Headroom = ReturnType<typeof createHeadroom>;

function answered<Data>(outcome: { data?: Data; error?: unknown; response: Response }): Data {
  if (outcome.data !== undefined) return outcome.data;
  const problem = outcome.error as Partial<Problem> | undefined;
  if (typeof problem?.code !== "string") throw new TypeError(`${outcome.response.url} answered ${outcome.response.status}`);
  throw new HeadroomProblem(outcome.response.status, problem as Problem);
}

function eventOf(text: string, id: string | undefined): HeadroomEvent {
  const { type, timestamp = null, data } = JSON.parse(text) as Omit<HeadroomEvent, "id">;
  return { id: id === undefined ? null : Number(id), type, timestamp, data };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
