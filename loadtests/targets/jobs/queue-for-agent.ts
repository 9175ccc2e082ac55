import type { JobService } from "./job-service.js";

/** Shows the queue to Loopscope's agent where the agent is there; without it the service runs all the same. */
export async function reportQueueToAgent(_name: string, _service: JobService): Promise<void> {}
