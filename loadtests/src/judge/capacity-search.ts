/**
 * The search for the highest arrival rate at which something holds: doubling until it fails, halving the gap
 * on a logarithmic scale, and a longer look at the winner, which steps back when it fails then.
 */

/** `generator`: the load could not be made as asked, so the step says nothing of the target. */
export type StepVerdict = "holds" | "fails" | "generator";

export interface CapacitySearch {
  /** Arrivals a second, whole: where the search begins, 1 or more. */
  readonly from: number;
  /** The highest that is tried. */
  readonly to: number;
  /** The search ends when the gap is at most this share of the rate, 0.01 to 1. */
  readonly precision: number;
}

export interface CapacityResult {
  /** Highest rate that held, and held again for longer; null when not even `from` did. */
  readonly rate: number | null;
  /** Lowest rate that is known to fail; null when none did. */
  readonly failsAt: number | null;
  /** What ended the search: the target, `to`, or the generator. */
  readonly limitedBy: "target" | "range" | "generator";
}

/** Confirmations of ever lower rates before the search gives up. */
const MAX_CONFIRMATIONS = 4;

/**
 * @param probe loads at a rate and says whether all held; with `longer` for the confirmation. It is called
 *   about 2 log2(to / from) times.
 */
export async function searchCapacity(
  { from, to, precision }: CapacitySearch,
  probe: (rate: number, longer: boolean) => Promise<StepVerdict>,
): Promise<CapacityResult> {
  let holds: number | null = null;
  let failsAt: number | null = null;
  let limitedBy: CapacityResult["limitedBy"] = "range";
  const step = async (rate: number): Promise<void> => {
    const verdict = await probe(rate, false);
    if (verdict === "holds") holds = rate;
    else {
      failsAt = rate;
      limitedBy = verdict === "generator" ? "generator" : "target";
    }
  };
  for (let rate = from; failsAt === null; rate = Math.min(to, rate * 2)) {
    await step(rate);
    if (rate >= to) break;
  }
  while (holds !== null && failsAt !== null && (failsAt - holds) / holds > precision) {
    const middle = Math.round(Math.sqrt(holds * failsAt));
    if (middle <= holds || middle >= failsAt) break;
    await step(middle);
  }
  for (let confirmation = 0; holds !== null && confirmation < MAX_CONFIRMATIONS; confirmation++) {
    const rate: number = holds;
    if ((await probe(rate, true)) === "holds") return { rate, failsAt, limitedBy };
    failsAt = rate;
    limitedBy = "target";
    const lower = Math.floor(rate / (1 + precision));
    holds = lower >= from && lower < rate ? lower : null;
  }
  return { rate: null, failsAt, limitedBy };
}
