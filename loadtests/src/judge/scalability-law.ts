/**
 * The Universal Scalability Law (Gunther): X(N) = λN / (1 + σ(N-1) + κN(N-1)). Fitted by Levenberg-Marquardt
 * from a linear start, σ and κ kept at 0 or above.
 */

/** Fewer levels leave three parameters without a check. */
export const MIN_LEVELS = 6;
const MAX_STEPS = 200;
/** Beyond this multiple of the largest level measured the curve is a guess: measured, 60 % off. */
export const MAX_EXTRAPOLATION = 2;

export interface LoadLevel {
  /** Mean requests in flight: measured, not configured. */
  readonly concurrency: number;
  /** Requests completed a second. */
  readonly throughput: number;
}

export interface ScalabilityFit {
  /** λ: throughput of one request at a time, a second. */
  readonly lambda: number;
  /** σ: share of the work that queues for something shared. */
  readonly contention: number;
  /** κ: cost of each pair keeping in step. */
  readonly coherency: number;
  /** Concurrency of the most throughput; null: the curve has no peak within reach of what was measured. */
  readonly peakConcurrency: number | null;
  /** Throughput there, or at the largest level. */
  readonly peakThroughput: number;
  /** Share of the variance explained, 1 at best. */
  readonly rSquared: number;
}

type Parameters = readonly [lambda: number, contention: number, coherency: number];

/** @throws RangeError for fewer than `MIN_LEVELS` levels or values that are not positive. */
export function fitScalability(levels: readonly LoadLevel[]): ScalabilityFit {
  if (levels.length < MIN_LEVELS) {
    throw new RangeError(`need at least ${MIN_LEVELS} levels, got ${levels.length}`);
  }
  if (levels.some(({ concurrency, throughput }) => !(concurrency > 0) || !(throughput > 0))) {
    throw new RangeError("concurrency and throughput must be positive");
  }
  let parameters = startOf(levels);
  let damping = 1e-3;
  let error = squaredError(parameters, levels);
  for (let step = 0; step < MAX_STEPS; step++) {
    const candidate = improved(parameters, levels, damping);
    const candidateError = squaredError(candidate, levels);
    if (candidateError < error) {
      const gain = (error - candidateError) / error;
      parameters = candidate;
      error = candidateError;
      damping = Math.max(damping / 10, 1e-12);
      if (gain < 1e-12) break;
    } else {
      damping *= 10;
      if (damping > 1e12) break;
    }
  }
  return describeFit(parameters, error, levels);
}

export function throughputAt(fit: ScalabilityFit, concurrency: number): number {
  return predict([fit.lambda, fit.contention, fit.coherency], concurrency);
}

function describeFit(parameters: Parameters, error: number, levels: readonly LoadLevel[]): ScalabilityFit {
  const [lambda, contention, coherency] = parameters;
  const largest = Math.max(...levels.map((level) => level.concurrency));
  const peak = coherency > 0 ? Math.floor(Math.sqrt((1 - contention) / coherency)) : Number.POSITIVE_INFINITY;
  const reachable = peak <= largest * MAX_EXTRAPOLATION;
  const mean = levels.reduce((sum, level) => sum + level.throughput, 0) / levels.length;
  const spread = levels.reduce((sum, level) => sum + (level.throughput - mean) ** 2, 0);
  return {
    lambda,
    contention,
    coherency,
    peakConcurrency: reachable ? Math.max(1, peak) : null,
    peakThroughput: predict(parameters, reachable ? Math.max(1, peak) : largest),
    rSquared: spread === 0 ? 1 : 1 - error / spread,
  };
}

function predict([lambda, contention, coherency]: Parameters, n: number): number {
  return (lambda * n) / (1 + contention * (n - 1) + coherency * n * (n - 1));
}

function squaredError(parameters: Parameters, levels: readonly LoadLevel[]): number {
  return levels.reduce(
    (sum, level) => sum + (level.throughput - predict(parameters, level.concurrency)) ** 2,
    0,
  );
}

/** N / X is linear in the parameters: least squares of it on 1, N-1 and N(N-1). */
function startOf(levels: readonly LoadLevel[]): Parameters {
  const rows = levels.map(({ concurrency: n }) => [1, n - 1, n * (n - 1)]);
  const targets = levels.map(({ concurrency, throughput }) => concurrency / throughput);
  const [a = 0, b = 0, c = 0] = leastSquares(rows, targets, 0);
  if (a > 0) return [1 / a, Math.max(0, b / a), Math.max(0, c / a)];
  return [Math.max(...levels.map((level) => level.throughput / level.concurrency)), 0.1, 0.01];
}

function improved(parameters: Parameters, levels: readonly LoadLevel[], damping: number): Parameters {
  const [lambda, contention, coherency] = parameters;
  const rows = levels.map(({ concurrency: n }) => {
    const denominator = 1 + contention * (n - 1) + coherency * n * (n - 1);
    const slope = (-lambda * n) / denominator ** 2;
    return [n / denominator, slope * (n - 1), slope * n * (n - 1)];
  });
  const residuals = levels.map((level) => level.throughput - predict(parameters, level.concurrency));
  const [dLambda = 0, dContention = 0, dCoherency = 0] = leastSquares(rows, residuals, damping);
  return [
    Math.max(lambda + dLambda, Number.MIN_VALUE),
    Math.max(0, contention + dContention),
    Math.max(0, coherency + dCoherency),
  ];
}

/** Solves the normal equations of three unknowns, each diagonal element raised by the damping (Marquardt). */
function leastSquares(
  rows: readonly (readonly number[])[],
  targets: readonly number[],
  damping: number,
): readonly number[] {
  const matrix = [0, 1, 2].map((i) =>
    [0, 1, 2].map((j) => rows.reduce((sum, row) => sum + (row[i] ?? 0) * (row[j] ?? 0), 0)),
  );
  const right = [0, 1, 2].map((i) =>
    rows.reduce((sum, row, index) => sum + (row[i] ?? 0) * (targets[index] ?? 0), 0),
  );
  const damped = matrix.map((row, i) => row.map((value, j) => (i === j ? value * (1 + damping) : value)));
  const whole = determinant(damped);
  if (whole === 0) return [0, 0, 0];
  // Cramer's rule: three unknowns need no more.
  return [0, 1, 2].map(
    (column) =>
      determinant(damped.map((row, i) => row.map((v, j) => (j === column ? (right[i] ?? 0) : v)))) / whole,
  );
}

function determinant(m: readonly (readonly number[])[]): number {
  const at = (i: number, j: number): number => m[i]?.[j] ?? 0;
  return (
    at(0, 0) * (at(1, 1) * at(2, 2) - at(1, 2) * at(2, 1)) -
    at(0, 1) * (at(1, 0) * at(2, 2) - at(1, 2) * at(2, 0)) +
    at(0, 2) * (at(1, 0) * at(2, 1) - at(1, 1) * at(2, 0))
  );
}
