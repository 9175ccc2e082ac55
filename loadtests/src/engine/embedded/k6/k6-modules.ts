/** Every module of k6 that a script can import, made for one virtual user. */

import type { VirtualUser } from "../run/virtual-user.js";
import { createCoreModule } from "./core-module.js";
import { createCryptoModule } from "./crypto-module.js";
import { createDataModule } from "./data-module.js";
import { createEncodingModule } from "./encoding-module.js";
import { createExecutionModule } from "./execution-module.js";
import { parseHtml } from "./html-selection.js";
import { createHttpModule } from "./http-module.js";
import { createMetricsModule } from "./metrics-module.js";
import { createWebSocketModule } from "./websocket-module.js";

type Modules = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const encoding = createEncodingModule();
const hashes = createCryptoModule();
const html = { parseHTML: (text: unknown) => parseHtml(String(text)) };

/** Keys are those of K6_MODULE_EXPORTS. */
export function createK6Modules(user: VirtualUser): Modules {
  const { setTimeout, setInterval, clear } = user.timers;
  return {
    k6: createCoreModule(user),
    "k6/http": createHttpModule(user),
    "k6/metrics": createMetricsModule(user),
    "k6/data": createDataModule(user),
    "k6/execution": createExecutionModule(user),
    "k6/encoding": encoding,
    "k6/crypto": hashes,
    "k6/html": html,
    "k6/timers": { setTimeout, setInterval, clearTimeout: clear, clearInterval: clear },
    "k6/websockets": createWebSocketModule(user),
  };
}
