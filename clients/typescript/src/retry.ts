/** How often a question is asked again, and how many milliseconds are waited before. */
export type Retry = {
  /** How often a question is sent, at least once. */
  attempts: number;
  /** At most before the second attempt; it doubles each time, and a random part of at least half of it is waited. */
  firstWait: number;
  /** At most in all cases: where the service asks for more (`Retry-After`), its refusal is returned at once. */
  longestWait: number;
};

const PASSING = new Set([408, 429, 502, 503, 504]);

/** A fetch that asks again where an answer may be another one in a moment, or where there is none. */
export function asksAgain(fetch: typeof globalThis.fetch, retry: Retry): (request: Request) => Promise<Response> {
  return async (request) => {
    for (let attempt = 0; ; attempt += 1) {
      const last = attempt + 1 >= retry.attempts;
      let wait = Math.min(retry.firstWait * 2 ** attempt, retry.longestWait) * (0.5 + Math.random() / 2);
      try {
        const response = await fetch(request.clone());
        wait = retryAfter(response) ?? wait;
        if (!PASSING.has(response.status) || last || wait > retry.longestWait) return response;
        await response.body?.cancel();
      } catch (fault) {
        if (last || request.signal.aborted) throw fault;
      }
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  };
}

function retryAfter(response: Response): number | null {
  const text = response.headers.get("retry-after");
  if (text === null) return null;
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const moment = Date.parse(text);
  return Number.isNaN(moment) ? null : Math.max(0, moment - Date.now());
}
