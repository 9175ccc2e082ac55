/**
 * PromQL as values with types: an instant vector knows which labels its series carry, so that an aggregation
 * or a legend that names a missing label does not compile.
 */

/** An expression that yields one sample a series; `L` are the labels that its series can have. */
export interface Vector<L extends string = string> {
  readonly promql: string;
  readonly labels: readonly L[];
  /** Every selector that the expression reads, without ranges: what its cost is counted on. */
  readonly selectors: readonly string[];
}

type Aggregation = "sum" | "min" | "max" | "avg" | "count";

function aggregate<L extends string, const K extends readonly L[]>(
  operator: Aggregation,
  by: K,
  vector: Vector<L>,
): Vector<K[number]> {
  return {
    promql: `${operator} by (${by.join(", ")}) (${vector.promql})`,
    labels: by,
    selectors: vector.selectors,
  };
}

export function sumBy<L extends string, const K extends readonly L[]>(by: K, vector: Vector<L>) {
  return aggregate("sum", by, vector);
}

export function maxBy<L extends string, const K extends readonly L[]>(by: K, vector: Vector<L>) {
  return aggregate("max", by, vector);
}

export function minBy<L extends string, const K extends readonly L[]>(by: K, vector: Vector<L>) {
  return aggregate("min", by, vector);
}

export function countBy<L extends string, const K extends readonly L[]>(by: K, vector: Vector<L>) {
  return aggregate("count", by, vector);
}

/** The `limit` largest series at each moment: over a range, more than `limit` series can come up. */
export function topk<L extends string>(limit: number, vector: Vector<L>): Vector<L> {
  return { ...vector, promql: `topk(${limit}, ${vector.promql})` };
}

/** Largest first; tables and bar gauges only, a graph has no order. */
export function sortDescending<L extends string>(vector: Vector<L>): Vector<L> {
  return { ...vector, promql: `sort_desc(${vector.promql})` };
}

/** Gives the series that lack the label a text in its place. */
export function labelled<L extends string>(vector: Vector<L>, label: NoInfer<L>, text: string): Vector<L> {
  return { ...vector, promql: `label_replace(${vector.promql}, "${label}", "${text}", "${label}", "")` };
}

/** Quantile (0..1) from the buckets of a classic histogram; interpolated, so as coarse as the buckets. */
export function histogramQuantile<L extends string>(
  quantile: number,
  buckets: Vector<L | "le">,
): Vector<Exclude<L, "le">> {
  return {
    promql: `histogram_quantile(${quantile}, ${buckets.promql})`,
    labels: buckets.labels.filter((label): label is Exclude<L, "le"> => label !== "le"),
    selectors: buckets.selectors,
  };
}

type BinaryOperator = "+" | "-" | "*" | "/";

function combine<L extends string>(left: Vector<L>, operator: BinaryOperator, right: Vector<L>): Vector<L> {
  return {
    promql: `(${left.promql}) ${operator} (${right.promql})`,
    labels: left.labels,
    selectors: [...left.selectors, ...right.selectors],
  };
}

/** Series meet by equal labels: both sides carry the same ones. */
export function add<L extends string>(left: Vector<L>, right: Vector<NoInfer<L>>): Vector<L> {
  return combine(left, "+", right);
}

export function subtract<L extends string>(left: Vector<L>, right: Vector<NoInfer<L>>): Vector<L> {
  return combine(left, "-", right);
}

/** Where the divisor is not above zero there is no answer: the series is left out, not NaN or infinite. */
export function divide<L extends string>(left: Vector<L>, right: Vector<NoInfer<L>>): Vector<L> {
  return combine(left, "/", filter(right, "> 0"));
}

export function multiply<L extends string>(left: Vector<L>, right: Vector<NoInfer<L>>): Vector<L> {
  return combine(left, "*", right);
}

/** Arithmetic with a number: `scale(rate, "* 60")`, `scale(share, "/ 0.001")`. */
export function scale<L extends string>(
  vector: Vector<L>,
  arithmetic: `${BinaryOperator} ${number}`,
): Vector<L> {
  return { ...vector, promql: `(${vector.promql}) ${arithmetic}` };
}

/** Keeps the series for which the comparison holds. */
export function filter<L extends string>(
  vector: Vector<L>,
  comparison: `${">" | ">=" | "<" | "<=" | "==" | "!="} ${number}`,
): Vector<L> {
  return { ...vector, promql: `(${vector.promql}) ${comparison}` };
}

/** Keeps the series of `left` for which the comparison with the series of equal labels holds. */
export function filterAgainst<L extends string>(
  left: Vector<L>,
  operator: ">" | ">=" | "<" | "<=",
  right: Vector<NoInfer<L>>,
): Vector<L> {
  return {
    promql: `(${left.promql}) ${operator} (${right.promql})`,
    labels: left.labels,
    selectors: [...left.selectors, ...right.selectors],
  };
}

/** Series of `left`, and those of `right` that `left` lacks. */
export function orElse<L extends string>(left: Vector<L>, right: Vector<NoInfer<L>>): Vector<L> {
  return setOperation(left, "or", right);
}

/** Series of `left` for which `right` has one, compared on the named labels. */
export function onlyWhere<L extends string, R extends string, const K extends readonly (L & R)[]>(
  left: Vector<L>,
  on: K,
  right: Vector<R>,
): Vector<L> {
  return setOperation(left, `and on (${on.join(", ")})`, right);
}

/** Series of `left` for which `right` has none, compared on the named labels. */
export function exceptWhere<L extends string, R extends string, const K extends readonly (L & R)[]>(
  left: Vector<L>,
  on: K,
  right: Vector<R>,
): Vector<L> {
  return setOperation(left, `unless on (${on.join(", ")})`, right);
}

/** Parentheses around both sides: PromQL's set operators bind unlike most readers expect. */
function setOperation<L extends string>(left: Vector<L>, operator: string, right: Vector<string>): Vector<L> {
  return {
    promql: `(${left.promql}) ${operator} (${right.promql})`,
    labels: left.labels,
    selectors: [...left.selectors, ...right.selectors],
  };
}
