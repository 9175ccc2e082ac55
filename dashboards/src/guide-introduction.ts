/** What the guide says before its tables. */
export const GUIDE_INTRODUCTION = `
Six dashboards and their rules read what the agent exports. They are made from TypeScript in
\`dashboards/src\`: a query names an entry of the agent's catalogue or a recording rule, so that a
renamed metric does not compile. \`npm run dashboards\` writes the files; the tests fail when they are
stale.

- With Docker: \`cp dashboards/stack/.env.example .env\`, choose the passwords in it, \`docker compose
  up --build\`, open <http://127.0.0.1:3000>.
- Without Docker: \`npm run stack\` starts the example service with the agent, and the machine's own
  Prometheus, and shows the dashboards on a page of its own: drawn from the same JSON, every variable at "All".
- In a Grafana and a Prometheus of your own: import \`dashboards/grafana/dashboards/*.json\`, and load
  \`dashboards/prometheus/rules/*.yml\`. The dashboards need the recording rules: they keep each panel
  under 2,000 series with 50 instances and 200 routes.

**Variables.** Data source, job, service and instance are on every dashboard. *Service* is the target
label \`service_name\`; give it in the scrape configuration as \`dashboards/prometheus/prometheus.yml\`
does (metrics that come by OTLP have it already). Panels by route, by place in the code, by queue and by
pool are over all instances: they are not narrowed by *Instance*.

**Scraped or sent, not both.** A service whose metrics come by OTLP and are scraped as well counts every
request twice, under two instances. Where the OTLP endpoint is for the application's traces, set
\`OTEL_METRICS_EXPORTER=none\`, as \`docker-compose.yml\` does.

**Colours** have one meaning throughout and are told apart with any common colour-vision deficiency.
Series without a colour of their own go from blue to red by their largest value: the worst stands out.

**A first occurrence counts.** A counter's series begins when something first happens, and PromQL's
\`rate\` does not see a first value. The rules for blocks and errors count it, so a fault that happened
once is shown.

**A load run on the dashboards.** \`loopscope run\` pushes its metrics while it runs, under the names of k6's
own output, when \`K6_PROMETHEUS_RW_SERVER_URL\` is set, and marks the run in Grafana when \`GRAFANA_URL\`
and \`GRAFANA_TOKEN\` are:

\`\`\`
K6_PROMETHEUS_RW_SERVER_URL=http://127.0.0.1:9090/api/v1/write \\
  npx loopscope run loadtests/scenarios/users.ts --tag testid=first -e BASE_URL=http://127.0.0.1:8080
\`\`\`

| variable | meaning | default |
|---|---|---|
| \`K6_PROMETHEUS_RW_SERVER_URL\` | where to push; Prometheus needs \`--web.enable-remote-write-receiver\` | nowhere |
| \`K6_PROMETHEUS_RW_PUSH_INTERVAL\` | time between two pushes, from 1s | \`5s\` |
| \`K6_PROMETHEUS_RW_TREND_STATS\` | statistics of trends: \`avg\`, \`min\`, \`med\`, \`max\`, \`p(N)\` | \`p(50),p(95),p(99)\` |
| \`K6_PROMETHEUS_RW_STALE_MARKERS\` | \`false\`: series go on for five minutes after the run | \`true\` |
| \`K6_PROMETHEUS_RW_BEARER_TOKEN\`, or \`_USERNAME\` and \`_PASSWORD\` | how to be let in | none |
| \`K6_OTEL_HTTP_EXPORTER_ENDPOINT\` | host:port to send to by OTLP over HTTP, as k6's OpenTelemetry output names and types it | nowhere |
| \`K6_OTEL_HTTP_EXPORTER_INSECURE\`, \`_URL_PATH\` | \`true\`: without TLS; the path | \`false\`, \`/v1/metrics\` |
| \`K6_OTEL_EXPORT_INTERVAL\`, \`K6_OTEL_METRIC_PREFIX\`, \`K6_OTEL_SERVICE_NAME\` | time between two requests, from 1s; put before each name; \`service.name\` | \`10s\`, none, \`k6\` |
| \`K6_OTEL_HEADERS\`, or \`K6_OTEL_HTTP_EXPORTER_USERNAME\` and \`_PASSWORD\` | \`name=value,name=value\` | none |
| \`GRAFANA_URL\`, \`GRAFANA_TOKEN\` | where to mark the run, with a token that may write annotations | nowhere |

Every series is labelled \`testid\`: the tag, or the run's id. A push that fails is told once and fails no run.
Thresholds are pushed too, the target's among them: \`loopscope_threshold_limit\` in seconds, bytes or shares, drawn as
a line over what it limits, and \`loopscope_threshold_ok\`. By OTLP go the client's own metrics, in their JSON form, with
durations as histograms by request name; the dashboards read what remote write sends.

**What the queries cost**, by \`node dashboards/build/benchmarks/query-cost.js\` on 50 instances of a
service with 200 routes (617,600 series, of which panels touch 10,296), Prometheus 2.42, two shared
cores; the time is all of a dashboard's queries one after the other over six hours, a sample a minute:

| dashboard | most series in a panel | all queries |
|---|---|---|
| Service overview | 750 | 0.91 s |
| Event loop and blocking | 1,683 | 0.85 s |
| Memory and garbage collection | 200 | 0.43 s |
| Work: queues and pools | 850 | 0.81 s |
| Load run | 900 | 0.18 s |
| Fleet | 250 | 0.03 s |

The recording rules take 6.6 s there, of the 15 s between two evaluations; 3.9 s of it read the buckets of
request durations, by instance and by route.

The costliest panel reads blocks as they were scraped, for its exemplars; it grows with the number of
causes that each instance has seen (three here). A load run's own series are not counted: k6
pushes one for each request name, method and status.
`;
