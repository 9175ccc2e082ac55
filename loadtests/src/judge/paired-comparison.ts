/**
 * Paired comparison of rounds on log ratios: the replicate is the round, never the request. The estimate is
 * Hodges-Lehmann's, its interval and p the exact ones of Wilcoxon's signed-rank test (Hollander and Wolfe,
 * Nonparametric Statistical Methods, chapter 3).
 */

/** With fewer pairs no outcome reaches p < 0.05 on both sides: the least p of 5 is 1/16. */
export const MIN_PAIRS = 6;
/** The exact distribution is counted up to here; beyond, the normal approximation is as good. */
const MAX_EXACT_PAIRS = 60;

export interface PairedEstimate {
  readonly pairs: number;
  /** Median of Walsh averages of log(head / base), as a ratio: 1.05 is 5 % more. */
  readonly ratio: number;
  /** Of the ratio, at the confidence asked for. */
  readonly low: number;
  readonly high: number;
  /** Two-sided. */
  readonly p: number;
}

export type ComparisonVerdict = "better" | "worse" | "same" | "undecided";

/**
 * @param base one positive value a round. @param head its partner in the same round.
 * @param confidence 0..1, exclusive.
 * @throws RangeError for fewer than `MIN_PAIRS` pairs, unequal lengths or values that are not positive.
 */
export function comparePairs(
  base: readonly number[],
  head: readonly number[],
  confidence: number,
): PairedEstimate {
  if (base.length !== head.length) throw new RangeError("every round needs a base and a head");
  if (base.length < MIN_PAIRS) throw new RangeError(`need at least ${MIN_PAIRS} pairs, got ${base.length}`);
  if ([...base, ...head].some((value) => !(value > 0))) throw new RangeError("values must be positive");
  const logs = base.map((value, round) => Math.log((head[round] ?? Number.NaN) / value));
  const averages = walshAverages(logs);
  const cut = criticalRank(logs.length, 1 - confidence);
  // Too few pairs for the confidence: the widest interval there is.
  const index = Math.max(0, cut - 1);
  return {
    pairs: logs.length,
    ratio: Math.exp(median(averages)),
    low: Math.exp(averages[index] ?? Number.NaN),
    high: Math.exp(averages[averages.length - 1 - index] ?? Number.NaN),
    p: signedRankP(logs),
  };
}

/**
 * By margin, not by p alone: an interval wholly beyond the margin decides, one wholly within it says "same",
 * and one that straddles it is undecided.
 * @param margin 0.05 is 5 %. @param lowerIsBetter true for latencies, false for throughput.
 */
export function verdictOf(
  estimate: PairedEstimate,
  margin: number,
  lowerIsBetter: boolean,
): ComparisonVerdict {
  const upper = 1 + margin;
  const lower = 1 / upper;
  if (estimate.low > upper) return lowerIsBetter ? "worse" : "better";
  if (estimate.high < lower) return lowerIsBetter ? "better" : "worse";
  return estimate.low >= lower && estimate.high <= upper ? "same" : "undecided";
}

/** Means of all pairs, each value with itself included, ascending. */
export function walshAverages(values: readonly number[]): readonly number[] {
  const averages: number[] = [];
  for (let first = 0; first < values.length; first++) {
    for (let second = first; second < values.length; second++) {
      averages.push(((values[first] ?? 0) + (values[second] ?? 0)) / 2);
    }
  }
  return averages.sort((a, b) => a - b);
}

/** Exact two-sided p of Wilcoxon's signed-rank test; zeros are dropped, ties share their mean rank. */
export function signedRankP(differences: readonly number[]): number {
  const nonZero = differences.filter((value) => value !== 0);
  const count = nonZero.length;
  if (count === 0) return 1;
  const ranks = meanRanks(nonZero.map(Math.abs));
  const positive = ranks.reduce((sum, rank, index) => ((nonZero[index] ?? 0) > 0 ? sum + rank : sum), 0);
  const total = (count * (count + 1)) / 2;
  const extreme = Math.min(positive, total - positive);
  return Math.min(1, 2 * signedRankCdf(ranks, extreme));
}

/** Probability that the sum of the ranks with a positive sign is at most `limit`, signs being fair coins. */
function signedRankCdf(ranks: readonly number[], limit: number): number {
  if (ranks.length > MAX_EXACT_PAIRS) return normalCdf(ranks, limit);
  const chances = signedRankChances(ranks);
  let probability = 0;
  for (let sum = 0; sum <= Math.round(limit * 2); sum++) probability += chances[sum] ?? 0;
  return probability;
}

/** Chance of each sum of ranks with a positive sign. Mean ranks are halves at worst: the index is twice the sum. */
function signedRankChances(ranks: readonly number[]): Float64Array {
  const doubled = ranks.map((rank) => Math.round(rank * 2));
  const most = doubled.reduce((sum, rank) => sum + rank, 0);
  let chances = new Float64Array(most + 1);
  chances[0] = 1;
  for (const rank of doubled) {
    const next = new Float64Array(most + 1);
    for (let sum = 0; sum <= most; sum++) {
      next[sum] = ((chances[sum] ?? 0) + (sum >= rank ? (chances[sum - rank] ?? 0) : 0)) / 2;
    }
    chances = next;
  }
  return chances;
}

/** With continuity correction; the error function by Abramowitz and Stegun 7.1.26. */
function normalCdf(ranks: readonly number[], limit: number): number {
  const mean = ranks.reduce((sum, rank) => sum + rank, 0) / 2;
  const deviation = Math.sqrt(ranks.reduce((sum, rank) => sum + rank * rank, 0) / 4);
  const z = (limit + 0.5 - mean) / deviation;
  const t = 1 / (1 + (0.3275911 * Math.abs(z)) / Math.SQRT2);
  const polynomial =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const tail = (polynomial * Math.exp((-z * z) / 2)) / 2;
  return z < 0 ? tail : 1 - tail;
}

/** Largest k with P(T < k) at most alpha / 2, so that the k-th Walsh averages from both ends bound the interval. */
function criticalRank(pairs: number, alpha: number): number {
  const ranks = Array.from({ length: pairs }, (_, index) => index + 1);
  if (pairs > MAX_EXACT_PAIRS) {
    let rank = 0;
    while (normalCdf(ranks, rank) <= alpha / 2) rank++;
    return rank;
  }
  const chances = signedRankChances(ranks);
  let probability = 0;
  for (let rank = 0; ; rank++) {
    probability += chances[rank * 2] ?? 0;
    if (probability > alpha / 2) return rank;
  }
}

function meanRanks(values: readonly number[]): readonly number[] {
  const order = values.map((value, index) => ({ value, index })).sort((a, b) => a.value - b.value);
  const ranks = new Array<number>(values.length).fill(0);
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end < order.length && order[end]?.value === order[start]?.value) end++;
    for (const { index } of order.slice(start, end)) ranks[index] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}

/** Of an ascending list. */
function median(sorted: readonly number[]): number {
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
