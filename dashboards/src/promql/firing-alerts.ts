/** Prometheus' own series of alerts that fire, one for each set of an alert's labels. */
export const FIRING_LABELS = [
  "alertname",
  "severity",
  "job",
  "instance",
  "function",
  "file",
  "line",
  "http_route",
] as const;

/** Not by instance: an alert over all instances has none. */
export const FIRING = 'ALERTS{job=~"$job",alertstate="firing"}';
