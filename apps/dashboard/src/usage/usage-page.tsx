import { EmptyState, Field, Select } from '@amphi/ui';
import { useQuery } from '@tanstack/react-query';
import { ChartColumn } from 'lucide-react';
import { useSearchParams } from 'react-router';
import { appsQuery } from '../api/queries.ts';
import { usageQuery } from '../api/rest.ts';
import { LoadFailed, Loading } from '../shell/load-state.tsx';
import { Page } from '../shell/page.tsx';
import { DayBars } from './day-bars.tsx';
import { lastDays, usageFigures } from './usage.ts';

const SPANS = [
  { value: '7', label: 'Last 7 days' },
  { value: '30', label: 'Last 30 days' },
  { value: '90', label: 'Last 90 days' },
  { value: '365', label: 'Last 365 days' },
] as const;
const DEFAULT_SPAN = '30';
const ALL = '';

/** What was used, by day: of all apps or one. The address says of what. */
export function UsagePage() {
  const [chosen, choose] = useSearchParams();
  const { data: apps = [] } = useQuery(appsQuery);
  const app = apps.find(({ id }) => id === chosen.get('app'))?.id ?? ALL;
  const span = SPANS.find(({ value }) => value === chosen.get('days'))?.value ?? DEFAULT_SPAN;
  const set = (name: string, value: string) =>
    choose(
      (before) => {
        before.set(name, value);
        return before;
      },
      { replace: true },
    );
  return (
    <Page
      title="Usage"
      description="What was used on each day, of all apps or one. Days are those of UTC; the last of them is not over yet."
    >
      <div className="grid gap-4 sm:grid-cols-2 lg:max-w-2xl">
        <Field label="App">
          <Select
            value={app}
            onValueChange={(value) => set('app', value)}
            options={[{ value: ALL, label: 'All apps' }, ...apps.map(({ id, name }) => ({ value: id, label: name }))]}
            data-testid="usage-app"
          />
        </Field>
        <Field label="Days">
          <Select value={span} onValueChange={(value) => set('days', value)} options={SPANS} data-testid="usage-days" />
        </Field>
      </div>
      <Figures appId={app} days={Number(span)} />
    </Page>
  );
}

function Figures({ appId, days }: { appId: string; days: number }) {
  const { data, error, refetch } = useQuery(usageQuery(appId, lastDays(days, Date.now())));
  if (data === undefined) {
    if (error === null) return <Loading what="the usage" />;
    return <LoadFailed what="the usage" error={error} onRetry={() => void refetch()} />;
  }
  const figures = usageFigures(data.data);
  if (figures.length === 0) {
    return (
      <div className="rounded-card border border-dashed border-line-strong" data-testid="usage-none">
        <EmptyState
          icon={<ChartColumn />}
          title="Nothing was used in these days"
          description="Open a join link of one of your rooms: the time that people spend there, streams and recordings are added up here within half a minute."
          className="py-16"
        />
      </div>
    );
  }
  return (
    <div className="grid gap-x-10 gap-y-8 rounded-card border border-line bg-card p-4 sm:p-6 md:grid-cols-2">
      {figures.map((one) => (
        <DayBars key={one.figure.id} of={one} />
      ))}
    </div>
  );
}
