/** Where a framework's own file leaves what it knows of a request's route, for whoever reads it late. */

import type { IncomingMessage } from "node:http";

const source = Symbol("loopscope.routeSource");
const reader = Symbol("loopscope.routeReader");

interface RoutedMessage extends IncomingMessage {
  [source]?: unknown;
  [reader]?: (from: never) => string | null;
}

/**
 * @param from the framework's own object of the request.
 * @param read called late with `from`, when the answer has ended or a block is reported. One function for all
 *   requests: a closure for each would be garbage on the request path.
 */
export function leaveRoute<T>(request: IncomingMessage, from: T, read: (from: T) => string | null): void {
  const message = request as RoutedMessage;
  message[source] = from;
  message[reader] = read as (from: never) => string | null;
}

/** Undefined when no framework left anything. */
export function leftRoute(request: IncomingMessage): string | null | undefined {
  const message = request as RoutedMessage;
  return message[reader]?.(message[source] as never);
}
