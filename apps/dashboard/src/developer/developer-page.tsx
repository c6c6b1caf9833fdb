import type { DeveloperView } from '@amphi/protocol';
import { Button, Card, CopyButton, IconButton } from '@amphi/ui';
import { useQuery } from '@tanstack/react-query';
import { Eye, EyeOff, RotateCcw } from 'lucide-react';
import { type ReactNode, useId, useState } from 'react';
import { developerQuery } from '../api/queries.ts';
import { LoadFailed, Loading } from '../shell/load-state.tsx';
import { Page } from '../shell/page.tsx';
import { KeysCard } from './keys-card.tsx';
import { WebhookCard } from './webhook-card.tsx';

/** Keys and addresses for back ends. */
export function DeveloperPage() {
  const { data: developer, error, refetch, isFetching } = useQuery(developerQuery);
  return (
    <Page title="Developer" description="Keys and addresses for your back end and your own apps.">
      {developer === undefined && error === null && <Loading what="the keys" />}
      {developer === undefined && error !== null && (
        <LoadFailed what="the keys" error={error} onRetry={() => void refetch()} />
      )}
      {developer !== undefined && (
        <>
          <Keys developer={developer} />
          <KeysCard />
          <ManagementToken
            token={developer.managementToken}
            apiUrl={developer.apiUrl}
            renewing={isFetching}
            onRenew={() => void refetch()}
          />
          <Endpoints developer={developer} />
          <WebhookCard />
        </>
      )}
    </Page>
  );
}

function Keys({ developer }: { developer: DeveloperView }) {
  const [shown, setShown] = useState(false);
  return (
    <Card
      title="Keys"
      description="They sign management tokens and auth tokens. Keep the secret on your server, never in an app or a page."
    >
      <dl className="flex flex-col divide-y divide-line">
        <Value name="Access key" value={developer.accessKey} testId="access-key" />
        <Value
          name="Secret"
          value={developer.secret}
          testId="secret"
          masked={!shown}
          actions={
            <IconButton
              label="Show secret"
              pressed={shown}
              size="sm"
              icon={shown ? <EyeOff /> : <Eye />}
              onClick={() => setShown(!shown)}
              data-testid="reveal-secret"
            />
          }
        />
      </dl>
    </Card>
  );
}

function ManagementToken({
  token,
  apiUrl,
  renewing,
  onRenew,
}: {
  token: string;
  apiUrl: string;
  renewing: boolean;
  onRenew: () => void;
}) {
  const example = `curl -H "Authorization: Bearer $TOKEN" ${apiUrl.replace(/\/$/, '')}/rooms`;
  return (
    <Card
      title="Management token"
      description="For trying out the REST API. It is valid for 24 hours; back ends sign their own."
      actions={
        <Button size="sm" icon={<RotateCcw />} busy={renewing} onClick={onRenew} data-testid="renew-token">
          New token
        </Button>
      }
    >
      <dl className="flex flex-col divide-y divide-line">
        <Value name="Token" value={token} testId="management-token" shorten />
        <Value name="Example" what="example" value={example} testId="example" />
      </dl>
    </Card>
  );
}

function Endpoints({ developer }: { developer: DeveloperView }) {
  return (
    <Card title="Addresses" description="What to set in the SDKs and in your back end.">
      <dl className="flex flex-col divide-y divide-line">
        <Value name="REST API" value={developer.apiUrl} testId="api-url" />
        <Value name="Token endpoint" value={developer.tokenUrl} testId="token-url" />
        <Value name="Init endpoint" value={developer.initUrl} testId="init-url" />
      </dl>
    </Card>
  );
}

function Value({
  name,
  what = name.toLowerCase(),
  value,
  testId,
  masked = false,
  shorten = false,
  actions,
}: {
  name: string;
  what?: string;
  value: string;
  testId: string;
  /** Shown as dots; copying still gives the value. */
  masked?: boolean;
  /** One line, cut at the end. */
  shorten?: boolean;
  actions?: ReactNode;
}) {
  const id = useId();
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-1 py-3 first:pt-0 last:pb-0">
      <dt id={id} className="w-full text-sm font-medium text-ink-soft sm:w-36">
        {name}
      </dt>
      <dd className="flex min-w-0 flex-1 items-center gap-1">
        <span
          data-testid={testId}
          className={`min-w-0 flex-1 font-mono text-sm ${shorten ? 'truncate' : 'break-all'} ${masked ? 'text-ink-faint select-none' : ''}`}
        >
          {masked ? (
            <>
              <span aria-hidden="true">{'•'.repeat(24)}</span>
              <span className="sr-only">hidden</span>
            </>
          ) : (
            value
          )}
        </span>
        {actions}
        <CopyButton value={value} what={what} variant="quiet" data-testid={`copy-${testId}`} />
      </dd>
    </div>
  );
}
