/**
 * What Grafana's builders write without being asked, taken out again: keys of interval variables in every variable,
 * a table's footer that Grafana 12.4 no longer has, and a placement that puts links and marks into a closed menu.
 */
import type { Dashboard, Panel, RowPanel } from "@grafana/grafana-foundation-sdk/dashboard";

export function withoutBuilderDefaults(dashboard: Dashboard): Dashboard {
  return {
    ...dashboard,
    templating: { list: (dashboard.templating.list ?? []).map(plainVariable) },
    annotations: { list: (dashboard.annotations.list ?? []).map(withoutPlacement) },
    links: (dashboard.links ?? []).map(withoutPlacement),
    panels: (dashboard.panels ?? []).map(plainPanel),
  };
}

function plainVariable<V extends { auto?: boolean; auto_min?: string; auto_count?: number }>(variable: V) {
  const { auto: _auto, auto_min: _least, auto_count: _count, ...rest } = variable;
  return rest;
}

function withoutPlacement<P extends { placement?: unknown }>(part: P): Omit<P, "placement"> {
  const { placement: _placement, ...rest } = part;
  return rest;
}

function plainPanel(panel: Panel | RowPanel): Panel | RowPanel {
  if (!("options" in panel) || panel.type !== "table") return panel;
  const { footer: _footer, ...options } = panel.options as Record<string, unknown>;
  return { ...panel, options };
}
