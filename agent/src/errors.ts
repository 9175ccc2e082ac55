/** The one error class of the agent. `code` is stable and listed in `AGENT_ERROR_CODES`. */

/** Every code with what it means; the README repeats this table and a test holds the two together. */
export const AGENT_ERROR_CODES = {
  LOOPSCOPE_INVALID_OPTION: "A setting has a value that its rule does not allow; the agent was not started.",
  LOOPSCOPE_BLOCKED:
    "Thrown only in test mode (LOOPSCOPE_FAIL_ON_BLOCK_MS): the code under test blocked the event loop.",
} as const;

export type AgentErrorCode = keyof typeof AGENT_ERROR_CODES;

export class AgentError extends Error {
  override readonly name = "LoopscopeError";
  readonly code: AgentErrorCode;

  constructor(code: AgentErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
