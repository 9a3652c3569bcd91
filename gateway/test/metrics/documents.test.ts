/** The page, the dashboard and the alerts say what is served, and nothing else. */
import { readdir, readFile } from 'node:fs/promises';
import { parser } from '@prometheus-io/lezer-promql';
import { expect, test } from 'vitest';
import { FAMILIES, type Family, type FamilyName } from '../../src/metrics/families.ts';
import { referenceText } from '../../src/metrics/reference.ts';

const ROOT = new URL('../../../', import.meta.url);
/** Given by Prometheus to every sample, and by histograms to their buckets. */
const FOREIGN_LABELS = ['job', 'instance', 'le'];

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}
interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly definition?: string }[] };
}

const page = await readFile(new URL('docs/metrics.md', ROOT), 'utf8');
const dashboard = JSON.parse(await readFile(new URL('deploy/grafana/sovfn.json', ROOT), 'utf8')) as Dashboard;
const shown = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => [title, expr.replaceAll('$__rate_interval', '5m')] as const),
);
const alerts = [...page.matchAll(/^```promql\n([\s\S]*?)\n```$/gm)].map(([, expression]) => expression!);

interface Read {
  readonly metrics: readonly { readonly name: FamilyName; readonly family: Family }[];
  readonly labels: readonly string[];
}

/** Throws for a text that is no PromQL, or asks for a metric that there is not. */
function readPromQl(text: string): Read {
  const metrics: Read['metrics'][number][] = [];
  const labels: string[] = [];
  parser.parse(text).iterate({
    enter: ({ type, name, from, to, node }) => {
      const found = text.slice(from, to);
      if (type.isError) throw new Error(`"${text}" is no PromQL at ${from}`);
      if (name === 'LabelName') labels.push(found);
      if (name === 'Identifier' && node.parent?.name === 'VectorSelector') metrics.push(familyOf(found));
    },
  });
  return { metrics, labels };
}

function familyOf(sample: string): Read['metrics'][number] {
  const plain = sample.replace(/_(?:bucket|sum|count)$/, '');
  for (const name of [sample, plain] as FamilyName[]) {
    const family: Family | undefined = FAMILIES[name];
    if (family === undefined) continue;
    if ((family.type === 'histogram') === (name !== sample)) return { name, family };
  }
  throw new Error(`there is no metric ${sample}`);
}

test('the tables of docs/metrics.md are those of the code: `npm run generate -w @sovfn/gateway` writes them', () => {
  expect(page).toContain(`-->\n\n${referenceText()}\n\n<!-- reference: end -->`);
});

test('every metric of the table is served by somebody', async () => {
  const folder = new URL('gateway/src/metrics/', ROOT);
  const files = (await readdir(folder)).filter((name) => name.endsWith('-samples.ts'));
  const sources = (await Promise.all(files.map((name) => readFile(new URL(name, folder), 'utf8')))).join('\n');
  for (const name of Object.keys(FAMILIES)) expect(sources).toContain(`'${name}'`);
});

test.each([...shown, ...alerts.map((expression) => ['alert', expression] as const)])(
  '%s: %s asks for metrics and labels that there are',
  (_, expression) => {
    const { metrics, labels } = readPromQl(expression);
    expect(metrics.length).toBeGreaterThan(0);
    const known = new Set([...FOREIGN_LABELS, ...metrics.flatMap(({ family }) => family.labels)]);
    expect(labels.filter((label) => !known.has(label))).toEqual([]);
    for (const { family } of metrics) {
      // What every gateway says alike must not be added up.
      if (family.across === 'max') expect(expression).not.toMatch(/\bsum\b/);
      if (family.type === 'counter') expect(expression).toMatch(/\b(?:rate|increase)\(/);
    }
  },
);

test('the dashboard’s choices are made of labels that there are', () => {
  const queries = dashboard.templating.list.flatMap(({ definition }) => definition ?? []);
  expect(queries).toHaveLength(3);
  for (const query of queries) {
    const [, selector, label] = /^label_values\((.+), (\w+)\)$/.exec(query)!;
    const { metrics } = readPromQl(selector!);
    expect([...FOREIGN_LABELS, ...metrics[0]!.family.labels]).toContain(label);
  }
});

test('what is worth an alert is said, and the dashboard shows every kind of trouble', () => {
  expect(alerts.length).toBeGreaterThanOrEqual(5);
  const used = new Set(shown.flatMap(([, expression]) => readPromQl(expression).metrics.map(({ name }) => name)));
  const troubles: FamilyName[] = ['sovfn_call_failures_total', 'sovfn_calls_killed_total', 'sovfn_dead_letters'];
  const waits: FamilyName[] = ['sovfn_events_oldest_pending_seconds', 'sovfn_outputs_pending', 'sovfn_bus_connected'];
  for (const name of [...troubles, ...waits]) expect([...used]).toContain(name);
});
