import type { IncomingMessage } from "node:http";
import { expressRoute } from "./express-route";
import { leftRoute } from "./framework-route";

/**
 * The pattern of the route that took a request (`/users/:id`), or null: never the path itself. Read it late,
 * when the answer has ended: frameworks learn the route while they work.
 */
export function requestRoute(request: IncomingMessage): string | null {
  const left = leftRoute(request);
  return left === undefined ? expressRoute(request) : left;
}
