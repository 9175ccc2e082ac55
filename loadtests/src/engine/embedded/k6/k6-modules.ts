/** Every module of k6 that a script can import, made for one virtual user. */

import type { VirtualUser } from "../run/virtual-user.js";
import { createCoreModule } from "./core-module.js";
import { createHttpModule } from "./http-module.js";
import { createMetricsModule } from "./metrics-module.js";

type Modules = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export function createK6Modules(user: VirtualUser): Modules {
  return {
    k6: createCoreModule(user),
    "k6/http": createHttpModule(user),
    "k6/metrics": createMetricsModule(user),
  };
}
