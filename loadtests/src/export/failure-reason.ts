/** Why a request failed, in words: `fetch` says only "fetch failed" and keeps the reason as the cause. */
export function failureReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && cause.message !== "" ? cause.message : error.message;
}
