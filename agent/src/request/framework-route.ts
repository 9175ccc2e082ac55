/** Where a framework's own file leaves what it knows of a request's route, for whoever reads it late. */

import type { IncomingMessage } from "node:http";

const frameworkRoute = Symbol.for("loopscope.route");

interface RoutedMessage extends IncomingMessage {
  [frameworkRoute]?: () => string | null;
}

/** @param read called late, when the answer has ended or a block is reported. */
export function leaveRoute(request: IncomingMessage, read: () => string | null): void {
  (request as RoutedMessage)[frameworkRoute] = read;
}

/** Undefined when no framework left anything. */
export function leftRoute(request: IncomingMessage): string | null | undefined {
  return (request as RoutedMessage)[frameworkRoute]?.();
}
