import { numberInput, type Task } from "./task.js";

/** Waiting on another service is what an event loop is good at, within a limit and never without an end. */
export const fetchQuote: Task = async (input, tools, signal) => {
  const url = new URL("/quote", tools.downstreamUrl);
  url.searchParams.set("delayMs", String(numberInput(input, "delayMs", 5)));
  url.searchParams.set("failFirst", String(numberInput(input, "failFirst", 0)));
  url.searchParams.set("key", String(input.key ?? ""));
  return await tools.outbound.run(async () => {
    const response = await fetch(url, { signal });
    const body: unknown = await response.json();
    if (!response.ok) throw new Error(`the quote service answered ${response.status}`);
    return body;
  }, signal);
};
