/** Every dashboard, in the order in which lists and the guide show them. */
import type { DashboardSpecification } from "../panels/panel-specification.js";
import { SERVICE_OVERVIEW } from "./service-overview.js";

export const ALL_DASHBOARDS: readonly DashboardSpecification[] = [SERVICE_OVERVIEW];
