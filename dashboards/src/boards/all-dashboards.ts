/** Every dashboard, in the order in which lists and the guide show them. */
import type { DashboardSpecification } from "../panels/panel-specification.js";
import { EVENT_LOOP } from "./event-loop.js";
import { FLEET } from "./fleet.js";
import { LOAD_RUN } from "./load-run.js";
import { MEMORY } from "./memory.js";
import { SERVICE_OVERVIEW } from "./service-overview.js";
import { WORK } from "./work.js";

export const ALL_DASHBOARDS: readonly DashboardSpecification[] = [
  SERVICE_OVERVIEW,
  EVENT_LOOP,
  MEMORY,
  WORK,
  LOAD_RUN,
  FLEET,
];
