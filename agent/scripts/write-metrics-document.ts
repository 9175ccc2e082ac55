import { writeFileSync } from "node:fs";
import { METRICS_DOCUMENT, metricsDocument } from "./metrics-document";

writeFileSync(METRICS_DOCUMENT, metricsDocument());
