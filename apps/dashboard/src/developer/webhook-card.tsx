import type { WebhookBody } from '@amphi/protocol';
import { Badge, Button, Card, ErrorNotice, Field, Switch, TextArea, TextInput } from '@amphi/ui';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Check, Send } from 'lucide-react';
import { useState } from 'react';
import { adviceFor } from '../api/advice.ts';
import { saveWebhook, testWebhook } from '../api/platform.ts';
import { webhookQuery } from '../api/queries.ts';
import { LoadFailed, Loading } from '../shell/load-state.tsx';
import { linesOf, readLines } from './header-lines.ts';

interface Draft {
  readonly enabled: boolean;
  readonly url: string;
  readonly headers: string;
}

/** Where a back end is told what happens in sessions. */
export function WebhookCard() {
  const client = useQueryClient();
  const { data: webhook, error, refetch } = useQuery(webhookQuery);
  const [changes, setChanges] = useState<Partial<Draft>>({});
  const save = useMutation({
    mutationFn: (body: WebhookBody) => saveWebhook(body),
    onSuccess: (answer) => {
      client.setQueryData(webhookQuery.queryKey, answer);
      setChanges({});
    },
  });
  const test = useMutation({ mutationFn: testWebhook });

  if (webhook === undefined) {
    return error === null ? (
      <Loading what="the webhook" />
    ) : (
      <LoadFailed what="the webhook" error={error} onRetry={() => void refetch()} />
    );
  }
  const saved: Draft = { ...webhook, headers: linesOf(webhook.headers) };
  const draft: Draft = { ...saved, ...changes };
  const unsaved = draft.enabled !== saved.enabled || draft.url !== saved.url || draft.headers !== saved.headers;
  const lines = readLines(draft.headers);
  const change = (part: Partial<Draft>) => {
    test.reset();
    setChanges((was) => ({ ...was, ...part }));
  };

  return (
    <Card
      title="Webhook"
      description="Your back end is told when sessions open and close, people come, go and change roles, and streams start and stop."
      actions={
        <span role="status">
          {unsaved && <Badge tone="warn">Unsaved changes</Badge>}
          {!unsaved && save.isSuccess && (
            <Badge tone="ok" icon={<Check />} data-testid="webhook-saved">
              Saved
            </Badge>
          )}
        </span>
      }
      data-testid="webhook"
    >
      <form
        className="flex flex-col gap-5"
        onSubmit={(event) => {
          event.preventDefault();
          if ('headers' in lines && unsaved)
            save.mutate({ enabled: draft.enabled, url: draft.url, headers: lines.headers });
        }}
      >
        <Switch
          label="Tell my back end"
          hint="Rooms that name a webhook of their own tell that one instead."
          checked={draft.enabled}
          onCheckedChange={(enabled) => change({ enabled })}
          data-testid="webhook-enabled"
        />
        <Field label="URL" hint="It answers 200 within 5 seconds; else it is tried again after 1, 3 and 10 seconds.">
          <TextInput
            type="url"
            required
            placeholder="https://backend.example/hooks"
            value={draft.url}
            onChange={(event) => change({ url: event.target.value })}
            data-testid="webhook-url"
          />
        </Field>
        <Field
          label="Headers"
          optional
          hint="One in a line, as “Name: value”. Put a secret here, by which your back end knows that it is us."
          error={'wrong' in lines ? `“${lines.wrong}” is not of the form “Name: value”.` : undefined}
        >
          <TextArea
            rows={2}
            value={draft.headers}
            onChange={(event) => change({ headers: event.target.value })}
            data-testid="webhook-headers"
            className="font-mono text-sm"
          />
        </Field>
        {save.error !== null && <Failure error={save.error} what="The webhook was not saved" />}
        {test.error !== null && <Failure error={test.error} what="The test was not sent" />}
        <div className="flex flex-wrap items-center gap-3">
          <Button type="submit" variant="primary" busy={save.isPending} disabled={!unsaved} data-testid="webhook-save">
            Save
          </Button>
          <Button
            icon={<Send />}
            busy={test.isPending}
            disabled={unsaved || saved.url === ''}
            onClick={() => test.mutate()}
            data-testid="webhook-test"
          >
            Send a test event
          </Button>
          <span role="status" data-testid="webhook-test-result" className="text-sm text-ink-soft">
            {test.data?.ok === true && 'It answered 200.'}
            {test.data?.ok === false && `It did not arrive: ${test.data.error ?? 'no reason is known'}.`}
          </span>
        </div>
      </form>
    </Card>
  );
}

function Failure({ error, what }: { error: Error; what: string }) {
  const { message, details } = adviceFor(error);
  return <ErrorNotice title={what} message={message} details={details} />;
}
