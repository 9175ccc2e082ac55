/** Every difference between Node versions that the agent knows of, tested by feature where that is possible. */

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

/** Since 24 AsyncLocalStorage rides on V8's continuation data and costs nothing measurable; before, 12 to 17 %. */
export const ASYNC_CONTEXT_IS_CHEAP = major >= 24;

/** `http2.server.stream.start` and its kin are published since 22. */
export const HAS_HTTP2_CHANNELS = major >= 22;

/** `tracing:module.require` and `tracing:module.import` are published since 22. */
export const HAS_MODULE_CHANNELS = major >= 22;

/** The oldest supported version: earlier ones lack `uvMetricsInfo` and fall over `require(esm)`. */
export const IS_SUPPORTED = major > 20 || (major === 20 && minor >= 18);
