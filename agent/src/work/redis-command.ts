/** These wait for somebody else on purpose, or change what the connection is for. */
const NOT_TIMED = /^(b(l|r|z).*|xread|xreadgroup|wait|waitaof|(un)?p?s?(un)?subscribe|monitor|quit)$/i;

/** Whether how long a Redis command takes says something of Redis. */
export function isTimedCommand(name: unknown): name is string {
  return typeof name === "string" && !NOT_TIMED.test(name);
}
